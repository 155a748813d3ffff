"""Find the members of the talent pool among the consents of everybody, each once.

Revision ID: 0015
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"
branch_labels = None
depends_on = None

NAME = "uq_consent_record_talent_pool"


def upgrade() -> None:
    op.create_index(
        NAME,
        "consent_record",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("purpose = 'talent_pool' AND withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(NAME, table_name="consent_record")
