"""The demo's statements, decisions and reviews, and the lists to try an import with."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import Enrolment, Person, PersonFact, PersonGroup
from portal.demo import cast, facts, officers
from portal.domain.permissions import Actor, Role
from portal.services import facts_checks, reviews
from portal.services.facts import declare_employment, my_facts
from portal.services.facts_import import import_group
from portal.services.facts_values import Job
from tests.support.demo import NOW, load


@pytest.fixture
def officer(session: Session) -> Actor:
    return officers.ensure(session, now=NOW)[0]


def own(session: Session, number: int) -> Actor:
    everybody = cast.ensure(session, now=NOW)
    return Actor(Role.TRAINEE, person_id=everybody.trainees[number - 1])


def test_an_officer_finds_statements_of_every_kind_to_verify(
    session: Session, officer: Actor
) -> None:
    found = facts_checks.open_checks(session, officer, size=100, now=NOW)
    assert {row.kind for row in found.items} >= {
        "group",
        "pension",
        "employment",
        "education",
        "origin",
    }
    assert "reported" in {row.status for row in found.items}


def test_an_officer_finds_reviews_one_of_them_overdue(session: Session, officer: Actor) -> None:
    found = reviews.queue(session, officer, now=NOW, size=100).items
    assert len(found) >= 3
    assert {row.late for row in found} == {True, False}


def test_the_trainees_of_the_contract_keep_what_they_are_for(
    session: Session, officer: Actor
) -> None:
    standing = {
        number: {group.code: group.status for group in my_facts(session, me, now=NOW).groups}
        for number in (1, 2, 3, 4)
        if (me := own(session, number))
    }
    assert standing[1] == {"MIGRANT": "declared", "MIGRANT_NEWGEN": "declared"}
    assert standing[2] == {"VETERAN": "declared"}
    assert standing[3] == {"AIDED_FAMILY": "verified"}
    pension = my_facts(session, own(session, 4), now=NOW).fact("pension")
    assert pension.value == {"draws": "employee"}
    under_review = select(func.count()).where(
        Enrolment.status == "needs_review",
        Enrolment.person_id.in_(cast.ensure(session, now=NOW).trainees),
    )
    assert session.scalar(under_review) == 0


def test_a_refusal_and_a_report_stand_on_their_peoples_pages(
    session: Session, officer: Actor
) -> None:
    [refused] = my_facts(session, own(session, 14), now=NOW).groups
    assert (refused.status, bool(refused.note)) == ("refused", True)
    [reported] = my_facts(session, own(session, 13), now=NOW).groups
    assert reported.status == "reported"


def test_loading_again_repeats_nothing_and_keeps_what_somebody_typed(engine: Engine) -> None:
    def counts() -> list[int]:
        with Session(engine) as session:
            return [
                session.scalar(select(func.count()).select_from(table)) or 0
                for table in (PersonGroup, PersonFact)
            ]

    in_transaction(
        lambda session: declare_employment(
            session, own(session, 6), job=Job(employer_name="新单位"), now=NOW
        )
    )
    before = counts()
    load()
    load(NOW + timedelta(days=1))
    assert counts() == before
    with Session(engine) as session:
        job = my_facts(session, own(session, 6), now=NOW).fact("employment")
        assert job.value == {"employer_name": "新单位"}


def test_the_good_list_can_be_imported_and_finds_people_of_the_demo(
    session: Session, officer: Actor
) -> None:
    _, content = next(facts.lists())
    known = session.scalar(select(func.count()).select_from(Person)) or 0
    report = import_group(
        session,
        officer,
        group_code="AIDED_FAMILY",
        file_name="a.csv",
        content=content,
        now=NOW,
    )
    assert (report.problems, report.left_out) == ((), ())
    assert report.rows == 40
    assert report.new_people == 28
    assert report.renewed + report.unchanged >= 1
    assert session.scalar(select(func.count()).select_from(Person)) == known + 28


def test_the_bad_list_shows_what_an_import_says(session: Session, officer: Actor) -> None:
    _, content = list(facts.lists())[1]
    report = import_group(
        session, officer, group_code="VETERAN", file_name="b.csv", content=content, now=NOW
    )
    assert [(one.row, one.column[0]) for one in report.problems] == [
        (4, "B"),
        (5, "B"),
        (6, "A"),
        (7, "C"),
        (8, "B"),
    ]
