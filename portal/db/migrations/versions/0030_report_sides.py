"""Keep how a freeze in the background ended, and let no row into a frozen report.

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# Once for a statement: a report may have a million rows.
SHUT = """
CREATE FUNCTION refuse_late_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN period_report report ON report.id = added.report_id
                WHERE report.frozen_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the rows of a frozen report are append-only and complete';
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.add_column(
        "period_report",
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
    )
    op.add_column("period_report", sa.Column("trouble", sa.Text(), nullable=True))
    op.execute(SHUT)
    op.execute(
        "CREATE TRIGGER shut AFTER INSERT ON period_report_row"
        " REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_rows()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER shut ON period_report_row")
    op.execute("DROP FUNCTION refuse_late_rows()")
    op.drop_column("period_report", "trouble")
    op.drop_column("period_report", "tries")
