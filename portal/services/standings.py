"""Where the trainees of a class stand at its end, and what keeps the class from being closed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Certificate,
    Enrolment,
    ExamResult,
    Person,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.domain.attendance import finish_outcome, ratio
from portal.domain.errors import NotReady, PortalError, TooEarly
from portal.domain.hours import Counted
from portal.locale import t
from portal.services import appeal_views, proposals
from portal.services.counted_hours import class_hours, part_lines
from portal.services.rule_book import book_for
from portal.services.teaching import ON_ROSTER


@dataclass(frozen=True)
class TraineeResult:
    """Where one trainee stands. Hours are 课时; ``percent`` is rounded down; ``parts`` says the
    same of theory and practice where the region asks something of them alone.

    ``exam_passed`` is None before a result. ``unmet`` says in sentences what is missing;
    ``status`` is that of the enrolment.
    """

    enrolment_id: str
    name: str
    status: str
    credited_hours: int
    planned_hours: int
    needed_hours: int
    percent: int
    exam_passed: bool | None
    can_issue: bool
    unmet: tuple[str, ...]
    certificate_number: str | None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassResults:
    """A class at its end. ``obstacle`` says what must be done before it can be finished."""

    class_id: str
    title: str
    finished: bool
    can_finish: bool
    obstacle: str | None
    rows: tuple[TraineeResult, ...]


@dataclass(frozen=True)
class Standing:
    """The facts of one trainee, as loaded; ``counted`` are the hours that count, ``minimum`` the
    plan's, if it sets any, ``share`` the part of the planned ones that the policy pack demands of
    the ``hours`` of the class."""

    enrolment: Enrolment
    person: Person
    counted: Counted
    passed: bool | None
    certificate_number: str | None
    minimum: int | None
    hours: int
    share: Fraction

    @property
    def credited(self) -> int:
        """The 课时 that count, as the certificate and the archive will have them."""
        return self.counted.credited

    @property
    def unmet(self) -> list[str]:
        """Locale keys of what is missing for the certificate (B11.2, rule 7)."""
        return finish_outcome(
            credited_hours=self.credited,
            planned_hours=self.counted.planned,
            minimum_hours=self.minimum,
            exam_passed=self.passed,
            min_ratio=self.share,
            theory=self.counted.theory,
            practice=self.counted.practice,
        )


def load_sessions(
    session: Session, made: TrainingClass, *, lock: bool = False
) -> Sequence[TrainingSession]:
    """The sessions of a class in order, their sheets held still if ``lock``."""
    query = select(TrainingSession).where(TrainingSession.class_id == made.id)
    query = query.order_by(TrainingSession.seq_no)
    if lock:
        query = query.with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def load_standings(session: Session, made: TrainingClass, *, lock: bool = False) -> list[Standing]:
    """Everyone on the roster of a class, by name; enrolments held still if ``lock``."""
    query = (
        select(Enrolment, Person, ExamResult.passed, Certificate.number)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(ExamResult, ExamResult.enrolment_id == Enrolment.id)
        .outerjoin(
            Certificate,
            (Certificate.enrolment_id == Enrolment.id) & (Certificate.status == "issued"),
        )
        .where(Enrolment.class_id == made.id, Enrolment.status.in_(ON_ROSTER))
        .order_by(Person.name_key, Enrolment.id)
    )
    if lock:
        query = query.with_for_update(of=Enrolment, key_share=True)
    minimum = _minimum_hours(session, made)
    # The policy of the first day counts to the end: a trainee must be able to foresee it.
    share = book_for(session, made.region_code, made.starts_on).min_ratio
    found = session.execute(query).all()
    # After the locks: a correction that came meanwhile counts.
    hours = class_hours(session, made)
    return [
        Standing(one, person, hours.of(one.id), passed, number, minimum, made.hours, share)
        for one, person, passed, number in found
    ]


def is_over(sessions: Sequence[TrainingSession], now: datetime) -> bool:
    """Whether the last session has ended. A class without sessions is never over."""
    return bool(sessions) and max(meeting.ends_at for meeting in sessions) <= now


def obstacle(
    made: TrainingClass,
    sessions: Sequence[TrainingSession],
    standings: Sequence[Standing],
    now: datetime,
) -> PortalError | None:
    """Why the class cannot be closed yet, the first reason only; None when it can."""
    if made.status in ("draft", "cancelled") or not sessions:
        return NotReady(reason="results.no_class")
    if not is_over(sessions, now):
        return TooEarly()
    sheets = sum(meeting.confirmed_at is None for meeting in sessions)
    if sheets:
        return NotReady(reason="results.sheets_open", count=sheets)
    results = sum(standing.passed is None for standing in standings)
    if results:
        return NotReady(reason="results.results_open", count=results)
    return None


def unanswered(session: Session, made: TrainingClass) -> PortalError | None:
    """What would be lost with the closing: nothing can be corrected afterwards."""
    waiting = appeal_views.open_in(session, made.id)
    if waiting:
        return NotReady(reason="results.appeals_open", count=waiting)
    proposed = proposals.open_in(session, made.id)
    return NotReady(reason="results.proposals_open", count=proposed) if proposed else None


def view(session: Session, made: TrainingClass, now: datetime) -> ClassResults:
    """The class as the institution sees it at its end."""
    standings = load_standings(session, made)
    closed = made.status == "closed"
    found = None
    if not closed:
        meetings = load_sessions(session, made)
        found = obstacle(made, meetings, standings, now) or unanswered(session, made)
    return ClassResults(
        class_id=str(made.id),
        title=made.title,
        finished=closed,
        can_finish=not closed and found is None,
        obstacle=_sentence(found) if found else None,
        rows=tuple(row(standing) for standing in standings),
    )


def row(standing: Standing) -> TraineeResult:
    """One trainee as the institution sees him."""
    enrolment, unmet = standing.enrolment, standing.unmet
    counted = standing.counted
    needed = max(math.ceil(counted.planned * standing.share), standing.minimum or 0)
    return TraineeResult(
        enrolment_id=str(enrolment.id),
        name=standing.person.name,
        status=enrolment.status,
        credited_hours=standing.credited,
        planned_hours=standing.hours,
        needed_hours=needed,
        percent=int(ratio(standing.credited, counted.planned) * 100),
        exam_passed=standing.passed,
        can_issue=not unmet,
        unmet=tuple(_missing(standing, key) for key in unmet),
        certificate_number=standing.certificate_number,
        parts=part_lines(counted),
    )


def _missing(standing: Standing, key: str) -> str:
    """What is missing, in a sentence with its figures."""
    counted, word = standing.counted, key.rpartition(".")[2]
    share, credited, planned = standing.share, counted.credited, counted.planned
    if word in ("theory_short", "practice_short"):
        part = counted.theory if word == "theory_short" else counted.practice
        share, credited, planned = part.asked or Fraction(0), part.credited, part.planned
    elif word == "ratio_short" and planned != standing.hours:
        word = "ratio_short_excused"
    return t(
        f"results.{word}",
        credited=credited,
        planned=planned,
        hours=standing.hours,
        excused=standing.hours - planned,
        minimum=standing.minimum,
        percent=f"{float(share * 100):g}",
    )


def _minimum_hours(session: Session, made: TrainingClass) -> int | None:
    return session.scalar(
        select(TrainingPlan.min_hours)
        .join(TrainingProgramme, TrainingProgramme.plan_id == TrainingPlan.id)
        .where(TrainingProgramme.id == made.programme_id)
    )


def _sentence(error: PortalError) -> str:
    return t(str(error.params.get("reason", error.key)), **error.params)
