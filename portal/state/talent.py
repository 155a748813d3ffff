"""The talent pool as the authority looks into it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.errors import NotFound
from portal.domain.levels import SkillLevel
from portal.domain.permissions import Permission
from portal.domain.small_groups import STEP, Count
from portal.locale import t
from portal.services import talent, talent_people
from portal.services.need_terms import subjects
from portal.services.talent import TalentQuery, TalentRow, TalentTable, check_query
from portal.services.talent_people import SHOWN, Talent, TalentList
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value

_FILTERS = ("occupation", "level", "kind", "part")


@dataclass(frozen=True)
class Option:
    """A value of a filter."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True)
class CellText:
    """A cell in words; ``people`` is empty for a hidden one."""

    place: str
    people: str
    certificates: str


@dataclass(frozen=True)
class TalentLine:
    """A row of the table, the same as a card on a phone."""

    occupation: str
    what: str
    cells: list[CellText]
    rest: str


@dataclass(frozen=True)
class PersonRow:
    """Somebody of the list; ``number`` is the place in it, ids stay here."""

    number: int
    name: str
    region: str
    holds: list[str]
    told: bool


@dataclass(frozen=True)
class Total:
    """A figure at the top of the page, in the shape of ``components.desk.figure``."""

    label: str
    value: str
    note: str = ""
    alert: bool = False


def cell_text(place: str, cell: Count | None) -> CellText:
    """A cell as a span: the number is told to the step only."""
    if cell is None:
        return CellText(place, "", "")
    return CellText(
        place,
        t("talent.cell", least=cell.people, most=cell.people + STEP - 1),
        t(
            "talent.cell_certificates",
            least=cell.certificates,
            most=cell.certificates + STEP - 1,
        ),
    )


def talent_line(row: TalentRow, table: TalentTable, kept: list[int]) -> TalentLine:
    """A row with the columns that show anything."""
    return TalentLine(
        occupation=row.occupation,
        what=" · ".join(word for word in (row.level, row.kind) if word),
        cells=[cell_text(table.parts[one].name, row.cells[one]) for one in kept],
        rest=t("talent.rest", count=row.rest) if row.rest else "",
    )


def person_row(one: Talent, number: int, *, told: bool = False) -> PersonRow:
    """Somebody of the list."""
    return PersonRow(number, one.name_masked, one.region, list(one.holds), told)


class TalentState(PageState, rx.State):
    """Filters stand in the address; the list is asked for with a reason."""

    area: str = ""
    occupations: list[Option] = []
    levels: list[Option] = []
    kinds: list[Option] = []
    parts: list[Option] = []
    totals: list[Total] = []
    heads: list[str] = []
    lines: list[TalentLine] = []
    people: list[PersonRow] = []
    outcome: str = ""
    done: str = ""
    _query: TalentQuery = TalentQuery()
    _ids: list[str] = []

    @rx.event
    @handler(Permission.SEARCH_TALENT)
    async def load(self) -> None:
        """Count what the address asks for."""
        forget(self)
        asked = {name: query_value(self.router.url.query, name) for name in _FILTERS}
        self._query = check_query(**asked)
        table = await self._run(talent.search, query=self._query, now=self._now())
        self._show(table, asked)

    @rx.event
    @handler(Permission.SEARCH_TALENT)
    async def list_people(self, form: dict[str, Any]) -> None:
        """The list, for the reason given."""
        self.people, self._ids, self.outcome, self.done = [], [], "", ""
        found = await self._run(
            talent_people.list_people,
            query=self._query,
            reason=str(form.get("reason", "")),
            now=self._now(),
        )
        self._show_people(found)

    @rx.event
    @handler(Permission.SEARCH_TALENT)
    async def pass_on(self, form: dict[str, Any]) -> None:
        """Have the portal tell one of them."""
        number = str(form.get("number", ""))
        if not number.isascii() or not number.isdigit() or int(number[:4]) >= len(self._ids):
            raise NotFound
        place = int(number[:4])
        await self._run(
            talent_people.pass_on,
            person_id=UUID(self._ids[place]),
            message=str(form.get("message", "")),
            now=self._now(),
        )
        self.people = [
            PersonRow(one.number, one.name, one.region, one.holds, one.told or n == place)
            for n, one in enumerate(self.people)
        ]
        self.done = t("talent.passed_on")

    def _show(self, table: TalentTable, asked: dict[str, str]) -> None:
        self.area = table.area_name
        kept = [n for n in range(len(table.parts)) if any(row.cells[n] for row in table.rows)]
        self.heads = [table.parts[n].name for n in kept]
        self.lines = [talent_line(row, table, kept) for row in table.rows]
        self.totals = [
            Total(
                t(f"talent.{name}"),
                t("talent.at_least", count=count) if count else "0",
                t(f"talent.{name}_note"),
            )
            for name, count in (("people", table.people), ("certificates", table.certificates))
        ]
        self._offer(table, asked)

    def _offer(self, table: TalentTable, asked: dict[str, str]) -> None:
        def options(name: str, pairs: list[tuple[str, str]]) -> list[Option]:
            every = Option("", t(f"talent.all_{name}s"), checked=not asked[name])
            found = [Option(value, label, value == asked[name]) for value, label in pairs]
            return [every, *found]

        occupations, *_ = subjects()
        self.occupations = options(
            "occupation", [(one.code, one.label) for one in occupations.items]
        )
        self.levels = options("level", [(str(int(one)), one.printed_name) for one in SkillLevel])
        self.parts = options("part", [(one.code, one.name) for one in table.choices])
        self.kinds = options("kind", [(one, t(f"certificate.kind.{one}")) for one in talent.KINDS])

    def _show_people(self, found: TalentList) -> None:
        self.people = [person_row(one, number) for number, one in enumerate(found.people)]
        self._ids = [str(one.person_id) for one in found.people]
        if found.too_few:
            self.outcome = t("talent.too_few")
        elif found.more:
            self.outcome = t("talent.more", shown=SHOWN)
        else:
            self.outcome = t("talent.count", count=len(found.people))
