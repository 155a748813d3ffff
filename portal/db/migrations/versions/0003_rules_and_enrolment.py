"""Rules, facts with dates, reservations, waiting lists, rosters, claims.

Going back loses what only the new tables hold; it fails while somebody holds an unsigned seat.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As they were when this migration was written; models keep their own.
APPEND_ONLY = ("disbursement", "eligibility_decision")
SEATED = "status IN ('accepted','active','needs_review','offered')"
FACT_STATES = "status IN ('declared','verified','refused','ended')"
FACT_SOURCES = "source IN ('self','helper','institution','employer','officer','roster','demo')"

CHECKS = (
    # table, name, old condition (None: new), new condition
    (
        "account",
        "role",
        "role IN ('trainee','instructor','manager','officer','auditor')",
        "role IN ('trainee','instructor','manager','officer','auditor','employer','helper')",
    ),
    (
        "account",
        "area",
        "(role IN ('officer','auditor')) = (region_code IS NOT NULL)",
        "(role IN ('officer','auditor','helper')) = (region_code IS NOT NULL)",
    ),
    ("account", "employer", None, "(role = 'employer') = (employer_id IS NOT NULL)"),
    (
        "enrolment",
        "status",
        "status IN ('accepted','active','completed','failed','withdrawn','removed')",
        "status IN ('needs_review','waitlisted','offered','accepted','active','completed',"
        "'failed','withdrawn','removed','rejected','expired')",
    ),
    (
        "enrolment",
        "waiting",
        None,
        "status <> 'waitlisted' OR (waiting_no IS NOT NULL AND waiting_rank IS NOT NULL)",
    ),
    ("person_group", "status", None, FACT_STATES),
    ("person_group", "source", None, FACT_SOURCES),
    ("person_group", "verified", None, "status <> 'verified' OR verified_at IS NOT NULL"),
    ("training_class", "waiting", None, "waiting >= 0"),
)


def _time_constraint(where: str) -> None:
    op.execute("ALTER TABLE enrolment DROP CONSTRAINT ex_enrolment_time")
    op.execute(
        "ALTER TABLE enrolment ADD CONSTRAINT ex_enrolment_time EXCLUDE USING gist"
        f" (int8range(person_no, person_no, '[]') WITH &&, busy WITH &&) WHERE ({where})"
    )


def upgrade() -> None:
    op.create_table(
        "employer",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("insured", sa.Boolean(), nullable=True),
        sa.Column("level_linked_pay", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('enterprise','cooperative','workshop','household','other')",
            name=op.f("ck_employer_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer")),
        sa.UniqueConstraint("uscc", name=op.f("uq_employer_uscc")),
    )
    op.create_index(op.f("ix_employer_region_code"), "employer", ["region_code"], unique=False)
    op.create_table(
        "fact_import",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_import")),
    )
    op.create_table(
        "policy_pack_version",
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pack_id", "content_hash", name=op.f("pk_policy_pack_version")),
    )
    op.create_table(
        "person_fact",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("evidence_ref", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('pension','employment','education','origin')",
            name=op.f("ck_person_fact_kind"),
        ),
        sa.CheckConstraint(
            "source IN ('self','helper','institution','employer','officer','roster','demo')",
            name=op.f("ck_person_fact_source"),
        ),
        sa.CheckConstraint(
            "status <> 'verified' OR verified_at IS NOT NULL", name=op.f("ck_person_fact_verified")
        ),
        sa.CheckConstraint(
            "status IN ('declared','verified','refused','ended')",
            name=op.f("ck_person_fact_status"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_person_fact_dates")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_person_fact_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_fact")),
    )
    op.create_index(op.f("ix_person_fact_person_id"), "person_fact", ["person_id"], unique=False)
    op.create_index(
        "uq_person_fact_open",
        "person_fact",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status IN ('declared','verified') AND valid_to IS NULL"),
    )
    op.create_table(
        "subsidy_standard",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("catalog_version_id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("training_type", sa.Text(), nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=True),
        sa.Column("topic_code", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.Integer(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('vocational_subsidy','insured_skill_up_subsidy','assessment_subsidy','promotion_grant','living_allowance','work_as_training','apprenticeship')",
            name=op.f("ck_subsidy_standard_kind"),
        ),
        sa.CheckConstraint(
            "unit IN ('person','day','month','year')", name=op.f("ck_subsidy_standard_unit")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_subsidy_standard_amount")),
        sa.CheckConstraint(
            "num_nonnulls(occupation_code, topic_code) <= 1",
            name=op.f("ck_subsidy_standard_subject"),
        ),
        sa.ForeignKeyConstraint(
            ["catalog_version_id"],
            ["catalog_version.id"],
            name=op.f("fk_subsidy_standard_catalog_version_id_catalog_version"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidy_standard")),
    )
    op.create_index(
        op.f("ix_subsidy_standard_catalog_version_id"),
        "subsidy_standard",
        ["catalog_version_id"],
        unique=False,
    )
    op.create_index(
        "ix_subsidy_standard_lookup",
        "subsidy_standard",
        ["region_code", "training_type"],
        unique=False,
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("helper_account_id", sa.UUID(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("witness_name", sa.Text(), nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "evidence IN ('signature','fingerprint','witness')", name=op.f("ck_mandate_evidence")
        ),
        sa.CheckConstraint("expires_on >= granted_on", name=op.f("ck_mandate_dates")),
        sa.ForeignKeyConstraint(
            ["helper_account_id"],
            ["account.id"],
            name=op.f("fk_mandate_helper_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_mandate_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
    )
    op.create_index(
        op.f("ix_mandate_helper_account_id"), "mandate", ["helper_account_id"], unique=False
    )
    op.create_index(op.f("ix_mandate_person_id"), "mandate", ["person_id"], unique=False)
    op.create_index(
        "uq_mandate_open",
        "mandate",
        ["person_id", "helper_account_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "roster_upload",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=True),
        sa.Column("employer_id", sa.UUID(), nullable=True),
        sa.Column("class_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("content_kind", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting','checking','checked','committing','done','failed')",
            name=op.f("ck_roster_upload_state"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(institution_id, employer_id) = 1", name=op.f("ck_roster_upload_owner")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_roster_upload_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_roster_upload_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"],
            ["employer.id"],
            name=op.f("fk_roster_upload_employer_id_employer"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_roster_upload_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_upload")),
    )
    op.create_index(
        op.f("ix_roster_upload_account_id"), "roster_upload", ["account_id"], unique=False
    )
    op.create_index(op.f("ix_roster_upload_class_id"), "roster_upload", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_roster_upload_employer_id"), "roster_upload", ["employer_id"], unique=False
    )
    op.create_index(
        op.f("ix_roster_upload_institution_id"), "roster_upload", ["institution_id"], unique=False
    )
    op.create_table(
        "subsidy_claim",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("claim_no", sa.Text(), nullable=False),
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=True),
        sa.Column("pack_hash", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payee_type", sa.Text(), nullable=False),
        sa.Column("payee_person_id", sa.UUID(), nullable=True),
        sa.Column("payee_institution_id", sa.UUID(), nullable=True),
        sa.Column("payee_employer_id", sa.UUID(), nullable=True),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("advance_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("filed_by", sa.UUID(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("public_from", sa.Date(), nullable=True),
        sa.Column("public_until", sa.Date(), nullable=True),
        sa.Column("state_note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "payee_type IN ('person','institution','employer')",
            name=op.f("ck_subsidy_claim_payee_type"),
        ),
        sa.CheckConstraint(
            "state IN ('draft','submitted','institution_checked','county_review','public_notice','approved','paid','closed','returned','rejected','recovering')",
            name=op.f("ck_subsidy_claim_state"),
        ),
        sa.CheckConstraint(
            "advance_fen BETWEEN 0 AND amount_fen", name=op.f("ck_subsidy_claim_advance")
        ),
        sa.CheckConstraint("amount_fen >= 0", name=op.f("ck_subsidy_claim_amount")),
        sa.CheckConstraint(
            "num_nonnulls(payee_person_id, payee_institution_id, payee_employer_id) = 1",
            name=op.f("ck_subsidy_claim_payee"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_subsidy_claim_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["filed_by"],
            ["account.id"],
            name=op.f("fk_subsidy_claim_filed_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payee_employer_id"],
            ["employer.id"],
            name=op.f("fk_subsidy_claim_payee_employer_id_employer"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payee_institution_id"],
            ["institution.id"],
            name=op.f("fk_subsidy_claim_payee_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["payee_person_id"],
            ["person.id"],
            name=op.f("fk_subsidy_claim_payee_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidy_claim")),
        sa.UniqueConstraint("claim_no", name=op.f("uq_subsidy_claim_claim_no")),
    )
    op.create_index(op.f("ix_subsidy_claim_class_id"), "subsidy_claim", ["class_id"], unique=False)
    op.create_index(op.f("ix_subsidy_claim_filed_by"), "subsidy_claim", ["filed_by"], unique=False)
    op.create_index(
        op.f("ix_subsidy_claim_payee_employer_id"),
        "subsidy_claim",
        ["payee_employer_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subsidy_claim_payee_institution_id"),
        "subsidy_claim",
        ["payee_institution_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_subsidy_claim_payee_person_id"), "subsidy_claim", ["payee_person_id"], unique=False
    )
    op.create_index(
        "ix_subsidy_claim_queue", "subsidy_claim", ["region_code", "state", "due_on"], unique=False
    )
    op.create_table(
        "training_need",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("skill_key", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("from_month", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("acting_account_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_class_id", sa.UUID(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open','told','met','withdrawn')", name=op.f("ck_training_need_state")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_training_need_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["told_class_id"],
            ["training_class.id"],
            name=op.f("fk_training_need_told_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_need")),
    )
    op.create_index(
        op.f("ix_training_need_person_id"), "training_need", ["person_id"], unique=False
    )
    op.create_index(
        "ix_training_need_skill_region", "training_need", ["skill_key", "region_code"], unique=False
    )
    op.create_index(
        op.f("ix_training_need_told_class_id"), "training_need", ["told_class_id"], unique=False
    )
    op.create_index(
        "uq_training_need_open",
        "training_need",
        ["person_id", "skill_key", "region_code"],
        unique=True,
        postgresql_where=sa.text("state IN ('open','told')"),
    )
    op.create_table(
        "claim_line",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("exclusive_group", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_via", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft','asked','confirmed','denied','no_answer','dropped')",
            name=op.f("ck_claim_line_state"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_claim_line_amount")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["subsidy_claim.id"],
            name=op.f("fk_claim_line_claim_id_subsidy_claim"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_claim_line_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_claim_line_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_line")),
    )
    op.create_index(
        "ix_claim_line_asked",
        "claim_line",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(op.f("ix_claim_line_claim_id"), "claim_line", ["claim_id"], unique=False)
    op.create_index(
        "uq_claim_line_exclusive",
        "claim_line",
        ["enrolment_id", "exclusive_group"],
        unique=True,
        postgresql_where=sa.text("state <> 'dropped'"),
    )
    op.create_table(
        "disbursement",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('advance','balance','recovery')", name=op.f("ck_disbursement_kind")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_disbursement_amount")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["subsidy_claim.id"],
            name=op.f("fk_disbursement_claim_id_subsidy_claim"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disbursement")),
    )
    op.create_index(op.f("ix_disbursement_claim_id"), "disbursement", ["claim_id"], unique=False)
    op.create_index(
        "uq_disbursement_once",
        "disbursement",
        ["claim_id", "kind"],
        unique=True,
        postgresql_where=sa.text("kind IN ('advance','balance')"),
    )
    op.create_table(
        "eligibility_decision",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("packs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("results", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("document_ref", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(act = 'auto') = (decided_by IS NULL)", name=op.f("ck_eligibility_decision_who")
        ),
        sa.CheckConstraint(
            "act <> 'override' OR document_ref IS NOT NULL",
            name=op.f("ck_eligibility_decision_document"),
        ),
        sa.CheckConstraint(
            "act = 'auto' OR length(btrim(reason)) >= 2",
            name=op.f("ck_eligibility_decision_reason"),
        ),
        sa.CheckConstraint(
            "act IN ('auto','approve','refuse','override')",
            name=op.f("ck_eligibility_decision_act"),
        ),
        sa.CheckConstraint(
            "verdict IN ('eligible','not_eligible','needs_review')",
            name=op.f("ck_eligibility_decision_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_eligibility_decision_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility_decision")),
    )
    op.create_index(
        op.f("ix_eligibility_decision_enrolment_id"),
        "eligibility_decision",
        ["enrolment_id"],
        unique=False,
    )
    op.create_table(
        "roster_row",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("upload_id", sa.UUID(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id_type", sa.Text(), nullable=False),
        sa.Column("id_no_enc", sa.LargeBinary(), nullable=True),
        sa.Column("id_no_hash", sa.LargeBinary(), nullable=True),
        sa.Column("phone_enc", sa.LargeBinary(), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column("class_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column(
            "reasons",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'"),
            nullable=False,
        ),
        sa.Column("chosen", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("commit_state", sa.Text(), server_default="none", nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "commit_state IN ('none','offered','waitlisted','refused')",
            name=op.f("ck_roster_row_commit_state"),
        ),
        sa.CheckConstraint(
            "outcome IN ('unread','bad','eligible','needs_review','not_eligible','waiting')",
            name=op.f("ck_roster_row_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_roster_row_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_roster_row_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_roster_row_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["roster_upload.id"],
            name=op.f("fk_roster_row_upload_id_roster_upload"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_row")),
        sa.UniqueConstraint("upload_id", "row_no", name=op.f("uq_roster_row_upload_id_row_no")),
    )
    op.create_index(op.f("ix_roster_row_class_id"), "roster_row", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_roster_row_enrolment_id"), "roster_row", ["enrolment_id"], unique=False
    )
    op.create_index("ix_roster_row_outcome", "roster_row", ["upload_id", "outcome"], unique=False)
    op.create_index(op.f("ix_roster_row_person_id"), "roster_row", ["person_id"], unique=False)
    op.create_table(
        "seat_offer",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_via", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("code_tries", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)", name=op.f("ck_seat_offer_answered")
        ),
        sa.CheckConstraint(
            "source IN ('waiting_list','roster')", name=op.f("ck_seat_offer_source")
        ),
        sa.CheckConstraint(
            "state IN ('open','accepted','declined','expired','withdrawn')",
            name=op.f("ck_seat_offer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_seat_offer_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_seat_offer_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_offer")),
    )
    op.create_index(op.f("ix_seat_offer_class_id"), "seat_offer", ["class_id"], unique=False)
    op.create_index(
        op.f("ix_seat_offer_enrolment_id"), "seat_offer", ["enrolment_id"], unique=False
    )
    op.create_index(
        "ix_seat_offer_expires_at",
        "seat_offer",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_seat_offer_open",
        "seat_offer",
        ["enrolment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "subsidy_reservation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=True),
        sa.Column("bucket_no", sa.SmallInteger(), nullable=True),
        sa.Column("total_no", sa.SmallInteger(), nullable=True),
        sa.Column("skill_key", sa.Text(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("repeat_no", sa.SmallInteger(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("overridden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('held','consumed','released','expired')",
            name=op.f("ck_subsidy_reservation_state"),
        ),
        sa.CheckConstraint(
            "(bucket IS NULL) = (bucket_no IS NULL)", name=op.f("ck_subsidy_reservation_bucket")
        ),
        sa.CheckConstraint(
            "(skill_key IS NULL) = (repeat_no IS NULL)", name=op.f("ck_subsidy_reservation_repeat")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_subsidy_reservation_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_subsidy_reservation_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsidy_reservation")),
    )
    op.create_index(
        op.f("ix_subsidy_reservation_enrolment_id"),
        "subsidy_reservation",
        ["enrolment_id"],
        unique=False,
    )
    op.create_index(
        "uq_subsidy_reservation_bucket",
        "subsidy_reservation",
        ["person_id", "year", "bucket", "bucket_no"],
        unique=True,
        postgresql_where=sa.text("state IN ('held','consumed') AND bucket_no IS NOT NULL"),
    )
    op.create_index(
        "uq_subsidy_reservation_enrolment",
        "subsidy_reservation",
        ["enrolment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('held','consumed')"),
    )
    op.create_index(
        "uq_subsidy_reservation_repeat",
        "subsidy_reservation",
        ["person_id", "skill_key", sa.literal_column("coalesce(level, 0)"), "repeat_no"],
        unique=True,
        postgresql_where=sa.text("state IN ('held','consumed') AND repeat_no IS NOT NULL"),
    )
    op.create_index(
        "uq_subsidy_reservation_total",
        "subsidy_reservation",
        ["person_id", "year", "total_no"],
        unique=True,
        postgresql_where=sa.text("state IN ('held','consumed') AND total_no IS NOT NULL"),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.UUID(), nullable=True),
        sa.Column("claim_line_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_case_file_closed")
        ),
        sa.CheckConstraint("kind IN ('claim_denied')", name=op.f("ck_case_file_kind")),
        sa.CheckConstraint(
            "state IN ('open','upheld','dismissed')", name=op.f("ck_case_file_state")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["subsidy_claim.id"],
            name=op.f("fk_case_file_claim_id_subsidy_claim"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["claim_line_id"],
            ["claim_line.id"],
            name=op.f("fk_case_file_claim_line_id_claim_line"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_case_file_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
    )
    op.create_index(op.f("ix_case_file_claim_id"), "case_file", ["claim_id"], unique=False)
    op.create_index(
        op.f("ix_case_file_claim_line_id"), "case_file", ["claim_line_id"], unique=False
    )
    op.create_index(op.f("ix_case_file_person_id"), "case_file", ["person_id"], unique=False)
    op.create_index(
        "ix_case_file_queue", "case_file", ["region_code", "state", "due_on"], unique=False
    )
    op.add_column("account", sa.Column("employer_id", sa.UUID(), nullable=True))
    op.create_index(op.f("ix_account_employer_id"), "account", ["employer_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_account_employer_id_employer"),
        "account",
        "employer",
        ["employer_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.add_column("enrolment", sa.Column("acting_account_id", sa.UUID(), nullable=True))
    op.add_column("enrolment", sa.Column("mandate_id", sa.UUID(), nullable=True))
    op.add_column("enrolment", sa.Column("waiting_rank", sa.SmallInteger(), nullable=True))
    op.add_column("enrolment", sa.Column("waiting_no", sa.BigInteger(), nullable=True))
    op.add_column("enrolment", sa.Column("review_due_on", sa.Date(), nullable=True))
    op.alter_column("enrolment", "commitment_version", existing_type=sa.TEXT(), nullable=True)
    op.alter_column("enrolment", "commitment_text_hash", existing_type=sa.TEXT(), nullable=True)
    op.alter_column(
        "enrolment", "signed_at", existing_type=postgresql.TIMESTAMP(timezone=True), nullable=True
    )
    op.drop_index(
        op.f("uq_enrolment_live"),
        table_name="enrolment",
        postgresql_where="(status = ANY (ARRAY['accepted'::text, 'active'::text]))",
    )
    for column in ("acting_account_id", "mandate_id"):
        op.create_index(
            f"ix_enrolment_{column}",
            "enrolment",
            [column],
            unique=False,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_index(
        "ix_enrolment_review",
        "enrolment",
        ["review_due_on"],
        unique=False,
        postgresql_where=sa.text("status = 'needs_review'"),
    )
    op.create_index(
        "uq_enrolment_open",
        "enrolment",
        ["person_id", "class_id"],
        unique=True,
        postgresql_where=sa.text(
            "status IN ('accepted','active','needs_review','offered','waitlisted')"
        ),
    )
    op.create_index(
        "uq_enrolment_waiting",
        "enrolment",
        ["class_id", "waiting_rank", "waiting_no"],
        unique=True,
        postgresql_where=sa.text("status = 'waitlisted'"),
    )
    op.create_foreign_key(
        op.f("fk_enrolment_acting_account_id_account"),
        "enrolment",
        "account",
        ["acting_account_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_enrolment_mandate_id_mandate"),
        "enrolment",
        "mandate",
        ["mandate_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    _keep_pensions()
    op.drop_column("person", "pension_status")
    op.add_column("person_group", sa.Column("status", sa.Text(), nullable=True))
    op.add_column("person_group", sa.Column("import_id", sa.UUID(), nullable=True))
    op.add_column(
        "person_group", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("person_group", sa.Column("created_by", sa.Uuid(), nullable=True))
    op.add_column("person_group", sa.Column("note", sa.Text(), nullable=True))
    _complete_groups()
    op.create_index(op.f("ix_person_group_import_id"), "person_group", ["import_id"], unique=False)
    op.create_index(
        "uq_person_group_open",
        "person_group",
        ["person_id", "group_code"],
        unique=True,
        postgresql_where=sa.text("status IN ('declared','verified') AND valid_to IS NULL"),
    )
    op.create_foreign_key(
        op.f("fk_person_group_import_id_fact_import"),
        "person_group",
        "fact_import",
        ["import_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.add_column(
        "training_class", sa.Column("waiting", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "training_class",
        sa.Column("last_waiting_no", sa.BigInteger(), server_default="0", nullable=False),
    )
    for table, name, old, new in CHECKS:
        if old:
            op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, new)
    _time_constraint(SEATED)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "INSERT INTO policy_pack_version (pack_id, content_hash, payload, published_at)"
        " SELECT id, content_hash, payload, published_at FROM policy_pack"
    )


def _keep_pensions() -> None:
    """Pensions become dated facts: what was known holds from the day the person registered."""
    op.execute(
        """
        INSERT INTO person_fact (id, person_id, kind, value, valid_from, status, source, created_at)
        SELECT gen_random_uuid(), id, 'pension', '{"draws": "employee"}',
               (created_at AT TIME ZONE 'Asia/Shanghai')::date, 'declared', 'self', created_at
          FROM person WHERE pension_status = 'monthly'
        """
    )


def _complete_groups() -> None:
    """States and sources for the rows there are; of open doubles the verified or first stays."""
    op.execute(
        """
        UPDATE person_group
           SET status = CASE WHEN verified_at IS NULL THEN 'declared' ELSE 'verified' END,
               created_at = coalesce(verified_at, now()),
               source = CASE WHEN verified_at IS NULL THEN 'self' ELSE 'officer' END
        """
    )
    op.execute(
        """
        UPDATE person_group g SET status = 'ended', valid_to = greatest(valid_from, current_date)
         WHERE valid_to IS NULL AND EXISTS (
               SELECT FROM person_group b
                WHERE b.person_id = g.person_id AND b.group_code = g.group_code
                  AND b.valid_to IS NULL
                  AND (b.status = 'verified', g.id) > (g.status = 'verified', b.id))
        """
    )
    op.alter_column("person_group", "status", existing_type=sa.Text(), nullable=False)
    op.alter_column(
        "person_group", "created_at", existing_type=sa.DateTime(timezone=True), nullable=False
    )


def downgrade() -> None:
    op.execute(
        "UPDATE enrolment SET ended_at = coalesce(ended_at, now()), status = CASE"
        " WHEN status IN ('rejected','expired') THEN 'removed' ELSE 'withdrawn' END"
        " WHERE status IN ('needs_review','waitlisted','offered','rejected','expired')"
    )
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    _time_constraint("status IN ('accepted','active')")
    for table, name, old, _ in reversed(CHECKS):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
        if old:
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, old)
    op.drop_column("training_class", "last_waiting_no")
    op.drop_column("training_class", "waiting")
    op.drop_constraint(
        op.f("fk_person_group_import_id_fact_import"), "person_group", type_="foreignkey"
    )
    op.drop_index(
        "uq_person_group_open",
        table_name="person_group",
        postgresql_where=sa.text("status IN ('declared','verified') AND valid_to IS NULL"),
    )
    op.drop_index(op.f("ix_person_group_import_id"), table_name="person_group")
    op.drop_column("person_group", "note")
    op.drop_column("person_group", "created_by")
    op.drop_column("person_group", "created_at")
    op.drop_column("person_group", "import_id")
    op.drop_column("person_group", "status")
    op.add_column(
        "person",
        sa.Column(
            "pension_status",
            sa.TEXT(),
            server_default=sa.text("'unknown'::text"),
            autoincrement=False,
            nullable=False,
        ),
    )
    op.drop_constraint(op.f("fk_enrolment_mandate_id_mandate"), "enrolment", type_="foreignkey")
    op.drop_constraint(
        op.f("fk_enrolment_acting_account_id_account"), "enrolment", type_="foreignkey"
    )
    op.drop_index(
        "uq_enrolment_waiting",
        table_name="enrolment",
        postgresql_where=sa.text("status = 'waitlisted'"),
    )
    op.drop_index(
        "uq_enrolment_open",
        table_name="enrolment",
        postgresql_where=sa.text(
            "status IN ('accepted','active','needs_review','offered','waitlisted')"
        ),
    )
    op.drop_index(
        "ix_enrolment_review",
        table_name="enrolment",
        postgresql_where=sa.text("status = 'needs_review'"),
    )
    op.drop_index(op.f("ix_enrolment_mandate_id"), table_name="enrolment")
    op.drop_index(op.f("ix_enrolment_acting_account_id"), table_name="enrolment")
    op.create_index(
        op.f("uq_enrolment_live"),
        "enrolment",
        ["person_id", "class_id"],
        unique=True,
        postgresql_where="(status = ANY (ARRAY['accepted'::text, 'active'::text]))",
    )
    op.alter_column(
        "enrolment", "signed_at", existing_type=postgresql.TIMESTAMP(timezone=True), nullable=False
    )
    op.alter_column("enrolment", "commitment_text_hash", existing_type=sa.TEXT(), nullable=False)
    op.alter_column("enrolment", "commitment_version", existing_type=sa.TEXT(), nullable=False)
    op.drop_column("enrolment", "review_due_on")
    op.drop_column("enrolment", "waiting_no")
    op.drop_column("enrolment", "waiting_rank")
    op.drop_column("enrolment", "mandate_id")
    op.drop_column("enrolment", "acting_account_id")
    op.drop_constraint(op.f("fk_account_employer_id_employer"), "account", type_="foreignkey")
    op.drop_index(op.f("ix_account_employer_id"), table_name="account")
    op.drop_column("account", "employer_id")
    op.drop_index("ix_case_file_queue", table_name="case_file")
    op.drop_index(op.f("ix_case_file_person_id"), table_name="case_file")
    op.drop_index(op.f("ix_case_file_claim_line_id"), table_name="case_file")
    op.drop_index(op.f("ix_case_file_claim_id"), table_name="case_file")
    op.drop_table("case_file")
    op.drop_index(
        "uq_subsidy_reservation_total",
        table_name="subsidy_reservation",
        postgresql_where=sa.text("state IN ('held','consumed') AND total_no IS NOT NULL"),
    )
    op.drop_index(
        "uq_subsidy_reservation_repeat",
        table_name="subsidy_reservation",
        postgresql_where=sa.text("state IN ('held','consumed') AND repeat_no IS NOT NULL"),
    )
    op.drop_index(
        "uq_subsidy_reservation_enrolment",
        table_name="subsidy_reservation",
        postgresql_where=sa.text("state IN ('held','consumed')"),
    )
    op.drop_index(
        "uq_subsidy_reservation_bucket",
        table_name="subsidy_reservation",
        postgresql_where=sa.text("state IN ('held','consumed') AND bucket_no IS NOT NULL"),
    )
    op.drop_index(op.f("ix_subsidy_reservation_enrolment_id"), table_name="subsidy_reservation")
    op.drop_table("subsidy_reservation")
    op.drop_index(
        "uq_seat_offer_open", table_name="seat_offer", postgresql_where=sa.text("state = 'open'")
    )
    op.drop_index(
        "ix_seat_offer_expires_at",
        table_name="seat_offer",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_seat_offer_enrolment_id"), table_name="seat_offer")
    op.drop_index(op.f("ix_seat_offer_class_id"), table_name="seat_offer")
    op.drop_table("seat_offer")
    op.drop_index(op.f("ix_roster_row_person_id"), table_name="roster_row")
    op.drop_index("ix_roster_row_outcome", table_name="roster_row")
    op.drop_index(op.f("ix_roster_row_enrolment_id"), table_name="roster_row")
    op.drop_index(op.f("ix_roster_row_class_id"), table_name="roster_row")
    op.drop_table("roster_row")
    op.drop_index(op.f("ix_eligibility_decision_enrolment_id"), table_name="eligibility_decision")
    op.drop_table("eligibility_decision")
    op.drop_index(
        "uq_disbursement_once",
        table_name="disbursement",
        postgresql_where=sa.text("kind IN ('advance','balance')"),
    )
    op.drop_index(op.f("ix_disbursement_claim_id"), table_name="disbursement")
    op.drop_table("disbursement")
    op.drop_index(
        "uq_claim_line_exclusive",
        table_name="claim_line",
        postgresql_where=sa.text("state <> 'dropped'"),
    )
    op.drop_index(op.f("ix_claim_line_claim_id"), table_name="claim_line")
    op.drop_index(
        "ix_claim_line_asked", table_name="claim_line", postgresql_where=sa.text("state = 'asked'")
    )
    op.drop_table("claim_line")
    op.drop_index(
        "uq_training_need_open",
        table_name="training_need",
        postgresql_where=sa.text("state IN ('open','told')"),
    )
    op.drop_index(op.f("ix_training_need_told_class_id"), table_name="training_need")
    op.drop_index("ix_training_need_skill_region", table_name="training_need")
    op.drop_index(op.f("ix_training_need_person_id"), table_name="training_need")
    op.drop_table("training_need")
    op.drop_index("ix_subsidy_claim_queue", table_name="subsidy_claim")
    op.drop_index(op.f("ix_subsidy_claim_payee_person_id"), table_name="subsidy_claim")
    op.drop_index(op.f("ix_subsidy_claim_payee_institution_id"), table_name="subsidy_claim")
    op.drop_index(op.f("ix_subsidy_claim_payee_employer_id"), table_name="subsidy_claim")
    op.drop_index(op.f("ix_subsidy_claim_filed_by"), table_name="subsidy_claim")
    op.drop_index(op.f("ix_subsidy_claim_class_id"), table_name="subsidy_claim")
    op.drop_table("subsidy_claim")
    op.drop_index(op.f("ix_roster_upload_institution_id"), table_name="roster_upload")
    op.drop_index(op.f("ix_roster_upload_employer_id"), table_name="roster_upload")
    op.drop_index(op.f("ix_roster_upload_class_id"), table_name="roster_upload")
    op.drop_index(op.f("ix_roster_upload_account_id"), table_name="roster_upload")
    op.drop_table("roster_upload")
    op.drop_index(
        "uq_mandate_open", table_name="mandate", postgresql_where=sa.text("revoked_at IS NULL")
    )
    op.drop_index(op.f("ix_mandate_person_id"), table_name="mandate")
    op.drop_index(op.f("ix_mandate_helper_account_id"), table_name="mandate")
    op.drop_table("mandate")
    op.drop_index("ix_subsidy_standard_lookup", table_name="subsidy_standard")
    op.drop_index(op.f("ix_subsidy_standard_catalog_version_id"), table_name="subsidy_standard")
    op.drop_table("subsidy_standard")
    op.drop_index(
        "uq_person_fact_open",
        table_name="person_fact",
        postgresql_where=sa.text("status IN ('declared','verified') AND valid_to IS NULL"),
    )
    op.drop_index(op.f("ix_person_fact_person_id"), table_name="person_fact")
    op.drop_table("person_fact")
    op.drop_table("policy_pack_version")
    op.drop_table("fact_import")
    op.drop_index(op.f("ix_employer_region_code"), table_name="employer")
    op.drop_table("employer")
