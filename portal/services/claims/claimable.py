"""Classes for which an institution or an employer could still ask for money."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain import claim_kinds
from portal.domain.errors import Forbidden
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.services import rule_book
from portal.services.claims import asking as asks
from portal.services.claims import sides
from portal.services.claims.rows import file_by
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class Claimable:
    """A class for which this side may ask for money; ``people`` are those not claimed for yet.
    ``ahead``: it still runs, and an advance may be asked for."""

    class_id: UUID
    title: str
    ends_on: date
    file_by: date
    people: int
    ahead: bool


# People of a class with a subsidy set aside whom no live line speaks for: a hint for the list, not
# a judgement. The rules are asked when a claim is opened.
_CLAIMABLE = text("""
SELECT c.id, count(*) AS people
  FROM training_class c
  JOIN enrolment e ON e.class_id = c.id
   AND e.status = ANY(CASE WHEN c.status = 'closed' THEN ARRAY['completed']
                           ELSE ARRAY['accepted', 'active'] END)
  JOIN training_programme p ON p.id = c.programme_id
  LEFT JOIN account sender ON sender.id = e.acting_account_id
 WHERE c.status IN ('running', 'closed') AND c.starts_on <= :today AND c.ends_on >= :since
   AND (CAST(:institution_id AS uuid) IS NULL OR c.institution_id = :institution_id)
   AND (CAST(:employer_id AS uuid) IS NULL OR sender.employer_id = :employer_id
        OR (sender.employer_id IS NULL AND EXISTS (
            SELECT FROM person_fact f JOIN employer b ON b.id = :employer_id
             WHERE f.person_id = e.person_id AND f.kind = 'employment'
               AND f.status IN ('declared', 'verified')
               AND (f.source <> 'employer' OR f.status = 'verified')
               AND f.value ->> 'employer_uscc' = b.uscc)))
   AND NOT EXISTS (SELECT FROM claim_line l WHERE l.enrolment_id = e.id AND l.state <> 'dropped'
                      AND l.exclusive_group <> 'living_allowance')
   AND NOT EXISTS (SELECT FROM subsidy_claim o WHERE o.class_id = c.id
                      AND o.state <> ALL(:ended)
                      AND (o.payee_institution_id = :institution_id
                           OR o.payee_employer_id = :employer_id))
   AND (p.training_type <> ALL(:drawing) OR EXISTS (
        SELECT FROM subsidy_reservation r
         WHERE r.enrolment_id = e.id AND r.state IN ('held', 'consumed')))
 GROUP BY c.id ORDER BY c.ends_on, c.id LIMIT :limit
""")


def claimable(session: Session, actor: Actor, *, now: datetime, limit: int = 50) -> list[Claimable]:
    """The classes for which the actor's institution or employer may ask for money, those first
    whose deadline is nearest."""
    if sides.payee_side(actor) == "person":
        raise Forbidden
    today = day_of(now)
    found = session.execute(
        _CLAIMABLE,
        {
            "today": today,
            "since": today.replace(year=today.year - 2, day=1),
            "institution_id": actor.institution_id,
            "employer_id": actor.employer_id,
            "ended": ["closed", "rejected", "recovering", "paid"],
            "drawing": [kind.code for kind in reference.training_types() if kind.bucket],
            "limit": limit,
        },
    ).all()
    made = [_claimable(session, actor, row, today=today) for row in found]
    return [one for one in made if one is not None]


def claimable_if_any(session: Session, actor: Actor, *, now: datetime) -> list[Claimable] | None:
    """The same for a page that all of the staff share; None for who files no claims."""
    return claimable(session, actor, now=now) if actor.may(Permission.FILE_CLAIM) else None


def _claimable(session: Session, actor: Actor, row: Any, *, today: date) -> Claimable | None:
    """None for a class whose money goes to another side, is too late, or comes after its end."""
    made = session.get_one(TrainingClass, row.id)
    side = sides.payee_side(actor)
    book = rule_book.book_for(session, made.region_code, made.starts_on)
    kinds = claim_kinds.kinds_for(side, asks.training_type_of(session, made))
    last = file_by(made, book)
    if not kinds or last < today:
        return None
    ahead = made.status != "closed"
    if ahead:
        ask = asks.asking(session, made, book, kind=kinds[0], payee=side, today=today, ahead=True)
        if ask is None or not asks.advance_possible(ask):
            return None
    return Claimable(made.id, made.title, made.ends_on, last, row.people, ahead)
