"""Appeals as the institution's staff answer them, and what is due on top of their day."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import (
    appeals_desk,
    correction_queue,
    overdue_sheets,
    proposals,
    warned_trainees,
)
from portal.services.appeals_desk import DeskAppeal
from portal.services.overdue_sheets import OverdueSheet
from portal.services.proposals import WaitingSheet
from portal.services.times import day_text, moment_text
from portal.services.warned_trainees import Warned
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, text_of, whole_number

# So many overdue sheets are named on top of the day; the others stand below anyway.
_NAMED = 3


@dataclass(frozen=True)
class AppealCard:
    """One appeal as a card. ``tone`` of its state once it is answered."""

    key: str
    name: str
    course: str
    when: str
    asked: str
    says: str
    note: str
    stands: str
    due: str
    is_late: bool
    is_proposed: bool
    evidence: list[str]
    hours: list[str]
    full: str
    sheet: str
    status: str
    tone: str
    answer: str


def appeal_card(row: DeskAppeal) -> AppealCard:
    """An appeal in words; the suggested answer is the whole session."""
    done = row.state in ("upheld", "refused")
    return AppealCard(
        key=str(row.appeal_id),
        name=row.name,
        course=t("appeals.desk.from", name=row.name, title=row.title, n=row.seq_no),
        when=row.when,
        asked=t("appeals.desk.asked", when=moment_text(row.created_at)),
        says=t(f"appeals.desk.kind_{row.kind}"),
        note=t("appeals.desk.note", note=row.note) if row.note else t("appeals.desk.no_note"),
        stands=t("appeals.desk.stands", stands=row.stands),
        due=t("appeals.desk.late" if row.late else "appeals.desk.due", day=row.answer_by),
        is_late=row.late,
        is_proposed=row.proposed,
        evidence=[one.text for one in row.evidence],
        hours=[str(hours) for hours in range(row.planned_hours, -1, -1)],
        full=str(row.planned_hours),
        sheet=f"/teach/sessions/{row.session_id}",
        status=t(f"appeals.desk.state_{row.state}") if done else "",
        tone="good" if row.state == "upheld" else "plain",
        answer=t("appeals.desk.answered", answer=row.answer) if done else "",
    )


class AppealsDeskState(PageState, rx.State):
    """The list; what a form holds stays in the browser until it is sent."""

    waiting: list[AppealCard] = []
    answered: list[AppealCard] = []
    waiting_title: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def load(self) -> None:
        """Load the appeals."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def uphold(self, form: dict[str, object]) -> None:
        """Correct the record, and answer."""
        answer = await self._run(
            appeals_desk.uphold,
            appeal_id=parse_id(text_of(form, "appeal_id"), "appeal_id"),
            state=text_of(form, "state"),
            hours=whole_number(text_of(form, "hours"), -1),
            answer=text_of(form, "reason"),
            now=self._now(),
        )
        await self._show()
        self.done = t(f"appeals.desk.{answer}_done")

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def refuse(self, form: dict[str, object]) -> None:
        """Leave the record, and say why."""
        await self._run(
            appeals_desk.refuse,
            appeal_id=parse_id(text_of(form, "appeal_id"), "appeal_id"),
            answer=text_of(form, "reason"),
            now=self._now(),
        )
        await self._show()
        self.done = t("appeals.desk.refused_done")

    async def _show(self) -> None:
        found = await self._run(appeals_desk.desk, now=self._now())
        self.waiting = [appeal_card(one) for one in found if one.state == "open"]
        self.answered = [appeal_card(one) for one in found if one.state != "open"]
        self.waiting_title = t("appeals.desk.open", count=len(self.waiting))


@dataclass(frozen=True)
class Duty:
    """One thing that is due; a large link."""

    key: str
    icon: str
    text: str
    more: str
    href: str


def overdue_duties(found: tuple[OverdueSheet, ...]) -> list[Duty]:
    """The oldest overdue sheets, each by its name."""
    return [
        Duty(
            key=str(one.session_id),
            icon="triangle-alert",
            text=t(
                "duties.overdue_line",
                title=one.title,
                n=one.seq_no,
                day=day_text(one.due_on),
                days=one.days,
            ),
            more="",
            href=f"/teach/sessions/{one.session_id}",
        )
        for one in found[:_NAMED]
    ]


def proposal_duty(one: WaitingSheet) -> Duty:
    """A sheet with corrections that wait for a second person."""
    more = t("duties.for_me", count=one.for_me) if one.for_me else t("duties.mine")
    if not one.has_colleague:
        more = t("duties.alone")
    text = t("duties.proposals", title=one.title, n=one.seq_no, count=one.count)
    href = f"/teach/sessions/{one.session_id}"
    return Duty(str(one.session_id), "user-check", text, more, href)


class DutiesState(PageState, rx.State):
    """What is due, on top of the institution's day."""

    overdue: list[Duty] = []
    overdue_title: str = ""
    overdue_rest: str = ""
    duties: list[Duty] = []

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def load(self) -> None:
        """Ask what is due."""
        now = self._now()
        late = await self._run(overdue_sheets.own_overdue, now=now)
        self.overdue = overdue_duties(late)
        self.overdue_title = t("duties.overdue", count=len(late)) if late else ""
        rest = len(late) - len(self.overdue)
        self.overdue_rest = t("duties.overdue_rest", count=rest) if rest else ""
        self.duties = await self._duties(now)

    async def _duties(self, now: datetime) -> list[Duty]:
        count, overdue = await self._run(appeals_desk.count_open, now=now)
        found = []
        if count:
            more = t("duties.appeals_late", count=overdue) if overdue else ""
            text = t("duties.appeals", count=count)
            found.append(Duty("appeals", "circle-alert", text, more, "/teach/appeals"))
        found += await self._corrections(now)
        sheets = await self._run(proposals.waiting)
        found += [proposal_duty(one) for one in sheets]
        classes = await self._run(warned_trainees.warned_classes, now=now)
        for one in classes:
            text, href = (
                t("duties.warned", title=one.title, count=one.count),
                f"/teach/classes/{one.class_id}",
            )
            found.append(Duty(str(one.class_id), "users", text, "", href))
        return found

    async def _corrections(self, now: datetime) -> list[Duty]:
        """Lines of archives that wait for whoever answers for the institution."""
        count = await self._run(correction_queue.waiting, now=now)
        text = t("rights.desk.duty", count=count)
        return [Duty("corrections", "pencil", text, "", "/teach/corrections")] if count else []


@dataclass(frozen=True)
class WarnedRow:
    """A trainee who was warned."""

    key: str
    name: str
    tone: str
    level: str
    told: str


def warned_row(one: Warned) -> WarnedRow:
    """Who, how urgent, and since when they know."""
    return WarnedRow(
        key=str(one.enrolment_id),
        name=one.name,
        tone="bad" if one.level == "lost" else "warn",
        level=t(f"warned.{one.level}", left=one.hours_left),
        told=t("warned.told", when=moment_text(one.told_at)),
    )


class WarnedState(PageState, rx.State):
    """Whose hours run short in the class of the address."""

    rows: list[WarnedRow] = []

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> None:
        """Load who was warned."""
        forget(self)
        wanted = parse_id(path_part(self.router.url.path, 2), "class_id")
        found = await self._run(warned_trainees.warned, class_id=wanted, now=self._now())
        self.rows = [warned_row(one) for one in found]
