"""The rows behind a person's facts: opened, ended, never overwritten.

A statement that changes is a new row; the old one keeps its dates, so that what was true when
somebody was trained can be told years later (reference E2). At most one row of a group, and of a
kind, is open at a time: the database refuses a second one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Person, PersonFact, PersonGroup
from portal.domain.errors import NotReady
from portal.services.hot import LOCK_PERSON
from portal.services.one_person import same_person
from portal.services.times import day_of

HOLDING = ("declared", "verified")
FactRow = PersonGroup | PersonFact


@dataclass(frozen=True, slots=True)
class Teller:
    """Who states a fact about a person: an account, and in which role (``source``)."""

    account_id: UUID | None
    source: str = "self"


def hold(session: Session, person_id: UUID) -> Person:
    """The person's row, held still against every other act on the same facts."""
    person = session.get_one(Person, person_id)
    session.execute(text(LOCK_PERSON), {"person_no": person.no})
    # An import of thousands cannot take as many advisory locks: it locks the rows.
    query = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one()


def groups_holding(person_id: UUID, today: date) -> Select[PersonGroup]:
    """A person's groups that are neither over nor refused, checked ones first."""
    return (
        select(PersonGroup)
        .where(
            same_person(PersonGroup.person_id, person_id),
            PersonGroup.status.in_(HOLDING),
            or_(PersonGroup.valid_to.is_(None), PersonGroup.valid_to >= today),
        )
        .order_by(PersonGroup.status.desc(), PersonGroup.valid_from, PersonGroup.id)
    )


def open_fact(session: Session, person_id: UUID, kind: str, *, today: date) -> PersonFact | None:
    """The one fact of a kind that stands, also one that was verified until a day to come."""
    return session.scalar(
        select(PersonFact)
        .where(
            same_person(PersonFact.person_id, person_id),
            PersonFact.kind == kind,
            PersonFact.status.in_(HOLDING),
            or_(PersonFact.valid_to.is_(None), PersonFact.valid_to >= today),
        )
        .order_by(PersonFact.status.desc(), PersonFact.id.desc())
        .limit(1)
    )


def add_group(
    session: Session, person_id: UUID, code: str, *, since: date, by: Teller, now: datetime
) -> PersonGroup | None:
    """State that a person belongs to a group; None when that stands already.

    The person must be held.
    """
    holding = groups_holding(person_id, day_of(now)).where(PersonGroup.group_code == code)
    if session.scalar(holding.limit(1)) is not None:
        return None
    row = PersonGroup(
        id=new_id(),
        person_id=person_id,
        group_code=code,
        valid_from=since,
        status="declared",
        source=by.source,
        created_at=now,
        created_by=by.account_id,
    )
    session.add(row)
    session.flush()
    return row


def put_fact(
    session: Session,
    person_id: UUID,
    kind: str,
    value: Mapping[str, Any],
    *,
    by: Teller,
    now: datetime,
) -> PersonFact | None:
    """State a fact in place of the one that stands; None when it says the same already.

    The person must be held. Raises NotReady when an authority has verified the one that stands.
    """
    today = day_of(now)
    former = open_fact(session, person_id, kind, today=today)
    if former is not None:
        if former.value == dict(value):
            return None
        only_declared(former)
        # Yesterday is the last day of what is replaced, so that one fact holds on each day.
        end(former, last=today - timedelta(days=1))
        session.flush()
    row = PersonFact(
        id=new_id(),
        person_id=person_id,
        kind=kind,
        value=dict(value),
        valid_from=today,
        status="declared",
        source=by.source,
        created_at=now,
        created_by=by.account_id,
    )
    session.add(row)
    session.flush()
    return row


def only_declared(row: FactRow) -> None:
    """Raise NotReady unless the fact is only somebody's word: what was verified stands."""
    if row.status == "verified":
        raise NotReady(reason="facts.verified_stands")


def end(row: FactRow, *, last: date) -> None:
    """Let a fact be over after a day; one that began later is over with its first day."""
    row.status = "ended"
    row.valid_to = max(row.valid_from, last)
