"""Scans that a trainee's phone kept because it could not reach the server.

The code says when the screen showed it: that is the time that counts, whatever the phone's clock
says. The pass key that the phone holds signs the scan, so that a code photographed by one person
cannot be handed in by another. An old photo can still be "kept" by an accomplice without a link:
hence such a sign-in is weak, and the sheet brings it up unless the room was without a link too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    MakeUp,
    PersonPass,
    TrainingClass,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain import checkin_code, person_pass
from portal.domain.checkin_code import CODE_PERIOD, ReadCode
from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeInvalid
from portal.domain.permissions import Actor, Permission
from portal.services import marks
from portal.services.checkin_settings import settings_of
from portal.services.offline_items import KeptScan, item_id, read_scan
from portal.services.offline_judging import (
    CLOCK_TOLERANCE,
    Answer,
    Verdict,
    against,
    already_there,
    answer,
    in_time,
    is_elsewhere,
    keep,
    kept_before,
    one_at_a_time,
    refuse_flood,
    refused,
)
from portal.services.one_person import same_person
from portal.services.passes import key_of
from portal.services.signals import Signals, login_moved
from portal.services.teaching import ON_ROSTER, OwnSession

# What a phone keeps for somebody else waits there until they log in.
NOT_YOURS = "not_yours"
# A family's phone keeps a dozen a day.
MOST_A_DAY = 200


@dataclass(frozen=True, slots=True)
class _Upload:
    session: Session
    actor: Actor
    now: datetime
    clock_off: timedelta
    seen: Signals


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What a genuine code opened; ``own`` is None for a session that does not meet any more."""

    code: ReadCode
    own: OwnSession | None
    enrolment: Enrolment | None


def take(
    session: Session,
    actor: Actor,
    *,
    scans: Sequence[object],
    device_now: datetime | None,
    now: datetime,
    seen: Signals,
) -> tuple[Answer, ...]:
    """Record what the actor's phone has kept; answers every scan, in order.

    ``seen`` is what the uploading request looks like; its network is not that of the scan and is
    dropped. Raises TooManyAttempts, Forbidden, Unauthenticated; nothing for any scan.
    """
    actor.require(Permission.CHECK_IN)
    one_at_a_time(session, actor)
    known = kept_before(session, actor, filter(None, map(item_id, scans)))
    new = len(scans) - len(known)
    refuse_flood(session, actor, "phone", more=new, most=MOST_A_DAY, now=now)
    off = device_now - now if device_now else timedelta()
    moved = login_moved(session, actor, seen.device)
    upload = _Upload(session, actor, now, off, Signals(device=seen.device, moved_login=moved))
    return tuple(_answer_once(upload, raw, known) for raw in scans)


def _answer_once(upload: _Upload, raw: object, known: dict[UUID, Answer | None]) -> Answer:
    found, scan = item_id(raw), read_scan(raw)
    if found is None:
        return answer("", refused("bad_item"))
    if found in known:
        return known[found] or answer(str(found), refused("taken"))
    if scan is not None and _is_of_another(upload, scan):
        # Not kept: its owner may still hand it in.
        return answer(str(found), refused(NOT_YOURS), remembered=False)
    scanned = _scanned(upload, scan) if scan else None
    verdict = _judge(upload, scan, scanned) if scan else refused("bad_item")
    said = _said(scanned)
    keep(upload.session, upload.actor, found, "phone", verdict, now=upload.now, said=said)
    made = answer(str(found), verdict)
    known[found] = made
    return made


def _said(scanned: _Scanned | None) -> dict[str, Any]:
    """What is kept of a scan whose code is genuine."""
    if scanned is None:
        return {"method": Method.QR.value}
    return {
        "session_id": scanned.code.session_id,
        "enrolment_id": scanned.enrolment.id if scanned.enrolment else None,
        "phase": scanned.code.phase.value,
        "method": Method.QR.value,
        "occurred_at": scanned.code.shown_from,
    }


def _is_of_another(upload: _Upload, scan: KeptScan) -> bool:
    """Whether somebody else's pass signed it; an unknown pass is nobody's."""
    if scan.pass_id is None:
        return False
    owner = upload.session.scalar(
        select(PersonPass.person_id).where(PersonPass.pass_id == scan.pass_id)
    )
    return owner is not None and owner not in upload.actor.the_records()


def _scanned(upload: _Upload, scan: KeptScan) -> _Scanned | None:
    """The session of a genuine code, and the person's place on its sheet."""
    try:
        code = checkin_code.read_any_token(get_vault().subkey("checkin"), scan.code)
    except CodeInvalid:
        return None
    own = _meeting(upload.session, code.session_id)
    person_id = upload.actor.the_person()
    return _Scanned(code, own, _enrolment(upload.session, person_id, own) if own else None)


def _judge(upload: _Upload, scan: KeptScan, scanned: _Scanned | None) -> Verdict:
    if scanned is None:
        return refused("code_invalid")
    if not scan.signature or scan.pass_id is None:
        return refused("unsigned")
    if not _is_signed(upload, scan):
        return refused("forged")
    if scanned.own is None or scanned.enrolment is None:
        return refused("not_on_sheet")
    return _judge_genuine(upload, scan, scanned.code, scanned.own, scanned.enrolment)


def _judge_genuine(
    upload: _Upload, scan: KeptScan, code: ReadCode, own: OwnSession, enrolment: Enrolment
) -> Verdict:
    session, at = upload.session, _moment(own, code)
    if why := in_time(session, own, at, upload.now):
        return refused(why)
    there = already_there(session, own.session.id, enrolment.id, code.phase, at)
    if there is not None:
        return there
    if not marks.is_open(session, own, code.phase, at):
        return refused("outside_window")
    if own.training_class.status == "closed":
        return Verdict("conflict", "class_closed")
    if is_elsewhere(session, enrolment.person_id, own, at):
        return Verdict("conflict", "elsewhere")
    marked = marks.mark(
        session,
        upload.actor,
        own,
        enrolment_id=enrolment.id,
        phase=code.phase,
        method=Method.QR,
        occurred_at=at,
        now=upload.now,
        offline=True,
        seen=_signals(upload, scan, code, own),
    )
    if marked.repeated:
        return against(marked.event_id, marked.occurred_at, at)
    return Verdict("accepted", event_id=marked.event_id, occurred_at=at)


def _is_signed(upload: _Upload, scan: KeptScan) -> bool:
    row = upload.session.scalar(
        select(PersonPass).where(
            PersonPass.pass_id == scan.pass_id,
            PersonPass.person_id.in_(upload.actor.the_records()),
        )
    )
    if row is None:
        return False
    expected = person_pass.sign_scan(key_of(row.pass_id, row.generation), scan.signed_text)
    return compare_digest(expected.encode(), scan.signature.encode())


def _meeting(session: Session, session_id: UUID) -> OwnSession | None:
    row = session.execute(
        select(TrainingSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingSession.id == session_id, TrainingClass.status.not_in(("draft", "cancelled"))
        )
    ).one_or_none()
    return None if row is None else OwnSession(row[0], row[1])


def _enrolment(session: Session, person_id: UUID, own: OwnSession) -> Enrolment | None:
    """The person's place on the sheet: of the class itself, or a guest's."""
    guest = select(MakeUp.enrolment_id).where(
        MakeUp.at_session_id == own.session.id, MakeUp.state.in_(("planned", "attended"))
    )
    query = (
        select(Enrolment)
        .where(
            same_person(Enrolment.person_id, person_id),
            Enrolment.status.in_(ON_ROSTER),
            or_(Enrolment.class_id == own.training_class.id, Enrolment.id.in_(guest)),
        )
        .order_by(Enrolment.class_id != own.training_class.id)
        .limit(1)
    )
    return session.scalar(query)


def _moment(own: OwnSession, code: ReadCode) -> datetime:
    """When the screen began to show the code; not before its window opened within that time."""
    shown = code.shown_from
    opens = (own.session.sign_in_from, own.session.sign_out_from)
    return max([shown, *(at for at in opens if shown < at < shown + CODE_PERIOD)])


def _signals(upload: _Upload, scan: KeptScan, code: ReadCode, own: OwnSession) -> Signals:
    """How old the code was when the phone kept it, by the phone's own clock put right."""
    off = upload.clock_off.total_seconds()
    asks_colour = settings_of(upload.session, own.training_class.id).relay_trap
    return Signals(
        device=upload.seen.device,
        moved_login=upload.seen.moved_login,
        code_age=code.age(scan.scanned_at - upload.clock_off),
        relay="skipped" if asks_colour else None,
        clock_off=off if abs(upload.clock_off) > CLOCK_TOLERANCE else None,
    )
