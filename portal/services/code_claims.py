"""New code after every scan: the first scan of a code claims it, and the screen goes on.

Whoever aims at the screen at the same moment as somebody else still gets in: a claimed code is
good for ``GRACE`` more. A photo of it that comes later is refused as used.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import CodeClaim
from portal.domain.checkin_code import Phase, ReadCode
from portal.domain.errors import CodeUsed
from portal.domain.permissions import Actor, Permission
from portal.services.hot import run_statement

# From the first scan to the screen's next code is up to a second, and so long does a camera
# that was already aimed at it take.
GRACE = timedelta(seconds=3)
# A code is worthless after half a minute; the claims tell how many scans there were so far, which
# nobody asks after the session's day.
KEPT_FOR = timedelta(days=2)
# The number of a code is one byte, and 0 means a code that changes by time only.
_NUMBERS = 255

# A claim that another transaction wrote in the same instant is neither new nor visible yet: then
# there is no row, and the code was first scanned just now.
_CLAIM = text(
    """
WITH new AS (
    INSERT INTO code_claim (session_id, phase, step, seq, first_at)
    SELECT s.id, :phase, :step, :seq, :now FROM training_session s WHERE s.id = :session_id
    ON CONFLICT DO NOTHING
    RETURNING first_at
)
SELECT first_at FROM new
UNION ALL
SELECT first_at FROM code_claim
 WHERE session_id = :session_id AND phase = :phase AND step = :step AND seq = :seq
"""
)


def claim(code: ReadCode, *, now: datetime) -> None:
    """Take a code by its first scan; a hot act that is committed by itself.

    Codes that change by time only are not claimed. Raises CodeUsed when the first scan was more
    than GRACE ago.
    """
    if not code.seq:
        return
    params = {
        "session_id": code.session_id,
        "phase": code.phase.value,
        "step": code.step,
        "seq": code.seq,
        "now": now,
    }
    row = run_statement(_CLAIM, params)
    if row is not None and now - row.first_at > GRACE:
        raise CodeUsed


def claims_so_far(session: Session, session_id: UUID, phase: Phase) -> int:
    """How many codes of a session's phase have been scanned."""
    query = select(func.count()).where(
        CodeClaim.session_id == session_id, CodeClaim.phase == phase.value
    )
    return session.scalar(query) or 0


def seq_after(claims: int) -> int:
    """The number of the code to show after so many claims: 1 to 255, then 1 again."""
    return claims % _NUMBERS + 1


def forget(session: Session, actor: Actor, *, now: datetime) -> None:
    """Delete the claims of days that are over."""
    actor.require(Permission.RUN_TASKS)
    session.execute(delete(CodeClaim).where(CodeClaim.first_at < now - KEPT_FOR))
