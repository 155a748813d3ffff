"""What checking in leaves behind besides its events: settings, signals, appeals, scores."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class ClassCheckIn(Base):
    """How a class checks in. Without a row: no colour question, the code changes by time only.

    ``windows`` holds what differs from the region's attendance parameters, by their names, in
    minutes. ``needs_screen`` is false where there is nothing to show a colour on.
    """

    __tablename__ = "class_checkin"
    __table_args__ = (CheckConstraint("(venue_lat IS NULL) = (venue_lon IS NULL)", name="venue"),)

    class_id: Mapped[UUID] = ref("training_class.id", primary_key=True, index=False)
    relay_trap: Mapped[bool]
    new_code_per_scan: Mapped[bool] = mapped_column(server_default=text("false"))
    asks_place: Mapped[bool] = mapped_column(server_default=text("false"))
    venue_lat: Mapped[float | None]
    venue_lon: Mapped[float | None]
    windows: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID | None]


class AttendanceSignal(Base):
    """What an event looked like, for the score only: never a reason to refuse.

    Keys are keyed hashes that tell same from different and nothing else; of a place only the
    band is kept. Apart from the event, since this is deleted 90 days after the confirmation
    (reference D11) and the event never.
    """

    __tablename__ = "attendance_signal"
    __table_args__ = (
        CheckConstraint("band IN ('near','edge','far')", name="band"),
        CheckConstraint("relay IN ('passed','failed','skipped')", name="relay"),
    )

    event_id: Mapped[UUID] = ref("attendance_event.id", primary_key=True, index=False)
    session_id: Mapped[UUID] = ref("training_session.id")
    device: Mapped[bytes | None]
    network: Mapped[bytes | None]
    # Whether the login came from another device than the one it was made on (a stolen cookie).
    moved_login: Mapped[bool] = mapped_column(server_default=text("false"))
    band: Mapped[str | None]
    spot: Mapped[bytes | None]
    # How many seconds the screen had shown the code.
    code_age: Mapped[float | None]
    # The colour question: skipped is one that the way in could not ask (API, typed in a program).
    relay: Mapped[str | None]
    relay_tries: Mapped[int | None] = mapped_column(SmallInteger)
    relay_seconds: Mapped[float | None]
    # How far the phone's or the instructor's clock was off, in seconds.
    clock_off: Mapped[float | None]


class RelayTry(Base):
    """One answer to the question for the colour on the room's screen; three a person and phase."""

    __tablename__ = "relay_try"
    __table_args__ = (UniqueConstraint("session_id", "person_id", "phase", "no"),)

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id", index=False)
    person_id: Mapped[UUID] = ref("person.id", index=False)
    phase: Mapped[str]
    no: Mapped[int] = mapped_column(SmallInteger)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime]
    right: Mapped[bool]


class CodeClaim(Base):
    """The first scan of a code, where a class has a new one after every scan."""

    __tablename__ = "code_claim"
    __table_args__ = (PrimaryKeyConstraint("session_id", "phase", "step", "seq"),)

    session_id: Mapped[UUID] = ref("training_session.id", index=False)
    phase: Mapped[str]
    step: Mapped[int]
    seq: Mapped[int]
    first_at: Mapped[datetime]


class PersonPass(Base):
    """The pass on a person's own phone: its keys come from ``pass_id`` and ``generation``.

    Another generation makes every earlier pass worthless.
    """

    __tablename__ = "person_pass"

    person_id: Mapped[UUID] = ref("person.id", primary_key=True, index=False)
    pass_id: Mapped[UUID] = mapped_column(unique=True)
    generation: Mapped[int] = mapped_column(server_default="1")
    issued_at: Mapped[datetime]


class PersonalSheet(Base):
    """A printed sheet with a person's code for one class; a new print makes the old worthless."""

    __tablename__ = "personal_sheet"

    enrolment_id: Mapped[UUID] = ref("enrolment.id", primary_key=True, index=False)
    generation: Mapped[int] = mapped_column(server_default="1")
    printed_at: Mapped[datetime]
    printed_by: Mapped[UUID]


class SessionCall(Base):
    """A roll-call in the middle of a session (抽查点名); one a session."""

    __tablename__ = "session_call"
    __table_args__ = (CheckConstraint("called_at < closes_at", name="times"),)

    session_id: Mapped[UUID] = ref("training_session.id", primary_key=True, index=False)
    called_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    called_by: Mapped[UUID]


class StaffAttendance(Base):
    """The instructor's own coming and leaving. Append-only; one an account, session and phase."""

    __tablename__ = "staff_attendance"
    __table_args__ = (
        Index("uq_staff_attendance", "session_id", "account_id", "phase", unique=True),
        CheckConstraint("phase IN ('in','out')", name="phase"),
    )

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id", index=False)
    account_id: Mapped[UUID] = ref("account.id")
    person_id: Mapped[UUID] = ref("person.id")
    phase: Mapped[str]
    method: Mapped[str]
    occurred_at: Mapped[datetime]
    server_at: Mapped[datetime]
    offline: Mapped[bool] = mapped_column(server_default=text("false"))


class LeaveRequest(Base):
    """A trainee asks to be excused from a session (事假, 病假)."""

    __tablename__ = "leave_request"
    __table_args__ = (
        CheckConstraint("kind IN ('personal','sick')", name="kind"),
        CheckConstraint("state IN ('asked','granted','refused','withdrawn')", name="state"),
        Index(
            "uq_leave_request_open",
            "session_id",
            "enrolment_id",
            unique=True,
            postgresql_where=text("state IN ('asked','granted')"),
        ),
    )

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id")
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str]
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    answer: Mapped[str] = mapped_column(server_default="")


class MakeUp(Base):
    """A missed session made up in another class's, also at another institution.

    The person checks in at ``at_session_id`` as a guest, under the enrolment of their own class;
    when that sheet is confirmed, the hours are written to ``missed_session_id``.
    """

    __tablename__ = "makeup"
    __table_args__ = (
        CheckConstraint("state IN ('planned','attended','missed','withdrawn')", name="state"),
        CheckConstraint("missed_session_id <> at_session_id", name="elsewhere"),
        Index(
            "uq_makeup_missed",
            "enrolment_id",
            "missed_session_id",
            unique=True,
            postgresql_where=text("state IN ('planned','attended')"),
        ),
        Index(
            "uq_makeup_at",
            "at_session_id",
            "enrolment_id",
            unique=True,
            postgresql_where=text("state IN ('planned','attended')"),
        ),
    )

    id: Mapped[Key]
    enrolment_id: Mapped[UUID] = ref("enrolment.id", index=False)
    person_id: Mapped[UUID] = ref("person.id")
    missed_session_id: Mapped[UUID] = ref("training_session.id")
    at_session_id: Mapped[UUID] = ref("training_session.id", index=False)
    state: Mapped[str]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID]
    ended_at: Mapped[datetime | None]


class CorrectionProposal(Base):
    """A correction that a second person must agree to, since the class has had many."""

    __tablename__ = "correction_proposal"
    __table_args__ = (
        CheckConstraint("state IN ('open','approved','refused','withdrawn')", name="state"),
        CheckConstraint("length(btrim(reason)) >= 2", name="reason"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="second"),
        Index(
            "uq_correction_proposal_open",
            "session_id",
            "enrolment_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id")
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    new_state: Mapped[str]
    new_hours: Mapped[int]
    reason: Mapped[str]
    appeal_id: Mapped[UUID | None] = ref("attendance_appeal.id")
    state: Mapped[str]
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(server_default="")


class AttendanceAppeal(Base):
    """A trainee says that a record is missing or wrong; the institution answers by ``due_on``."""

    __tablename__ = "attendance_appeal"
    __table_args__ = (
        CheckConstraint("kind IN ('missing','wrong')", name="kind"),
        CheckConstraint("state IN ('open','upheld','refused','withdrawn')", name="state"),
        CheckConstraint("(state IN ('upheld','refused')) = (answer IS NOT NULL)", name="answer"),
        Index(
            "uq_attendance_appeal_open",
            "session_id",
            "enrolment_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_attendance_appeal_open_due", "due_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id")
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    # Set when the deadline passed without an answer: the authority has been told.
    overdue_told_at: Mapped[datetime | None]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None]


class AttendanceWarning(Base):
    """A trainee was told that few hours may still be missed; once an enrolment and level."""

    __tablename__ = "attendance_warning"
    __table_args__ = (
        PrimaryKeyConstraint("enrolment_id", "level"),
        CheckConstraint("level IN ('near','last','lost')", name="level"),
    )

    enrolment_id: Mapped[UUID] = ref("enrolment.id", index=False)
    level: Mapped[str]
    hours_left: Mapped[int]
    told_at: Mapped[datetime]


class SessionScore(Base):
    """The ghost-class score of a session on the day, and when its class is over (ADR 0020)."""

    __tablename__ = "session_score"
    __table_args__ = (
        PrimaryKeyConstraint("session_id", "stage"),
        CheckConstraint("stage IN ('day','final')", name="stage"),
        CheckConstraint("points BETWEEN 0 AND 100", name="points"),
        Index("ix_session_score_points", "points"),
    )

    session_id: Mapped[UUID] = ref("training_session.id", index=False)
    stage: Mapped[str]
    points: Mapped[int] = mapped_column(SmallInteger)
    # [{code, points, measure, people: [enrolment ids], ...}], as locale/risk.py words them.
    reasons: Mapped[list[Any]] = mapped_column(JSONB)
    computed_at: Mapped[datetime]


class ClassScore(Base):
    """The ghost-class score of a whole class."""

    __tablename__ = "class_score"
    __table_args__ = (CheckConstraint("points BETWEEN 0 AND 100", name="points"),)

    class_id: Mapped[UUID] = ref("training_class.id", primary_key=True, index=False)
    points: Mapped[int] = mapped_column(SmallInteger)
    reasons: Mapped[list[Any]] = mapped_column(JSONB)
    computed_at: Mapped[datetime]


class RiskFinding(Base):
    """What an officer found where the score said to look; the latest stands. Append-only.

    The score itself decides nothing, and learns nothing from it.
    """

    __tablename__ = "risk_finding"
    __table_args__ = (
        CheckConstraint("finding IN ('odd','explained')", name="finding"),
        CheckConstraint("length(btrim(note)) >= 2", name="note"),
        CheckConstraint("num_nonnulls(session_id, class_id) = 1", name="subject"),
    )

    id: Mapped[Key]
    session_id: Mapped[UUID | None] = ref("training_session.id")
    class_id: Mapped[UUID | None] = ref("training_class.id")
    finding: Mapped[str]
    note: Mapped[str]
    # The score that the officer looked at.
    points: Mapped[int] = mapped_column(SmallInteger)
    at: Mapped[datetime]
    officer_account_id: Mapped[UUID] = ref("account.id")


class Inspection(Base):
    """An officer counted heads in a room, unannounced, and compared with the sheet."""

    __tablename__ = "inspection"
    __table_args__ = (
        CheckConstraint("card IN ('none','yellow','red')", name="card"),
        CheckConstraint("head_count >= 0", name="heads"),
        CheckConstraint("(counted_at IS NULL) = (head_count IS NULL)", name="counted"),
    )

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id")
    officer_account_id: Mapped[UUID] = ref("account.id")
    opened_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    head_count: Mapped[int | None]
    # Who should be in the room by the sheet at that moment, and by the roster.
    sheet_count: Mapped[int | None]
    roster_count: Mapped[int | None]
    card: Mapped[str | None]
    note: Mapped[str] = mapped_column(server_default="")


class OfflineUpload(Base):
    """One sign-in that a device recorded without a link, and what became of it. Append-only.

    The id is drawn by the device: the same upload again answers the same.
    """

    __tablename__ = "offline_upload"
    __table_args__ = (
        CheckConstraint("source IN ('staff','phone')", name="source"),
        CheckConstraint("outcome IN ('accepted','merged','conflict','refused')", name="outcome"),
        # The instructor's own coming stands in staff_attendance.
        CheckConstraint(
            "(outcome = 'accepted') <= (event_id IS NOT NULL OR method = 'own')", name="event"
        ),
        Index("ix_offline_upload_session", "session_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source: Mapped[str]
    account_id: Mapped[UUID] = ref("account.id")
    # As the device said; no references, since a device may say anything.
    session_id: Mapped[UUID | None]
    enrolment_id: Mapped[UUID | None]
    phase: Mapped[str | None]
    method: Mapped[str]
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    outcome: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    event_id: Mapped[UUID | None] = ref("attendance_event.id")
