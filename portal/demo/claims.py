"""Claims of the demo's schools, one in each place of the way: asked, stopped, reviewed, published,
paid. They go through the product's own door, at moments before now."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ClaimLine,
    Enrolment,
    Person,
    SubsidyClaim,
    SubsidyReservation,
    TrainingClass,
)
from portal.demo import officers
from portal.demo.cast import HOME, REGION, Cast, Staff
from portal.domain.claim_errors import ClaimRefused
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.domain.report_period import period_of
from portal.locale import t
from portal.services.claims import answers, filing, opening, payments, questions, review
from portal.services.times import ZONE, day_of, local

_RECENT = timedelta(days=330)
# From the first day of its quarter, so that it is paid within it.
_EARLY = timedelta(days=30)
Stage = Callable[["_School", UUID, datetime], None]


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Bring classes that are over into claims, once; again changes nothing."""
    first, second = officers.ensure(session, now=now)
    desk = officers.at_the_desk(session, now=now)
    if session.scalar(select(SubsidyClaim.id).limit(1)) is not None:
        return
    schools = {
        staff.institution_id: _School(session, staff.manager, _teacher(staff), first, second, desk)
        for staff in everybody.staff.values()
    }
    home = everybody.staff[HOME].institution_id
    schools[home].instructor = replace(schools[home].instructor, account_id=everybody.instructor)
    recent, today = partial(_classes, session, home, everybody.trainees), day_of(now)
    _bring(schools, recent(since=today - _RECENT, until=today), _STAGES, now)
    early = _early(now)
    over = recent(since=day_of(early) - _RECENT, until=day_of(early))
    _bring(schools, over, ((_paid, now - early),), now)


def _bring(
    schools: Mapping[UUID, "_School"],
    classes: Iterator[tuple[UUID, UUID]],
    stages: Sequence[tuple[Stage, timedelta]],
    now: datetime,
) -> None:
    """One class to each stage, in their order; a class that has nothing to claim is left out."""
    for stage, ago in stages:
        for class_id, institution_id in classes:
            if schools[institution_id].file(class_id, stage, now - ago):
                break


def _early(now: datetime) -> datetime:
    """A day of the quarter before the last one: a part of what is paid then comes back in the
    quarter that follows (``reports``)."""
    quarter = period_of("quarter", day_of(now)).before().before()
    return datetime.combine(quarter.first, local(now).time(), ZONE) + _EARLY


def _teacher(staff: Staff) -> Actor:
    return Actor(Role.INSTRUCTOR, account_id=staff.teachers[0], institution_id=staff.institution_id)


def _classes(
    session: Session, home: UUID, trainees: Sequence[UUID], *, since: date, until: date
) -> Iterator[tuple[UUID, UUID]]:
    """Closed classes of the officers' region with subsidies in them that ended within these days,
    and their institutions: the school of the accounts first, and people who can log in, then the
    latest."""
    paid_for = (
        exists()
        .where(
            Enrolment.class_id == TrainingClass.id,
            Enrolment.status == "completed",
            SubsidyReservation.enrolment_id == Enrolment.id,
        )
        .correlate(TrainingClass)
    )
    known = (
        select(func.count())
        .select_from(Enrolment)
        .join(SubsidyReservation, SubsidyReservation.enrolment_id == Enrolment.id)
        .where(
            Enrolment.class_id == TrainingClass.id,
            Enrolment.status == "completed",
            Enrolment.person_id.in_(trainees),
        )
        .correlate(TrainingClass)
        .scalar_subquery()
    )
    query = (
        select(TrainingClass.id, TrainingClass.institution_id)
        .where(
            TrainingClass.region_code.startswith(REGION[:4]),
            TrainingClass.status == "closed",
            TrainingClass.ends_on.between(since, until),
            paid_for,
        )
        .order_by(
            TrainingClass.institution_id != home,
            known.desc(),
            TrainingClass.ends_on.desc(),
            TrainingClass.class_no,
        )
    )
    yield from session.execute(query).tuples().all()


class _School:
    """Everybody who takes a step; each at a moment of the past."""

    def __init__(
        self,
        session: Session,
        manager: Actor,
        instructor: Actor,
        first: Actor,
        second: Actor,
        desk: Actor,
    ) -> None:
        self.session, self.manager, self.instructor = session, manager, instructor
        self.first, self.second, self.desk = first, second, desk

    def file(self, class_id: UUID, stage: Stage, at: datetime) -> bool:
        """File a claim and bring it to a stage; False where there is nothing to claim."""
        try:
            with self.session.begin_nested():
                claim_id = opening.open_claim(self.session, self.manager, class_id=class_id, now=at)
                filing.submit(self.session, self.manager, claim_id=claim_id, now=at)
                stage(self, claim_id, at)
        except ClaimRefused:
            return False
        return True

    def lines(self, claim_id: UUID) -> Sequence[tuple[ClaimLine, Account | None]]:
        """The lines that wait for an answer, with the accounts of those who can log in."""
        query = (
            select(ClaimLine, Account)
            .join(Person, Person.id == ClaimLine.person_id)
            .outerjoin(Account, Account.person_id == Person.id)
            .where(ClaimLine.claim_id == claim_id, ClaimLine.state == "asked")
            .order_by(Account.id.nulls_first(), Person.name_key, ClaimLine.id)
        )
        return [(line, account) for line, account in self.session.execute(query)]

    def agree(
        self, claim_id: UUID, at: datetime, *, all_but: int = 0, desk: Actor | None = None
    ) -> None:
        """People say yes, those without an account at the desk; the last ones say nothing."""
        desk = desk or self.desk
        asked = self.lines(claim_id)
        for line, account in asked[: len(asked) - all_but]:
            if account is None:
                answers.answer_for(self.session, desk, line_id=line.id, agrees=True, now=at)
                continue
            own = Actor(Role.TRAINEE, account_id=account.id, person_id=account.person_id)
            answers.answer(self.session, own, line_id=line.id, agrees=True, now=at)

    def review(self, claim_id: UUID, at: datetime) -> None:
        """The institution checks, the office takes it up."""
        review.check(self.session, self.instructor, claim_id=claim_id, now=at)
        review.take_up(self.session, self.first, claim_id=claim_id, now=at)


def _asked(school: _School, claim_id: UUID, at: datetime) -> None:
    """Everybody is asked, those who can log in have not answered yet."""
    known = sum(account is not None for _, account in school.lines(claim_id))
    school.agree(claim_id, at + timedelta(hours=2), all_but=max(known, 1))


def _stopped(school: _School, claim_id: UUID, at: datetime) -> None:
    """One says that it is not true; the office has a case."""
    later = at + timedelta(days=1)
    (line, _), *_ = school.lines(claim_id)
    words = {"wrong": "hours", "note": t("demo.claim.note")}
    answers.answer_for(
        school.session, school.desk, line_id=line.id, agrees=False, now=later, **words
    )
    school.agree(claim_id, later)


def _in_review(school: _School, claim_id: UUID, at: datetime) -> None:
    """One never answered; an officer has to decide whether to go on."""
    later = at + timedelta(days=1)
    # The first officer decides on the silence too, so that two are left to publish and approve.
    school.agree(claim_id, later, all_but=1, desk=school.first)
    questions.note_silence(school.session, SYSTEM, now=at + timedelta(days=8))
    school.review(claim_id, at + timedelta(days=9))


def _on_notice(school: _School, claim_id: UUID, at: datetime) -> None:
    """The review accepted it; it is on notice."""
    later = at + timedelta(days=2)
    school.agree(claim_id, later)
    school.review(claim_id, later)
    review.publish(school.session, school.first, claim_id=claim_id, now=later)


def _approved(school: _School, claim_id: UUID, at: datetime) -> None:
    """The second officer approved it; the money has not gone out."""
    _on_notice(school, claim_id, at)
    review.approve(school.session, school.second, claim_id=claim_id, now=at + timedelta(days=11))


def _paid(school: _School, claim_id: UUID, at: datetime) -> None:
    """Done and over."""
    _approved(school, claim_id, at)
    later = at + timedelta(days=12)
    payments.pay(
        school.session,
        school.first,
        claim_id=claim_id,
        reference=t("demo.claim.voucher"),
        now=later,
    )
    review.close(school.session, school.first, claim_id=claim_id, now=later + timedelta(days=2))


_STAGES: tuple[tuple[Stage, timedelta], ...] = (
    (_asked, timedelta(hours=3)),
    (_on_notice, timedelta(days=4)),
    (_stopped, timedelta(days=3)),
    (_paid, timedelta(days=40)),
    (_in_review, timedelta(days=10)),
    (_approved, timedelta(days=12)),
    # In the quarter before, so that its report has money in it.
    (_paid, timedelta(days=100)),
)
