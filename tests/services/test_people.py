"""Persons before they have an account, and who may become the owner of such a row."""

from datetime import date

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import Account, Person, PersonGroup
from portal.db.vault import get_vault
from portal.domain.errors import AccountExists, BadInput
from portal.domain.identity import IdType, make_demo_id, parse_id_document
from portal.domain.permissions import ANONYMOUS
from portal.services import accounts, people
from tests.support.acts import together
from tests.support.factories import NOW

NAME = "阿不都热依木·买买提"


def identity(serial: int = 1, name: str = NAME) -> people.Identity:
    number = make_demo_id(date(1990, 1, 1), serial)
    document = parse_id_document(IdType.RESIDENT_ID, number, today=NOW.date())
    return people.Identity(document, name)


def form(of: people.Identity, **changes: object) -> accounts.Registration:
    fields: dict[str, object] = {
        "id_type": "resident_id",
        "id_no": of.document.number,
        "name": of.name,
        "phone": f"1380000{of.document.number[-5:-1]}",
        "password": "Reservoir-41",
        "agreed": True,
        "today": NOW.date(),
    }
    return accounts.check_registration(**(fields | changes))  # type: ignore[arg-type]


def add(session: Session, *identities: people.Identity, region: str | None = "650400") -> None:
    people.add_people(session, identities, status=people.LISTED, residence_region=region, now=NOW)


def person_of(session: Session, of: people.Identity) -> Person:
    session.expire_all()
    return session.scalars(select(Person).where(Person.id_no_hash == of.hash)).one()


def listed(session: Session, of: people.Identity) -> Person:
    """A person whom an authority's list named, with the group that it gave."""
    add(session, of)
    person = person_of(session, of)
    session.add(
        PersonGroup(
            person_id=person.id,
            group_code="AIDED_FAMILY",
            valid_from=date(2026, 1, 1),
            status="verified",
            source="roster",
            verified_at=NOW,
            created_at=NOW,
        )
    )
    session.flush()
    return person


def test_who_was_listed_registers_as_the_same_person_and_keeps_the_groups(
    session: Session,
) -> None:
    one = identity()
    person = listed(session, one)
    account = session.get_one(
        Account, accounts.register(session, ANONYMOUS, form=form(one), now=NOW)
    )
    assert account.person_id == person.id
    groups = session.scalars(select(PersonGroup).where(PersonGroup.person_id == person.id))
    assert [row.group_code for row in groups] == ["AIDED_FAMILY"]
    assert session.scalar(select(func.count()).select_from(Person)) == 1


def test_being_on_a_list_proves_nobody_who_registers(session: Session) -> None:
    one = identity()
    listed(session, one)
    accounts.register(session, ANONYMOUS, form=form(one), now=NOW)
    person = person_of(session, one)
    assert person.identity_status == "declared"
    assert person.phone_enc is not None
    assert get_vault().open("phone", person.phone_enc).startswith("1380000")
    assert (person.birth_date, person.residence_region) == (date(1990, 1, 1), "650400")


@pytest.mark.parametrize("spelling", ["阿不都热依木•买买提", "阿不都热依木.买买提"])
def test_the_name_may_be_spelled_another_way(session: Session, spelling: str) -> None:
    one = identity()
    listed(session, one)
    accounts.register(session, ANONYMOUS, form=form(one, name=spelling), now=NOW)
    assert person_of(session, one).name == NAME


def test_another_name_does_not_open_a_listed_person(session: Session) -> None:
    one = identity()
    listed(session, one)
    with pytest.raises(BadInput) as caught:
        accounts.register(session, ANONYMOUS, form=form(one, name="王小强"), now=NOW)
    assert (caught.value.field, caught.value.reason) == ("name", "register.name_differs")
    assert session.scalar(select(func.count()).select_from(Account)) == 0


@pytest.mark.parametrize("name", [NAME, "王小强"])
def test_nobody_takes_over_a_person_who_has_an_account(session: Session, name: str) -> None:
    one = identity()
    listed(session, one)
    account = session.get_one(
        Account, accounts.register(session, ANONYMOUS, form=form(one), now=NOW)
    )
    password, phone = account.password_hash, person_of(session, one).phone_enc
    thief = form(one, name=name, phone="13911111111", password="Reservoir-42")
    with pytest.raises(AccountExists):
        accounts.register(session, ANONYMOUS, form=thief, now=NOW)
    session.refresh(account)
    assert account.password_hash == password
    assert person_of(session, one).phone_enc == phone


def test_a_disabled_account_still_owns_its_person(session: Session) -> None:
    one = identity()
    account_id = accounts.register(session, ANONYMOUS, form=form(one), now=NOW)
    session.get_one(Account, account_id).status = "disabled"
    session.flush()
    with pytest.raises(AccountExists):
        accounts.register(session, ANONYMOUS, form=form(one), now=NOW)


def test_of_many_who_register_one_listed_person_at_once_one_gets_it(engine: Engine) -> None:
    one = identity(801)
    in_transaction(lambda session: add(session, one))
    wanted = form(one)
    acts = [
        lambda: in_transaction(
            lambda session: accounts.register(session, ANONYMOUS, form=wanted, now=NOW)
        )
    ] * 6
    answers = together(acts)
    assert sum(isinstance(answer, AccountExists) for answer in answers) == 5
    with Session(engine) as session:
        person = person_of(session, one)
        query = select(func.count()).where(Account.person_id == person.id)
        assert session.scalar(query) == 1


def test_listing_and_registering_at_once_make_one_person(engine: Engine) -> None:
    for serial in range(810, 816):
        one = identity(serial)
        wanted = form(one)
        answers = together(
            [
                lambda one=one: in_transaction(lambda session: add(session, one)),
                lambda wanted=wanted: in_transaction(
                    lambda session: accounts.register(session, ANONYMOUS, form=wanted, now=NOW)
                ),
            ]
        )
        assert not any(isinstance(answer, Exception) for answer in answers)
        with Session(engine) as session:
            assert person_of(session, one).phone_enc is not None


def test_listing_again_changes_nobody(session: Session) -> None:
    one = identity()
    add(session, one)
    before = person_of(session, one).id
    add(session, identity(name="王小强"), region="430000")
    after = person_of(session, one)
    assert (after.id, after.name, after.residence_region) == (before, NAME, "650400")


def test_known_people_are_found_with_what_a_list_must_know(session: Session) -> None:
    one, two, three = identity(1), identity(2), identity(3)
    add(session, one, two)
    accounts.register(session, ANONYMOUS, form=form(two), now=NOW)
    found = people.known_people(session, [one.hash, two.hash, three.hash])
    assert set(found) == {one.hash, two.hash}
    assert [found[one.hash].has_account, found[two.hash].has_account] == [False, True]
    assert found[one.hash].residence_region == "650400"
    assert found[one.hash].is_called("阿不都热依木 买买提")
    assert not found[one.hash].is_called("王小强")
