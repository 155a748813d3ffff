"""One session or class that scored: every reason with its people, and what an officer found.

The officer checks reason by reason and says what it was; the machine decides nothing, and no
finding changes a score.
"""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ClassScore,
    Institution,
    Person,
    RiskFinding,
    SessionScore,
    TrainingClass,
    TrainingSession,
)
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.reasons import clean_reason
from portal.services.risk_scores import parameters_of, reasons_of
from portal.services.risk_views import (
    Finding,
    RiskDetail,
    ScoredSession,
    methods_of,
    reasons_with_people,
)
from portal.services.scope import REAL_CLASS, in_area, the_area
from portal.services.sign_ins import SignIn, sign_ins_of
from portal.services.times import day_text, moment_text, span_text

FINDINGS = ("odd", "explained")


def one_session(session: Session, actor: Actor, *, session_id: UUID, now: datetime) -> RiskDetail:
    """A session with its reasons. Officers read names, auditors parts of them; it is audited.

    Raises NotFound for one elsewhere or without a score.
    """
    meeting, made, school = _overseen_session(session, actor, session_id)
    score = _standing(session, session_id)
    signed = sign_ins_of(session, [session_id])
    detail = _detail(session, actor, made, school, score, signed, now)
    _audit(session, actor, "training_session", session_id, now)
    return replace(
        detail,
        when=span_text(meeting.starts_at, meeting.ends_at),
        room=meeting.room,
        stage=score.stage,
        methods=methods_of(signed),
        findings=_findings(session, RiskFinding.session_id == session_id),
    )


def one_class(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> RiskDetail:
    """A class with its reasons and sessions. Raises NotFound as ``one_session``."""
    made, school = _overseen_class(session, actor, class_id)
    score = session.get(ClassScore, class_id)
    if score is None:
        raise NotFound
    detail = _detail(session, actor, made, school, score, [], now)
    _audit(session, actor, "training_class", class_id, now)
    return replace(
        detail,
        when=f"{day_text(made.starts_on)}–{day_text(made.ends_on)}",
        room=made.site,
        findings=_findings(session, RiskFinding.class_id == class_id),
        sessions=_sessions(session, class_id, detail.line),
    )


def note_finding(
    session: Session,
    actor: Actor,
    *,
    session_id: UUID | None = None,
    class_id: UUID | None = None,
    finding: str,
    note: str,
    now: datetime,
) -> None:
    """An officer says what was found at one of them; nothing follows by itself.

    May be said again, the last one stands. Raises NotFound, BadInput (finding, reason).
    """
    actor.require(Permission.SUPERVISE)
    if finding not in FINDINGS:
        raise BadInput("finding", "risk_page.choose")
    said = clean_reason(note, shortest=4)
    if session_id is not None:
        _overseen_session(session, actor, session_id)
        points, what = _standing(session, session_id).points, "training_session"
    elif class_id is not None:
        _overseen_class(session, actor, class_id)
        points, what = _class_points(session, class_id), "training_class"
    else:
        raise NotFound
    session.add(
        RiskFinding(
            session_id=session_id,
            class_id=None if session_id else class_id,
            finding=finding,
            note=said,
            points=points,
            at=now,
            officer_account_id=actor.the_account(),
        )
    )
    audit.record(
        session,
        actor,
        "risk.finding",
        now=now,
        object_type=what,
        object_id=session_id or class_id,
        reason=said,
        detail={"finding": finding, "points": points},
    )
    session.flush()


def _overseen_session(
    session: Session, actor: Actor, session_id: UUID
) -> tuple[TrainingSession, TrainingClass, Institution]:
    row = session.execute(
        select(TrainingSession, TrainingClass, Institution)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(TrainingSession.id == session_id, REAL_CLASS, in_area(the_area(actor)))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2]


def _overseen_class(
    session: Session, actor: Actor, class_id: UUID
) -> tuple[TrainingClass, Institution]:
    row = session.execute(
        select(TrainingClass, Institution)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(TrainingClass.id == class_id, REAL_CLASS, in_area(the_area(actor)))
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _standing(session: Session, session_id: UUID) -> SessionScore:
    """The score of the end, else of the day; raises NotFound."""
    for stage in ("final", "day"):
        found = session.get(SessionScore, (session_id, stage))
        if found is not None:
            return found
    raise NotFound


def _class_points(session: Session, class_id: UUID) -> int:
    found = session.get(ClassScore, class_id)
    if found is None:
        raise NotFound
    return found.points


def _detail(
    session: Session,
    actor: Actor,
    made: TrainingClass,
    school: Institution,
    score: SessionScore | ClassScore,
    signed: list[SignIn],
    now: datetime,
) -> RiskDetail:
    parameters = parameters_of(session, made.region_code, now)
    return RiskDetail(
        title=made.title,
        class_id=made.id,
        class_no=made.class_no,
        institution_name=school.name,
        when="",
        room="",
        stage="class",
        points=score.points,
        line=parameters.look_at,
        above=score.points >= parameters.look_at,
        scored_at=moment_text(score.computed_at),
        reasons=reasons_with_people(session, actor, reasons_of(score.reasons), parameters, signed),
        methods=(),
        findings=(),
        sessions=(),
        can_note=actor.may(Permission.SUPERVISE),
    )


def _findings(session: Session, of: object) -> tuple[Finding, ...]:
    """What officers said, the latest first."""
    rows = session.execute(
        select(RiskFinding, Person.name)
        .join(Account, Account.id == RiskFinding.officer_account_id)
        .join(Person, Person.id == Account.person_id)
        .where(of)  # type: ignore[arg-type]
        .order_by(RiskFinding.id.desc())
    )
    return tuple(
        Finding(row.finding, row.note, name, moment_text(row.at), row.points) for row, name in rows
    )


def _sessions(session: Session, class_id: UUID, line: int) -> tuple[ScoredSession, ...]:
    rows = session.execute(
        select(TrainingSession, SessionScore.points)
        .outerjoin(SessionScore, SessionScore.session_id == TrainingSession.id)
        .where(TrainingSession.class_id == class_id)
        .order_by(TrainingSession.seq_no, SessionScore.stage)
    )
    # Of both stages the end's comes last and stands.
    found = {
        meeting.id: ScoredSession(
            meeting.id,
            span_text(meeting.starts_at, meeting.ends_at),
            points,
            points is not None and points >= line,
        )
        for meeting, points in rows
    }
    return tuple(found.values())


def _audit(session: Session, actor: Actor, what: str, key: UUID, now: datetime) -> None:
    audit.record(
        session,
        actor,
        "risk.read",
        now=now,
        object_type=what,
        object_id=key,
        fields_read=["name", "attendance"],
    )
