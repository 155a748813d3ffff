"""A reviewer's own assignments while they last, and what was found; nothing else is reachable.

Every function goes through ``mine``: another's assignment, one that has not begun, is over or was
ended, and what was not drawn are answered alike, with NotFound.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import ReviewAssignment, ReviewFinding, ReviewItem
from portal.domain.case_errors import NotDoneYet, SaidBefore
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.policies.reference import region_name
from portal.services import audit
from portal.services.casework.texts import clean_text
from portal.services.third_party.assignments import OBJECT
from portal.services.times import day_of

VERDICTS = ("ok", "question", "fault")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A thing of the sample by its number; ``verdict`` is "" until the reviewer looked."""

    item_id: UUID
    seq_no: int
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class OwnAssignment:
    """An assignment as its reviewer reads it. ``report`` is "" until it was written."""

    assignment_id: UUID
    title: str
    region: str
    unit: str
    size: int
    population: int
    looked: int
    until_on: date
    shows_names: bool
    report: str
    items: tuple[ItemRow, ...]


def assignments(session: Session, actor: Actor, *, now: datetime) -> tuple[OwnAssignment, ...]:
    """The reviewer's assignments that run today."""
    query = mine(actor, now).order_by(ReviewAssignment.until_on, ReviewAssignment.id)
    return tuple(_view(session, row) for row in session.scalars(query).all())


def assignment(
    session: Session, actor: Actor, *, assignment_id: UUID, now: datetime
) -> OwnAssignment:
    """One of them with its sample. Raises NotFound."""
    row = session.scalar(mine(actor, now).where(ReviewAssignment.id == assignment_id))
    if row is None:
        raise NotFound
    return _view(session, row)


def find(
    session: Session, actor: Actor, *, item_id: UUID, now: datetime, note: str, verdict: str
) -> None:
    """Say what was found at one thing; may be said again until the report. The latest stands.

    Raises NotFound, SaidBefore (reported), BadInput.
    """
    row, item = own_item(session, actor, item_id, now)
    if row.report is not None:
        raise SaidBefore
    if verdict not in VERDICTS:
        raise BadInput("verdict", "casework.choose")
    text = clean_text(note, "note", shortest=0 if verdict == "ok" else 2)
    session.add(
        ReviewFinding(
            item_id=item.id, verdict=verdict, note=text, by_account_id=actor.the_account(), at=now
        )
    )
    session.flush()
    detail: dict[str, object] = {"item": str(item.id), "verdict": verdict}
    audit.record(
        session, actor, "third_party.find", now=now, object_type=OBJECT, object_id=row.id,
        detail=detail,
    )  # fmt: skip


def report(
    session: Session, actor: Actor, *, assignment_id: UUID, text: str, now: datetime
) -> None:
    """Close the work with a report, once everything was looked at. The same again changes nothing.

    Raises NotFound, NotDoneYet, SaidBefore, BadInput.
    """
    query = mine(actor, now).where(ReviewAssignment.id == assignment_id)
    row = session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    told = clean_text(text, "report", shortest=10)
    if row.report == told:
        return
    if row.report is not None:
        raise SaidBefore
    if any(not one.verdict for one in items_of(session, row.id)):
        raise NotDoneYet
    row.report, row.reported_at = told, now
    session.flush()
    audit.record(
        session, actor, "third_party.report", now=now, object_type=OBJECT, object_id=row.id
    )


def mine(actor: Actor, now: datetime) -> Select[ReviewAssignment]:
    """The reviewer's assignments that run at this moment."""
    actor.require(Permission.SEE_SAMPLE)
    today = day_of(now)
    return select(ReviewAssignment).where(
        ReviewAssignment.reviewer_account_id == actor.the_account(),
        ReviewAssignment.from_on <= today,
        ReviewAssignment.until_on >= today,
        ReviewAssignment.ended_at.is_(None),
    )


def own_item(
    session: Session, actor: Actor, item_id: UUID, now: datetime
) -> tuple[ReviewAssignment, ReviewItem]:
    """A thing of a running sample of the reviewer; raises NotFound for everything else."""
    query = (
        mine(actor, now)
        .join(ReviewItem, ReviewItem.assignment_id == ReviewAssignment.id)
        .where(ReviewItem.id == item_id)
        .with_for_update(key_share=True, of=ReviewAssignment)
        .execution_options(populate_existing=True)
    )
    row = session.scalar(query)
    if row is None:
        raise NotFound
    return row, session.get_one(ReviewItem, item_id)


def items_of(session: Session, assignment_id: UUID) -> tuple[ItemRow, ...]:
    """The sample with what was found last, in the order in which it was drawn."""
    latest = (
        select(ReviewFinding)
        .distinct(ReviewFinding.item_id)
        .order_by(ReviewFinding.item_id, ReviewFinding.at.desc(), ReviewFinding.id.desc())
        .subquery()
    )
    query = (
        select(ReviewItem.id, ReviewItem.seq_no, latest.c.verdict, latest.c.note)
        .outerjoin(latest, latest.c.item_id == ReviewItem.id)
        .where(ReviewItem.assignment_id == assignment_id)
        .order_by(ReviewItem.seq_no)
    )
    return tuple(
        ItemRow(item_id, number, verdict or "", note or "")
        for item_id, number, verdict, note in session.execute(query)
    )


def _view(session: Session, row: ReviewAssignment) -> OwnAssignment:
    items = items_of(session, row.id)
    return OwnAssignment(
        assignment_id=row.id,
        title=row.title,
        region=region_name(row.region_code),
        unit=row.unit,
        size=row.sample_size,
        population=row.population_count,
        looked=sum(bool(one.verdict) for one in items),
        until_on=row.until_on,
        shows_names=row.shows_names,
        report=row.report or "",
        items=items,
    )
