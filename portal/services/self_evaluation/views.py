"""What both sides read, and whether an enterprise is filed for a trade on a day."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import Employer, SelfEvaluation
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.services.paging import Page, bounds
from portal.services.scope import in_area, the_area
from portal.services.self_evaluation.filing import own_employer, trade_text
from portal.services.times import day_of

_MOST_OWN = 100


@dataclass(frozen=True, slots=True)
class FilingView:
    """A filing. ``standing`` is its state, or ``lapsed`` once its last day is over."""

    id: UUID
    employer: str
    uscc: str
    region: str
    trade: str
    plan: str
    staff: int
    level_linked_pay: bool
    standing: str
    filed_at: datetime
    due_on: date
    answer: str
    doc_no: str
    valid_until: date | None


def own(session: Session, actor: Actor, *, now: datetime) -> tuple[FilingView, ...]:
    """What the actor's enterprise filed, the newest first."""
    employer = own_employer(session, actor)
    query = _rows().where(SelfEvaluation.employer_id == employer.id)
    found = session.execute(_newest(query).limit(_MOST_OWN)).tuples()
    return tuple(_view(row, employer, day_of(now)) for row, employer in found)


def desk(
    session: Session,
    actor: Actor,
    *,
    waiting: bool = True,
    page: int = 1,
    size: int = 20,
    now: datetime,
) -> Page[FilingView]:
    """The filings of the officer's region: those that wait, the nearest day first, or all."""
    actor.require(Permission.KEEP_LISTINGS)
    query = _rows().where(in_area(the_area(actor), SelfEvaluation.region_code))
    query = query.where(
        SelfEvaluation.state == "filed" if waiting else SelfEvaluation.state != "withdrawn"
    )
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    limit, offset = bounds(page, size)
    order = query.order_by(SelfEvaluation.due_on, SelfEvaluation.id) if waiting else _newest(query)
    rows = session.execute(order.limit(limit).offset(offset)).tuples()
    items = tuple(_view(row, employer, day_of(now)) for row, employer in rows)
    return Page(items, offset // limit + 1, limit, total)


def filed_for(
    session: Session, *, name: str, occupation_code: str | None, level: int | None, on: date
) -> SelfEvaluation | None:
    """The filing under which an enterprise of this name could evaluate a trade on a day."""
    if occupation_code is None:
        return None
    query = (
        select(SelfEvaluation)
        .join(Employer, Employer.id == SelfEvaluation.employer_id)
        .where(
            Employer.name == name.strip(),
            SelfEvaluation.state.in_(("accepted", "ended")),
            SelfEvaluation.effective_from <= on,
            SelfEvaluation.valid_until >= on,
        )
        .order_by(SelfEvaluation.decided_at.desc())
    )
    family = reference.occupation_family(occupation_code)
    for row in session.scalars(query):
        # What was ended counts for what was issued while it was in force.
        ended = row.state == "ended" and row.decided_at is not None and day_of(row.decided_at) <= on
        fits = level is None or level in row.levels
        if not ended and fits and reference.occupation_family(row.occupation_code) == family:
            return row
    return None


def _rows() -> Select[SelfEvaluation, Employer]:
    return select(SelfEvaluation, Employer).join(
        Employer, Employer.id == SelfEvaluation.employer_id
    )


def _newest(query: Select[SelfEvaluation, Employer]) -> Select[SelfEvaluation, Employer]:
    return query.order_by(SelfEvaluation.filed_at.desc(), SelfEvaluation.id.desc())


def _view(row: SelfEvaluation, employer: Employer, today: date) -> FilingView:
    over = row.valid_until is not None and row.valid_until < today
    return FilingView(
        id=row.id,
        employer=employer.name,
        uscc=employer.uscc,
        region=reference.region_name(row.region_code),
        trade=trade_text(row),
        plan=row.plan,
        staff=row.staff,
        level_linked_pay=row.level_linked_pay,
        standing="lapsed" if row.state == "accepted" and over else row.state,
        filed_at=row.filed_at,
        due_on=row.due_on,
        answer=row.answer,
        doc_no=row.doc_no,
        valid_until=row.valid_until,
    )
