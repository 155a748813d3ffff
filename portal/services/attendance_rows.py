"""One row of a session's sheet: who, how they signed in and out, what it counts, what is odd."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.db.models import AttendanceEvent, TrainingSession
from portal.db.vault import get_vault
from portal.domain.attendance import Assessment, AttendanceState
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import TRUST, Method
from portal.domain.masking import mask_id_no
from portal.locale import t
from portal.services import times
from portal.services.attendance_lines import Line, worth, would_write
from portal.services.odd_rows import Odd
from portal.services.proposals import Proposal
from portal.services.windows import phase_now

_NO_CREDIT_NOTES = ("attendance.no_sign_out", "attendance.no_sign_in", "attendance.out_before_in")
_ODD_STATES = (AttendanceState.LATE, AttendanceState.EARLY_LEAVE, AttendanceState.ABSENT)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One trainee. Names are full within the institution, the ID number masked (B8.3).

    ``state``: expected (may still come), present, late, early_leave, absent, excused, makeup.
    ``in_how`` and ``out_how`` say how they signed, "" when they did not; ``trust`` is the least
    of both (``domain.checkin_methods``), None without any. ``is_guest``: makes up a session of
    another class here. ``odd`` holds sentences, empty when nothing is odd; ``odd_codes`` the same
    as words: late, early_leave, absent, no_sign_out, no_sign_in, out_before_in, changed, appeal,
    and those of ``odd_rows``. ``changed``: scans came after the confirmation, and confirming
    again would count them. ``appeal``: the person says that the record is wrong, and waits.
    ``proposal`` is a correction that waits for a second person.
    """

    enrolment_id: UUID
    name: str
    id_no_masked: str
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    in_text: str
    out_text: str
    in_how: str
    out_how: str
    trust: int | None
    state: str
    state_text: str
    credited_hours: int
    odd: tuple[str, ...]
    odd_codes: tuple[str, ...]
    corrected: bool
    correction_reason: str
    can_mark: str | None
    is_guest: bool
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of a sheet's people besides their lines, each by enrolment."""

    odd: Mapping[UUID, tuple[Odd, ...]]
    proposals: Mapping[UUID, Proposal]
    appeals: frozenset[UUID]


def method_text(event: AttendanceEvent | None) -> str:
    """How an event came about, in a word or two: 扫码, 老师点名（断网补传）; "" for none."""
    if event is None:
        return ""
    how = t(f"method.{event.method}")
    return t("method.kept", how=how) if event.offline else how


def row_of(meeting: TrainingSession, line: Line, beside: Beside, now: datetime) -> SheetRow:
    """A person's line as the sheet shows it."""
    found, record = worth(meeting, line), line.record
    state = record.state if record else found.state.value
    leaves_open = record is None and line.came is None and not line.excused
    if leaves_open and now < meeting.sign_in_until:
        state = "expected"
    codes = _odd_codes(meeting, line, found, state, now)
    odd = {code: t(f"sheet.odd_{code}") for code in codes}
    # Who took the hours away has judged what was odd; hours given by hand silence nothing.
    if not (record is not None and record.corrected and not record.credited_hours):
        odd |= {one.code: one.text for one in beside.odd.get(line.enrolment.id, ())}
    if line.enrolment.id in beside.appeals:
        odd = {"appeal": t("sheet.odd_appeal")} | odd
    return SheetRow(
        enrolment_id=line.enrolment.id,
        name=line.person.name,
        id_no_masked=mask_id_no(get_vault().open("id_no", line.person.id_no_enc)),
        signed_in_at=line.came.occurred_at if line.came else None,
        signed_out_at=line.left.occurred_at if line.left else None,
        in_text=times.clock_text(line.came.occurred_at) if line.came else "",
        out_text=times.clock_text(line.left.occurred_at) if line.left else "",
        in_how=method_text(line.came),
        out_how=method_text(line.left),
        trust=_trust(line),
        state=state,
        state_text=t(f"sheet.state_{state}"),
        credited_hours=record.credited_hours if record else found.credited_hours,
        odd=tuple(odd.values()),
        odd_codes=tuple(odd),
        corrected=bool(record and record.corrected),
        correction_reason=(record.note or "") if record else "",
        can_mark=_markable(meeting, line, now),
        is_guest=line.guest_of is not None,
        proposal=beside.proposals.get(line.enrolment.id) if line.guest_of is None else None,
    )


def _odd_codes(
    meeting: TrainingSession, line: Line, found: Assessment, state: str, now: datetime
) -> tuple[str, ...]:
    record = line.record
    if record is not None and record.corrected:
        return ()
    # A guest who does not come has missed nothing here.
    looks_odd = state in _ODD_STATES and not (line.guest_of and line.came is None)
    codes = [state] if looks_odd else []
    if found.note_key in _NO_CREDIT_NOTES and now >= meeting.ends_at:
        codes.append(found.note_key.rpartition(".")[2])
    if meeting.confirmed_at is not None and would_write(line, found):
        codes.append("changed")
    return tuple(codes)


def _trust(line: Line) -> int | None:
    events = [event for event in (line.came, line.left) if event is not None]
    return min((TRUST[Method(event.method)] for event in events), default=None)


def _markable(meeting: TrainingSession, line: Line, now: datetime) -> str | None:
    """Which phase an instructor's tap would record now for this person."""
    phase = phase_now(meeting, now)
    there = {Phase.IN: line.came, Phase.OUT: line.left}
    return phase.value if phase is not None and there[phase] is None else None
