"""Sign-ins that staff's devices recorded without a link, uploaded later with their own times.

Each item stands for itself: a bad one is refused with its reason and stops nobody else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Enrolment
from portal.domain.checkin_methods import Method
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit, marks
from portal.services.offline_evidence import is_evident
from portal.services.offline_items import Item, item_id, read_item
from portal.services.offline_judging import (
    CLOCK_ODD,
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
from portal.services.offline_own import record_own
from portal.services.signals import Signals
from portal.services.teaching import OwnSession, own_session

# What staff can record of anybody without them. Once a sheet is confirmed this is a correction,
# with its reason and, above the region's number, a second person (B11.2, rule 9).
_ON_THEIR_WORD = (Method.MANUAL, Method.SHEET)
# A manager whose twenty classes of sixty all met without a link uploads fewer. It bounds guessing,
# too: an answer says whether six digits were right, and one in 170,000 guesses is.
MOST_A_DAY = 5_000


@dataclass(frozen=True, slots=True)
class _Upload:
    """One call: who uploads, when, and how far the device's clock is off (positive: ahead)."""

    session: Session
    actor: Actor
    now: datetime
    clock_off: timedelta
    own: Callable[[UUID], OwnSession]

    def off(self, item: Item) -> timedelta:
        """How far the device's clock was off when it recorded the item; nothing for a little.

        It was right once, when the device got its kit. A clock that was set afterwards is off now
        by as much as it moved, and was not then; one that moved because the device slept is
        right still. Whichever of the two makes the smaller error is believed.
        """
        then = self.clock_off - timedelta(seconds=item.clock_jump)
        found = min(self.clock_off, then, key=abs)
        return found if abs(found) > CLOCK_TOLERANCE else timedelta()

    def at(self, item: Item) -> datetime:
        """When it happened by the server's clock."""
        return item.occurred_at - self.off(item)


def take(
    session: Session,
    actor: Actor,
    *,
    items: Sequence[object],
    device_now: datetime | None,
    recorded_by: UUID | None = None,
    now: datetime,
) -> tuple[Answer, ...]:
    """Record what a device has kept; answers every item, in order, repeated ones as before.

    ``device_now`` is what the device took for the time when it sent them. Raises Forbidden where
    another account than ``recorded_by`` is logged in by now, Unauthenticated, TooManyAttempts;
    nothing for any item.
    """
    actor.require(Permission.RUN_SESSION)
    if recorded_by is not None and recorded_by != actor.account_id:
        raise Forbidden
    one_at_a_time(session, actor)
    known = kept_before(session, actor, filter(None, map(item_id, items)))
    new = len(items) - len(known)
    refuse_flood(session, actor, "staff", more=new, most=MOST_A_DAY, now=now)
    clock_off = device_now - now if device_now else timedelta()
    upload = _Upload(session, actor, now, clock_off, _loader(session, actor))
    answers = tuple(_answer_once(upload, raw, known) for raw in items)
    _note(upload, answers)
    return answers


def _loader(session: Session, actor: Actor) -> Callable[[UUID], OwnSession]:
    """Loads a session of the actor's institution once a call; raises NotFound."""
    loaded: dict[UUID, OwnSession] = {}

    def load(session_id: UUID) -> OwnSession:
        if session_id not in loaded:
            loaded[session_id] = own_session(
                session, actor, Permission.RUN_SESSION, session_id=session_id
            )
        return loaded[session_id]

    return load


def _answer_once(upload: _Upload, raw: object, known: dict[UUID, Answer | None]) -> Answer:
    """The answer of before, or a new one, kept under the item's id."""
    found = item_id(raw)
    if found is None:
        # Half a character of JSON (a lone surrogate) could not be answered.
        drawn = str(raw.get("id", ""))[:64] if isinstance(raw, Mapping) else ""
        return answer(drawn.encode("ascii", "replace").decode(), refused("bad_item"))
    if found in known:
        return known[found] or answer(str(found), refused("taken"))
    item = read_item(raw)
    verdict = _judge(upload, item) if item else refused("bad_item")
    said = _said(upload, item) if item else {}
    keep(upload.session, upload.actor, found, "staff", verdict, now=upload.now, said=said)
    made = answer(str(found), verdict)
    known[found] = made
    return made


def _said(upload: _Upload, item: Item) -> dict[str, Any]:
    """What is kept of an item, by the names of the columns."""
    return {
        "session_id": item.session_id,
        "enrolment_id": item.enrolment_id,
        "phase": item.phase.value,
        "method": item.method,
        "occurred_at": upload.at(item),
    }


def _judge(upload: _Upload, item: Item) -> Verdict:
    try:
        own = upload.own(item.session_id)
    except NotFound:
        return refused("not_found")
    at = upload.at(item)
    if why := in_time(upload.session, own, at, upload.now):
        return refused(why)
    at = min(at, upload.now)
    if item.enrolment_id is None:
        return record_own(
            upload.session, upload.actor, own, phase=item.phase, at=at, now=upload.now
        )
    try:
        enrolment = marks.on_sheet(upload.session, own, item.enrolment_id)
    except NotFound:
        return refused("not_on_sheet")
    return _judge_trainee(upload, own, item, enrolment, at)


def _judge_trainee(
    upload: _Upload, own: OwnSession, item: Item, enrolment: Enrolment, at: datetime
) -> Verdict:
    session, method = upload.session, Method(item.method)
    if not is_evident(session, enrolment, method, item.evidence, (at, item.occurred_at)):
        return refused("evidence")
    there = already_there(session, own.session.id, enrolment.id, item.phase, at)
    if there is not None:
        return there
    if not marks.is_open(session, own, item.phase, at):
        return refused("outside_window")
    if own.training_class.status == "closed":
        return Verdict("conflict", "class_closed")
    if method in _ON_THEIR_WORD and own.session.confirmed_at is not None:
        return Verdict("conflict", "confirmed")
    if is_elsewhere(session, enrolment.person_id, own, at):
        return Verdict("conflict", "elsewhere")
    marked = marks.mark(
        session,
        upload.actor,
        own,
        enrolment_id=enrolment.id,
        phase=item.phase,
        method=method,
        occurred_at=at,
        now=upload.now,
        offline=True,
        seen=_signals(upload, item),
    )
    if marked.repeated:  # somebody else's upload in the same instant
        return against(marked.event_id, marked.occurred_at, at)
    return Verdict("accepted", _clock_reason(upload, item), marked.event_id, at)


def _signals(upload: _Upload, item: Item) -> Signals:
    return Signals(clock_off=upload.off(item).total_seconds() or None)


def _clock_reason(upload: _Upload, item: Item) -> str:
    return "clock" if abs(upload.off(item)) > CLOCK_ODD else ""


def _note(upload: _Upload, answers: Sequence[Answer]) -> None:
    counts: dict[str, int] = {}
    for one in answers:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    audit.record(
        upload.session,
        upload.actor,
        "offline.upload",
        now=upload.now,
        object_type="offline_upload",
        detail={"clock_off": upload.clock_off.total_seconds(), **counts},
    )
