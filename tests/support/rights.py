"""What tests of the owner's rights share: an archive with a line, and those who recorded it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, ClaimLine, Enrolment, SubsidyClaim, TrainingClass
from portal.domain.permissions import Actor, Role
from portal.services import archive_chain
from tests.support import factories as make


def add_line(session: Session, person_id: UUID, now: datetime, **fields: Any) -> ArchiveEntry:
    """A line about a class that was completed."""
    detail = {
        "subject": fields.get("kind", "class"),
        "status": "completed",
        "starts_on": "2026-11-01",
        "ends_on": "2026-11-20",
        "hours_planned": 40,
        "certificate_number": None,
    }
    values: dict[str, Any] = {
        "kind": "class",
        "ref_id": new_id(),
        "occurred_on": date(2026, 11, 20),
        "title": "电工(五级)技能提升班",
        "institution_name": "示例职业培训学校",
        "hours": 32,
        "detail": detail | fields.pop("detail", {}),
    }
    return archive_chain.append(session, person_id=person_id, now=now, **values | fields)


def learned(session: Session, me: Actor, now: datetime) -> tuple[ArchiveEntry, TrainingClass]:
    """A class that the person completed, and its line."""
    made = make.make_class(session)
    enrolment = make.enrol(session, make.person_of(session, me), made)
    enrolment.status, enrolment.ended_at = "completed", now
    session.flush()
    entry = add_line(session, me.the_person(), now, ref_id=enrolment.id, title=made.title)
    return entry, made


def manager_of(session: Session, made: TrainingClass) -> Actor:
    """A manager of the class's institution."""
    return make.make_actor(session, Role.MANAGER, institution=_institution(session, made))


def _institution(session: Session, made: TrainingClass) -> Any:
    from portal.db.models import Institution

    return session.get_one(Institution, made.institution_id)


def claimed(session: Session, enrolment_id: UUID, now: datetime, **fields: Any) -> ClaimLine:
    """A claim of the class's institution with one line."""
    enrolment = session.get_one(Enrolment, enrolment_id)
    made = session.get_one(TrainingClass, enrolment.class_id)
    values: dict[str, Any] = {
        "claim_no": f"T{new_id().hex[-12:]}",
        "class_id": made.id,
        "region_code": made.region_code,
        "kind": "training",
        "payee_type": "institution",
        "payee_institution_id": made.institution_id,
        "fund": "skill",
        "state": "submitted",
        "amount_fen": 80000,
        "due_on": date(2026, 12, 31),
        "created_at": now,
        "updated_at": now,
    }
    line = {"state": fields.pop("line_state", "confirmed")}
    if fields.get("payee_type") == "person":
        fields |= {"payee_institution_id": None, "payee_person_id": enrolment.person_id}
    claim = SubsidyClaim(**values | fields)
    session.add(claim)
    session.flush()
    row = ClaimLine(
        claim_id=claim.id,
        enrolment_id=enrolment_id,
        person_id=enrolment.person_id,
        exclusive_group="training",
        hours=32,
        days=4,
        months=1,
        amount_fen=80000,
        **line,
    )
    session.add(row)
    session.flush()
    return row
