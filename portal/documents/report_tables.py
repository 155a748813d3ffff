"""The tables of a report as the page, the sheet and the paper show them alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from portal.domain.report_period import period_of
from portal.locale import has, t

Content = Mapping[str, Any]
Kind = Literal["text", "count", "money"]
Value = str | int

_COUNTS = ("person_times", "people", "hours", "completed", "certificates")
_MONEY = ("paid_fen", "back_fen")
_FIGURES = (*_COUNTS, *_MONEY)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: counts and fen are numbers, set to the right."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table with its title; ``sums`` rows at the end are totals. Money is fen."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    sums: int = 0
    note: str = ""


def tables_of(content: Content, group_name: Callable[[str], str]) -> tuple[ShownTable, ...]:
    """All tables of a report's content, in reading order."""
    total = content["total"]
    people = t("reports.paper.people_note")
    return (
        _total(content),
        _figures(content, "counties", ("county",), ("county_name",), total, people),
        _figures(content, "plans", ("county", "plan"), ("county_name", "plan_name"), total, people),
        _figures(content, "institutions", ("institution",), ("name",), total, people),
        _groups(content, group_name),
        _funds(content),
        _adjustments(content),
    )


def shown(value: Value, kind: Kind) -> str:
    """A cell in words: 1,200, 1,200.50."""
    if isinstance(value, str):
        return value
    if kind != "money":
        return f"{value:,}"
    sign, (whole, rest) = "-" if value < 0 else "", divmod(abs(value), 100)
    return f"{sign}{whole:,}.{rest:02d}"


def period_name(content: Content) -> str:
    """2026年第3季度."""
    return _period(content["kind"], content["period_from"])


def rules_of(content: Content) -> tuple[str, ...]:
    """The sentences that say what belongs to the period."""
    return tuple(
        [t(f"reports.rule.{rule}") for _, rule in content["rules"]] + [t("reports.rule.people")]
    )


def _period(kind: str, first: str) -> str:
    period = period_of(kind, date.fromisoformat(first))
    if period.quarter:
        return t("reports.quarter", year=period.first.year, quarter=period.quarter)
    return t("reports.year", year=period.first.year)


def _columns(names: Sequence[str], figures: Sequence[str]) -> tuple[Column, ...]:
    texts = [Column(t(f"reports.column.{name}"), "text") for name in names]
    numbers = [
        Column(t(f"reports.column.{name}"), "money" if name.endswith("fen") else "count")
        for name in figures
    ]
    return (*texts, *numbers)


def _total(content: Content) -> ShownTable:
    own, moved = content["total"], content["adjusted"]
    rows: list[tuple[Value, ...]] = [
        (t("reports.table.total_row"), *[own[name] for name in _FIGURES])
    ]
    if content["adjustments"]:
        # People of adjustments are people of earlier reports: they are not added.
        parts = {name: moved[name] for name in _FIGURES} | {"people": "—"}
        both = {name: own[name] + moved[name] for name in _FIGURES if name != "people"}
        both["people"] = "—"
        rows.append((t("reports.table.adjusted_row"), *[parts[name] for name in _FIGURES]))
        rows.append((t("reports.table.balance_row"), *[both[name] for name in _FIGURES]))
    title = t("reports.table.total")
    return ShownTable("total", title, _columns(["item"], _FIGURES), tuple(rows))


def _figures(
    content: Content,
    key: str,
    names: Sequence[str],
    fields: Sequence[str],
    total: Mapping[str, int],
    note: str,
) -> ShownTable:
    rows: list[tuple[Value, ...]] = [
        (*[_named(row, field) for field in fields], *[row[name] for name in _FIGURES])
        for row in content[key]
    ]
    blank = [""] * (len(names) - 1)
    if rows:
        rows.append((t("reports.table.total_row"), *blank, *[total[name] for name in _FIGURES]))
    return ShownTable(
        key, t(f"reports.table.{key}"), _columns(names, _FIGURES), tuple(rows), bool(rows), note
    )


def _named(row: Mapping[str, Any], field: str) -> str:
    if field == "plan_name":
        return t("reports.plan_title", no=row["plan_no"], name=row["name"])
    if field == "county_name":
        return str(row[field]) or t("reports.whole_country")
    return str(row[field])


def _groups(content: Content, group_name: Callable[[str], str]) -> ShownTable:
    # Money is not counted by group: it is paid for a class.
    names = ("person_times", "people", "hours", "completed")
    rows = [(group_name(row["code"]), *[row[name] for name in names]) for row in content["groups"]]
    title = t("reports.table.groups")
    return ShownTable("groups", title, _columns(["group"], names), tuple(rows))


def _funds(content: Content) -> ShownTable:
    def line(name: str, row: Mapping[str, Any]) -> tuple[Value, ...]:
        paid, back = row["paid_fen"], row["back_fen"]
        return (name, paid, back, paid - back)

    rows = [line(row["fund"], row) for row in content["funds"]]
    if rows:
        rows.append(line(t("reports.table.total_row"), content["total"]))
    columns = _columns(["fund"], (*_MONEY, "net_fen"))
    return ShownTable("funds", t("reports.table.funds"), columns, tuple(rows), bool(rows))


def _adjustments(content: Content) -> ShownTable:
    names = ("person_times", "hours", "completed", "certificates", "fen")
    rows = [
        (
            row["class_no"],
            t(
                "reports.adjusts",
                period=_period(content["kind"], row["period_from"]),
                version=row["version"],
            ),
            _note(row["note"]),
            *[row[name] for name in names],
        )
        for row in content["adjustments"]
    ]
    columns = _columns(["class_no", "period", "note"], names)
    return ShownTable("adjustments", t("reports.table.adjustments"), columns, tuple(rows))


def _note(name: str) -> str:
    key = f"reports.note.{name}"
    return t(key) if has(key) else t("reports.note.moved")
