"""Number the rows of the audit trail and close them into sealed blocks.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_BY_REGION = sa.text("region_code IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "audit_event", sa.Column("no", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.create_unique_constraint(op.f("uq_audit_event_no"), "audit_event", ["no"])
    op.create_table(
        "audit_block",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("upto_no", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.Column("awaited", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("writers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_block")),
        sa.UniqueConstraint("no", name=op.f("uq_audit_block_no")),
    )
    op.create_index("ix_audit_block_last_at", "audit_block", ["last_at"])
    op.create_index("ix_audit_block_upto_no", "audit_block", ["upto_no"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_block"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "audit_place",
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_audit_place")),
    )
    op.create_index("ix_audit_place_at_no", "audit_place", ["at", "no"])
    op.create_index("ix_audit_place_action_at_no", "audit_place", ["action", "at", "no"])
    op.create_index(
        "ix_audit_place_region",
        "audit_place",
        ["region_code", "at", "no"],
        postgresql_where=_BY_REGION,
    )
    op.create_index(
        "ix_audit_place_region_action",
        "audit_place",
        ["region_code", "action", "at", "no"],
        postgresql_where=_BY_REGION,
    )


def downgrade() -> None:
    op.drop_table("audit_place")
    op.drop_table("audit_block")
    op.drop_constraint(op.f("uq_audit_event_no"), "audit_event", type_="unique")
    op.drop_column("audit_event", "no")
