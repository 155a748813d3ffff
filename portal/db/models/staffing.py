"""Decisions about institutions; people invited to work here; how they prove who they are."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class ListingDecision(Base):
    """What was decided about an institution's place on the list (reference A5). Append-only.

    ``former`` is how it stood when it was decided. A decision made before another of the same
    institution came into force takes that one's place.
    """

    __tablename__ = "listing_decision"
    __table_args__ = (
        CheckConstraint(
            "state IN ('listed','warning','suspended','rectified','removed','withdrawn')",
            name="state",
        ),
        CheckConstraint("ban_until IS NULL OR state = 'removed'", name="ban"),
        CheckConstraint("ban_until IS NULL OR ban_until > effective_on", name="ban_after"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        CheckConstraint("length(btrim(document_no)) >= 2", name="document"),
        CheckConstraint("lifts_id <> id", name="lifts"),
        UniqueConstraint("lifts_id"),
        Index("ix_listing_decision_effective_on", "effective_on"),
    )

    id: Mapped[Key]
    institution_id: Mapped[UUID] = ref("institution.id")
    former: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    document_no: Mapped[str]
    effective_on: Mapped[date]
    # Until this day, inclusive, the institution may not be admitted again.
    ban_until: Mapped[date | None]
    # The case that led to it, where one did.
    case_id: Mapped[UUID | None]
    # The decision that this one lifts: from now on it counts as never made, and so does its ban.
    lifts_id: Mapped[UUID | None] = ref("listing_decision.id", index=False)
    decided_by: Mapped[UUID] = ref("account.id")
    decided_at: Mapped[datetime]


class ListingEffect(Base):
    """A decision has come into force: what it ended and whom it told, counted."""

    __tablename__ = "listing_effect"

    decision_id: Mapped[UUID] = ref("listing_decision.id", primary_key=True, index=False)
    at: Mapped[datetime]
    counts: Mapped[dict[str, Any]]


class ClaimRelease(Base):
    """A claim of an institution that is off the list may be paid all the same. Append-only."""

    __tablename__ = "claim_release"
    __table_args__ = (CheckConstraint("length(btrim(reason)) >= 4", name="reason"),)

    id: Mapped[Key]
    claim_id: Mapped[UUID] = ref("subsidy_claim.id")
    reason: Mapped[str]
    document_no: Mapped[str]
    released_by: Mapped[UUID] = ref("account.id")
    at: Mapped[datetime]


class ListingApplication(Base):
    """An institution asks to be admitted: its papers, the visit, the answer (M15)."""

    __tablename__ = "listing_application"
    __table_args__ = (
        CheckConstraint(
            "state IN ('submitted','on_site_check','listed','refused','withdrawn')", name="state"
        ),
        CheckConstraint(
            "(state IN ('listed','refused','withdrawn')) = (closed_at IS NOT NULL)", name="closed"
        ),
        CheckConstraint(
            "state <> 'listed' OR (site_passed AND decision_id IS NOT NULL)", name="admitted"
        ),
        Index(
            "uq_listing_application_open",
            "institution_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    institution_id: Mapped[UUID] = ref("institution.id")
    state: Mapped[str]
    # [{"kind", "number"}]: the papers themselves stay with the office.
    papers: Mapped[Any] = mapped_column(JSONB)
    entered_by: Mapped[UUID] = ref("account.id")
    entered_at: Mapped[datetime]
    visited_on: Mapped[date | None]
    visited_by: Mapped[str | None]
    site_passed: Mapped[bool | None]
    site_note: Mapped[str | None]
    decision_id: Mapped[UUID | None] = ref("listing_decision.id")
    answer: Mapped[str | None]
    closed_by: Mapped[UUID | None] = ref("account.id")
    closed_at: Mapped[datetime | None]


class StaffInvitation(Base):
    """Somebody is invited to an account with a role: bound to name and phone, once, for a time.

    Whoever is to work for the authority is proposed by one administrator and invited only when
    another of another kind has agreed: until then the state is ``proposed`` and no code exists.
    """

    __tablename__ = "staff_invitation"
    __table_args__ = (
        CheckConstraint(
            "role IN ('instructor','manager','officer','auditor','reviewer',"
            "'system_admin','security_admin')",
            name="role",
        ),
        CheckConstraint(
            "state IN ('proposed','open','accepted','accepted_alone','revoked','declined',"
            "'expired')",
            name="state",
        ),
        CheckConstraint(
            "(role IN ('instructor','manager')) = (institution_id IS NOT NULL)", name="institution"
        ),
        CheckConstraint(
            "(role IN ('officer','auditor','reviewer','system_admin','security_admin'))"
            " = (region_code IS NOT NULL)",
            name="area",
        ),
        # The consent of a second administrator stands in the row, or there is no account. What was
        # accepted while officers took one administrator is ``accepted_alone``; nothing becomes so.
        CheckConstraint(
            "institution_id IS NOT NULL OR state NOT IN ('open','accepted')"
            " OR agreed_by IS NOT NULL"
            " OR (invited_by IS NULL AND role IN ('system_admin','security_admin','auditor'))",
            name="agreed",
        ),
        CheckConstraint("agreed_by <> invited_by", name="another"),
        CheckConstraint("(state = 'open') = (token_hash IS NOT NULL)", name="token"),
        Index(
            "uq_staff_invitation_open",
            "phone_hash",
            "role",
            text("coalesce(institution_id, '00000000-0000-0000-0000-000000000000')"),
            unique=True,
            postgresql_where=text("state IN ('proposed','open')"),
        ),
    )

    id: Mapped[Key]
    role: Mapped[str]
    institution_id: Mapped[UUID | None] = ref("institution.id")
    region_code: Mapped[str | None]
    name: Mapped[str]
    phone_hash: Mapped[bytes]
    phone_enc: Mapped[bytes]
    # Keyed hash of the word in the link.
    token_hash: Mapped[bytes | None] = mapped_column(unique=True)
    state: Mapped[str]
    # None for the first administrators, whom whoever installs the portal invites.
    invited_by: Mapped[UUID | None] = ref("account.id")
    agreed_by: Mapped[UUID | None] = ref("account.id")
    reason: Mapped[str | None]
    # Why a second administrator did not agree.
    answer: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    account_id: Mapped[UUID | None] = ref("account.id")


class SecondFactor(Base):
    """The device that shows an account's six digits (RFC 6238); unconfirmed while being set up."""

    __tablename__ = "second_factor"

    account_id: Mapped[UUID] = ref("account.id", primary_key=True, index=False)
    secret_enc: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # The latest time step whose digits were taken: none is taken twice.
    last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")


class RecoveryCode(Base):
    """A code on paper for whoever lost the device; used once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    id: Mapped[Key]
    account_id: Mapped[UUID] = ref("account.id", index=False)
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]


class LoginChallenge(Base):
    """A right password was given and the second factor is still to come; short-lived."""

    __tablename__ = "login_challenge"

    id: Mapped[Key]
    account_id: Mapped[UUID] = ref("account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    device: Mapped[str]
    device_hash: Mapped[bytes | None]
    # Whether a factor is asked for, or must first be set up.
    enrols: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AccountHold(Base):
    """An account that may not be used: suspended by who keeps accounts, or locked by security."""

    __tablename__ = "account_hold"
    __table_args__ = (
        CheckConstraint("kind IN ('suspended','locked')", name="kind"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(
            "uq_account_hold_open",
            "account_id",
            "kind",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    account_id: Mapped[UUID] = ref("account.id")
    kind: Mapped[str]
    reason: Mapped[str]
    held_by: Mapped[UUID] = ref("account.id")
    held_at: Mapped[datetime]
    ended_by: Mapped[UUID | None] = ref("account.id")
    ended_at: Mapped[datetime | None]


class PasswordReset(Base):
    """A link by which the owner of an account sets a new password, begun by security."""

    __tablename__ = "password_reset"
    __table_args__ = (CheckConstraint("tries >= 0", name="tries"),)

    id: Mapped[Key]
    account_id: Mapped[UUID] = ref("account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="5")
    started_by: Mapped[UUID] = ref("account.id")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AccountMove(Base):
    """An account of the authority is to have another region: one proposes, another agrees."""

    __tablename__ = "account_move"
    __table_args__ = (
        CheckConstraint("state IN ('proposed','done','declined','revoked')", name="state"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
        CheckConstraint("decided_by <> proposed_by OR state = 'revoked'", name="another"),
        CheckConstraint("length(btrim(reason)) >= 4", name="reason"),
        Index(
            "uq_account_move_open",
            "account_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[Key]
    account_id: Mapped[UUID] = ref("account.id")
    former: Mapped[str]
    region_code: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[UUID] = ref("account.id", index=False)
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = ref("account.id", index=False)
    decided_at: Mapped[datetime | None]
    answer: Mapped[str | None]
