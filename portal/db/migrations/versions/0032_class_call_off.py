"""Let one class be called off before it begins, and say by whom, when and why.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "class_call_off",
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("called_off_by", sa.UUID(), nullable=False),
        sa.Column("called_off_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint(
            "side IN ('institution','authority')", name=op.f("ck_class_call_off_side")
        ),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_class_call_off_reason")),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_class_call_off_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["called_off_by"],
            ["account.id"],
            name=op.f("fk_class_call_off_called_off_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("class_id", name=op.f("pk_class_call_off")),
    )


def downgrade() -> None:
    op.drop_table("class_call_off")
