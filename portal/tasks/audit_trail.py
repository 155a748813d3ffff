"""Rows of the audit trail are closed into blocks by the clock."""

from datetime import datetime, timedelta

from portal.domain.permissions import SYSTEM
from portal.services.audit_trail import blocks
from portal.services.unit import as_actor
from portal.tasks.registry import periodic


@periodic("close_audit_trail", every=timedelta(minutes=5))
def close_audit_trail(*, now: datetime) -> None:
    """Close what was written, block by block, each in a transaction of its own."""
    while as_actor(blocks.close, SYSTEM, now=now):
        pass
    as_actor(blocks.keep_anchor, SYSTEM, path=blocks.anchor_file())
