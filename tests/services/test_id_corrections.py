"""An officer puts an ID number right; the archive and everything else stay with the person."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import AuditEvent, IdCorrection, Notice, Person
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Role
from portal.domain.person_errors import MergeRefused, NumberTaken
from portal.services import accounts, archive_chain, id_corrections
from portal.services.id_corrections import Correction
from tests.support import factories as make
from tests.support import persons
from tests.support.acts import together
from tests.support.certificates import learned
from tests.support.factories import NOW
from tests.support.persons import fresh_number, number_of, officer, resident

WHY = "本人出示身份证，登记时末两位录反"


def put_right(session: Session, person: Person, number: str, **fields: Any) -> Correction:
    values: dict[str, Any] = {
        "person_id": person.id,
        "id_type": "resident_id",
        "number": number,
        "reason": WHY,
        "now": NOW,
    }
    by = fields.pop("by", None) or officer(session)
    return id_corrections.correct(session, by, **values | fields)


def test_the_new_number_finds_the_person_and_the_old_one_nobody(session: Session) -> None:
    person, number = resident(session), fresh_number()
    make.make_account(session, person=person)
    old = number_of(person)
    done = put_right(session, person, f" {number[:6]} {number[6:]} ")
    assert done.refusal is None
    assert done.person is not None
    assert done.person.id_no_masked.endswith(number[-4:])
    assert number_of(person) == number
    found = accounts.find_account(session, number, today=date(2026, 12, 1))
    assert found is not None
    assert found.person_id == person.id
    assert accounts.find_account(session, old, today=date(2026, 12, 1)) is None


def test_birth_date_and_sex_are_read_anew(session: Session) -> None:
    person = resident(session, sex_code="1")
    put_right(session, person, make_demo_id(date(1999, 7, 8), 444))
    assert (person.birth_date, person.sex_code) == (date(1999, 7, 8), "2")


def test_a_passport_leaves_what_was_known_of_birth_and_sex(session: Session) -> None:
    person = resident(session, sex_code="1")
    put_right(session, person, "E12345678", id_type="passport")
    assert (person.id_type, person.birth_date, person.sex_code) == ("passport", persons.BORN, "1")


def test_both_numbers_are_kept_sealed_with_the_reason(session: Session) -> None:
    person, number = resident(session), fresh_number()
    by, old = officer(session), number_of(person)
    put_right(session, person, number, by=by)
    row = session.scalars(select(IdCorrection).filter_by(person_id=person.id)).one()
    opened = [get_vault().open("id_no", sealed) for sealed in (row.old_enc, row.new_enc)]
    assert opened == [old, number]
    assert (row.reason, row.officer_account_id, row.at) == (WHY, by.account_id, NOW)
    for sealed in (row.old_enc, row.new_enc):
        assert old.encode() not in sealed
        assert number.encode() not in sealed


def test_the_archive_gains_a_line_without_numbers_and_loses_nothing(session: Session) -> None:
    person, number = resident(session), fresh_number()
    me = persons.trainee(session, person)
    learned(session, me, NOW)
    old = number_of(person)
    put_right(session, person, number)
    entries = archive_chain.entries_of(session, person.id)
    assert [entry.kind for entry in entries] == ["class", "identity"]
    assert entries[1].detail["subject"] == "identity"
    told = " ".join(str(value) for value in entries[1])
    assert old not in told
    assert number not in told
    assert archive_chain.verify_chain(session, person.id) is None


def test_it_is_audited_and_told_without_numbers(session: Session) -> None:
    person, number = resident(session), fresh_number()
    by = officer(session)
    put_right(session, person, number, by=by)
    row = session.scalars(select(AuditEvent).filter_by(actor_account_id=by.account_id)).one()
    assert (row.action, row.on_behalf_of, row.reason) == ("person.correct_id", person.id, WHY)
    assert number not in str(row.detail)
    notice = session.scalars(select(Notice).filter_by(person_id=person.id)).one()
    assert (notice.kind, notice.params) == ("id_corrected", {})


def test_the_same_number_again_changes_nothing(session: Session) -> None:
    person = resident(session)
    assert put_right(session, person, number_of(person)).person is not None
    count = select(func.count()).select_from(IdCorrection).filter_by(person_id=person.id)
    assert session.scalar(count) == 0


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("", "identity.empty"),
        ("99000019880229001", "identity.length"),
        ("990000198802290011", "identity.checksum"),
        ("990000199902300019", None),
        ("110101880229001", "identity.fifteen_digits"),
    ],
)
def test_a_number_that_cannot_be_is_refused(
    session: Session, number: str, reason: str | None
) -> None:
    with pytest.raises(BadInput) as refused:
        put_right(session, resident(session), number)
    assert refused.value.field == "id_no"
    assert reason is None or refused.value.reason == reason


def test_type_and_reason_are_asked(session: Session) -> None:
    person = resident(session)
    for fields, field in (({"id_type": "library"}, "id_type"), ({"reason": "错"}, "reason")):
        with pytest.raises(BadInput) as refused:
            put_right(session, person, fresh_number(), **fields)
        assert refused.value.field == field


def test_another_s_number_is_refused_and_the_try_is_kept(session: Session) -> None:
    person, other = resident(session), resident(session)
    by, old = officer(session), number_of(person)
    done = put_right(session, person, number_of(other), by=by)
    assert isinstance(done.refusal, NumberTaken)
    assert done.person is None
    assert number_of(person) == old
    row = session.scalars(select(AuditEvent).filter_by(actor_account_id=by.account_id)).one()
    assert (row.action, row.on_behalf_of) == ("person.id_taken", person.id)


def test_a_merged_record_is_put_right_at_the_kept_one(session: Session) -> None:
    one, two = resident(session), resident(session)
    session.commit()
    persons.merged(session, one, two)
    with pytest.raises(MergeRefused):
        put_right(session, two, fresh_number())
    assert put_right(session, one, fresh_number()).person is not None


def test_one_elsewhere_is_not_found_and_nobody_puts_their_own_right(session: Session) -> None:
    with pytest.raises(NotFound):
        put_right(session, resident(session, residence_region="150102"), fresh_number())
    with pytest.raises(NotFound):
        put_right(session, resident(session), fresh_number(), person_id=new_id())
    me = resident(session)
    with pytest.raises(Forbidden):
        put_right(session, me, fresh_number(), by=officer(session, person=me))


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.HELPER, Role.EMPLOYER])
def test_only_officers_put_numbers_right(session: Session, role: Role) -> None:
    with pytest.raises(Forbidden):
        put_right(session, resident(session), fresh_number(), by=make.make_actor(session, role))


def test_of_two_who_get_the_same_number_at_once_one_has_it(
    engine: Engine, session: Session
) -> None:
    people = [resident(session) for _ in range(4)]
    by, number = officer(session), fresh_number()
    session.commit()

    def act(person_id: UUID) -> Correction:
        return in_transaction(
            lambda s: id_corrections.correct(
                s,
                by,
                person_id=person_id,
                id_type="resident_id",
                number=number,
                reason=WHY,
                now=NOW,
            )
        )

    answers = together([partial(act, one.id) for one in people])
    done = [one for one in answers if isinstance(one, Correction)]
    assert len(done) == len(people)
    assert sum(one.refusal is None for one in done) == 1
    assert sum(isinstance(one.refusal, NumberTaken) for one in done) == 3
