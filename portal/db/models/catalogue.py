"""What the authority publishes: reference data, policy packs, catalogues, institutions."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class Region(Base):
    """An administrative region (GB/T 2260); old codes stay, with their successor."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_code: Mapped[str | None]


class Occupation(Base):
    """An occupation of the national classification, as printed in one edition."""

    __tablename__ = "occupation"

    code: Mapped[str] = mapped_column(primary_key=True)
    edition: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    family: Mapped[str] = mapped_column(index=True)
    is_digital: Mapped[bool]
    is_green: Mapped[bool]


class PolicyPack(Base):
    """A published policy document as data; ``payload`` is the whole pack."""

    __tablename__ = "policy_pack"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    doc_no: Mapped[str]
    region_code: Mapped[str]
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None]
    content_hash: Mapped[str]
    payload: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]


class PolicyPackVersion(Base):
    """Every version of a pack that was ever published: decisions were made by it."""

    __tablename__ = "policy_pack_version"

    pack_id: Mapped[str] = mapped_column(primary_key=True)
    content_hash: Mapped[str] = mapped_column(primary_key=True)
    payload: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]


class TrainingPlan(Base):
    """A plan or measure of a policy pack, with its target in person-times."""

    __tablename__ = "training_plan"
    __table_args__ = (UniqueConstraint("pack_id", "plan_no"),)

    id: Mapped[Key]
    pack_id: Mapped[str] = ref("policy_pack.id")
    plan_no: Mapped[str]
    name: Mapped[str]
    lead_department: Mapped[str]
    target_person_times: Mapped[int | None]
    min_hours: Mapped[int | None]
    training_type: Mapped[str]
    group_codes: Mapped[list[str]]
    clause: Mapped[str]
    quote: Mapped[str]


class CatalogVersion(Base):
    """A version of a catalogue of some kind in a region: what it says stands in its entries.

    ``scheduled`` is published and comes into force on ``effective_from``, a day of Beijing; a
    draft has no number yet. ``former_id`` is the version that it replaced.
    """

    __tablename__ = "catalog_version"
    __table_args__ = (
        UniqueConstraint("kind", "region_code", "version_no"),
        CheckConstraint(
            "status IN ('draft','scheduled','published','superseded','withdrawn')", name="status"
        ),
        Index(
            "uq_catalog_version_in_force",
            "kind",
            "region_code",
            unique=True,
            postgresql_where=text("status = 'published'"),
        ),
        Index(
            "uq_catalog_version_scheduled",
            "kind",
            "region_code",
            unique=True,
            postgresql_where=text("status = 'scheduled'"),
        ),
        CheckConstraint("status = 'draft' OR version_no IS NOT NULL", name="numbered"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason = '')", name="withdrawal"),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    region_code: Mapped[str]
    version_no: Mapped[int | None]
    status: Mapped[str]
    doc_no: Mapped[str]
    source_name: Mapped[str]
    content_hash: Mapped[str]
    row_count: Mapped[int]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
    former_id: Mapped[UUID | None] = ref("catalog_version.id")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[UUID | None]
    withdrawal_reason: Mapped[str] = mapped_column(server_default="")


class Institution(Base):
    """A training institution (reference A5); private and public are treated alike (R51)."""

    __tablename__ = "institution"
    __table_args__ = (
        Index("ix_institution_search_terms", "search_terms", postgresql_using="gin"),
        CheckConstraint("ownership IN ('public','private')", name="ownership"),
    )

    id: Mapped[Key]
    uscc: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    ownership: Mapped[str]
    license_no: Mapped[str]
    region_code: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    contact_phone: Mapped[str]
    scope: Mapped[list[str]]
    description: Mapped[str]
    search_terms: Mapped[list[str]]
    created_at: Mapped[datetime]


class InstitutionListing(Base):
    """How an institution stands from a day on: by a catalogue version, or by a decision.

    The latest in effect counts; only a listed one may run classes.
    """

    __tablename__ = "institution_listing"
    __table_args__ = (
        UniqueConstraint("institution_id", "catalog_version_id"),
        CheckConstraint(
            "status IN ('listed','warning','suspended','removed','withdrawn')", name="status"
        ),
        CheckConstraint("num_nonnulls(catalog_version_id, decision_id) = 1", name="by"),
    )

    id: Mapped[Key]
    institution_id: Mapped[UUID] = ref("institution.id")
    catalog_version_id: Mapped[UUID | None] = ref("catalog_version.id")
    decision_id: Mapped[UUID | None] = ref("listing_decision.id")
    status: Mapped[str]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    decision_doc: Mapped[str]


class TrainingProgramme(Base):
    """What may be taught with a subsidy: one entry of the programme catalogue."""

    __tablename__ = "training_programme"
    __table_args__ = (
        UniqueConstraint("catalog_version_id", "code"),
        CheckConstraint("num_nonnulls(occupation_code, topic_code) = 1", name="subject"),
        CheckConstraint("planned_hours > 0", name="hours"),
        CheckConstraint("fee_fen >= 0", name="fee"),
        CheckConstraint(
            "filing IN ('filed','accepted','rejected','covered','ended')", name="filing"
        ),
    )

    id: Mapped[Key]
    code: Mapped[str]
    catalog_version_id: Mapped[UUID] = ref("catalog_version.id")
    plan_id: Mapped[UUID] = ref("training_plan.id")
    title: Mapped[str]
    training_type: Mapped[str]
    occupation_code: Mapped[str | None] = mapped_column(index=True)
    topic_code: Mapped[str | None]
    level: Mapped[int | None]
    planned_hours: Mapped[int]
    theory_hours: Mapped[int]
    practice_hours: Mapped[int]
    fee_fen: Mapped[int]
    certificate_kind: Mapped[str]
    # Only for a trade of a local supplement (补充目录): what the province said to it (R52), and
    # whether a catalogue above says the same by now, or it was ended.
    filing: Mapped[str | None]
    description: Mapped[str]


class SubsidyStandard(Base):
    """An amount of the subsidy standard catalogue (reference C3): what one training is worth.

    ``occupation_code`` and ``topic_code`` both empty: for every subject of the training type;
    ``level`` empty: for every level. The closest row counts.
    """

    __tablename__ = "subsidy_standard"
    __table_args__ = (
        CheckConstraint("num_nonnulls(occupation_code, topic_code) <= 1", name="subject"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "kind IN ('vocational_subsidy','insured_skill_up_subsidy','assessment_subsidy',"
            "'promotion_grant','living_allowance','work_as_training','apprenticeship')",
            name="kind",
        ),
        CheckConstraint("unit IN ('person','day','month','year')", name="unit"),
        Index("ix_subsidy_standard_lookup", "region_code", "training_type"),
    )

    id: Mapped[Key]
    catalog_version_id: Mapped[UUID] = ref("catalog_version.id")
    region_code: Mapped[str]
    training_type: Mapped[str]
    occupation_code: Mapped[str | None]
    topic_code: Mapped[str | None]
    level: Mapped[int | None]
    kind: Mapped[str]
    unit: Mapped[str]
    amount_fen: Mapped[int]
    fund: Mapped[str]
    note: Mapped[str]
