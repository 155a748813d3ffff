"""When a record may be appealed, and by when the institution answers (B11.2, rule 9).

A record may be appealed from the moment the doors open, so that somebody whose scan fails can
say so at once, to the end of the day that lies ``appeal_within_days`` behind the confirmation of
the sheet or, if that is later, the last change of the person's own record. Until the sheet is
confirmed the days have not begun: nobody loses them by a sheet that is late.
"""

from datetime import datetime, time, timedelta

from portal.db.models import AttendanceAppeal, AttendanceRecord, TrainingSession
from portal.domain import working_days
from portal.services.times import ZONE, day_of


def opens_at(meeting: TrainingSession) -> datetime:
    """From when on."""
    return meeting.sign_in_from


def closes_at(
    meeting: TrainingSession, record: AttendanceRecord | None, within_days: int
) -> datetime | None:
    """Until when, exclusive: a midnight in Beijing. None while the days have not begun."""
    if meeting.confirmed_at is None:
        return None
    last = max(meeting.ends_at, meeting.confirmed_at)
    if record is not None:
        last = max(last, record.updated_at)
    return datetime.combine(day_of(last) + timedelta(days=within_days + 1), time(), ZONE)


def due_at(now: datetime, working: int) -> datetime:
    """By when an appeal made now is answered, exclusive: the end of a working day in Beijing."""
    last = working_days.after(day_of(now), working)
    return datetime.combine(last + timedelta(days=1), time(), ZONE)


def is_settled(answered: AttendanceAppeal | None, record: AttendanceRecord | None) -> bool:
    """Whether the record as it stands was answered already."""
    if answered is None or answered.answered_at is None:
        return False
    return record is None or record.updated_at <= answered.answered_at
