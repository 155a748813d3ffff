"""What came of the assignments: for the officers of the region that gave them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Enrolment,
    Institution,
    Person,
    ReviewAssignment,
    ReviewItem,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.services.paging import Page, bounds
from portal.services.third_party.assignments import within
from portal.services.third_party.drawing import reach_of
from portal.services.third_party.mine import items_of
from portal.services.times import day_of, moment_text


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """An assignment in the list; ``state`` is coming, running, reported, over or ended."""

    assignment_id: UUID
    title: str
    reviewer: str
    unit: str
    size: int
    population: int
    looked: int
    questions: int
    faults: int
    from_on: date
    until_on: date
    state: str


@dataclass(frozen=True, slots=True)
class FoundItem:
    """What the reviewer found at one thing, and which class it belongs to; nobody's name."""

    seq_no: int
    title: str
    institution: str
    when: str
    class_id: UUID
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """One assignment with its findings and report; ``seed`` and the hash prove the sample.

    ``institutions`` are those that it was drawn from; none means the whole region.
    """

    institutions: tuple[str, ...]
    row: AssignmentRow
    period_from: date
    period_to: date
    shows_names: bool
    seed: str
    population_hash: str
    items: tuple[FoundItem, ...]
    report: str


def listed(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20, now: datetime
) -> Page[AssignmentRow]:
    """The assignments of the officer's region, the newest first."""
    query = within(actor)
    limit, offset = bounds(page, size)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (ReviewAssignment.made_at.desc(), ReviewAssignment.id)
    rows = session.scalars(query.order_by(*order).limit(limit).offset(offset)).all()
    items = tuple(_row(session, one, day_of(now)) for one in rows)
    return Page(items, offset // limit + 1, limit, total)


def assignment(
    session: Session, actor: Actor, *, assignment_id: UUID, now: datetime
) -> AssignmentView:
    """One of them. Raises NotFound."""
    row = session.scalar(within(actor).where(ReviewAssignment.id == assignment_id))
    if row is None:
        raise NotFound
    found = {one.item_id: one for one in items_of(session, row.id)}
    class_id = func.coalesce(TrainingSession.class_id, Enrolment.class_id)
    query = (
        select(
            ReviewItem.id,
            ReviewItem.seq_no,
            TrainingClass.title,
            TrainingClass.class_no,
            TrainingSession.starts_at,
            TrainingClass.id,
            Institution.name,
        )
        .outerjoin(TrainingSession, TrainingSession.id == ReviewItem.session_id)
        .outerjoin(Enrolment, Enrolment.id == ReviewItem.enrolment_id)
        .join(TrainingClass, TrainingClass.id == class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(ReviewItem.assignment_id == row.id)
        .order_by(ReviewItem.seq_no)
    )
    named = select(Institution.name).where(Institution.id.in_(reach_of(row).institution_ids))
    return AssignmentView(
        institutions=tuple(session.scalars(named.order_by(Institution.name))),
        row=_row(session, row, day_of(now)),
        period_from=row.period_from,
        period_to=row.period_to,
        shows_names=row.shows_names,
        seed=row.seed,
        population_hash=row.population_hash,
        items=tuple(
            FoundItem(
                seq_no=number,
                title=title,
                institution=taught_by,
                when=moment_text(starts) if starts else class_no,
                class_id=of,
                verdict=found[item_id].verdict,
                note=found[item_id].note,
            )
            for item_id, number, title, class_no, starts, of, taught_by in session.execute(query)
        ),
        report=row.report or "",
    )


def _row(session: Session, row: ReviewAssignment, today: date) -> AssignmentRow:
    items = items_of(session, row.id)
    name = session.scalar(
        select(Person.name)
        .join(Account, Account.person_id == Person.id)
        .where(Account.id == row.reviewer_account_id)
    )
    return AssignmentRow(
        assignment_id=row.id,
        title=row.title,
        reviewer=name or "",
        unit=row.unit,
        size=row.sample_size,
        population=row.population_count,
        looked=sum(bool(one.verdict) for one in items),
        questions=sum(one.verdict == "question" for one in items),
        faults=sum(one.verdict == "fault" for one in items),
        from_on=row.from_on,
        until_on=row.until_on,
        state=_state(row, today),
    )


def _state(row: ReviewAssignment, today: date) -> str:
    if row.ended_at is not None:
        return "ended"
    if row.report is not None:
        return "reported"
    if today > row.until_on:
        return "over"
    return "running" if today >= row.from_on else "coming"
