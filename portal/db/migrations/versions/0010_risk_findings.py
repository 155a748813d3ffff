"""What an officer found where the score said to look.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "risk_finding",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=True),
        sa.Column("class_id", sa.UUID(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_account_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("finding IN ('odd','explained')", name=op.f("ck_risk_finding_finding")),
        sa.CheckConstraint("length(btrim(note)) >= 2", name=op.f("ck_risk_finding_note")),
        sa.CheckConstraint(
            "num_nonnulls(session_id, class_id) = 1", name=op.f("ck_risk_finding_subject")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_risk_finding_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_risk_finding_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["officer_account_id"],
            ["account.id"],
            name=op.f("fk_risk_finding_officer_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_finding")),
    )
    for column in ("session_id", "class_id", "officer_account_id"):
        op.create_index(op.f(f"ix_risk_finding_{column}"), "risk_finding", [column], unique=False)
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON risk_finding"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("risk_finding")
