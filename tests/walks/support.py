"""What the walks share: a region whose class goes the whole way from catalogue to report.

Every step is taken by the service that the pages call, at the moment when people would take it;
the walk keeps its own books (``Books``) of what it did, with which the report must agree.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ClaimLine,
    Enrolment,
    Institution,
    InstitutionListing,
    PeriodReport,
    Person,
    PersonGroup,
    TrainingClass,
    TrainingProgramme,
    TrainingSession,
)
from portal.domain.identity import IdDocument, IdType, make_demo_id
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.domain.report_period import parse_period
from portal.services import (
    accounts,
    attendance,
    checkin_codes,
    commitment,
    facts,
    facts_verdicts,
    offers,
    own_enrolments,
    results,
    room_screen,
    staff_attendance,
)
from portal.services.claims import answers, filing, opening, payments, review
from portal.services.opening import deciding, sending
from portal.services.publication import contents, life, versions
from portal.services.reports import freezing, reconcile, tables
from portal.services.times import day_of
from portal.services.unit import as_actor, load_actor, token_hash
from tests.support import acts, openings
from tests.support import factories as make
from tests.support.policy import publish_packs
from tests.support.published import rows_of

NOW = make.NOW
# Enrolment is open, the class has begun (openings.FIRST), it is over and examined.
ENROLS = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
ENDED = datetime(2026, 12, 21, 8, 0, tzinfo=UTC)
# The public notice of a claim is over, and the quarter is.
NOTICED = datetime(2026, 12, 30, 2, 0, tzinfo=UTC)
FROZEN = datetime(2027, 1, 8, 2, 0, tzinfo=UTC)
QUARTER = parse_period("2026-Q4")
MINUTE = timedelta(minutes=1)
_serial = iter(range(1_000))


@dataclass
class Books:
    """What a walk did that a report counts; money in fen, hours in 课时."""

    person_times: int = 0
    hours: int = 0
    completed: int = 0
    certificates: int = 0
    paid_fen: int = 0
    back_fen: int = 0
    people: set[UUID] = field(default_factory=set)

    def expected(self) -> dict[str, int]:
        """As the total of a report says it."""
        names = ("person_times", "hours", "completed", "certificates", "paid_fen", "back_fen")
        return {name: getattr(self, name) for name in names} | {"people": len(self.people)}


@dataclass
class Learner:
    """Somebody who registered with name and document, and is logged in."""

    actor: Actor
    login: bytes
    person_id: UUID
    enrolment_id: UUID | None = None


@dataclass
class School:
    """An institution of the catalogue: who files, who checks, who teaches."""

    institution: Institution
    manager: Actor
    colleague: Actor
    teacher: Actor

    @property
    def id(self) -> UUID:
        return self.institution.id


class Walk:
    """A region with two officers, and the books of what is done there."""

    def __init__(self, session: Session, region: str) -> None:
        self.session, self.region, self.books = session, region, Books()
        self.officer = make.make_actor(session, Role.OFFICER, region_code=region)
        self.second = make.make_actor(session, Role.OFFICER, region_code=region)
        session.commit()

    # Publication

    def publish(
        self, kind: str, *rows: dict[str, Any], doc_no: str, by: Actor | None = None
    ) -> UUID:
        """Bring a catalogue of the officer's region into force; each row changes a usual one."""
        officer = by or self.officer
        made = draft(self.session, officer.region_code or "", kind, *rows)
        assert publish_draft(self.session, officer, made, doc_no=doc_no) == "published"
        self.session.commit()
        return made

    def programme(self, code: str) -> TrainingProgramme:
        """The entry of the programme catalogue in force with a code."""
        query = select(TrainingProgramme).where(TrainingProgramme.code == code)
        return self.session.scalars(query.order_by(TrainingProgramme.id.desc())).first() or _none()

    def school(self, uscc: str) -> School:
        """An institution of the published catalogue, with its staff."""
        query = select(Institution).where(Institution.uscc == uscc)
        own = self.session.scalars(query).one()
        managers = [make.make_actor(self.session, Role.MANAGER, institution=own) for _ in range(2)]
        teacher = make.make_actor(self.session, Role.INSTRUCTOR, institution=own)
        self.session.commit()
        return School(own, managers[0], managers[1], teacher)

    # The class

    def open_class(self, at: School, code: str, *, by: Actor | None = None, **steps: Any) -> UUID:
        """The institution applies, an officer of the place approves; ``steps`` as in openings."""
        own = self.opening_school(at, code)
        exam = {"certificate_kind": own.programme.certificate_kind}
        steps["exam"] = exam | steps.get("exam", {})
        key = openings.filled(self.session, own, **steps)
        sending.submit(self.session, at.manager, opening_id=key, now=NOW)
        return self.approve(key, by=by)

    def approve(self, key: UUID, *, by: Actor | None = None) -> UUID:
        """An officer reads an application that was sent, and opens the class."""
        officer = by or self.officer
        seen = openings.seen(self.session, officer, key)
        made = deciding.approve(self.session, officer, opening_id=key, seen=seen, now=NOW)
        self.session.commit()
        return made

    def opening_school(self, at: School, code: str) -> openings.School:
        """The institution as the helpers of applications know one, for a programme in force."""
        listing = select(InstitutionListing).where(InstitutionListing.institution_id == at.id)
        return openings.School(
            at.institution,
            self.session.scalars(listing.limit(1)).one(),
            self.programme(code),
            at.manager,
            at.teacher.the_account(),
        )

    def learner(self, name: str, *, home: str = "", born: date = date(1991, 5, 6)) -> Learner:
        """Somebody registers with document and name, logs in, and says what enrolling asks for."""
        number = next(_serial)
        document = IdDocument(IdType.RESIDENT_ID, make_demo_id(born, number), born, "1")
        form = accounts.Registration(document, name, f"139{number:08d}", "Zhou-Fang-2026")
        account_id = accounts.register(self.session, ANONYMOUS, form=form, now=NOW)
        account = self.session.get_one(Account, account_id)
        token = make.log_in(self.session, account)
        self.session.commit()
        actor = load_actor(self.session, token, now=NOW)
        facts.declare_pension(self.session, actor, draws="none", now=NOW)
        if home:
            facts.declare_residence(self.session, actor, region_code=home, now=NOW)
        self.session.commit()
        return Learner(actor, token_hash(token), actor.the_person())

    def belongs(self, who: Learner, code: str) -> None:
        """Somebody of the region says that they belong to a group; the officer verifies it."""
        facts.declare_group(self.session, who.actor, code=code, now=NOW)
        told = select(PersonGroup.id).where(
            PersonGroup.person_id == who.person_id, PersonGroup.group_code == code
        )
        facts_verdicts.verify_fact(
            self.session,
            self.officer,
            check_id=self.session.scalars(told).one(),
            document_ref="示例证明1号",
            now=NOW,
        )
        self.session.commit()

    def log_in(self, who: Learner, now: datetime) -> None:
        """A login of a day, for what the person does on that day."""
        account = self.session.get_one(Account, who.actor.the_account())
        who.login = token_hash(make.log_in(self.session, account, now=now))
        self.session.commit()

    def enrol(self, class_id: UUID, who: Learner, *, now: datetime = ENROLS, **more: Any) -> str:
        """Take a seat, the commitment signed; answers what came of it."""
        self.log_in(who, now)
        view = acts.enrol(who.login, class_id, now=now, **more)
        who.enrolment_id = view.id
        self.session.expire_all()
        return view.status

    def give_up(self, who: Learner, *, now: datetime) -> None:
        """Give the seat up again."""
        as_actor(
            own_enrolments.cancel, who.actor, enrolment_id=who.enrolment_id, reason="", now=now
        )
        who.enrolment_id = None
        self.session.rollback()

    def take_offer(self, who: Learner, *, now: datetime) -> None:
        """Take the seat that came free, the commitment signed."""
        as_actor(
            offers.accept,
            who.actor,
            enrolment_id=who.enrolment_id,
            commitment_version=commitment.current().version,
            now=now,
        )
        self.session.rollback()

    def teach(self, class_id: UUID, at: School, *people: Learner) -> None:
        """Every session: the room's screen shows the code, all scan it twice, the sheet is
        confirmed by whoever taught."""
        for meeting in self.meetings(class_id):
            for who in people:
                self.log_in(who, meeting.starts_at - MINUTE)
            come, go = meeting.starts_at, meeting.ends_at
            self._scan(meeting, at, "in", come, people)
            self._scan(meeting, at, "out", go, people)
            attendance.confirm_attendance(
                self.session, at.teacher, session_id=meeting.id, now=go + 5 * MINUTE
            )
            self.session.commit()

    def meetings(self, class_id: UUID) -> list[TrainingSession]:
        """The sessions of a class in order."""
        return make.sessions_of(self.session, self.session.get_one(TrainingClass, class_id))

    def _scan(
        self,
        meeting: TrainingSession,
        at: School,
        phase: str,
        now: datetime,
        people: tuple[Learner, ...],
    ) -> None:
        staff_attendance.come(self.session, at.teacher, session_id=meeting.id, phase=phase, now=now)
        shown = room_screen.show_code(self.session, at.teacher, session_id=meeting.id, now=now)
        assert shown.token is not None
        self.session.commit()
        for who in people:
            scan = checkin_codes.open_scan(shown.token, now=now)
            spent = checkin_codes.read_ticket(scan.ticket, device=b"", now=now)
            done = checkin_codes.check_in_with_ticket(who.login, spent, now=now)
            assert (done.phase, done.punctuality) == (phase, "on_time")

    def finish(self, class_id: UUID, at: School, *people: Learner, failed: int = 0) -> None:
        """Examine everybody, the last ``failed`` without success, and close the class."""
        for number, who in enumerate(people, 1):
            assert who.enrolment_id is not None
            results.record_result(
                self.session,
                at.manager,
                enrolment_id=who.enrolment_id,
                passed=number <= len(people) - failed,
                now=ENDED,
            )
        closed = results.finish_class(self.session, at.manager, class_id=class_id, now=ENDED)
        self.session.commit()
        assert closed.finished
        self.books.person_times += len(people)
        self.books.people |= {who.person_id for who in people}
        self.books.hours += sum(row.credited_hours for row in closed.rows)
        self.books.completed += len(people) - failed
        self.books.certificates += sum(bool(row.certificate_number) for row in closed.rows)

    # Money

    def claim(self, class_id: UUID, at: School, *people: Learner, kind: str = "") -> UUID:
        """The institution claims, everybody in it says that it is true, a colleague checks."""
        made = opening.open_claim(self.session, at.manager, class_id=class_id, kind=kind, now=ENDED)
        filing.submit(self.session, at.manager, claim_id=made, now=ENDED)
        by_person = {who.person_id: who.actor for who in people}
        for line in self.lines(made):
            if line.state == "asked":
                answers.answer(
                    self.session, by_person[line.person_id], line_id=line.id, agrees=True, now=ENDED
                )
        review.check(self.session, at.colleague, claim_id=made, now=ENDED)
        self.session.commit()
        return made

    def pay(self, claim_id: UUID) -> int:
        """Review, public notice, the second officer's approval, payment; answers fen."""
        review.take_up(self.session, self.officer, claim_id=claim_id, now=ENDED)
        review.publish(self.session, self.officer, claim_id=claim_id, now=ENDED)
        review.approve(self.session, self.second, claim_id=claim_id, now=NOTICED)
        payments.pay(
            self.session, self.officer, claim_id=claim_id, reference="拨付1号", now=NOTICED
        )
        self.session.commit()
        paid = sum(line.amount_fen for line in self.lines(claim_id) if line.state == "confirmed")
        self.books.paid_fen += paid
        return paid

    def lines(self, claim_id: UUID) -> list[ClaimLine]:
        """The people of a claim, in the order in which they were put in."""
        query = select(ClaimLine).where(ClaimLine.claim_id == claim_id).order_by(ClaimLine.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    # The report

    def report(self) -> dict[str, Any]:
        """The region's quarter, frozen and countersigned, agrees with the walk's books."""
        report_id, content = self.frozen(self.region)
        freezing.countersign(self.session, self.second, report_id=report_id, now=FROZEN)
        found = reconcile.reconcile(self.session, self.officer, report_id=report_id, now=FROZEN)
        assert (found.broken, found.moved) == ((), ())
        assert content["total"] == self.books.expected()
        assert tables.unequal_sums(content) == []
        self.session.commit()
        return content

    def frozen(self, region: str) -> tuple[UUID, dict[str, Any]]:
        """The quarter of the region or a part of it, frozen; its id and what it says."""
        made = freezing.draft(
            self.session, self.officer, region_code=region, period=QUARTER, now=FROZEN
        )
        assert freezing.freeze(self.session, self.officer, report_id=made, now=FROZEN) == "frozen"
        self.session.commit()
        row = self.session.get_one(PeriodReport, made, populate_existing=True)
        content: dict[str, Any] = dict(row.content or {})
        assert row.hash == tables.hash_of(content)
        return made, content

    def known_by_name(self, *people: UUID) -> None:
        """Real-name: each is there with name and document (reference I1)."""
        for person_id in people:
            person = self.session.get_one(Person, person_id)
            assert person.name
            assert person.id_no_hash
            assert person.id_no_enc

    def enrolment(self, who: Learner) -> Enrolment:
        """The person's enrolment as it stands."""
        return self.session.get_one(Enrolment, who.enrolment_id, populate_existing=True)


@contextmanager
def walking(engine: Engine, region: str, packs: str) -> Iterator[Walk]:
    """A walk in a database of its own, with the policy packs of this pattern published."""
    with Session(engine, expire_on_commit=False) as session:
        publish_packs(session, packs)
        yield Walk(session, region)


def draft(session: Session, region: str, kind: str, *rows: dict[str, Any]) -> UUID:
    """A draft of a catalogue; each row changes a usual one, the usual one where none is given."""
    version = versions.create_draft(
        session,
        kind=kind,
        region_code=region,
        entries=[contents.entry_of(kind, rows_of(kind) | row) for row in rows or ({},)],
        doc_no="",
        source_name=f"{kind}.xlsx",
        effective_from=day_of(NOW),
    )
    return version.id


def publish_draft(session: Session, officer: Actor, version_id: UUID, *, doc_no: str) -> str:
    """The officer publishes a draft under a document, for today."""
    return life.publish_version(
        session,
        officer,
        version_id=version_id,
        doc_no=doc_no,
        effective_from=day_of(NOW),
        now=NOW,
    )


def _none() -> TrainingProgramme:
    raise AssertionError("no such programme")
