"""Totals, merged records, and the whole chain for those who audit."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive
from portal.services.archive_reading import full_chain
from portal.services.archive_totals import Training, totals_of
from tests.support.archives import add, reach_in
from tests.support.factories import (
    NOW,
    enrol,
    make_actor,
    make_class,
    make_institution,
    make_person,
    person_of,
)

WHY = "审计抽查培训补贴"


@pytest.fixture
def trainee(session: Session) -> Actor:
    actor = make_actor(session)
    person_of(session, actor).residence_region = "650402"
    return actor


def test_lines_say_their_type_and_occupation_or_their_class_does(
    session: Session, trainee: Actor, now: datetime
) -> None:
    old = enrol(session, person_of(session, trainee), make_class(session, first_start=now))
    old.status = "completed"
    session.flush()
    add(session, trainee.the_person(), now, ref_id=old.id, hours=30)
    told = {"training_type": "STARTUP", "occupation_code": None, "ends_on": "2025-02-01"}
    add(session, trainee.the_person(), now, hours=10, detail=told)
    totals = archive.my_archive(session, trainee, now=now).totals
    assert (totals.person_times, totals.people, totals.hours) == (2, 1, 40)
    assert {(one.label, one.hours) for one in totals.by_type} == {
        ("就业技能培训", 30), ("创业培训", 10),
    }  # fmt: skip
    assert [(one.label, one.hours) for one in totals.by_year] == [("2026年", 30), ("2025年", 10)]
    assert {one.label for one in totals.by_occupation} == {"电工", "其他"}


def test_a_class_that_runs_counts_with_its_type(session: Session, trainee: Actor) -> None:
    enrol(session, person_of(session, trainee), make_class(session, first_start=NOW))
    [figure] = archive.my_archive(session, trainee, now=NOW).totals.by_type
    assert (figure.key, figure.person_times) == ("JOB_SKILL", 1)


_IDS = [new_id() for _ in range(4)]


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Training,
            st.sampled_from(_IDS),
            st.sampled_from(["JOB_SKILL", "STARTUP", ""]),
            st.sampled_from(["6-31-01-03", ""]),
            st.dates(date(2020, 1, 1), date(2026, 12, 31)),
            st.integers(0, 300),
        )
    )
)
def test_people_are_counted_once_and_person_times_each_time(trainings: list[Training]) -> None:
    totals = totals_of(trainings)
    assert totals.person_times == len(trainings)
    assert totals.people == len({one.person_id for one in trainings})
    for figures in (totals.by_type, totals.by_year, totals.by_occupation):
        assert sum(one.person_times for one in figures) == totals.person_times
        assert sum(one.hours for one in figures) == totals.hours
        # Somebody may be in two groups: people do not add up, and are never more than times.
        assert all(one.people <= one.person_times for one in figures)
        assert max((one.people for one in figures), default=0) <= totals.people


def merge(session: Session, trainee: Actor) -> Any:
    other = make_person(session)
    other.merged_into = trainee.the_person()
    session.flush()
    return other


def test_a_merged_archive_shows_both_chains_each_verified_by_itself(
    session: Session, trainee: Actor, now: datetime
) -> None:
    other = merge(session, trainee)
    mine = add(session, trainee.the_person(), now, detail={"training_type": "JOB_SKILL"})
    theirs = [add(session, other.id, now) for _ in range(2)]
    view = archive.my_archive(session, trainee, now=now)
    assert (len(view.lines), view.trainings, view.totals.people, view.intact) == (3, 3, 1, True)
    assert view.heads == (mine.hash, theirs[1].hash)
    chain = archive.archive_json(session, trainee, now=now)["chain"]
    assert [line["seq"] for line in chain] == [1, 1, 2]
    reach_in(session, "UPDATE archive_entry SET hours = 1 WHERE id = :id", id=theirs[0].id)
    assert not archive.my_archive(session, trainee, now=now).intact
    auditor = make_actor(session, Role.AUDITOR)
    found = full_chain(session, auditor, person_id=trainee.the_person(), reason=WHY, now=now)
    assert [(one.person_id, one.broken_at) for one in found.chains] == [
        (trainee.person_id, None), (other.id, 1),
    ]  # fmt: skip


def test_auditors_see_what_was_superseded(session: Session, trainee: Actor, now: datetime) -> None:
    old = add(session, trainee.the_person(), now, hours=36)
    add(
        session, trainee.the_person(), now,
        kind="correction", ref_id=old.id, hours=40, supersedes=old.id,
    )  # fmt: skip
    for role in (Role.AUDITOR, Role.OFFICER):
        reader = make_actor(session, role)
        found = full_chain(session, reader, person_id=trainee.the_person(), reason=WHY, now=now)
        assert found.holder_masked == "王*强"
        first, second = found.chains[0].lines
        assert (first.hours, first.superseded_by, first.kind_label) == (36, 2, "培训")
        assert (second.hours, second.supersedes, second.kind_label) == (40, 1, "更正")
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.actor_account_id == reader.account_id)
        ).one()
        assert (event.action, event.on_behalf_of, event.reason) == (
            "archive.read", trainee.person_id, WHY,
        )  # fmt: skip
        assert event.fields_read is not None
        assert "title" in event.fields_read


def test_nobody_reads_a_chain_without_office_or_reason(
    session: Session, trainee: Actor, now: datetime
) -> None:
    asked: dict[str, Any] = {"person_id": trainee.the_person(), "reason": WHY, "now": now}
    with pytest.raises(Unauthenticated):
        full_chain(session, ANONYMOUS, **asked)
    manager = make_actor(session, Role.MANAGER, institution=make_institution(session))
    for actor in (trainee, manager, make_actor(session, Role.EMPLOYER)):
        with pytest.raises(Forbidden):
            full_chain(session, actor, **asked)
    auditor = make_actor(session, Role.AUDITOR)
    with pytest.raises(BadInput):
        full_chain(session, auditor, **asked | {"reason": " x "})
    with pytest.raises(NotFound):
        full_chain(session, auditor, **asked | {"person_id": new_id()})
    for role in (Role.OFFICER, Role.AUDITOR):
        elsewhere = make_actor(session, role, region_code="110000")
        with pytest.raises(NotFound):
            full_chain(session, elsewhere, **asked)
