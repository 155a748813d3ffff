"""My lifelong training archive."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.advancement import views as advancement
from portal.services.archive import ArchiveLine, ArchiveView, my_archive
from portal.services.archive_lines import Correction, money_text
from portal.services.archive_totals import Figure
from portal.services.times import day_of
from portal.state.advancement import SuggestionRow, suggestion_row
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.texts import date_text, month_text

_TONES = {
    "running": "info",
    "awaiting": "info",
    "completed": "good",
    "failed": "warn",
    "valid": "good",
    "verified": "good",
    "paid": "good",
    "revoked": "bad",
    "taken_back": "bad",
    "refused": "bad",
    "unverified": "warn",
}
_ALL = "all"
# More totals of one sort than this are folded.
_LONG = 5
_SIGNS = {
    "class": "book-open",
    "certificate": "award",
    "external": "award",
    "award": "badge-check",
    "competition": "badge-check",
    "military": "shield-check",
    "subsidy": "hand-coins",
    "employment": "users",
    "carried": "refresh-cw",
}


@dataclass(frozen=True)
class ArchiveRow:
    """One entry of the timeline. ``number`` is set for a certificate, ``fixes`` for a line that
    was put right, ``origin`` leads to another portal that issued it."""

    key: str
    when: str
    title: str
    place: str
    hours: str
    status: str
    tone: str
    is_certificate: bool
    number: str
    kind: str
    sign: str
    source: str
    note: str
    fixes: list[str]
    origin: str


@dataclass(frozen=True)
class YearGroup:
    """The entries of a year; ``rows`` only while it stands open."""

    year: str
    label: str
    summary: str
    is_open: bool
    rows: list[ArchiveRow]


@dataclass(frozen=True)
class Choice:
    """One kind that the timeline can be narrowed to."""

    key: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Sum:
    """A total by type, year or occupation."""

    label: str
    value: str


@dataclass(frozen=True)
class SumGroup:
    """Totals of one sort; folded away when there are many."""

    heading: str
    is_long: bool
    sums: list[Sum]


def row_of(line: ArchiveLine) -> ArchiveRow:
    """A line of the archive as the timeline shows it."""
    return ArchiveRow(
        key=line.key,
        when=_period(line) if line.is_training else date_text(line.on),
        title=line.title,
        place=line.institution_name,
        hours=_amount(line),
        status=line.status_label,
        tone=_TONES.get(line.status, "plain"),
        is_certificate=line.is_certificate,
        number=line.certificate_number or "" if not line.is_training else "",
        kind=line.subject_label,
        sign=_SIGNS.get(line.subject, "file-text"),
        source=_source(line),
        note=line.note,
        fixes=[text for one in line.corrections for text in _fixes(one)],
        origin=line.origin_url,
    )


def _amount(line: ArchiveLine) -> str:
    if line.amount_fen is not None:
        return money_text(line.amount_fen)
    if line.hours is None or line.is_certificate:
        return ""
    if line.hours_planned is None:
        return t("trainee.archive.hours_only", hours=line.hours)
    return t("trainee.archive.hours_of", hours=line.hours, planned=line.hours_planned)


def _source(line: ArchiveLine) -> str:
    if line.recorded_at is None:
        return ""
    on = date_text(day_of(line.recorded_at))
    return t("trainee.archive.source", source=line.source, on=on)


def _fixes(one: Correction) -> list[str]:
    """What a correction changed, in sentences."""
    none = t("trainee.archive.nothing_before")
    head = t("trainee.archive.corrected_on", on=date_text(one.on))
    if one.reason:
        head = t("trainee.archive.corrected_why", on=date_text(one.on), reason=one.reason)
    changes = [
        t(
            "trainee.archive.change",
            field=change.label,
            before=change.before or none,
            after=change.after or none,
        )
        for change in one.changes
    ]
    return [head, *changes]


def _period(line: ArchiveLine) -> str:
    starts, ends = month_text(line.starts_on), month_text(line.ends_on)
    return starts if starts == ends else t("trainee.archive.period", starts=starts, ends=ends)


class ArchiveState(PageState, rx.State):
    """Totals and timeline."""

    trainings: int = 0
    hours: int = 0
    certificates: int = 0
    intact: bool = True
    is_empty: bool = True
    # Whether there is more than one kind to choose among.
    can_narrow: bool = False
    now_running: list[ArchiveRow] = []
    years: list[YearGroup] = []
    choices: list[Choice] = []
    sums: list[SumGroup] = []
    suggestions: list[SuggestionRow] = []

    # A phone gets the rows of the years that stand open; they are read anew each time, so that
    # whoever has logged out meanwhile sees nothing more.
    _open: tuple[str, ...] | None = None
    _chosen: str = _ALL

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load my archive."""
        forget(self)
        self._show(await self._run(my_archive, now=self._now()))
        self.suggestions = [suggestion_row(one) for one in await self._run(advancement.own)]

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def toggle(self, year: str) -> None:
        """Open or fold a year."""
        if year in [one.year for one in self.years]:
            self._open = tuple({*(self._open or ())} ^ {year})
        self._show(await self._run(my_archive, now=self._now()))

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def choose(self, kind: str) -> None:
        """Show lines of one kind only."""
        if kind in [choice.key for choice in self.choices]:
            self._chosen, self._open = kind, None
        self._show(await self._run(my_archive, now=self._now()))

    def _show(self, view: ArchiveView) -> None:
        self.trainings = view.trainings
        self.hours = view.hours
        self.certificates = view.certificates
        self.intact = view.intact
        self.is_empty = not view.lines
        self.now_running = [row_of(line) for line in view.lines if line.recorded_at is None]
        self.sums = _sums(view)
        self._regroup([line for line in view.lines if line.recorded_at is not None])

    def _regroup(self, recorded: list[ArchiveLine]) -> None:
        """Bring years and choices in line with what is chosen; at first the newest year stands
        open."""
        lines = [one for one in recorded if self._chosen in (_ALL, one.subject)]
        years = sorted({str(one.ends_on.year) for one in lines}, reverse=True)
        if self._open is None:
            self._open = tuple(years[:1])
        self.years = [_group(year, lines, is_open=year in self._open) for year in years]
        kinds = {one.subject: one.subject_label for one in recorded}
        self.can_narrow = len(kinds) > 1
        self.choices = [
            Choice(key, label, key == self._chosen)
            for key, label in {_ALL: t("trainee.archive.all"), **kinds}.items()
        ]


def _group(year: str, lines: list[ArchiveLine], *, is_open: bool) -> YearGroup:
    of_year = [one for one in lines if str(one.ends_on.year) == year]
    rows = [row_of(one) for one in of_year] if is_open else []
    summary = t("trainee.archive.year_summary", count=len(of_year))
    return YearGroup(year, t("archive.year", year=year), summary, is_open, rows)


def _sums(view: ArchiveView) -> list[SumGroup]:
    totals = view.totals
    groups = {"type": totals.by_type, "occupation": totals.by_occupation, "year": totals.by_year}
    return [
        SumGroup(t(f"archive.sum.{name}"), len(figures) > _LONG, [_sum(one) for one in figures])
        for name, figures in groups.items()
        if figures
    ]


def _sum(figure: Figure) -> Sum:
    value = t("trainee.archive.sum", times=figure.person_times, hours=figure.hours)
    return Sum(figure.label, value)
