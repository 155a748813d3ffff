"""Two records that are parted again: nothing lets the one speak for the other any longer."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, CarriedHours, Person
from portal.domain.errors import NotReady
from portal.services import archive_chain, carried_hours, correction_desk, own_data, shares
from portal.services import correction_requests as requests
from portal.services.person_merges import MergeView, undo
from tests.services.test_carried_hours import Case, rules  # noqa: F401 - a fixture
from tests.services.test_correction_requests import right
from tests.services.test_shares import choose, look
from tests.support import factories as make
from tests.support import persons
from tests.support.certificates import put_on_record
from tests.support.factories import NOW
from tests.support.persons import WHY, merged, officer, resident
from tests.support.rights import add_line

LATER = NOW + timedelta(days=3)


def part(session: Session, done: MergeView) -> None:
    by = officer(session)
    undo(session, by, merge_id=done.id, reason=WHY, now=LATER)
    trace = select(AuditEvent).where(AuditEvent.actor_account_id == by.account_id)
    assert {"shares", "requests", "hours"} == set(session.scalars(trace).all()[0].detail or {})


def test_a_link_made_meanwhile_shows_the_others_certificate_no_more(session: Session) -> None:
    one, two = resident(session), resident(session, name="李建国")
    made = put_on_record(session, persons.trainee(session, two), NOW)
    session.commit()
    me = persons.trainee(session, one)
    before = shares.make(session, me, choice=choose(), now=NOW - timedelta(hours=1))
    done = merged(session, one, two)
    link = shares.make(session, me, choice=choose(certificates=[made]), now=NOW)
    assert look(session, link, NOW).outcome == "shown"
    part(session, done)
    assert look(session, link, LATER).outcome == "revoked"
    assert look(session, before, LATER).outcome == "shown"


def test_a_request_made_meanwhile_does_not_change_the_others_archive(session: Session) -> None:
    one, two = resident(session), resident(session)
    session.commit()
    done = merged(session, one, two)
    theirs, own = (add_line(session, who.id, NOW, kind="award") for who in (two, one))
    me = persons.trainee(session, one)
    asked, kept = (
        requests.ask(session, me, entry_id=line.id, wish="少记了 8 课时", now=NOW)
        for line in (theirs, own)
    )
    part(session, done)
    decide: dict[str, Any] = {"values": right(), "answer": "查了签到表，确实少记了。", "now": LATER}
    with pytest.raises(NotReady):
        correction_desk.accept(session, officer(session), request_id=asked, **decide)
    correction_desk.accept(session, officer(session), request_id=kept, **decide)
    assert [line.kind for line in archive_chain.entries_of(session, two.id)] == ["award"]


def test_hours_that_the_other_brought_along_count_no_more(session: Session) -> None:
    case = Case(session, hours=20, planned=20)
    case.enrolment.status = "withdrawn"
    case.person.residence_region = "650402"
    one = resident(session)
    place = make.enrol(session, one, case.of)
    session.commit()
    done = merged(session, one, session.get_one(Person, case.person.id))
    [line] = [found for found in case.seen().lines if found.enrolment_id == place.id]
    carried_hours.accept(
        session,
        case.manager,
        enrolment_id=place.id,
        entry_id=line.entry_id,
        hours=line.most,
        now=NOW,
    )
    part(session, done)
    [row] = session.scalars(select(CarriedHours)).all()
    assert row.withdrawn_at == LATER


def test_the_own_data_tell_nothing_of_the_others_classes(session: Session) -> None:
    one, two = resident(session), resident(session, name="李建国")
    mine, theirs = make.make_class(session), make.make_class(session)
    mine.title, theirs.title = "甲的班", "乙的班"
    make.enrol(session, one, mine)
    make.enrol(session, two, theirs)
    session.commit()
    part(session, merged(session, one, two))
    told = own_data.my_data_json(session, persons.trainee(session, one), now=LATER)
    text = json.dumps(told, ensure_ascii=False)
    assert "甲的班" in text
    assert "乙的班" not in text
