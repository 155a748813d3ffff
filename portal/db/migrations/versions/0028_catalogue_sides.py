"""Index the words of catalogue entries; let entries of supplements be covered and ended.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ENTRY, _PROGRAMME, _CHANGE = "supplement_entry", "training_programme", "catalogue_change"
_ENDED = "(state = 'ended') = (ended_at IS NOT NULL AND ended_doc <> '' AND ended_reason <> '')"
_STATES = "'draft','filed','accepted','rejected','withdrawn'"
_FILINGS = "'filed','accepted','rejected'"


def upgrade() -> None:
    op.create_index(
        "ix_catalogue_entry_search_terms",
        "catalogue_entry",
        ["search_terms"],
        postgresql_using="gin",
    )
    _unique_change("version_id", "code", "what", former=("version_id", "code"))
    _check(_PROGRAMME, "filing", f"filing IN ({_FILINGS},'covered','ended')")
    for column in (
        sa.Column("covered_by", sa.UUID(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("ended_doc", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_reason", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column(_ENTRY, column)
    op.create_foreign_key(
        op.f("fk_supplement_entry_covered_by_training_programme"),
        _ENTRY,
        _PROGRAMME,
        ["covered_by"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index(op.f("ix_supplement_entry_covered_by"), _ENTRY, ["covered_by"])
    _check(_ENTRY, "state", f"state IN ({_STATES},'ended')")
    live = "(state IN ('accepted','ended')) = (programme_id IS NOT NULL)"
    _check(_ENTRY, "programme", live)
    for name, rule in (("covered", "covered_by IS NULL OR state = 'accepted'"), ("ended", _ENDED)):
        op.create_check_constraint(op.f(f"ck_{_ENTRY}_{name}"), _ENTRY, rule)


def downgrade() -> None:
    """What was ended counts as withdrawn, what was covered is offered again."""
    for name in ("ended", "covered"):
        op.drop_constraint(op.f(f"ck_{_ENTRY}_{name}"), _ENTRY, type_="check")
    for name in ("state", "programme"):
        op.drop_constraint(op.f(f"ck_{_ENTRY}_{name}"), _ENTRY, type_="check")
    op.execute(
        "UPDATE supplement_entry SET state = 'withdrawn', programme_id = NULL WHERE state = 'ended'"
    )
    op.execute("UPDATE training_programme SET filing = 'accepted' WHERE filing = 'covered'")
    op.execute("UPDATE training_programme SET filing = 'rejected' WHERE filing = 'ended'")
    rule = f"state IN ({_STATES})"
    op.create_check_constraint(op.f(f"ck_{_ENTRY}_state"), _ENTRY, rule)
    live = "(state = 'accepted') = (programme_id IS NOT NULL)"
    op.create_check_constraint(op.f(f"ck_{_ENTRY}_programme"), _ENTRY, live)
    _check(_PROGRAMME, "filing", f"filing IN ({_FILINGS})")
    op.drop_index(op.f("ix_supplement_entry_covered_by"), _ENTRY)
    op.drop_constraint(
        op.f("fk_supplement_entry_covered_by_training_programme"), _ENTRY, type_="foreignkey"
    )
    for column in ("ended_reason", "ended_doc", "ended_by", "ended_at", "covered_by"):
        op.drop_column(_ENTRY, column)
    # One line an entry and version is left: that it was added.
    op.execute(
        "DELETE FROM catalogue_change gone USING catalogue_change added"
        " WHERE gone.version_id = added.version_id AND gone.code = added.code"
        " AND gone.what = 'removed' AND added.what <> 'removed'"
    )
    _unique_change("version_id", "code", former=("version_id", "code", "what"))
    op.drop_index("ix_catalogue_entry_search_terms", "catalogue_entry")


def _check(table: str, name: str, rule: str) -> None:
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table, type_="check")
    op.create_check_constraint(constraint, table, rule)


def _unique_change(*columns: str, former: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(f"uq_{_CHANGE}_{'_'.join(former)}"), _CHANGE, type_="unique")
    op.create_unique_constraint(op.f(f"uq_{_CHANGE}_{'_'.join(columns)}"), _CHANGE, list(columns))
