"""Turpan as a walk through the pages finds it: its pack in force today, a school, people.

The other helpers of tests live at a fixed moment; a running server has only its own clock.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.db.models import Account, Institution, PersonFact, TrainingClass
from portal.domain.permissions import Role
from portal.policies.loader import PACKS
from portal.services import publishing
from portal.services.search_index import reindex_class
from tests.support import factories as make
from tests.support.policy import plan_class

COUNTY = "650402"
# Far enough for waiting lists to be open, whatever the hour.
LEAD = timedelta(days=20)


def publish(session: Session) -> None:
    """Turpan's pack and the reference tables, as they are shipped; again changes nothing."""
    publishing.load_reference(session)
    files = [(path.name, path.read_bytes()) for path in PACKS.glob("turpan-*.toml")]
    done = publishing.publish(session, publishing.OPERATOR, files=files, now=datetime.now(UTC))
    assert not done.problems
    session.flush()


def open_class(session: Session, school: Institution, **fields: Any) -> TrainingClass:
    """A class under Turpan's plan for migrant workers that begins in three weeks, findable."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"starts": now + LEAD, "enrol_from": now - timedelta(days=1)}
    made = plan_class(session, institution=school, **values | fields)
    reindex_class(session, made.id)
    session.commit()
    return made


def resident(
    session: Session, name: str, *, age: int = 30, draws: str = "", **fields: Any
) -> Account:
    """Somebody with an account; ``draws`` is the pension that he or she says to draw. Saved."""
    today = datetime.now(UTC).date()
    born = date(today.year - age, 1, 1)
    person = make.make_person(session, name=name, birth_date=born, **fields)
    if draws:
        session.add(
            PersonFact(
                person_id=person.id,
                kind="pension",
                value={"draws": draws},
                valid_from=today - timedelta(days=300),
                status="declared",
                source="self",
                created_at=datetime.now(UTC),
            )
        )
    account = make.make_account(session, Role.TRAINEE, person=person)
    session.commit()
    return account


def member(session: Session, role: Role, name: str, **fields: Any) -> Account:
    """Somebody of an institution or the authority, with a name to be known by. Saved."""
    made = make.make_account(session, role, person=make.make_person(session, name=name), **fields)
    session.commit()
    return made
