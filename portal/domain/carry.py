"""Archive files that go from one portal to another: what stands in them, and what they are worth.

Everything here is read from a file that somebody handed in: whatever does not fit is refused as
a whole, before anything of it is looked at further.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any, ClassVar

from portal.domain.errors import PortalError

FORMAT = "training-archive-export/1"
TYP = "training-archive+jwt"
# A line is half a kilobyte and a certificate three: hundreds of both fit.
LARGEST = 900_000
MOST_LINES = 600
# An export is made to be handed in at once; an old one hides what has been corrected since.
GOOD_FOR = timedelta(days=30)
# Two clocks need not agree to the minute.
SKEW = timedelta(minutes=10)

CLASS, CERTIFICATE = "class", "certificate"
NEW, DUPLICATE, CONFLICT, REVOKED = "new", "duplicate", "conflict", "revoked"

_HEX = re.compile(r"[0-9a-f]{64}")
_SALT = re.compile(r"[0-9a-f]{32,128}")
_LONGEST = 300


class ImportRefused(PortalError):
    """A file that is not taken at all; each reason is a type with its sentence."""

    status = 422


class Unreadable(ImportRefused):
    """No archive file, or one that was cut off."""

    key = "carry.unreadable"


class FileTooLarge(ImportRefused):
    """More than a lifetime fills; ``most`` in kilobytes."""

    key = "carry.too_large"
    status = 413


class UnknownPortal(ImportRefused):
    """Made by a portal that is not on the authority's list; ``url`` names it."""

    key = "carry.unknown_portal"


class OwnFile(ImportRefused):
    """Made by this very portal: what is inside is here already."""

    key = "carry.own_file"


class PortalWithdrawn(ImportRefused):
    """Made by a portal that has been taken off the list; ``name`` and ``url`` name it."""

    key = "carry.portal_withdrawn"


class Tampered(ImportRefused):
    """Changed since it was signed, or signed by somebody else."""

    key = "carry.tampered"


class KeyNotGood(ImportRefused):
    """Signed with a key that the portal itself has declared compromised, or had retired."""

    key = "carry.key_not_good"


class TooOld(ImportRefused):
    """Made longer ago than a file is taken; ``days`` says how long that is."""

    key = "carry.too_old"


class FromTheFuture(ImportRefused):
    """Says that it was made later than now."""

    key = "carry.from_the_future"


class NewerTaken(ImportRefused):
    """A later file of the same portal has been taken already; ``when`` says of when."""

    key = "carry.newer_taken"


class NotYours(ImportRefused):
    """The archive of somebody else."""

    key = "carry.not_yours"


class TooManyImports(ImportRefused):
    """As many files as one may hand in a day."""

    key = "carry.too_many"
    code = "too_many_attempts"
    status = 429


class AlreadyCounted(PortalError):
    """The hours of this training are counted somewhere already: once only."""

    key: ClassVar[str] = "carry.already_counted"
    status = 409


class HoursRefused(PortalError):
    """The pack does not let these hours count; ``why`` says which rule, in words."""

    key: ClassVar[str] = "carry.hours_refused"
    status = 409


@dataclass(frozen=True, slots=True)
class Header:
    """What a portal signs about the whole file. ``binding`` keys the holder's ID number with
    ``salt``; ``digest`` covers every line."""

    portal: str
    name: str
    made_at: datetime
    serial: str
    salt: bytes
    binding: str
    holder_masked: str
    digest: str


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A training as the other portal recorded it. ``root`` stays the same when the line is
    corrected there; ``hash`` is that of the line in the other portal's chain."""

    id: str
    root: str
    title: str
    occupation_code: str | None
    programme_type: str | None
    level: int | None
    hours: int
    planned: int
    starts_on: date
    ends_on: date
    status: str
    certificate_number: str | None
    institution_name: str
    institution_uscc: str
    hash: str


def read_header(payload: Mapping[str, Any]) -> Header:
    """The signed part of a file. Raises Unreadable."""
    holder = payload.get("holder")
    if payload.get("format") != FORMAT or not isinstance(holder, dict):
        raise Unreadable
    made = payload.get("iat")
    if type(made) is not int or not 0 < made < 2**40:
        raise Unreadable
    return Header(
        portal=text(payload, "iss"),
        name=text(payload, "name"),
        made_at=datetime.fromtimestamp(made, UTC),
        serial=text(payload, "jti"),
        salt=bytes.fromhex(_matching(holder, "salt", _SALT)),
        binding=_matching(holder, "hmac", _HEX),
        holder_masked=text(holder, "name"),
        digest=_matching(payload, "content", _HEX),
    )


def read_class(plain: object) -> ClassLine:
    """One training of a file. Raises Unreadable."""
    if not isinstance(plain, dict):
        raise Unreadable
    starts_on, ends_on = day(plain, "starts_on"), day(plain, "ends_on")
    status = text(plain, "status")
    if status not in ("completed", "failed") or ends_on < starts_on:
        raise Unreadable
    return ClassLine(
        id=text(plain, "id"),
        root=text(plain, "root"),
        title=text(plain, "title"),
        occupation_code=maybe(plain, "occupation_code"),
        programme_type=maybe(plain, "programme_type"),
        level=None if plain.get("level") is None else number(plain, "level"),
        hours=number(plain, "hours"),
        planned=number(plain, "planned"),
        starts_on=starts_on,
        ends_on=ends_on,
        status=status,
        certificate_number=maybe(plain, "certificate_number"),
        institution_name=text(plain, "institution_name"),
        institution_uscc=text(plain, "institution_uscc"),
        hash=_matching(plain, "hash", _HEX),
    )


def read_salt(plain: Mapping[str, Any]) -> bytes:
    """The salt of a certificate's holder hash. Raises Unreadable."""
    return bytes.fromhex(_matching(plain, "salt", _SALT))


def text(plain: Mapping[str, Any], name: str) -> str:
    """A text of a line, printable and not endless. Raises Unreadable."""
    value = plain.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not value.isprintable():
        raise Unreadable
    return value


def maybe(plain: Mapping[str, Any], name: str) -> str | None:
    """The same, or None where the line has none."""
    return None if plain.get(name) is None else text(plain, name)


def number(plain: Mapping[str, Any], name: str) -> int:
    """A count of a line. Raises Unreadable."""
    value = plain.get(name)
    if type(value) is not int or not 0 <= value <= 100_000:
        raise Unreadable
    return value


def day(plain: Mapping[str, Any], name: str) -> date:
    """A date of a line. Raises Unreadable."""
    try:
        found = date.fromisoformat(text(plain, name))
    except ValueError:
        raise Unreadable from None
    if not 1950 <= found.year <= 2200:
        raise Unreadable
    return found


def most_hours(*, hours: int, planned: int, share: Fraction, carried: int) -> int:
    """How many 课时 of an imported training may count in a class of ``planned`` hours, of which
    ``carried`` have been brought along from elsewhere already. Whole hours, rounded down."""
    return max(min(hours, int(planned * share) - carried), 0)


def _matching(plain: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = plain.get(name)
    if not isinstance(value, str) or not form.fullmatch(value) or len(value) % 2:
        raise Unreadable
    return value
