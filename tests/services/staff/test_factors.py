"""The second factor: digits by the clock and codes on paper, each taken once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import pyotp
import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AuditEvent,
    LoginSession,
    Person,
    RecoveryCode,
    SecondFactor,
    SmsMessage,
)
from portal.db.vault import get_vault
from portal.domain import second_factor
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.domain.staff_errors import HasFactor, StepLapsed, WrongDigits
from portal.services import accounts
from portal.services.passwords import hash_password
from portal.services.staff import challenges, factors, second_step, security_desk
from portal.services.unit import as_actor, token_hash
from portal.settings import get_settings
from tests.support import factories as make
from tests.support.acts import together

NOW = make.NOW
PASSWORD = "Reservoir-41"
HASH = hash_password(PASSWORD)
SOURCE = b"s" * 32
PEOPLE = [role for role in Role if role not in (Role.ANONYMOUS, Role.SYSTEM)]


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


def officer(session: Session, role: Role = Role.OFFICER) -> Account:
    place = make.make_institution(session) if role is Role.MANAGER else None
    return make.make_account(session, role, institution=place, password_hash=HASH)


def with_factor(session: Session, account: Account, *, at: datetime = NOW) -> tuple[str, list[str]]:
    """The secret and the recovery codes of a factor set up an hour before."""
    early = at - timedelta(hours=1)
    made = factors.begin(session, account, now=early)
    digits = pyotp.TOTP(made.secret).at(early)
    who = Actor(role=Role(account.role), account_id=account.id, person_id=account.person_id)
    codes = factors.confirm(session, account, who, digits=digits, now=early)
    return made.secret, list(codes)


def password_step(
    session: Session, account: Account, *, now: datetime = NOW
) -> accounts.LoginOutcome:
    """The password is typed at the account's own phone number."""
    phone = f"139{account.id.int % 10**8:08d}"
    account.phone_hash = get_vault().lookup_hash("phone", phone)
    session.flush()
    return accounts.log_in(
        session,
        ANONYMOUS,
        login=phone,
        password=PASSWORD,
        source=SOURCE,
        kind="web",
        device="test",
        now=now,
    )


def step(
    session: Session, token: str, digits: str, *, now: datetime = NOW
) -> second_step.StepOutcome:
    return second_step.take_step(
        session, ANONYMOUS, token=token, digits=digits, source=SOURCE, now=now
    )


def asked_of(session: Session, account: Account, *, now: datetime = NOW) -> str:
    """The word of a challenge, as the password step gives it."""
    made = challenges.needed(session, account, kind="web", device="test", device_hash=None, now=now)
    assert made is not None
    return made.token


def test_the_vectors_of_rfc_6238_are_ours() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert second_factor.digits_at(secret, at // 30) == digits


def test_a_step_earlier_and_later_is_taken_and_no_further() -> None:
    secret = second_factor.new_secret()
    now = second_factor.step_of(NOW)
    for off, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        digits = second_factor.digits_at(secret, now + off)
        found = second_factor.matching_step(secret, digits, at=NOW, after=0)
        assert (found == now + off) is taken


def test_what_an_old_password_began_ends_with_it(session: Session) -> None:
    """Else whoever stole it could still set up a factor of their own where there is none."""
    account = officer(session)
    phone = get_vault().seal("phone", "13900001111")
    session.get_one(Person, account.person_id).phone_enc = phone
    with_factor(session, account)
    stolen = asked_of(session, account)
    by = make.make_actor(session, Role.SECURITY_ADMIN)
    security_desk.start_reset(session, by, account_id=account.id, reason="密码外泄", now=NOW)
    message = session.scalars(select(SmsMessage).order_by(SmsMessage.id.desc()).limit(1)).one()
    word = get_vault().open("sms_body", message.body_enc).split("/reset/")[1].split(" ")[0]
    security_desk.reset_password(session, ANONYMOUS, token=word, password="Glacier-77x", now=NOW)
    with pytest.raises(StepLapsed):
        second_step.asked(session, ANONYMOUS, token=stolen, now=NOW)
    with pytest.raises(StepLapsed):
        step(session, stolen, "123456")


def test_an_account_with_a_factor_is_not_logged_in_by_its_password(session: Session) -> None:
    account = officer(session)
    assert password_step(session, account).login is not None
    with_factor(session, account)
    outcome = password_step(session, account)
    assert outcome.login is None
    assert outcome.challenge is not None
    assert not outcome.challenge.enrols


def test_the_digits_of_now_open_the_login_once(session: Session) -> None:
    account = officer(session)
    secret, _ = with_factor(session, account)
    token, again = asked_of(session, account), asked_of(session, account)
    digits = pyotp.TOTP(secret).at(NOW)
    opened = step(session, token, digits).login
    assert opened is not None
    row = session.scalars(select(LoginSession).filter_by(token_hash=token_hash(opened.token))).one()
    assert row.account_id == account.id
    with pytest.raises(StepLapsed):
        step(session, token, digits)
    # The same digits are worth nothing for another login either.
    assert step(session, again, digits).login is None


def test_digits_of_a_step_before_the_last_one_are_spent(session: Session) -> None:
    account = officer(session)
    secret, _ = with_factor(session, account)
    assert factors.take(session, account.id, pyotp.TOTP(secret).at(NOW), now=NOW) == "digits"
    before = pyotp.TOTP(secret).at(NOW - timedelta(seconds=30))
    assert factors.take(session, account.id, before, now=NOW) is None


def test_the_same_digits_at_the_same_instant_open_one_login(saved: Session) -> None:
    account = officer(saved)
    secret, _ = with_factor(saved, account)
    tokens = [asked_of(saved, account) for _ in range(6)]
    saved.commit()
    digits = pyotp.TOTP(secret).at(NOW)

    def one(token: str, source: bytes) -> bool:
        outcome = as_actor(
            second_step.take_step, ANONYMOUS, token=token, digits=digits, source=source, now=NOW
        )
        return outcome.login is not None

    acts = [partial(one, token, bytes([n]) * 32) for n, token in enumerate(tokens)]
    assert sorted(together(acts)) == [False] * 5 + [True]


def test_a_recovery_code_works_once_however_it_is_typed(session: Session) -> None:
    account = officer(session)
    _, codes = with_factor(session, account)
    typed = codes[0].lower().replace("-", " ")
    assert factors.take(session, account.id, typed, now=NOW) == "recovery"
    assert factors.take(session, account.id, codes[0], now=NOW) is None
    assert factors.codes_left(session, account.id) == second_factor.RECOVERY_CODES - 1


def test_a_recovery_code_raced_is_taken_once(saved: Session) -> None:
    account = officer(saved)
    _, codes = with_factor(saved, account)
    saved.commit()

    def one() -> str | None:
        return as_actor(
            lambda session, actor: factors.take(session, account.id, codes[3], now=NOW), ANONYMOUS
        )

    assert sorted(str(answer) for answer in together([one] * 6)) == ["None"] * 5 + ["recovery"]


def test_nothing_in_the_database_shows_the_secret_or_a_code(session: Session) -> None:
    account, other = officer(session), officer(session)
    secret, codes = with_factor(session, account)
    with_factor(session, other)
    row, another = (session.get_one(SecondFactor, one.id) for one in (account, other))
    assert secret.encode() not in row.secret_enc
    hashes = session.scalars(select(RecoveryCode.code_hash).filter_by(account_id=account.id)).all()
    assert not any(code.encode() in kept for code in codes for kept in hashes)
    # A sealed secret copied to another account opens nothing there.
    another.secret_enc = row.secret_enc
    session.flush()
    with pytest.raises(InvalidTag):
        factors.take(session, other.id, pyotp.TOTP(secret).at(NOW), now=NOW)


def test_guessing_is_slowed_down_for_the_account(session: Session) -> None:
    account = officer(session)
    with_factor(session, account)
    token = asked_of(session, account)
    outcomes = [step(session, token, "000000") for _ in range(12)]
    assert outcomes[0].wait_seconds == 0
    assert outcomes[-1].wait_seconds > 0


def test_a_challenge_lapses(session: Session) -> None:
    account = officer(session)
    secret, _ = with_factor(session, account)
    token = asked_of(session, account)
    late = NOW + challenges.LASTS + timedelta(seconds=1)
    with pytest.raises(StepLapsed):
        step(session, token, pyotp.TOTP(secret).at(late), now=late)


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (Role.ANONYMOUS, Role.SYSTEM)]
)
def test_who_must_have_two_factors_sets_them_up_before_the_first_login(
    session: Session, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "require_second_factor", True)
    place = make.make_institution(session) if role in (Role.MANAGER, Role.INSTRUCTOR) else None
    account = make.make_account(session, role, institution=place, password_hash=HASH)
    outcome = password_step(session, account)
    if role not in second_factor.ROLES:
        assert outcome.login is not None
        return
    assert outcome.login is None
    assert outcome.challenge is not None
    assert outcome.challenge.enrols
    token = outcome.challenge.token
    made = second_step.asked(session, ANONYMOUS, token=token, now=NOW)
    assert made is not None
    assert second_step.asked(session, ANONYMOUS, token=token, now=NOW) == made
    done = step(session, token, pyotp.TOTP(made.secret).at(NOW))
    assert done.login is not None
    assert len(done.codes) == second_factor.RECOVERY_CODES


def test_a_challenge_to_set_up_cannot_replace_a_factor_that_was_set_up_meanwhile(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "require_second_factor", True)
    account = officer(session)
    token = asked_of(session, account)
    with_factor(session, account)
    with pytest.raises(StepLapsed):
        second_step.asked(session, ANONYMOUS, token=token, now=NOW)
    with pytest.raises(StepLapsed):
        step(session, token, "123456")


def test_demo_accounts_log_in_with_a_password_alone(session: Session) -> None:
    assert get_settings().second_factor_required is False
    assert password_step(session, officer(session)).login is not None


def test_production_asks_for_two_factors_unless_told_otherwise() -> None:
    settings = get_settings().model_copy(update={"env": "production"})
    assert settings.second_factor_required
    assert not settings.model_copy(update={"require_second_factor": False}).second_factor_required


def test_wrong_digits_confirm_nothing_and_a_factor_is_not_begun_twice(session: Session) -> None:
    account = officer(session)
    who = Actor(role=Role.OFFICER, account_id=account.id, person_id=account.person_id)
    made = factors.begin(session, account, now=NOW)
    with pytest.raises(WrongDigits):
        factors.confirm(session, account, who, digits="000000", now=NOW)
    assert not factors.has_factor(session, account.id)
    factors.confirm(session, account, who, digits=pyotp.TOTP(made.secret).at(NOW), now=NOW)
    with pytest.raises(HasFactor):
        factors.begin(session, account, now=NOW)


def test_the_own_factor_asks_for_the_password_first(session: Session) -> None:
    account = officer(session)
    who = Actor(role=Role.OFFICER, account_id=account.id, person_id=account.person_id)
    begin = partial(second_step.begin_own, session, who, source=SOURCE, now=NOW)
    assert begin(password="wrong-one") == 0
    made = begin(password=PASSWORD)
    assert isinstance(made, factors.SetUp)
    second_step.confirm_own(session, who, digits=pyotp.TOTP(made.secret).at(NOW), now=NOW)
    seen = second_step.my_factor(session, who, now=NOW)
    assert (seen.since, seen.codes_left) == (NOW, second_factor.RECOVERY_CODES)
    acts = session.scalars(select(AuditEvent.action).filter_by(object_id=str(account.id))).all()
    assert "second_factor.set_up" in acts
