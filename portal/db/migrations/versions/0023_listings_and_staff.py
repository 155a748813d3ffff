"""Keep decisions about institutions, invitations and second factors.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_hold",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("held_by", sa.UUID(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.UUID(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('suspended','locked')", name=op.f("ck_account_hold_kind")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_account_hold_ended")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_account_hold_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"],
            ["account.id"],
            name=op.f("fk_account_hold_ended_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["held_by"],
            ["account.id"],
            name=op.f("fk_account_hold_held_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_hold")),
    )
    op.create_index(
        op.f("ix_account_hold_account_id"), "account_hold", ["account_id"], unique=False
    )
    op.create_index(op.f("ix_account_hold_ended_by"), "account_hold", ["ended_by"], unique=False)
    op.create_index(op.f("ix_account_hold_held_by"), "account_hold", ["held_by"], unique=False)
    op.create_index(
        "uq_account_hold_open",
        "account_hold",
        ["account_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "listing_decision",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=False),
        sa.Column("former", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("ban_until", sa.Date(), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by", sa.UUID(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ban_until IS NULL OR state = 'removed'", name=op.f("ck_listing_decision_ban")
        ),
        sa.CheckConstraint(
            "state IN ('listed','warning','suspended','rectified','removed','withdrawn')",
            name=op.f("ck_listing_decision_state"),
        ),
        sa.CheckConstraint(
            "ban_until IS NULL OR ban_until > effective_on",
            name=op.f("ck_listing_decision_ban_after"),
        ),
        sa.CheckConstraint(
            "length(btrim(document_no)) >= 2", name=op.f("ck_listing_decision_document")
        ),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_listing_decision_reason")),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["account.id"],
            name=op.f("fk_listing_decision_decided_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_listing_decision_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_decision")),
    )
    op.create_index(
        op.f("ix_listing_decision_decided_by"), "listing_decision", ["decided_by"], unique=False
    )
    op.create_index(
        "ix_listing_decision_effective_on", "listing_decision", ["effective_on"], unique=False
    )
    op.create_index(
        op.f("ix_listing_decision_institution_id"),
        "listing_decision",
        ["institution_id"],
        unique=False,
    )
    op.create_table(
        "login_challenge",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(), nullable=True),
        sa.Column("enrols", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_login_challenge_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_challenge")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_challenge_token_hash")),
    )
    op.create_index(
        op.f("ix_login_challenge_account_id"), "login_challenge", ["account_id"], unique=False
    )
    op.create_table(
        "password_reset",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="5", nullable=False),
        sa.Column("started_by", sa.UUID(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_password_reset_tries")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_password_reset_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["started_by"],
            ["account.id"],
            name=op.f("fk_password_reset_started_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_reset")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_reset_token_hash")),
    )
    op.create_index(
        op.f("ix_password_reset_account_id"), "password_reset", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_password_reset_started_by"), "password_reset", ["started_by"], unique=False
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_recovery_code_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "account_id", "code_hash", name=op.f("uq_recovery_code_account_id_code_hash")
        ),
    )
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("secret_enc", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_second_factor_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "staff_invitation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("phone_enc", sa.LargeBinary(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.UUID(), nullable=True),
        sa.Column("agreed_by", sa.UUID(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(role IN ('instructor','manager')) = (institution_id IS NOT NULL)",
            name=op.f("ck_staff_invitation_institution"),
        ),
        sa.CheckConstraint(
            "(role IN ('officer','auditor','system_admin','security_admin')) = (region_code IS NOT NULL)",
            name=op.f("ck_staff_invitation_area"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (token_hash IS NOT NULL)", name=op.f("ck_staff_invitation_token")
        ),
        sa.CheckConstraint(
            "role IN ('instructor','manager','officer','auditor','reviewer','system_admin','security_admin')",
            name=op.f("ck_staff_invitation_role"),
        ),
        sa.CheckConstraint(
            "role NOT IN ('system_admin','security_admin','auditor') OR state NOT IN ('open','accepted') OR agreed_by IS NOT NULL OR invited_by IS NULL",
            name=op.f("ck_staff_invitation_agreed"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed','open','accepted','revoked','declined','expired')",
            name=op.f("ck_staff_invitation_state"),
        ),
        sa.CheckConstraint("agreed_by <> invited_by", name=op.f("ck_staff_invitation_another")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_staff_invitation_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["agreed_by"],
            ["account.id"],
            name=op.f("fk_staff_invitation_agreed_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_staff_invitation_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"],
            ["account.id"],
            name=op.f("fk_staff_invitation_invited_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitation_token_hash")),
    )
    op.create_index(
        op.f("ix_staff_invitation_account_id"), "staff_invitation", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_staff_invitation_agreed_by"), "staff_invitation", ["agreed_by"], unique=False
    )
    op.create_index(
        op.f("ix_staff_invitation_institution_id"),
        "staff_invitation",
        ["institution_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_staff_invitation_invited_by"), "staff_invitation", ["invited_by"], unique=False
    )
    op.create_index(
        "uq_staff_invitation_open",
        "staff_invitation",
        [
            "phone_hash",
            "role",
            sa.literal_column("coalesce(institution_id, '00000000-0000-0000-0000-000000000000')"),
        ],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed','open')"),
    )
    op.create_table(
        "listing_application",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("papers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entered_by", sa.UUID(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("visited_by", sa.Text(), nullable=True),
        sa.Column("site_passed", sa.Boolean(), nullable=True),
        sa.Column("site_note", sa.Text(), nullable=True),
        sa.Column("decision_id", sa.UUID(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.UUID(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('listed','refused','withdrawn')) = (closed_at IS NOT NULL)",
            name=op.f("ck_listing_application_closed"),
        ),
        sa.CheckConstraint(
            "state <> 'listed' OR (site_passed AND decision_id IS NOT NULL)",
            name=op.f("ck_listing_application_admitted"),
        ),
        sa.CheckConstraint(
            "state IN ('submitted','on_site_check','listed','refused','withdrawn')",
            name=op.f("ck_listing_application_state"),
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"],
            ["account.id"],
            name=op.f("fk_listing_application_closed_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["listing_decision.id"],
            name=op.f("fk_listing_application_decision_id_listing_decision"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"],
            ["account.id"],
            name=op.f("fk_listing_application_entered_by_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_listing_application_institution_id_institution"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_application")),
    )
    op.create_index(
        op.f("ix_listing_application_closed_by"), "listing_application", ["closed_by"], unique=False
    )
    op.create_index(
        op.f("ix_listing_application_decision_id"),
        "listing_application",
        ["decision_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_listing_application_entered_by"),
        "listing_application",
        ["entered_by"],
        unique=False,
    )
    op.create_index(
        op.f("ix_listing_application_institution_id"),
        "listing_application",
        ["institution_id"],
        unique=False,
    )
    op.create_index(
        "uq_listing_application_open",
        "listing_application",
        ["institution_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "listing_effect",
        sa.Column("decision_id", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["listing_decision.id"],
            name=op.f("fk_listing_effect_decision_id_listing_decision"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_listing_effect")),
    )
    op.create_table(
        "claim_release",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("claim_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=False),
        sa.Column("released_by", sa.UUID(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_claim_release_reason")),
        sa.ForeignKeyConstraint(
            ["claim_id"],
            ["subsidy_claim.id"],
            name=op.f("fk_claim_release_claim_id_subsidy_claim"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["released_by"],
            ["account.id"],
            name=op.f("fk_claim_release_released_by_account"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_release")),
    )
    op.create_index(op.f("ix_claim_release_claim_id"), "claim_release", ["claim_id"], unique=False)
    op.create_index(
        op.f("ix_claim_release_released_by"), "claim_release", ["released_by"], unique=False
    )
    op.add_column("institution_listing", sa.Column("decision_id", sa.UUID(), nullable=True))
    op.alter_column(
        "institution_listing", "catalog_version_id", existing_type=sa.UUID(), nullable=True
    )
    op.create_index(
        op.f("ix_institution_listing_decision_id"),
        "institution_listing",
        ["decision_id"],
        unique=False,
    )
    op.create_foreign_key(
        op.f("fk_institution_listing_decision_id_listing_decision"),
        "institution_listing",
        "listing_decision",
        ["decision_id"],
        ["id"],
        ondelete="RESTRICT",
    )
    op.drop_constraint(op.f("ck_institution_listing_status"), "institution_listing")
    op.create_check_constraint(
        op.f("ck_institution_listing_status"),
        "institution_listing",
        "status IN ('listed','warning','suspended','removed','withdrawn')",
    )
    op.create_check_constraint(
        op.f("ck_institution_listing_by"),
        "institution_listing",
        "num_nonnulls(catalog_version_id, decision_id) = 1",
    )
    for table in ("listing_decision", "claim_release"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    # What decisions made of an institution is lost with them: the list says what it said.
    op.execute("DELETE FROM institution_listing WHERE decision_id IS NOT NULL")
    op.drop_constraint(op.f("ck_institution_listing_by"), "institution_listing")
    op.drop_constraint(op.f("ck_institution_listing_status"), "institution_listing")
    op.create_check_constraint(
        op.f("ck_institution_listing_status"),
        "institution_listing",
        "status IN ('listed','warning','suspended','removed')",
    )
    op.drop_constraint(
        op.f("fk_institution_listing_decision_id_listing_decision"),
        "institution_listing",
        type_="foreignkey",
    )
    op.drop_index(op.f("ix_institution_listing_decision_id"), table_name="institution_listing")
    op.alter_column(
        "institution_listing", "catalog_version_id", existing_type=sa.UUID(), nullable=False
    )
    op.drop_column("institution_listing", "decision_id")
    op.drop_index(op.f("ix_claim_release_released_by"), table_name="claim_release")
    op.drop_index(op.f("ix_claim_release_claim_id"), table_name="claim_release")
    op.drop_table("claim_release")
    op.drop_table("listing_effect")
    op.drop_index(
        "uq_listing_application_open",
        table_name="listing_application",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(op.f("ix_listing_application_institution_id"), table_name="listing_application")
    op.drop_index(op.f("ix_listing_application_entered_by"), table_name="listing_application")
    op.drop_index(op.f("ix_listing_application_decision_id"), table_name="listing_application")
    op.drop_index(op.f("ix_listing_application_closed_by"), table_name="listing_application")
    op.drop_table("listing_application")
    op.drop_index(
        "uq_staff_invitation_open",
        table_name="staff_invitation",
        postgresql_where=sa.text("state IN ('proposed','open')"),
    )
    op.drop_index(op.f("ix_staff_invitation_invited_by"), table_name="staff_invitation")
    op.drop_index(op.f("ix_staff_invitation_institution_id"), table_name="staff_invitation")
    op.drop_index(op.f("ix_staff_invitation_agreed_by"), table_name="staff_invitation")
    op.drop_index(op.f("ix_staff_invitation_account_id"), table_name="staff_invitation")
    op.drop_table("staff_invitation")
    op.drop_table("second_factor")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_password_reset_started_by"), table_name="password_reset")
    op.drop_index(op.f("ix_password_reset_account_id"), table_name="password_reset")
    op.drop_table("password_reset")
    op.drop_index(op.f("ix_login_challenge_account_id"), table_name="login_challenge")
    op.drop_table("login_challenge")
    op.drop_index(op.f("ix_listing_decision_institution_id"), table_name="listing_decision")
    op.drop_index("ix_listing_decision_effective_on", table_name="listing_decision")
    op.drop_index(op.f("ix_listing_decision_decided_by"), table_name="listing_decision")
    op.drop_table("listing_decision")
    op.drop_index(
        "uq_account_hold_open",
        table_name="account_hold",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_account_hold_held_by"), table_name="account_hold")
    op.drop_index(op.f("ix_account_hold_ended_by"), table_name="account_hold")
    op.drop_index(op.f("ix_account_hold_account_id"), table_name="account_hold")
    op.drop_table("account_hold")
