"""Plans of the region's policy documents against what was enrolled and finished under them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    PolicyPack,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
)
from portal.services.scope import REAL_CLASS, in_area
from portal.services.teaching import ON_ROSTER


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """A plan of a policy document: its target in person-times, None when it sets none, those
    enrolled, and those who finished. ``percent`` is enrolled of target, at most 100."""

    plan_no: str
    name: str
    lead_department: str
    target: int | None
    person_times: int
    completed: int
    percent: int


@dataclass(frozen=True, slots=True)
class PackProgress:
    """A policy document of the region with its plans; ``target`` is the sum of their targets."""

    pack_id: str
    title: str
    doc_no: str
    target: int
    person_times: int
    completed: int
    percent: int
    plans: tuple[PlanProgress, ...]


def pack_progress(session: Session, area: str) -> tuple[PackProgress, ...]:
    """The documents of the region's own level and below; a wider one has wider targets."""
    query = (
        select(
            PolicyPack.id,
            PolicyPack.title,
            PolicyPack.doc_no,
            TrainingPlan.plan_no,
            TrainingPlan.name,
            TrainingPlan.lead_department,
            TrainingPlan.target_person_times,
            func.count(Enrolment.id).label("person_times"),
            func.count(case((Enrolment.status == "completed", Enrolment.id))).label("completed"),
        )
        .join_from(PolicyPack, TrainingPlan, TrainingPlan.pack_id == PolicyPack.id)
        .outerjoin(TrainingProgramme, TrainingProgramme.plan_id == TrainingPlan.id)
        .outerjoin(
            TrainingClass,
            and_(TrainingClass.programme_id == TrainingProgramme.id, REAL_CLASS, in_area(area)),
        )
        .outerjoin(
            Enrolment,
            and_(Enrolment.class_id == TrainingClass.id, Enrolment.status.in_(ON_ROSTER)),
        )
        .where(in_area(area, PolicyPack.region_code))
        .group_by(PolicyPack.id, TrainingPlan.id)
    )
    packs: dict[tuple[str, str, str], list[PlanProgress]] = {}
    for row in session.execute(query):
        packs.setdefault((row.id, row.title, row.doc_no), []).append(_plan(row))
    return tuple(_pack(*head, plans) for head, plans in sorted(packs.items()))


def _plan(row: Any) -> PlanProgress:
    target = row.target_person_times
    return PlanProgress(
        plan_no=row.plan_no,
        name=row.name,
        lead_department=row.lead_department,
        target=target,
        person_times=row.person_times,
        completed=row.completed,
        percent=_percent(row.person_times, target or 0),
    )


def _pack(pack_id: str, title: str, doc_no: str, plans: list[PlanProgress]) -> PackProgress:
    target = sum(plan.target or 0 for plan in plans)
    # What was done under a plan without a number counts towards no number.
    counted = [plan for plan in plans if plan.target is not None]
    done = sum(plan.person_times for plan in counted)
    return PackProgress(
        pack_id=pack_id,
        title=title,
        doc_no=doc_no,
        target=target,
        person_times=done,
        completed=sum(plan.completed for plan in counted),
        percent=_percent(done, target),
        plans=tuple(sorted(plans, key=_natural)),
    )


def _natural(plan: PlanProgress) -> tuple[bool, int, str]:
    """1, 2, 10, then C1: numbers as numbers, before what is none."""
    number = plan.plan_no
    return (not number.isdigit(), int(number) if number.isdigit() else 0, number)


def _percent(done: int, target: int) -> int:
    return min(100, done * 100 // target) if target else 0
