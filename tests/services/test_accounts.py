"""Registration and log-in on a real database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, AuditEvent, LoginSession, Person
from portal.domain.errors import AccountExists, BadInput
from portal.domain.identity import make_demo_id
from portal.domain.permissions import ANONYMOUS, Role
from portal.services import accounts
from portal.services.passwords import verify_password
from portal.services.unit import load_actor

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
HERE, THERE = b"here", b"there"
PASSWORD = "Reservoir-41"


def form(**changes: object) -> accounts.Registration:
    fields: dict[str, object] = {
        "id_type": "resident_id",
        "id_no": make_demo_id(date(1990, 1, 1), 1),
        "name": "阿不都热依木•买买提",
        "phone": "139 0000 0001",
        "password": PASSWORD,
        "agreed": True,
        "today": NOW.date(),
    }
    return accounts.check_registration(**(fields | changes))  # type: ignore[arg-type]


def log_in(
    session: Session,
    login: str,
    password: str = PASSWORD,
    *,
    source: bytes = HERE,
    now: datetime = NOW,
) -> accounts.LoginOutcome:
    return accounts.log_in(
        session,
        ANONYMOUS,
        login=login,
        password=password,
        source=source,
        kind="web",
        device="other",
        now=now,
    )


@pytest.fixture
def registered(session: Session) -> Session:
    accounts.register(session, ANONYMOUS, form=form(), now=NOW)
    session.flush()
    return session


@pytest.mark.parametrize(
    "login",
    ["13900000001", "139-0000-0001", " 990000199001010017", "９９００００１９９００１０１００１７"],
)
def test_phone_and_document_number_both_log_in(registered: Session, login: str) -> None:
    outcome = log_in(registered, login)
    assert outcome.login is not None
    actor = load_actor(registered, outcome.login.token, now=NOW)
    assert (actor.role, actor.name) == (Role.TRAINEE, "阿不都热依木·买买提")


def test_wrong_password_opens_nothing(registered: Session) -> None:
    assert log_in(registered, "13900000001", "Reservoir-42") == accounts.LoginOutcome()
    assert registered.scalars(select(LoginSession)).all() == []


def test_identifiers_are_not_readable_in_the_database(registered: Session) -> None:
    person = registered.scalars(select(Person)).one()
    stored = repr(vars(person)).encode() + person.id_no_enc + (person.phone_enc or b"")
    assert b"990000199001010017" not in stored
    assert b"13900000001" not in stored


def test_the_same_document_registers_once(registered: Session) -> None:
    with pytest.raises(AccountExists):
        accounts.register(registered, ANONYMOUS, form=form(phone="13900000009"), now=NOW)


def test_a_shared_phone_logs_in_its_first_owner_only(registered: Session) -> None:
    second = form(id_no=make_demo_id(date(1991, 1, 1), 2), name="古丽")
    accounts.register(registered, ANONYMOUS, form=second, now=NOW)
    by_phone = log_in(registered, "13900000001").login
    by_document = log_in(registered, second.document.number).login
    assert by_phone is not None
    assert by_document is not None
    assert load_actor(registered, by_phone.token, now=NOW).name != "古丽"
    assert load_actor(registered, by_document.token, now=NOW).name == "古丽"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "王😀"}, "name"),
        ({"id_type": "driving_licence"}, "id_type"),
        ({"id_no": "990000199001010018"}, "id_no"),
        ({"phone": "12345"}, "phone"),
        ({"password": "12345678"}, "password"),
        ({"agreed": False}, "agreed"),
    ],
)
def test_a_bad_field_is_named(changes: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        form(**changes)
    assert caught.value.field == field


def test_guessing_is_slowed_and_the_victim_still_gets_in(registered: Session) -> None:
    assert log_in(registered, "13900000001", source=HERE).login
    moment = NOW
    for _ in range(30):
        moment += timedelta(seconds=1)
        log_in(registered, "13900000001", "guess", source=THERE, now=moment)
    assert log_in(registered, "13900000001", source=THERE, now=moment).wait_seconds > 0
    assert log_in(registered, "13900000001", source=HERE, now=moment).login


def test_a_guesser_gets_few_tries_an_hour(registered: Session) -> None:
    tried = 0
    for second in range(0, 3600, 15):
        moment = NOW + timedelta(seconds=second)
        tried += log_in(registered, "13900000001", "guess", now=moment).wait_seconds == 0
        if tried > 40:
            break
    assert tried < 25


def test_phone_and_document_number_share_one_back_off(registered: Session) -> None:
    for _ in range(6):
        log_in(registered, "13900000001", "guess")
    assert log_in(registered, "990000199001010017").wait_seconds > 0


def test_log_out_ends_this_login_only(registered: Session) -> None:
    one, two = log_in(registered, "13900000001").login, log_in(registered, "13900000001").login
    assert one is not None
    assert two is not None
    accounts.log_out(
        registered, load_actor(registered, one.token, now=NOW), everywhere=False, now=NOW
    )
    assert not load_actor(registered, one.token, now=NOW).is_signed_in
    assert load_actor(registered, two.token, now=NOW).is_signed_in


def test_log_out_everywhere_ends_them_all(registered: Session) -> None:
    one, two = log_in(registered, "13900000001").login, log_in(registered, "13900000001").login
    assert one is not None
    assert two is not None
    actor = load_actor(registered, one.token, now=NOW)
    assert accounts.log_out(registered, actor, everywhere=True, now=NOW) == 2
    assert not load_actor(registered, two.token, now=NOW).is_signed_in


def test_an_expired_or_disabled_login_is_nobody(registered: Session) -> None:
    login = log_in(registered, "13900000001").login
    assert login is not None
    assert not load_actor(registered, login.token, now=login.expires_at).is_signed_in
    registered.scalars(select(Account)).one().status = "disabled"
    assert not load_actor(registered, login.token, now=NOW).is_signed_in


def test_my_account_masks_identifiers(registered: Session) -> None:
    login = log_in(registered, "13900000001").login
    assert login is not None
    view = accounts.my_account(registered, load_actor(registered, login.token, now=NOW), now=NOW)
    assert (view.id_no_masked, view.phone_masked) == ("**************0017", "139****0001")


def test_register_and_log_in_leave_audit_rows(registered: Session) -> None:
    log_in(registered, "13900000001")
    actions = set(registered.scalars(select(AuditEvent.action)))
    assert actions == {"account.register", "account.log_in"}


def test_no_password_opens_what_has_none() -> None:
    assert not verify_password("!", "!")
