"""What somebody may wish to learn, where and from when: the choices, and how they are checked.

A wish names an occupation's family or a topic, as everywhere that skills are compared
(``eligibility_facts.skill_key``), and a county or city: a province says nothing to anybody who
has to come every day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from portal.domain.errors import BadInput
from portal.locale import t
from portal.policies import reference
from portal.policies.regions import Region
from portal.services.eligibility_facts import skill_key

_TOPIC = "topic:"
# Whoever plans further ahead asks again next year.
MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """A checked wish; ``from_month`` is the first day of a month."""

    skill_key: str
    region_code: str
    from_month: date


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of the form and its words."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices under one heading."""

    label: str
    items: tuple[Choice, ...]


def check_wish(*, subject: str, region: str, month: str, today: date) -> Wish:
    """Check what a form or an address says; raises the first BadInput, which names its field."""
    key = skill_of(subject)
    if key is None:
        raise BadInput("subject", "needs.choose_subject")
    found = reference.region(region.strip())
    if found is None or found.code == reference.NATIONAL:
        raise BadInput("region", "needs.choose_region")
    if not _is_near(found):
        raise BadInput("region", "needs.region_too_wide")
    return Wish(key, found.successor_code or found.code, _month(month, today))


def skill_of(subject: str) -> str | None:
    """The key of an occupation's code, of a topic's code, or of a key itself; None for none."""
    raw = subject.strip()
    if raw in _names():
        return raw
    if reference.occupation(raw) is not None:
        return reference.occupation_family(raw)
    return f"{_TOPIC}{raw}" if reference.topic(raw) is not None else None


def skill_name(key: str) -> str:
    """What a skill is called; the key when no table names it."""
    return _names().get(key, key)


def subject_of(key: str) -> str:
    """A code by which the list of classes finds the skill: an occupation's or a topic's."""
    if key.startswith(_TOPIC):
        return key.removeprefix(_TOPIC)
    return next((one.code for one in reference.occupations() if _family(one.code) == key), key)


@cache
def subjects() -> tuple[Choices, ...]:
    """Everything that can be wished for, occupations first, each once."""
    return (
        Choices(t("needs.occupations"), _listed(key for key in _names() if not _is_topic(key))),
        Choices(t("needs.topics"), _listed(key for key in _names() if _is_topic(key))),
    )


def places_near(code: str) -> tuple[Choices, ...]:
    """Counties and cities to choose from, by city: of the province of a code, else all."""
    known = reference.region(code)
    province = known.code[:2] if known and known.code != reference.NATIONAL else ""
    near = [one for one in reference.regions() if one.code.startswith(province) and _is_near(one)]
    groups: dict[str, list[Region]] = {}
    for one in near:
        groups.setdefault(one.code[:4] if province else one.code[:2], []).append(one)
    return tuple(
        Choices(_heading(head, province), tuple(Choice(one.code, _place(one)) for one in listed))
        for head, listed in groups.items()
    )


def months(today: date) -> tuple[Choice, ...]:
    """From which month on: this one and the next eleven."""
    firsts = [_first_of(today, ahead) for ahead in range(MONTHS_AHEAD)]
    return tuple(Choice(f"{day:%Y-%m}", month_text(day)) for day in firsts)


def month_text(day: date) -> str:
    """2026年12月"""
    return t("needs.month", year=day.year, month=day.month)


def region_text(code: str) -> str:
    """新疆 吐鲁番市 高昌区"""
    return " ".join(reference.region_path(code)) or code


@cache
def _names() -> dict[str, str]:
    named: dict[str, str] = {}
    for one in reference.occupations():
        named.setdefault(_family(one.code), one.name)
    for topic in reference.topics():
        key = skill_key(None, topic.code)
        if key is not None:
            named[key] = topic.name
    return named


def _family(code: str) -> str:
    return reference.occupation_family(code)


def _is_topic(key: str) -> bool:
    return key.startswith(_TOPIC)


def _listed(keys: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(key, skill_name(key)) for key in keys)


def _is_near(one: Region) -> bool:
    """A county, a city, or a province of which no city is known."""
    return one.level > 1 or not reference.child_regions(one.code)


def _heading(head: str, province: str) -> str:
    return reference.region_name(head + ("00" if province else "0000"))


def _place(one: Region) -> str:
    """A county by its name; a city as all of it."""
    return one.name if one.level > 2 else t("needs.whole", place=one.name)


def _month(raw: str, today: date) -> date:
    """The first day of a month that was chosen; this month when none was."""
    if not raw.strip():
        return today.replace(day=1)
    known = {choice.code: ahead for ahead, choice in enumerate(months(today))}
    if raw.strip() not in known:
        raise BadInput("month", "needs.choose_month")
    return _first_of(today, known[raw.strip()])


def _first_of(today: date, ahead: int) -> date:
    index = today.month - 1 + ahead
    return date(today.year + index // 12, index % 12 + 1, 1)
