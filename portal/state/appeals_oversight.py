"""The authority's view of appeals and of sheets that are overdue; it reads only."""

from dataclasses import dataclass
from urllib.parse import urlencode

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import appeals_oversight, overdue_sheets
from portal.services.appeals_oversight import SHOWN, OverseenAppeal
from portal.services.overdue_sheets import OverdueSheet
from portal.services.times import day_text, moment_text, span_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value, whole_number

_HOME = "/admin/appeals"
_TONES = {"upheld": "good", "refused": "plain", "withdrawn": "plain", "open": "info"}


@dataclass(frozen=True)
class OverseenRow:
    """An appeal or a sheet in a list: whose, of what, and until when."""

    key: str
    institution: str
    place: str
    course: str
    when: str
    says: str
    due: str
    status: str
    tone: str


@dataclass(frozen=True)
class Choice:
    """A filter: a link, chosen or not."""

    label: str
    href: str
    chosen: bool


def appeal_row(one: OverseenAppeal) -> OverseenRow:
    """An appeal in words; its person is masked."""
    status, tone = t(f"overseen.state_{one.state}"), _TONES[one.state]
    if one.late:
        status, tone = t("overseen.late"), "bad"
    answered = one.answered_at
    return OverseenRow(
        key=str(one.appeal_id),
        institution=one.institution,
        place=one.region,
        course=t("appeals.desk.from", name=one.person, title=one.title, n=one.seq_no),
        when=t("overseen.asked", when=moment_text(one.created_at)),
        says=t(f"overseen.kind_{one.kind}"),
        due=t("overseen.answered", when=moment_text(answered))
        if answered
        else t("overseen.answer_by", day=one.answer_by),
        status=status,
        tone=tone,
    )


def sheet_row(one: OverdueSheet) -> OverseenRow:
    """An overdue sheet in words."""
    return OverseenRow(
        key=str(one.session_id),
        institution=one.institution,
        place=one.region,
        course=t("teach.session_title", title=one.title, n=one.seq_no),
        when=t("overseen.when", when=span_text(one.starts_at, one.ends_at)),
        says="",
        due=t("overseen.due", day=day_text(one.due_on)),
        status=t("overseen.days", days=one.days),
        tone="bad",
    )


class OverseenState(PageState, rx.State):
    """One page of a list; what is shown stands in the address: ``show``, ``region``, ``page``."""

    rows: list[OverseenRow] = []
    choices: list[Choice] = []
    places: list[Choice] = []
    shows_sheets: bool = False
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.SUPERVISE)
    async def load(self) -> None:
        """Show the list that the address names; nonsense is the first."""
        forget(self)
        query = self.router.url.query
        show, region = query_value(query, "show"), query_value(query, "region")
        page = whole_number(query_value(query, "page"), 1)
        now = self._now()
        self.shows_sheets = show == "sheets"
        if self.shows_sheets:
            sheets = await self._run(overdue_sheets.overseen, now=now, page=page)
            self.rows = [sheet_row(one) for one in sheets.items]
            self._place(sheets.page, sheets.size, sheets.total, "sheets", "")
        else:
            show = show if show in SHOWN else SHOWN[0]
            found = await self._run(
                appeals_oversight.overseen, now=now, show=show, region=region, page=page
            )
            self.rows = [appeal_row(one) for one in found.items]
            self._place(found.page, found.size, found.total, show, region)
            known = await self._run(appeals_oversight.regions_with)
            self.places = _places(known, show, region)
        self.choices = _choices(show, region)

    def _place(self, page: int, size: int, total: int, show: str, region: str) -> None:
        pages = max(1, -(-total // size))
        self.count = t("overseen.count", count=total)
        self.place = t("admin.institutions.page", page=page, pages=pages)
        self.previous = _address(show, region, page - 1) if page > 1 else ""
        self.next = _address(show, region, page + 1) if page < pages else ""


def _address(show: str, region: str, page: int = 1) -> str:
    asked = {"show": show, "region": region, "page": "" if page == 1 else str(page)}
    return f"{_HOME}?{urlencode({name: value for name, value in asked.items() if value})}"


def _choices(show: str, region: str) -> list[Choice]:
    """What can be shown; the sheets stand beside the appeals."""
    appeals = [
        Choice(t(f"overseen.show_{one}"), _address(one, region), one == show) for one in SHOWN
    ]
    return [*appeals, Choice(t("overseen.sheets"), _address("sheets", ""), show == "sheets")]


def _places(known: tuple[tuple[str, str], ...], show: str, region: str) -> list[Choice]:
    """The regions with appeals; none to choose where there is one only."""
    if len(known) < 2 and not region:
        return []
    every = Choice(t("overseen.all_regions"), _address(show, ""), not region)
    return [every, *[Choice(name, _address(show, code), code == region) for code, name in known]]
