"""Leave and make-ups of the demo: one request that waits, one guest who is expected."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceRecord,
    Enrolment,
    LeaveRequest,
    MakeUp,
    TrainingClass,
    TrainingSession,
)
from portal.demo import seeds
from portal.demo.cast import HOME, REGION, Cast
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import leave, makeup_options, makeups
from portal.services.scope import in_area

_LIVE = ("accepted", "active")
# So many absences are looked at until one can be made up somewhere.
_MOST = 40


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """One of each while none is open; again changes nothing."""
    demo = _Demo(session, everybody, now)
    if not demo.expects(select(LeaveRequest.session_id).where(LeaveRequest.state == "asked")):
        demo.ask()
    if not demo.expects(select(MakeUp.at_session_id).where(MakeUp.state == "planned")):
        demo.plan()


class _Demo:
    """Acts by the services, as the school's desk would for somebody without an account."""

    def __init__(self, session: Session, everybody: Cast, now: datetime) -> None:
        self.session, self.cast, self.now = session, everybody, now

    def expects(self, sessions: Select[UUID]) -> bool:
        """Whether there is one for a session to come; ``sessions`` are the ids that have one."""
        query = select(TrainingSession.id).where(
            TrainingSession.id.in_(sessions), TrainingSession.starts_at > self.now
        )
        return self.session.scalar(query.limit(1)) is not None

    def ask(self) -> None:
        """Somebody of the weekly class asks for the next time; the first trainee may try it."""
        row = self.session.execute(
            select(TrainingSession.id, Enrolment.person_id)
            .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
            .join(Enrolment, Enrolment.class_id == TrainingClass.id)
            .where(
                TrainingClass.class_no.startswith(seeds.WEEKLY),
                TrainingSession.starts_at > self.now,
                Enrolment.status.in_(_LIVE),
                Enrolment.person_id != self.cast.trainees[0],
            )
            .order_by(TrainingSession.starts_at, Enrolment.id)
        ).first()
        if row is not None:
            leave.ask(
                self.session,
                self._actor(row.person_id),
                session_id=row.id,
                kind="personal",
                note=t("demo.leave.note"),
                now=self.now,
            )

    def plan(self) -> None:
        """Somebody who was absent makes it up; at the home institution if that is possible."""
        absences = self.session.execute(
            select(AttendanceRecord.session_id, AttendanceRecord.person_id)
            .join(TrainingSession, TrainingSession.id == AttendanceRecord.session_id)
            .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
            .join(Enrolment, Enrolment.id == AttendanceRecord.enrolment_id)
            .where(
                AttendanceRecord.credited_hours == 0,
                AttendanceRecord.makeup_session_id.is_(None),
                TrainingSession.confirmed_at.is_not(None),
                TrainingClass.status == "running",
                in_area(REGION),
                Enrolment.status.in_(_LIVE),
            )
            .order_by(TrainingSession.starts_at.desc(), AttendanceRecord.id)
            .limit(_MOST)
        )
        found = [(row, self._option(*row)) for row in absences]
        for at_home in (True, False):
            for (session_id, person_id), option in found:
                if option is not None and (not at_home or self._is_home(option)):
                    makeups.plan(
                        self.session,
                        self._actor(person_id),
                        missed_session_id=session_id,
                        at_session_id=option,
                        now=self.now,
                    )
                    return

    def _option(self, session_id: UUID, person_id: UUID) -> UUID | None:
        """Where the absence can be made up, at the home institution if possible."""
        options = makeup_options.options(
            self.session, self._actor(person_id), missed_session_id=session_id, now=self.now
        )
        # The trials of today are for whoever tries the demo.
        trial = select(TrainingSession.id).join(
            TrainingClass, TrainingClass.id == TrainingSession.class_id
        )
        trial = trial.where(
            TrainingClass.class_no.startswith(seeds.NOW)
            | TrainingClass.class_no.startswith(seeds.DAYLONG)
        )
        trials = set(self.session.scalars(trial))
        found = [one.session_id for one in options if one.session_id not in trials]
        return next((one for one in found if self._is_home(one)), next(iter(found), None))

    def _is_home(self, session_id: UUID) -> bool:
        query = select(TrainingClass.institution_id).join(
            TrainingSession, TrainingSession.class_id == TrainingClass.id
        )
        where = self.session.scalar(query.where(TrainingSession.id == session_id))
        return where == self.cast.staff[HOME].institution_id

    def _actor(self, person_id: UUID) -> Actor:
        return Actor(
            role=Role.TRAINEE,
            account_id=self.cast.staff[HOME].manager.the_account(),
            person_id=person_id,
        )
