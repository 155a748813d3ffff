"""Attendance, results, certificates and the archive."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, Serial, ref

certificate_serial = Sequence("certificate_serial", metadata=Base.metadata)


class AttendanceEvent(Base):
    """A sign-in or sign-out as it happened. Append-only; one an enrolment, session and phase."""

    __tablename__ = "attendance_event"
    __table_args__ = (
        UniqueConstraint("session_id", "enrolment_id", "phase"),
        CheckConstraint("phase IN ('in','mid','out')", name="phase"),
        CheckConstraint(
            "method IN ('qr','numeric','device','manual','pass','pass_code','sheet','helper')",
            name="method",
        ),
    )

    id: Mapped[Key]
    # A guest who makes up a session stands on another class's sheet under their own enrolment.
    session_id: Mapped[UUID] = ref("training_session.id", index=False)
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    person_id: Mapped[UUID] = ref("person.id", index=False)
    phase: Mapped[str]
    # How: see domain.checkin_methods, which also says how much each is to be trusted.
    method: Mapped[str]
    # When the code was scanned; the windows are judged by it.
    occurred_at: Mapped[datetime]
    # When the server wrote the row.
    server_at: Mapped[datetime]
    actor_account_id: Mapped[UUID | None]
    receipt: Mapped[str]
    # Recorded by a device without a link, uploaded later with its own time.
    offline: Mapped[bool] = mapped_column(server_default=text("false"))


class AttendanceRecord(Base):
    """What a session counts for one trainee, as confirmed; corrections keep the old value."""

    __tablename__ = "attendance_record"
    __table_args__ = (
        UniqueConstraint("session_id", "enrolment_id"),
        CheckConstraint(
            "state IN ('present','late','early_leave','absent','excused','makeup')", name="state"
        ),
        CheckConstraint("credited_hours >= 0", name="hours"),
    )

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id", index=False)
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    person_id: Mapped[UUID] = ref("person.id", index=False)
    state: Mapped[str]
    credited_minutes: Mapped[int]
    credited_hours: Mapped[int]
    corrected: Mapped[bool] = mapped_column(server_default=text("false"))
    note: Mapped[str | None]
    # For a session made up elsewhere: where.
    makeup_session_id: Mapped[UUID | None]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID]


class AttendanceCorrection(Base):
    """A change made by hand: old and new value, who, why, when. Append-only."""

    __tablename__ = "attendance_correction"
    __table_args__ = (CheckConstraint("length(btrim(reason)) >= 2", name="reason"),)

    id: Mapped[Key]
    session_id: Mapped[UUID] = ref("training_session.id")
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    old_state: Mapped[str]
    old_hours: Mapped[int]
    new_state: Mapped[str]
    new_hours: Mapped[int]
    reason: Mapped[str]
    actor_account_id: Mapped[UUID]
    at: Mapped[datetime]


class ExamResult(Base):
    """The result at the end of a class."""

    __tablename__ = "exam_result"

    id: Mapped[Key]
    enrolment_id: Mapped[UUID] = ref("enrolment.id", unique=True, index=False)
    passed: Mapped[bool]
    examiner_account_id: Mapped[UUID]
    recorded_at: Mapped[datetime]


class Certificate(Base):
    """A certificate as printed. Facts are copied: later changes elsewhere do not alter it.

    A row is one version. A correction makes a new one of the same number and leaves the old one
    ``replaced``; a lost paper is printed again under the same number (reference B5.5).
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("status IN ('draft','issued','replaced','revoked')", name="status"),
        CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL)", name="revoked"),
        CheckConstraint("(status = 'replaced') = (replaced_at IS NOT NULL)", name="replaced"),
        CheckConstraint(
            "status = 'draft' OR (number IS NOT NULL AND signature IS NOT NULL)", name="issued"
        ),
        CheckConstraint(
            "kind IN ('TRAINING','LEVEL','SPECIAL','QUAL','SAFETY_POST','AWARD','MILITARY')",
            name="kind",
        ),
        UniqueConstraint("number", "version"),
        Index(
            "uq_certificate_number_live",
            "number",
            unique=True,
            postgresql_where=text("status IN ('issued','revoked')"),
        ),
        Index(
            "uq_certificate_enrolment_live",
            "enrolment_id",
            unique=True,
            postgresql_where=text("status = 'issued'"),
        ),
        UniqueConstraint("status_list_no", "status_index"),
    )

    id: Mapped[Key]
    # Our own number, or the national one of what the authority puts on record (B5.1, B5.2).
    number: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    # How often this version's paper was printed; a lost one is printed again.
    printing: Mapped[int] = mapped_column(server_default="1")
    replaces_id: Mapped[UUID | None] = ref("certificate.id")
    kind: Mapped[str]
    person_id: Mapped[UUID] = ref("person.id")
    enrolment_id: Mapped[UUID | None] = ref("enrolment.id")
    # Who trained or assessed, as printed; no institution for what an authority issues.
    institution_id: Mapped[UUID | None] = ref("institution.id")
    institution_name: Mapped[str]
    institution_uscc: Mapped[str]
    # The region that may revoke it: of the class, else of the officer who issued it.
    region_code: Mapped[str]
    # Who signed, and with which key; NULL for what the portal's first key signed.
    issuer_key_id: Mapped[UUID | None] = ref("issuer_key.id")
    holder_name: Mapped[str]
    title: Mapped[str]
    occupation_code: Mapped[str | None]
    occupation_name: Mapped[str | None]
    # Edition of the classification that the code is of, kept as printed (B3).
    edition: Mapped[str | None]
    level: Mapped[int | None]
    # 课时; None for what is no training.
    hours_planned: Mapped[int | None]
    hours_credited: Mapped[int | None]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    # The result as printed (合格, 一等奖), and a note such as the military specialty mapped.
    result: Mapped[str | None]
    remark: Mapped[str | None]
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    status: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoke_reason: Mapped[str | None]
    replaced_at: Mapped[datetime | None]
    # Its place in a status list; None for those signed before there were lists.
    status_list_no: Mapped[int | None]
    status_index: Mapped[int | None]
    holder_salt: Mapped[bytes]
    signature: Mapped[str | None]
    created_at: Mapped[datetime]


class ArchiveEntry(Base):
    """One line of a person's lifelong archive. Append-only, chained by hash."""

    __tablename__ = "archive_entry"
    __table_args__ = (
        UniqueConstraint("person_id", "seq"),
        Index("uq_archive_entry_kind_ref", "kind", "ref_id", unique=True),
        CheckConstraint(
            "kind IN ('class','certificate','revocation','correction','award','competition',"
            "'military','subsidy','employment','external','carried','merge','identity')",
            name="kind",
        ),
    )

    id: Mapped[Key]
    # In the order in which the portal wrote them; checkpoints count by it.
    no: Mapped[Serial]
    person_id: Mapped[UUID] = ref("person.id", index=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    ref_id: Mapped[UUID]
    occurred_on: Mapped[date]
    title: Mapped[str]
    institution_name: Mapped[str]
    hours: Mapped[int | None]
    detail: Mapped[dict[str, Any]]
    source_system: Mapped[str]
    recorded_at: Mapped[datetime]
    prev_hash: Mapped[str]
    hash: Mapped[str]
    # The hash once more, keyed: whoever holds the database alone cannot forge it.
    seal: Mapped[bytes | None]
    supersedes: Mapped[UUID | None]


# Rows of these tables are only ever added; a trigger of the migrations enforces it.
APPEND_ONLY = (
    "disbursement",
    "eligibility_decision",
    "attendance_event",
    "attendance_correction",
    "staff_attendance",
    "offline_upload",
    "risk_finding",
    "archive_entry",
    "archive_checkpoint",
    "archive_print",
    "id_correction",
    "class_opening_decision",
    "class_opening_version",
    "listing_decision",
    "claim_release",
    "audit_event",
    "annual_target",
    "audit_block",
    "commitment_template",
    "case_event",
    "recovery_entry",
    "complaint_message",
    "review_item",
    "review_finding",
    "fund_publication",
)
