"""Whoever has an account confirms a mandate themself: by a code, or when logged in.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PAPER = "evidence IN ('signature','fingerprint','witness')"
EVIDENCE = "evidence IN ('signature','fingerprint','witness','code','own')"
WITNESS = "evidence <> 'witness' OR witness_name IS NOT NULL"


def upgrade() -> None:
    op.add_column("mandate", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("mandate", sa.Column("code_hash", sa.LargeBinary(), nullable=True))
    op.add_column(
        "mandate", sa.Column("code_tries", sa.Integer(), server_default="0", nullable=False)
    )
    op.execute("UPDATE mandate SET confirmed_at = created_at")
    op.drop_constraint(op.f("ck_mandate_evidence"), "mandate", type_="check")
    op.create_check_constraint(op.f("ck_mandate_evidence"), "mandate", EVIDENCE)
    op.create_check_constraint(op.f("ck_mandate_witness"), "mandate", WITNESS)
    op.create_index("ix_mandate_helper_created", "mandate", ["helper_account_id", "created_at"])


def downgrade() -> None:
    op.drop_index("ix_mandate_helper_created", "mandate")
    op.drop_constraint(op.f("ck_mandate_witness"), "mandate", type_="check")
    op.drop_constraint(op.f("ck_mandate_evidence"), "mandate", type_="check")
    # What was confirmed otherwise than on paper, or not yet, the older schema cannot say.
    op.execute(
        "UPDATE enrolment SET mandate_id = NULL WHERE mandate_id IN"
        " (SELECT id FROM mandate WHERE evidence IN ('code', 'own'))"
    )
    op.execute("DELETE FROM mandate WHERE evidence IN ('code', 'own')")
    op.create_check_constraint(op.f("ck_mandate_evidence"), "mandate", PAPER)
    for column in ("code_tries", "code_hash", "confirmed_at"):
        op.drop_column("mandate", column)
