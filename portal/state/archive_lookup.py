"""An officer's look into one archive; gone as soon as the page is opened anew."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.policies.reference import occupations
from portal.services import archive_chain, archive_lookup
from portal.services.archive_honours import Won
from portal.services.archive_lines import ArchiveLine, money_text
from portal.services.archive_lookup import LookedUp, RecordedLine
from portal.services.archive_totals import Figure
from portal.services.competitions import Competition
from portal.services.supervision import area_name
from portal.services.times import day_of
from portal.state.advancement import SuggestionRow, suggestion_row
from portal.state.base import PageState, handler
from portal.state.casework_rows import day_typed
from portal.state.facts_options import Option
from portal.state.fresh import forget
from portal.state.inputs import clean, text_of, whole_number
from portal.state.person_rows import PersonCard, person_card
from portal.state.texts import date_text, span_of_days

_TONES = {
    "running": "info",
    "awaiting": "info",
    "completed": "good",
    "valid": "good",
    "failed": "warn",
    "revoked": "bad",
}


@dataclass(frozen=True)
class LineRow:
    """A line of the archive; ``recorded`` is empty for what still runs."""

    key: str
    subject: str
    title: str
    place: str
    when: str
    amount: str
    status: str
    tone: str
    recorded: str
    note: str
    is_superseded: bool = False


@dataclass(frozen=True)
class FigureRow:
    """A total with its label."""

    label: str
    value: str
    note: str = ""
    alert: bool = False


@dataclass(frozen=True)
class SumGroup:
    """Totals of one sort."""

    heading: str
    rows: list[FigureRow] = field(default_factory=list)


def line_row(line: ArchiveLine, *, is_superseded: bool = False) -> LineRow:
    """A line as an officer reads it."""
    recorded = ""
    if line.recorded_at is not None:
        day = date_text(day_of(line.recorded_at))
        recorded = t("archives.recorded", day=day, source=line.source)
    return LineRow(
        key=line.key,
        subject=line.subject_label,
        title=line.title,
        place=line.institution_name,
        when=_when(line),
        amount=_amount(line),
        status=t("archives.superseded") if is_superseded else line.status_label,
        tone="plain" if is_superseded else _TONES.get(line.status, "plain"),
        recorded=recorded,
        note=line.note or line.certificate_number or "",
        is_superseded=is_superseded,
    )


def _when(line: ArchiveLine) -> str:
    if line.issued_on is not None:
        return date_text(line.issued_on)
    return span_of_days(line.starts_on, line.ends_on)


def _amount(line: ArchiveLine) -> str:
    if line.amount_fen is not None:
        return money_text(line.amount_fen)
    return t("trainee.hours", hours=line.hours) if line.hours is not None else ""


def _recorded(one: RecordedLine) -> LineRow:
    return line_row(one.line, is_superseded=one.is_superseded)


def _offered(one: Competition) -> Option:
    """A competition to choose: found by any part of its name, number, level or trade."""
    grade = t(f"catalogue_form.competition.{one.grade}")
    return Option(f"{one.name} {one.number}", f"{grade} {one.trade}".strip())


def _won(form: object) -> Won:
    """How it was won; what is no number is no place that anybody can have."""
    place = text_of(form, "place")
    return Won(
        place=whole_number(place, 0) if place else None,
        grade=text_of(form, "grade"),
        occupation=text_of(form, "occupation"),
    )


def _group(heading: str, figures: tuple[Figure, ...]) -> SumGroup:
    rows = [
        FigureRow(one.label, t("archives.figure", times=one.person_times, hours=one.hours))
        for one in figures
    ]
    return SumGroup(t(heading), rows)


class ArchiveLookupState(PageState, rx.State):
    """The archive that was looked up; the number and the reason stay in the browser."""

    region: str = ""
    is_open: bool = False
    is_intact: bool = True
    person: PersonCard = PersonCard()
    card: str = ""
    records: str = ""
    totals: list[FigureRow] = []
    sums: list[SumGroup] = []
    running: list[LineRow] = []
    lines: list[LineRow] = []
    # Whose archive it is; kept here, so that no browser names another.
    _who: str = ""
    said: str = ""
    # What the line that was put in suggests, if it does.
    suggested: list[SuggestionRow] = []
    # What trades can be typed, out of the book of occupations.
    occupations: list[str] = []
    # The competitions of the year that was picked, and what to do where there are some or none.
    competitions: list[Option] = []
    competitions_hint: str = ""

    @rx.event
    @handler(Permission.READ_ARCHIVES)
    async def load(self) -> None:
        """Open the page."""
        forget(self)
        self.region = await self._run(area_name)

    @rx.event
    @handler(Permission.READ_ARCHIVES)
    async def look_up(self, form: dict[str, object]) -> None:
        """Show the archive of a number."""
        self.is_open = False
        found = await self._run(
            archive_lookup.look_up,
            by=text_of(form, "by"),
            number=text_of(form, "number"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        if found is None:
            self.problem = t("archives.not_found")
            return
        self._show(found)

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def pick_day(self, day: str) -> None:
        """Offer the competitions of the year of a day; of what is no day none."""
        self.competitions, self.competitions_hint = [], ""
        try:
            year = date.fromisoformat(clean(day)).year
        except ValueError:
            return
        found = await self._run(archive_lookup.competitions_of, year=year)
        self.competitions = [_offered(one) for one in found]
        hint = "archives.competitions" if found else "archives.competitions_none"
        self.competitions_hint = t(hint, year=year, count=len(found))

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def add(self, form: dict[str, object]) -> None:
        """Put what has no certificate into the archive that is open."""
        self.said, self.suggested = "", []
        if not self._who:
            self.problem = t("archives.add_to_whom")
            return
        kind = text_of(form, "kind")
        added = await self._run(
            archive_lookup.add,
            person_id=UUID(self._who),
            kind=kind,
            # Both fields are sent, the one that is not asked for hidden from sight.
            title=text_of(form, kind if kind == archive_chain.COMPETITION else "title"),
            issuer=text_of(form, "issuer"),
            occurred_on=day_typed(form, "occurred_on"),
            won=_won(form),
            now=self._now(),
        )
        self.competitions, self.competitions_hint = [], ""
        row = _recorded(added.recorded)
        self.lines = [row, *(one for one in self.lines if one.key != row.key)]
        self.said = t("archives.added", title=row.title)
        self.suggested = [suggestion_row(added.suggestion)] if added.suggestion else []

    @rx.event
    @handler(Permission.READ_ARCHIVES)
    async def start_over(self) -> None:
        """Put the archive away."""
        region = self.region
        forget(self)
        self.region = region

    def _show(self, found: LookedUp) -> None:
        totals = found.totals
        self.is_open, self.is_intact = True, found.intact
        self.person, self._who = person_card(found.person), str(found.person.id)
        self.said, self.suggested = "", []
        self.occupations = [f"{one.name} {one.code}" for one in occupations()]
        none = t("archives.card_none")
        self.card = f"{found.card.number_masked} · {found.card.region}" if found.card else none
        merged = found.records > 1
        self.records = t("archives.records_text", count=found.records) if merged else ""
        self.totals = [
            FigureRow(t("archives.times"), str(totals.person_times)),
            FigureRow(t("archives.hours"), str(totals.hours)),
            FigureRow(t("archives.certificates"), str(found.certificates)),
        ]
        self.sums = [
            _group("archives.by_year", totals.by_year),
            _group("archives.by_type", totals.by_type),
            _group("archives.by_occupation", totals.by_occupation),
        ]
        self.running = [line_row(line) for line in found.running]
        self.lines = [_recorded(one) for one in found.lines]
