"""Histories of classes for tests of the tallies: random acts, row by row."""

import random
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceRecord,
    Certificate,
    ClassChange,
    Disbursement,
    Enrolment,
    Person,
    PersonFact,
    SubsidyClaim,
    TrainingClass,
    TrainingProgramme,
    TrainingSession,
)
from portal.domain.permissions import SYSTEM
from portal.services.oversight.refreshing import refresh
from tests.support import factories as make
from tests.support.factories import NOW

REGIONS = ("650402", "650421", "653201", "370203", "659001", "650400")
FUNDS = ("employment_subsidy", "unemployment_insurance")
STATES = ("accepted", "active", "completed", "failed", "withdrawn", "removed")


def settle(session: Session) -> None:
    """Refresh until nothing waits."""
    session.flush()
    while session.scalar(select(func.count()).select_from(ClassChange)):
        refresh(session, SYSTEM, now=NOW)


def paper(session: Session, place: Enrolment, **fields: Any) -> Certificate:
    """A certificate of an enrolment, issued."""
    made = session.get_one(TrainingClass, place.class_id)
    values: dict[str, Any] = {
        "number": f"PX{new_id().int % 10**18:018d}",
        "kind": "TRAINING",
        "person_id": place.person_id,
        "enrolment_id": place.id,
        "institution_id": made.institution_id,
        "institution_name": "示例",
        "institution_uscc": "示例",
        "region_code": made.region_code,
        "holder_name": "王小强",
        "title": made.title,
        "level": made.level,
        "issued_on": NOW.date(),
        "status": "issued",
        "holder_salt": b"0",
        "signature": "0",
        "created_at": NOW,
    }
    row = Certificate(**values | fields)
    session.add(row)
    session.flush()
    return row


def claim(session: Session, made: TrainingClass, **fields: Any) -> SubsidyClaim:
    """A claim that the institution has filed."""
    values: dict[str, Any] = {
        "claim_no": new_id().hex,
        "class_id": made.id,
        "region_code": made.region_code,
        "kind": "vocational_subsidy",
        "payee_type": "institution",
        "payee_institution_id": made.institution_id,
        "fund": FUNDS[0],
        "state": "submitted",
        "amount_fen": 120_000,
        "filed_at": NOW,
        "due_on": NOW.date(),
        "created_at": NOW,
        "updated_at": NOW,
    }
    row = SubsidyClaim(**values | fields)
    session.add(row)
    session.flush()
    return row


def money(session: Session, of: SubsidyClaim, amount: int, *, kind: str = "recovery") -> None:
    """Money that moved under a claim."""
    session.add(
        Disbursement(
            claim_id=of.id,
            kind=kind,
            amount_fen=amount,
            fund=of.fund,
            reference="示例",
            by_account_id=new_id(),
            at=NOW,
        )
    )
    session.flush()


def hired(session: Session, person: Person, day: date) -> PersonFact:
    """The person says that they work somewhere since a day."""
    row = PersonFact(
        person_id=person.id,
        kind="employment",
        value={"hired_on": day.isoformat()},
        valid_from=day,
        status="declared",
        source="self",
        created_at=NOW,
    )
    session.add(row)
    session.flush()
    return row


class History:
    """A small town and what happens in it, one random act after the other."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.rng = session, random.Random(seed)
        self.classes = [self._class() for _ in range(4)]
        self.people = [make.make_person(session) for _ in range(6)]
        self.places: list[Enrolment] = []
        self.papers: list[Certificate] = []
        self.claims: list[SubsidyClaim] = []

    def _class(self) -> TrainingClass:
        start = NOW + timedelta(days=self.rng.randint(-400, 60))
        made = make.make_class(
            self.session, first_start=start, region_code=self.rng.choice(REGIONS)
        )
        # One class in time for everybody: clashes are another test's matter.
        made.meets = []
        self.session.flush()
        return made

    def act(self) -> str:
        """Do one thing; answers its name."""
        names = [name for name in dir(self) if name.startswith("do_")]
        name = self.rng.choice(names)
        getattr(self, name)()
        self.session.flush()
        return name

    def do_open(self) -> None:
        self.classes.append(self._class())

    def do_enrol(self) -> None:
        person, made = self.rng.choice(self.people), self.rng.choice(self.classes)
        known = {(one.person_id, one.class_id) for one in self.places}
        if (person.id, made.id) not in known and made.seats_taken < made.capacity:
            self.places.append(make.enrol(self.session, person, made))

    do_enrol_more = do_enrol

    def do_end_place(self) -> None:
        if self.places:
            self.rng.choice(self.places).status = self.rng.choice(STATES)

    def do_certificate(self) -> None:
        held = {one.enrolment_id for one in self.papers}
        free = [one for one in self.places if one.id not in held]
        if free:
            day = NOW.date() + timedelta(days=self.rng.randint(-200, 0))
            self.papers.append(paper(self.session, self.rng.choice(free), issued_on=day))

    def do_revoke(self) -> None:
        if self.papers:
            one = self.rng.choice(self.papers)
            one.status, one.revoked_at = "revoked", NOW

    def do_merge(self) -> None:
        kept, other = self.rng.sample(self.people, 2)
        into = self.session.scalar(select(Person.id).where(Person.merged_into == other.id).limit(1))
        if kept.merged_into is None and other.merged_into is None and into is None:
            other.merged_into = kept.id

    def do_undo(self) -> None:
        self.rng.choice(self.people).merged_into = None

    def do_move_class(self) -> None:
        self.rng.choice(self.classes).region_code = self.rng.choice(REGIONS)

    def do_put_off(self) -> None:
        made = self.rng.choice(self.classes)
        shift = timedelta(days=self.rng.randint(1, 120))
        made.starts_on, made.ends_on = made.starts_on + shift, made.ends_on + shift

    def do_class_status(self) -> None:
        states = ("enrolling", "running", "finished", "closed", "cancelled")
        self.rng.choice(self.classes).status = self.rng.choice(states)

    def do_plan(self) -> None:
        one, other = (self.rng.choice(self.classes) for _ in range(2))
        to = self.session.get_one(TrainingProgramme, other.programme_id).plan_id
        self.session.get_one(TrainingProgramme, one.programme_id).plan_id = to

    def do_claim(self) -> None:
        day = NOW - timedelta(days=self.rng.randint(0, 300))
        fund, made = self.rng.choice(FUNDS), self.rng.choice(self.classes)
        self.claims.append(claim(self.session, made, fund=fund, filed_at=day))

    def do_decide_claim(self) -> None:
        if self.claims:
            self.rng.choice(self.claims).state = self.rng.choice(("rejected", "approved"))

    def do_pay(self) -> None:
        if self.claims:
            money(self.session, self.rng.choice(self.claims), self.rng.randint(1, 9_000))

    def do_confirm(self) -> None:
        if not self.places:
            return
        place = self.rng.choice(self.places)
        query = select(TrainingSession).where(TrainingSession.class_id == place.class_id)
        meeting = self.rng.choice(self.session.scalars(query).all())
        meeting.confirmed_at = NOW
        known = select(AttendanceRecord).where(
            AttendanceRecord.session_id == meeting.id, AttendanceRecord.enrolment_id == place.id
        )
        row = self.session.scalar(known)
        if row is None:
            row = AttendanceRecord(
                session_id=meeting.id,
                enrolment_id=place.id,
                person_id=place.person_id,
                state="present",
                credited_minutes=0,
                updated_at=NOW,
                updated_by=new_id(),
            )
            self.session.add(row)
        row.credited_hours = self.rng.randint(0, 4)

    def do_job(self) -> None:
        person = self.rng.choice(self.people)
        known = select(PersonFact).where(PersonFact.person_id == person.id)
        if fact := self.session.scalar(known):
            fact.status = "refused"
            fact.valid_to = fact.valid_from
        else:
            hired(self.session, person, NOW.date() + timedelta(days=self.rng.randint(-300, 90)))
