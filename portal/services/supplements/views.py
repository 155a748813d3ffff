"""Supplements as both sides see them: one list by region, one entry with its history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session

from portal.db.models import SupplementEntry, SupplementFiling, TrainingPlan
from portal.domain import supplements, working_days
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.policies.regions import region_name
from portal.services.catalogue.cards import level_name, subject_name
from portal.services.paging import Page, bounds
from portal.services.supplements import desks
from portal.services.supplements.aftermath import Aftermath, aftermath
from portal.services.supplements.words import plans_for
from portal.services.times import day_of

SHOWN = ("todo", "draft", "filed", "accepted", "rejected", "ended", "withdrawn", "all")
SIZE = 20


@dataclass(frozen=True, slots=True)
class FilingView:
    """One filing. ``outcome`` is empty while it waits; ``days_left`` counts working days, and is
    negative once the day has passed (by how much nobody counts: -1)."""

    round_no: int
    doc_no: str
    filed_at: datetime
    due_on: date
    days_left: int
    outcome: str
    answer: str
    decided_at: datetime | None
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry. ``acts`` are what the actor may do with it now."""

    id: UUID
    region_code: str
    region_name: str
    state: str
    code: str
    title: str
    plan_key: str
    plan_name: str
    training_type: str
    training_type_name: str
    subject: str
    subject_name: str
    level: int | None
    level_name: str
    theory_hours: int
    practice_hours: int
    fee_fen: int
    description: str
    why: str
    changed_at: datetime
    filings: tuple[FilingView, ...]
    acts: tuple[str, ...]
    after: Aftermath


@dataclass(frozen=True, slots=True)
class PlanOption:
    """A plan that an entry can belong to."""

    key: str
    name: str
    min_hours: int


@dataclass(frozen=True, slots=True)
class SupplementDesk:
    """What the list page shows. ``files`` is whether the actor drafts and files (a city), else
    answers (a province); ``counts`` by state, of what the actor sees; ``desk_name`` who answers."""

    files: bool
    region_name: str
    desk_name: str
    counts: dict[str, int]
    todo: int
    page: Page[EntryView]


def desk(
    session: Session, actor: Actor, *, show: str = "all", page: int = 1, now: datetime
) -> SupplementDesk:
    """The supplements of the actor's region; what waits for the actor comes first.

    ``show`` is one of ``SHOWN``; anything else shows all. Raises Forbidden.
    """
    actor.require(Permission.FILE_SUPPLEMENTS)
    region = desks.the_region(actor)
    row = SupplementEntry
    seen = desks.in_sight(actor)
    counted = session.execute(select(row.state, func.count()).where(seen).group_by(row.state))
    counts = {state: int(number) for state, number in counted}
    todo = session.scalar(select(func.count()).select_from(row).where(seen, _todo(actor))) or 0
    limit, offset = bounds(page, SIZE)
    where = seen & _shown(actor, show)
    total = session.scalar(select(func.count()).select_from(row).where(where)) or 0
    first = case((_todo(actor), 0), else_=1)
    rows = session.scalars(
        select(row)
        .where(where)
        .order_by(first, row.changed_at.desc(), row.id)
        .limit(limit)
        .offset(offset)
    ).all()
    above = desks.desk_above(session, region)[0] if not desks.is_above(region) else region
    return SupplementDesk(
        files=not desks.is_above(region),
        region_name=region_name(region),
        desk_name=region_name(above),
        counts=counts,
        todo=todo,
        page=Page(tuple(views_of(session, actor, rows, now)), max(page, 1), limit, total),
    )


def fileable(session: Session, actor: Actor, *, now: datetime) -> tuple[EntryView, ...]:
    """What the actor can file now: drafts and corrected entries, the oldest first."""
    actor.require(Permission.FILE_SUPPLEMENTS)
    desks.own_region(actor)
    row = SupplementEntry
    where = desks.in_sight(actor) & row.state.in_(("draft", "rejected"))
    rows = session.scalars(select(row).where(where).order_by(row.changed_at, row.id).limit(100))
    return tuple(views_of(session, actor, rows.all(), now))


def see(session: Session, actor: Actor, *, entry_id: UUID, now: datetime) -> EntryView:
    """One entry with every filing and answer; raises Forbidden, NotFound."""
    actor.require(Permission.FILE_SUPPLEMENTS)
    row = session.scalar(
        select(SupplementEntry).where(SupplementEntry.id == entry_id, desks.in_sight(actor))
    )
    if row is None:
        raise NotFound
    return next(iter(views_of(session, actor, [row], now)))


def plan_options(session: Session, actor: Actor, *, now: datetime) -> tuple[PlanOption, ...]:
    """The plans that the actor's entries can belong to, the nearest documents first."""
    actor.require(Permission.FILE_SUPPLEMENTS)
    return tuple(
        PlanOption(key, plan.name, plan.min_hours or 0)
        for key, plan in plans_for(session, desks.own_region(actor)).items()
    )


def waiting(session: Session, actor: Actor, *, now: datetime) -> int:
    """How many entries wait for the actor: filed ones to answer, rejected ones to correct."""
    if not actor.may(Permission.FILE_SUPPLEMENTS) or actor.region_code is None:
        return 0
    query = select(func.count()).select_from(SupplementEntry)
    return session.scalar(query.where(desks.in_sight(actor), _todo(actor))) or 0


def _todo(actor: Actor) -> ColumnElement[bool]:
    if desks.is_above(desks.the_region(actor)):
        answers: ColumnElement[bool] = (SupplementEntry.state == "filed") & desks.on_desk(actor)
        return answers
    return SupplementEntry.state == "rejected"


def _shown(actor: Actor, show: str) -> ColumnElement[bool]:
    if show == "todo":
        return _todo(actor)
    if show in SHOWN and show != "all":
        return SupplementEntry.state == show
    return true()


def views_of(
    session: Session, actor: Actor, rows: Sequence[SupplementEntry], now: datetime
) -> Iterable[EntryView]:
    """The entries as the actor sees them; the caller has chosen what lies in sight."""
    filings = _filings(session, [row.id for row in rows])
    plans = {
        one.id: one
        for one in session.scalars(
            select(TrainingPlan).where(TrainingPlan.id.in_({row.plan_id for row in rows}))
        )
    }
    mine = set(
        session.scalars(
            select(SupplementEntry.id).where(
                SupplementEntry.id.in_([row.id for row in rows]), desks.on_desk(actor)
            )
        )
    )
    above, later = desks.is_above(desks.the_region(actor)), aftermath(session, rows)
    for row in rows:
        plan = plans[row.plan_id]
        kind = reference.training_type(row.training_type)
        subject = row.occupation_code or row.topic_code or ""
        yield EntryView(
            id=row.id,
            region_code=row.region_code,
            region_name=region_name(row.region_code),
            state=row.state,
            code=row.code,
            title=row.title,
            plan_key=f"{plan.pack_id}:{plan.plan_no}",
            plan_name=plan.name,
            training_type=row.training_type,
            training_type_name=kind.name if kind else row.training_type,
            subject=subject,
            subject_name=subject_name(subject),
            level=row.level,
            level_name=level_name(row.level),
            theory_hours=row.theory_hours,
            practice_hours=row.practice_hours,
            fee_fen=row.fee_fen,
            description=row.description,
            why=row.why,
            changed_at=row.changed_at,
            filings=_history(filings.get(row.id, []), now),
            acts=_acts(row, above=above, on_desk=row.id in mine),
            after=later.get(row.id, Aftermath()),
        )


_ANSWERS = ("accept", "reject", "end")
_FILES = ("correct", "file", "take_back", "withdraw", "end")


def _acts(row: SupplementEntry, *, above: bool, on_desk: bool) -> tuple[str, ...]:
    side = _ANSWERS if above else _FILES
    if above and not on_desk:
        return ()
    return tuple(act for act in side if supplements.may(row.state, act))


def _filings(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[SupplementFiling]]:
    found: dict[UUID, list[SupplementFiling]] = {}
    query = select(SupplementFiling).where(SupplementFiling.entry_id.in_(ids))
    for one in session.scalars(query.order_by(SupplementFiling.round_no)):
        found.setdefault(one.entry_id, []).append(one)
    return found


def _history(filings: Sequence[SupplementFiling], now: datetime) -> tuple[FilingView, ...]:
    """The latest first; each says which words differ from the filing before it."""
    today = day_of(now)
    made: list[FilingView] = []
    former: dict[str, Any] = {}
    for one in filings:
        late = one.due_on < today
        changed = [key for key, value in one.words.items() if former and former.get(key) != value]
        made.append(
            FilingView(
                round_no=one.round_no,
                doc_no=one.doc_no,
                filed_at=one.filed_at,
                due_on=one.due_on,
                days_left=-1 if late else working_days.until(today, one.due_on),
                outcome=one.outcome or "",
                answer=one.answer or "",
                decided_at=one.decided_at,
                changed=tuple(changed),
            )
        )
        former = one.words
    return tuple(reversed(made))
