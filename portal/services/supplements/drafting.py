"""A city's drafts: written, corrected, withdrawn."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import SupplementEntry
from portal.domain import supplements
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.reasons import clean_reason
from portal.services.supplements import base, desks
from portal.services.supplements.words import EntryForm, checked

# One region's entries are written one after the other: codes are given and compared.
_ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(7481, CAST(:region AS int))")


def draft(session: Session, actor: Actor, *, form: EntryForm, now: datetime) -> UUID:
    """Write a new entry for the officer's region; nobody else sees it until it is filed.

    Raises Forbidden, BadInput with the field (also where the base has it already).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    region = desks.own_region(actor)
    values = checked(session, region, form)
    lock(session, region)
    values["code"] = values["code"] or base.next_code(session, region)
    made = SupplementEntry(
        id=new_id(),
        region_code=region,
        state="draft",
        created_at=now,
        created_by=actor.account_id,
        changed_at=now,
        **values,
    )
    _refuse_doubles(session, made)
    session.add(made)
    session.flush()
    trace(session, actor, "supplement.draft", made, now=now)
    return made.id


def correct(
    session: Session, actor: Actor, *, entry_id: UUID, form: EntryForm, now: datetime
) -> None:
    """Put another wording in the place of a draft's or of a rejected entry's.

    Raises Forbidden, NotFound, BadInput, NotReady (it is filed, accepted or withdrawn).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    row = desks.held(session, actor, entry_id)
    supplements.after(row.state, "correct")
    values = checked(session, row.region_code, form)
    lock(session, row.region_code)
    values["code"] = values["code"] or row.code
    with session.no_autoflush:
        for name, value in values.items():
            setattr(row, name, value)
        _refuse_doubles(session, row)
    row.changed_at = now
    session.flush()
    trace(session, actor, "supplement.correct", row, now=now)


def withdraw(session: Session, actor: Actor, *, entry_id: UUID, reason: str, now: datetime) -> None:
    """Give up a draft or a rejected entry, for good; again does no harm.

    Raises Forbidden, NotFound, BadInput (reason), NotReady (filed: take it back first; accepted).
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    row = desks.held(session, actor, entry_id)
    if row.state == "withdrawn":
        return
    why = clean_reason(reason, shortest=4)
    row.state = supplements.after(row.state, "withdraw")
    row.changed_at = now
    session.flush()
    trace(session, actor, "supplement.withdraw", row, now=now, reason=why)


def lock(session: Session, region_code: str) -> None:
    """Whoever writes entries of the region next waits for this transaction."""
    session.execute(_ONE_BY_ONE, {"region": int(region_code)})


def trace(
    session: Session,
    actor: Actor,
    action: str,
    row: SupplementEntry,
    *,
    now: datetime,
    reason: str | None = None,
    **detail: Any,
) -> None:
    """Write an act on an entry into the trail."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="supplement_entry",
        object_id=row.id,
        reason=reason,
        detail={"code": row.code, "region": row.region_code} | detail,
    )


def _refuse_doubles(session: Session, row: SupplementEntry) -> None:
    base.refuse_if_there(session, row)
    base.refuse_if_drafted(session, row)
