"""What a person may still have, what was decided, and what is paid."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref

# A subsidy in one of these states counts for the person.
IS_TAKEN = "state IN ('held','consumed')"


class SubsidyReservation(Base):
    """A subsidy set aside for a person when a seat is accepted (R01, R02).

    Held while the person learns, consumed at the certificate, released or expired otherwise.
    Each counts with numbers drawn from 1: in the year's bucket, in the year, among repeats of
    the same occupation and level. The unique indexes let two acts at the same instant never draw
    the same number, so no limit is passed whatever it is; an officer's override draws the next.
    """

    __tablename__ = "subsidy_reservation"
    __table_args__ = (
        CheckConstraint("state IN ('held','consumed','released','expired')", name="state"),
        CheckConstraint("(bucket IS NULL) = (bucket_no IS NULL)", name="bucket"),
        CheckConstraint("(skill_key IS NULL) = (repeat_no IS NULL)", name="repeat"),
        Index(
            "uq_subsidy_reservation_bucket",
            "person_id",
            "year",
            "bucket",
            "bucket_no",
            unique=True,
            postgresql_where=text(f"{IS_TAKEN} AND bucket_no IS NOT NULL"),
        ),
        Index(
            "uq_subsidy_reservation_total",
            "person_id",
            "year",
            "total_no",
            unique=True,
            postgresql_where=text(f"{IS_TAKEN} AND total_no IS NOT NULL"),
        ),
        Index(
            "uq_subsidy_reservation_repeat",
            "person_id",
            "skill_key",
            text("coalesce(level, 0)"),
            "repeat_no",
            unique=True,
            postgresql_where=text(f"{IS_TAKEN} AND repeat_no IS NOT NULL"),
        ),
        Index(
            "uq_subsidy_reservation_enrolment",
            "enrolment_id",
            unique=True,
            postgresql_where=text(IS_TAKEN),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id", index=False)
    # None for a subsidy that was had before this portal, or elsewhere.
    enrolment_id: Mapped[UUID | None] = ref("enrolment.id")
    state: Mapped[str]
    year: Mapped[int] = mapped_column(SmallInteger)
    bucket: Mapped[str | None]
    bucket_no: Mapped[int | None] = mapped_column(SmallInteger)
    # None when the training type does not count among the year's total.
    total_no: Mapped[int | None] = mapped_column(SmallInteger)
    skill_key: Mapped[str | None]
    level: Mapped[int | None] = mapped_column(SmallInteger)
    repeat_no: Mapped[int | None] = mapped_column(SmallInteger)
    title: Mapped[str]
    overridden: Mapped[bool] = mapped_column(server_default=text("false"))
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class EligibilityDecision(Base):
    """What the rules and people decided about an enrolment, with the facts used. Append-only.

    ``packs`` are ``[{"id", "hash"}]``; ``results`` one object a rule. A person's decision
    (``approve``, ``refuse``, ``override``) carries the reason and, to override, a document.
    """

    __tablename__ = "eligibility_decision"
    __table_args__ = (
        CheckConstraint("act IN ('auto','approve','refuse','override')", name="act"),
        CheckConstraint("verdict IN ('eligible','not_eligible','needs_review')", name="verdict"),
        CheckConstraint("(act = 'auto') = (decided_by IS NULL)", name="who"),
        CheckConstraint("act = 'auto' OR length(btrim(reason)) >= 2", name="reason"),
        CheckConstraint("act <> 'override' OR document_ref IS NOT NULL", name="document"),
    )

    id: Mapped[Key]
    enrolment_id: Mapped[UUID] = ref("enrolment.id")
    act: Mapped[str]
    verdict: Mapped[str]
    packs: Mapped[Any] = mapped_column(JSONB)
    inputs: Mapped[dict[str, Any]]
    results: Mapped[Any] = mapped_column(JSONB)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime]
    reason: Mapped[str | None]
    document_ref: Mapped[str | None]


class SubsidyClaim(Base):
    """A request for money through its states (reference C2). Amounts are fen.

    A claim is about one class and one payee; its lines are the people it is paid for.
    """

    __tablename__ = "subsidy_claim"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft','submitted','institution_checked','county_review','public_notice',"
            "'approved','paid','closed','returned','rejected','recovering')",
            name="state",
        ),
        CheckConstraint("payee_type IN ('person','institution','employer')", name="payee_type"),
        CheckConstraint(
            "num_nonnulls(payee_person_id, payee_institution_id, payee_employer_id) = 1",
            name="payee",
        ),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("advance_fen BETWEEN 0 AND amount_fen", name="advance"),
        CheckConstraint("written_off_fen >= 0", name="written_off"),
        Index("ix_subsidy_claim_queue", "region_code", "state", "due_on"),
    )

    id: Mapped[Key]
    claim_no: Mapped[str] = mapped_column(unique=True)
    class_id: Mapped[UUID] = ref("training_class.id")
    region_code: Mapped[str]
    pack_id: Mapped[str | None]
    pack_hash: Mapped[str | None]
    kind: Mapped[str]
    payee_type: Mapped[str]
    payee_person_id: Mapped[UUID | None] = ref("person.id")
    payee_institution_id: Mapped[UUID | None] = ref("institution.id")
    payee_employer_id: Mapped[UUID | None] = ref("employer.id")
    fund: Mapped[str]
    state: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    # The share paid before the outcome is known (R40); netted with the balance.
    advance_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # What was to come back and was given up by two officers: no money moved, none is owed any more.
    written_off_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")
    filed_by: Mapped[UUID | None] = ref("account.id")
    filed_at: Mapped[datetime | None]
    due_on: Mapped[date]
    checked_by: Mapped[UUID | None]
    reviewed_by: Mapped[UUID | None]
    approved_by: Mapped[UUID | None]
    public_from: Mapped[date | None]
    public_until: Mapped[date | None]
    state_note: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ClaimLine(Base):
    """One person in a claim, and that person's answer to what is claimed in their name.

    ``exclusive_group`` names subsidies of which one is had for a training (R07): the index
    refuses the second while the first is not dropped.
    """

    __tablename__ = "claim_line"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft','asked','confirmed','denied','no_answer','dropped')", name="state"
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(
            "uq_claim_line_exclusive",
            "enrolment_id",
            "exclusive_group",
            unique=True,
            postgresql_where=text("state <> 'dropped'"),
        ),
        Index("ix_claim_line_asked", "person_id", postgresql_where=text("state = 'asked'")),
    )

    id: Mapped[Key]
    claim_id: Mapped[UUID] = ref("subsidy_claim.id")
    enrolment_id: Mapped[UUID] = ref("enrolment.id", index=False)
    person_id: Mapped[UUID] = ref("person.id", index=False)
    exclusive_group: Mapped[str]
    hours: Mapped[int]
    days: Mapped[int]
    months: Mapped[int]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    asked_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    # page, sms, desk or helper.
    answered_via: Mapped[str | None]
    note: Mapped[str | None]


class Disbursement(Base):
    """Money that moved: an advance, a balance, or money taken back. Append-only."""

    __tablename__ = "disbursement"
    __table_args__ = (
        CheckConstraint("kind IN ('advance','balance','recovery')", name="kind"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(
            "uq_disbursement_once",
            "claim_id",
            "kind",
            unique=True,
            postgresql_where=text("kind IN ('advance','balance')"),
        ),
    )

    id: Mapped[Key]
    claim_id: Mapped[UUID] = ref("subsidy_claim.id")
    kind: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    fund: Mapped[str]
    reference: Mapped[str]
    by_account_id: Mapped[UUID]
    at: Mapped[datetime]


class CaseFile(Base):
    """Something a person must look into; a trainee's "no" to a claim opens one."""

    __tablename__ = "case_file"
    __table_args__ = (
        CheckConstraint("kind IN ('claim_denied')", name="kind"),
        CheckConstraint("state IN ('open','upheld','dismissed')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        Index("ix_case_file_queue", "region_code", "state", "due_on"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    region_code: Mapped[str]
    claim_id: Mapped[UUID | None] = ref("subsidy_claim.id")
    claim_line_id: Mapped[UUID | None] = ref("claim_line.id")
    person_id: Mapped[UUID] = ref("person.id")
    summary: Mapped[str]
    state: Mapped[str]
    due_on: Mapped[date]
    opened_at: Mapped[datetime]
    answer: Mapped[str | None]
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
