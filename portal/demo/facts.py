"""What people of the demo stated, what an officer made of it, and enrolments under review.

The trainees' groups are statements already (``cast``); here some of them are decided on, others
add what they know of work, school and household, and a few older residents enrol without saying
whether they draw a pension, which the rules leave to an officer.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Person, PersonFact, PersonGroup, TrainingClass
from portal.demo import officers, seeds
from portal.demo.cast import HOME, REGION, Cast
from portal.demo.seeds import DATA
from portal.domain.errors import PortalError
from portal.domain.identity import age_on
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import commitment, eligibility, facts, facts_verdicts
from portal.services.desk_enrolment import By, enrol_person
from portal.services.facts import Job
from portal.services.scope import in_area
from portal.services.times import day_of

# Lists to try ``portal import-group`` with; the second one has faults.
LISTS = ("aided-families", "veterans-with-faults")
# Trainees by their place among the accounts, from 0: 13900000006 is 5.
_WORKER, _REPORTER, _FARMER, _GRADUATE, _VILLAGER = 5, 12, 13, 16, 17
_REVIEWS = 4
# From this age on the rules do not presume that nobody draws a pension.
_OLD_ENOUGH = 46
_LEAD = timedelta(days=6)


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Statements, decisions and reviews, each only where there is none yet."""
    officer, _ = officers.ensure(session, now=now)
    _states(session, everybody, now)
    _decides(session, everybody, officer, now)
    if not _is_any_under_review(session, everybody):
        _enrol_for_review(session, everybody, now)


def lists() -> Iterator[tuple[str, bytes]]:
    """The lists, each with the name under which a person finds it."""
    for name in LISTS:
        yield t(f"demo.list.{name}"), (DATA / "lists" / f"{name}.csv").read_bytes()


def _trainee(person_id: UUID) -> Actor:
    return Actor(Role.TRAINEE, person_id=person_id)


def _has(session: Session, person_id: UUID, kind: str) -> bool:
    mine = (PersonFact.person_id == person_id, PersonFact.kind == kind)
    return session.scalar(select(PersonFact.id).where(*mine).limit(1)) is not None


def _states(session: Session, everybody: Cast, now: datetime) -> None:
    """Work, school, household: stated once, and never again over what somebody typed since."""
    people, year = everybody.trainees, day_of(now).year
    worker, graduate, villager = people[_WORKER], people[_GRADUATE], people[_VILLAGER]
    if not _has(session, worker, "employment"):
        job = Job(
            employer_name=t("demo.facts.employer"),
            employer_kind="enterprise",
            hired_on=day_of(now) - timedelta(days=100),
            insured=True,
        )
        facts.declare_employment(session, _trainee(worker), job=job, now=now)
    if not _has(session, graduate, "education"):
        facts.declare_education(
            session,
            _trainee(graduate),
            school_kind="university",
            school_name=t("demo.facts.school"),
            graduates_on=date(year, 6, 30),
            now=now,
        )
    if not _has(session, villager, "origin"):
        facts.declare_origin(session, _trainee(villager), origin="rural", now=now)


def _decides(session: Session, everybody: Cast, officer: Actor, now: datetime) -> None:
    """One group is refused with a reason; another is verified, and reported as wrong since."""
    farmer = _only_stated(session, everybody.trainees[_FARMER])
    if farmer is not None:
        reason = t("demo.facts.refusal")
        facts_verdicts.refuse_fact(session, officer, check_id=farmer.id, reason=reason, now=now)
    migrant = _only_stated(session, everybody.trainees[_REPORTER])
    if migrant is not None:
        facts_verdicts.verify_fact(session, officer, check_id=migrant.id, now=now)
        own = _trainee(everybody.trainees[_REPORTER])
        report = t("demo.facts.report")
        facts.report_wrong(session, own, fact_id=migrant.id, reason=report, now=now)


def _only_stated(session: Session, person_id: UUID) -> PersonGroup | None:
    """The demo's own statement of a person, as long as nobody has touched any group of theirs."""
    rows = session.scalars(select(PersonGroup).where(PersonGroup.person_id == person_id)).all()
    untouched = len(rows) == 1 and rows[0].status == "declared" and rows[0].source == "demo"
    return rows[0] if untouched else None


def _is_any_under_review(session: Session, everybody: Cast) -> bool:
    query = select(Enrolment.id).where(
        Enrolment.status == "needs_review",
        Enrolment.person_id.in_(everybody.residents(REGION)),
    )
    return session.scalar(query.limit(1)) is not None


class _NotForAnOfficer(PortalError):
    """The rules let the person in, or put them in line: nothing to review."""


def _enrol_for_review(session: Session, everybody: Cast, now: datetime) -> None:
    """Older residents enrol at the school's desk, on different days: one is overdue by now."""
    desk = _Desk(session, everybody, now)
    days = iter((9, 2, 1, 0)[:_REVIEWS])
    ago = next(days)
    for person_id, classes in _unsure(session, everybody, now):
        if any(desk.brings_to_review(person_id, of, now - timedelta(days=ago)) for of in classes):
            following = next(days, None)
            if following is None:
                return
            ago = following


def _unsure(session: Session, everybody: Cast, now: datetime) -> Iterator[tuple[UUID, list[UUID]]]:
    """Older residents, each with the classes about which the rules leave it to an officer."""
    classes = _classes(session, now)
    pairs = [
        (person_id, class_id)
        for person_id in _older_residents(session, everybody, now)
        for class_id in classes
    ]
    judged = eligibility.decide_many(session, pairs, now=now)
    unsure = [
        pair
        for pair, one in zip(pairs, judged, strict=True)
        if one is not None and one.decision.verdict == "needs_review"
    ]
    for person_id, found in groupby(unsure, key=itemgetter(0)):
        yield person_id, [class_id for _, class_id in found]


class _Desk:
    """The desk of the accounts' own school."""

    def __init__(self, session: Session, everybody: Cast, now: datetime) -> None:
        self.session = session
        self.manager = everybody.staff[HOME].manager
        self.by = By("desk", self.manager.the_account())
        self.signed = commitment.ensure_stored(session, now)

    def brings_to_review(self, person_id: UUID, class_id: UUID, at: datetime) -> bool:
        """Enrol somebody if the rules leave it to an officer; otherwise change nothing."""
        try:
            with self.session.begin_nested():
                entered = enrol_person(
                    self.session,
                    self.manager,
                    person_id=person_id,
                    class_id=class_id,
                    by=self.by,
                    signed=self.signed,
                    wait=False,
                    now=at,
                )
                if entered.status != "needs_review":
                    raise _NotForAnOfficer
        except PortalError:
            return False
        return True


def _classes(session: Session, now: datetime) -> list[UUID]:
    """Classes of the region with many free seats, the nearest first."""
    query = (
        select(TrainingClass.id)
        .where(
            TrainingClass.class_no.startswith(seeds.OPEN),
            TrainingClass.status == "enrolling",
            TrainingClass.enrol_from <= now - timedelta(days=9),
            TrainingClass.starts_on > day_of(now + _LEAD),
            TrainingClass.capacity - TrainingClass.seats_taken > 8,
            in_area(REGION),
        )
        .order_by(TrainingClass.starts_on, TrainingClass.id)
    )
    return list(session.scalars(query))


def _older_residents(session: Session, everybody: Cast, now: datetime) -> list[UUID]:
    """Residents of an age to draw a pension who said nothing about it."""
    stated = select(PersonFact.person_id)
    query = (
        select(Person)
        .where(Person.id.in_(everybody.residents(REGION)), Person.id.not_in(stated))
        .order_by(Person.birth_date)
    )
    today = day_of(now)
    return [
        person.id
        for person in session.scalars(query)
        if person.birth_date and age_on(person.birth_date, today) >= _OLD_ENOUGH
    ]
