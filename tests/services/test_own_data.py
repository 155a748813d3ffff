"""What is held about a person, told to that person and to nobody else."""

import io
import json
import zipfile
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceEvent,
    AuditEvent,
    Base,
    EligibilityDecision,
    PersonGroup,
)
from portal.db.vault import get_vault
from portal.domain.errors import Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import has
from portal.services import audit, facts, own_data, own_data_files, own_photo
from portal.services.own_data_records import mine_of
from portal.services.own_data_tables import HELD, NOT_HELD, told_columns
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.persons import WHY, asked, officer, resident
from tests.support.rights import add_line


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


def test_every_table_is_taken_along_or_has_a_reason_not_to_be() -> None:
    held = {model.__tablename__ for model in HELD}
    assert held & set(NOT_HELD) == set()
    assert set(Base.metadata.tables) - held - set(NOT_HELD) == set()
    assert (held | set(NOT_HELD)) - set(Base.metadata.tables) == set()


def test_a_table_that_names_a_person_is_never_left_out() -> None:
    """A reason excuses no table whose rows name a person or what is a person's alone."""
    persons = {"person", "enrolment", "archive_entry", "share_link", "archive_import"}
    found = {
        table.name
        for table in Base.metadata.tables.values()
        if table.name in NOT_HELD
        for key in table.foreign_keys
        if key.column.table.name in persons
    }
    assert found == set()


@pytest.mark.parametrize("model", HELD, ids=lambda model: model.__tablename__)
def test_every_table_is_explained_and_tells_no_secret(model: Any) -> None:
    table = model.__tablename__
    assert has(f"rights.file.table.{table}")
    names = {column.name for column in told_columns(model)}
    assert names
    secret = {"password_hash", "pass_id", "token_hash", "token_enc", "code_hash", "id_no_hash"}
    assert names & secret == set()
    # Whose account answered is in the log of who looked; ``answer_by`` is a day.
    ends = ("_enc", "_by", "account_id")
    assert {name for name in names - {"answer_by"} if name.endswith(ends)} == set()


def test_every_part_is_explained(session: Session, me: Actor) -> None:
    parts = set(own_data.my_data_json(session, me, now=NOW)) - {"format", "generated_at", "records"}
    assert {part for part in parts if not has(f"rights.file.part.{part}")} == set()


def test_the_rows_behind_the_pages_are_taken_along(session: Session, me: Actor) -> None:
    made = make.make_class(session)
    enrolment = make.enrol(session, make.person_of(session, me), made)
    lesson = make.sessions_of(session, made)[0]
    session.add(
        AttendanceEvent(
            session_id=lesson.id,
            enrolment_id=enrolment.id,
            person_id=me.the_person(),
            phase="in",
            method="qr",
            occurred_at=NOW,
            server_at=NOW,
            receipt="R1",
        )
    )
    add_line(session, me.the_person(), NOW)
    other = make.make_actor(session)
    make.enrol(session, make.person_of(session, other), made)
    add_line(session, other.the_person(), NOW)
    rows = own_data.my_data_json(session, me, now=NOW)["records"]
    assert [row["id"] for row in rows["enrolment"]] == [str(enrolment.id)]
    assert made.title in rows["enrolment"][0]["class"]
    assert rows["attendance_event"][0]["receipt"] == "R1"
    assert "12月" in rows["attendance_event"][0]["session"]
    assert len(rows["archive_entry"]) == 1
    assert str(other.person_id) not in json.dumps(rows)


def test_the_records_of_a_merged_person_are_ones_own(session: Session, me: Actor) -> None:
    twin = make.make_person(session, merged_into=me.the_person())
    add_line(session, twin.id, NOW)
    rows = own_data.my_data_json(session, me, now=NOW)["records"]
    assert (len(rows["person"]), len(rows["archive_entry"])) == (2, 1)


def test_of_a_merge_that_was_asked_for_nothing_of_the_other_record_is_told(
    session: Session,
) -> None:
    one, other = (resident(session) for _ in range(2))
    same = make.make_class(session)
    for each in (one, other):
        make.enrol(session, each, same)
    session.commit()
    asked(session, officer(session), one, other)
    me = make.make_actor(session, person=one)
    (row,) = own_data.my_data_json(session, me, now=NOW)["records"]["person_merge_request"]
    assert (row["state"], row["reason"]) == ("open", WHY)
    assert not {"merged_id", "conflicts", "officer_account_id"} & set(row)
    assert str(other.id) not in json.dumps(row)


def test_the_closed_channel_is_in_no_decision_either(session: Session, me: Actor) -> None:
    enrolment = make.enrol(session, make.person_of(session, me), make.make_class(session))
    session.add(
        EligibilityDecision(
            enrolment_id=enrolment.id,
            act="auto",
            verdict="eligible",
            packs=[],
            inputs={"person": {"groups": [["JUSTICE", None, None, True], ["YOUTH", None]]}},
            results=[{"groups": ["JUSTICE", "YOUTH"], "group": "JUSTICE"}],
            decided_at=NOW,
        )
    )
    session.flush()
    rows = own_data.my_data_json(session, me, now=NOW)["records"]["eligibility_decision"]
    assert "JUSTICE" not in json.dumps(rows)
    assert rows[0]["inputs"]["person"]["groups"] == [["YOUTH", None]]


def test_messages_to_a_shared_phone_are_nobodys_own(session: Session, me: Actor) -> None:
    assert mine_of(session, (me.the_person(),)).phone_hash is None


def test_taking_along_is_written_down(session: Session, me: Actor) -> None:
    own_data.my_data_json(session, me, now=NOW)
    session.flush()
    query = select(AuditEvent).where(AuditEvent.action == "data.download")
    assert session.scalars(query).one().actor_account_id == me.account_id


def test_staff_take_along_what_is_held_about_themselves(session: Session) -> None:
    officer = make.make_actor(session, Role.OFFICER)
    trainee = make.make_actor(session)
    audit.record(
        session,
        officer,
        "facts.reveal",
        now=NOW,
        object_type="person_fact",
        on_behalf_of=trainee.the_person(),
        reason="关于别人的事",
    )
    session.flush()
    rows = own_data.my_data_json(session, officer, now=NOW)["records"]
    assert {"action": "facts.reveal", "at": NOW.isoformat()} in rows["audit_event"]
    text = json.dumps(rows, ensure_ascii=False)
    assert str(trainee.person_id) not in text
    assert "关于别人的事" not in text


def test_the_download_holds_the_data_its_explanation_and_the_pictures(
    session: Session, me: Actor
) -> None:
    own_photo.set_photo(session, me, image=b"\xff\xd8jpeg", agreed=True, now=NOW)
    pack = own_data_files.my_pack(session, me, now=NOW)
    file = zipfile.ZipFile(io.BytesIO(own_data_files.as_zip(pack, now=NOW)))
    assert file.namelist() == ["说明.txt", "data.json", "图片/照片.jpg"]
    assert file.read("图片/照片.jpg") == b"\xff\xd8jpeg"
    assert json.loads(file.read("data.json"))["format"] == "personal-data/1"
    words = file.read("说明.txt").decode()
    assert "person_group  人员类别（1 条）" in words
    assert "2026-12-01 09:40" in words
