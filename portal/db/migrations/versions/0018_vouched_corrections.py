"""Let another officer vouch for a corrected ID number before anybody registers with it.

Corrections that are there count as vouched for: nobody else looked at them.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FIXED = "id, person_id, old_enc, new_enc, reason, at, officer_account_id"


def upgrade() -> None:
    op.execute("DROP TRIGGER append_only ON id_correction")
    op.add_column("id_correction", sa.Column("vouched_by", sa.UUID(), nullable=True))
    op.add_column(
        "id_correction", sa.Column("vouched_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE id_correction SET vouched_at = at")
    op.create_foreign_key(
        op.f("fk_id_correction_vouched_by_account"),
        "id_correction",
        "account",
        ["vouched_by"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_id_correction_another"), "id_correction", "vouched_by <> officer_account_id"
    )
    op.create_check_constraint(
        op.f("ck_id_correction_vouched"),
        "id_correction",
        "vouched_by IS NULL OR vouched_at IS NOT NULL",
    )
    op.execute(
        f"CREATE TRIGGER append_only BEFORE UPDATE OF {FIXED} OR DELETE OR TRUNCATE"
        " ON id_correction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER vouched_once BEFORE UPDATE ON id_correction FOR EACH ROW"
        " WHEN (OLD.vouched_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER vouched_once ON id_correction")
    op.execute("DROP TRIGGER append_only ON id_correction")
    op.drop_constraint(op.f("ck_id_correction_vouched"), "id_correction")
    op.drop_constraint(op.f("ck_id_correction_another"), "id_correction")
    op.drop_constraint(op.f("fk_id_correction_vouched_by_account"), "id_correction")
    op.drop_column("id_correction", "vouched_at")
    op.drop_column("id_correction", "vouched_by")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON id_correction"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
