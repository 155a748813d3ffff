"""What is held about a person, told to that person and to nobody else."""

import json
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PersonGroup
from portal.db.vault import get_vault
from portal.domain.errors import Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor
from portal.services import facts, own_data
from tests.support import factories as make
from tests.support.factories import NOW


@pytest.fixture
def me(session: Session) -> Actor:
    actor = make.make_actor(session)
    facts.declare_residence(session, actor, region_code="650402", now=NOW)
    facts.declare_group(session, actor, code="AIDED_FAMILY", since=date(2026, 1, 1), now=NOW)
    facts.declare_pension(session, actor, draws="employee", now=NOW)
    facts.declare_pension(session, actor, draws="none", now=NOW)
    return actor


def test_the_own_data_tell_groups_and_facts(session: Session, me: Actor) -> None:
    data = own_data.my_data(session, me, now=NOW)
    assert [group.code for group in data.facts.groups] == ["AIDED_FAMILY"]
    assert data.facts.fact("pension").value == {"draws": "none"}
    assert data.role == "trainee"


def test_what_is_taken_along_holds_every_fact_and_its_history(session: Session, me: Actor) -> None:
    found = json.loads(json.dumps(own_data.my_data_json(session, me, now=NOW)))
    assert found["format"] == "personal-data/1"
    assert found["facts"]["residence_code"] == "650402"
    [group] = found["facts"]["groups"]
    assert (group["code"], group["status"], group["since"]) == (
        "AIDED_FAMILY",
        "declared",
        "2026-01-01",
    )
    [pension] = found["facts"]["others"]
    assert (pension["kind"], pension["value"]) == ("pension", {"draws": "none"})
    [past] = found["facts"]["past"]
    assert (past["kind"], past["status"]) == ("pension", "ended")


def test_what_is_taken_along_holds_no_whole_number_and_no_other_person(
    session: Session, me: Actor
) -> None:
    other = make.make_actor(session)
    facts.declare_group(session, other, code="VETERAN", now=NOW)
    text = json.dumps(own_data.my_data_json(session, me, now=NOW), ensure_ascii=False)
    person = make.person_of(session, me)
    assert get_vault().open("id_no", person.id_no_enc) not in text
    assert "VETERAN" not in text


def test_the_closed_channel_is_not_taken_along(session: Session, me: Actor) -> None:
    row = session.scalars(select(PersonGroup).where(PersonGroup.person_id == me.person_id)).one()
    row.group_code = "JUSTICE"
    session.flush()
    text = json.dumps(own_data.my_data_json(session, me, now=NOW), ensure_ascii=False)
    assert "JUSTICE" not in text


def test_nobody_gets_the_data_of_nobody(session: Session) -> None:
    with pytest.raises(Unauthenticated):
        own_data.my_data(session, ANONYMOUS, now=NOW)
