"""The facts behind a decision, in words for the officer who answers for it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from portal.domain.rules.facts import Education, Employment, GroupFact, PersonFacts
from portal.locale import t
from portal.policies.regions import region_path
from portal.services import facts_terms
from portal.services.facts_values import Line, lines_of


def words_of(person: PersonFacts) -> tuple[Line, ...]:
    """What the rules looked at, a line a kind; what nobody said is named as such.

    Groups of the closed channel are left out, here as everywhere.
    """
    unknown = t("facts.unknown")
    lines = [Line(t("facts.kind.residence"), _place(person.residence_region) or unknown)]
    if person.birth_date is not None:
        lines.append(Line(t("facts.label.birth_date"), _day(person.birth_date)))
    shown = [group for group in person.groups if facts_terms.open_channel(group.code)]
    lines += [Line(t("facts.kind.group"), _group(group)) for group in shown]
    if not shown:
        lines.append(Line(t("facts.kind.group"), unknown))
    lines += [
        Line(facts_terms.kind_name(kind), _joined(kind, value) or unknown)
        for kind, value in _values(person).items()
    ]
    return tuple(lines)


def _values(person: PersonFacts) -> dict[str, Mapping[str, Any]]:
    """The facts in the shapes in which they are stored."""
    return {
        "pension": {"draws": person.pension},
        "employment": _plain(person.employment),
        "education": _plain(person.education),
        "origin": {"origin": person.origin, "urban_dibao": person.urban_dibao},
    }


def _plain(fact: Employment | Education | None) -> Mapping[str, Any]:
    found = asdict(fact) if fact else {}
    return {
        key: value.isoformat() if isinstance(value, date) else value for key, value in found.items()
    }


def _joined(kind: str, value: Mapping[str, Any]) -> str:
    lines = lines_of(kind, value)
    if len(lines) == 1 and kind in ("pension", "origin"):
        return lines[0].text
    said = (t("facts.page.line", label=line.label, text=line.text) for line in lines)
    return t("facts.semicolon").join(said)


def _group(group: GroupFact) -> str:
    state = "verified" if group.verified else "declared"
    key = "facts.group_line" if group.valid_to is None else "facts.group_line_until"
    return t(
        key,
        name=facts_terms.name_of(group.code),
        status=t(f"facts.status.{state}"),
        since=_day(group.valid_from),
        until=_day(group.valid_to) if group.valid_to else "",
    )


def _place(code: str | None) -> str:
    return " ".join(region_path(code)) if code else ""


def _day(day: date) -> str:
    return t("time.date", year=day.year, month=day.month, day=day.day)
