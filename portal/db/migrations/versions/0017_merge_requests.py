"""Ask for a merge of two records before it happens, so that another officer confirms it.

Merges that are there stand as they are: nobody else confirmed them.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person_merge", sa.Column("confirmed_by", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_person_merge_confirmed_by_account"),
        "person_merge",
        "account",
        ["confirmed_by"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_person_merge_another"), "person_merge", "confirmed_by <> officer_account_id"
    )
    op.create_table(
        "person_merge_request",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kept_id", sa.UUID(), nullable=False),
        sa.Column("merged_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conflicts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_account_id", sa.UUID(), nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("merge_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_person_merge_request_two")),
        sa.CheckConstraint(
            "length(btrim(reason)) >= 4", name=op.f("ck_person_merge_request_reason")
        ),
        sa.CheckConstraint(
            "state IN ('open','confirmed','declined','withdrawn','lapsed')",
            name=op.f("ck_person_merge_request_state"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_person_merge_request_decided")
        ),
        sa.CheckConstraint(
            "state NOT IN ('confirmed','declined')"
            " OR (decided_by IS NOT NULL AND decided_by <> officer_account_id)",
            name=op.f("ck_person_merge_request_another"),
        ),
        sa.CheckConstraint(
            "(state = 'confirmed') = (merge_id IS NOT NULL)",
            name=op.f("ck_person_merge_request_merge"),
        ),
        sa.ForeignKeyConstraint(
            ["kept_id"],
            ["person.id"],
            name=op.f("fk_person_merge_request_kept_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"],
            ["person.id"],
            name=op.f("fk_person_merge_request_merged_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["officer_account_id"],
            ["account.id"],
            name=op.f("fk_person_merge_request_officer_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["account.id"],
            name=op.f("fk_person_merge_request_decided_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["merge_id"],
            ["person_merge.id"],
            name=op.f("fk_person_merge_request_merge_id_person_merge"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge_request")),
    )
    for column in ("kept_id", "merged_id"):
        op.create_index(op.f(f"ix_person_merge_request_{column}"), "person_merge_request", [column])
    op.create_index(
        "uq_person_merge_request_open",
        "person_merge_request",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_table("person_merge_request")
    op.drop_constraint(op.f("ck_person_merge_another"), "person_merge")
    op.drop_constraint(op.f("fk_person_merge_confirmed_by_account"), "person_merge")
    op.drop_column("person_merge", "confirmed_by")
