"""Trades of a local supplement carry the state of their filing with the province (R52).

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("training_programme", sa.Column("filing", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_training_programme_filing"),
        "training_programme",
        "filing IN ('filed','accepted','rejected')",
    )


def downgrade() -> None:
    op.drop_column("training_programme", "filing")
