"""Keep counts that the overview reads, and targets by region and institution.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# What changed, written by the statement that changes it. A merge or a fact names the person and
# not the classes: an enrolment that commits at the same moment would not be seen from here.
FUNCTIONS = {
    "note_class": """
        INSERT INTO class_change (class_id) VALUES (coalesce(NEW.id, OLD.id));
    """,
    "note_enrolment": """
        INSERT INTO class_change (class_id) VALUES (coalesce(NEW.class_id, OLD.class_id));
        IF TG_OP = 'UPDATE' AND NEW.class_id <> OLD.class_id THEN
            INSERT INTO class_change (class_id) VALUES (OLD.class_id);
        END IF;
    """,
    "note_paper": """
        INSERT INTO class_change (class_id)
        SELECT DISTINCT class_id FROM enrolment
         WHERE id IN (NEW.enrolment_id, OLD.enrolment_id);
    """,
    "note_claim": """
        INSERT INTO class_change (class_id) VALUES (coalesce(NEW.class_id, OLD.class_id));
        IF TG_OP = 'UPDATE' AND NEW.class_id <> OLD.class_id THEN
            INSERT INTO class_change (class_id) VALUES (OLD.class_id);
        END IF;
    """,
    "note_money": """
        INSERT INTO class_change (class_id)
        SELECT class_id FROM subsidy_claim WHERE id = NEW.claim_id;
    """,
    "note_person": """
        INSERT INTO class_change (person_id) VALUES (NEW.id);
        IF OLD.merged_into IS NOT NULL THEN
            INSERT INTO class_change (person_id) VALUES (OLD.merged_into);
        END IF;
    """,
    "note_fact": """
        INSERT INTO class_change (person_id) VALUES (coalesce(NEW.person_id, OLD.person_id));
    """,
    "note_programme": """
        INSERT INTO class_change (programme_id) VALUES (NEW.id);
    """,
}
# Whole statements: confirming a sheet writes a row for everybody in the room.
OF_STATEMENTS = {
    "note_sessions": """
        INSERT INTO class_change (class_id) SELECT DISTINCT class_id FROM changed;
    """,
    "note_records": """
        INSERT INTO class_change (class_id)
        SELECT DISTINCT e.class_id FROM changed c JOIN enrolment e ON e.id = c.enrolment_id;
    """,
    # Guests who make a session up have their records with their own class.
    "note_hours": """
        INSERT INTO class_change (class_id)
        SELECT DISTINCT e.class_id FROM changed c
          JOIN attendance_record r ON r.session_id = c.id
          JOIN enrolment e ON e.id = r.enrolment_id;
    """,
}
EACH_ROW = (
    # table, function, when
    ("training_class", "note_class", "INSERT OR DELETE"),
    (
        "training_class",
        "note_class",
        "UPDATE OF status, region_code, programme_id, institution_id, starts_on, ends_on, capacity",
    ),
    ("enrolment", "note_enrolment", "INSERT OR DELETE"),
    ("enrolment", "note_enrolment", "UPDATE OF status, class_id, person_id"),
    ("certificate", "note_paper", "INSERT OR DELETE"),
    ("certificate", "note_paper", "UPDATE OF status, issued_on, enrolment_id"),
    ("subsidy_claim", "note_claim", "INSERT OR DELETE"),
    ("subsidy_claim", "note_claim", "UPDATE OF state, amount_fen, fund, class_id, filed_at"),
    ("disbursement", "note_money", "INSERT"),
    ("person", "note_person", "UPDATE OF merged_into"),
    ("training_programme", "note_programme", "UPDATE OF plan_id"),
)
EACH_STATEMENT = (
    ("training_session", "note_sessions", "INSERT", "NEW"),
    ("training_session", "note_sessions", "UPDATE", "NEW"),
    ("training_session", "note_sessions", "DELETE", "OLD"),
    ("training_session", "note_hours", "UPDATE", "NEW"),
    ("attendance_record", "note_records", "INSERT", "NEW"),
    ("attendance_record", "note_records", "UPDATE", "NEW"),
    ("attendance_record", "note_records", "DELETE", "OLD"),
)
EMPLOYMENT = (
    ("INSERT", "NEW.kind = 'employment'"),
    ("UPDATE", "NEW.kind = 'employment' OR OLD.kind = 'employment'"),
    ("DELETE", "OLD.kind = 'employment'"),
)


def upgrade() -> None:
    _tallies()
    _targets()
    _feed()
    # What was there before is counted by the background work, or by `portal recount`.
    op.execute("INSERT INTO class_change (class_id) SELECT id FROM training_class")


def _tallies() -> None:
    op.create_table(
        "class_change",
        sa.Column("no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("class_id", sa.UUID(), nullable=True),
        sa.Column("person_id", sa.UUID(), nullable=True),
        sa.Column("programme_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_class_change")),
    )
    op.create_table(
        "class_tally",
        sa.Column("class_id", sa.UUID(), nullable=False),
        *_dimensions(),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("person_times", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("employed", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("sessions_confirmed", sa.Integer(), nullable=False),
        sa.Column("hours_due", sa.BigInteger(), nullable=False),
        sa.Column("hours_credited", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("class_id", name=op.f("pk_class_tally")),
    )
    op.create_index("ix_class_tally_quarter_region", "class_tally", ["quarter", "region_code"])
    op.create_index("ix_class_tally_institution", "class_tally", ["institution_id", "quarter"])
    op.create_index(
        "ix_class_tally_not_over",
        "class_tally",
        ["region_code"],
        postgresql_where=sa.text("NOT is_over"),
    )
    op.create_table(
        "class_outcome",
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        *_dimensions(),
        sa.Column("certificates", sa.Integer(), nullable=False),
        sa.Column("claimed_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("recovered_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("class_id", "quarter", "fund", name=op.f("pk_class_outcome")),
    )
    op.create_index("ix_class_outcome_quarter_region", "class_outcome", ["quarter", "region_code"])
    op.create_table(
        "class_member",
        sa.Column("class_id", sa.UUID(), nullable=False),
        sa.Column("person_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("class_id", "person_no", name=op.f("pk_class_member")),
    )
    op.create_index("ix_class_member_person_no", "class_member", ["person_no"])
    op.create_table(
        "people_tally",
        sa.Column("period", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("width", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("period", "width", "area", "plan_id", name=op.f("pk_people_tally")),
    )
    op.create_table(
        "tally_state",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rebuilt_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_tally_state_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_state")),
    )
    op.create_index(
        "ix_training_session_unconfirmed",
        "training_session",
        ["sign_out_until"],
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )


def _dimensions() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.UUID(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=False),
    )


def _targets() -> None:
    op.create_table(
        "annual_target",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("pack_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("institution_id", sa.UUID(), nullable=True),
        sa.Column("version_no", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("exceeds_by", sa.Integer(), server_default="0", nullable=False),
        sa.Column("set_by", sa.UUID(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_annual_target_amount")),
        sa.CheckConstraint("length(btrim(reason)) >= 4", name=op.f("ck_annual_target_reason")),
        sa.CheckConstraint(
            "year = 0 OR year BETWEEN 1990 AND 2100", name=op.f("ck_annual_target_year")
        ),
        *[
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_annual_target_{column}_{table}"),
                ondelete="RESTRICT",
            )
            for column, table in (
                ("pack_id", "policy_pack"),
                ("institution_id", "institution"),
                ("set_by", "account"),
            )
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annual_target")),
        sa.UniqueConstraint(
            "pack_id",
            "line",
            "year",
            "region_code",
            "institution_id",
            "version_no",
            name=op.f("uq_annual_target_pack_id_line_year_region_code_institution_id_version_no"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    for column in ("pack_id", "institution_id", "set_by"):
        op.create_index(op.f(f"ix_annual_target_{column}"), "annual_target", [column])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON annual_target"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _feed() -> None:
    for name, body in {**FUNCTIONS, **OF_STATEMENTS}.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body} RETURN NULL; END $$"
        )
    for number, (table, function, event) in enumerate(EACH_ROW):
        op.execute(
            f"CREATE TRIGGER tally_{number} AFTER {event} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    for number, (event, condition) in enumerate(EMPLOYMENT):
        op.execute(
            f"CREATE TRIGGER tally_fact_{number} AFTER {event} ON person_fact"
            f" FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION note_fact()"
        )
    for number, (table, function, event, rows) in enumerate(EACH_STATEMENT):
        op.execute(
            f"CREATE TRIGGER tally_all_{number} AFTER {event} ON {table}"
            f" REFERENCING {rows} TABLE AS changed"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for number, (table, _, _) in enumerate(EACH_ROW):
        op.execute(f"DROP TRIGGER tally_{number} ON {table}")
    for number in range(len(EMPLOYMENT)):
        op.execute(f"DROP TRIGGER tally_fact_{number} ON person_fact")
    for number, (table, _, _, _) in enumerate(EACH_STATEMENT):
        op.execute(f"DROP TRIGGER tally_all_{number} ON {table}")
    for name in (*FUNCTIONS, *OF_STATEMENTS):
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("annual_target")
    op.drop_index("ix_training_session_unconfirmed", "training_session")
    for table in (
        "tally_state",
        "people_tally",
        "class_member",
        "class_outcome",
        "class_tally",
        "class_change",
    ):
        op.drop_table(table)
