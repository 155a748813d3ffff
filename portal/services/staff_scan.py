"""The other direction: staff read the trainee's pass or printed sheet, or tap the name.

Whatever staff read is judged here and recorded at once. A refusal is returned, not raised, so
that it leaves its trace: who types digits at random may as well tap, but it is counted.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PersonalSheet, PersonPass
from portal.domain import person_pass
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.errors import CodeInvalid, OutsideWindow, PortalError
from portal.domain.pass_errors import (
    NotOnThisSheet,
    PassAhead,
    PassCodeTwice,
    PassCodeUnknown,
    PassInvalid,
    PassReplaced,
    PassStale,
    SheetReplaced,
)
from portal.domain.permissions import Actor, Permission
from portal.domain.person_pass import PASS_PERIOD, ReadPass
from portal.services import audit, marks, one_person, passes
from portal.services.attendance_lines import Line, lines_of
from portal.services.signals import Signals
from portal.services.teaching import OwnSession, own_session
from portal.services.windows import next_opening

_MINUTE = 60
# An older pass can only be told from a forged one by trying the keys of earlier generations.
_GENERATIONS_BACK = 50


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a reading or a tap.

    ``name`` and ``enrolment_id`` tell whose it is, also of a pass that was refused for its age:
    staff may tap the name instead. Both are empty for whoever is not on the sheet.
    """

    enrolment_id: UUID | None = None
    name: str = ""
    phase: Phase | None = None
    at: datetime | None = None
    repeated: bool = False
    refusal: PortalError | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What staff read or tapped: a pass, a sheet, six digits (``text``), or a name.

    ``phase`` is the one that the page shows; None takes the one that is open.
    """

    text: str = ""
    enrolment_id: UUID | None = None
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Somebody on the sheet, how they were found, and what still speaks against it."""

    line: Line
    method: Method
    seen: Signals | None = None
    refusal: PortalError | None = None


def take(
    session: Session, actor: Actor, *, session_id: UUID, reading: Reading, now: datetime
) -> Taken:
    """Judge what was read and record it; the same again answers the first time.

    Raises NotFound, Forbidden, Unauthenticated; every other refusal stands in the answer.
    """
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    found: _Found | None = None
    try:
        found = _find(session, own, reading, now)
        if found.refusal is not None:
            raise found.refusal
        marked = marks.mark(
            session,
            actor,
            own,
            enrolment_id=found.line.enrolment.id,
            phase=_phase(session, own, reading.phase, now),
            method=found.method,
            occurred_at=now,
            now=now,
            seen=found.seen,
        )
    except PortalError as refusal:
        return _refused(session, actor, own, found, refusal, now)
    return Taken(
        found.line.enrolment.id,
        found.line.person.name,
        marked.phase,
        marked.occurred_at,
        marked.repeated,
    )


def phases_open(session: Session, own: OwnSession, now: datetime) -> tuple[Phase, ...]:
    """What can be recorded now; a roll-call first, since it is short."""
    every = (Phase.MID, Phase.IN, Phase.OUT)
    return tuple(phase for phase in every if marks.is_open(session, own, phase, now))


def _phase(session: Session, own: OwnSession, wanted: Phase | None, now: datetime) -> Phase:
    """The phase asked for, else the open one; raises OutsideWindow when none is."""
    if wanted is not None:
        return wanted
    is_open = phases_open(session, own, now)
    if not is_open:
        raise OutsideWindow(opens_at=next_opening(own.session, now))
    return is_open[0]


def _find(session: Session, own: OwnSession, reading: Reading, now: datetime) -> _Found:
    """Whom a reading means; raises the refusals of this module."""
    lines = lines_of(session, own.session)
    if reading.enrolment_id is not None:
        return _Found(_line(lines, reading.enrolment_id), Method.MANUAL)
    text = unicodedata.normalize("NFKC", reading.text).strip()
    digits = "".join(text.split())
    if re.fullmatch(r"[0-9]{6}", digits):
        return _by_digits(session, lines, digits, now)
    token = text.rsplit("/p/", 1)[-1]
    try:
        if token.startswith("S"):
            return _by_sheet(session, lines, token)
        return _by_pass(session, lines, person_pass.read_pass(token), now)
    except CodeInvalid:
        raise PassInvalid from None


def _by_pass(session: Session, lines: list[Line], read: ReadPass, now: datetime) -> _Found:
    row = session.scalar(select(PersonPass).where(PersonPass.pass_id == read.pass_id))
    # The signature is judged first: only of a genuine pass is told whose it is and what ails it.
    if row is None:
        raise PassInvalid
    is_present = _is_of(row, row.generation, read)
    earlier = range(row.generation - 1, max(0, row.generation - 1 - _GENERATIONS_BACK), -1)
    if not is_present and not any(_is_of(row, one, read) for one in earlier):
        raise PassInvalid
    records = one_person.ids_of(session, row.person_id)
    line = next((one for one in lines if one.person.id in records), None)
    if line is None:
        raise NotOnThisSheet
    off = _clock_off(read, now)
    refusal: PortalError | None = None
    if not is_present:
        refusal = PassReplaced()
    elif not person_pass.pass_is_fresh(read, now):
        minutes = max(1, round(abs(off) / _MINUTE))
        refusal = PassAhead(minutes=minutes) if off > 0 else PassStale(minutes=minutes)
    return _Found(line, Method.PASS, Signals(clock_off=off), refusal)


def _is_of(row: PersonPass, generation: int, read: ReadPass) -> bool:
    key = passes.key_of(row.pass_id, generation)
    return person_pass.pass_is_genuine(
        person_pass.day_key(key, person_pass.day_of(read.shown_at)), read
    )


def _clock_off(read: ReadPass, now: datetime) -> float:
    """The seconds by which the phone is ahead, as far as whole periods tell."""
    shown_since = now - read.shown_at
    periods = -(shown_since // PASS_PERIOD)
    return periods * PASS_PERIOD.total_seconds()


def _by_digits(session: Session, lines: list[Line], digits: str, now: datetime) -> _Found:
    """The one person on the sheet whose pass shows these digits now."""
    keys = passes.day_keys(session, [line.person.id for line in lines], day=person_pass.day_of(now))
    hits = [
        line
        for line in lines
        if (of_today := keys.get(line.person.id))
        and person_pass.numeric_is_fresh(of_today, digits, now)
    ]
    if not hits:
        raise PassCodeUnknown
    if len(hits) > 1:
        raise PassCodeTwice
    return _Found(hits[0], Method.PASS_CODE)


def _by_sheet(session: Session, lines: list[Line], token: str) -> _Found:
    read = person_pass.read_sheet(passes.sheet_master(), token)
    line = _line(lines, read.enrolment_id)
    printed = session.get(PersonalSheet, read.enrolment_id)
    is_last = printed is not None and printed.generation % 256 == read.generation
    return _Found(line, Method.SHEET, refusal=None if is_last else SheetReplaced())


def _line(lines: list[Line], enrolment_id: UUID) -> Line:
    found = next((one for one in lines if one.enrolment.id == enrolment_id), None)
    if found is None:
        raise NotOnThisSheet
    return found


def _refused(
    session: Session,
    actor: Actor,
    own: OwnSession,
    found: _Found | None,
    refusal: PortalError,
    now: datetime,
) -> Taken:
    audit.record(
        session,
        actor,
        "pass.refused",
        now=now,
        object_type="training_session",
        object_id=own.session.id,
        on_behalf_of=found.line.person.id if found else None,
        detail={"code": refusal.code, "why": refusal.key},
    )
    session.flush()
    if found is None:
        return Taken(refusal=refusal)
    return Taken(found.line.enrolment.id, found.line.person.name, refusal=refusal)
