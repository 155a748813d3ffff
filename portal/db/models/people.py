"""Persons, their accounts, logins and consents."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, Serial, ref


class Person(Base):
    """One real person, once (reference C1). The archive hangs on this row for life."""

    __tablename__ = "person"

    id: Mapped[Key]
    # A number beside the id, because exclusion constraints without extensions need a range.
    no: Mapped[Serial]
    id_type: Mapped[str]
    id_no_hash: Mapped[bytes] = mapped_column(unique=True)
    id_no_enc: Mapped[bytes]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    sex_code: Mapped[str | None]
    birth_date: Mapped[date | None]
    phone_enc: Mapped[bytes | None]
    residence_region: Mapped[str | None]
    pension_status: Mapped[str] = mapped_column(server_default="unknown")
    identity_status: Mapped[str] = mapped_column(server_default="declared")
    created_at: Mapped[datetime]


class PersonGroup(Base):
    """A dated fact: the person belongs to a target group (reference A3)."""

    __tablename__ = "person_group"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),)

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    group_code: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    evidence_ref: Mapped[str | None]
    verified_by: Mapped[UUID | None]
    verified_at: Mapped[datetime | None]


class Account(Base):
    """A way for a person to log in, with one role."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "role IN ('trainee','instructor','manager','officer','auditor')", name="role"
        ),
        CheckConstraint(
            "(role IN ('instructor','manager')) = (institution_id IS NOT NULL)", name="institution"
        ),
        CheckConstraint("(role IN ('officer','auditor')) = (region_code IS NOT NULL)", name="area"),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id", unique=True, index=False)
    role: Mapped[str]
    institution_id: Mapped[UUID | None] = ref("institution.id")
    region_code: Mapped[str | None]
    # Families share phones: the first account owns the phone as a login, the others use the ID.
    phone_hash: Mapped[bytes | None] = mapped_column(unique=True)
    password_hash: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="active")
    created_at: Mapped[datetime]


class LoginSession(Base):
    """A logged-in browser or device. Only the hash of its token is kept."""

    __tablename__ = "login_session"

    id: Mapped[Key]
    account_id: Mapped[UUID] = ref("account.id")
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    kind: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LoginAttempt(Base):
    """One try to log in, by keyed hashes only; feeds the back-off and is pruned."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        CheckConstraint("outcome IN ('failed','succeeded','refused')", name="outcome"),
        Index("ix_login_attempt_login_key_at", "login_key", "at"),
        Index("ix_login_attempt_source_key_at", "source_key", "at"),
    )

    id: Mapped[Key]
    login_key: Mapped[bytes]
    source_key: Mapped[bytes]
    at: Mapped[datetime]
    outcome: Mapped[str]


class ConsentRecord(Base):
    """A notice read or a consent given, with the exact text (PIPL, reference B8.1)."""

    __tablename__ = "consent_record"

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    purpose: Mapped[str]
    version: Mapped[str]
    text_hash: Mapped[str]
    granted_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AuditEvent(Base):
    """Who did or read what, for whom, why, when. Append-only."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_object", "object_type", "object_id"),
        Index(
            "ix_audit_event_on_behalf_of",
            "on_behalf_of",
            postgresql_where=text("on_behalf_of IS NOT NULL"),
        ),
        Index("ix_audit_event_actor_at", "actor_account_id", "at"),
    )

    id: Mapped[Key]
    at: Mapped[datetime]
    actor_account_id: Mapped[UUID | None]
    actor_role: Mapped[str]
    on_behalf_of: Mapped[UUID | None]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str | None]
    fields_read: Mapped[list[str] | None]
    reason: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None]
