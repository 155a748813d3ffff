"""Offers that can be answered by a code are found by the phone that it was sent to.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open' AND phone_hash IS NOT NULL")


def upgrade() -> None:
    op.add_column("seat_offer", sa.Column("phone_hash", sa.LargeBinary(), nullable=True))
    op.create_index("ix_seat_offer_phone_hash", "seat_offer", ["phone_hash"], postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_seat_offer_phone_hash", "seat_offer")
    op.drop_column("seat_offer", "phone_hash")
