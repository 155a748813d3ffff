"""Let two administrators agree to every account of the authority; give reviewers a region.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
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
AGREED = (
    "role NOT IN ('system_admin','security_admin','auditor')"
    " OR state NOT IN ('open','accepted') OR agreed_by IS NOT NULL OR invited_by IS NULL",
    "institution_id IS NOT NULL OR state NOT IN ('open','accepted')"
    " OR agreed_by IS NOT NULL"
    " OR (invited_by IS NULL AND role IN ('system_admin','security_admin','auditor'))",
)
STATES = (
    "state IN ('proposed','open','accepted','revoked','declined','expired')",
    "state IN ('proposed','open','accepted','accepted_alone','revoked','declined','expired')",
)
# What was accepted while one was enough says so; nothing else was ever accepted without consent.
SAY_ALONE = """
UPDATE staff_invitation SET state = 'accepted_alone'
 WHERE role IN ('officer','reviewer') AND state = 'accepted' AND agreed_by IS NULL
"""
SAY_ACCEPTED = "UPDATE staff_invitation SET state = 'accepted' WHERE state = 'accepted_alone'"
# A link that one administrator sent alone opens nothing until a second has agreed, who has a week
# for it; then another link is sent. What had run out stays so.
WAIT_FOR_CONSENT = """
UPDATE staff_invitation SET state = 'proposed', token_hash = NULL,
       expires_at = CASE WHEN expires_at > now() THEN now() + interval '7 days'
                         ELSE expires_at END
 WHERE role IN ('officer','reviewer') AND state = 'open' AND agreed_by IS NULL
"""


def upgrade() -> None:
    for table, _, _ in AREAS:
        op.drop_constraint(op.f(f"ck_{table}_area"), table, type_="check")
    for statement in FIND_REGIONS:
        op.execute(statement)
    for table, _, new in AREAS:
        op.create_check_constraint(op.f(f"ck_{table}_area"), table, new)
    op.add_column("staff_invitation", sa.Column("answer", sa.Text(), nullable=True))
    _drop_checks()
    op.execute(WAIT_FOR_CONSENT)
    op.execute(SAY_ALONE)
    _create_checks(1)


def _drop_checks() -> None:
    for name in ("agreed", "state"):
        op.drop_constraint(op.f(f"ck_staff_invitation_{name}"), "staff_invitation", type_="check")


def _create_checks(which: int) -> None:
    for name, either in (("agreed", AGREED), ("state", STATES)):
        op.create_check_constraint(
            op.f(f"ck_staff_invitation_{name}"), "staff_invitation", either[which]
        )


def downgrade() -> None:
    _drop_checks()
    op.execute(SAY_ACCEPTED)
    _create_checks(0)
    op.drop_column("staff_invitation", "answer")
    for table, old, _ in AREAS:
        op.drop_constraint(op.f(f"ck_{table}_area"), table, type_="check")
        op.execute(FORGET_REGIONS[table])
        op.create_check_constraint(op.f(f"ck_{table}_area"), table, old)
