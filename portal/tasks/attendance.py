"""What attendance owes people by the clock: overdue sheets and appeals, warnings."""

from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.permissions import SYSTEM
from portal.services import appeals_oversight, attendance_warnings, overdue_sheets
from portal.services.unit import as_actor
from portal.tasks.registry import periodic, task


@periodic("tell_overdue_sheets", every=timedelta(days=1))
def tell_overdue_sheets(*, now: datetime) -> None:
    """Tell institutions once of the sheets that have become overdue, some hundred a transaction."""
    while as_actor(overdue_sheets.tell_overdue, SYSTEM, now=now):
        pass


@periodic("note_overdue_appeals", every=timedelta(hours=1))
def note_overdue_appeals(*, now: datetime) -> None:
    """Mark the appeals whose day has passed."""
    while as_actor(appeals_oversight.note_overdue, SYSTEM, now=now):
        pass


@periodic("warn_low_attendance", every=timedelta(hours=1))
def warn_low_attendance(*, now: datetime) -> None:
    """Warn trainees, a class a transaction; once a day would do, and may fall out for an hour."""
    for class_id in as_actor(attendance_warnings.classes_to_ask, SYSTEM, now=now):
        as_actor(attendance_warnings.warn_class, SYSTEM, class_id=class_id, now=now)


@task("text_attendance_warning")
def text_attendance_warning(*, enrolment_id: str, now: datetime) -> None:
    """The text message of a warning, in waking hours."""
    as_actor(attendance_warnings.text, SYSTEM, enrolment_id=UUID(enrolment_id), now=now)
