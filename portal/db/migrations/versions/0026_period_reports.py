"""Keep reports as they were frozen, row by row.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

APPEND_ONLY = ("period_report_row", "fund_publication")
# What a frozen report says, and whose it is: nobody changes it afterwards.
FIXED = (
    "id, region_code, kind, period_from, period_to, version, supersedes_id, reason, prepared_by,"
    " prepared_name, created_at, frozen_by, frozen_at, row_count, content, hash"
)
# Triggers for each row: name, when they look, at which rows.
GUARDS = (
    ("frozen", f"UPDATE OF {FIXED}", "OLD.frozen_at IS NOT NULL"),
    ("kept", "DELETE", "OLD.frozen_at IS NOT NULL"),
    (
        "countersigned_once",
        "UPDATE OF countersigned_by, countersigned_name, countersigned_at",
        "OLD.countersigned_at IS NOT NULL",
    ),
    (
        "only_superseded",
        "UPDATE OF state, superseded_at",
        "OLD.frozen_at IS NOT NULL AND (OLD.state = 'superseded' OR NEW.state <> 'superseded')",
    ),
)


def upgrade() -> None:
    op.create_table(
        "period_report",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period_from", sa.Date(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("supersedes_id", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("prepared_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_name", sa.Text(), nullable=False),
        sa.Column("frozen_by", sa.UUID(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("countersigned_by", sa.UUID(), nullable=True),
        sa.Column("countersigned_name", sa.Text(), nullable=True),
        sa.Column("countersigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('quarter','year')", name=op.f("ck_period_report_kind")),
        sa.CheckConstraint(
            "state IN ('draft','freezing','frozen','superseded')",
            name=op.f("ck_period_report_state"),
        ),
        sa.CheckConstraint("period_from <= period_to", name=op.f("ck_period_report_period")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_period_report_version")),
        sa.CheckConstraint(
            "(version > 1) = (supersedes_id IS NOT NULL AND reason IS NOT NULL)",
            name=op.f("ck_period_report_corrected"),
        ),
        sa.CheckConstraint(
            "(state IN ('frozen','superseded')) = (frozen_at IS NOT NULL AND content IS NOT NULL"
            " AND hash IS NOT NULL AND frozen_by IS NOT NULL)",
            name=op.f("ck_period_report_frozen"),
        ),
        sa.CheckConstraint(
            "countersigned_by <> frozen_by AND countersigned_by <> prepared_by",
            name=op.f("ck_period_report_another"),
        ),
        sa.CheckConstraint(
            "(countersigned_by IS NULL) = (countersigned_at IS NULL)",
            name=op.f("ck_period_report_countersigned"),
        ),
        sa.CheckConstraint(
            "(state = 'superseded') = (superseded_at IS NOT NULL)",
            name=op.f("ck_period_report_superseded"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_report")),
        sa.UniqueConstraint(
            "region_code",
            "kind",
            "period_from",
            "version",
            name=op.f("uq_period_report_region_code_kind_period_from_version"),
        ),
        *[
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_period_report_{column}_{table}"),
                ondelete="RESTRICT",
            )
            for column, table in (
                ("supersedes_id", "period_report"),
                ("prepared_by", "account"),
                ("frozen_by", "account"),
                ("countersigned_by", "account"),
            )
        ],
    )
    op.create_index(op.f("ix_period_report_supersedes_id"), "period_report", ["supersedes_id"])
    for name, where in (
        ("uq_period_report_open", "state IN ('draft','freezing')"),
        ("uq_period_report_frozen", "state = 'frozen'"),
    ):
        op.create_index(
            name,
            "period_report",
            ["region_code", "kind", "period_from"],
            unique=True,
            postgresql_where=sa.text(where),
        )
    op.create_table(
        "period_report_row",
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.Uuid(), nullable=False),
        sa.Column("sign", sa.SmallInteger(), nullable=False),
        sa.Column("adjusts_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("class_id", sa.Uuid(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("training_type", sa.Text(), nullable=False),
        sa.Column("groups", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("person_times", sa.SmallInteger(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("completed", sa.SmallInteger(), nullable=False),
        sa.Column("certificates", sa.SmallInteger(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("people", postgresql.ARRAY(postgresql.UUID(as_uuid=True)), nullable=False),
        sa.CheckConstraint(
            "kind IN ('training','certificate','payment')", name=op.f("ck_period_report_row_kind")
        ),
        sa.CheckConstraint("sign IN (-1, 1)", name=op.f("ck_period_report_row_sign")),
        sa.CheckConstraint(
            "sign = 1 OR adjusts_id IS NOT NULL", name=op.f("ck_period_report_row_adjusts")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["period_report.id"],
            name=op.f("fk_period_report_row_report_id_period_report"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint(
            "report_id", "kind", "ref_id", "sign", name=op.f("pk_period_report_row")
        ),
    )
    op.create_table(
        "fund_publication",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("report_id", sa.UUID(), nullable=False),
        sa.Column("published_by", sa.UUID(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cells", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["period_report.id"],
            name=op.f("fk_fund_publication_report_id_period_report"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["account.id"],
            name=op.f("fk_fund_publication_published_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_publication")),
        sa.UniqueConstraint("report_id", name=op.f("uq_fund_publication_report_id")),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for name, act, when in GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON period_report FOR EACH ROW"
            f" WHEN ({when}) EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON period_report"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("fund_publication")
    op.drop_table("period_report_row")
    op.drop_table("period_report")
