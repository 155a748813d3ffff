"""Mandates: taken on paper, confirmed by whoever has an account, over when somebody says so."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    CommitmentTemplate,
    ConsentRecord,
    Mandate,
    Notice,
    Person,
    SmsMessage,
)
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.helping_errors import MandateCodeSpent, MandateCodeWrong, MandateLimit
from portal.domain.mandate import A_DAY, CODE_TRIES
from portal.domain.permissions import Actor, Role
from portal.services import accounts, mandate_text, mandates, own_data, own_helpers
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.helping import (
    NOW,
    actor_for,
    form,
    fresh_id_no,
    introduce,
    make_helper,
    person_with,
    registered,
)


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def helper(saved: Session) -> Actor:
    return make_helper(saved)


def held(helper: Actor, mandate_id: UUID, *, now: object = NOW) -> bool:
    """Whether the helper could do anything with it."""
    try:
        as_actor(mandates.in_force, helper, mandate_id=mandate_id, now=now)
    except NotFound:
        return False
    return True


def row(session: Session, mandate_id: UUID) -> Mandate:
    session.rollback()
    return session.get_one(Mandate, mandate_id, populate_existing=True)


def sent_code(session: Session) -> str:
    """The code of the last text message."""
    session.rollback()
    message = session.scalars(select(SmsMessage).order_by(SmsMessage.id.desc())).first()
    assert message is not None
    found = re.search(r"\d{6}", get_vault().open("sms_body", message.body_enc))
    assert found is not None
    return found[0]


def ask(session: Session, helper: Actor, **kwargs: object) -> tuple[UUID, Actor]:
    """A mandate asked of somebody with an account, and its owner."""
    account, number = registered(session, **kwargs)  # type: ignore[arg-type]
    return introduce(helper, id_no=number, name="王小强"), actor_for(account)


def test_somebody_without_a_phone_is_registered_with_a_mandate(
    saved: Session, helper: Actor
) -> None:
    mandate_id = introduce(helper)
    mandate, person = row(saved, mandate_id), person_with(saved, mandate_id)
    assert (person.name, person.residence_region) == ("买买提·艾力", "650402")
    assert (person.birth_date, person.sex_code, person.phone_enc) == (
        date(1981, 1, 1),
        person.sex_code,
        None,
    )
    assert person.sex_code in ("1", "2")
    assert (mandate.evidence, mandate.granted_on, mandate.expires_on) == (
        "fingerprint",
        date(2026, 12, 1),
        date(2027, 5, 29),
    )
    assert held(helper, mandate_id)


def test_the_exact_text_is_kept_by_version_and_hash(saved: Session, helper: Actor) -> None:
    mandate = row(saved, introduce(helper))
    stored = saved.get_one(CommitmentTemplate, mandate.text_version)
    assert (stored.text, stored.text_hash) == (mandate_text.current().text, mandate.text_hash)
    consent = saved.scalars(select(ConsentRecord).filter_by(person_id=mandate.person_id)).one()
    assert (consent.purpose, consent.text_hash) == ("mandate", mandate.text_hash)


def test_a_familys_phone_is_a_contact_and_no_login(saved: Session, helper: Actor) -> None:
    mandate_id = introduce(helper, phone="13811112222")
    sealed = person_with(saved, mandate_id).phone_enc
    assert sealed is not None
    assert get_vault().open("phone", sealed) == "13811112222"
    found = accounts.find_account(saved, "13811112222", today=date(2026, 12, 1))
    assert found is None


def test_the_audit_names_helper_and_person(saved: Session, helper: Actor) -> None:
    mandate = row(saved, introduce(helper))
    event = saved.scalars(select(AuditEvent).filter_by(object_id=str(mandate.id))).one()
    assert (event.action, event.actor_account_id, event.on_behalf_of) == (
        "mandate.grant",
        helper.account_id,
        mandate.person_id,
    )


def test_the_same_form_again_makes_nothing_twice(saved: Session, helper: Actor) -> None:
    number = fresh_id_no()
    answers = together([partial(introduce, helper, id_no=number)] * 6)
    assert len(set(answers)) == 1
    (only,) = set(answers)
    assert isinstance(only, UUID)
    people = select(func.count()).select_from(Person).where(Person.id == row(saved, only).person_id)
    assert saved.scalar(people) == 1


def test_two_helpers_who_meet_one_person_make_one_person(saved: Session) -> None:
    number = fresh_id_no()
    helpers = [make_helper(saved) for _ in range(4)]
    answers = together([partial(introduce, one, id_no=number) for one in helpers])
    people = {row(saved, answer).person_id for answer in answers if isinstance(answer, UUID)}
    assert len(answers) == 4
    assert len(people) == 1


def test_somebody_whom_a_list_named_before_is_the_same_person(
    saved: Session, helper: Actor
) -> None:
    number, vault = fresh_id_no(), get_vault()
    listed = make.make_person(
        saved,
        name="买买提·艾力",
        name_key="买买提艾力",
        id_no_hash=vault.lookup_hash("id_no", f"resident_id:{number}"),
        id_no_enc=vault.seal("id_no", number),
        identity_status="listed",
    )
    saved.commit()
    person = person_with(saved, introduce(helper, id_no=number))
    assert (person.id, person.identity_status, person.birth_date) == (
        listed.id,
        "declared",
        date(1981, 1, 1),
    )


def test_half_an_identity_opens_nothing(saved: Session, helper: Actor) -> None:
    number = fresh_id_no()
    introduce(helper, id_no=number)
    with pytest.raises(BadInput) as refused:
        introduce(make_helper(saved), id_no=number, name="李四")
    assert refused.value.field == "name"


def test_somebody_who_lives_elsewhere_is_not_taken(saved: Session, helper: Actor) -> None:
    number = fresh_id_no()
    introduce(helper, id_no=number)
    elsewhere = make_helper(saved, region_code="650421")
    with pytest.raises(BadInput) as refused:
        introduce(elsewhere, id_no=number, region="650421")
    assert refused.value.reason == "helping.lives_elsewhere"


@pytest.mark.parametrize("region", ["110101", "650400", "", "x"])
def test_a_place_outside_the_helpers_county_is_refused(helper: Actor, region: str) -> None:
    with pytest.raises(BadInput) as refused:
        introduce(helper, region=region)
    assert refused.value.field == "region"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("evidence", ""),
        ("evidence", "code"),
        ("days", "366"),
        ("days", ""),
        ("agreed", False),
        ("phone", "12"),
        ("name", ""),
        ("id_no", "123"),
        ("id_type", "x"),
    ],
)
def test_a_form_with_a_fault_names_its_field(field: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        form(**{field: value})
    assert refused.value.field == field


def test_a_witness_has_a_name(saved: Session, helper: Actor) -> None:
    with pytest.raises(BadInput) as refused:
        form(evidence="witness")
    assert refused.value.field == "witness"
    mandate = row(saved, introduce(helper, evidence="witness", witness="阿依古丽"))
    assert (mandate.evidence, mandate.witness_name) == ("witness", "阿依古丽")


def test_nobody_but_a_helper_takes_mandates(saved: Session) -> None:
    for role in (Role.TRAINEE, Role.OFFICER, Role.EMPLOYER):
        actor = make.make_actor(saved, role)
        saved.commit()
        with pytest.raises(Forbidden):
            introduce(actor)


def test_a_helper_cannot_be_the_own_client(saved: Session) -> None:
    account, number = registered(saved, role=Role.HELPER, region_code="650402")
    own = Actor(
        Role.HELPER, account_id=account.id, person_id=account.person_id, region_code="650402"
    )
    with pytest.raises(BadInput) as refused:
        introduce(own, id_no=number, name="王小强")
    assert refused.value.reason == "helping.not_yourself"


def test_staff_are_nobodys_clients(saved: Session, helper: Actor) -> None:
    _, number = registered(saved, role=Role.OFFICER)
    with pytest.raises(BadInput) as refused:
        introduce(helper, id_no=number, name="王小强")
    assert refused.value.reason == "helping.is_staff"


def test_whoever_has_an_account_is_asked_and_nothing_holds_before(
    saved: Session, helper: Actor
) -> None:
    mandate_id, owner = ask(saved, helper)
    assert row(saved, mandate_id).confirmed_at is None
    assert not held(helper, mandate_id)
    (shown,) = as_actor(own_helpers.my_helpers, owner, now=NOW).helpers
    assert (shown.state, shown.helper) == ("asked", "热依汗")
    kinds = saved.scalars(select(Notice.kind).filter_by(person_id=owner.person_id)).all()
    assert kinds == ["mandate_asked"]


def test_the_code_goes_to_the_own_phone_and_never_to_one_that_the_helper_typed(
    saved: Session, helper: Actor
) -> None:
    account, number = registered(saved, phone="13898765432")
    introduce(helper, id_no=number, name="王小强", phone="13811112222")
    saved.rollback()
    message = saved.scalars(select(SmsMessage).order_by(SmsMessage.id.desc())).first()
    assert message is not None
    assert get_vault().open("sms_phone", message.phone_enc) == "13898765432"
    person = saved.get_one(Person, account.person_id)
    assert person.phone_enc is not None
    assert get_vault().open("phone", person.phone_enc) == "13898765432"


def test_the_code_that_the_person_reads_out_confirms(saved: Session, helper: Actor) -> None:
    mandate_id, owner = ask(saved, helper)
    outcome = as_actor(
        mandates.confirm_by_code, helper, mandate_id=mandate_id, code=sent_code(saved), now=NOW
    )
    assert outcome.refusal is None
    assert held(helper, mandate_id)
    assert row(saved, mandate_id).evidence == "code"
    assert as_actor(own_helpers.my_helpers, owner, now=NOW).helpers[0].state == "open"


def test_five_wrong_codes_spend_it(saved: Session, helper: Actor) -> None:
    mandate_id, _ = ask(saved, helper)
    right = sent_code(saved)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    answers = [
        as_actor(mandates.confirm_by_code, helper, mandate_id=mandate_id, code=wrong, now=NOW)
        for _ in range(CODE_TRIES)
    ]
    assert [type(answer.refusal) for answer in answers] == [MandateCodeWrong] * CODE_TRIES
    last = as_actor(mandates.confirm_by_code, helper, mandate_id=mandate_id, code=right, now=NOW)
    assert isinstance(last.refusal, MandateCodeSpent)
    assert not held(helper, mandate_id)


def test_guesses_at_the_same_instant_are_all_counted(saved: Session, helper: Actor) -> None:
    mandate_id, _ = ask(saved, helper)
    wrong = f"{(int(sent_code(saved)) + 1) % 10**6:06d}"
    guess = partial(
        as_actor, mandates.confirm_by_code, helper, mandate_id=mandate_id, code=wrong, now=NOW
    )
    together([guess] * 12)
    assert row(saved, mandate_id).code_tries == 0


def test_a_code_is_worth_nothing_after_half_an_hour(saved: Session, helper: Actor) -> None:
    mandate_id, _ = ask(saved, helper)
    late = NOW + timedelta(minutes=30)
    outcome = as_actor(
        mandates.confirm_by_code, helper, mandate_id=mandate_id, code=sent_code(saved), now=late
    )
    assert isinstance(outcome.refusal, MandateCodeSpent)


def test_a_code_for_one_mandate_opens_no_other(saved: Session, helper: Actor) -> None:
    first, _ = ask(saved, helper)
    code = sent_code(saved)
    second, _ = ask(saved, helper)
    outcome = as_actor(mandates.confirm_by_code, helper, mandate_id=second, code=code, now=NOW)
    assert isinstance(outcome.refusal, MandateCodeWrong)
    assert not held(helper, first)


def test_the_owner_confirms_when_logged_in(saved: Session, helper: Actor) -> None:
    mandate_id, owner = ask(saved, helper, has_phone=False)
    as_actor(own_helpers.confirm, owner, mandate_id=mandate_id, now=NOW)
    assert held(helper, mandate_id)
    event = saved.scalars(
        select(AuditEvent).filter_by(object_id=str(mandate_id), action="mandate.confirm")
    ).one()
    assert event.actor_account_id == owner.account_id


def test_whoever_does_not_answer_for_seven_days_has_said_no(saved: Session, helper: Actor) -> None:
    mandate_id, owner = ask(saved, helper)
    late = NOW + timedelta(days=7)
    assert as_actor(own_helpers.my_helpers, owner, now=late).helpers == ()
    with pytest.raises(NotFound):
        as_actor(mandates.confirm_by_code, helper, mandate_id=mandate_id, code="000000", now=late)


def test_another_persons_mandate_does_not_exist(saved: Session, helper: Actor) -> None:
    mandate_id, _ = ask(saved, helper)
    _, stranger = ask(saved, helper)
    for act in (own_helpers.confirm, own_helpers.revoke):
        with pytest.raises(NotFound):
            as_actor(act, stranger, mandate_id=mandate_id, now=NOW)


def test_another_helpers_mandate_does_not_exist(saved: Session, helper: Actor) -> None:
    mandate_id, other = introduce(helper), make_helper(saved)
    assert not held(other, mandate_id)
    assert not held(other, uuid4())
    with pytest.raises(NotFound):
        as_actor(mandates.give_back, other, mandate_id=mandate_id, now=NOW)


def test_taking_it_back_counts_at_once(saved: Session, helper: Actor) -> None:
    mandate_id, owner = ask(saved, helper)
    as_actor(own_helpers.confirm, owner, mandate_id=mandate_id, now=NOW)
    left = as_actor(own_helpers.revoke, owner, mandate_id=mandate_id, now=NOW)
    assert left.helpers == ()
    consent = saved.scalars(select(ConsentRecord).filter_by(person_id=owner.person_id)).one()
    assert consent.withdrawn_at == NOW
    assert not held(helper, mandate_id)


def test_a_helper_gives_it_back_and_may_do_so_twice(saved: Session, helper: Actor) -> None:
    mandate_id = introduce(helper)
    for _ in range(2):
        as_actor(mandates.give_back, helper, mandate_id=mandate_id, now=NOW)
    assert not held(helper, mandate_id)


def test_after_its_last_day_it_is_nothing_and_can_be_given_anew(
    saved: Session, helper: Actor
) -> None:
    number = fresh_id_no()
    first = introduce(helper, id_no=number, days="90")
    assert held(helper, first, now=NOW + timedelta(days=89))
    later = NOW + timedelta(days=90)
    assert not held(helper, first, now=later)
    second = introduce(helper, id_no=number, days="90", now=later)
    assert second != first
    assert held(helper, second, now=later)


def test_a_helper_takes_thirty_mandates_a_day_and_no_more(saved: Session) -> None:
    busy = make_helper(saved)
    for _ in range(A_DAY - 1):
        introduce(busy)
    answers = together([partial(introduce, busy) for _ in range(4)])
    assert sorted(type(answer).__name__ for answer in answers) == [
        *["MandateLimit"] * 3,
        "UUID",
    ]
    with pytest.raises(MandateLimit):
        introduce(busy)
    assert isinstance(introduce(busy, now=NOW + timedelta(days=1)), UUID)


def test_the_person_reads_later_what_was_done_and_by_whom(saved: Session, helper: Actor) -> None:
    mandate_id, owner = ask(saved, helper)
    as_actor(own_helpers.confirm, owner, mandate_id=mandate_id, now=NOW)
    as_actor(mandates.give_back, helper, mandate_id=mandate_id, now=NOW)
    acts = as_actor(own_helpers.my_helpers, owner, now=NOW).acts
    # What the owner did is no news to the owner.
    assert [(act.who, act.action) for act in acts] == [
        ("协理员 热依汗", "结束委托"),
        ("协理员 热依汗", "请本人确认委托"),
    ]


def test_a_person_who_registers_later_finds_the_mandate_and_can_end_it(
    saved: Session, helper: Actor
) -> None:
    number = fresh_id_no()
    mandate_id = introduce(helper, id_no=number)
    registration = accounts.check_registration(
        id_type="resident_id",
        id_no=number,
        name="买买提·艾力",
        phone="13877776666",
        password="Village-2026!",
        agreed=True,
        today=date(2026, 12, 1),
    )
    account_id = as_actor(accounts.register, Actor(), form=registration, now=NOW)
    saved.rollback()
    owner = Actor(Role.TRAINEE, account_id=account_id, person_id=person_with(saved, mandate_id).id)
    (shown,) = as_actor(own_helpers.my_helpers, owner, now=NOW).helpers
    assert (shown.mandate_id, shown.state) == (mandate_id, "open")
    as_actor(own_helpers.revoke, owner, mandate_id=mandate_id, now=NOW)
    assert not held(helper, mandate_id)


def test_what_is_taken_along_tells_who_may_act_and_what_was_done(
    saved: Session, helper: Actor
) -> None:
    _, owner = ask(saved, helper)
    found = as_actor(own_data.my_data_json, owner, now=NOW)
    assert [(one["helper"], one["state"]) for one in found["helpers"]] == [("热依汗", "asked")]
    assert [act["action"] for act in found["done_for_me"]] == ["请本人确认委托"]
    assert json.dumps(found)
