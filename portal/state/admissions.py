"""Institutions that ask to be admitted, before the officer who writes it down."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import sentences, t
from portal.services.listings import admission, applications
from portal.services.listings.applications import ApplicationView
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.casework_rows import Narrow
from portal.state.fresh import forget
from portal.state.inputs import ChoiceRow, query_value, text_of
from portal.state.listing_desk import typed_day
from portal.state.pager import page_number, pager

_HOME = "/admin/admissions"

_FIELDS = (
    *("uscc", "name", "kind", "ownership", "license_no", "region_code"),
    *("address", "contact_phone", "scope"),
)
PAPERS = ("license", "site", "teachers")


@dataclass(frozen=True)
class ApplicationRow:
    """An application in words."""

    key: str
    name: str
    state: str
    facts: str
    papers: str
    visit: str
    can_admit: bool
    entered: str
    closed: str
    answer: str
    tone: str
    file: str


_TONES = {"listed": "good", "refused": "bad"}


def application_row(one: ApplicationView) -> ApplicationRow:
    """An application as its card shows it."""
    return ApplicationRow(
        key=str(one.application_id),
        name=one.name,
        state=one.state_text,
        facts=one.facts,
        papers="；".join(one.papers),
        visit=one.visit,
        can_admit=one.can_admit,
        entered=one.entered,
        closed=one.closed,
        answer=one.answer,
        tone=_TONES.get(one.state, "plain"),
        file=f"/admin/institutions/{one.institution_id}",
    )


def kinds() -> list[ChoiceRow]:
    """The kinds of institutions to choose from, those that train before those that assess."""
    start = "institutions.kind."
    found = [key for key in sentences() if key.startswith(start)]
    return [ChoiceRow(key.removeprefix(start), t(key)) for key in found]


class AdmissionsState(PageState, rx.State):
    """What waits, and the form for another."""

    rows: list[ApplicationRow] = []
    is_decided: bool = False
    may_keep: bool = False
    narrow: list[Narrow] = []
    previous: str = ""
    next: str = ""
    place: str = ""
    kinds: list[ChoiceRow] = []
    today: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show what waits or what was answered, to auditors as well: the service says to whom."""
        forget(self)
        self.kinds, self.today = kinds(), day_of(self._now()).isoformat()
        await self._show()

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def apply(self, form: dict[str, str]) -> None:
        """Write down an application."""
        papers = [
            (t(f"listings.admit.paper_{name}"), text_of(form, f"paper_{name}")) for name in PAPERS
        ]
        await self._run(
            admission.apply,
            fields={name: text_of(form, name) for name in _FIELDS},
            papers=papers,
            now=self._now(),
        )
        await self._after("entered")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def visit(self, form: dict[str, str]) -> None:
        """Write down what was found at the site."""
        await self._run(
            admission.note_visit,
            application_id=parse_id(text_of(form, "key")),
            visited_on=typed_day(form, "visited_on"),
            visited_by=text_of(form, "visited_by"),
            passed=text_of(form, "result") == "passed",
            note=text_of(form, "reason"),
            now=self._now(),
        )
        await self._after("visit_done")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def admit(self, form: dict[str, str]) -> None:
        """Put the institution on the list."""
        await self._run(
            admission.admit,
            application_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            document_no=text_of(form, "document_no"),
            effective_on=typed_day(form, "effective_on"),
            now=self._now(),
        )
        await self._after("admitted")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def refuse(self, form: dict[str, str]) -> None:
        """Refuse it, with a reason."""
        await self._run(
            admission.refuse,
            application_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._after("refused")

    async def _after(self, what: str) -> None:
        self.done = t(f"listings.admit.{what}")
        await self._show()

    async def _show(self) -> None:
        query, now = self.router.url.query, self._now()
        self.is_decided = query_value(query, "show") == "decided"
        self.narrow = [
            Narrow(t("listings.admit.queue"), _HOME, not self.is_decided),
            Narrow(t("listings.admit.decided"), f"{_HOME}?show=decided", self.is_decided),
        ]
        self.may_keep = await self._run(applications.may_keep)
        self.previous = self.next = self.place = ""
        if not self.is_decided:
            found = await self._run(applications.applications, now=now)
            self.rows = [application_row(one) for one in found]
            return
        page = page_number(query_value(query, "page"))
        closed = await self._run(applications.decided_ones, page=page, now=now)
        self.rows = [application_row(one) for one in closed.items]
        ways = pager(
            lambda n: f"{_HOME}?show=decided&page={n}",
            page=closed.page, size=closed.size, total=closed.total,
        )  # fmt: skip
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text
