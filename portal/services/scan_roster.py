"""What the staff's scanning page shows: what is recorded now, and the names to tap."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.vault import get_vault
from portal.domain.checkin_code import Phase
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.services import staff_scan, times
from portal.services.attendance_lines import Line, lines_of
from portal.services.attendance_sheet import note_reading
from portal.services.teaching import own_session
from portal.services.windows import next_opening


@dataclass(frozen=True, slots=True)
class ScanRow:
    """One name to tap. ``at`` is when the phase was recorded (08:25), empty before.

    ``id_no_masked`` is given for namesakes only: nobody else needs it to be told apart.
    """

    enrolment_id: UUID
    name: str
    id_no_masked: str
    is_guest: bool
    at: str


@dataclass(frozen=True, slots=True)
class ScanSheet:
    """A session to scan for. ``phases`` are all that can be recorded now, ``phase`` the one that
    the page records, None outside the windows; ``opens_at`` is when the next one opens."""

    session_id: UUID
    class_title: str
    seq_no: int
    when: str
    room: str
    phases: tuple[Phase, ...]
    phase: Phase | None
    opens_at: datetime | None
    rows: tuple[ScanRow, ...]

    @property
    def done(self) -> int:
        """How many of the rows are recorded."""
        return sum(row.at != "" for row in self.rows)


def scan_sheet(
    session: Session,
    actor: Actor,
    *,
    session_id: UUID,
    phase: Phase | None = None,
    now: datetime,
) -> ScanSheet:
    """The page of a session of the actor's institution; the reading is audited.

    A ``phase`` that is not open gives way to the one that is. Raises NotFound, Forbidden.
    """
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    is_open = staff_scan.phases_open(session, own, now)
    shown = phase if phase in is_open else next(iter(is_open), None)
    lines = lines_of(session, own.session)
    names = Counter(line.person.name for line in lines)
    return ScanSheet(
        session_id=session_id,
        class_title=own.training_class.title,
        seq_no=own.session.seq_no,
        when=times.span_text(own.session.starts_at, own.session.ends_at),
        room=own.session.room,
        phases=is_open,
        phase=shown,
        opens_at=next_opening(own.session, now),
        rows=tuple(_row(line, shown, has_namesake=names[line.person.name] > 1) for line in lines),
    )


def recorded(
    session: Session, actor: Actor, *, session_id: UUID, phase: Phase, now: datetime
) -> dict[UUID, str]:
    """Who has the phase already, with the clock time, by enrolment. Raises NotFound, Forbidden."""
    own = own_session(session, actor, Permission.RUN_SESSION, session_id=session_id)
    lines = lines_of(session, own.session)
    return {line.enrolment.id: at for line in lines if (at := _at(line, phase))}


def _row(line: Line, phase: Phase | None, *, has_namesake: bool) -> ScanRow:
    number = get_vault().open("id_no", line.person.id_no_enc) if has_namesake else ""
    return ScanRow(
        enrolment_id=line.enrolment.id,
        name=line.person.name,
        id_no_masked=mask_id_no(number) if number else "",
        is_guest=line.guest_of is not None,
        at=_at(line, phase),
    )


def _at(line: Line, phase: Phase | None) -> str:
    events = {Phase.IN: line.came, Phase.OUT: line.left, Phase.MID: line.called}
    event = events[phase] if phase else None
    return times.clock_text(event.occurred_at) if event else ""
