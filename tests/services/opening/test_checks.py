"""Every check of an application: what passes, what warns, what refuses, and in which step."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    CatalogueEntry,
    ClassOpening,
    RosterRow,
    RosterUpload,
    TrainingPlan,
)
from portal.domain.permissions import Role
from portal.services.opening import drafting, sending
from portal.services.opening.content import Content, read, stored
from portal.services.opening.views import own_opening, programmes
from portal.services.times import ZONE
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.openings import (
    EXAM,
    PEOPLE,
    WHERE,
    School,
    checked,
    filled,
    in_force,
    put,
    school,
    sent,
)
from tests.support.policy import publish_packs


def outcome(session: Session, key: UUID, name: str) -> tuple[str, str]:
    found = checked(session, key)[name]
    return found.outcome, found.step


def change_first(session: Session, at: School, key: UUID, **change: Any) -> None:
    """Change the first session by hand."""
    one = read(session.get_one(ClassOpening, key).content).when.meetings[0]
    values = {
        "day": one.starts_at.astimezone(ZONE).date(),
        "starts": one.starts_at.astimezone(ZONE).time(),
        "ends": one.ends_at.astimezone(ZONE).time(),
    }
    fields = {"hours": one.hours, "kind": one.kind, "room": one.room, "topic": one.topic}
    fields["instructor_id"] = one.instructor_id
    times = {name: change.pop(name, value) for name, value in values.items()}
    drafting.save_meeting(
        session,
        at.manager,
        opening_id=key,
        key=one.key,
        fields=fields | change,
        now=NOW,
        **times,
    )


def test_a_whole_application_passes_every_check(session: Session) -> None:
    found = checked(session, filled(session, school(session)))
    assert {name: one.outcome for name, one in found.items() if one.outcome != "pass"} == {}
    assert "人社部发〔2024〕5号" in found["programme"].clause
    assert all(one.sentence for one in found.values())


def test_an_empty_application_says_what_is_missing_step_by_step(session: Session) -> None:
    key = drafting.start(session, school(session).manager, now=NOW)
    failed = {one.step for one in checked(session, key).values() if one.outcome == "fail"}
    assert failed == {"what", "when", "where", "exam", "people"}


# The institution's listing (A5, C4 no. 15)


@pytest.mark.parametrize("status", ["suspended", "removed"])
def test_an_institution_off_the_list_cannot_apply(session: Session, status: str) -> None:
    at = school(session)
    key = filled(session, at)
    at.listing.status = status
    session.flush()
    assert outcome(session, key, "listing") == ("fail", "what")


def test_an_institution_under_warning_may_apply_and_the_officer_sees_it(session: Session) -> None:
    at = school(session)
    at.listing.status = "warning"
    assert outcome(session, filled(session, at), "listing") == ("warn", "what")


def test_a_listing_that_has_lapsed_or_never_was_refuses(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    at.listing.effective_to = date(2026, 11, 30)
    session.flush()
    assert "有效期已过" in checked(session, key)["listing"].sentence
    at.listing.effective_from = date(2027, 1, 1)
    at.listing.effective_to = None
    session.flush()
    assert outcome(session, key, "listing") == ("fail", "what")


@pytest.mark.parametrize(
    ("until", "said"),
    [(date(2026, 12, 10), "fail"), (date(2026, 12, 16), "warn"), (date(2026, 12, 18), "pass")],
)
def test_the_listing_should_last_as_long_as_the_class(
    session: Session, until: date, said: str
) -> None:
    at = school(session)
    at.listing.effective_to = until
    session.flush()
    assert outcome(session, filled(session, at), "validity") == (said, "when")


# Programme and certificate


def test_a_programme_of_a_version_that_is_not_in_force_is_refused(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    old = make.make_catalog(session, "programme", region_code="650400")
    at.programme.catalog_version_id = old.id
    session.flush()
    assert outcome(session, key, "programme") == ("fail", "what")


@pytest.mark.parametrize(
    "fields",
    [{"effective_from": date(2027, 1, 1)}, {"effective_to": date(2026, 11, 30)}],
)
def test_a_version_counts_only_on_its_days(session: Session, fields: dict[str, Any]) -> None:
    at = school(session)
    key = filled(session, at)
    version = in_force(session)
    for name, value in fields.items():
        setattr(version, name, value)
    session.flush()
    assert outcome(session, key, "programme") == ("fail", "what")


def test_another_regions_programme_is_refused(session: Session) -> None:
    at = school(session, catalog_version_id=in_force(session, "430000").id)
    found = checked(session, filled(session, at))["programme"]
    assert found.outcome == "fail"
    assert "湖南" in found.sentence


@pytest.mark.parametrize(
    ("filing", "may"), [("filed", False), ("rejected", False), ("accepted", True)]
)
def test_a_trade_of_a_supplement_is_selectable_once_it_is_accepted(
    session: Session, filing: str, may: bool
) -> None:
    at = school(session, filing=filing)
    key = filled(session, at)
    offered = {one.id for one in programmes(session, at.manager, opening_id=key, now=NOW)}
    assert (at.programme.id in offered) is may
    assert (outcome(session, filled(session, at), "programme")[0] == "pass") is may


def test_a_programme_outside_the_words_of_the_scope_is_for_the_officer(session: Session) -> None:
    at = school(session)
    at.institution.scope = ["美容"]
    session.flush()
    assert outcome(session, filled(session, at), "scope") == ("warn", "what")


@pytest.mark.parametrize(
    ("kind", "exam", "said"),
    [
        ("TRAINING", {"certificate_kind": ""}, "fail"),
        ("TRAINING", {"certificate_kind": "LEVEL"}, "fail"),
        ("LEVEL", {"certificate_kind": "LEVEL"}, "fail"),
        ("LEVEL", {"certificate_kind": "LEVEL", "body": "示例评价中心"}, "warn"),
        ("TRAINING", {}, "pass"),
    ],
)
def test_the_certificate_is_the_catalogues_and_a_body_assesses_where_one_must(
    session: Session, kind: str, exam: dict[str, str], said: str
) -> None:
    at = school(session, certificate_kind=kind)
    assert outcome(session, filled(session, at, exam=exam), "certificate") == (said, "exam")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "pass"),
        ({"name": "另一家评价中心"}, "fail"),
        ({"levels": [3]}, "fail"),
        ({"occupation": "4-03-02-01"}, "fail"),
        ({"valid_until": "2026-12-20"}, "fail"),
        ({"valid_until": "2026-12-21"}, "pass"),
    ],
)
def test_where_there_is_a_catalogue_of_bodies_the_body_stands_in_it(
    session: Session, entry: dict[str, Any], said: str
) -> None:
    at = school(session, certificate_kind="LEVEL")
    made = make.make_catalog(session, "assessment_body", status="published", region_code="650400")
    columns = {"name": "示例评价中心", "levels": [2], "valid_until": None} | entry
    session.add(
        CatalogueEntry(
            version_id=made.id,
            position=1,
            code="1",
            title="示例评价中心",
            subject_code=columns.pop("occupation", "6-31-01-03"),
            region_code="650400",
            columns=columns,
            search_terms=[],
        )
    )
    session.flush()
    exam = {"certificate_kind": "LEVEL", "body": "示例评价中心"}
    key = filled(session, at, exam=exam)
    assert outcome(session, key, "certificate") == (said, "exam")
    offered = own_opening(session, at.manager, opening_id=key, now=NOW).bodies
    assert ("示例评价中心" in offered) is (said == "pass")


# Hours (R20 to R22, C4 nos. 10 and 11)


@pytest.mark.parametrize(
    ("plan_no", "hours", "may"),
    [("10", 79, False), ("10", 80, True), ("2", 159, False), ("2", 160, True)],
)
def test_the_least_hours_of_turpans_plans_are_kept(
    session: Session, plan_no: str, hours: int, may: bool
) -> None:
    publish_packs(session, commit=False)
    plan = session.query(TrainingPlan).filter_by(pack_id="turpan-2019", plan_no=plan_no).one()
    at = school(
        session,
        plan_id=plan.id,
        training_type=plan.training_type,
        planned_hours=hours,
        theory_hours=30,
        practice_hours=hours - 30,
    )
    session.get_one(TrainingPlan, plan.id).min_hours = 80 if plan_no == "10" else 160
    session.flush()
    found = checked(session, filled(session, at, exam={"on": date(2027, 2, 1)}))
    assert (found["min_hours"].outcome == "pass") is may
    assert (found["rules"].outcome == "pass") is may
    assert found["min_hours"].step == "when"


def test_the_plan_has_the_hours_of_the_programme(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    change_first(session, at, key, hours=4)
    found = checked(session, key)["hours"]
    assert (found.outcome, found.step) == ("fail", "when")
    assert "39" in found.sentence
    assert "40" in found.sentence


def test_practice_may_not_be_taught_as_theory(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    meetings = read(session.get_one(ClassOpening, key).content).when.meetings
    practice = next(one for one in meetings if one.kind == "practice")
    drafting.save_meeting(
        session,
        at.manager,
        opening_id=key,
        key=practice.key,
        day=practice.starts_at.astimezone(ZONE).date(),
        starts=practice.starts_at.astimezone(ZONE).time(),
        ends=practice.ends_at.astimezone(ZONE).time(),
        fields={"hours": practice.hours, "kind": "theory"},
        now=NOW,
    )
    assert outcome(session, key, "split") == ("fail", "when")


def test_an_examination_within_the_hours_is_for_the_officer(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    change_first(session, at, key, kind="exam")
    assert outcome(session, key, "split") == ("warn", "when")


def test_more_than_eight_hours_a_day_are_refused(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    # The first morning moves to the evening of the second day, which has eight already.
    change_first(session, at, key, day=date(2026, 12, 15), starts=time(20), ends=time(23, 45))
    assert outcome(session, key, "daily") == ("fail", "when")


def test_a_session_is_as_long_as_its_hours_take(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    change_first(session, at, key, ends=time(10))
    assert outcome(session, key, "sessions") == ("fail", "when")


def test_sessions_may_not_overlap(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    change_first(session, at, key, starts=time(16), ends=time(19, 45))
    assert outcome(session, key, "overlap") == ("fail", "when")


def test_a_long_session_is_found_to_overlap_a_later_one(session: Session) -> None:
    at = school(session)
    key = filled(session, at, when={"spans": ({"starts": "10:00", "ends": "10:45"},)})
    opening = session.get_one(ClassOpening, key)
    when = read(opening.content).when
    first, second, third, *rest = when.meetings
    # The first lasts until the third begins, the second lies between the two.
    moved = first.model_copy(update={"ends_at": third.starts_at + timedelta(minutes=5)})
    part = when.model_copy(update={"meetings": (moved, second, third, *rest)})
    opening.content = stored(read(opening.content).with_part("when", part))
    session.flush()
    assert outcome(session, key, "overlap") == ("fail", "when")


@pytest.mark.parametrize(
    ("day", "said"), [(date(2026, 11, 23), "fail"), (FAR := date(2031, 1, 6), "fail")]
)
def test_the_class_is_ahead_and_not_in_a_far_year(session: Session, day: date, said: str) -> None:
    key = filled(session, school(session), when={"first_day": day})
    assert outcome(session, key, "ahead") == (said, "when")


def test_lessons_on_a_public_holiday_are_for_the_officer(session: Session) -> None:
    days = {"first_day": date(2026, 12, 31), "on_holidays": True}
    found = checked(session, filled(session, school(session), when=days))["holidays"]
    assert found.outcome == "warn"
    assert "1月1日" in found.sentence


def test_a_year_without_an_arrangement_is_said(session: Session) -> None:
    days = {"first_day": date(2027, 3, 1)}
    found = checked(session, filled(session, school(session), when=days))["holidays"]
    assert found.outcome == "warn"
    assert "2027" in found.sentence


# Who and where


def test_every_session_needs_a_teacher_of_the_institution(session: Session) -> None:
    at, other = school(session), school(session)
    key = filled(session, at)
    for wrong in (None, other.teacher):
        drafting.save_who(session, at.manager, opening_id=key, instructor_id=wrong, now=NOW)
        assert outcome(session, key, "teachers") == ("fail", "who")


def test_a_teacher_who_left_is_noticed(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    account = make.make_account(session, Role.INSTRUCTOR, institution=at.institution)
    drafting.save_who(session, at.manager, opening_id=key, instructor_id=account.id, now=NOW)
    assert outcome(session, key, "teachers")[0] == "pass"
    account.status = "closed"
    session.flush()
    assert outcome(session, key, "teachers") == ("fail", "who")


def test_a_teacher_of_another_class_at_that_time_is_taken(session: Session) -> None:
    at = school(session)
    busy = make.make_class(
        session,
        institution=at.institution,
        first_start=datetime(2026, 12, 15, 10, tzinfo=ZONE),
        sessions=1,
        site="别处",
    )
    (meeting,) = make.sessions_of(session, busy)
    meeting.instructor_id = at.teacher
    key = filled(session, at)
    session.flush()
    found = checked(session, key)["teachers"]
    assert (found.outcome, found.step) == ("fail", "who")
    assert "12月15日" in found.sentence
    busy.status = "cancelled"
    session.flush()
    assert outcome(session, key, "teachers")[0] == "pass"


def test_a_room_of_ones_own_is_taken_and_another_institutions_is_for_the_officer(
    session: Session,
) -> None:
    at = school(session)
    when = datetime(2026, 12, 15, 10, tzinfo=ZONE)
    room = make.make_class(
        session, institution=at.institution, first_start=when, sessions=1, site="实训楼"
    )
    key = filled(session, at)
    assert outcome(session, key, "rooms") == ("fail", "where")
    room.institution_id = make.make_institution(session).id
    session.flush()
    assert outcome(session, key, "rooms") == ("warn", "where")
    room.address = "别处"
    session.flush()
    assert outcome(session, key, "rooms")[0] == "pass"


def test_another_application_that_waits_is_for_the_officer(session: Session) -> None:
    at = school(session)
    sent(session, at)
    key = filled(session, at)
    assert outcome(session, key, "teachers") == ("warn", "who")
    assert outcome(session, key, "rooms") == ("warn", "where")


def test_a_draft_and_a_withdrawn_application_hold_nothing(session: Session) -> None:
    at = school(session)
    filled(session, at)
    sending.withdraw(session, at.manager, opening_id=sent(session, at), now=NOW)
    key = filled(session, at)
    assert outcome(session, key, "teachers")[0] == outcome(session, key, "rooms")[0] == "pass"


@pytest.mark.parametrize(
    ("change", "name", "said"),
    [
        ({"room": ""}, "rooms", "fail"),
        ({"site": ""}, "site", "fail"),
        ({"address": ""}, "site", "fail"),
        ({"capacity": None}, "capacity", "fail"),
        ({"capacity": 0}, "capacity", "fail"),
        ({"capacity": 501}, "capacity", "fail"),
        ({"capacity": 51}, "capacity", "warn"),
        ({"capacity": 50}, "capacity", "pass"),
        ({"resources": ()}, "resources", "fail"),
        ({"resource_note": ""}, "resources", "fail"),
        ({"safety_note": ""}, "safety", "fail"),
    ],
)
def test_the_place_is_whole(session: Session, change: dict[str, Any], name: str, said: str) -> None:
    assert outcome(session, filled(session, school(session), where=change), name) == (said, "where")


def test_lessons_online_need_digital_courses_and_no_room(session: Session) -> None:
    at = school(session, theory_hours=40, practice_hours=0)
    key = filled(session, at, where={"room": ""})
    opening = session.get_one(ClassOpening, key)
    content = read(opening.content)
    online = tuple(one.model_copy(update={"kind": "online"}) for one in content.when.meetings)
    when = content.when.model_copy(update={"meetings": online})
    opening.content = stored(content.with_part("when", when))
    session.flush()
    assert outcome(session, key, "rooms")[0] == "pass"
    assert outcome(session, key, "resources") == ("fail", "where")
    put(session, at, key, "where", **WHERE | {"resources": ("digital",), "safety_note": ""})
    assert outcome(session, key, "resources")[0] == "pass"
    assert outcome(session, key, "safety") == ("warn", "where")


# Examination and people


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"on": None}, "fail"),
        ({"form": ""}, "fail"),
        ({"place": ""}, "fail"),
        ({"on": date(2026, 12, 17)}, "fail"),
        ({"on": date(2026, 12, 18)}, "pass"),
    ],
)
def test_there_is_an_examination_once_everything_was_taught(
    session: Session, change: dict[str, Any], said: str
) -> None:
    key = filled(session, school(session), exam=change)
    assert outcome(session, key, "exam") == (said, "exam")
    assert EXAM["form"] == "both"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mode": ""}, "fail"),
        ({"enrol_from": None}, "fail"),
        ({"enrol_until": date(2026, 12, 1), "enrol_from": date(2026, 12, 2)}, "fail"),
        ({"enrol_until": date(2026, 11, 30), "enrol_from": date(2026, 11, 1)}, "fail"),
        ({"enrol_until": date(2026, 12, 15)}, "fail"),
        ({"enrol_until": date(2026, 12, 14)}, "pass"),
    ],
)
def test_one_enrols_before_the_class_begins(
    session: Session, change: dict[str, Any], said: str
) -> None:
    key = filled(session, school(session), people=change)
    assert outcome(session, key, "people") == (said, "people")
    assert PEOPLE["mode"] == "open"


def roster(
    session: Session, at: School, *, people: int = 3, bad: int = 0, **fields: Any
) -> RosterUpload:
    """A sheet that names no class, as reading left it."""
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": at.manager.the_account(),
        "institution_id": at.institution.id,
        "state": "checked",
        "content_kind": "xlsx",
        "created_at": NOW,
    }
    made = RosterUpload(**values | fields)
    session.add(made)
    session.flush()
    lacks = {"key": "roster.fault.no_class", "params": {}, "column": ""}
    other = {"key": "roster.fault.repeated", "params": {"first": 2}, "column": ""}
    for number in range(people + bad):
        reasons = [lacks] if number < people else [lacks, other]
        session.add(
            RosterRow(
                id=new_id(),
                upload_id=made.id,
                row_no=number + 2,
                name=f"学员{number}",
                id_type="resident_id",
                outcome="bad",
                reasons=reasons,
                chosen=False,
                commit_state="none",
            )
        )
    session.flush()
    return made


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ({}, "pass"),
        ({"bad": 1}, "warn"),
        ({"state": "waiting", "people": 0}, "fail"),
        ({"state": "failed", "people": 0}, "fail"),
        ({"people": 0}, "fail"),
        ({"people": 31}, "fail"),
    ],
)
def test_a_roster_holds_people_that_have_seats(
    session: Session, sheet: dict[str, Any], said: str
) -> None:
    at = school(session)
    made = roster(session, at, **sheet)
    key = filled(session, at, people={"mode": "roster", "roster_id": made.id})
    assert outcome(session, key, "roster") == (said, "people")


def test_a_roster_of_another_institution_is_none(session: Session) -> None:
    at = school(session)
    made = roster(session, school(session))
    key = filled(session, at, people={"mode": "roster", "roster_id": made.id})
    assert outcome(session, key, "roster") == ("fail", "people")
    key = filled(session, at, people={"mode": "roster"})
    assert outcome(session, key, "roster") == ("fail", "people")


def test_what_is_stored_reads_back_the_same(session: Session) -> None:
    content = read(session.get_one(ClassOpening, filled(session, school(session))).content)
    assert read(stored(content)) == content != Content()
