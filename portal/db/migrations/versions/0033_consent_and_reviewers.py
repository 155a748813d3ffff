"""Give reviewers the region whose offices may ask them to look.

Revision ID: 0033
Revises: 0031
"""

from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

# Invitations of the authority, and its accounts: (table, old condition, new condition).
AREAS = (
    (
        "staff_invitation",
        "(role IN ('officer','auditor','system_admin','security_admin'))"
        " = (region_code IS NOT NULL)",
        "(role IN ('officer','auditor','reviewer','system_admin','security_admin'))"
        " = (region_code IS NOT NULL)",
    ),
    (
        "account",
        "(role IN ('officer','auditor','helper','system_admin','security_admin'))"
        " = (region_code IS NOT NULL)",
        "(role IN ('officer','auditor','helper','reviewer','system_admin','security_admin'))"
        " = (region_code IS NOT NULL)",
    ),
)
# A reviewer was invited from somewhere; one who was not has worked somewhere, or belongs to all.
FIND_REGIONS = (
    """
UPDATE staff_invitation SET region_code = coalesce(
    (SELECT by.region_code FROM account by WHERE by.id = staff_invitation.invited_by), '000000')
 WHERE role = 'reviewer'
""",
    """
UPDATE account SET region_code = coalesce(
    (SELECT made.region_code FROM staff_invitation made
      WHERE made.account_id = account.id AND made.role = 'reviewer' AND made.state = 'accepted'
      ORDER BY made.ended_at DESC LIMIT 1),
    (SELECT given.region_code FROM review_assignment given
      WHERE given.reviewer_account_id = account.id ORDER BY given.made_at DESC LIMIT 1),
    '000000')
 WHERE role = 'reviewer'
""",
)
FORGET_REGIONS = {
    "staff_invitation": "UPDATE staff_invitation SET region_code = NULL WHERE role = 'reviewer'",
    "account": "UPDATE account SET region_code = NULL WHERE role = 'reviewer'",
}


def upgrade() -> None:
    for table, _, _ in AREAS:
        op.drop_constraint(op.f(f"ck_{table}_area"), table, type_="check")
    for statement in FIND_REGIONS:
        op.execute(statement)
    for table, _, new in AREAS:
        op.create_check_constraint(op.f(f"ck_{table}_area"), table, new)


def downgrade() -> None:
    for table, old, _ in AREAS:
        op.drop_constraint(op.f(f"ck_{table}_area"), table, type_="check")
        op.execute(FORGET_REGIONS[table])
        op.create_check_constraint(op.f(f"ck_{table}_area"), table, old)
