"""Bring in the entries of every kind of catalogue, their drafts and imports.

Versions that are there keep what they have; what they say is read from their own tables where
they have no entries (services.publication.contents).

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_JSON = postgresql.JSONB(astext_type=sa.Text())
_TIME = sa.DateTime(timezone=True)


def _version_ref(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="RESTRICT")


def upgrade() -> None:
    _versions()
    op.create_table(
        "catalogue_entry",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("subject_code", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("columns", _JSON, nullable=False),
        sa.Column("search_terms", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_catalogue_entry_code")),
        _version_ref("catalogue_entry", "version_id", "catalog_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_entry")),
        sa.UniqueConstraint("version_id", "code", name=op.f("uq_catalogue_entry_version_id_code")),
    )
    op.create_index(op.f("ix_catalogue_entry_version_id"), "catalogue_entry", ["version_id"])
    op.create_index("ix_catalogue_entry_subject", "catalogue_entry", ["subject_code"])
    op.create_table(
        "catalogue_change",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fields", _JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.CheckConstraint(
            "what IN ('added','removed','changed')", name=op.f("ck_catalogue_change_what")
        ),
        _version_ref("catalogue_change", "version_id", "catalog_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_change")),
        sa.UniqueConstraint("version_id", "code", name=op.f("uq_catalogue_change_version_id_code")),
    )
    op.create_index(op.f("ix_catalogue_change_version_id"), "catalogue_change", ["version_id"])
    _imports()


def _versions() -> None:
    op.drop_constraint(op.f("ck_catalog_version_status"), "catalog_version", type_="check")
    op.create_check_constraint(
        op.f("ck_catalog_version_status"),
        "catalog_version",
        "status IN ('draft','scheduled','published','superseded','withdrawn')",
    )
    op.add_column("catalog_version", sa.Column("former_id", sa.UUID(), nullable=True))
    op.add_column("catalog_version", sa.Column("withdrawn_at", _TIME, nullable=True))
    op.add_column("catalog_version", sa.Column("withdrawn_by", sa.UUID(), nullable=True))
    op.add_column(
        "catalog_version",
        sa.Column("withdrawal_reason", sa.Text(), server_default="", nullable=False),
    )
    op.create_foreign_key(
        op.f("fk_catalog_version_former_id_catalog_version"),
        "catalog_version",
        "catalog_version",
        ["former_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index(op.f("ix_catalog_version_former_id"), "catalog_version", ["former_id"])
    op.alter_column("catalog_version", "version_no", nullable=True)
    op.alter_column("catalog_version", "published_at", nullable=True)
    for name, condition in (
        ("numbered", "status = 'draft' OR version_no IS NOT NULL"),
        ("published", "status = 'draft' OR published_at IS NOT NULL"),
        ("withdrawal", "(withdrawn_at IS NULL) = (withdrawal_reason = '')"),
    ):
        op.create_check_constraint(op.f(f"ck_catalog_version_{name}"), "catalog_version", condition)
    op.create_index(
        "uq_catalog_version_scheduled",
        "catalog_version",
        ["kind", "region_code"],
        unique=True,
        postgresql_where=sa.text("status = 'scheduled'"),
    )


def _imports() -> None:
    op.create_table(
        "catalogue_import",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("sheets", _JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("with_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("doc_no", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problems", _JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("problem_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_out", _JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('uploaded','mapped','checked','draft','failed')",
            name=op.f("ck_catalogue_import_state"),
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (version_id IS NOT NULL)",
            name=op.f("ck_catalogue_import_version"),
        ),
        _version_ref("catalogue_import", "version_id", "catalog_version"),
        _version_ref("catalogue_import", "account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_import")),
    )
    for column in ("region_code", "version_id", "account_id"):
        op.create_index(op.f(f"ix_catalogue_import_{column}"), "catalogue_import", [column])
    op.create_table(
        "catalogue_mapping",
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("header_key", sa.Text(), nullable=False),
        sa.Column("columns", _JSON, nullable=False),
        sa.Column("saved_at", _TIME, nullable=False),
        sa.Column("saved_by", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint(
            "region_code", "kind", "header_key", name=op.f("pk_catalogue_mapping")
        ),
    )


def downgrade() -> None:
    """Drafts and what waits for its day are lost: the former schema knows neither."""
    for table in ("catalogue_mapping", "catalogue_import", "catalogue_change", "catalogue_entry"):
        op.drop_table(table)
    op.execute("DELETE FROM catalog_version WHERE version_no IS NULL OR status = 'scheduled'")
    op.drop_index("uq_catalog_version_scheduled", "catalog_version")
    for name in ("withdrawal", "published", "numbered", "status"):
        op.drop_constraint(op.f(f"ck_catalog_version_{name}"), "catalog_version", type_="check")
    op.create_check_constraint(
        op.f("ck_catalog_version_status"),
        "catalog_version",
        "status IN ('draft','published','superseded','withdrawn')",
    )
    op.alter_column("catalog_version", "version_no", nullable=False)
    op.alter_column("catalog_version", "published_at", nullable=False)
    op.drop_index(op.f("ix_catalog_version_former_id"), "catalog_version")
    op.drop_constraint(
        op.f("fk_catalog_version_former_id_catalog_version"), "catalog_version", type_="foreignkey"
    )
    for column in ("withdrawal_reason", "withdrawn_by", "withdrawn_at", "former_id"):
        op.drop_column("catalog_version", column)
