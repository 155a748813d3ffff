"""Models and migrations say the same, and migrations go both ways."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db import schema
from portal.db.engine import in_transaction
from portal.db.models import APPEND_ONLY, Account, Base, StaffInvitation
from portal.domain.permissions import Role
from portal.services import issuers
from tests.support.factories import (
    NOW,
    enrol,
    make_account,
    make_class,
    make_commitment_template,
    make_person,
)


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_append_only_tables_refuse_change(session: Session, table: str, act: str) -> None:
    statement = act.format(table).replace("SET id = id", "SET xmin = xmin")
    if table == "commitment_template":
        make_commitment_template(session)
    if act.startswith("UPDATE"):
        column = "version" if table == "commitment_template" else "id"
        statement = f"UPDATE {table} SET {column} = {column}"
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))


def test_two_live_enrolments_of_one_person_cannot_meet_at_the_same_time(session: Session) -> None:
    person = make_person(session)
    enrol(session, person, make_class(session))
    with pytest.raises(DBAPIError, match="ex_enrolment_time"):
        enrol(session, person, make_class(session))


def test_two_persons_may_sit_in_the_same_class(session: Session) -> None:
    training_class = make_class(session)
    enrol(session, make_person(session), training_class)
    enrol(session, make_person(session), training_class)
    assert training_class.seats_taken == 2


def test_a_class_never_holds_more_than_its_seats(session: Session) -> None:
    training_class = make_class(session, capacity=1)
    enrol(session, make_person(session), training_class)
    with pytest.raises(DBAPIError, match="ck_training_class_seats"):
        enrol(session, make_person(session), training_class)


def test_upgrade_downgrade_upgrade_works(engine: Engine) -> None:
    schema.downgrade(engine, "base")
    with engine.connect() as connection:
        left = connection.execute(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        ).scalars()
        assert {name for name in left if not name.startswith("alembic")} == set()
    schema.upgrade(engine)
    assert schema.is_current(engine)


def test_keys_that_were_there_before_seals_are_sealed_as_they_stand(engine: Engine) -> None:
    def of_portal(session: Session) -> str:
        return issuers.of_portal(session, now=NOW).kid

    kid = in_transaction(of_portal)
    schema.downgrade(engine, "0015")
    schema.upgrade(engine)
    with Session(engine) as saved:
        assert [one["kid"] for one in issuers.public_keys(saved)] == [kid]
        saved.execute(text("DELETE FROM issuer_key"))
        saved.execute(text("DELETE FROM issuer"))
        saved.commit()


def _invitation(by: Account, role: str, **more: object) -> StaffInvitation:
    values = {
        "role": role, "region_code": "650402", "name": "王小强", "phone_hash": role.encode(),
        "phone_enc": b"x", "state": "proposed", "invited_by": by.id, "created_at": NOW,
        "expires_at": NOW,
    }  # fmt: skip
    return StaffInvitation(**values | more)


@pytest.fixture
def before_consent(engine: Engine) -> Iterator[tuple[Session, Account]]:
    """A session, and an administrator who could invite officers and reviewers alone."""
    with Session(engine, expire_on_commit=False) as saved:
        yield saved, make_account(saved, Role.SYSTEM_ADMIN)
        saved.rollback()
        for table in ("staff_invitation", "account"):
            saved.execute(text(f"DELETE FROM {table}"))
        saved.commit()


def test_reviewers_who_were_there_before_belong_to_whoever_invited_them(
    engine: Engine, before_consent: tuple[Session, Account]
) -> None:
    saved, by = before_consent
    invited, unknown = (make_account(saved, Role.REVIEWER) for _ in range(2))
    saved.add(_invitation(by, "reviewer", state="accepted_alone", account_id=invited.id))
    saved.commit()
    schema.downgrade(engine, "0031")
    column = select(Account.region_code).where(Account.role == "reviewer")
    assert set(saved.scalars(column)) == {None}
    saved.commit()
    schema.upgrade(engine)
    regions = dict(saved.execute(select(Account.id, Account.region_code)).tuples().all())
    assert (regions[invited.id], regions[unknown.id]) == ("650400", "000000")


def test_links_that_one_administrator_sent_wait_for_another(
    engine: Engine, before_consent: tuple[Session, Account]
) -> None:
    saved, by = before_consent
    later = datetime.now(UTC) + timedelta(days=2)
    rows = {
        "open": _invitation(by, "officer", expires_at=later),
        "over": _invitation(by, "reviewer", expires_at=later - timedelta(days=9)),
        "done": _invitation(by, "officer", phone_hash=b"2", account_id=by.id),
        "ours": _invitation(by, "auditor"),
    }
    saved.add_all(rows.values())
    saved.commit()
    schema.downgrade(engine, "0031")
    saved.execute(
        text(
            "UPDATE staff_invitation SET token_hash = CAST(id AS text)::bytea, state = 'open'"
            " WHERE role <> 'auditor' AND account_id IS NULL"
        )
    )
    saved.execute(
        text("UPDATE staff_invitation SET state = 'accepted' WHERE account_id IS NOT NULL")
    )
    saved.commit()
    schema.upgrade(engine)
    for row in rows.values():
        saved.refresh(row)
    states = {name: row.state for name, row in rows.items()}
    assert states == {
        "open": "proposed", "over": "proposed", "done": "accepted_alone", "ours": "proposed",
    }  # fmt: skip
    assert {row.token_hash for row in rows.values()} == {None}
    # A week to agree; what had run out stays so.
    assert rows["open"].expires_at > later
    assert rows["over"].expires_at == later - timedelta(days=9)
