"""The end of a class: pass or fail, and the certificate for who earned it.

Managers record and finish, instructors read; both in their own institution only.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Enrolment,
    ExamResult,
    Institution,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.errors import NotFound, PortalError, TooEarly
from portal.domain.permissions import Actor, Permission
from portal.services import (
    archive_chain,
    audit,
    certificate_batches,
    certificates,
    reservations,
    standings,
)
from portal.services.standings import ClassResults, Standing, TraineeResult
from portal.services.teaching import ON_ROSTER, own_class

__all__ = [
    "ClassResults",
    "ResultClosed",
    "TraineeResult",
    "class_results",
    "finish_class",
    "record_result",
]

_LIVE = ("accepted", "active")


class ResultClosed(PortalError):
    """The class is closed: results stand, as certificates were issued on them."""

    key = "results.closed"
    code = "bad_input"
    status = 409


def class_results(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> ClassResults:
    """Who has earned the certificate, and who not and why; audited as a reading of names."""
    made = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    audit.record(
        session,
        actor,
        "results.read",
        now=now,
        object_type="training_class",
        object_id=made.id,
        fields_read=["name", "credited_hours", "exam_result", "certificate_number"],
    )
    return standings.view(session, made, now)


def record_result(
    session: Session, actor: Actor, *, enrolment_id: UUID, passed: bool, now: datetime
) -> TraineeResult:
    """Record pass or fail after the last session; may be changed until the class is closed.

    Raises NotFound, TooEarly, ResultClosed.
    """
    actor.require(Permission.FINISH_CLASS)
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.status not in ON_ROSTER:
        raise NotFound
    made = _locked_class(session, actor, enrolment.class_id)
    if made.status == "closed":
        raise ResultClosed
    if not standings.is_over(standings.load_sessions(session, made), now):
        raise TooEarly
    result = session.scalar(select(ExamResult).where(ExamResult.enrolment_id == enrolment_id))
    before = result.passed if result else None
    if before != passed:
        result = result or ExamResult(enrolment_id=enrolment_id)
        result.passed, result.recorded_at = passed, now
        result.examiner_account_id = actor.the_account()
        session.add(result)
        session.flush()
        detail = {"before": before, "after": passed}
        _audit(session, actor, "results.record", enrolment, now=now, detail=detail)
    everyone = standings.load_standings(session, made)
    return next(standings.row(one) for one in everyone if one.enrolment.id == enrolment_id)


def finish_class(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> ClassResults:
    """Close a class: certificates to who earned them, a line in everyone's archive.

    Whoever comes second, at the same time or later, gets the result of the first. Raises
    NotFound, TooEarly, and NotReady naming how many sheets or results are open.
    """
    made = _locked_class(session, actor, class_id)
    if made.status == "closed":
        return class_results(session, actor, class_id=class_id, now=now)
    # A correction of a sheet waits for these locks, so the hours cannot change meanwhile.
    sessions = standings.load_sessions(session, made, lock=True)
    everyone = standings.load_standings(session, made, lock=True)
    obstacle = standings.obstacle(made, sessions, everyone, now)
    obstacle = obstacle or standings.unanswered(session, made)
    if obstacle is not None:
        raise obstacle
    institution = session.get_one(Institution, made.institution_id)
    # Archives lock their persons: always in the same order, lest two classes wait in a ring.
    for standing in sorted(everyone, key=lambda one: one.person.id):
        if standing.enrolment.status in _LIVE:
            _close(session, actor, made, institution.name, standing, now=now)
    made.status = "closed"
    audit.record(
        session, actor, "class.finish", now=now, object_type="training_class", object_id=made.id
    )
    session.flush()
    # The files are ready by the time that somebody wants to print them.
    certificate_batches.begin(session, actor, made, now=now)
    return standings.view(session, made, now)


def _close(
    session: Session,
    actor: Actor,
    made: TrainingClass,
    institution_name: str,
    standing: Standing,
    *,
    now: datetime,
) -> None:
    enrolment, unmet, number = standing.enrolment, standing.unmet, None
    carried = standing.counted.carried
    if not unmet:
        issued = certificates.issue(
            session,
            actor,
            enrolment_id=enrolment.id,
            hours_credited=standing.credited,
            hours_carried=carried,
            now=now,
        )
        number = issued.number
    enrolment.status = "failed" if unmet else "completed"
    enrolment.ended_at = now
    subsidised = not unmet and reservations.has(session, enrolment_id=enrolment.id)
    # A subsidy is had by whoever earns the certificate; it is free again for whoever does not.
    end_subsidy = reservations.release if unmet else reservations.consume
    end_subsidy(session, enrolment_id=enrolment.id, now=now)
    archive_chain.append(
        session,
        person_id=enrolment.person_id,
        kind=archive_chain.CLASS,
        ref_id=enrolment.id,
        occurred_on=made.ends_on,
        title=made.title,
        institution_name=institution_name,
        hours=standing.credited,
        detail={
            "subject": archive_chain.CLASS,
            "status": enrolment.status,
            "starts_on": made.starts_on.isoformat(),
            "ends_on": made.ends_on.isoformat(),
            "hours_planned": made.hours,
            "certificate_number": number,
            "class_no": made.class_no,
            "exam": "passed" if standing.passed else "failed",
            "training_type": session.get_one(TrainingProgramme, made.programme_id).training_type,
            "occupation_code": made.occupation_code,
            "level": made.level,
            "subsidy": "consumed" if subsidised else None,
        }
        | ({"hours_carried": carried} if carried else {}),
        now=now,
    )
    detail = {"status": enrolment.status, "unmet": unmet, "hours": standing.credited}
    _audit(session, actor, "enrolment.finish", enrolment, now=now, detail=detail)


def _locked_class(session: Session, actor: Actor, class_id: UUID) -> TrainingClass:
    made = own_class(session, actor, Permission.FINISH_CLASS, class_id=class_id)
    session.refresh(made, with_for_update={"key_share": True})
    return made


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    enrolment: Enrolment,
    *,
    now: datetime,
    detail: dict[str, Any],
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="enrolment",
        object_id=enrolment.id,
        on_behalf_of=enrolment.person_id,
        detail=detail,
    )
