"""A class that was closed, with its certificates."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.models import Certificate, Institution, TrainingClass
from portal.domain.permissions import Actor, Role
from portal.services import certificates
from portal.services.unit import load_actor
from tests.support import factories as make


@dataclass(frozen=True)
class ClosedClass:
    made: TrainingClass
    manager: Actor
    token: str
    issued: tuple[Certificate, ...]


def closed_class(session: Session, *, people: int, now: datetime) -> ClosedClass:
    """A closed class whose ``people`` all have their certificates; not committed."""
    made = make.make_class(session, status="closed")
    institution = session.get_one(Institution, made.institution_id)
    account = make.make_account(session, Role.MANAGER, institution=institution)
    token = make.log_in(session, account)
    manager = load_actor(session, token, now=make.NOW)
    issued = []
    for number in range(people):
        person = make.make_person(
            session, name=f"学员{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{number}"
        )
        enrolment = make.enrol(session, person, made)
        issued.append(
            certificates.issue(
                session, manager, enrolment_id=enrolment.id, hours_credited=7, now=now
            )
        )
    session.flush()
    return ClosedClass(made, manager, token, tuple(issued))
