"""What an officer types about a certificate, read into its columns.

All of it is printed and read by everybody who verifies: one line each, no character that turns a
line around, codes and editions as printed on the original (reference B3).
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.db.models import Certificate
from portal.domain.certificate_kinds import CertificateKind, check_fields
from portal.domain.errors import BadInput
from portal.domain.levels import SkillLevel
from portal.policies import reference

# Editions of the 职业分类大典 whose codes are met on certificates.
EDITIONS = ("1999", "2015", "2022", "2022+new")
TEXTS: Mapping[str, int] = {
    "title": 60,
    "institution_name": 60,
    "occupation_name": 40,
    "result": 30,
    "remark": 80,
}
DAYS = ("starts_on", "ends_on", "issued_on", "expires_on")
HOURS = ("hours_planned", "hours_credited")
# Every field that a form about a certificate may hold; the number is read apart.
FIELDS = (*TEXTS, "occupation_code", "edition", "level", *HOURS, *DAYS)
_CODE = re.compile(r"[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}")
_EARLIEST = date(1980, 1, 1)
_LATEST_YEARS = 60
_MOST_HOURS = 5_000


def read_fields(form: Mapping[str, str]) -> dict[str, Any]:
    """The columns of what was typed; None for what was left empty.

    Raises BadInput(field) for what cannot be read. Whether a kind may have it ``check`` says.
    """
    values: dict[str, Any] = {name: _line(form, name, most) for name, most in TEXTS.items()}
    values["occupation_code"] = _code(_line(form, "occupation_code", 20))
    values["edition"] = _one_of(form, "edition", EDITIONS)
    chosen = _one_of(form, "level", [str(int(level)) for level in SkillLevel])
    values["level"] = int(chosen) if chosen else None
    values |= {name: _hours(form, name) for name in HOURS}
    return values | {name: read_day(form, name) for name in DAYS}


def check(kind: CertificateKind, values: Mapping[str, Any], *, today: date) -> None:
    """Refuse a certificate that its kind cannot be, and days that cannot follow each other."""
    check_fields(kind, values)
    check_days(values["issued_on"], values["expires_on"], today=today)
    starts, ends = values["starts_on"], values["ends_on"]
    if starts and ends and starts > ends:
        raise BadInput("ends_on", "certificate_fields.ends_on")
    planned, credited = values["hours_planned"], values["hours_credited"]
    if planned is not None and credited is not None and credited > planned:
        raise BadInput("hours_credited", "certificate_fields.hours_credited")


def check_days(issued_on: date, expires_on: date | None, *, today: date) -> None:
    """Refuse a day of issue that cannot be, and a last day before it. Raises BadInput."""
    if not _EARLIEST <= issued_on <= today:
        raise BadInput("issued_on", "certificate_fields.issued_on")
    if expires_on is not None and not issued_on < expires_on <= _far(today):
        raise BadInput("expires_on", "certificate_fields.expires_on")


def fields_of(certificate: Certificate) -> dict[str, str]:
    """The same columns as texts, to be shown in a form and read again."""
    found = {name: getattr(certificate, name) for name in FIELDS}
    return {
        name: "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
        for name, value in found.items()
    }


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from what was typed: the name of an occupation from its code."""
    code, name = values["occupation_code"], values["occupation_name"]
    known = reference.occupation(code) if code and not name else None
    return {**values, "occupation_name": known.name} if known else dict(values)


def read_day(form: Mapping[str, str], name: str) -> date | None:
    """A day as date fields send it; None for an empty one. Raises BadInput."""
    raw = form.get(name, "").strip()
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise BadInput(name, "facts.bad_date") from None


def read_line(form: Mapping[str, str], name: str, most: int) -> str | None:
    """One readable line; None for an empty one. Raises BadInput."""
    return _line(form, name, most)


def _line(form: Mapping[str, str], name: str, most: int) -> str | None:
    text = " ".join(form.get(name, "").split())
    if len(text) > most:
        raise BadInput(name, "certificate_fields.too_long", most=most)
    if not text.isprintable():
        raise BadInput(name, "certificate_fields.unreadable")
    return text or None


def _code(raw: str | None) -> str | None:
    if raw is not None and not _CODE.fullmatch(raw):
        raise BadInput("occupation_code", "certificate_fields.occupation_code")
    return raw


def _one_of(form: Mapping[str, str], name: str, offered: Any) -> str | None:
    chosen = form.get(name, "").strip()
    if chosen and chosen not in offered:
        raise BadInput(name, "certificate_kinds.choose")
    return chosen or None


def _hours(form: Mapping[str, str], name: str) -> int | None:
    raw = form.get(name, "").strip()
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) < 6 and 1 <= int(raw) <= _MOST_HOURS):
        raise BadInput(name, "certificate_fields.hours")
    return int(raw)


def _far(today: date) -> date:
    return date(today.year + _LATEST_YEARS, 1, 1)
