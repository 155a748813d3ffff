"""A case as every act in it needs it: in the officer's region, locked, with its history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import Account, CaseEvent, Person, ViolationCase, case_serial
from portal.domain.case_errors import CaseOver, SecondOfficer
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.scope import in_area, the_area
from portal.services.times import day_of

OBJECT = "violation_case"


def new_number(session: Session, letters: str, now: datetime) -> str:
    """The next number of a register: letters, year, a running number."""
    serial = session.execute(case_serial.next_value()).scalar_one()
    return f"{letters}{day_of(now).year}{serial:05d}"


def within(actor: Actor) -> Select[ViolationCase]:
    """The cases of the officer's region; raises Forbidden for everybody else."""
    actor.require(Permission.HANDLE_CASES)
    inside = in_area(the_area(actor), ViolationCase.region_code)
    return select(ViolationCase).where(inside)


def found(session: Session, actor: Actor, case_id: UUID) -> ViolationCase:
    """One of them; raises NotFound."""
    row = session.scalar(within(actor).where(ViolationCase.id == case_id))
    if row is None:
        raise NotFound
    return row


def open_case_of(session: Session, actor: Actor, case_id: UUID) -> ViolationCase:
    """One of them, held until the act ends; raises NotFound, CaseOver."""
    query = within(actor).where(ViolationCase.id == case_id)
    row = session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.state != "open":
        raise CaseOver
    return row


def another_officer(session: Session, actor: Actor, first: UUID) -> None:
    """Raise SecondOfficer where the actor did the first half, with whatever account."""
    person = session.scalar(
        select(Person.id).join(Account, Account.person_id == Person.id).where(Account.id == first)
    )
    if first == actor.the_account() or person in actor.the_records():
        raise SecondOfficer


def write(
    session: Session,
    actor: Actor,
    case: ViolationCase,
    act: str,
    *,
    now: datetime,
    note: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """A line in the case's history and in the trail; the history may quote, the trail does not."""
    session.add(
        CaseEvent(case_id=case.id, act=act, note=note, by_account_id=actor.the_account(), at=now)
    )
    session.flush()
    audit.record(
        session, actor, f"case.{act}", now=now, object_type=OBJECT, object_id=case.id, detail=detail
    )
