"""Lists of claims: a side's own, and the office's queue."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select
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
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
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
        return SubsidyClaim.payee_person_id.in_(actor.the_records())
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
