"""The uploads of a session, for the staff who confirm its sheet."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission
from portal.services.attendance_sheet import note_reading
from portal.services.offline_lines import UploadLine, uploads_of
from portal.services.teaching import own_session


def session_uploads(
    session: Session, actor: Actor, *, session_id: UUID, now: datetime
) -> tuple[UploadLine, ...]:
    """What devices without a link brought, the latest first. The reading is audited with that
    of the sheet. Raises NotFound, Forbidden, Unauthenticated."""
    own_session(session, actor, Permission.CONFIRM_ATTENDANCE, session_id=session_id)
    note_reading(session, actor, "training_session", session_id, now)
    return uploads_of(session, session_id)
