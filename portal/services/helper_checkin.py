"""A village helper at the room's code checks in the people who came along without a phone.

The helper's own phone has scanned the code, so somebody stood in the room; that it was the
person is the helper's word. Hence the lowest trust, the cap (the region's ``helper_most``), and
the mandate: only one whose text covers it, given by somebody on this very sheet.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import AttendanceEvent, Mandate, TrainingClass, TrainingSession
from portal.domain.checkin_code import Phase, ScanTicket
from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeInvalid
from portal.domain.mandate import WITHOUT_CHECK_IN
from portal.domain.pass_errors import HelperMost, MandateWithoutCheckIn, NotOnThisSheet
from portal.domain.permissions import Actor, Permission
from portal.services import audit, mandates, marks, times
from portal.services.attendance_lines import Line, lines_of
from portal.services.mandate_rows import state_at
from portal.services.marks import Marked
from portal.services.rule_book import book_for
from portal.services.signals import NOTHING, Signals
from portal.services.teaching import OwnSession

# Sign-ins of one helper come one after the other, or all at once would be within the cap.
_ONE_AT_A_TIME = text("SELECT id FROM account WHERE id = :id FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True)
class PersonHere:
    """Somebody of the helper's on the sheet. ``at`` is when the phase was recorded (08:25), empty
    before; ``covered``: the mandate's text lets the helper check them in."""

    mandate_id: UUID
    name: str
    at: str
    covered: bool


@dataclass(frozen=True, slots=True)
class HelperRoom:
    """The session whose code the helper has scanned. ``left`` of ``most`` people may still be
    checked in."""

    class_title: str
    seq_no: int
    when: str
    room: str
    phase: Phase
    people: tuple[PersonHere, ...]
    most: int
    left: int


def people_here(session: Session, actor: Actor, *, scan: ScanTicket, now: datetime) -> HelperRoom:
    """The helper's people on the sheet of the scanned session; of each a reading is written down.

    Raises Forbidden, Unauthenticated, CodeInvalid (no such session any more).
    """
    actor.require(Permission.HELP_OTHERS)
    own = _scanned(session, scan)
    mine = _mandates(session, actor, now)
    phase = scan.code.phase
    lines = lines_of(session, own.session)
    found = [(mine[line.person.id], line) for line in lines if line.person.id in mine]
    for mandate, _ in found:
        audit.record(
            session,
            actor,
            "helping.checkin_list",
            now=now,
            object_type="training_session",
            object_id=own.session.id,
            on_behalf_of=mandate.person_id,
            fields_read=["name", "attendance"],
        )
    most = _most(session, own)
    return HelperRoom(
        class_title=own.training_class.title,
        seq_no=own.session.seq_no,
        when=times.span_text(own.session.starts_at, own.session.ends_at),
        room=own.session.room,
        phase=phase,
        people=tuple(_here(mandate, line, phase) for mandate, line in found),
        most=most,
        left=max(0, most - _others(session, actor, own, None)),
    )


def check_in_for(
    session: Session,
    actor: Actor,
    *,
    scan: ScanTicket,
    mandate_id: UUID,
    seen: Signals = NOTHING,
    now: datetime,
) -> Marked:
    """Record that somebody came or left, on the word of their helper; again does no harm.

    The moment of the scan counts. Raises NotFound (mandate), MandateWithoutCheckIn,
    NotOnThisSheet, HelperMost, OutsideWindow, CodeInvalid.
    """
    actor.require(Permission.HELP_OTHERS)
    session.execute(_ONE_AT_A_TIME, {"id": actor.the_account()})
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    own = _scanned(session, scan)
    lines = lines_of(session, own.session)
    line = next((one for one in lines if one.person.id == mandate.person_id), None)
    if line is None:
        raise NotOnThisSheet
    if mandate.text_version in WITHOUT_CHECK_IN:
        raise MandateWithoutCheckIn
    most = _most(session, own)
    # Whom the helper has signed in may be signed out, too: heads are counted, not taps.
    if _others(session, actor, own, line.enrolment.id) >= most:
        raise HelperMost(most=most)
    return marks.mark(
        session,
        actor,
        own,
        enrolment_id=line.enrolment.id,
        phase=scan.code.phase,
        method=Method.HELPER,
        occurred_at=scan.scanned_at,
        now=now,
        seen=_signals(scan, seen),
    )


def _signals(scan: ScanTicket, seen: Signals) -> Signals:
    """What the helper's phone showed; the question for the colour is not asked on this way."""
    of_code = replace(seen, code_age=scan.code.age(scan.scanned_at))
    return replace(of_code, relay="skipped") if scan.asks_colour else of_code


def _scanned(session: Session, scan: ScanTicket) -> OwnSession:
    """The session of a genuine scan and its class, whichever institution's it is."""
    row = session.execute(
        select(TrainingSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingSession.id == scan.code.session_id,
            TrainingClass.status.not_in(("draft", "cancelled")),
        )
    ).one_or_none()
    if row is None:
        raise CodeInvalid
    return OwnSession(row[0], row[1])


def _mandates(session: Session, actor: Actor, now: datetime) -> dict[UUID, Mandate]:
    """The helper's mandates that are worth something now, by person."""
    query = select(Mandate).where(
        Mandate.helper_account_id == actor.the_account(), Mandate.revoked_at.is_(None)
    )
    found = session.scalars(query)
    return {one.person_id: one for one in found if state_at(one, now) == "open"}


def _here(mandate: Mandate, line: Line, phase: Phase) -> PersonHere:
    event = {Phase.IN: line.came, Phase.OUT: line.left, Phase.MID: line.called}[phase]
    return PersonHere(
        mandate_id=mandate.id,
        name=line.person.name,
        at=times.clock_text(event.occurred_at) if event else "",
        covered=mandate.text_version not in WITHOUT_CHECK_IN,
    )


def _most(session: Session, own: OwnSession) -> int:
    of = own.training_class
    return book_for(session, of.region_code, of.starts_on).attendance.helper_most


def _others(session: Session, actor: Actor, own: OwnSession, but: UUID | None) -> int:
    """How many people the helper has checked in to this session, not counting ``but``."""
    query = select(func.count(AttendanceEvent.enrolment_id.distinct())).where(
        AttendanceEvent.session_id == own.session.id,
        AttendanceEvent.method == Method.HELPER.value,
        AttendanceEvent.actor_account_id == actor.the_account(),
    )
    if but is not None:
        query = query.where(AttendanceEvent.enrolment_id != but)
    return session.scalar(query) or 0
