"""The officer's first page in the morning: whatever waits in the region, overdue first.

What waits is a list of small sources (``sources.SOURCES``), each one query. A source hands over
ids, words and days; it names nobody, so that the list needs no reading of personal data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from portal.domain.errors import BadInput
from portal.domain.permissions import Actor, Permission
from portal.policies.deadlines import Term
from portal.services.paging import MAX_SIZE
from portal.services.scope import the_area
from portal.services.times import ZONE, day_of

# Of each kind the most urgent few: thirty alike would hide what stands below them.
_OF_EACH = 6


@dataclass(frozen=True, slots=True)
class Ask:
    """What a source may go by; whose region it is was checked."""

    session: Session
    actor: Actor
    area: str
    now: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of work. ``items`` selects the columns ``id`` (for the link), ``title``, ``place``
    and either ``due_on`` (a day that was written down) or ``since`` (a moment; the day follows
    from ``term``), and ``institution_id`` where it is about one.

    ``permission`` is what the work itself needs: who lacks it has no such work.
    """

    kind: str
    term: Callable[[Ask], Term]
    permission: Permission
    page: str
    item: Callable[[UUID], str]
    items: Callable[[Ask], Select[*tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One thing that waits. ``late``: its last day has passed."""

    kind: str
    href: str
    title: str
    place: str
    due_on: date
    late: bool
    institution_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class KindCount:
    """How much of a kind waits, how much of it too long; ``days`` and ``source`` of its term.

    ``next_due`` is the earliest last day.
    """

    kind: str
    page: str
    total: int
    late: int
    days: int
    unit: str
    source: str
    next_due: date | None


@dataclass(frozen=True, slots=True)
class Work:
    """The rows, the most urgent first, and the counts of all kinds of which something waits."""

    rows: tuple[WorkRow, ...]
    counts: tuple[KindCount, ...]
    total: int
    late: int


def work(
    session: Session,
    actor: Actor,
    *,
    sources: Sequence[Source],
    kind: str = "",
    size: int = 50,
    now: datetime,
) -> Work:
    """What waits for the officer; of one ``kind`` as many as ``size``, of all the oldest of each.

    One query a source. Raises BadInput for a kind that is none, Forbidden.
    """
    actor.require(Permission.SUPERVISE)
    if kind and kind not in {one.kind for one in sources}:
        raise BadInput("kind", "casework.choose")
    ask = Ask(session, actor, the_area(actor), now, day_of(now))
    most = min(max(size, 1), MAX_SIZE)
    rows: list[WorkRow] = []
    counts: list[KindCount] = []
    for source in sources:
        if not actor.may(source.permission):
            continue
        found, count = _of_source(ask, source, most if kind == source.kind else _OF_EACH)
        if count.total:
            counts.append(count)
        if kind in ("", source.kind):
            rows += found
    rows.sort(key=lambda row: (row.due_on, row.kind, row.href))
    return Work(
        rows=tuple(rows[:most]),
        counts=tuple(counts),
        total=sum(one.total for one in counts),
        late=sum(one.late for one in counts),
    )


def _of_source(ask: Ask, source: Source, most: int) -> tuple[list[WorkRow], KindCount]:
    items = source.items(ask).order_by(None).subquery()
    term = source.term(ask)
    own_day = "due_on" in items.c
    order = items.c.due_on if own_day else items.c.since
    bound: Any = ask.today if own_day else end_of(term.last_late(ask.today))
    is_late = order < bound
    query = (
        select(
            items,
            func.count().over().label("total"),
            func.sum(case((is_late, 1), else_=0)).over().label("late"),
        )
        .order_by(order.nulls_first(), items.c.id)
        .limit(most)
    )
    found = ask.session.execute(query).mappings().all()
    rows = []
    for one in found:
        due = one["due_on"] if own_day else term.last_day(day_of(one["since"]))
        rows.append(
            WorkRow(
                kind=source.kind,
                href=source.item(one["id"]),
                title=one["title"] or "",
                place=one["place"] or "",
                due_on=due or ask.today,
                late=due is not None and due < ask.today,
                institution_id=one.get("institution_id"),
            )
        )
    total, late = (found[0]["total"], found[0]["late"]) if found else (0, 0)
    return rows, KindCount(
        kind=source.kind,
        page=source.page,
        total=int(total),
        late=int(late or 0),
        days=term.days,
        unit=term.unit,
        source=term.source,
        next_due=rows[0].due_on if rows else None,
    )


def end_of(day: date) -> datetime:
    """The midnight after a day in Beijing: before it is in time."""
    return datetime.combine(date.fromordinal(day.toordinal() + 1), time(), ZONE).astimezone(UTC)
