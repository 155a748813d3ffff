"""An officer gives somebody from outside a sample to look at, for a time (reference M4)."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Institution,
    Person,
    ReviewAssignment,
    ReviewItem,
    TrainingClass,
)
from portal.domain.case_errors import NothingToDraw
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.sampling import draw, population_hash
from portal.policies.regions import NATIONAL, ancestors
from portal.services import audit
from portal.services.casework.texts import TITLE, clean_text
from portal.services.scope import in_area, region_prefix, the_area
from portal.services.third_party.drawing import Reach, population
from portal.services.times import day_of

UNITS = ("session", "enrolment")
OBJECT = "review_assignment"
MOST = 500
_LONGEST = timedelta(days=366)
_MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an officer asks for. Without institutions and classes it is the whole region.

    ``shows_names``: whole names, where comparing papers needs them; else they are masked.
    """

    reviewer_account_id: UUID
    title: str
    unit: str
    period_from: date
    period_to: date
    size: int
    from_on: date
    until_on: date
    institution_ids: tuple[UUID, ...] = ()
    class_ids: tuple[UUID, ...] = ()
    shows_names: bool = False


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody from outside who can be given a sample; ``times`` they were given one here."""

    account_id: UUID
    name: str
    times: int


def reviewers(session: Session, actor: Actor) -> tuple[Reviewer, ...]:
    """Who may be given a sample here: whoever worked here most often first, then by name."""
    actor.require(Permission.HANDLE_CASES)
    area = the_area(actor)
    times = (
        select(func.count())
        .where(
            ReviewAssignment.reviewer_account_id == Account.id,
            in_area(area, ReviewAssignment.region_code),
        )
        .correlate(Account)
        .scalar_subquery()
    )
    query = (
        select(Account.id, Person.name, times)
        .join(Person, Person.id == Account.person_id)
        .where(_may_look(area))
        .order_by(times.desc(), Person.name, Account.id)
        .limit(200)
    )
    return tuple(Reviewer(*row) for row in session.execute(query))


def _may_look(area: str) -> ColumnElement[bool]:
    """Reviewers of a region, and of those above and below it: a stranger is nobody's to choose."""
    above = Account.region_code.in_((NATIONAL, *ancestors(area)))
    return and_(
        Account.role == Role.REVIEWER.value,
        Account.status == "active",
        or_(above, Account.region_code.startswith(region_prefix(area))),
    )


def assign(session: Session, actor: Actor, *, wanted: Wanted, now: datetime) -> UUID:
    """Draw the sample and give it to the reviewer. The seed is the portal's, nobody's choice.

    Raises NotFound (reviewer, institution or class: also one out of reach), NothingToDraw,
    BadInput.
    """
    actor.require(Permission.HANDLE_CASES)
    _check(wanted, day_of(now))
    _check_reach(session, actor, wanted)
    area = the_area(actor)
    reach = Reach(
        area, wanted.unit, wanted.institution_ids, wanted.class_ids, wanted.period_from,
        wanted.period_to,
    )  # fmt: skip
    ids = population(session, reach, before=now)
    if not ids:
        raise NothingToDraw
    seed = secrets.token_hex(16)
    sample = draw(ids, seed=seed, size=wanted.size)
    made = ReviewAssignment(
        region_code=area,
        reviewer_account_id=wanted.reviewer_account_id,
        title=clean_text(wanted.title, "title", shortest=2, longest=TITLE),
        unit=wanted.unit,
        reach={
            "institution_ids": [str(one) for one in wanted.institution_ids],
            "class_ids": [str(one) for one in wanted.class_ids],
        },
        period_from=wanted.period_from,
        period_to=wanted.period_to,
        seed=seed,
        population_count=len(ids),
        population_hash=population_hash(ids),
        sample_size=len(sample),
        shows_names=wanted.shows_names,
        from_on=wanted.from_on,
        until_on=wanted.until_on,
        made_by=actor.the_account(),
        made_at=now,
    )
    session.add(made)
    session.flush()
    column = "session_id" if wanted.unit == "session" else "enrolment_id"
    session.add_all(
        ReviewItem(assignment_id=made.id, seq_no=number, **{column: one})
        for number, one in enumerate(sample, 1)
    )
    session.flush()
    _audit(session, actor, "assign", made, now, {"of": len(ids), "drawn": len(sample)})
    return made.id


def end(session: Session, actor: Actor, *, assignment_id: UUID, now: datetime) -> None:
    """End an assignment before its time; the reviewer sees nothing from now on. Again changes
    nothing. Raises NotFound."""
    row = session.scalar(
        within(actor)
        .where(ReviewAssignment.id == assignment_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    if row.ended_at is None:
        row.ended_at = now
        session.flush()
        _audit(session, actor, "end", row, now, {})


def within(actor: Actor) -> Select[ReviewAssignment]:
    """The assignments of the officer's region."""
    actor.require(Permission.HANDLE_CASES)
    inside = in_area(the_area(actor), ReviewAssignment.region_code)
    return select(ReviewAssignment).where(inside)


def _check(wanted: Wanted, today: date) -> None:
    if wanted.unit not in UNITS:
        raise BadInput("unit", "casework.choose")
    # What is still to come cannot be sampled: it could not be drawn again.
    if not wanted.period_from <= wanted.period_to <= today:
        raise BadInput("period_to", "third_party.bad_period")
    if not today <= wanted.until_on <= today + _LONGEST or wanted.from_on > wanted.until_on:
        raise BadInput("until_on", "third_party.bad_time")
    if type(wanted.size) is not int or not 1 <= wanted.size <= MOST:
        raise BadInput("size", "third_party.bad_size", most=MOST)
    if max(len(wanted.institution_ids), len(wanted.class_ids)) > _MOST_NAMED:
        raise BadInput("institutions", "third_party.too_many", most=_MOST_NAMED)


def _check_reach(session: Session, actor: Actor, wanted: Wanted) -> None:
    """Raise NotFound unless the reviewer and all that is named are there for the officer."""
    area = the_area(actor)
    reviewer = select(Account.id).where(Account.id == wanted.reviewer_account_id, _may_look(area))
    named = (
        (wanted.institution_ids, Institution.id, in_area(area, Institution.region_code)),
        (wanted.class_ids, TrainingClass.id, in_area(area)),
    )
    for ids, column, inside in named:
        query = select(func.count()).where(column.in_(ids), inside)
        if ids and session.scalar(query) != len(set(ids)):
            raise NotFound
    if session.scalar(reviewer) is None:
        raise NotFound


def _audit(
    session: Session,
    actor: Actor,
    act: str,
    row: ReviewAssignment,
    now: datetime,
    detail: dict[str, object],
) -> None:
    audit.record(
        session, actor, f"third_party.{act}", now=now, object_type=OBJECT, object_id=row.id,
        detail=detail,
    )  # fmt: skip
