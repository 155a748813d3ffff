"""Local supplements: the list of a region, a new entry, one entry with its answers."""

from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.supplements import answering, drafting, ending, filing, views
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of, whole_number
from portal.state.pager import page_number, pager
from portal.state.supplement_rows import (
    HOME,
    EntryFields,
    FactRow,
    FilingRow,
    PlaceLink,
    ShowLink,
    SupplementRow,
    facts_of,
    filing_row,
    lead_of,
    links_of,
    offered,
    row_of,
    show_links,
    shown_state,
    typed,
)


class SupplementsState(PageState, rx.State):
    """The entries of the region, a page at a time; the city files from here."""

    files: bool = False
    lead: str = ""
    links: list[ShowLink] = []
    rows: list[SupplementRow] = []
    ready: list[SupplementRow] = []
    found: str = ""
    previous: str = ""
    place: str = ""
    next: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        await self._load()

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def file(self, form: dict[str, Any]) -> None:
        """File the ticked entries upward with their document."""
        ticked = [name for name in form if isinstance(name, str) and len(name) == 36]
        count = await self._run(
            filing.file,
            entry_ids=[parse_id(name) for name in ticked],
            doc_no=text_of(form, "doc_no"),
            now=self._now(),
        )
        await self._load()
        self.done = t("supplements.page.filed", count=count)

    async def _load(self) -> None:
        query = self.router.url.query
        show = query_value(query, "show") or "all"
        number = page_number(query_value(query, "page"))
        found = await self._run(views.desk, show=show, page=number, now=self._now())
        self.files = found.files
        self.lead = lead_of(found)
        self.links = show_links(found, show)
        self.rows = [row_of(one) for one in found.page.items]
        self.found = t("supplements.page.count", count=found.page.total)
        around = pager(
            lambda n: f"{HOME}?show={show}&page={n}",
            page=found.page.page,
            size=found.page.size,
            total=found.page.total,
        )
        self.previous, self.place, self.next = around.previous, around.text, around.next
        waiting = await self._run(views.fileable, now=self._now()) if found.files else ()
        self.ready = [row_of(one) for one in waiting]


class NewSupplementState(PageState, rx.State):
    """The form of a new entry."""

    form: EntryFields = EntryFields()

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def load(self) -> None:
        """Offer the plans of the region."""
        forget(self)
        self.form = offered(await self._run(views.plan_options, now=self._now()))

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def save(self, form: dict[str, Any]) -> Any:
        """Keep it as a draft and open it."""
        made = await self._run(drafting.draft, form=typed(form), now=self._now())
        return rx.redirect(f"{HOME}/{made}")


class SupplementState(PageState, rx.State):
    """One entry: what it says, its filings, what can be done with it."""

    row: SupplementRow = SupplementRow()
    facts: list[FactRow] = []
    filings: list[FilingRow] = []
    form: EntryFields = EntryFields()
    may_correct: bool = False
    may_withdraw: bool = False
    may_take_back: bool = False
    may_answer: bool = False
    may_end: bool = False
    end_what: str = ""
    links: list[PlaceLink] = []
    note: str = ""
    round_no: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def load(self) -> None:
        """Open the one that the address names."""
        forget(self)
        await self._load()

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def correct(self, form: dict[str, Any]) -> None:
        """Put what was typed in its place."""
        await self._run(drafting.correct, entry_id=self._id(), form=typed(form), now=self._now())
        await self._reload("supplements.page.corrected")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def withdraw(self, form: dict[str, Any]) -> None:
        """Give it up."""
        await self._run(
            drafting.withdraw,
            entry_id=self._id(),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._reload("supplements.page.withdrawn")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def take_back(self) -> None:
        """Take it back before it is answered."""
        await self._run(filing.take_back, entry_id=self._id(), now=self._now())
        await self._reload("supplements.page.taken_back")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def accept(self, form: dict[str, Any]) -> None:
        """Accept it as it reads on the screen."""
        await self._run(answering.accept, **self._answer(form), now=self._now())
        await self._reload("supplements.page.accepted")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def reject(self, form: dict[str, Any]) -> None:
        """Reject it with a reason."""
        await self._run(answering.reject, **self._answer(form), now=self._now())
        await self._reload("supplements.page.rejected")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def end(self, form: dict[str, Any]) -> None:
        """End it for good, by a document."""
        await self._run(
            ending.end,
            entry_id=self._id(),
            doc_no=text_of(form, "doc_no"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._reload("supplements.page.ended")

    def _answer(self, form: dict[str, Any]) -> dict[str, Any]:
        return {
            "entry_id": self._id(),
            "round_no": whole_number(text_of(form, "round_no"), 0),
            "reason": text_of(form, "reason"),
        }

    async def _reload(self, done: str) -> None:
        await self._load()
        self.done = t(done)

    async def _load(self) -> None:
        found = await self._run(views.see, entry_id=self._id(), now=self._now())
        self.row = row_of(found)
        self.facts = facts_of(found)
        self.filings = [filing_row(one) for one in found.filings]
        self.may_correct = "correct" in found.acts
        self.may_withdraw = "withdraw" in found.acts
        self.may_take_back = "take_back" in found.acts
        self.may_answer = "accept" in found.acts
        self.may_end = "end" in found.acts
        running = found.after.running
        self.end_what = t(f"supplements.page.end_{'runs' if running else 'what'}", count=running)
        self.note = t(f"supplements.page.note_{shown_state(found)}")
        self.links = links_of(found)
        self.round_no = str(found.filings[0].round_no) if found.filings else ""
        self.done = ""
        if self.may_correct:
            plans = await self._run(views.plan_options, now=self._now())
            self.form = offered(plans, found)

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "entry_id")
