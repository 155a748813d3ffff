"""Take the instructor's own coming among a device's uploads: it is no event of a trainee.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NAME = "ck_offline_upload_event"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "offline_upload", type_="check")
    op.create_check_constraint(
        op.f(NAME),
        "offline_upload",
        sa.text("(outcome = 'accepted') <= (event_id IS NOT NULL OR method = 'own')"),
    )


def downgrade() -> None:
    op.drop_constraint(op.f(NAME), "offline_upload", type_="check")
    # What was taken meanwhile stays; no more of its kind comes in.
    op.execute(
        f"ALTER TABLE offline_upload ADD CONSTRAINT {NAME}"
        " CHECK ((outcome = 'accepted') <= (event_id IS NOT NULL)) NOT VALID"
    )
