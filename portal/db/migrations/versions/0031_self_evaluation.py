"""Let an enterprise file that it evaluates its own staff, and the authority assess it.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "self_evaluation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("employer_id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=False),
        sa.Column("levels", sa.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("staff", sa.Integer(), nullable=False),
        sa.Column("level_linked_pay", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filed_at", AT, nullable=False),
        sa.Column("filed_by", sa.UUID(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("doc_no", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("decided_at", AT, nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "state IN ('filed','accepted','returned','withdrawn','ended')",
            name=op.f("ck_self_evaluation_state"),
        ),
        sa.CheckConstraint("cardinality(levels) > 0", name=op.f("ck_self_evaluation_levels")),
        sa.CheckConstraint("staff > 0", name=op.f("ck_self_evaluation_staff")),
        sa.CheckConstraint(
            "(state IN ('filed','withdrawn')) = (decided_at IS NULL)",
            name=op.f("ck_self_evaluation_decided"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('accepted','ended') OR"
            " (doc_no <> '' AND effective_from IS NOT NULL AND valid_until IS NOT NULL)",
            name=op.f("ck_self_evaluation_document"),
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"],
            ["employer.id"],
            name=op.f("fk_self_evaluation_employer_id_employer"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_self_evaluation")),
    )
    for column in ("employer_id", "region_code"):
        op.create_index(op.f(f"ix_self_evaluation_{column}"), "self_evaluation", [column])
    op.create_index(
        "uq_self_evaluation_trade",
        "self_evaluation",
        ["employer_id", "occupation_code"],
        unique=True,
        postgresql_where=sa.text("state IN ('filed','accepted')"),
    )


def downgrade() -> None:
    op.drop_table("self_evaluation")
