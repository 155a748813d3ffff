"""Rows of classes as the cards that a list shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import Institution, PolicyPack, TrainingClass, TrainingPlan, TrainingProgramme
from portal.domain.levels import SkillLevel
from portal.locale import has, t
from portal.policies import models, reference
from portal.services import times
from portal.services.catalogue.shortages import Shortage, Wanted, shortages_of
from portal.services.catalogue.views import ClassCard, FreeStatus, InstitutionRef, SeatStatus
from portal.services.policies import read_pack

# As few as a family or two take in an evening.
FEW_SEATS = 5


def class_rows() -> Select[*tuple[Any, ...]]:
    """Classes with what their cards need of institution, programme, plan and policy document."""
    return (
        select(
            TrainingClass,
            Institution.name.label("institution_name"),
            TrainingProgramme.topic_code,
            TrainingProgramme.training_type,
            TrainingProgramme.fee_fen,
            TrainingProgramme.certificate_kind,
            PolicyPack.id.label("pack_id"),
            PolicyPack.content_hash,
        )
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .join(TrainingPlan, TrainingPlan.id == TrainingProgramme.plan_id)
        .join(PolicyPack, PolicyPack.id == TrainingPlan.pack_id)
    )


def cards_of(session: Session, ids: Sequence[UUID], *, now: datetime) -> tuple[ClassCard, ...]:
    """The cards of offered classes, in the order of their ids."""
    if not ids:
        return ()
    wanted = class_rows().where(TrainingClass.id == func.any(list(ids)))
    rows = {row.TrainingClass.id: row for row in session.execute(wanted)}
    short = shortages_of(session, {subject_of(row) for row in rows.values()})
    return tuple(
        ClassCard(
            **card_values(
                session,
                rows[key],
                now=now,
                offered=True,
                shortage=short.get(subject_of(rows[key])),
            )
        )
        for key in ids
        if key in rows
    )


def subject_of(row: Row[*tuple[Any, ...]]) -> Wanted:
    """What a class is about, and where it is held."""
    made: TrainingClass = row.TrainingClass
    return made.occupation_code or row.topic_code or "", made.region_code


def card_values(
    session: Session,
    row: Row[*tuple[Any, ...]],
    *,
    now: datetime,
    offered: bool,
    shortage: Shortage | None,
) -> dict[str, Any]:
    """The fields of ``ClassCard``; ``offered`` is whether status and listing allow enrolling."""
    made: TrainingClass = row.TrainingClass
    subject, _ = subject_of(row)
    left = seats_left(made)
    status = seat_status(made, now=now, offered=offered)
    pack = read_pack(session, row.pack_id, row.content_hash)
    free = free_status(pack, row.training_type, row.fee_fen)
    return {
        "id": str(made.id),
        "title": made.title,
        "institution": InstitutionRef(str(made.institution_id), row.institution_name),
        "institution_id": str(made.institution_id),
        "institution_name": row.institution_name,
        "region_code": made.region_code,
        "region_name": short_region(made.region_code),
        "occupation_code": subject,
        "occupation_name": subject_name(subject),
        "level": made.level,
        "level_name": level_name(made.level),
        "hours": made.hours,
        "starts_on": made.starts_on,
        "ends_on": made.ends_on,
        "starts_text": times.day_text(made.starts_on),
        "schedule_note": made.schedule_note,
        "capacity": made.capacity,
        "seats_taken": made.seats_taken,
        "seats_left": left,
        "seats_text": t("catalogue.seats", left=left, capacity=made.capacity),
        "status": status,
        "status_text": _status_text(status, made.waiting),
        "free": free,
        "free_text": t(f"catalogue.free.{free}"),
        "badges": _badges(subject, shortage),
        "shortage_short": shortage.short if shortage else "",
        "shortage_text": shortage.reason if shortage else "",
        "certificate_kind": row.certificate_kind,
        "certificate_name": certificate_name(row.certificate_kind),
    }


def _status_text(status: SeatStatus, waiting: int) -> str:
    if status == "full" and waiting:
        return t("catalogue.status.full_with_line", waiting=waiting)
    return t(f"catalogue.status.{status}")


def seats_left(made: TrainingClass) -> int:
    """Seats that whoever comes now could have: a seat that comes free belongs to the line."""
    return 0 if made.waiting else max(made.capacity - made.seats_taken, 0)


def seat_status(made: TrainingClass, *, now: datetime, offered: bool) -> SeatStatus:
    """Whether one can enrol, and how urgent it is."""
    if not offered or now >= made.enrol_until:
        return "closed"
    if now < made.enrol_from:
        return "soon"
    left = seats_left(made)
    return "full" if left <= 0 else "few" if left <= FEW_SEATS else "open"


def free_status(pack: models.PolicyPack | None, training_type: str, fee_fen: int) -> FreeStatus:
    """What the class costs; who belongs to the groups is not asked here (R05)."""
    if fee_fen == 0:
        return "free"
    if pack and any(applies(benefit, training_type) for benefit in pack.free_training):
        return "free_for_some"
    if pack and any(applies(benefit, training_type) for benefit in pack.subsidised_training):
        return "subsidised"
    return "fee"


def applies(benefit: models.Benefit, training_type: str) -> bool:
    """Whether a benefit covers classes of this type; one that names none covers all."""
    return not benefit.training_types or training_type in benefit.training_types


def subject_name(code: str) -> str:
    """The name of an occupation or topic; empty for an unknown code."""
    found = reference.occupation(code) or reference.topic(code)
    return found.name if found else ""


def short_region(code: str) -> str:
    """高昌区, 内蒙古; the code itself when the table lacks it."""
    found = reference.region(code)
    return found.short_name if found else code


def level_name(rank: int | None) -> str:
    """五级/初级工; says so when there is no level."""
    return t("catalogue.no_level") if rank is None else SkillLevel(rank).printed_name


def certificate_name(kind: str) -> str:
    """The certificate one gets; the kind's code when it has no name."""
    key = f"catalogue.certificate.{kind}"
    return t(key) if has(key) else kind


def _badges(subject: str, shortage: Shortage | None) -> tuple[str, ...]:
    occupation = reference.occupation(subject)
    if occupation is None:
        return ()
    marks = (
        ("shortage", shortage is not None),
        ("digital", occupation.is_digital),
        ("green", occupation.is_green),
    )
    return tuple(t(f"catalogue.{mark}") for mark, worn in marks if worn)
