"""Classes that ended in the third quarter of 2026, officers of Turpan, and a report's acts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AttendanceRecord,
    Certificate,
    ClaimLine,
    Disbursement,
    Enrolment,
    PeriodReport,
    Person,
    SubsidyClaim,
    TrainingClass,
)
from portal.domain.permissions import Actor, Role
from portal.domain.report_period import parse_period
from portal.services.reports import freezing
from tests.support import factories as make

FROZEN = datetime(2026, 10, 8, 2, 0, tzinfo=make.NOW.tzinfo)
Q3, Q4 = parse_period("2026-Q3"), parse_period("2026-Q4")
# After the fourth quarter.
LATER = datetime(2027, 1, 8, 2, 0, tzinfo=make.NOW.tzinfo)


@dataclass
class Town:
    """Two officers and an auditor of Turpan; what is put in is there at once."""

    session: Session
    officer: Actor
    second: Actor
    auditor: Actor
    classes: list[TrainingClass] = field(default_factory=list)

    def taught(self, ends: date = date(2026, 8, 20), **fields: Any) -> TrainingClass:
        """A class that ended on a day."""
        start = datetime(ends.year, ends.month, ends.day, 1, 30, tzinfo=make.NOW.tzinfo)
        made = make.make_class(
            self.session, first_start=start, sessions=1, status="closed", **fields
        )
        self.classes.append(made)
        return made

    def learner(
        self, made: TrainingClass, *, hours: int = 4, passed: bool = True, person: Any = None
    ) -> Enrolment:
        """Somebody who was there and, having passed, has the certificate."""
        who: Person = person or make.make_person(self.session)
        made.capacity = max(made.capacity, made.seats_taken + 1)
        enrolment = make.enrol(self.session, who, made)
        enrolment.status, enrolment.ended_at = ("completed" if passed else "failed"), FROZEN
        enrolment.created_at = FROZEN - timedelta(days=200)
        (meeting,) = make.sessions_of(self.session, made)
        self.session.add(
            AttendanceRecord(
                session_id=meeting.id, enrolment_id=enrolment.id, person_id=who.id,
                state="present", credited_minutes=hours * 45, credited_hours=hours,
                updated_at=FROZEN, updated_by=self.officer.the_account(),
            )
        )  # fmt: skip
        if passed:
            self.session.add(self._certificate(made, who, enrolment))
        self.session.flush()
        return enrolment

    def pay(
        self,
        made: TrainingClass,
        people: list[UUID],
        fen: int,
        *,
        at: datetime = datetime(2026, 9, 1, 2, 0, tzinfo=make.NOW.tzinfo),
        fund: str = "就业补助资金",
    ) -> SubsidyClaim:
        """A claim for people of a class that was paid at a moment."""
        claim = SubsidyClaim(
            claim_no=f"R{new_id().hex[-12:]}", class_id=made.id, region_code=made.region_code,
            kind="vocational_subsidy", payee_type="institution",
            payee_institution_id=made.institution_id, fund=fund, state="paid", amount_fen=fen,
            due_on=at.date(), created_at=at, updated_at=at,
        )  # fmt: skip
        self.session.add(claim)
        self.session.flush()
        for number, enrolment_id in enumerate(people):
            enrolment = self.session.get_one(Enrolment, enrolment_id)
            share = fen // len(people) + (fen % len(people) if number == 0 else 0)
            self.session.add(
                ClaimLine(
                    claim_id=claim.id, enrolment_id=enrolment_id, person_id=enrolment.person_id,
                    exclusive_group=new_id().hex, hours=4, days=1, months=0, amount_fen=share,
                    state="confirmed",
                )
            )  # fmt: skip
        self.move(claim, "balance", fen, at=at, fund=fund)
        return claim

    def move(
        self, claim: SubsidyClaim, kind: str, fen: int, *, at: datetime, fund: str = "就业补助资金"
    ) -> None:
        """Money that moved."""
        self.session.add(
            Disbursement(
                claim_id=claim.id, kind=kind, amount_fen=fen, fund=fund, reference="1号",
                by_account_id=self.officer.the_account(), at=at,
            )
        )  # fmt: skip
        self.session.flush()

    def draft(self, period: Any = Q3, *, now: datetime = FROZEN, **more: Any) -> UUID:
        """A draft of the first officer."""
        region = more.pop("region_code", "650400")
        return freezing.draft(
            self.session, self.officer, region_code=region, period=period, now=now, **more
        )

    def frozen(self, period: Any = Q3, *, now: datetime = FROZEN, **more: Any) -> PeriodReport:
        """A frozen report of the first officer."""
        made = self.draft(period, now=now, **more)
        freezing.freeze(self.session, self.officer, report_id=made, now=now)
        return self.session.get_one(PeriodReport, made, populate_existing=True)

    def _certificate(self, made: TrainingClass, who: Person, enrolment: Enrolment) -> Certificate:
        return Certificate(
            number=f"PX{new_id().hex[-14:]}", kind="TRAINING", person_id=who.id,
            enrolment_id=enrolment.id, institution_id=made.institution_id, institution_name="示例",
            institution_uscc="1", holder_name=who.name, title=made.title, hours_planned=4,
            hours_credited=4, starts_on=made.starts_on, ends_on=made.ends_on,
            issued_on=made.ends_on + timedelta(days=1), status="issued", holder_salt=b"0",
            signature="", created_at=FROZEN, region_code=made.region_code,
        )  # fmt: skip


def town_in(session: Session) -> Town:
    """Turpan with its officers."""
    officer, second = (
        make.make_actor(session, Role.OFFICER, region_code="650400") for _ in range(2)
    )
    auditor = make.make_actor(session, Role.AUDITOR, region_code="650400")
    return Town(session, officer, second, auditor)


@pytest.fixture
def town(session: Session) -> Town:
    """Turpan, in a transaction that is rolled back."""
    return town_in(session)


@pytest.fixture
def saved_town(engine: Engine) -> Iterator[Town]:
    """Turpan, saved: races need to see it."""
    with Session(engine, expire_on_commit=False) as session:
        made = town_in(session)
        session.commit()
        yield made
        session.rollback()
