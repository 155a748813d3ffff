"""The officer's side of class openings: the queue, and a decision on one."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.opening import deciding, views
from portal.services.opening.content import STEPS
from portal.services.public_catalogues.links import Link
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of, whole_number
from portal.state.opening_rows import (
    AnswerRow,
    ChangeRow,
    CheckRow,
    FactRow,
    MeetingRow,
    OpeningRow,
    answer_row,
    change_row,
    check_rows,
    fact_rows,
    meeting_rows,
    opening_row,
    outlook,
)

HOME = "/admin/openings"


@dataclass(frozen=True)
class StepChoice:
    """A step that may be marked for correction, as ``components.choices.choice`` draws it."""

    value: str
    label: str
    hint: str = ""
    checked: bool = False


class OpeningQueueState(PageState, rx.State):
    """One page of the queue; which one stands in the address."""

    cards: list[OpeningRow] = []
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""
    decided: list[OpeningRow] = []

    @rx.event
    @handler(Permission.DECIDE_OPENINGS)
    async def load(self) -> None:
        """Show the page that the address names, the oldest deadline first."""
        forget(self)
        now = self._now()
        number = max(whole_number(query_value(self.router.url.query, "page"), 1), 1)
        found = await self._run(views.queue, page=number, now=now)
        pages = max(1, -(-found.total // found.size))
        self.cards = [opening_row(one, HOME, now) for one in found.items]
        self.count = t("opening.queue.count", total=found.total)
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.previous = f"{HOME}?page={found.page - 1}" if found.page > 1 else ""
        self.next = f"{HOME}?page={found.page + 1}" if found.page < pages else ""
        past = await self._run(views.decided, now=now)
        self.decided = [opening_row(one, HOME, now) for one in past]


class OpeningDecisionState(PageState, rx.State):
    """One application as it was sent, and what an officer makes of it."""

    card: OpeningRow = OpeningRow()
    outlook: str = ""
    has_fails: bool = False
    checks: list[CheckRow] = []
    facts: list[FactRow] = []
    meetings: list[MeetingRow] = []
    meetings_label: str = ""
    changes: list[ChangeRow] = []
    answers: list[AnswerRow] = []
    ways: list[Link] = []
    steps: list[StepChoice] = []
    # submitted: to be decided; anything else is only read.
    stage: str = ""
    is_own: bool = False
    done: str = ""
    _seen: str = ""

    @rx.event
    @handler(Permission.DECIDE_OPENINGS)
    async def load(self) -> None:
        """Show what was sent, checked anew."""
        forget(self)
        now = self._now()
        view = await self._run(views.desk, opening_id=self._id(), now=now)
        self._seen, self.stage, self.is_own = view.seen, view.card.state, view.is_own
        self.card = opening_row(view.card, HOME, now)
        self.outlook = outlook(view.checks)
        self.has_fails = any(one.outcome == "fail" for one in view.checks)
        self.checks = check_rows(view.checks, "")
        self.facts = fact_rows(view, "")
        self.meetings = meeting_rows(view.meetings)
        self.meetings_label = t("opening.meetings.count", count=len(view.meetings))
        self.changes = [change_row(one) for one in view.changes]
        self.answers = [answer_row(one) for one in reversed(view.answers)]
        self.ways = list(view.ways)
        wrong = {one.step for one in view.checks if one.outcome == "fail"}
        self.steps = [
            StepChoice(one, t(f"opening.step.{one}"), checked=one in wrong) for one in STEPS
        ]

    @rx.event
    @handler(Permission.DECIDE_OPENINGS)
    async def approve(self, form: dict[str, object]) -> None:
        """Open the class."""
        await self._run(
            deciding.approve,
            opening_id=self._id(),
            seen=self._seen,
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("opening.done.approved")

    @rx.event
    @handler(Permission.DECIDE_OPENINGS)
    async def send_back(self, form: dict[str, object]) -> None:
        """Return it for correction of the ticked steps."""
        await self._run(
            deciding.send_back,
            opening_id=self._id(),
            seen=self._seen,
            steps=[one for one in STEPS if text_of(form, one) == "1"],
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("opening.done.returned")

    @rx.event
    @handler(Permission.DECIDE_OPENINGS)
    async def reject(self, form: dict[str, object]) -> None:
        """Refuse it for good."""
        await self._run(
            deciding.reject,
            opening_id=self._id(),
            seen=self._seen,
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        self.done = t("opening.done.rejected")

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "opening_id")
