"""One session of mine as its page shows it: the record, leave, a make-up and where it can be."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.errors import NotFound
from portal.locale import t
from portal.services.leave import Leave
from portal.services.makeup_options import MakeUpOption
from portal.services.makeups import Plan
from portal.services.my_session import MidCall, MySession
from portal.services.times import clock_text
from portal.state.meetings import meeting_row

_LEAVE_TONES = {"asked": "info", "granted": "good", "refused": "bad"}
_PLAN_TONES = {"planned": "info", "attended": "good", "missed": "warn"}


@dataclass(frozen=True)
class SessionRow:
    """The session's card. ``times`` and the like are empty where there is nothing to say."""

    heading: str = ""
    course: str = ""
    status: str = ""
    tone: str = "plain"
    when: str = ""
    place: str = ""
    times: str = ""
    hours: str = ""
    receipts: str = ""
    note: str = ""
    call: str = ""
    can_scan: bool = False
    href: str = ""


@dataclass(frozen=True)
class LeaveNote:
    """A request for leave; ``heading`` is empty when there is none."""

    heading: str = ""
    status: str = ""
    tone: str = "plain"
    note: str = ""
    answer: str = ""
    next: str = ""
    can_withdraw: bool = False


@dataclass(frozen=True)
class VisitNote:
    """A make-up that is planned or over; ``status`` is empty when there is none."""

    status: str = ""
    tone: str = "plain"
    when: str = ""
    course: str = ""
    institution: str = ""
    place: str = ""
    call_href: str = ""
    next: str = ""
    href: str = ""
    can_withdraw: bool = False


@dataclass(frozen=True)
class OptionRow:
    """A session in which the missed one can be made up."""

    key: str
    when: str
    course: str
    institution: str
    place: str
    facts: str


def leave_note(asked: Leave | None) -> LeaveNote:
    """The last request, unless it was taken back."""
    if asked is None or asked.state == "withdrawn":
        return LeaveNote()
    return LeaveNote(
        heading=asked.kind_text,
        status=asked.state_text,
        tone=_LEAVE_TONES[asked.state],
        note=t("my_session.leave_note", note=asked.note) if asked.note else "",
        answer=t("my_session.leave_answer", answer=asked.answer) if asked.answer else "",
        next=t(f"my_session.leave_next_{asked.state}"),
        can_withdraw=asked.can_withdraw,
    )


def visit_note(plan: Plan | None) -> VisitNote:
    """Where and when, and what follows."""
    if plan is None:
        return VisitNote()
    key = "cancelled" if plan.is_cancelled and plan.state == "planned" else plan.state
    return VisitNote(
        status=t("makeup.class_cancelled") if key == "cancelled" else plan.state_text,
        tone="bad" if key == "cancelled" else _PLAN_TONES[plan.state],
        when=plan.at_when,
        course=plan.at_title,
        institution=plan.institution_name,
        place=" ".join(part for part in (plan.address, plan.room) if part),
        call_href=f"tel:{plan.phone}" if plan.phone else "",
        next=t(f"my_session.visit_next_{key}", hours=plan.hours),
        href=f"/me/sessions/{plan.at_session_id}",
        can_withdraw=plan.can_withdraw,
    )


def option_row(option: MakeUpOption) -> OptionRow:
    """A session to choose, with what it can count."""
    facts = [
        t("my_session.option_hours", hours=option.hours),
        t("my_session.option_chairs", count=option.chairs),
    ]
    if option.same_topic:
        facts.append(t("my_session.option_same_topic"))
    school = option.institution_name
    return OptionRow(
        key=str(option.session_id),
        when=option.when,
        course=" · ".join(part for part in (option.class_title, option.topic) if part),
        institution=t("my_session.option_own", name=school)
        if option.is_own_institution
        else school,
        place=" ".join(part for part in (option.address, option.room) if part),
        facts=" · ".join(facts),
    )


def call_text(call: MidCall | None, now: datetime) -> str:
    """What became of the roll-call in the middle."""
    if call is None:
        return ""
    if call.answered_at is not None:
        clock = clock_text(call.answered_at)
        return t("my_session.call_answered", clock=clock, receipt=call.receipt or "")
    if now < call.closes_at:
        return t("my_session.call_open", clock=clock_text(call.closes_at))
    return t("my_session.call_costs" if call.costs_hours else "my_session.call_missed")


def own_row(mine: MySession, now: datetime) -> SessionRow:
    """A session of the person's own class."""
    if mine.meeting is None:
        raise NotFound
    found = meeting_row(mine.meeting, now)
    return SessionRow(
        heading=found.heading,
        course=found.class_title,
        status=found.status,
        tone=found.tone,
        when=found.when,
        place=" ".join(part for part in (mine.address, found.room) if part),
        times=found.times,
        hours=found.hours,
        receipts=found.receipts,
        note=found.note,
        call=call_text(mine.call, now),
        can_scan=found.can_scan,
        href=f"/me/enrolments/{mine.meeting.enrolment_id}",
    )


def guest_row(visit: Plan) -> SessionRow:
    """A session of another class that the person visits."""
    marks = (("in", visit.signed_in_at), ("out", visit.signed_out_at))
    receipts = (("in", visit.receipt_in), ("out", visit.receipt_out))
    return SessionRow(
        heading=visit.topic or visit.at_title,
        course=visit.at_title,
        status=visit.state_text,
        tone=_PLAN_TONES[visit.state],
        when=visit.at_when,
        place=" ".join(part for part in (visit.address, visit.room) if part),
        times=" · ".join(
            t(f"trainee.meeting.{phase}_at", clock=clock_text(at)) for phase, at in marks if at
        ),
        hours=t("my_session.guest", title=visit.missed_title, when=visit.missed_when),
        receipts=" · ".join(
            t(f"trainee.meeting.receipt_{phase}", receipt=receipt)
            for phase, receipt in receipts
            if receipt
        ),
        can_scan=_waits_for_scan(visit),
        href=f"/me/sessions/{visit.missed_session_id}",
    )


def _waits_for_scan(visit: Plan) -> bool:
    """Whether the window that is open there still waits for this person."""
    done = {"in": visit.signed_in_at, "out": visit.signed_out_at}
    return visit.at_phase is not None and not visit.is_cancelled and done[visit.at_phase] is None
