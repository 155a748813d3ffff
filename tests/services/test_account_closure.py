"""Closing an account: what ends, what stays, what stands in the way, and coming back."""

from datetime import date, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import (
    Account,
    ArchiveEntry,
    AuditEvent,
    ConsentRecord,
    CorrectionRequest,
    EligibilityDecision,
    ExternalCertificate,
    LoginSession,
    Mandate,
    Notice,
    Person,
    PersonFact,
    PersonGroup,
    PersonPass,
    PersonPhoto,
    ShareLink,
    SocialCardBinding,
    TrainingNeed,
)
from portal.db.vault import get_vault
from portal.domain.errors import AccountExists, BadInput, NotReady, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import (
    account_closure,
    accounts,
    archive_chain,
    correction_requests,
    facts,
    notices,
    own_photo,
    passes,
    people,
    shares,
)
from portal.services.account_closure import Outcome, StaffAccount
from portal.services.unit import load_actor
from tests.services.test_shares import choose
from tests.support import factories as make
from tests.support.acts import together
from tests.support.certificates import put_on_record
from tests.support.rights import add_line, claimed, learned

PASSWORD = "Sonnenblume-7"
SOURCE = b"here"
ID_NO = "990000199001010017"


def form(*, phone: str = "13912345678", name: str = "王小强", password: str = PASSWORD) -> Any:
    return accounts.check_registration(
        id_type="resident_id",
        id_no=ID_NO,
        name=name,
        phone=phone,
        password=password,
        agreed=True,
        today=make.NOW.date(),
    )


def log_in(session: Session, account_id: Any, now: datetime) -> Actor:
    account = session.get_one(Account, account_id, populate_existing=True)
    opened = accounts.open_login(session, account, kind="web", device="test", now=now)
    return load_actor(session, opened.token, now=now)


@pytest.fixture
def me(session: Session, now: datetime) -> Actor:
    return log_in(session, accounts.register(session, ANONYMOUS, form=form(), now=now), now)


def close(session: Session, me: Actor, now: datetime, **more: Any) -> Outcome:
    given = {"password": PASSWORD, "source": SOURCE} | more
    return account_closure.close(session, me, now=now, **given)


def count(session: Session, model: Any, *where: Any) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_closing_ends_every_login_and_frees_the_phone(
    session: Session, me: Actor, now: datetime
) -> None:
    assert close(session, me, now) == Outcome(closed=True)
    assert accounts.find_account(session, "13912345678", today=now.date()) is None
    assert accounts.find_account(session, ID_NO, today=now.date()) is None
    assert count(session, LoginSession, LoginSession.revoked_at.is_(None)) == 0
    account = session.get_one(Account, me.account_id)
    assert (account.status, account.phone_hash) == ("closed", None)
    assert session.get_one(Person, me.person_id).phone_enc is None
    other = make.make_account(session)
    other.phone_hash = get_vault().lookup_hash("phone", "13912345678")
    session.flush()


def test_a_wrong_password_closes_nothing_and_guessing_is_slowed(
    session: Session, me: Actor, now: datetime
) -> None:
    assert close(session, me, now, password="Wrong-1234") == Outcome()
    for _ in range(20):
        outcome = close(session, me, now, password="Wrong-1234")
    assert outcome.wait_seconds > 0
    assert close(session, me, now).closed is False
    assert session.get_one(Account, me.account_id).status == "active"


def test_what_no_law_keeps_is_gone(session: Session, me: Actor, now: datetime) -> None:
    person = me.the_person()
    notices.tell(
        session, person, "mandate_given", params={"helper": "李", "until_day": "明天"}, now=now
    )
    own_photo.set_photo(session, me, image=b"jpeg", agreed=True, now=now)
    passes.my_pass(session, me, now=now)
    helper = make.make_actor(session, Role.HELPER)
    session.add_all(
        [
            TrainingNeed(
                person_id=person,
                skill_key="6-31-01",
                region_code="650402",
                from_month=date(2026, 12, 1),
                state="open",
                channel="web",
                created_at=now,
            ),
            ShareLink(
                person_id=person,
                token_hash=b"1",
                token_enc=b"1",
                title="",
                fields=[],
                certificate_ids=[],
                presentation_enc=b"shown",
                created_at=now,
                expires_at=now + timedelta(days=7),
            ),
            SocialCardBinding(
                person_id=person,
                number_enc=b"1",
                number_hash=b"1",
                issuing_region="650000",
                status="bound",
                source="self",
                bound_at=now,
            ),
            ExternalCertificate(
                person_id=person,
                kind="LEVEL",
                number_enc=b"1",
                number_hash=b"1",
                number_masked="*",
                title="电工",
                issuer_name="示例",
                issued_on=date(2020, 1, 1),
                image_enc=b"1",
                image_type="image/png",
                problems=[],
                state="unverified",
                created_at=now,
            ),
            Mandate(
                person_id=person,
                helper_account_id=helper.the_account(),
                text_version="1",
                text_hash="0",
                evidence="own",
                granted_on=now.date(),
                expires_on=date(2027, 12, 1),
                confirmed_at=now,
                created_at=now,
            ),
        ]
    )
    line = add_line(session, person, now, kind="award")
    correction_requests.ask(session, me, entry_id=line.id, wish="名称写错了", now=now)
    assert close(session, me, now).closed
    assert [count(session, model) for model in (Notice, PersonPhoto, PersonPass)] == [0, 0, 0]
    assert count(session, ConsentRecord, ConsentRecord.withdrawn_at.is_(None)) == 0
    assert session.scalars(select(TrainingNeed.state)).all() == ["withdrawn"]
    assert session.scalars(select(CorrectionRequest.state)).all() == ["withdrawn"]
    assert session.scalars(select(SocialCardBinding.status)).all() == ["unbound"]
    assert session.scalars(select(Mandate.revoked_at)).all() == [now]
    link = session.scalars(select(ShareLink)).one()
    assert (link.revoked_at, link.presentation_enc) == (now, b"")
    external = session.scalars(select(ExternalCertificate)).one()
    assert (external.state, external.image_enc) == ("withdrawn", None)


def test_a_fact_stays_only_when_somebody_verified_it_or_a_decision_used_it(
    session: Session, me: Actor, now: datetime
) -> None:
    facts.declare_pension(session, me, draws="none", now=now)
    enrolment = make.enrol(session, make.person_of(session, me), make.make_class(session))
    enrolment.status, enrolment.ended_at = "completed", now
    decided = {"act": "auto", "verdict": "eligible", "packs": [], "inputs": {}, "results": []}
    session.add(
        EligibilityDecision(
            enrolment_id=enrolment.id, decided_at=now + timedelta(hours=1), **decided
        )
    )
    later = now + timedelta(hours=2)
    facts.declare_group(session, me, code="AIDED_FAMILY", now=later)
    facts.declare_group(session, me, code="YOUTH", now=later)
    verified = session.scalars(select(PersonGroup).where(PersonGroup.group_code == "YOUTH")).one()
    verified.status, verified.verified_at = "verified", later
    session.flush()
    assert close(session, me, later).closed
    assert session.scalars(select(PersonFact.kind)).all() == ["pension"]
    assert session.scalars(select(PersonGroup.group_code)).all() == ["YOUTH"]


def test_the_archive_and_its_trail_stay(session: Session, me: Actor, now: datetime) -> None:
    learned(session, me, now)
    assert account_closure.closing(session, me).lines == 1
    assert close(session, me, now).closed
    assert count(session, ArchiveEntry) == 1
    person = session.get_one(Person, me.person_id)
    assert get_vault().open("id_no", person.id_no_enc) == ID_NO
    [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "account.close"))
    assert event.actor_account_id == me.account_id


@pytest.mark.parametrize("status", ["accepted", "active", "needs_review", "offered"])
def test_a_running_enrolment_must_be_ended_first(
    session: Session, me: Actor, now: datetime, status: str
) -> None:
    enrolment = make.enrol(session, make.person_of(session, me), make.make_class(session))
    enrolment.status = status
    session.flush()
    [first] = account_closure.closing(session, me).first
    assert first.href == f"/me/enrolments/{enrolment.id}"
    with pytest.raises(NotReady):
        close(session, me, now)
    assert session.get_one(Account, me.account_id).status == "active"


@pytest.mark.parametrize(
    ("fields", "blocks"),
    [
        ({"line_state": "asked"}, True),
        ({"payee_type": "person"}, True),
        ({"payee_type": "person", "state": "paid"}, False),
        ({"line_state": "confirmed"}, False),
        ({"line_state": "dropped", "payee_type": "person"}, False),
    ],
)
def test_an_open_claim_must_be_ended_first(
    session: Session, me: Actor, now: datetime, fields: dict[str, str], blocks: bool
) -> None:
    line, _ = learned(session, me, now)
    claimed(session, line.ref_id, now, **fields)
    assert bool(account_closure.closing(session, me).first) is blocks


@pytest.mark.parametrize(
    "role", [one for one in Role if one not in (Role.TRAINEE, Role.ANONYMOUS, Role.SYSTEM)]
)
def test_staff_are_told_who_ends_their_account(session: Session, now: datetime, role: Role) -> None:
    school = make.make_institution(session) if role in (Role.INSTRUCTOR, Role.MANAGER) else None
    actor = make.make_actor(session, role, institution=school)
    with pytest.raises(StaffAccount):
        account_closure.closing(session, actor)
    with pytest.raises(StaffAccount):
        close(session, actor, now)


def test_nobody_closes_without_a_login(session: Session, now: datetime) -> None:
    with pytest.raises(Unauthenticated):
        close(session, ANONYMOUS, now)


def test_coming_back_opens_the_same_archive(session: Session, me: Actor, now: datetime) -> None:
    learned(session, me, now)
    session.get_one(Person, me.person_id).identity_status = "verified"
    assert close(session, me, now).closed
    later = now + timedelta(days=400)
    again = form(phone="13800001111", password="Neue-Blume-9")
    back = log_in(session, accounts.register(session, ANONYMOUS, form=again, now=later), later)
    assert (back.person_id, back.account_id) == (me.person_id, me.account_id)
    assert len(archive_chain.entries_of(session, back.the_person())) == 1
    found = accounts.find_account(session, "13800001111", today=later.date())
    assert found is not None
    assert found.status == "active"
    # What was known of the login that ended is not known of this one.
    assert session.get_one(Person, me.person_id).identity_status == "declared"
    actions = session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "account"))
    assert "account.reopen" in set(actions)
    # The old password is worth nothing.
    outcome = accounts.log_in(
        session,
        ANONYMOUS,
        login=ID_NO,
        password=PASSWORD,
        source=SOURCE,
        kind="web",
        device="test",
        now=later,
    )
    assert outcome.login is None


def test_coming_back_takes_the_same_name(session: Session, me: Actor, now: datetime) -> None:
    close(session, me, now)
    with pytest.raises(BadInput) as refused:
        accounts.register(session, ANONYMOUS, form=form(name="李小强"), now=now)
    assert refused.value.field == "name"


def test_coming_back_with_a_phone_that_is_another_accounts_now(
    session: Session, me: Actor, now: datetime
) -> None:
    close(session, me, now)
    other = make.make_account(session)
    other.phone_hash = get_vault().lookup_hash("phone", "13912345678")
    session.flush()
    accounts.register(session, ANONYMOUS, form=form(), now=now)
    account = session.get_one(Account, me.account_id, populate_existing=True)
    assert (account.status, account.phone_hash) == ("active", None)


def test_an_account_that_is_open_is_registered_once(
    session: Session, me: Actor, now: datetime
) -> None:
    with pytest.raises(AccountExists):
        accounts.register(session, ANONYMOUS, form=form(), now=now)


def test_who_closed_counts_as_without_an_account(
    session: Session, me: Actor, now: datetime
) -> None:
    hashed = session.get_one(Person, me.person_id).id_no_hash
    assert people.known_people(session, [hashed])[hashed].has_account
    close(session, me, now)
    assert not people.known_people(session, [hashed])[hashed].has_account


def test_a_merged_record_closes_with_the_person(session: Session, me: Actor, now: datetime) -> None:
    twin = make.make_person(session, phone_enc=b"1")
    second = make.make_account(session, person=twin)
    twin.merged_into = me.person_id
    session.flush()
    whole = log_in(session, me.account_id, now)
    assert close(session, whole, now).closed
    session.expire_all()
    assert session.get_one(Account, second.id).status == "closed"
    assert session.get_one(Person, twin.id).phone_enc is None


def test_closing_twice_at_once_closes_once(session: Session, me: Actor, now: datetime) -> None:
    session.commit()

    def once() -> Any:
        return in_transaction(lambda own: close(own, me, now))

    answers = together([once] * 3)
    assert [one for one in answers if one == Outcome(closed=True)] == [Outcome(closed=True)]
    assert count(session, AuditEvent, AuditEvent.action == "account.close") == 1


def test_a_link_that_is_made_while_the_account_closes_is_not_left_behind(
    session: Session, me: Actor, now: datetime
) -> None:
    made = put_on_record(session, me, now)
    session.commit()
    begun, held = Event(), Event()

    def shut(own: Session) -> Outcome:
        done = close(own, me, now)
        held.set()
        begun.wait(timeout=20)
        return done

    def share(own: Session) -> Any:
        held.wait(timeout=20)
        begun.set()
        return shares.make(own, me, choice=choose(certificates=[made]), now=now)

    answers = together([lambda: in_transaction(shut), lambda: in_transaction(share)])
    assert answers[0] == Outcome(closed=True)
    assert isinstance(answers[1], Unauthenticated)
    assert count(session, ShareLink, ShareLink.revoked_at.is_(None)) == 0


def test_two_who_come_back_at_once_are_one(session: Session, me: Actor, now: datetime) -> None:
    close(session, me, now)
    session.commit()

    def once() -> Any:
        return in_transaction(lambda own: accounts.register(own, ANONYMOUS, form=form(), now=now))

    answers = together([once] * 3)
    assert sum(isinstance(one, AccountExists) for one in answers) == 2
