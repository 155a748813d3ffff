"""Keep what an honour in an archive suggests, and what a person decided about it.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
CHECKS = (
    ("state", "state IN ('open','recommended','declined')"),
    ("credential", "credential IN ('LEVEL','QUAL')"),
    ("level", "level BETWEEN 1 AND 8"),
    ("decided", "(state = 'open') = (decided_at IS NULL)"),
    ("answer", "state = 'open' OR answer <> ''"),
)


def upgrade() -> None:
    op.create_table(
        "advancement",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("pack_hash", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("suggested_at", AT, nullable=False),
        sa.Column("decided_at", AT, nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        *[
            sa.CheckConstraint(condition, name=op.f(f"ck_advancement_{name}"))
            for name, condition in CHECKS
        ],
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_advancement_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["archive_entry.id"],
            name=op.f("fk_advancement_entry_id_archive_entry"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advancement")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_advancement_entry_id")),
    )
    op.create_index(op.f("ix_advancement_person_id"), "advancement", ["person_id"])
    op.create_index(
        "ix_advancement_open",
        "advancement",
        ["suggested_at"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_advancement_level",
        "advancement",
        ["person_id", "occupation_code", "level"],
        unique=True,
        postgresql_where=sa.text("state <> 'declined'"),
    )


def downgrade() -> None:
    op.drop_table("advancement")
