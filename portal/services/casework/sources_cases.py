"""Work about money, complaints and cases that waits."""

from typing import Any

from sqlalchemy import Select, func, literal, select

from portal.db.models import (
    CaseFile,
    CaseFinding,
    CaseSanction,
    Complaint,
    Institution,
    Recovery,
    RecoveryWriteOff,
    SubsidyClaim,
    TrainingClass,
    ViolationCase,
)
from portal.services.casework.queue import Ask
from portal.services.claims.lists import OFFICE_STATES
from portal.services.scope import in_area


def claims(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Claims in which the office has the next step."""
    return (
        select(
            SubsidyClaim.id,
            TrainingClass.title,
            SubsidyClaim.claim_no.label("place"),
            SubsidyClaim.due_on,
        )
        .join(TrainingClass, TrainingClass.id == SubsidyClaim.class_id)
        .where(SubsidyClaim.state.in_(OFFICE_STATES), in_area(ask.area, SubsidyClaim.region_code))
    )


def objections(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Somebody said no to a claim made in their name."""
    return (
        select(
            CaseFile.claim_id.label("id"),
            TrainingClass.title,
            SubsidyClaim.claim_no.label("place"),
            CaseFile.due_on,
        )
        .join(SubsidyClaim, SubsidyClaim.id == CaseFile.claim_id)
        .join(TrainingClass, TrainingClass.id == SubsidyClaim.class_id)
        .where(CaseFile.state == "open", in_area(ask.area, CaseFile.region_code))
    )


def complaints(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Complaints that are to be taken up or answered; not those where we wait for an answer."""
    row = Complaint
    return select(row.id, row.about.label("title"), row.receipt.label("place"), row.due_on).where(
        row.state.in_(("sent", "accepted")), in_area(ask.area, row.region_code)
    )


def cases(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Open cases."""
    row = ViolationCase
    return _in_cases(ask, row.title, row.due_on.label("due_on")).where(row.state == "open")


def second_grades(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Fraud that another officer has to confirm or refuse."""
    row = CaseFinding
    return (
        _in_cases(ask, row.what, row.graded_at.label("since"))
        .join(row, row.case_id == ViolationCase.id)
        .where(row.state == "proposed", row.graded_by != ask.actor.account_id)
    )


def sanction_appeals(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Appeals of institutions against sanctions that somebody else decided."""
    row = CaseSanction
    return (
        _in_cases(ask, row.document_no, row.appeal_due_on.label("due_on"))
        .join(row, row.case_id == ViolationCase.id)
        .where(
            row.appeal.is_not(None),
            row.appeal_answered_at.is_(None),
            row.decided_by != ask.actor.account_id,
        )
    )


def rectifications(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Orders to rectify whose fulfilment is to be looked at."""
    row = CaseSanction
    return (
        _in_cases(ask, row.document_no, row.due_on.label("due_on"))
        .join(row, row.case_id == ViolationCase.id)
        .where(row.kind == "rectify", row.state == "in_force", ViolationCase.state == "open")
    )


def recoveries(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Money that has not come back."""
    row = Recovery
    return (
        select(
            row.id,
            func.coalesce(Institution.name, literal("")).label("title"),
            row.recovery_no.label("place"),
            row.due_on,
        )
        .outerjoin(Institution, Institution.id == row.institution_id)
        .where(row.state == "open", in_area(ask.area, row.region_code))
    )


def write_offs(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Money that another officer asks to give up."""
    row = RecoveryWriteOff
    return (
        select(
            Recovery.id,
            row.document_no.label("title"),
            Recovery.recovery_no.label("place"),
            row.asked_at.label("since"),
        )
        .join(Recovery, Recovery.id == row.recovery_id)
        .where(
            row.state == "asked",
            row.asked_by != ask.actor.account_id,
            in_area(ask.area, Recovery.region_code),
        )
    )


def _in_cases(ask: Ask, title: Any, when: Any) -> Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (
        ViolationCase.id, title.label("title"), Institution.name.label("place"),
Institution.id.label("institution_id"), when,
    )  # fmt: skip
    return (
        select(*columns)
        .join(Institution, Institution.id == ViolationCase.institution_id)
        .where(in_area(ask.area, ViolationCase.region_code))
    )
