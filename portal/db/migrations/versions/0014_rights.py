"""Say whose desk a correction request lies on; find reads of lists without reading every act.

Revision ID: 0014
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0011"
branch_labels = None
depends_on = None

REQUEST = "correction_request"


def upgrade() -> None:
    # Nobody could ask for a correction before this revision: there are no rows to fill.
    op.add_column(REQUEST, sa.Column("institution_id", sa.Uuid(), nullable=True))
    op.add_column(REQUEST, sa.Column("region_code", sa.Text(), nullable=False))
    op.add_column(REQUEST, sa.Column("again_of", sa.Uuid(), nullable=True))
    op.add_column(REQUEST, sa.Column("right_value", sa.Text(), nullable=True))
    op.add_column(
        REQUEST,
        sa.Column("proposed", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )
    op.create_foreign_key(
        op.f("fk_correction_request_institution_id_institution"),
        REQUEST,
        "institution",
        ["institution_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    for column in ("institution_id", "entry_id"):
        op.create_index(op.f(f"ix_correction_request_{column}"), REQUEST, [column])
    op.create_index(
        "ix_correction_request_due", REQUEST, ["due_on"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "ix_audit_event_list_read",
        "audit_event",
        ["object_type", "object_id"],
        postgresql_where=sa.text("fields_read IS NOT NULL AND on_behalf_of IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_audit_event_list_read", table_name="audit_event")
    op.drop_index("ix_correction_request_due", table_name=REQUEST)
    for column in ("entry_id", "institution_id"):
        op.drop_index(op.f(f"ix_correction_request_{column}"), table_name=REQUEST)
    for column in ("proposed", "right_value", "again_of", "region_code", "institution_id"):
        op.drop_column(REQUEST, column)
