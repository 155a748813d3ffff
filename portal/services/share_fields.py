"""What an owner may show by a share link, field by field, and how a choice is checked."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from portal.domain.errors import BadInput
from portal.services.reasons import clean_reason

# Parts of an excerpt and their fields, in the order in which they are shown. They are the names
# of the claims that are signed.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "holder": ("name", "nameMasked", "birthYear"),
    "totals": ("trainings", "hours", "certificates"),
    "certificates": (
        *("title", "kind", "occupation", "level"),
        *("hours", "dates", "institution", "number"),
    ),
    "classes": ("title", "hours", "dates", "institution", "result"),
}
ALL = frozenset(f"{part}.{name}" for part, names in FIELDS.items() for name in names)
# What is ticked before anybody chose: what an employer asks, and nothing that says who or where.
USUAL = frozenset(
    (
        *("holder.nameMasked", "certificates.title", "certificates.kind", "certificates.level"),
        *("certificates.occupation", "classes.title", "classes.hours", "classes.dates"),
    )
)
# Every object of the excerpt holds so many digests, whatever there is to hide.
DIGESTS = 8
# For how many days a link may work; the second is what is usual.
DAYS = (1, 7, 30, 90)
USUAL_DAYS = 7
# An excerpt is a page that somebody reads on a weak link (20 kB), not the archive.
MOST_RECORDS = 10
_TITLE = 30
_CODE = re.compile(r"[0-9]{4,6}")


@dataclass(frozen=True, slots=True)
class Choice:
    """A checked choice: which certificates, which class lines, which fields of them.

    ``title`` is for the owner alone. ``code`` is empty for none.
    """

    certificates: tuple[UUID, ...]
    classes: tuple[UUID, ...]
    fields: frozenset[str]
    days: int
    code: str
    title: str


def check_choice(
    *,
    certificates: Collection[UUID],
    classes: Collection[UUID],
    fields: Collection[str],
    days: str,
    code: str,
    title: str,
) -> Choice:
    """Check what a form says; raises the first BadInput, which names its field.

    Fields of what was not chosen do not count.
    """
    wanted = _fields(fields, certificates=bool(certificates), classes=bool(classes))
    if not any(not name.startswith("holder.") for name in wanted):
        raise BadInput("choice", "shares.nothing_chosen")
    if len(certificates) + len(classes) > MOST_RECORDS:
        raise BadInput("choice", "shares.too_many_records", most=MOST_RECORDS)
    if days not in {str(one) for one in DAYS}:
        raise BadInput("days", "shares.choose_days")
    if code and not _CODE.fullmatch(code):
        raise BadInput("code", "shares.code_form")
    return Choice(
        certificates=tuple(dict.fromkeys(certificates)),
        classes=tuple(dict.fromkeys(classes)),
        fields=wanted,
        days=int(days),
        code=code,
        title=clean_reason(title[: 2 * _TITLE])[:_TITLE],
    )


def _fields(names: Collection[str], *, certificates: bool, classes: bool) -> frozenset[str]:
    wanted = frozenset(names)
    if not wanted <= ALL:
        raise BadInput("choice", "shares.nothing_chosen")
    left_out = {"certificates": certificates, "classes": classes}
    wanted = frozenset(one for one in wanted if left_out.get(one.partition(".")[0], True))
    # The full name tells the masked one.
    return wanted - {"holder.nameMasked"} if "holder.name" in wanted else wanted


def listed(fields: Collection[str], part: str) -> tuple[str, ...]:
    """The chosen fields of a part, in their order."""
    return tuple(name for name in FIELDS[part] if f"{part}.{name}" in fields)


def only(claims: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """The claims with nothing but the chosen fields: what others will see."""
    shown: dict[str, Any] = {}
    for part, value in claims.items():
        if part not in FIELDS:
            shown[part] = value
        elif isinstance(value, list):
            shown[part] = [_kept(one, part, fields) for one in value]
        else:
            shown[part] = _kept(value, part, fields)
    return shown


def _kept(values: Mapping[str, Any], part: str, fields: Collection[str]) -> dict[str, Any]:
    names = FIELDS[part]
    return {k: v for k, v in values.items() if k not in names or f"{part}.{k}" in fields}
