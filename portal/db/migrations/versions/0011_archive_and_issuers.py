"""The archive beyond its lines, who signs certificates, and their life cycle.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# As they were when this migration was written; models keep their own list (APPEND_ONLY).
APPEND_ONLY = ("archive_checkpoint", "id_correction")

CERTIFICATE_CHECKS = {
    "ck_certificate_status": "status IN ('draft','issued','replaced','revoked')",
    "ck_certificate_replaced": "(status = 'replaced') = (replaced_at IS NOT NULL)",
    "ck_certificate_issued": "status = 'draft' OR (number IS NOT NULL AND signature IS NOT NULL)",
    "ck_certificate_kind": "kind IN"
    " ('TRAINING','LEVEL','SPECIAL','QUAL','SAFETY_POST','AWARD','MILITARY')",
}
ARCHIVE_KINDS = (
    "kind IN ('class','certificate','revocation','correction','award','competition',"
    "'military','subsidy','employment','external','carried','merge','identity')"
)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE certificate_status_serial MINVALUE 0 START WITH 0")
    op.create_table(
        "archive_checkpoint",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("upto_no", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_checkpoint")),
        sa.UniqueConstraint("no", name=op.f("uq_archive_checkpoint_no")),
    )
    op.create_table(
        "status_list",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_list")),
        sa.UniqueConstraint("no", name=op.f("uq_status_list_no")),
    )
    op.create_table(
        "trusted_portal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("page", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status_lists", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_portal")),
    )
    op.create_index(
        "uq_trusted_portal_live",
        "trusted_portal",
        ["url"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "archive_head",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_archive_head_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_archive_head")),
    )
    op.create_table(
        "archive_import",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("portal_id", sa.UUID(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('preview','decided','dropped')", name=op.f("ck_archive_import_state")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_archive_import_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["trusted_portal.id"],
            name=op.f("fk_archive_import_portal_id_trusted_portal"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_import")),
    )
    op.create_index(
        "ix_archive_import_person_id_at", "archive_import", ["person_id", "at"], unique=False
    )
    op.create_index(
        op.f("ix_archive_import_portal_id"), "archive_import", ["portal_id"], unique=False
    )
    op.create_table(
        "external_certificate",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number_enc", sa.LargeBinary(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("number_masked", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=True),
        sa.Column("occupation_name", sa.Text(), nullable=True),
        sa.Column("edition", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("issuer_name", sa.Text(), nullable=False),
        sa.Column("issuer_region", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("image_enc", sa.LargeBinary(), nullable=True),
        sa.Column("image_type", sa.Text(), nullable=True),
        sa.Column("problems", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('unverified','verified','refused','withdrawn')",
            name=op.f("ck_external_certificate_state"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_external_certificate_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_external_certificate")),
    )
    op.create_index(
        op.f("ix_external_certificate_person_id"),
        "external_certificate",
        ["person_id"],
        unique=False,
    )
    op.create_index(
        "ix_external_certificate_unverified",
        "external_certificate",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'unverified'"),
    )
    op.create_index(
        "uq_external_certificate_live",
        "external_certificate",
        ["person_id", "kind", "number_hash"],
        unique=True,
        postgresql_where=sa.text("state IN ('unverified','verified')"),
    )
    op.create_table(
        "issuer",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("seal_image", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'authority') = (region_code IS NOT NULL)", name=op.f("ck_issuer_authority")
        ),
        sa.CheckConstraint(
            "(kind = 'institution') = (institution_id IS NOT NULL)",
            name=op.f("ck_issuer_institution"),
        ),
        sa.CheckConstraint(
            "kind IN ('portal','authority','institution')", name=op.f("ck_issuer_kind")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_issuer_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer")),
        sa.UniqueConstraint("institution_id", name=op.f("uq_issuer_institution_id")),
        sa.UniqueConstraint("region_code", name=op.f("uq_issuer_region_code")),
    )
    op.create_index(
        "uq_issuer_portal",
        "issuer",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("kind = 'portal'"),
    )
    op.create_table(
        "person_photo",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("image_enc", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_person_photo_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_photo")),
    )
    op.create_table(
        "share_link",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("token_enc", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("certificate_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("presentation_enc", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_share_link_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_share_link_token_hash")),
    )
    op.create_index(op.f("ix_share_link_person_id"), "share_link", ["person_id"], unique=False)
    op.create_table(
        "social_card_binding",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("number_enc", sa.LargeBinary(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issuing_region", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(status = 'bound') = (ended_at IS NULL)", name=op.f("ck_social_card_binding_ended")
        ),
        sa.CheckConstraint(
            "status IN ('bound','reissued','unbound')", name=op.f("ck_social_card_binding_status")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_social_card_binding_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_social_card_binding")),
    )
    op.create_index(
        op.f("ix_social_card_binding_person_id"), "social_card_binding", ["person_id"], unique=False
    )
    op.create_index(
        "uq_social_card_binding_number",
        "social_card_binding",
        ["number_hash"],
        unique=True,
        postgresql_where=sa.text("status = 'bound'"),
    )
    op.create_index(
        "uq_social_card_binding_person",
        "social_card_binding",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("status = 'bound'"),
    )
    op.create_table(
        "archive_import_line",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("import_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("against_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "finding IN ('new','duplicate','conflict','revoked')",
            name=op.f("ck_archive_import_line_finding"),
        ),
        sa.CheckConstraint(
            "kind IN ('class','certificate')", name=op.f("ck_archive_import_line_kind")
        ),
        sa.CheckConstraint(
            "state IN ('open','taken','left','asked','refused')",
            name=op.f("ck_archive_import_line_state"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["archive_import.id"],
            name=op.f("fk_archive_import_line_import_id_archive_import"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_import_line")),
    )
    op.create_index(
        "ix_archive_import_line_asked",
        "archive_import_line",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(
        op.f("ix_archive_import_line_import_id"), "archive_import_line", ["import_id"], unique=False
    )
    op.create_index(
        "uq_archive_import_line_taken",
        "archive_import_line",
        ["origin"],
        unique=True,
        postgresql_where=sa.text("state = 'taken'"),
    )
    op.create_table(
        "correction_request",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correction_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open','accepted','refused','withdrawn')",
            name=op.f("ck_correction_request_state"),
        ),
        sa.CheckConstraint("length(btrim(wish)) >= 4", name=op.f("ck_correction_request_wish")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["archive_entry.id"],
            name=op.f("fk_correction_request_entry_id_archive_entry"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_correction_request_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
    )
    op.create_index(
        op.f("ix_correction_request_person_id"), "correction_request", ["person_id"], unique=False
    )
    op.create_index(
        "uq_correction_request_open",
        "correction_request",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "id_correction",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("old_enc", sa.LargeBinary(), nullable=False),
        sa.Column("new_enc", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_account_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_id_correction_reason")),
        sa.ForeignKeyConstraint(
            ["officer_account_id"],
            ["account.id"],
            name=op.f("fk_id_correction_officer_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_id_correction_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_id_correction")),
    )
    op.create_index(
        op.f("ix_id_correction_person_id"), "id_correction", ["person_id"], unique=False
    )
    op.create_table(
        "issuer_key",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("issuer_id", sa.UUID(), nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("public_x", sa.Text(), nullable=False),
        sa.Column("private_enc", sa.LargeBinary(), nullable=True),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("compromised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("retired_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "compromised_at IS NULL OR retired_at IS NOT NULL",
            name=op.f("ck_issuer_key_compromised"),
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["issuer.id"],
            name=op.f("fk_issuer_key_issuer_id_issuer"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_key")),
        sa.UniqueConstraint("kid", name=op.f("uq_issuer_key_kid")),
    )
    op.create_index(op.f("ix_issuer_key_issuer_id"), "issuer_key", ["issuer_id"], unique=False)
    op.create_index(
        "uq_issuer_key_active",
        "issuer_key",
        ["issuer_id"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "person_merge",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kept_id", sa.UUID(), nullable=False),
        sa.Column("merged_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conflicts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_account_id", sa.UUID(), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_person_merge_two")),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_person_merge_reason")),
        sa.ForeignKeyConstraint(
            ["kept_id"],
            ["person.id"],
            name=op.f("fk_person_merge_kept_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"],
            ["person.id"],
            name=op.f("fk_person_merge_merged_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["officer_account_id"],
            ["account.id"],
            name=op.f("fk_person_merge_officer_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge")),
    )
    op.create_index(op.f("ix_person_merge_kept_id"), "person_merge", ["kept_id"], unique=False)
    op.create_index(
        "uq_person_merge_merged",
        "person_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_table(
        "share_view",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("link_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"],
            ["share_link.id"],
            name=op.f("fk_share_view_link_id_share_link"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_view")),
    )
    op.create_index("ix_share_view_link_id_at", "share_view", ["link_id", "at"], unique=False)
    op.create_table(
        "certificate_batch",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("asked_by", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["account.id"],
            name=op.f("fk_certificate_batch_asked_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_certificate_batch_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_batch")),
    )
    op.create_index(
        op.f("ix_certificate_batch_class_id"), "certificate_batch", ["class_id"], unique=False
    )
    op.create_table(
        "carried_hours",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("accepted_by", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("hours > 0", name=op.f("ck_carried_hours_hours")),
        sa.ForeignKeyConstraint(
            ["accepted_by"],
            ["account.id"],
            name=op.f("fk_carried_hours_accepted_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_carried_hours_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["archive_entry.id"],
            name=op.f("fk_carried_hours_entry_id_archive_entry"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_hours")),
    )
    op.create_index(
        op.f("ix_carried_hours_enrolment_id"), "carried_hours", ["enrolment_id"], unique=False
    )
    op.create_index(
        "uq_carried_hours_entry",
        "carried_hours",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "certificate_file",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("certificate_id", sa.UUID(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("made_of", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("form IN ('pdf','png')", name=op.f("ck_certificate_file_form")),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_certificate_file_certificate_id_certificate"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_file")),
        sa.UniqueConstraint(
            "certificate_id", "form", name=op.f("uq_certificate_file_certificate_id_form")
        ),
    )
    op.create_index(
        op.f("ix_certificate_file_made_at"), "certificate_file", ["made_at"], unique=False
    )
    op.add_column(
        "archive_entry", sa.Column("no", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.add_column("archive_entry", sa.Column("seal", sa.LargeBinary(), nullable=True))
    op.create_unique_constraint(op.f("uq_archive_entry_no"), "archive_entry", ["no"])
    op.add_column(
        "certificate", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column(
        "certificate", sa.Column("printing", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column("certificate", sa.Column("replaces_id", sa.UUID(), nullable=True))
    op.add_column("certificate", sa.Column("region_code", sa.Text(), nullable=True))
    op.add_column("certificate", sa.Column("issuer_key_id", sa.UUID(), nullable=True))
    op.add_column("certificate", sa.Column("edition", sa.Text(), nullable=True))
    op.add_column("certificate", sa.Column("result", sa.Text(), nullable=True))
    op.add_column("certificate", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column(
        "certificate", sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("certificate", sa.Column("status_list_no", sa.Integer(), nullable=True))
    op.add_column("certificate", sa.Column("status_index", sa.Integer(), nullable=True))
    op.alter_column("certificate", "number", existing_type=sa.TEXT(), nullable=True)
    op.alter_column("certificate", "institution_id", existing_type=sa.UUID(), nullable=True)
    op.alter_column("certificate", "hours_planned", existing_type=sa.INTEGER(), nullable=True)
    op.alter_column("certificate", "hours_credited", existing_type=sa.INTEGER(), nullable=True)
    op.alter_column("certificate", "starts_on", existing_type=sa.DATE(), nullable=True)
    op.alter_column("certificate", "ends_on", existing_type=sa.DATE(), nullable=True)
    op.alter_column("certificate", "signature", existing_type=sa.TEXT(), nullable=True)
    op.drop_constraint(op.f("uq_certificate_number"), "certificate", type_="unique")
    op.create_index(
        op.f("ix_certificate_issuer_key_id"), "certificate", ["issuer_key_id"], unique=False
    )
    op.create_index(
        op.f("ix_certificate_replaces_id"), "certificate", ["replaces_id"], unique=False
    )
    op.create_index(
        "uq_certificate_number_live",
        "certificate",
        ["number"],
        unique=True,
        postgresql_where=sa.text("status IN ('issued','revoked')"),
    )
    op.create_unique_constraint(
        op.f("uq_certificate_number_version"), "certificate", ["number", "version"]
    )
    op.create_unique_constraint(
        op.f("uq_certificate_status_list_no_status_index"),
        "certificate",
        ["status_list_no", "status_index"],
    )
    op.create_foreign_key(
        op.f("fk_certificate_issuer_key_id_issuer_key"),
        "certificate",
        "issuer_key",
        ["issuer_key_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_certificate_replaces_id_certificate"),
        "certificate",
        "certificate",
        ["replaces_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.add_column("person", sa.Column("merged_into", sa.UUID(), nullable=True))
    op.create_index(op.f("ix_person_merged_into"), "person", ["merged_into"], unique=False)
    op.create_foreign_key(
        op.f("fk_person_merged_into_person"),
        "person",
        "person",
        ["merged_into"],
        ["id"],
        ondelete="RESTRICT",
    )
    # Until now every certificate was of a class, and its number names the region.
    op.execute("UPDATE certificate SET region_code = substr(number, 3, 6), result = '合格'")
    op.alter_column("certificate", "region_code", nullable=False)
    op.drop_constraint(op.f("ck_certificate_status"), "certificate", type_="check")
    for name, rule in CERTIFICATE_CHECKS.items():
        op.create_check_constraint(op.f(name), "certificate", sa.text(rule))
    op.create_check_constraint(
        op.f("ck_archive_entry_kind"), "archive_entry", sa.text(ARCHIVE_KINDS)
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_archive_entry_kind"), "archive_entry", type_="check")
    for name in CERTIFICATE_CHECKS:
        op.drop_constraint(op.f(name), "certificate", type_="check")
    # What the older schema cannot hold goes: drafts, older versions, what is no training.
    op.execute(
        "DELETE FROM certificate_file WHERE certificate_id IN"
        " (SELECT id FROM certificate WHERE kind <> 'TRAINING' OR status IN ('draft','replaced'))"
    )
    op.execute("UPDATE certificate SET replaces_id = NULL")
    op.execute("DELETE FROM certificate WHERE kind <> 'TRAINING' OR status IN ('draft','replaced')")
    op.create_check_constraint(
        op.f("ck_certificate_status"), "certificate", sa.text("status IN ('issued','revoked')")
    )

    op.drop_constraint(op.f("fk_person_merged_into_person"), "person", type_="foreignkey")
    op.drop_index(op.f("ix_person_merged_into"), table_name="person")
    op.drop_column("person", "merged_into")
    op.drop_constraint(
        op.f("fk_certificate_replaces_id_certificate"), "certificate", type_="foreignkey"
    )
    op.drop_constraint(
        op.f("fk_certificate_issuer_key_id_issuer_key"), "certificate", type_="foreignkey"
    )
    op.drop_constraint(
        op.f("uq_certificate_status_list_no_status_index"), "certificate", type_="unique"
    )
    op.drop_constraint(op.f("uq_certificate_number_version"), "certificate", type_="unique")
    op.drop_index(
        "uq_certificate_number_live",
        table_name="certificate",
        postgresql_where=sa.text("status IN ('issued','revoked')"),
    )
    op.drop_index(op.f("ix_certificate_replaces_id"), table_name="certificate")
    op.drop_index(op.f("ix_certificate_issuer_key_id"), table_name="certificate")
    op.create_unique_constraint(
        op.f("uq_certificate_number"),
        "certificate",
        ["number"],
        postgresql_nulls_not_distinct=False,
    )
    op.alter_column("certificate", "signature", existing_type=sa.TEXT(), nullable=False)
    op.alter_column("certificate", "ends_on", existing_type=sa.DATE(), nullable=False)
    op.alter_column("certificate", "starts_on", existing_type=sa.DATE(), nullable=False)
    op.alter_column("certificate", "hours_credited", existing_type=sa.INTEGER(), nullable=False)
    op.alter_column("certificate", "hours_planned", existing_type=sa.INTEGER(), nullable=False)
    op.alter_column("certificate", "institution_id", existing_type=sa.UUID(), nullable=False)
    op.alter_column("certificate", "number", existing_type=sa.TEXT(), nullable=False)
    op.drop_column("certificate", "status_index")
    op.drop_column("certificate", "status_list_no")
    op.drop_column("certificate", "replaced_at")
    op.drop_column("certificate", "remark")
    op.drop_column("certificate", "result")
    op.drop_column("certificate", "edition")
    op.drop_column("certificate", "issuer_key_id")
    op.drop_column("certificate", "region_code")
    op.drop_column("certificate", "replaces_id")
    op.drop_column("certificate", "printing")
    op.drop_column("certificate", "version")
    op.drop_constraint(op.f("uq_archive_entry_no"), "archive_entry", type_="unique")
    op.drop_column("archive_entry", "seal")
    op.drop_column("archive_entry", "no")
    op.drop_index(op.f("ix_certificate_file_made_at"), table_name="certificate_file")
    op.drop_table("certificate_file")
    op.drop_index(
        "uq_carried_hours_entry",
        table_name="carried_hours",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_index(op.f("ix_carried_hours_enrolment_id"), table_name="carried_hours")
    op.drop_table("carried_hours")
    op.drop_index(op.f("ix_certificate_batch_class_id"), table_name="certificate_batch")
    op.drop_table("certificate_batch")
    op.drop_index("ix_share_view_link_id_at", table_name="share_view")
    op.drop_table("share_view")
    op.drop_index(
        "uq_person_merge_merged",
        table_name="person_merge",
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.drop_index(op.f("ix_person_merge_kept_id"), table_name="person_merge")
    op.drop_table("person_merge")
    op.drop_index(
        "uq_issuer_key_active",
        table_name="issuer_key",
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.drop_index(op.f("ix_issuer_key_issuer_id"), table_name="issuer_key")
    op.drop_table("issuer_key")
    op.drop_index(op.f("ix_id_correction_person_id"), table_name="id_correction")
    op.drop_table("id_correction")
    op.drop_index(
        "uq_correction_request_open",
        table_name="correction_request",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_correction_request_person_id"), table_name="correction_request")
    op.drop_table("correction_request")
    op.drop_index(
        "uq_archive_import_line_taken",
        table_name="archive_import_line",
        postgresql_where=sa.text("state = 'taken'"),
    )
    op.drop_index(op.f("ix_archive_import_line_import_id"), table_name="archive_import_line")
    op.drop_index(
        "ix_archive_import_line_asked",
        table_name="archive_import_line",
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.drop_table("archive_import_line")
    op.drop_index(
        "uq_social_card_binding_person",
        table_name="social_card_binding",
        postgresql_where=sa.text("status = 'bound'"),
    )
    op.drop_index(
        "uq_social_card_binding_number",
        table_name="social_card_binding",
        postgresql_where=sa.text("status = 'bound'"),
    )
    op.drop_index(op.f("ix_social_card_binding_person_id"), table_name="social_card_binding")
    op.drop_table("social_card_binding")
    op.drop_index(op.f("ix_share_link_person_id"), table_name="share_link")
    op.drop_table("share_link")
    op.drop_table("person_photo")
    op.drop_index(
        "uq_issuer_portal", table_name="issuer", postgresql_where=sa.text("kind = 'portal'")
    )
    op.drop_table("issuer")
    op.drop_index(
        "uq_external_certificate_live",
        table_name="external_certificate",
        postgresql_where=sa.text("state IN ('unverified','verified')"),
    )
    op.drop_index(
        "ix_external_certificate_unverified",
        table_name="external_certificate",
        postgresql_where=sa.text("state = 'unverified'"),
    )
    op.drop_index(op.f("ix_external_certificate_person_id"), table_name="external_certificate")
    op.drop_table("external_certificate")
    op.drop_index(op.f("ix_archive_import_portal_id"), table_name="archive_import")
    op.drop_index("ix_archive_import_person_id_at", table_name="archive_import")
    op.drop_table("archive_import")
    op.drop_table("archive_head")
    op.drop_index(
        "uq_trusted_portal_live",
        table_name="trusted_portal",
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.drop_table("trusted_portal")
    op.drop_table("status_list")
    op.drop_table("archive_checkpoint")
    op.execute("DROP SEQUENCE certificate_status_serial")
