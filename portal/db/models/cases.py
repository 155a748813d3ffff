"""Findings and what follows from them, money to come back, complaints, samples for reviewers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Sequence,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref

# Numbers of cases and recoveries.
case_serial = Sequence("case_serial", metadata=Base.metadata)

_GRADES = "'error','negligence','suspected_fraud','confirmed_fraud'"


class ViolationCase(Base):
    """A case file about an institution, opened by an officer (reference M7, R46).

    ``source`` says what led to it, ``source_id`` which one; an institution never reads either.
    """

    __tablename__ = "violation_case"
    __table_args__ = (
        CheckConstraint(
            "source IN ('inspection','odd_session','complaint','claim','manual')", name="source"
        ),
        CheckConstraint("(source = 'manual') = (source_id IS NULL)", name="source_id"),
        CheckConstraint("state IN ('open','closed')", name="state"),
        CheckConstraint(
            "outcome IN ('unfounded','corrected','sanctioned','handed_over')", name="outcome"
        ),
        CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)"
            " AND (state = 'closed') = (closed_at IS NOT NULL)",
            name="closed",
        ),
        Index(
            "uq_violation_case_source",
            "source",
            "source_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_violation_case_queue", "region_code", "state", "due_on"),
    )

    id: Mapped[Key]
    case_no: Mapped[str] = mapped_column(unique=True)
    region_code: Mapped[str]
    institution_id: Mapped[UUID] = ref("institution.id")
    class_id: Mapped[UUID | None] = ref("training_class.id")
    session_id: Mapped[UUID | None] = ref("training_session.id")
    claim_id: Mapped[UUID | None] = ref("subsidy_claim.id")
    source: Mapped[str]
    source_id: Mapped[UUID | None]
    title: Mapped[str]
    summary: Mapped[str]
    state: Mapped[str]
    due_on: Mapped[date]
    opened_by: Mapped[UUID] = ref("account.id", index=False)
    opened_at: Mapped[datetime]
    outcome: Mapped[str | None]
    closing_note: Mapped[str | None]
    closed_by: Mapped[UUID | None] = ref("account.id", index=False)
    closed_at: Mapped[datetime | None]


class CaseFinding(Base):
    """What a person found and how they grade it (M8); a machine never writes one.

    ``confirmed_fraud`` waits as ``proposed`` until another officer confirms it. A new grade is a
    new row that ``replaces`` the old one.
    """

    __tablename__ = "case_finding"
    __table_args__ = (
        CheckConstraint(f"grade IN ({_GRADES})", name="grade"),
        CheckConstraint("state IN ('proposed','standing','refused','replaced')", name="state"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint("second_by <> graded_by", name="another"),
        CheckConstraint(
            "grade <> 'confirmed_fraud' OR state NOT IN ('standing','replaced')"
            " OR second_by IS NOT NULL",
            name="two",
        ),
        Index("ix_case_finding_proposed", "case_id", postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[Key]
    case_id: Mapped[UUID] = ref("violation_case.id")
    what: Mapped[str]
    grade: Mapped[str]
    reason: Mapped[str]
    # [{"kind", "ref", "note"}]: an inspection, a session, a class, a claim, a file number.
    evidence: Mapped[list[Any]] = mapped_column(JSONB)
    state: Mapped[str]
    replaces_id: Mapped[UUID | None] = ref("case_finding.id", index=False)
    graded_by: Mapped[UUID] = ref("account.id", index=False)
    graded_at: Mapped[datetime]
    second_by: Mapped[UUID | None] = ref("account.id", index=False)
    second_at: Mapped[datetime | None]
    second_reason: Mapped[str | None]


class CaseHearing(Base):
    """What an institution is told before a sanction, and what it says to it until ``until``."""

    __tablename__ = "case_hearing"
    __table_args__ = (
        CheckConstraint("(statement IS NULL) = (stated_at IS NULL)", name="stated"),
        Index("ix_case_hearing_open", "until", postgresql_where=text("statement IS NULL")),
    )

    id: Mapped[Key]
    case_id: Mapped[UUID] = ref("violation_case.id")
    allegation: Mapped[str]
    until: Mapped[date]
    asked_by: Mapped[UUID] = ref("account.id", index=False)
    asked_at: Mapped[datetime]
    statement: Mapped[str | None]
    stated_by: Mapped[UUID | None] = ref("account.id", index=False)
    stated_at: Mapped[datetime | None]


class CaseSanction(Base):
    """What the authority decided, with its document; an institution may appeal until a day."""

    __tablename__ = "case_sanction"
    __table_args__ = (
        CheckConstraint("kind IN ('rectify','warning','suspend','remove')", name="kind"),
        CheckConstraint("length(btrim(document_no)) >= 2", name="document"),
        CheckConstraint("(kind = 'rectify') = (due_on IS NOT NULL)", name="due"),
        CheckConstraint("ban_until IS NULL OR kind = 'remove'", name="ban"),
        CheckConstraint("state IN ('in_force','fulfilled','lifted')", name="state"),
        CheckConstraint("(appeal IS NULL) = (appealed_at IS NULL)", name="appealed"),
        CheckConstraint("appeal_answered_by <> decided_by", name="another"),
        Index(
            "ix_case_sanction_due",
            "due_on",
            postgresql_where=text("kind = 'rectify' AND state = 'in_force'"),
        ),
        Index(
            "ix_case_sanction_appeal",
            "appeal_due_on",
            postgresql_where=text("appeal IS NOT NULL AND appeal_answered_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    case_id: Mapped[UUID] = ref("violation_case.id")
    kind: Mapped[str]
    reason: Mapped[str]
    document_no: Mapped[str]
    effective_on: Mapped[date]
    due_on: Mapped[date | None]
    ban_until: Mapped[date | None]
    state: Mapped[str]
    # What it did to the institution's place on the list; None for what left it as it was.
    decision_id: Mapped[UUID | None] = ref("listing_decision.id")
    decided_by: Mapped[UUID] = ref("account.id", index=False)
    decided_at: Mapped[datetime]
    # The last day on which the institution may appeal, and what came of it.
    appeal_until: Mapped[date]
    appeal: Mapped[str | None]
    appealed_by: Mapped[UUID | None] = ref("account.id", index=False)
    appealed_at: Mapped[datetime | None]
    appeal_due_on: Mapped[date | None]
    appeal_upheld: Mapped[bool | None]
    appeal_answer: Mapped[str | None]
    appeal_answered_by: Mapped[UUID | None] = ref("account.id", index=False)
    appeal_answered_at: Mapped[datetime | None]


class CaseEvent(Base):
    """One line of a case's history. Append-only."""

    __tablename__ = "case_event"

    id: Mapped[Key]
    case_id: Mapped[UUID] = ref("violation_case.id")
    act: Mapped[str]
    note: Mapped[str]
    by_account_id: Mapped[UUID]
    at: Mapped[datetime]


class Recovery(Base):
    """Money that must be paid back (R46), of one fund (M13). Amounts are fen."""

    __tablename__ = "recovery"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("num_nonnulls(case_id, claim_id) >= 1", name="about"),
        CheckConstraint("state IN ('open','settled')", name="state"),
        Index(
            "uq_recovery_claim", "claim_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index("ix_recovery_due", "region_code", "due_on", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Key]
    recovery_no: Mapped[str] = mapped_column(unique=True)
    region_code: Mapped[str]
    institution_id: Mapped[UUID | None] = ref("institution.id")
    case_id: Mapped[UUID | None] = ref("violation_case.id")
    claim_id: Mapped[UUID | None] = ref("subsidy_claim.id", index=False)
    fund: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    document_no: Mapped[str]
    state: Mapped[str]
    due_on: Mapped[date]
    opened_by: Mapped[UUID] = ref("account.id", index=False)
    opened_at: Mapped[datetime]


class RecoveryEntry(Base):
    """A line of a recovery's ledger: a demand, a payment, a write-off. Append-only.

    ``balance_fen`` is what is left after the line. Lines are numbered without a gap, so that of
    two that were counted from the same balance only one can be kept.
    """

    __tablename__ = "recovery_entry"
    __table_args__ = (
        UniqueConstraint("recovery_id", "seq_no"),
        CheckConstraint("kind IN ('opened','demand','payment','write_off')", name="kind"),
        CheckConstraint(
            "(kind = 'demand' AND amount_fen = 0) OR (kind <> 'demand' AND amount_fen > 0)",
            name="amount",
        ),
        CheckConstraint("balance_fen >= 0", name="balance"),
        CheckConstraint(
            "kind <> 'write_off' OR (second_by IS NOT NULL AND second_by <> by_account_id)",
            name="two",
        ),
    )

    id: Mapped[Key]
    recovery_id: Mapped[UUID] = ref("recovery.id", index=False)
    seq_no: Mapped[int]
    kind: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    balance_fen: Mapped[int] = mapped_column(BigInteger)
    reference: Mapped[str]
    due_on: Mapped[date | None]
    by_account_id: Mapped[UUID]
    second_by: Mapped[UUID | None]
    at: Mapped[datetime]


class RecoveryWriteOff(Base):
    """An officer asks that money be given up; another decides."""

    __tablename__ = "recovery_write_off"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint("state IN ('asked','agreed','refused')", name="state"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("decided_by <> asked_by", name="another"),
        Index(
            "uq_recovery_write_off_asked",
            "recovery_id",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
    )

    id: Mapped[Key]
    recovery_id: Mapped[UUID] = ref("recovery.id")
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str]
    document_no: Mapped[str]
    state: Mapped[str]
    asked_by: Mapped[UUID] = ref("account.id", index=False)
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = ref("account.id", index=False)
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]


class Complaint(Base):
    """What somebody complains of, under a receipt; who it was is sealed, or was never asked.

    The secret that opens the answer is kept as a keyed hash only.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('teaching','attendance','fees','money','certificate','staff','other')",
            name="kind",
        ),
        CheckConstraint("state IN ('sent','accepted','asked','answered','closed')", name="state"),
        CheckConstraint("(state = 'sent') = (accepted_at IS NULL)", name="accepted"),
        Index("ix_complaint_queue", "region_code", "state", "due_on"),
    )

    id: Mapped[Key]
    receipt: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[bytes]
    region_code: Mapped[str]
    kind: Mapped[str]
    # As the complainant wrote it; which institution it is, an officer says.
    about: Mapped[str]
    institution_id: Mapped[UUID | None] = ref("institution.id")
    text_enc: Mapped[bytes]
    name_enc: Mapped[bytes | None]
    phone_enc: Mapped[bytes | None]
    photo_enc: Mapped[bytes | None]
    # Whoever was signed in and did not ask to stay unknown.
    person_id: Mapped[UUID | None] = ref("person.id")
    state: Mapped[str]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    officer_account_id: Mapped[UUID | None] = ref("account.id", index=False)
    accepted_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    satisfied: Mapped[bool | None]
    reopened_at: Mapped[datetime | None]
    case_id: Mapped[UUID | None] = ref("violation_case.id")


class ComplaintMessage(Base):
    """What was said in a complaint after it was sent, sealed. Append-only.

    ``note`` and ``forward`` are the office's own and never shown to the complainant.
    """

    __tablename__ = "complaint_message"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('accept','ask','reply','answer','forward','note','content','reopen')",
            name="kind",
        ),
    )

    id: Mapped[Key]
    complaint_id: Mapped[UUID] = ref("complaint.id")
    kind: Mapped[str]
    text_enc: Mapped[bytes]
    by_account_id: Mapped[UUID | None]
    at: Mapped[datetime]


class ReviewAssignment(Base):
    """What somebody from outside may look at, and until when (M4): a drawn sample, no more.

    ``seed`` and ``population_hash`` prove that the sample was drawn and not chosen.
    """

    __tablename__ = "review_assignment"
    __table_args__ = (
        CheckConstraint("unit IN ('session','enrolment')", name="unit"),
        CheckConstraint("from_on <= until_on", name="time"),
        CheckConstraint("period_from <= period_to", name="period"),
        CheckConstraint("sample_size BETWEEN 1 AND population_count", name="sample"),
        CheckConstraint("(report IS NULL) = (reported_at IS NULL)", name="report"),
    )

    id: Mapped[Key]
    region_code: Mapped[str]
    reviewer_account_id: Mapped[UUID] = ref("account.id")
    title: Mapped[str]
    unit: Mapped[str]
    # {"institution_ids": [...], "class_ids": [...]}; empty lists leave it open.
    reach: Mapped[dict[str, Any]]
    period_from: Mapped[date]
    period_to: Mapped[date]
    seed: Mapped[str]
    population_count: Mapped[int]
    population_hash: Mapped[str]
    sample_size: Mapped[int]
    shows_names: Mapped[bool]
    from_on: Mapped[date]
    until_on: Mapped[date]
    made_by: Mapped[UUID] = ref("account.id", index=False)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    report: Mapped[str | None]
    reported_at: Mapped[datetime | None]


class ReviewItem(Base):
    """One thing of a sample. Append-only."""

    __tablename__ = "review_item"
    __table_args__ = (
        UniqueConstraint("assignment_id", "seq_no"),
        CheckConstraint("num_nonnulls(session_id, enrolment_id) = 1", name="subject"),
    )

    id: Mapped[Key]
    assignment_id: Mapped[UUID] = ref("review_assignment.id", index=False)
    seq_no: Mapped[int] = mapped_column(SmallInteger)
    session_id: Mapped[UUID | None] = ref("training_session.id")
    enrolment_id: Mapped[UUID | None] = ref("enrolment.id")


class ReviewFinding(Base):
    """What a reviewer found at one thing; the latest stands. Append-only."""

    __tablename__ = "review_finding"
    __table_args__ = (
        CheckConstraint("verdict IN ('ok','question','fault')", name="verdict"),
        CheckConstraint("verdict = 'ok' OR length(btrim(note)) >= 2", name="note"),
    )

    id: Mapped[Key]
    item_id: Mapped[UUID] = ref("review_item.id")
    verdict: Mapped[str]
    note: Mapped[str]
    by_account_id: Mapped[UUID] = ref("account.id", index=False)
    at: Mapped[datetime]
