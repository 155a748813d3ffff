"""The demo shows people without a phone: brought by a helper, or with a card."""

from datetime import timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    Enrolment,
    Mandate,
    PersonalSheet,
    TrainingClass,
    TrainingSession,
)
from portal.demo import seeds
from portal.domain.checkin_code import Phase, ReadCode, ScanTicket, step_of
from portal.domain.permissions import Actor, Role
from portal.services import helper_checkin
from tests.support.demo import NOW, load


def places(session: Session) -> list[Enrolment]:
    """The seats of those who gave a mandate in the class that meets now."""
    query = (
        select(Enrolment)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            TrainingClass.class_no.startswith(seeds.NOW),
            Enrolment.person_id.in_(select(Mandate.person_id)),
        )
    )
    return list(session.scalars(query))


def test_the_helper_finds_people_in_the_class_that_meets_now(engine: Engine) -> None:
    for minutes in (0, 5):  # loading again changes nothing
        later = NOW + timedelta(minutes=minutes)
        load(later)
    with Session(engine) as session:
        found = places(session)
        assert len(found) == 2
        assert sum(session.get(PersonalSheet, one.id) is not None for one in found) == 1
        meeting = session.scalars(
            select(TrainingSession).where(TrainingSession.class_id == found[0].class_id)
        ).one()
        account = session.scalars(select(Account).where(Account.role == Role.HELPER.value)).one()
        helper = Actor(Role.HELPER, account_id=account.id, person_id=account.person_id)
        scan = ScanTicket(ReadCode(meeting.id, Phase.IN, step_of(NOW)), NOW)
        room = helper_checkin.people_here(session, helper, scan=scan, now=NOW)
        assert [one.covered for one in room.people] == [True, True]
