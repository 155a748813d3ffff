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
    identity_status: Mapped[str] = mapped_column(server_default="declared")
    # Another record of the same person, which this one counts as (see PersonMerge).
    merged_into: Mapped[UUID | None] = ref("person.id")
    created_at: Mapped[datetime]


# How sure a dated fact is: the person said so, an authority checked it, refused it, or it is over.
_FACT_STATES = "status IN ('declared','verified','refused','ended')"
_FACT_SOURCES = "source IN ('self','helper','institution','employer','officer','roster','demo')"


class PersonGroup(Base):
    """A dated fact: the person belongs to a target group (reference A3)."""

    __tablename__ = "person_group"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),
        CheckConstraint(_FACT_STATES, name="status"),
        CheckConstraint(_FACT_SOURCES, name="source"),
        CheckConstraint("status <> 'verified' OR verified_at IS NOT NULL", name="verified"),
        Index(
            "uq_person_group_open",
            "person_id",
            "group_code",
            unique=True,
            postgresql_where=text("status IN ('declared','verified') AND valid_to IS NULL"),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    group_code: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    status: Mapped[str]
    source: Mapped[str]
    evidence_ref: Mapped[str | None]
    import_id: Mapped[UUID | None] = ref("fact_import.id")
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    verified_by: Mapped[UUID | None]
    verified_at: Mapped[datetime | None]
    note: Mapped[str | None]


class PersonFact(Base):
    """Another dated fact: pension, employment, education or origin; ``value`` by kind.

    The shapes are those of ``portal.domain.rules.facts``; see ``services.facts``.
    """

    __tablename__ = "person_fact"
    __table_args__ = (
        CheckConstraint("kind IN ('pension','employment','education','origin')", name="kind"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="dates"),
        CheckConstraint(_FACT_STATES, name="status"),
        CheckConstraint(_FACT_SOURCES, name="source"),
        CheckConstraint("status <> 'verified' OR verified_at IS NOT NULL", name="verified"),
        Index(
            "uq_person_fact_open",
            "person_id",
            "kind",
            unique=True,
            postgresql_where=text("status IN ('declared','verified') AND valid_to IS NULL"),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    kind: Mapped[str]
    value: Mapped[dict[str, Any]]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    status: Mapped[str]
    source: Mapped[str]
    evidence_ref: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]
    verified_by: Mapped[UUID | None]
    verified_at: Mapped[datetime | None]
    note: Mapped[str | None]


class FactImport(Base):
    """A sheet of group members that an authority imported: whose, what, how many."""

    __tablename__ = "fact_import"

    id: Mapped[Key]
    group_code: Mapped[str]
    region_code: Mapped[str]
    content_hash: Mapped[str]
    row_count: Mapped[int]
    account_id: Mapped[UUID | None]
    at: Mapped[datetime]


class Employer(Base):
    """An enterprise, cooperative or workshop that sends its people or is paid for training them."""

    __tablename__ = "employer"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('enterprise','cooperative','workshop','household','other')", name="kind"
        ),
    )

    id: Mapped[Key]
    uscc: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    region_code: Mapped[str] = mapped_column(index=True)
    # Pays unemployment insurance (R08), ties pay to levels (R14); None while nobody checked.
    insured: Mapped[bool | None]
    level_linked_pay: Mapped[bool | None]
    created_at: Mapped[datetime]


class Mandate(Base):
    """A person's mandate (委托) to a helper: to register them, enrol them, answer for them.

    The exact text is kept by version and hash; the signed paper stays with the helper's office.
    Whoever has an account confirms it themself, by a code sent to their phone or logged in:
    until ``confirmed_at`` it is worth nothing.
    """

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint(
            "evidence IN ('signature','fingerprint','witness','code','own')", name="evidence"
        ),
        CheckConstraint("evidence <> 'witness' OR witness_name IS NOT NULL", name="witness"),
        CheckConstraint("expires_on >= granted_on", name="dates"),
        Index("ix_mandate_helper_created", "helper_account_id", "created_at"),
        Index(
            "uq_mandate_open",
            "person_id",
            "helper_account_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id")
    helper_account_id: Mapped[UUID] = ref("account.id")
    text_version: Mapped[str]
    text_hash: Mapped[str]
    evidence: Mapped[str]
    witness_name: Mapped[str | None]
    granted_on: Mapped[date]
    expires_on: Mapped[date]
    confirmed_at: Mapped[datetime | None]
    # The code that was sent to the person's phone (keyed hash), and tries left.
    code_hash: Mapped[bytes | None]
    code_tries: Mapped[int] = mapped_column(server_default="0")
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Account(Base):
    """A way for a person to log in, with one role."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "role IN ('trainee','instructor','manager','officer','auditor','employer','helper',"
            "'reviewer','system_admin','security_admin')",
            name="role",
        ),
        CheckConstraint(
            "(role IN ('instructor','manager')) = (institution_id IS NOT NULL)", name="institution"
        ),
        CheckConstraint(
            "(role IN ('officer','auditor','helper','reviewer','system_admin','security_admin'))"
            " = (region_code IS NOT NULL)",
            name="area",
        ),
        CheckConstraint("(role = 'employer') = (employer_id IS NOT NULL)", name="employer"),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id", unique=True, index=False)
    role: Mapped[str]
    institution_id: Mapped[UUID | None] = ref("institution.id")
    employer_id: Mapped[UUID | None] = ref("employer.id")
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
    # Keyed hash of the browser that logged in; tells a cookie used elsewhere.
    device_hash: Mapped[bytes | None]
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
    __table_args__ = (
        # One membership a person; and the few of them among the consents of everybody.
        Index(
            "uq_consent_record_talent_pool",
            "person_id",
            unique=True,
            postgresql_where=text("purpose = 'talent_pool' AND withdrawn_at IS NULL"),
        ),
    )

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
        # Reads of whole lists, by which those on the list find who read it.
        Index(
            "ix_audit_event_list_read",
            "object_type",
            "object_id",
            postgresql_where=text("fields_read IS NOT NULL AND on_behalf_of IS NULL"),
        ),
        Index("ix_audit_event_actor_at", "actor_account_id", "at"),
    )

    id: Mapped[Key]
    # Drawn when the row is written: what blocks of the trail go by (AuditBlock).
    no: Mapped[Serial]
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
