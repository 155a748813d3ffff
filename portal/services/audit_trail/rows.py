"""Rows of the trail as their seals cover them."""

import json
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, func

from portal.db.models import AuditEvent, AuditPlace
from portal.documents.audit_proof import Leaf, body_hash

# As text, because a database can hold moments and numbers that Python cannot: they must not keep
# the examination from naming their row.
_MOMENT = func.to_char(func.timezone("UTC", AuditEvent.at), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
EVENT = (
    AuditEvent.no,
    _MOMENT.label("moment"),
    AuditEvent.id,
    AuditEvent.actor_account_id,
    AuditEvent.actor_role,
    AuditEvent.on_behalf_of,
    AuditEvent.action,
    AuditEvent.object_type,
    AuditEvent.object_id,
    AuditEvent.fields_read,
    AuditEvent.reason,
    cast(AuditEvent.detail, Text).label("detail"),
)
# Whether what is searched by still says what the row says.
IS_PLACED = (AuditPlace.at == AuditEvent.at) & (AuditPlace.action == AuditEvent.action)


class Row(NamedTuple):
    """``EVENT`` and the region that the row belongs to."""

    no: int
    moment: str
    id: UUID
    actor_account_id: UUID | None
    actor_role: str
    on_behalf_of: UUID | None
    action: str
    object_type: str
    object_id: str | None
    fields_read: list[str] | None
    reason: str | None
    detail: str | None
    region_code: str | None


def content(row: Row) -> dict[str, Any]:
    """All but number and moment, as plain JSON values. Raises ValueError for what is none."""
    return {
        "id": str(row.id),
        "actor_account_id": _text(row.actor_account_id),
        "actor_role": row.actor_role,
        "on_behalf_of": _text(row.on_behalf_of),
        "action": row.action,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "fields_read": row.fields_read,
        "reason": row.reason,
        "detail": None if row.detail is None else json.loads(row.detail),
        "region_code": row.region_code,
    }


def leaf(row: Row) -> Leaf:
    """A row as a block holds it. Content that nobody could have written through the portal hashes
    to nothing, so that its row is found as changed."""
    try:
        return Leaf(row.no, row.moment, body_hash(content(row)))
    except (ValueError, RecursionError):
        return Leaf(row.no, row.moment or "", "")


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)
