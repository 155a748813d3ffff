"""The audit trail: every change and every read of another person's data leaves a row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import AuditEvent
from portal.domain.permissions import Actor


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    now: datetime,
    object_type: str,
    object_id: UUID | str | None = None,
    on_behalf_of: UUID | None = None,
    fields_read: Sequence[str] | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down who did what, in the caller's transaction: the act and its trace stand together.

    ``action`` is ``capability.act`` (``enrolment.cancel``); ``detail`` must hold no personal
    identifier.
    """
    session.add(
        AuditEvent(
            at=now,
            actor_account_id=actor.account_id,
            actor_role=actor.role.value,
            on_behalf_of=on_behalf_of,
            action=action,
            object_type=object_type,
            object_id=None if object_id is None else str(object_id),
            fields_read=list(fields_read) if fields_read else None,
            reason=reason,
            detail=detail,
        )
    )
