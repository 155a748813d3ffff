"""Let a city file a supplement and the province answer.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "supplement_entry",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("training_type", sa.Text(), nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=True),
        sa.Column("topic_code", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("theory_hours", sa.Integer(), nullable=False),
        sa.Column("practice_hours", sa.Integer(), nullable=False),
        sa.Column("fee_fen", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.UUID(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=True),
        sa.Column("changed_at", AT, nullable=False),
        sa.CheckConstraint(
            "state IN ('draft','filed','accepted','rejected','withdrawn')",
            name=op.f("ck_supplement_entry_state"),
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (programme_id IS NOT NULL)",
            name=op.f("ck_supplement_entry_programme"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(occupation_code, topic_code) = 1",
            name=op.f("ck_supplement_entry_subject"),
        ),
        sa.CheckConstraint(
            "theory_hours >= 0 AND practice_hours >= 0", name=op.f("ck_supplement_entry_hours")
        ),
        sa.CheckConstraint(
            "theory_hours + practice_hours > 0", name=op.f("ck_supplement_entry_some_hours")
        ),
        sa.CheckConstraint("fee_fen >= 0", name=op.f("ck_supplement_entry_fee")),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["training_plan.id"],
            name=op.f("fk_supplement_entry_plan_id_training_plan"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["training_programme.id"],
            name=op.f("fk_supplement_entry_programme_id_training_programme"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement_entry")),
    )
    for column in ("region_code", "plan_id", "programme_id"):
        op.create_index(op.f(f"ix_supplement_entry_{column}"), "supplement_entry", [column])
    op.create_index(
        "uq_supplement_entry_code",
        "supplement_entry",
        ["region_code", "code"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_index(
        "uq_supplement_entry_subject",
        "supplement_entry",
        ["region_code", "training_type", "occupation_code", "topic_code", "level"],
        unique=True,
        postgresql_where=sa.text("state IN ('filed','accepted')"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "supplement_filing",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("round_no", sa.Integer(), nullable=False),
        sa.Column("doc_no", sa.Text(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("filed_at", AT, nullable=False),
        sa.Column("filed_by", sa.UUID(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_at", AT, nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('accepted','rejected','taken_back')",
            name=op.f("ck_supplement_filing_outcome"),
        ),
        sa.CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)", name=op.f("ck_supplement_filing_decided")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["supplement_entry.id"],
            name=op.f("fk_supplement_filing_entry_id_supplement_entry"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement_filing")),
        sa.UniqueConstraint(
            "entry_id", "round_no", name=op.f("uq_supplement_filing_entry_id_round_no")
        ),
    )
    op.create_index(op.f("ix_supplement_filing_entry_id"), "supplement_filing", ["entry_id"])
    op.create_index(
        "uq_supplement_filing_open",
        "supplement_filing",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "ix_supplement_filing_due",
        "supplement_filing",
        ["due_on"],
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("supplement_filing")
    op.drop_table("supplement_entry")
