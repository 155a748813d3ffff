"""Lists of claims: a side's own, the office's queue, and what could still be claimed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    CaseFile,
    ClaimLine,
    Employer,
    Institution,
    Person,
    SubsidyClaim,
    TrainingClass,
)
from portal.domain import claim_kinds, claims
from portal.domain.errors import Forbidden
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.services import rule_book
from portal.services.claims import asking as asks
from portal.services.claims import sides
from portal.services.claims.rows import file_by
from portal.services.paging import Page, bounds
from portal.services.scope import in_area, the_area
from portal.services.times import day_of

# Where the office has something to do; the order is that of the way.
OFFICE_STATES = (
    "institution_checked", "county_review", "public_notice", "approved", "recovering", "paid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim in a list; money in fen. ``late``: its step is overdue; ``open_cases``: objections
    not decided; ``waiting``: people who have not answered."""

    claim_id: UUID
    claim_no: str
    title: str
    kind: str
    payee: str
    payee_type: str
    state: str
    people: int
    waiting: int
    amount_fen: int
    due_on: date
    late: bool
    open_cases: int
    note: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The office's claims: a page of them, and how many stand in each state."""

    page: Page[ClaimRow]
    counts: tuple[tuple[str, int], ...]
    cases: int


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


def own_claims(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20, now: datetime
) -> Page[ClaimRow]:
    """The claims of the actor's side, and for staff those of their classes that wait for a check;
    what needs the reader first."""
    own = _own(actor)
    return _page(session, _rows().where(own), page, size, now)


def queue(
    session: Session,
    actor: Actor,
    *,
    state: str = "",
    page: int = 1,
    size: int = 20,
    now: datetime,
) -> Queue:
    """The claims of the officer's region by the day they are due; all that are under way, or
    those in one state."""
    actor.require(Permission.REVIEW_CLAIMS)
    inside = in_area(the_area(actor), SubsidyClaim.region_code)
    counted = session.execute(
        select(SubsidyClaim.state, func.count()).where(inside).group_by(SubsidyClaim.state)
    )
    counts = dict(counted.tuples().all())
    wanted = (state,) if state in counts or state in claims.STOPPABLE else OFFICE_STATES
    cases = select(func.count()).select_from(CaseFile)
    cases = cases.where(CaseFile.state == "open", in_area(the_area(actor), CaseFile.region_code))
    return Queue(
        page=_page(session, _rows().where(inside, SubsidyClaim.state.in_(wanted)), page, size, now),
        counts=tuple((name, counts[name]) for name in _ORDER if counts.get(name)),
        cases=session.scalar(cases) or 0,
    )


_ORDER = (
    "submitted", "institution_checked", "county_review", "public_notice", "approved", "paid",
    "recovering", "returned", "closed", "rejected",
)  # fmt: skip


def _own(actor: Actor) -> Any:
    """The rows that a side may see."""
    if actor.employer_id is not None:
        actor.require(Permission.FILE_CLAIM)
        return SubsidyClaim.payee_employer_id == actor.employer_id
    if actor.institution_id is None:
        actor.require(Permission.ENROL)
        return SubsidyClaim.payee_person_id == actor.the_person()
    actor.require(Permission.CONFIRM_ATTENDANCE)
    ours = SubsidyClaim.payee_institution_id == actor.institution_id
    taught = and_(
        TrainingClass.institution_id == actor.institution_id,
        SubsidyClaim.state.not_in(("draft", "closed", "rejected")),
        SubsidyClaim.kind.not_in(claim_kinds.TELLS_OF_NEED),
    )
    return or_(ours, taught)


def _rows() -> Select[Any]:
    standing = ClaimLine.state != "dropped"
    people = select(func.count()).where(ClaimLine.claim_id == SubsidyClaim.id, standing)
    waiting = people.where(ClaimLine.state.in_(("asked", "no_answer")))
    cases = select(func.count()).where(
        CaseFile.claim_id == SubsidyClaim.id, CaseFile.state == "open"
    )
    return (
        select(
            SubsidyClaim,
            TrainingClass.title,
            func.coalesce(Institution.name, Employer.name).label("payee"),
            Person.name.label("person"),
            people.scalar_subquery().label("people"),
            waiting.scalar_subquery().label("waiting"),
            cases.scalar_subquery().label("open_cases"),
        )
        .join(TrainingClass, TrainingClass.id == SubsidyClaim.class_id)
        .outerjoin(Institution, Institution.id == SubsidyClaim.payee_institution_id)
        .outerjoin(Employer, Employer.id == SubsidyClaim.payee_employer_id)
        .outerjoin(Person, Person.id == SubsidyClaim.payee_person_id)
    )


def _page(
    session: Session, query: Select[Any], page: int, size: int, now: datetime
) -> Page[ClaimRow]:
    limit, offset = bounds(page, size)
    ids = query.with_only_columns(SubsidyClaim.id).order_by(None)
    total = session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    is_over = SubsidyClaim.state.in_(tuple(claims.OVER))
    found = session.execute(
        query.order_by(is_over, SubsidyClaim.due_on, SubsidyClaim.id).limit(limit).offset(offset)
    )
    today = day_of(now)
    return Page(tuple(_row(one, today) for one in found), offset // limit + 1, limit, total)


def _row(one: Row[Any], today: date) -> ClaimRow:
    row: SubsidyClaim = one.SubsidyClaim
    return ClaimRow(
        claim_id=row.id,
        claim_no=row.claim_no,
        title=one.title,
        kind=row.kind,
        payee=one.payee or mask_name(one.person or ""),
        payee_type=row.payee_type,
        state=row.state,
        people=one.people,
        waiting=one.waiting,
        amount_fen=row.amount_fen,
        due_on=row.due_on,
        late=row.due_on < today and row.state not in claims.OVER,
        open_cases=one.open_cases,
        note=row.state_note or "",
    )


# People of a class whom no live line speaks for, whatever the money: a hint for the list, not a
# judgement. The rules are asked when a claim is opened.
_CLAIMABLE = text("""
SELECT c.id, count(*) AS people
  FROM training_class c
  JOIN enrolment e ON e.class_id = c.id
   AND e.status = ANY(CASE WHEN c.status = 'closed' THEN ARRAY['completed']
                           ELSE ARRAY['accepted', 'active'] END)
  LEFT JOIN account sender ON sender.id = e.acting_account_id
 WHERE c.status IN ('running', 'closed') AND c.starts_on <= :today AND c.ends_on >= :since
   AND (CAST(:institution_id AS uuid) IS NULL OR c.institution_id = :institution_id)
   AND (CAST(:employer_id AS uuid) IS NULL OR sender.employer_id = :employer_id
        OR (sender.employer_id IS NULL AND EXISTS (
            SELECT FROM person_fact f JOIN employer b ON b.id = :employer_id
             WHERE f.person_id = e.person_id AND f.kind = 'employment'
               AND f.status IN ('declared', 'verified')
               AND f.value ->> 'employer_uscc' = b.uscc)))
   AND NOT EXISTS (SELECT FROM claim_line l WHERE l.enrolment_id = e.id AND l.state <> 'dropped'
                      AND l.exclusive_group <> 'living_allowance')
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
