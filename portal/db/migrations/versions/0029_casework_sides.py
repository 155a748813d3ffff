"""Widen what cases and listings keep: what lifts a decision, what was given up, who is moved.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# A sanction and the decision that it led to stood side by side without a word of each other.
FIND_DECISIONS = """
UPDATE case_sanction SET decision_id = (
    SELECT made.id FROM listing_decision made
     WHERE made.case_id = case_sanction.case_id
       AND made.document_no = case_sanction.document_no
       AND made.decided_at = case_sanction.decided_at
       AND made.state = CASE case_sanction.kind
           WHEN 'suspend' THEN 'suspended' WHEN 'remove' THEN 'removed' ELSE 'warning' END
     ORDER BY made.id LIMIT 1)
 WHERE kind <> 'rectify'
"""


def upgrade() -> None:
    op.add_column("listing_decision", sa.Column("lifts_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_listing_decision_lifts_id_listing_decision"),
        "listing_decision",
        "listing_decision",
        ["lifts_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_unique_constraint(
        op.f("uq_listing_decision_lifts_id"), "listing_decision", ["lifts_id"]
    )
    op.create_check_constraint(
        op.f("ck_listing_decision_lifts"), "listing_decision", "lifts_id <> id"
    )
    op.add_column("case_sanction", sa.Column("decision_id", sa.UUID(), nullable=True))
    op.create_foreign_key(
        op.f("fk_case_sanction_decision_id_listing_decision"),
        "case_sanction",
        "listing_decision",
        ["decision_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.create_index(op.f("ix_case_sanction_decision_id"), "case_sanction", ["decision_id"])
    op.execute(FIND_DECISIONS)
    op.add_column(
        "subsidy_claim",
        sa.Column("written_off_fen", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_subsidy_claim_written_off"), "subsidy_claim", "written_off_fen >= 0"
    )
    _create_moves()


def _create_moves() -> None:
    op.create_table(
        "account_move",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.UUID(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.UUID(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed','done','declined','revoked')",
            name=op.f("ck_account_move_state"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL)", name=op.f("ck_account_move_decided")
        ),
        sa.CheckConstraint(
            "(decided_by IS NULL) = (decided_at IS NULL)", name=op.f("ck_account_move_decided_at")
        ),
        sa.CheckConstraint(
            "decided_by <> proposed_by OR state = 'revoked'", name=op.f("ck_account_move_another")
        ),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_account_move_reason")),
        *(
            sa.ForeignKeyConstraint(
                [column],
                ["account.id"],
                name=op.f(f"fk_account_move_{column}_account"),
                ondelete="RESTRICT",
            )
            for column in ("account_id", "proposed_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_move")),
    )
    op.create_index(op.f("ix_account_move_account_id"), "account_move", ["account_id"])
    op.create_index(
        "uq_account_move_open",
        "account_move",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def downgrade() -> None:
    op.drop_table("account_move")
    op.drop_constraint(op.f("ck_subsidy_claim_written_off"), "subsidy_claim")
    op.drop_column("subsidy_claim", "written_off_fen")
    op.drop_index(op.f("ix_case_sanction_decision_id"), "case_sanction")
    op.drop_column("case_sanction", "decision_id")
    op.drop_constraint(op.f("ck_listing_decision_lifts"), "listing_decision")
    op.drop_column("listing_decision", "lifts_id")
