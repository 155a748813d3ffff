"""Certificates for tests: of a class that has ended, or as an authority would put on record."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, Certificate, Institution
from portal.domain.permissions import Actor, Role
from portal.services import archive_chain, issuance, issuers
from tests.support.factories import enrol, make_actor, make_class, make_institution, person_of


def issue(session: Session, holder: Actor, now: datetime) -> Certificate:
    """A certificate of the holder, for 7 of 8 hours of a class that has ended."""
    made = make_class(session, first_start=now - timedelta(days=7))
    enrolment = enrol(session, person_of(session, holder), made)
    manager = make_actor(
        session, Role.MANAGER, institution=session.get_one(Institution, made.institution_id)
    )
    return issuance.issue(session, manager, enrolment_id=enrolment.id, hours_credited=7, now=now)


def put_on_record(session: Session, holder: Actor, now: datetime, **fields: Any) -> Certificate:
    """A certificate of skill level 3 (intermediate) unless told otherwise, signed and in force."""
    person = person_of(session, holder)
    institution = fields.pop("institution", None) or make_institution(session)
    values: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "printing": 1,
        "kind": "SPECIAL",
        "region_code": "650402",
        "person_id": person.id,
        "institution_id": institution.id,
        "institution_name": institution.name,
        "institution_uscc": institution.uscc,
        "holder_name": person.name,
        "title": "电工",
        "occupation_code": "6-31-01-03",
        "occupation_name": "电工",
        "level": 3,
        "issued_on": date(2026, 11, 1),
        "status": "draft",
        "holder_salt": issuance.new_salt(),
        "created_at": now,
    }
    certificate = Certificate(**values | fields)
    key = issuers.of_institution(session, institution.id, now=now)
    officer = make_actor(session, Role.OFFICER)
    issuance.put_in_force(session, officer, certificate, key, now=now)
    return certificate


def learned(session: Session, holder: Actor, now: datetime, **fields: Any) -> ArchiveEntry:
    """A class on the holder's record, 40 hours and completed unless told otherwise."""
    values: dict[str, Any] = {
        "kind": archive_chain.CLASS,
        "ref_id": new_id(),
        "occurred_on": date(2026, 10, 20),
        "title": "焊工技能班",
        "institution_name": "高昌焊接学校",
        "hours": 40,
        "detail": {
            "subject": archive_chain.CLASS,
            "status": "completed",
            "starts_on": "2026-10-01",
            "ends_on": "2026-10-20",
            "hours_planned": 40,
            "certificate_number": None,
        },
    }
    return archive_chain.append(session, person_id=holder.the_person(), now=now, **values | fields)
