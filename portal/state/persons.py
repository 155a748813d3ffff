"""The officers' page about persons: a number put right, two records made one, and apart again."""

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import (
    id_corrections,
    id_vouching,
    person_merge_asked,
    person_merge_requests,
    person_merges,
)
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of
from portal.state.person_rows import (
    Comparison,
    MergeRow,
    PersonCard,
    RequestRow,
    VouchRow,
    comparison,
    merge_row,
    person_card,
    request_row,
    stays_text,
    vouch_row,
)
from portal.state.texts import date_text


class PersonsState(PageState, rx.State):
    """One thing at a time; what is typed stays in the browser until it is sent."""

    # start | correct | compare | check | done: what the page offers
    step: str = "start"
    person: PersonCard = PersonCard()
    both: Comparison = Comparison()
    merges: list[MergeRow] = []
    requests: list[RequestRow] = []
    vouches: list[VouchRow] = []
    # The one that is being checked, and why it cannot be confirmed as it was asked for, if so.
    asked: RequestRow = RequestRow()
    stale: str = ""
    done: str = ""
    note: str = ""

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def load(self) -> None:
        """Open the page."""
        forget(self)
        await self._list()

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def find(self, form: dict[str, object]) -> None:
        """Show whose number it is, to put it right."""
        number = text_of(form, "number")
        found = await self._run(id_corrections.find, number=number, now=self._now())
        if found is None:
            self.problem = t("persons.not_found")
            return
        self.person, self.step = person_card(found), "correct"

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def correct(self, form: dict[str, object]) -> None:
        """Put the number right."""
        made = await self._run(
            id_corrections.correct,
            person_id=parse_id(text_of(form, "person")),
            id_type=text_of(form, "id_type"),
            number=text_of(form, "number"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        if made.refusal:
            raise made.refusal
        done = "done_no_account" if made.awaits_vouching else "done"
        self._end(t(f"persons.correct.{done}"), t("persons.correct.notice"))

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def vouch(self, correction: str) -> None:
        """Say that a number which another officer put right is the right one."""
        await self._run(id_vouching.vouch, correction_id=parse_id(correction), now=self._now())
        await self._list()
        self._end(t("persons.vouch.done"), "")

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def compare(self, form: dict[str, object]) -> None:
        """Show two people side by side."""
        found = await self._run(
            person_merges.compare,
            kept_number=text_of(form, "kept"),
            merged_number=text_of(form, "merged"),
            now=self._now(),
        )
        if found.refusal:
            raise found.refusal
        if found.preview is None:
            self.problem = t("persons.not_found_one", which=found.missing)
            return
        self.both, self.step = comparison(found.preview), "compare"

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def swap(self) -> None:
        """Keep the other one instead."""
        found = await self._run(
            person_merges.preview,
            kept_id=parse_id(self.both.merged_key),
            merged_id=parse_id(self.both.kept_key),
            now=self._now(),
        )
        self.both = comparison(found)

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def ask(self, form: dict[str, object]) -> None:
        """Ask another officer to make them one."""
        asked = await self._run(
            person_merge_requests.ask,
            kept_id=parse_id(text_of(form, "kept")),
            merged_id=parse_id(text_of(form, "merged")),
            seen=text_of(form, "seen"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        until = t("persons.merge.asked_until", day=date_text(asked.last_day))
        await self._list()
        self._end(t("persons.merge.asked_done"), until)

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def check(self, request: str) -> None:
        """Show the two that another officer wants to be one."""
        found = await self._run(
            person_merge_requests.check, request_id=parse_id(request), now=self._now()
        )
        self.asked = request_row(found.request)
        self.stale = t("persons.request.stale") if found.is_stale else ""
        self.both, self.step = comparison(found.preview), "check"

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def confirm(self, form: dict[str, object]) -> None:
        """Make them one, as another officer asked."""
        made = await self._run(
            person_merge_requests.confirm,
            request_id=parse_id(text_of(form, "request")),
            seen=text_of(form, "seen"),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        until = t("persons.merge.done_until", day=date_text(made.last_day))
        await self._list()
        self._end(t("persons.merge.done"), until)

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def decline(self, form: dict[str, object]) -> None:
        """Leave them two."""
        await self._run(
            person_merge_requests.decline,
            request_id=parse_id(text_of(form, "request")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._list()
        self._end(t("persons.request.declined_done"), "")

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def take_back(self, request: str) -> None:
        """Ask no more for one of one's own."""
        await self._run(
            person_merge_requests.take_back, request_id=parse_id(request), now=self._now()
        )
        await self._list()
        self._end(t("persons.request.taken_back"), "")

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def undo(self, form: dict[str, object]) -> None:
        """Make them two again."""
        made = await self._run(
            person_merges.undo,
            merge_id=parse_id(text_of(form, "merge")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._list()
        self._end(t("persons.undo.done"), stays_text(made.stays))

    @rx.event
    @handler(Permission.KEEP_PERSONS)
    async def start_over(self) -> None:
        """Put everybody away, and see what came in meanwhile."""
        await self._list()
        self._end("", "", step="start")

    async def _list(self) -> None:
        asked = await self._run(person_merge_asked.open_requests, now=self._now())
        self.requests = [request_row(one) for one in asked]
        waiting = await self._run(id_vouching.to_vouch, now=self._now())
        self.vouches = [vouch_row(one) for one in waiting]
        found = await self._run(person_merges.recent, now=self._now())
        self.merges = [merge_row(one) for one in found]

    def _end(self, done: str, note: str, step: str = "done") -> None:
        self.done, self.note, self.step = done, note, step
        self.person, self.both = PersonCard(), Comparison()
        self.asked, self.stale = RequestRow(), ""
