"""Let an institution apply to open a class.

What is sent and what is decided are kept in tables that only grow.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# As they were when this migration was written; models keep their own list (APPEND_ONLY).
APPEND_ONLY = ("class_opening_version", "class_opening_decision")


def upgrade() -> None:
    op.create_table(
        "class_opening",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("serial", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version_no", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.UUID(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("class_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(state = 'approved') = (class_id IS NOT NULL)", name=op.f("ck_class_opening_class")
        ),
        sa.CheckConstraint(
            "(state = 'submitted') = (due_on IS NOT NULL)", name=op.f("ck_class_opening_due")
        ),
        sa.CheckConstraint(
            "state IN ('draft','submitted','returned','rejected','approved','withdrawn')",
            name=op.f("ck_class_opening_state"),
        ),
        sa.CheckConstraint(
            "state IN ('draft','withdrawn') OR version_no > 0", name=op.f("ck_class_opening_sent")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_class_opening_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["account.id"],
            name=op.f("fk_class_opening_created_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_class_opening_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by"],
            ["account.id"],
            name=op.f("fk_class_opening_updated_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_opening")),
        sa.UniqueConstraint("class_id", name=op.f("uq_class_opening_class_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_class_opening_serial")),
    )
    op.create_index(
        op.f("ix_class_opening_institution_id"), "class_opening", ["institution_id"], unique=False
    )
    op.create_index(
        "ix_class_opening_queue",
        "class_opening",
        ["region_code", "due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_table(
        "class_opening_version",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opening_id", sa.UUID(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opening_id"],
            ["class_opening.id"],
            name=op.f("fk_class_opening_version_opening_id_class_opening"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["account.id"],
            name=op.f("fk_class_opening_version_submitted_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_opening_version")),
        sa.UniqueConstraint(
            "opening_id", "version_no", name=op.f("uq_class_opening_version_opening_id_version_no")
        ),
    )
    op.create_table(
        "class_opening_decision",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("opening_id", sa.UUID(), nullable=False),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("steps", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("checks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("submitted_by", sa.UUID(), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act = 'approved' OR length(btrim(reason)) >= 4",
            name=op.f("ck_class_opening_decision_reason"),
        ),
        sa.CheckConstraint(
            "act IN ('approved','returned','rejected')", name=op.f("ck_class_opening_decision_act")
        ),
        sa.CheckConstraint(
            "decided_by <> submitted_by", name=op.f("ck_class_opening_decision_another")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["account.id"],
            name=op.f("fk_class_opening_decision_decided_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["opening_id"],
            ["class_opening.id"],
            name=op.f("fk_class_opening_decision_opening_id_class_opening"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"],
            ["account.id"],
            name=op.f("fk_class_opening_decision_submitted_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_opening_decision")),
        sa.UniqueConstraint(
            "opening_id", "version_no", name=op.f("uq_class_opening_decision_opening_id_version_no")
        ),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("class_opening_decision")
    op.drop_table("class_opening_version")
    op.drop_table("class_opening")
