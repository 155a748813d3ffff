"""A class of the institution: its trainees, its sessions, its end."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import results
from portal.services.attendance import roster
from portal.services.results import ClassResults, TraineeResult
from portal.services.teaching_classes import OwnClass, own_class_facts, pass_the_rest
from portal.state.base import PageState, handler
from portal.state.batches import BatchState
from portal.state.inputs import path_part
from portal.state.teach import SessionRow, class_row, session_row


@dataclass(frozen=True)
class ResultRow:
    """A trainee of the class. ``exam`` is passed, failed or "" before a result; ``unmet`` says
    what is missing, and only once the class has been taught; ``parts`` how theory and practice
    stand."""

    key: str
    name: str
    hours: str
    parts: list[str]
    percent: int
    exam: str
    exam_label: str
    tone: str
    unmet: list[str]
    number: str
    verify: str


@dataclass(frozen=True)
class Fact:
    """A labelled value."""

    label: str
    value: str


@dataclass(frozen=True)
class LeftOut:
    """Who gets no certificate, and why."""

    name: str
    why: str


def _facts(**values: str) -> list[Fact]:
    """Those that are known, by their keys in the locale."""
    return [Fact(t(f"teach.class.{key}"), value) for key, value in values.items() if value]


def result_row(row: TraineeResult, *, over: bool) -> ResultRow:
    """A trainee as the list shows him."""
    exam = {True: "passed", False: "failed", None: ""}[row.exam_passed]
    figures = {"credited": row.credited_hours, "planned": row.planned_hours}
    number = row.certificate_number or ""
    return ResultRow(
        key=row.enrolment_id,
        name=row.name,
        hours=t("teach.results.hours", percent=row.percent, **figures),
        parts=list(row.parts),
        percent=row.percent,
        exam=exam,
        exam_label=t(f"teach.results.exam_{exam or 'missing'}"),
        tone={"passed": "good", "failed": "bad"}.get(exam, "plain"),
        unmet=list(row.unmet) if over else [],
        number=number,
        verify=f"/verify/{number}" if number else "",
    )


class ResultsState(PageState, rx.State):
    """The class on screen; which one stands in the address."""

    title: str = ""
    cards_href: str = ""
    checkin_href: str = ""
    facts: list[Fact] = []
    long_facts: list[Fact] = []
    stage: str = ""
    stage_label: str = ""
    tone: str = ""
    rows: list[ResultRow] = []
    sessions: list[SessionRow] = []
    # Whether results may be recorded now, and by this account.
    is_open: bool = False
    may_finish: bool = False
    can_finish: bool = False
    pending: int = 0
    obstacle: str = ""
    # Sentences with their numbers filled in.
    pass_rest_label: str = ""
    earned: str = ""
    left_out_title: str = ""
    finish_label: str = ""
    closed: str = ""
    left_out: list[LeftOut] = []
    asking: bool = False
    done: str = ""

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Show the class."""
        self.status, self.asking, self.done = "loading", False, ""
        await self._load()

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def record(self, enrolment_id: object, passed: object) -> None:
        """Record pass or fail for one trainee."""
        who = parse_id(enrolment_id, "enrolment_id")
        self.asking = False
        now = self._now()
        await self._run(results.record_result, enrolment_id=who, passed=passed is True, now=now)
        await self._load()

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def pass_rest(self) -> None:
        """Record a pass for everybody who has no result yet."""
        await self._run(pass_the_rest, class_id=self._class_id(), now=self._now())
        await self._load()

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def ask(self) -> None:
        """Show who gets a certificate and who does not, before anything is done."""
        await self._load()
        self.asking = self.can_finish

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def step_back(self) -> None:
        """Leave the question without doing anything."""
        self.asking = False

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def finish(self) -> Any:
        """Close the class and issue the certificates; their files are made from now on."""
        found = await self._run(results.finish_class, class_id=self._class_id(), now=self._now())
        issued = sum(row.certificate_number is not None for row in found.rows)
        await self._load()
        self.asking, self.done = False, t("teach.results.done", count=issued)
        return BatchState.load

    def _class_id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "class_id")

    async def _load(self) -> None:
        class_id, now = self._class_id(), self._now()
        facts = await self._run(own_class_facts, class_id=class_id, now=now)
        self._show_class(facts)
        if facts.stage == "cancelled":
            # Nobody learns there, and nothing has an end.
            return
        found = await self._run(results.class_results, class_id=class_id, now=now)
        people = await self._run(roster, class_id=class_id, now=now)
        self._show_results(found, facts)
        self.sessions = [session_row(card, with_day=True) for card in people.sessions]

    def _show_class(self, of: OwnClass) -> None:
        row = class_row(of)
        self.title, self.stage = of.title, of.stage
        self.checkin_href = f"/teach/classes/{of.class_id}/checkin"
        self.cards_href = f"/teach/classes/{of.class_id}/sheets"
        self.stage_label, self.tone = row.stage, row.tone
        place = " ".join(part for part in (of.address, of.site) if part)
        self.facts = _facts(
            hours=t("teach.class.hours_value", hours=of.hours),
            seats=row.seats,
        )
        self.long_facts = _facts(
            days=row.facts, schedule=of.schedule_note, place=place, class_no=of.class_no
        )

    def _show_results(self, found: ClassResults, of: OwnClass) -> None:
        over = of.stage in ("over", "closed")
        self.rows = [result_row(row, over=over) for row in found.rows]
        self.may_finish = of.may_finish
        self.is_open = of.stage == "over" and of.may_finish
        self.can_finish = found.can_finish and of.may_finish
        self.obstacle = (found.obstacle or "") if of.stage == "over" else ""
        self.pending = sum(row.exam_passed is None for row in found.rows)
        earned = sum(row.can_issue for row in found.rows)
        issued = sum(row.certificate_number is not None for row in found.rows)
        self.pass_rest_label = t("teach.results.pass_rest", count=self.pending)
        self.earned = t("teach.results.earned", count=earned)
        self.finish_label = t("teach.results.confirm", count=earned)
        self.closed = t("teach.results.closed", count=issued)
        self.left_out_title = t("teach.results.left_out", count=len(found.rows) - earned)
        self.left_out = [
            LeftOut(row.name, "".join(row.unmet)) for row in found.rows if not row.can_issue
        ]
