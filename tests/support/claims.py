"""A class that was taught and closed, with people in it, amounts that are published, and acts.

Turpan's pack must be published (``tests.support.policy.publish_packs``).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Account,
    AttendanceRecord,
    CatalogVersion,
    Certificate,
    ClaimLine,
    Employer,
    Enrolment,
    ExamResult,
    Person,
    SubsidyClaim,
    SubsidyReservation,
    SubsidyStandard,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.domain.permissions import Actor, Role
from portal.services.claims import answers, filing, opening, payments, review
from tests.support import factories as make
from tests.support.policy import plan_class, set_fact, set_group

NOW = make.NOW
STARTED = datetime(2026, 10, 12, 1, 30, tzinfo=NOW.tzinfo)
_phones = iter(range(100_000_000))


@dataclass
class School:
    """An institution with two managers, an instructor who confirmed, and two officers."""

    institution: Any
    manager: Actor
    colleague: Actor
    instructor: Actor
    officer: Actor
    second: Actor


@dataclass
class Taught:
    """A class, and its people in the order in which they were added."""

    school: School
    made: TrainingClass
    people: list[Person] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    enrolments: list[Enrolment] = field(default_factory=list)


def school(session: Session) -> School:
    """Everybody who has to do with a class's money, saved."""
    own = make.make_institution(session)
    make.list_institution(session, own)
    managers = [make.make_actor(session, Role.MANAGER, institution=own) for _ in range(2)]
    officers = [make.make_actor(session, Role.OFFICER, region_code="650402") for _ in range(2)]
    teacher = make.make_actor(session, Role.INSTRUCTOR, institution=own)
    made = School(own, managers[0], managers[1], teacher, officers[0], officers[1])
    session.commit()
    return made


def standard(session: Session, amount_fen: int, **fields: Any) -> SubsidyStandard:
    """A published amount: 职业培训补贴 a person in Turpan unless told otherwise, saved."""
    version = CatalogVersion(
        kind="subsidy_standard",
        region_code="650400",
        version_no=int(new_id().int % 1_000_000_000),
        status="superseded",
        doc_no="示例",
        source_name="test",
        content_hash="0",
        row_count=1,
        effective_from=date(2026, 1, 1),
        published_at=NOW,
    )
    session.add(version)
    session.flush()
    values: dict[str, Any] = {
        "region_code": "650400",
        "training_type": "JOB_SKILL",
        "kind": "vocational_subsidy",
        "unit": "person",
        "fund": "就业补助资金",
        "note": "",
    }
    row = SubsidyStandard(catalog_version_id=version.id, amount_fen=amount_fen, **values | fields)
    session.add(row)
    session.commit()
    return row


def taught(
    session: Session, at: School, *, people: int = 2, status: str = "closed", **fields: Any
) -> Taught:
    """A class of 40 课时 from 12 October that everybody finished with a certificate, saved."""
    fee = fields.pop("fee_fen", 0)
    values: dict[str, Any] = {"starts": STARTED, "hours": 40, "status": status}
    values |= {"ends_on": date(2026, 10, 30)}
    made = plan_class(session, institution=at.institution, **values | fields)
    if fee:
        programme = _programme(session, made)
        programme.fee_fen = fee
    (meeting,) = make.sessions_of(session, made)
    if status == "closed":
        meeting.confirmed_at, meeting.confirmed_by = NOW, at.instructor.account_id
    of = Taught(at, made)
    for _ in range(people):
        add_learner(session, of)
    session.commit()
    return of


def _programme(session: Session, made: TrainingClass) -> Any:
    from portal.db.models import TrainingProgramme

    return session.get_one(TrainingProgramme, made.programme_id)


def add_learner(
    session: Session,
    of: Taught,
    *,
    passed: bool = True,
    hours: int = 40,
    group: str = "",
    reserved: bool = True,
    employer: Account | None = None,
    **fields: Any,
) -> Person:
    """One more person in the class; with ``passed`` he or she has the certificate. Saved."""
    vault = get_vault()
    phone = f"139{next(_phones):08d}"
    person = make.make_person(session, phone_enc=vault.seal("phone", phone), **fields)
    account = make.make_account(session, Role.TRAINEE, person=person)
    enrolment = make.enrol(session, person, of.made)
    is_over = of.made.status == "closed"
    if employer is not None:
        enrolment.acting_account_id = employer.id
    if is_over:
        finish(session, of, person, enrolment, passed=passed, hours=hours)
    if reserved:
        _reserve(session, of.made, person, enrolment, used=is_over)
    if group:
        set_group(session, person.id, group)
    of.people.append(person)
    of.enrolments.append(enrolment)
    of.actors.append(Actor(Role.TRAINEE, account_id=account.id, person_id=person.id))
    session.commit()
    return person


def finish(
    session: Session,
    of: Taught,
    person: Person,
    enrolment: Enrolment,
    *,
    passed: bool = True,
    hours: int = 40,
) -> None:
    """The person was there, sat the exam and, having passed, has the certificate."""
    (meeting,) = make.sessions_of(session, of.made)
    enrolment.status, enrolment.ended_at = "completed" if passed else "failed", NOW
    by = of.school.instructor.the_account()
    session.add(
        AttendanceRecord(
            session_id=meeting.id, enrolment_id=enrolment.id, person_id=person.id, state="present",
            credited_minutes=hours * 45, credited_hours=hours, updated_at=NOW, updated_by=by,
        )
    )  # fmt: skip
    session.add(
        ExamResult(
            enrolment_id=enrolment.id, passed=passed, examiner_account_id=by, recorded_at=NOW
        )
    )
    if passed:
        session.add(certificate(of, person, enrolment))


def certificate(of: Taught, person: Person, enrolment: Enrolment) -> Certificate:
    """A certificate of the class (not yet added to the database session)."""
    own = of.school.institution
    return Certificate(
        number=f"PX{new_id().hex[-12:]}", kind="TRAINING", person_id=person.id,
        enrolment_id=enrolment.id, institution_id=own.id, institution_name=own.name,
        institution_uscc=own.uscc, holder_name=person.name, title=of.made.title,
        occupation_code=of.made.occupation_code, level=of.made.level, hours_planned=40,
        hours_credited=40, starts_on=of.made.starts_on, ends_on=of.made.ends_on,
        issued_on=of.made.ends_on, status="issued", holder_salt=b"0", signature="", created_at=NOW,
        region_code=of.made.region_code,
    )  # fmt: skip


def _reserve(
    session: Session, made: TrainingClass, person: Person, enrolment: Enrolment, *, used: bool
) -> None:
    session.add(
        SubsidyReservation(
            person_id=person.id, enrolment_id=enrolment.id,
            state="consumed" if used else "held", year=made.starts_on.year, bucket="vocational",
            bucket_no=1, total_no=1, title=made.title, created_at=NOW,
        )
    )  # fmt: skip


def employer(session: Session, **fields: Any) -> tuple[Employer, Actor, Account]:
    """An employer, who acts for it, and the account that sends people. Saved."""
    made = make.make_employer(session, **fields)
    account = make.make_account(session, Role.EMPLOYER, employer=made)
    session.commit()
    actor = Actor(
        Role.EMPLOYER, account_id=account.id, person_id=account.person_id, employer_id=made.id
    )
    return made, actor, account


def claim_of(session: Session, claim_id: UUID) -> SubsidyClaim:
    """The claim as it stands."""
    return session.get_one(SubsidyClaim, claim_id, populate_existing=True)


def lines_of(session: Session, claim_id: UUID) -> list[ClaimLine]:
    """Its lines, in the order in which they were made."""
    query = select(ClaimLine).where(ClaimLine.claim_id == claim_id).order_by(ClaimLine.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def line_of(session: Session, claim_id: UUID, person: Person) -> ClaimLine:
    """The live line of a person in a claim."""
    return next(
        line
        for line in lines_of(session, claim_id)
        if line.person_id == person.id and line.state != "dropped"
    )


def filed(session: Session, of: Taught, *, now: datetime = NOW, **more: Any) -> UUID:
    """A claim of the institution for the class, filed."""
    claim_id = opening.open_claim(session, of.school.manager, class_id=of.made.id, now=now, **more)
    filing.submit(session, of.school.manager, claim_id=claim_id, now=now)
    return claim_id


def all_agree(session: Session, of: Taught, claim_id: UUID, *, now: datetime = NOW) -> None:
    """Everybody who is asked says yes."""
    by_person = {actor.person_id: actor for actor in of.actors}
    for line in lines_of(session, claim_id):
        if line.state == "asked":
            answers.answer(
                session, by_person[line.person_id], line_id=line.id, agrees=True, now=now
            )


def reviewed(session: Session, of: Taught, claim_id: UUID, *, now: datetime = NOW) -> None:
    """Checked by the institution and taken up by the office."""
    if claim_of(session, claim_id).state == "submitted":
        review.check(session, of.school.instructor, claim_id=claim_id, now=now)
    review.take_up(session, of.school.officer, claim_id=claim_id, now=now)


def approved(session: Session, of: Taught, claim_id: UUID, *, now: datetime = NOW) -> datetime:
    """From county review to approval; answers the moment of it."""
    review.publish(session, of.school.officer, claim_id=claim_id, now=now)
    later = now + timedelta(days=8)
    review.approve(session, of.school.second, claim_id=claim_id, now=later)
    return later


def paid(session: Session, of: Taught, claim_id: UUID, *, now: datetime = NOW) -> datetime:
    """The whole way from a claim in which everybody agreed to the money; answers when."""
    reviewed(session, of, claim_id, now=now)
    later = approved(session, of, claim_id, now=now)
    payments.pay(session, of.school.officer, claim_id=claim_id, reference="拨付1号", now=later)
    return later


def set_pension(session: Session, person: Person, draws: str) -> None:
    """What somebody says to draw every month, saved."""
    set_fact(session, person.id, "pension", draws=draws)
