"""Keep findings, sanctions, recoveries, complaints and drawn samples.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# As they were when this migration was written; models keep their own list (APPEND_ONLY).
APPEND_ONLY = (
    "case_event",
    "recovery_entry",
    "complaint_message",
    "review_item",
    "review_finding",
)
# What was found, decided or owed is not written over: what may still change is what came of it.
FIXED = {
    "case_finding": "id, case_id, what, grade, reason, evidence, replaces_id, graded_by, graded_at",
    "case_sanction": "id, case_id, kind, reason, document_no, effective_on, ban_until, decided_by,"
    " decided_at",
    "recovery": "id, recovery_no, region_code, case_id, claim_id, fund, amount_fen, opened_by,"
    " opened_at",
    "review_assignment": "id, region_code, reviewer_account_id, unit, reach, period_from,"
    " period_to, seed, population_count, population_hash, sample_size, shows_names, made_by,"
    " made_at",
}


def upgrade() -> None:
    op.execute("CREATE SEQUENCE case_serial")
    op.create_table(
        "review_assignment",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("reviewer_account_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("reach", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("population_count", sa.Integer(), nullable=False),
        sa.Column("population_hash", sa.Text(), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.Column("shows_names", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.UUID(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "unit IN ('session','enrolment')", name=op.f("ck_review_assignment_unit")
        ),
        sa.CheckConstraint(
            "(report IS NULL) = (reported_at IS NULL)", name=op.f("ck_review_assignment_report")
        ),
        sa.CheckConstraint("from_on <= until_on", name=op.f("ck_review_assignment_time")),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_review_assignment_period")),
        sa.CheckConstraint(
            "sample_size BETWEEN 1 AND population_count", name=op.f("ck_review_assignment_sample")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"],
            ["account.id"],
            name=op.f("fk_review_assignment_made_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_account_id"],
            ["account.id"],
            name=op.f("fk_review_assignment_reviewer_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_assignment")),
    )
    op.create_index(
        op.f("ix_review_assignment_reviewer_account_id"),
        "review_assignment",
        ["reviewer_account_id"],
        unique=False,
    )
    op.create_table(
        "review_item",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("assignment_id", sa.UUID(), nullable=False),
        sa.Column("seq_no", sa.SmallInteger(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("enrolment_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(session_id, enrolment_id) = 1", name=op.f("ck_review_item_subject")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"],
            ["review_assignment.id"],
            name=op.f("fk_review_item_assignment_id_review_assignment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_review_item_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_review_item_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
        sa.UniqueConstraint(
            "assignment_id", "seq_no", name=op.f("uq_review_item_assignment_id_seq_no")
        ),
    )
    op.create_index(
        op.f("ix_review_item_enrolment_id"), "review_item", ["enrolment_id"], unique=False
    )
    op.create_index(op.f("ix_review_item_session_id"), "review_item", ["session_id"], unique=False)
    op.create_table(
        "violation_case",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=False),
        sa.Column("class_id", sa.UUID(), nullable=True),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("claim_id", sa.UUID(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.UUID(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closing_note", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.UUID(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(source = 'manual') = (source_id IS NULL)", name=op.f("ck_violation_case_source_id")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL) AND (state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_violation_case_closed"),
        ),
        sa.CheckConstraint(
            "outcome IN ('unfounded','corrected','sanctioned','handed_over')",
            name=op.f("ck_violation_case_outcome"),
        ),
        sa.CheckConstraint(
            "source IN ('inspection','odd_session','complaint','claim','manual')",
            name=op.f("ck_violation_case_source"),
        ),
        sa.CheckConstraint("state IN ('open','closed')", name=op.f("ck_violation_case_state")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["subsidy_claim.id"],
            name=op.f("fk_violation_case_claim_id_subsidy_claim"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_violation_case_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["account.id"],
            name=op.f("fk_violation_case_closed_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_violation_case_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"],
            ["account.id"],
            name=op.f("fk_violation_case_opened_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_violation_case_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violation_case")),
        sa.UniqueConstraint("case_no", name=op.f("uq_violation_case_case_no")),
    )
    op.create_index(
        op.f("ix_violation_case_claim_id"), "violation_case", ["claim_id"], unique=False
    )
    op.create_index(
        op.f("ix_violation_case_class_id"), "violation_case", ["class_id"], unique=False
    )
    op.create_index(
        op.f("ix_violation_case_institution_id"), "violation_case", ["institution_id"], unique=False
    )
    op.create_index(
        "uq_violation_case_source",
        "violation_case",
        ["source", "source_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_violation_case_queue",
        "violation_case",
        ["region_code", "state", "due_on"],
        unique=False,
    )
    op.create_index(
        op.f("ix_violation_case_session_id"), "violation_case", ["session_id"], unique=False
    )
    op.create_table(
        "case_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["violation_case.id"],
            name=op.f("fk_case_event_case_id_violation_case"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_event")),
    )
    op.create_index(op.f("ix_case_event_case_id"), "case_event", ["case_id"], unique=False)
    op.create_table(
        "case_finding",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.UUID(), nullable=True),
        sa.Column("graded_by", sa.UUID(), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_by", sa.UUID(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "grade <> 'confirmed_fraud' OR state NOT IN ('standing','replaced') OR second_by IS NOT NULL",
            name=op.f("ck_case_finding_two"),
        ),
        sa.CheckConstraint(
            "grade IN ('error','negligence','suspected_fraud','confirmed_fraud')",
            name=op.f("ck_case_finding_grade"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed','standing','refused','replaced')",
            name=op.f("ck_case_finding_state"),
        ),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_case_finding_reason")),
        sa.CheckConstraint("second_by <> graded_by", name=op.f("ck_case_finding_another")),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["violation_case.id"],
            name=op.f("fk_case_finding_case_id_violation_case"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["graded_by"],
            ["account.id"],
            name=op.f("fk_case_finding_graded_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"],
            ["case_finding.id"],
            name=op.f("fk_case_finding_replaces_id_case_finding"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["second_by"],
            ["account.id"],
            name=op.f("fk_case_finding_second_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_finding")),
    )
    op.create_index(op.f("ix_case_finding_case_id"), "case_finding", ["case_id"], unique=False)
    op.create_index(
        "ix_case_finding_proposed",
        "case_finding",
        ["case_id"],
        unique=False,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "case_hearing",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("allegation", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("stated_by", sa.UUID(), nullable=True),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(statement IS NULL) = (stated_at IS NULL)", name=op.f("ck_case_hearing_stated")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
            name=op.f("fk_case_hearing_asked_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["violation_case.id"],
            name=op.f("fk_case_hearing_case_id_violation_case"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["stated_by"],
            ["account.id"],
            name=op.f("fk_case_hearing_stated_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_hearing")),
    )
    op.create_index(op.f("ix_case_hearing_case_id"), "case_hearing", ["case_id"], unique=False)
    op.create_index(
        "ix_case_hearing_open",
        "case_hearing",
        ["until"],
        unique=False,
        postgresql_where=sa.text("statement IS NULL"),
    )
    op.create_table(
        "case_sanction",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("ban_until", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appeal_until", sa.Date(), nullable=False),
        sa.Column("appeal", sa.Text(), nullable=True),
        sa.Column("appealed_by", sa.UUID(), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_due_on", sa.Date(), nullable=True),
        sa.Column("appeal_upheld", sa.Boolean(), nullable=True),
        sa.Column("appeal_answer", sa.Text(), nullable=True),
        sa.Column("appeal_answered_by", sa.UUID(), nullable=True),
        sa.Column("appeal_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'rectify') = (due_on IS NOT NULL)", name=op.f("ck_case_sanction_due")
        ),
        sa.CheckConstraint(
            "ban_until IS NULL OR kind = 'remove'", name=op.f("ck_case_sanction_ban")
        ),
        sa.CheckConstraint(
            "kind IN ('rectify','warning','suspend','remove')", name=op.f("ck_case_sanction_kind")
        ),
        sa.CheckConstraint(
            "state IN ('in_force','fulfilled','lifted')", name=op.f("ck_case_sanction_state")
        ),
        sa.CheckConstraint(
            "(appeal IS NULL) = (appealed_at IS NULL)", name=op.f("ck_case_sanction_appealed")
        ),
        sa.CheckConstraint(
            "appeal_answered_by <> decided_by", name=op.f("ck_case_sanction_another")
        ),
        sa.CheckConstraint(
            "length(btrim(document_no)) >= 2", name=op.f("ck_case_sanction_document")
        ),
        sa.ForeignKeyConstraint(
            ["appeal_answered_by"],
            ["account.id"],
            name=op.f("fk_case_sanction_appeal_answered_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["appealed_by"],
            ["account.id"],
            name=op.f("fk_case_sanction_appealed_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["violation_case.id"],
            name=op.f("fk_case_sanction_case_id_violation_case"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["account.id"],
            name=op.f("fk_case_sanction_decided_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_sanction")),
    )
    op.create_index(
        "ix_case_sanction_appeal",
        "case_sanction",
        ["appeal_due_on"],
        unique=False,
        postgresql_where=sa.text("appeal IS NOT NULL AND appeal_answered_at IS NULL"),
    )
    op.create_index(op.f("ix_case_sanction_case_id"), "case_sanction", ["case_id"], unique=False)
    op.create_index(
        "ix_case_sanction_due",
        "case_sanction",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("kind = 'rectify' AND state = 'in_force'"),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=True),
        sa.Column("text_enc", sa.LargeBinary(), nullable=False),
        sa.Column("name_enc", sa.LargeBinary(), nullable=True),
        sa.Column("phone_enc", sa.LargeBinary(), nullable=True),
        sa.Column("photo_enc", sa.LargeBinary(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_account_id", sa.UUID(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(state = 'sent') = (accepted_at IS NULL)", name=op.f("ck_complaint_accepted")
        ),
        sa.CheckConstraint(
            "kind IN ('teaching','attendance','fees','money','certificate','staff','other')",
            name=op.f("ck_complaint_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('sent','accepted','asked','answered','closed')",
            name=op.f("ck_complaint_state"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["violation_case.id"],
            name=op.f("fk_complaint_case_id_violation_case"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_complaint_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["officer_account_id"],
            ["account.id"],
            name=op.f("fk_complaint_officer_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_complaint_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("receipt", name=op.f("uq_complaint_receipt")),
    )
    op.create_index(op.f("ix_complaint_case_id"), "complaint", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_complaint_institution_id"), "complaint", ["institution_id"], unique=False
    )
    op.create_index(op.f("ix_complaint_person_id"), "complaint", ["person_id"], unique=False)
    op.create_index(
        "ix_complaint_queue", "complaint", ["region_code", "state", "due_on"], unique=False
    )
    op.create_table(
        "recovery",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("recovery_no", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=True),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("claim_id", sa.UUID(), nullable=True),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.UUID(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open','settled')", name=op.f("ck_recovery_state")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_recovery_amount")),
        sa.CheckConstraint("num_nonnulls(case_id, claim_id) >= 1", name=op.f("ck_recovery_about")),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["violation_case.id"],
            name=op.f("fk_recovery_case_id_violation_case"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["subsidy_claim.id"],
            name=op.f("fk_recovery_claim_id_subsidy_claim"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_recovery_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"],
            ["account.id"],
            name=op.f("fk_recovery_opened_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
        sa.UniqueConstraint("recovery_no", name=op.f("uq_recovery_recovery_no")),
    )
    op.create_index(op.f("ix_recovery_case_id"), "recovery", ["case_id"], unique=False)
    op.create_index(
        "ix_recovery_due",
        "recovery",
        ["region_code", "due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        op.f("ix_recovery_institution_id"), "recovery", ["institution_id"], unique=False
    )
    op.create_index(
        "uq_recovery_claim",
        "recovery",
        ["claim_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "review_finding",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("item_id", sa.UUID(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_account_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "verdict = 'ok' OR length(btrim(note)) >= 2", name=op.f("ck_review_finding_note")
        ),
        sa.CheckConstraint(
            "verdict IN ('ok','question','fault')", name=op.f("ck_review_finding_verdict")
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"],
            ["account.id"],
            name=op.f("fk_review_finding_by_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["review_item.id"],
            name=op.f("fk_review_finding_item_id_review_item"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_finding")),
    )
    op.create_index(op.f("ix_review_finding_item_id"), "review_finding", ["item_id"], unique=False)
    op.create_table(
        "complaint_message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("complaint_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text_enc", sa.LargeBinary(), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('accept','ask','reply','answer','forward','note','content','reopen')",
            name=op.f("ck_complaint_message_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_message_complaint_id_complaint"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_message")),
    )
    op.create_index(
        op.f("ix_complaint_message_complaint_id"),
        "complaint_message",
        ["complaint_id"],
        unique=False,
    )
    op.create_table(
        "recovery_entry",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("recovery_id", sa.UUID(), nullable=False),
        sa.Column("seq_no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("by_account_id", sa.Uuid(), nullable=False),
        sa.Column("second_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'demand' AND amount_fen = 0) OR (kind <> 'demand' AND amount_fen > 0)",
            name=op.f("ck_recovery_entry_amount"),
        ),
        sa.CheckConstraint(
            "kind <> 'write_off' OR (second_by IS NOT NULL AND second_by <> by_account_id)",
            name=op.f("ck_recovery_entry_two"),
        ),
        sa.CheckConstraint(
            "kind IN ('opened','demand','payment','write_off')", name=op.f("ck_recovery_entry_kind")
        ),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_recovery_entry_balance")),
        sa.ForeignKeyConstraint(
            ["recovery_id"],
            ["recovery.id"],
            name=op.f("fk_recovery_entry_recovery_id_recovery"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_entry")),
        sa.UniqueConstraint(
            "recovery_id", "seq_no", name=op.f("uq_recovery_entry_recovery_id_seq_no")
        ),
    )
    op.create_table(
        "recovery_write_off",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("recovery_id", sa.UUID(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'asked') = (decided_by IS NULL)", name=op.f("ck_recovery_write_off_decided")
        ),
        sa.CheckConstraint(
            "state IN ('asked','agreed','refused')", name=op.f("ck_recovery_write_off_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_recovery_write_off_amount")),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_recovery_write_off_another")),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_recovery_write_off_reason")),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
            name=op.f("fk_recovery_write_off_asked_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["account.id"],
            name=op.f("fk_recovery_write_off_decided_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["recovery_id"],
            ["recovery.id"],
            name=op.f("fk_recovery_write_off_recovery_id_recovery"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_write_off")),
    )
    op.create_index(
        op.f("ix_recovery_write_off_recovery_id"),
        "recovery_write_off",
        ["recovery_id"],
        unique=False,
    )
    op.create_index(
        "uq_recovery_write_off_asked",
        "recovery_write_off",
        ["recovery_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )

    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, columns in FIXED.items():
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OF {columns} OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("recovery_write_off")
    op.drop_table("recovery_entry")
    op.drop_table("complaint_message")
    op.drop_table("review_finding")
    op.drop_table("recovery")
    op.drop_table("complaint")
    op.drop_table("case_sanction")
    op.drop_table("case_hearing")
    op.drop_table("case_finding")
    op.drop_table("case_event")
    op.drop_table("violation_case")
    op.drop_table("review_item")
    op.drop_table("review_assignment")
    op.execute("DROP SEQUENCE case_serial")
