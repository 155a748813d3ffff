"""Applications to open a class, for tests: a school with all that it takes, and a filled form."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    CatalogVersion,
    ClassOpening,
    Institution,
    InstitutionListing,
    TrainingPlan,
    TrainingProgramme,
)
from portal.domain.permissions import Actor, Role
from portal.services.opening import checks, drafting, rows, sending, views
from portal.services.opening.check import Check
from portal.services.opening.content import Pattern, Span, read
from tests.support import factories as make
from tests.support.factories import NOW

SPANS = (Span(starts=time(9, 30), ends=time(13, 30)), Span(starts=time(16, 30), ends=time(20)))
# A Monday, two weeks ahead, no holiday near.
FIRST = date(2026, 12, 14)


@dataclass(frozen=True)
class School:
    """A listed institution with a manager, a teacher, and a programme in force."""

    institution: Institution
    listing: InstitutionListing
    programme: TrainingProgramme
    manager: Actor
    teacher: UUID


def in_force(session: Session, region: str = "650400") -> CatalogVersion:
    """The programme catalogue in force, made when there is none."""
    query = select(CatalogVersion).where(
        CatalogVersion.kind == "programme",
        CatalogVersion.region_code == region,
        CatalogVersion.status == "published",
    )
    found = session.scalars(query).one_or_none()
    return found or make.make_catalog(session, "programme", status="published", region_code=region)


def school(session: Session, *, min_hours: int | None = None, **fields: Any) -> School:
    """A new school; ``fields`` are the programme's."""
    institution = make.make_institution(session)
    listing = make.list_institution(session, institution)
    fields = {"catalog_version_id": in_force(session).id} | fields
    programme = make.make_programme(session, **fields)
    session.get_one(TrainingPlan, programme.plan_id).min_hours = min_hours
    teacher = make.make_account(session, Role.INSTRUCTOR, institution=institution)
    manager = make.make_actor(session, Role.MANAGER, institution=institution)
    session.flush()
    return School(institution, listing, programme, manager, teacher.id)


def week(**fields: Any) -> Pattern:
    """Monday to Friday, eight 课时 a day."""
    values: dict[str, Any] = {
        "first_day": FIRST,
        "weekdays": (0, 1, 2, 3, 4),
        "spans": SPANS,
        "hours_per_day": 8,
    }
    return Pattern(**values | fields)


WHERE: dict[str, Any] = {
    "site": "实训楼",
    "room": "2号实训室",
    "address": "高昌区示范路1号",
    "capacity": 30,
    "resources": ("textbook", "equipment"),
    "resource_note": "《电工》教材 30 本，实训台 15 张",
    "safety_note": "实训前讲安全规程，穿绝缘鞋",
}
EXAM: dict[str, Any] = {
    "on": date(2026, 12, 21),
    "form": "both",
    "place": "2号实训室",
    "certificate_kind": "TRAINING",
}
PEOPLE: dict[str, Any] = {
    "mode": "open",
    "enrol_from": date(2026, 12, 2),
    "enrol_until": date(2026, 12, 12),
}


def filled(session: Session, at: School, **steps: Any) -> UUID:
    """A draft in which every step is filled in; ``steps`` change fields of where, exam, people,
    and of the week (``when``)."""
    by, programme = at.manager, at.programme.id
    key = drafting.start(session, by, programme_id=programme, now=NOW)
    pattern = week(**steps.get("when", {}))
    drafting.save_week(session, by, opening_id=key, pattern=pattern, now=NOW)
    drafting.save_who(session, by, opening_id=key, instructor_id=at.teacher, now=NOW)
    for step, usual in (("where", WHERE), ("exam", EXAM), ("people", PEOPLE)):
        put(session, at, key, step, **usual | steps.get(step, {}))
    return key


def put(session: Session, at: School, key: UUID, step: Any, **fields: Any) -> None:
    """Save one of the last three steps."""
    drafting.save_part(session, at.manager, opening_id=key, step=step, fields=fields, now=NOW)


def sent(session: Session, at: School, **steps: Any) -> UUID:
    """An application that waits for an officer."""
    key = filled(session, at, **steps)
    sending.submit(session, at.manager, opening_id=key, now=NOW)
    return key


def officer(session: Session, region: str = "650400") -> Actor:
    """Somebody who decides."""
    return make.make_actor(session, Role.OFFICER, region_code=region)


def seen(session: Session, by: Actor, key: UUID) -> str:
    """What the officer's page shows, as the decision wants it."""
    return views.desk(session, by, opening_id=key, now=NOW).seen


def checked(session: Session, key: UUID) -> dict[str, Check]:
    """The checks of an application by name."""
    opening = session.get_one(ClassOpening, key)
    found = checks.check(session, opening, read(opening.content), NOW)
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


def row(session: Session, key: UUID) -> ClassOpening:
    """The application as it is stored."""
    found = session.get_one(ClassOpening, key, populate_existing=True)
    assert found.__tablename__ == rows.OBJECT
    return found
