"""The values of a person's other facts: checked when stated, put into words when shown.

Shapes (``PersonFact.value``; a missing key is an unknown, dates are ISO texts); they are those
of ``portal.domain.rules.facts``:

- pension ``{"draws": "none|resident|employee|public_institution"}``
- employment ``{"employer_name", "employer_uscc", "employer_kind", "hired_on", "insured",
  "level_linked_pay", "wages_kept"}``
- education ``{"school_kind", "school_name", "graduates_on"}``
- origin ``{"origin": "rural|urban", "urban_dibao": bool}``
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from portal.domain.errors import BadInput
from portal.locale import t

DRAWS = ("none", "resident", "employee", "public_institution")
EMPLOYER_KINDS = ("enterprise", "cooperative", "workshop", "household", "other")
SCHOOL_KINDS = ("university", "vocational", "technical", "other")
ORIGINS = ("rural", "urban")
_NAME_LIMIT = 80
# Nobody has worked longer; a course of study begun today ends sooner.
_EARLIEST = date(1940, 1, 1)
_LONGEST_STUDY = 10

Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a fact in words."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """Where somebody says to work. None and "" where the person does not know or say."""

    employer_name: str = ""
    employer_uscc: str = ""
    employer_kind: str = ""
    hired_on: date | None = None
    insured: bool | None = None
    level_linked_pay: bool | None = None
    wages_kept: bool | None = None


def pension_value(draws: object) -> dict[str, Any]:
    """What somebody draws every month; raises BadInput("draws")."""
    return {"draws": _one_of(draws, DRAWS, "draws")}


def employment_value(job: Job, *, today: date) -> dict[str, Any]:
    """A job; raises BadInput for a name too long, a number that is none, a date to come."""
    value: dict[str, Any] = {}
    if name := _name(job.employer_name, "employer_name"):
        value["employer_name"] = name
    if job.employer_uscc:
        value["employer_uscc"] = _uscc(job.employer_uscc)
    if job.employer_kind:
        value["employer_kind"] = _one_of(job.employer_kind, EMPLOYER_KINDS, "employer_kind")
    if job.hired_on is not None:
        if not _EARLIEST <= job.hired_on <= today:
            raise BadInput("hired_on", "facts.hired_on_range")
        value["hired_on"] = job.hired_on.isoformat()
    for key in ("insured", "level_linked_pay", "wages_kept"):
        if (said := getattr(job, key)) is not None:
            value[key] = said
    if not value:
        raise BadInput("employer_name", "facts.nothing_said")
    return value


def education_value(
    *, school_kind: str, school_name: str = "", graduates_on: date | None = None, today: date
) -> dict[str, Any]:
    """A school and when it ends or ended; raises BadInput."""
    value: dict[str, Any] = {"school_kind": _one_of(school_kind, SCHOOL_KINDS, "school_kind")}
    if name := _name(school_name, "school_name"):
        value["school_name"] = name
    if graduates_on is not None:
        if not (graduates_on >= _EARLIEST and graduates_on.year <= today.year + _LONGEST_STUDY):
            raise BadInput("graduates_on", "facts.graduates_on_range")
        value["graduates_on"] = graduates_on.isoformat()
    return value


def origin_value(origin: object, *, urban_dibao: bool | None = None) -> dict[str, Any]:
    """Where the household is registered; 城市低保 is asked of households in town only."""
    value: dict[str, Any] = {"origin": _one_of(origin, ORIGINS, "origin")}
    if value["origin"] == "urban" and urban_dibao is not None:
        value["urban_dibao"] = urban_dibao
    return value


def lines_of(kind: str, value: Value) -> tuple[Line, ...]:
    """A stored value in words, in the order in which it is asked; unknown parts are left out."""
    return tuple(
        Line(t(f"facts.label.{key}"), text)
        for key in _ORDER.get(kind, ())
        if (text := _text(key, value.get(key)))
    )


_ORDER = {
    "pension": ("draws",),
    "employment": (
        *("employer_name", "employer_kind", "employer_uscc", "hired_on"),
        *("insured", "wages_kept", "level_linked_pay"),
    ),
    "education": ("school_kind", "school_name", "graduates_on"),
    "origin": ("origin", "urban_dibao"),
}
_WORDS = {
    "draws": DRAWS,
    "employer_kind": EMPLOYER_KINDS,
    "school_kind": SCHOOL_KINDS,
    "origin": ORIGINS,
}
_YES_NO = ("insured", "wages_kept", "level_linked_pay", "urban_dibao")
_DATES = ("hired_on", "graduates_on")


def _text(key: str, stored: object) -> str:
    """One part in words; "" for none and for what no version of this page has written."""
    if isinstance(stored, bool):
        return t(f"facts.{key}.{'yes' if stored else 'no'}") if key in _YES_NO else ""
    if not isinstance(stored, str) or not stored:
        return ""
    if key in _WORDS:
        return t(f"facts.{key}.{stored}") if stored in _WORDS[key] else ""
    if key in _DATES:
        try:
            day = date.fromisoformat(stored)
        except ValueError:
            return ""
        return t("time.date", year=day.year, month=day.month, day=day.day)
    return stored


def _one_of(raw: object, allowed: tuple[str, ...], field: str) -> str:
    if not isinstance(raw, str) or raw not in allowed:
        raise BadInput(field, "facts.choose_one")
    return raw


def _name(raw: str, field: str) -> str:
    """A name of an employer or school as one line; raises BadInput."""
    text = " ".join(raw.split())
    if len(text) > _NAME_LIMIT:
        raise BadInput(field, "facts.name_too_long", limit=_NAME_LIMIT)
    if not text.isprintable():
        raise BadInput(field, "reason.unreadable")
    return text


def _uscc(raw: str) -> str:
    """An organisation's number without separators (GB 32100); raises BadInput."""
    try:
        return str(uscc.validate(uscc.compact(raw[:60])))
    except ValidationError:
        raise BadInput("employer_uscc", "facts.uscc") from None
