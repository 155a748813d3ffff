"""What happens inside one portal: ``python -m tests.portals.inside`` in its environment.

A process with that portal's database, keys and address, in which things happen as if its own
staff had done them: it reads acts as lines of JSON and answers each with a line.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    Account,
    AttendanceRecord,
    Certificate,
    ExamResult,
    Institution,
    Issuer,
    Person,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.demo.files import pack_files
from portal.domain.permissions import Actor, Role
from portal.services import (
    archive_chain,
    archive_export,
    carried_hours,
    certificates,
    issuers,
    publishing,
    results,
)
from portal.tasks.registry import run_task
from tests.support import factories as make

Act = Callable[[Session, dict[str, Any], datetime], Any]
ACTS: dict[str, Act] = {}


def act(function: Act) -> Act:
    """An act by its name."""
    ACTS[function.__name__] = function
    return function


@act
def publish(session: Session, given: dict[str, Any], now: datetime) -> None:
    """The packs as they are shipped, and the national classification."""
    publishing.load_reference(session)
    report = publishing.publish(session, publishing.OPERATOR, files=pack_files(), now=now)
    assert report.ok, report.problems


@act
def trainee(session: Session, given: dict[str, Any], now: datetime) -> str:
    """A login token of the person with a document number, who is made at the first time."""
    return make.log_in(session, _account(session, given), now=now)


@act
def officer(session: Session, given: dict[str, Any], now: datetime) -> str:
    """A login token of an officer of the country."""
    account = make.make_account(session, Role.OFFICER, region_code="000000")
    return make.log_in(session, account, now=now)


@act
def study(session: Session, given: dict[str, Any], now: datetime) -> dict[str, str]:
    """A class of 20 课时 that ended ``days_ago``, of which the person had ``hours``."""
    person_id = _account(session, given).person_id
    made = make.make_class(
        session,
        first_start=now - timedelta(days=given["days_ago"] + 5),
        sessions=5,
        status="running",
        enrol_from=now - timedelta(days=400),
    )
    enrolment = make.enrol(session, session.get_one(Person, person_id), made)
    for index, meeting in enumerate(make.sessions_of(session, made)):
        got = max(0, min(4, given["hours"] - 4 * index))
        meeting.confirmed_at = now
        values = {"session_id": meeting.id, "enrolment_id": enrolment.id, "person_id": person_id}
        session.add(
            AttendanceRecord(
                **values,
                state="present" if got else "absent",
                credited_minutes=got * 45,
                credited_hours=got,
                updated_at=now,
                updated_by=new_id(),
            )
        )
    session.add(
        ExamResult(
            enrolment_id=enrolment.id, passed=True, examiner_account_id=new_id(), recorded_at=now
        )
    )
    session.flush()
    return {"class_id": str(made.id), "enrolment_id": str(enrolment.id)}


@act
def finish(session: Session, given: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """Close the class; what certificates came of it."""
    class_id = UUID(given["class_id"])
    results.finish_class(session, _manager(session, class_id), class_id=class_id, now=now)
    rows = session.scalars(
        select(Certificate).where(Certificate.enrolment_id == UUID(given["enrolment_id"]))
    )
    return [
        {"number": row.number, "hours": row.hours_credited, "remark": row.remark} for row in rows
    ]


@act
def brought(session: Session, given: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """What the manager of a class sees of trainings from elsewhere."""
    class_id = UUID(given["class_id"])
    found = carried_hours.of_class(session, _manager(session, class_id), class_id=class_id, now=now)
    return [
        {"entry_id": str(one.entry_id), "hours": one.hours, "most": one.most, "why": one.why}
        for one in found.lines
    ]


@act
def count(session: Session, given: dict[str, Any], now: datetime) -> None:
    """The manager counts hours of one of them."""
    carried_hours.accept(
        session,
        _manager(session, UUID(given["class_id"])),
        enrolment_id=UUID(given["enrolment_id"]),
        entry_id=UUID(given["entry_id"]),
        hours=given["hours"],
        now=now,
    )


@act
def revoke(session: Session, given: dict[str, Any], now: datetime) -> None:
    """The authority revokes a certificate."""
    who = make.make_actor(session, Role.OFFICER, region_code="000000")
    certificates.revoke(session, who, number=given["number"], reason="发证有误", now=now)


@act
def rotate(session: Session, given: dict[str, Any], now: datetime) -> None:
    """The portal gets a new key of its own."""
    issuer = session.scalars(select(Issuer).where(Issuer.kind == "portal")).one()
    who = make.make_actor(session, Role.OFFICER, region_code="000000")
    issuers.rotate(session, who, issuer_id=issuer.id, reason="定期更换", compromised=False, now=now)


@act
def export(session: Session, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The person's archive file, without a door."""
    account = _account(session, given)
    who = Actor(Role.TRAINEE, account_id=account.id, person_id=account.person_id)
    return archive_export.export(session, who, now=now)


@act
def archive(session: Session, given: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The lines in force of the person's archive."""
    person_id = _account(session, given).person_id
    assert archive_chain.verify_chain(session, person_id) is None
    return [
        {"kind": one.kind, "source": one.source_system, "hours": one.hours, **one.detail}
        for one in archive_chain.in_force(archive_chain.entries_of(session, person_id))
    ]


def _account(session: Session, given: dict[str, Any]) -> Account:
    vault, number = get_vault(), given["id_no"]
    found = vault.lookup_hash("id_no", f"resident_id:{number}")
    person = session.scalar(select(Person).where(Person.id_no_hash == found))
    if person is None:
        sealed = vault.seal("id_no", number)
        person = make.make_person(session, id_no_hash=found, id_no_enc=sealed)
        return make.make_account(session, person=person)
    return session.scalars(select(Account).where(Account.person_id == person.id)).one()


def _manager(session: Session, class_id: UUID) -> Actor:
    made = session.get_one(TrainingClass, class_id)
    school = session.get_one(Institution, made.institution_id)
    return make.make_actor(session, Role.MANAGER, institution=school)


def run(name: str, given: dict[str, Any]) -> Any:
    """One act, in a transaction of its own."""
    now = datetime.now(UTC)
    if name == "refresh":
        return run_task("refresh_portals", {}, now=now)
    return in_transaction(lambda session: ACTS[name](session, given, now))


def main() -> None:
    """Do what each line asks for; answer with a line."""
    for line in sys.stdin:
        name, given = json.loads(line)
        sys.stdout.write(json.dumps(run(name, given)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
