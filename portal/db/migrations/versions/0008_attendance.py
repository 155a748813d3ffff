"""Checking in against fraud and without a link: settings, signals, passes, appeals, scores.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

METHODS = "method IN ('qr','numeric','device','manual','pass','pass_code','sheet','helper')"
# As they were when this migration was written; models keep their own list (APPEND_ONLY).
APPEND_ONLY = ("staff_attendance", "offline_upload")


def upgrade() -> None:
    op.create_table(
        "person_pass",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("pass_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_person_pass_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_pass")),
        sa.UniqueConstraint("pass_id", name=op.f("uq_person_pass_pass_id")),
    )
    op.create_table(
        "class_checkin",
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("relay_trap", sa.Boolean(), nullable=False),
        sa.Column(
            "new_code_per_scan", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("asks_place", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("venue_lat", sa.Double(), nullable=True),
        sa.Column("venue_lon", sa.Double(), nullable=True),
        sa.Column(
            "windows",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(venue_lat IS NULL) = (venue_lon IS NULL)", name=op.f("ck_class_checkin_venue")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_class_checkin_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("class_id", name=op.f("pk_class_checkin")),
    )
    op.create_table(
        "class_score",
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_class_score_points")),
        sa.ForeignKeyConstraint(
            ["class_id"],
            ["training_class.id"],
            name=op.f("fk_class_score_class_id_training_class"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("class_id", name=op.f("pk_class_score")),
    )
    op.create_table(
        "attendance_appeal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('upheld','refused')) = (answer IS NOT NULL)",
            name=op.f("ck_attendance_appeal_answer"),
        ),
        sa.CheckConstraint("kind IN ('missing','wrong')", name=op.f("ck_attendance_appeal_kind")),
        sa.CheckConstraint(
            "state IN ('open','upheld','refused','withdrawn')",
            name=op.f("ck_attendance_appeal_state"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_attendance_appeal_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_attendance_appeal_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_appeal")),
    )
    op.create_index(
        op.f("ix_attendance_appeal_enrolment_id"),
        "attendance_appeal",
        ["enrolment_id"],
        unique=False,
    )
    op.create_index(
        "ix_attendance_appeal_open_due",
        "attendance_appeal",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        op.f("ix_attendance_appeal_session_id"), "attendance_appeal", ["session_id"], unique=False
    )
    op.create_index(
        "uq_attendance_appeal_open",
        "attendance_appeal",
        ["session_id", "enrolment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "attendance_warning",
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("hours_left", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "level IN ('near','last','lost')", name=op.f("ck_attendance_warning_level")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_attendance_warning_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "level", name=op.f("pk_attendance_warning")),
    )
    op.create_table(
        "code_claim",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_code_claim_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("session_id", "phase", "step", "seq", name=op.f("pk_code_claim")),
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("officer_account_id", sa.UUID(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("head_count", sa.Integer(), nullable=True),
        sa.Column("sheet_count", sa.Integer(), nullable=True),
        sa.Column("roster_count", sa.Integer(), nullable=True),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("card IN ('none','yellow','red')", name=op.f("ck_inspection_card")),
        sa.CheckConstraint(
            "(counted_at IS NULL) = (head_count IS NULL)", name=op.f("ck_inspection_counted")
        ),
        sa.CheckConstraint("head_count >= 0", name=op.f("ck_inspection_heads")),
        sa.ForeignKeyConstraint(
            ["officer_account_id"],
            ["account.id"],
            name=op.f("fk_inspection_officer_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_inspection_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
    )
    op.create_index(
        op.f("ix_inspection_officer_account_id"), "inspection", ["officer_account_id"], unique=False
    )
    op.create_index(op.f("ix_inspection_session_id"), "inspection", ["session_id"], unique=False)
    op.create_table(
        "leave_request",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('personal','sick')", name=op.f("ck_leave_request_kind")),
        sa.CheckConstraint(
            "state IN ('asked','granted','refused','withdrawn')",
            name=op.f("ck_leave_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_leave_request_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_leave_request_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave_request")),
    )
    op.create_index(
        op.f("ix_leave_request_enrolment_id"), "leave_request", ["enrolment_id"], unique=False
    )
    op.create_index(
        op.f("ix_leave_request_session_id"), "leave_request", ["session_id"], unique=False
    )
    op.create_index(
        "uq_leave_request_open",
        "leave_request",
        ["session_id", "enrolment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked','granted')"),
    )
    op.create_table(
        "makeup",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("missed_session_id", sa.UUID(), nullable=False),
        sa.Column("at_session_id", sa.UUID(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned','attended','missed','withdrawn')", name=op.f("ck_makeup_state")
        ),
        sa.CheckConstraint("missed_session_id <> at_session_id", name=op.f("ck_makeup_elsewhere")),
        sa.ForeignKeyConstraint(
            ["at_session_id"],
            ["training_session.id"],
            name=op.f("fk_makeup_at_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_makeup_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["missed_session_id"],
            ["training_session.id"],
            name=op.f("fk_makeup_missed_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_makeup_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_makeup")),
    )
    op.create_index(
        op.f("ix_makeup_missed_session_id"), "makeup", ["missed_session_id"], unique=False
    )
    op.create_index(op.f("ix_makeup_person_id"), "makeup", ["person_id"], unique=False)
    op.create_index(
        "uq_makeup_at",
        "makeup",
        ["at_session_id", "enrolment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('planned','attended')"),
    )
    op.create_index(
        "uq_makeup_missed",
        "makeup",
        ["enrolment_id", "missed_session_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('planned','attended')"),
    )
    op.create_table(
        "personal_sheet",
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="1", nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_personal_sheet_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_personal_sheet")),
    )
    op.create_table(
        "relay_try",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("no", sa.SmallInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_relay_try_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_relay_try_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relay_try")),
        sa.UniqueConstraint(
            "session_id",
            "person_id",
            "phase",
            "no",
            name=op.f("uq_relay_try_session_id_person_id_phase_no"),
        ),
    )
    op.create_table(
        "session_call",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("called_at < closes_at", name=op.f("ck_session_call_times")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_session_call_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_call")),
    )
    op.create_table(
        "session_score",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("points", sa.SmallInteger(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stage IN ('day','final')", name=op.f("ck_session_score_stage")),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name=op.f("ck_session_score_points")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_session_score_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("session_id", "stage", name=op.f("pk_session_score")),
    )
    op.create_index("ix_session_score_points", "session_score", ["points"], unique=False)
    op.create_table(
        "staff_attendance",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("server_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offline", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("phase IN ('in','out')", name=op.f("ck_staff_attendance_phase")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_staff_attendance_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_staff_attendance_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_staff_attendance_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_attendance")),
    )
    op.create_index(
        op.f("ix_staff_attendance_account_id"), "staff_attendance", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_staff_attendance_person_id"), "staff_attendance", ["person_id"], unique=False
    )
    op.create_index(
        "uq_staff_attendance",
        "staff_attendance",
        ["session_id", "account_id", "phase"],
        unique=True,
    )
    op.create_table(
        "attendance_signal",
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column("network", sa.LargeBinary(), nullable=True),
        sa.Column("moved_login", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("band", sa.Text(), nullable=True),
        sa.Column("spot", sa.LargeBinary(), nullable=True),
        sa.Column("code_age", sa.Double(), nullable=True),
        sa.Column("relay", sa.Text(), nullable=True),
        sa.Column("relay_tries", sa.SmallInteger(), nullable=True),
        sa.Column("relay_seconds", sa.Double(), nullable=True),
        sa.Column("clock_off", sa.Double(), nullable=True),
        sa.CheckConstraint("band IN ('near','edge','far')", name=op.f("ck_attendance_signal_band")),
        sa.CheckConstraint(
            "relay IN ('passed','failed','skipped')", name=op.f("ck_attendance_signal_relay")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["attendance_event.id"],
            name=op.f("fk_attendance_signal_event_id_attendance_event"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_attendance_signal_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_attendance_signal")),
    )
    op.create_index(
        op.f("ix_attendance_signal_session_id"), "attendance_signal", ["session_id"], unique=False
    )
    op.create_table(
        "correction_proposal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("enrolment_id", sa.UUID(), nullable=False),
        sa.Column("new_state", sa.Text(), nullable=False),
        sa.Column("new_hours", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("appeal_id", sa.UUID(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('open','approved','refused','withdrawn')",
            name=op.f("ck_correction_proposal_state"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_correction_proposal_second"),
        ),
        sa.CheckConstraint(
            "length(btrim(reason)) >= 2", name=op.f("ck_correction_proposal_reason")
        ),
        sa.ForeignKeyConstraint(
            ["appeal_id"],
            ["attendance_appeal.id"],
            name=op.f("fk_correction_proposal_appeal_id_attendance_appeal"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_correction_proposal_enrolment_id_enrolment"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["training_session.id"],
            name=op.f("fk_correction_proposal_session_id_training_session"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_proposal")),
    )
    op.create_index(
        op.f("ix_correction_proposal_appeal_id"), "correction_proposal", ["appeal_id"], unique=False
    )
    op.create_index(
        op.f("ix_correction_proposal_enrolment_id"),
        "correction_proposal",
        ["enrolment_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_correction_proposal_session_id"),
        "correction_proposal",
        ["session_id"],
        unique=False,
    )
    op.create_index(
        "uq_correction_proposal_open",
        "correction_proposal",
        ["session_id", "enrolment_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "offline_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("account_id", sa.UUID(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("enrolment_id", sa.Uuid(), nullable=True),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "(outcome = 'accepted') <= (event_id IS NOT NULL)", name=op.f("ck_offline_upload_event")
        ),
        sa.CheckConstraint(
            "outcome IN ('accepted','merged','conflict','refused')",
            name=op.f("ck_offline_upload_outcome"),
        ),
        sa.CheckConstraint("source IN ('staff','phone')", name=op.f("ck_offline_upload_source")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_offline_upload_account_id_account"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["attendance_event.id"],
            name=op.f("fk_offline_upload_event_id_attendance_event"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offline_upload")),
    )
    op.create_index(
        op.f("ix_offline_upload_account_id"), "offline_upload", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_offline_upload_event_id"), "offline_upload", ["event_id"], unique=False
    )
    op.create_index("ix_offline_upload_session", "offline_upload", ["session_id"], unique=False)
    op.add_column(
        "attendance_event",
        sa.Column("offline", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("attendance_record", sa.Column("makeup_session_id", sa.Uuid(), nullable=True))
    op.add_column("login_session", sa.Column("device_hash", sa.LargeBinary(), nullable=True))
    op.add_column(
        "training_session", sa.Column("screen_opened_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "training_session", sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.drop_constraint(op.f("ck_attendance_event_phase"), "attendance_event", type_="check")
    op.create_check_constraint(
        op.f("ck_attendance_event_phase"), "attendance_event", "phase IN ('in','mid','out')"
    )
    op.create_check_constraint(op.f("ck_attendance_event_method"), "attendance_event", METHODS)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_attendance_event_method"), "attendance_event", type_="check")
    op.drop_constraint(op.f("ck_attendance_event_phase"), "attendance_event", type_="check")
    # Roll-calls in the middle stay on record, as every event does; no new ones come in.
    op.execute(
        "ALTER TABLE attendance_event ADD CONSTRAINT ck_attendance_event_phase"
        " CHECK (phase IN ('in','out')) NOT VALID"
    )
    op.drop_column("training_session", "overdue_told_at")
    op.drop_column("training_session", "screen_opened_at")
    op.drop_column("login_session", "device_hash")
    op.drop_column("attendance_record", "makeup_session_id")
    op.drop_column("attendance_event", "offline")
    op.drop_index("ix_offline_upload_session", table_name="offline_upload")
    op.drop_index(op.f("ix_offline_upload_event_id"), table_name="offline_upload")
    op.drop_index(op.f("ix_offline_upload_account_id"), table_name="offline_upload")
    op.drop_table("offline_upload")
    op.drop_index(
        "uq_correction_proposal_open",
        table_name="correction_proposal",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_correction_proposal_session_id"), table_name="correction_proposal")
    op.drop_index(op.f("ix_correction_proposal_enrolment_id"), table_name="correction_proposal")
    op.drop_index(op.f("ix_correction_proposal_appeal_id"), table_name="correction_proposal")
    op.drop_table("correction_proposal")
    op.drop_index(op.f("ix_attendance_signal_session_id"), table_name="attendance_signal")
    op.drop_table("attendance_signal")
    op.drop_index("uq_staff_attendance", table_name="staff_attendance")
    op.drop_index(op.f("ix_staff_attendance_person_id"), table_name="staff_attendance")
    op.drop_index(op.f("ix_staff_attendance_account_id"), table_name="staff_attendance")
    op.drop_table("staff_attendance")
    op.drop_index("ix_session_score_points", table_name="session_score")
    op.drop_table("session_score")
    op.drop_table("session_call")
    op.drop_table("relay_try")
    op.drop_table("personal_sheet")
    op.drop_index(
        "uq_makeup_missed",
        table_name="makeup",
        postgresql_where=sa.text("state IN ('planned','attended')"),
    )
    op.drop_index(
        "uq_makeup_at",
        table_name="makeup",
        postgresql_where=sa.text("state IN ('planned','attended')"),
    )
    op.drop_index(op.f("ix_makeup_person_id"), table_name="makeup")
    op.drop_index(op.f("ix_makeup_missed_session_id"), table_name="makeup")
    op.drop_table("makeup")
    op.drop_index(
        "uq_leave_request_open",
        table_name="leave_request",
        postgresql_where=sa.text("state IN ('asked','granted')"),
    )
    op.drop_index(op.f("ix_leave_request_session_id"), table_name="leave_request")
    op.drop_index(op.f("ix_leave_request_enrolment_id"), table_name="leave_request")
    op.drop_table("leave_request")
    op.drop_index(op.f("ix_inspection_session_id"), table_name="inspection")
    op.drop_index(op.f("ix_inspection_officer_account_id"), table_name="inspection")
    op.drop_table("inspection")
    op.drop_table("code_claim")
    op.drop_table("attendance_warning")
    op.drop_index(
        "uq_attendance_appeal_open",
        table_name="attendance_appeal",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_attendance_appeal_session_id"), table_name="attendance_appeal")
    op.drop_index(
        "ix_attendance_appeal_open_due",
        table_name="attendance_appeal",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(op.f("ix_attendance_appeal_enrolment_id"), table_name="attendance_appeal")
    op.drop_table("attendance_appeal")
    op.drop_table("class_score")
    op.drop_table("class_checkin")
    op.drop_table("person_pass")
