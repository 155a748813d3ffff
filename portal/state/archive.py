"""My lifelong training archive."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.archive import ArchiveLine, ArchiveView, my_archive
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.texts import date_text, month_text

_TONES = {
    "running": "info",
    "awaiting": "info",
    "completed": "good",
    "failed": "warn",
    "valid": "good",
    "revoked": "bad",
}


@dataclass(frozen=True)
class ArchiveRow:
    """One entry of the timeline. ``number`` is set for a certificate."""

    key: str
    when: str
    title: str
    place: str
    hours: str
    status: str
    tone: str
    is_certificate: bool
    number: str


def row_of(line: ArchiveLine) -> ArchiveRow:
    """A line of the archive as the timeline shows it."""
    hours = ""
    if line.hours is not None and not line.is_certificate:
        hours = t("trainee.archive.hours_of", hours=line.hours, planned=line.hours_planned)
    return ArchiveRow(
        key=line.key,
        when=date_text(line.ends_on) if line.is_certificate else _period(line),
        title=line.title,
        place=line.institution_name,
        hours=hours,
        status=line.status_label,
        tone=_TONES.get(line.status, "plain"),
        is_certificate=line.is_certificate,
        number=line.certificate_number or "",
    )


def _period(line: ArchiveLine) -> str:
    starts, ends = month_text(line.starts_on), month_text(line.ends_on)
    return starts if starts == ends else t("trainee.archive.period", starts=starts, ends=ends)


class ArchiveState(PageState, rx.State):
    """Totals and timeline."""

    trainings: int = 0
    hours: int = 0
    certificates: int = 0
    intact: bool = True
    rows: list[ArchiveRow] = []

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load my archive."""
        forget(self)
        self._show(await self._run(my_archive, now=self._now()))

    def _show(self, view: ArchiveView) -> None:
        self.trainings = view.trainings
        self.hours = view.hours
        self.certificates = view.certificates
        self.intact = view.intact
        self.rows = [row_of(line) for line in view.lines]
