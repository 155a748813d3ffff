"""Let reviewers from outside and administrators have accounts.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CHECKS = (
    # name, old condition, new condition
    (
        "role",
        "role IN ('trainee','instructor','manager','officer','auditor','employer','helper')",
        "role IN ('trainee','instructor','manager','officer','auditor','employer','helper',"
        "'reviewer','system_admin','security_admin')",
    ),
    (
        "area",
        "(role IN ('officer','auditor','helper')) = (region_code IS NOT NULL)",
        "(role IN ('officer','auditor','helper','system_admin','security_admin'))"
        " = (region_code IS NOT NULL)",
    ),
)


def upgrade() -> None:
    for name, _, new in CHECKS:
        op.drop_constraint(op.f(f"ck_account_{name}"), "account", type_="check")
        op.create_check_constraint(op.f(f"ck_account_{name}"), "account", new)


def downgrade() -> None:
    for name, old, _ in reversed(CHECKS):
        op.drop_constraint(op.f(f"ck_account_{name}"), "account", type_="check")
        op.create_check_constraint(op.f(f"ck_account_{name}"), "account", old)
