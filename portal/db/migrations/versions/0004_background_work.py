"""The queue of background work, notices and text messages.

The queue is procrastinate's, as its version 3.10.0 makes it, in a schema of its own: its names
stay out of ours. Its functions speak of its tables without the schema, so each is told where to
look. A newer procrastinate needs a migration of ours with its own steps; a test compares the copy
beside this file with the installed package.

Revision ID: 0004
Revises: 0003
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

QUEUE_SCHEMA = Path(__file__).parents[1] / "procrastinate_3_10_0.sql"


def upgrade() -> None:
    _make_queue()
    _make_notice()
    _make_sms_message()


def _make_queue() -> None:
    op.execute("CREATE SCHEMA queue")
    op.execute("SET LOCAL search_path TO queue")
    # By the driver itself: many statements at once, and none of it is a placeholder.
    driver = op.get_bind().connection.driver_connection
    driver.execute(QUEUE_SCHEMA.read_text("utf-8"), prepare=False)
    op.execute(
        """
        DO $$
        DECLARE one regprocedure;
        BEGIN
            FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'queue'::regnamespace LOOP
                EXECUTE format('ALTER FUNCTION %s SET search_path = queue, pg_temp', one);
            END LOOP;
        END $$
        """
    )
    op.execute("SET LOCAL search_path TO DEFAULT")


def _make_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.Column("ref_type", sa.Text(), nullable=True),
        sa.Column("ref_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(ref_type IS NULL) = (ref_id IS NULL)", name=op.f("ck_notice_ref")),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_notice_person_id_person"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_person_id_created_at", "notice", ["person_id", "created_at"])
    op.create_index(
        "ix_notice_unread", "notice", ["person_id"], postgresql_where=sa.text("read_at IS NULL")
    )


def _make_sms_message() -> None:
    op.create_table(
        "sms_message",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("phone_hash", sa.LargeBinary(), nullable=False),
        sa.Column("phone_enc", sa.LargeBinary(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued','sent','failed')", name=op.f("ck_sms_message_state")
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_sms_message_sent")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_message")),
    )
    op.create_index(
        "ix_sms_message_phone_hash_created_at", "sms_message", ["phone_hash", "created_at"]
    )
    op.create_index(
        "ix_sms_message_queued",
        "sms_message",
        ["created_at"],
        postgresql_where=sa.text("state = 'queued'"),
    )


def downgrade() -> None:
    op.drop_table("sms_message")
    op.drop_table("notice")
    op.execute("DROP SCHEMA queue CASCADE")
