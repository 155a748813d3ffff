"""How a class checks in: who may change what, within which bounds, and what it leaves behind."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, ClassCheckIn, Institution, TrainingClass
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import calls, checkin_settings
from portal.services.checkin_settings import DEFAULT, SettingsView, settings_of
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.policy import publish_attendance


@pytest.fixture
def school(session: Session) -> Institution:
    return make.make_institution(session)


@pytest.fixture
def made(session: Session, school: Institution) -> TrainingClass:
    return make.make_class(session, institution=school)


@pytest.fixture
def manager(session: Session, school: Institution) -> Actor:
    return make.make_actor(session, Role.MANAGER, institution=school)


def change(session: Session, who: Actor, made: TrainingClass, **fields: Any) -> SettingsView:
    values: dict[str, Any] = {"relay_trap": True, "new_code_per_scan": False, "windows": {}}
    return checkin_settings.change(session, who, class_id=made.id, now=NOW, **values | fields)


def place(session: Session, who: Actor, made: TrainingClass, **fields: Any) -> SettingsView:
    values: dict[str, Any] = {"asks": True, "lat": 42.951234, "lon": 89.189876}
    return checkin_settings.set_place(session, who, class_id=made.id, now=NOW, **values | fields)


def test_a_class_without_settings_has_the_defaults(session: Session, made: TrainingClass) -> None:
    assert settings_of(session, made.id) == DEFAULT
    assert (DEFAULT.relay_trap, DEFAULT.new_code_per_scan, DEFAULT.venue) == (False, False, None)


def test_a_manager_changes_how_a_class_checks_in(
    session: Session, made: TrainingClass, manager: Actor
) -> None:
    change(session, manager, made, new_code_per_scan=True, windows={"opens_before_min": 20})
    found = settings_of(session, made.id)
    assert (found.relay_trap, found.new_code_per_scan) == (True, True)
    assert dict(found.windows) == {"opens_before_min": 20}
    [trace] = session.scalars(select(AuditEvent).filter_by(action="checkin_settings.change"))
    assert (trace.object_id, trace.actor_account_id) == (str(made.id), manager.account_id)
    assert trace.detail is not None
    assert trace.detail["before"]["relay_trap"] is False
    assert trace.detail["after"]["windows"] == {"opens_before_min": 20}


def test_no_colour_question_any_more_needs_a_reason(
    session: Session, made: TrainingClass, manager: Actor
) -> None:
    # There was none before: nothing to be explained.
    change(session, manager, made, relay_trap=False)
    change(session, manager, made)
    with pytest.raises(BadInput) as refused:
        change(session, manager, made, relay_trap=False, reason=" 坏了 ")
    assert refused.value.field == "reason"
    assert settings_of(session, made.id).relay_trap
    change(session, manager, made, relay_trap=False, reason="投影仪送修，本周没有屏幕")
    assert not settings_of(session, made.id).relay_trap
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert last is not None
    assert last.reason == "投影仪送修，本周没有屏幕"


@pytest.mark.parametrize(
    ("windows", "field"),
    [
        ({"opens_before_min": 31}, "opens_before_min"),
        ({"opens_before_min": 9}, "opens_before_min"),
        ({"closes_after_min": 10, "late_after_min": 11}, "late_after_min"),
        ({"closes_after_min": 10}, "late_after_min"),
        ({"out_closes_after_end_min": "60"}, "out_closes_after_end_min"),
        ({"out_closes_after_end_min": True}, "out_closes_after_end_min"),
    ],
    ids=["looser", "too tight", "late after closing", "the region's late", "text", "truth"],
)
def test_windows_stay_within_the_regions(
    session: Session,
    made: TrainingClass,
    manager: Actor,
    windows: dict[str, Any],
    field: str,
) -> None:
    with pytest.raises(BadInput) as refused:
        change(session, manager, made, windows=windows)
    assert refused.value.field == field


def test_a_stricter_region_leaves_less_to_choose(
    session: Session, made: TrainingClass, manager: Actor
) -> None:
    publish_attendance(session, opens_before_min=20, closes_after_min=20)
    view = change(session, manager, made)
    by_name = {one.name: one for one in view.windows}
    opens = by_name["opens_before_min"]
    assert (opens.minutes, opens.least, opens.most, opens.own) == (20, 10, 20, False)
    with pytest.raises(BadInput):
        change(session, manager, made, windows={"opens_before_min": 25})


def test_sessions_that_take_scans_already_keep_their_windows(
    session: Session, school: Institution, manager: Actor
) -> None:
    made = make.make_class(session, institution=school, first_start=NOW + timedelta(minutes=30))
    view = change(session, manager, made, windows={"opens_before_min": 10, "closes_after_min": 20})
    now_open, tomorrow = make.sessions_of(session, made)
    assert now_open.sign_in_from == now_open.starts_at - timedelta(minutes=30)
    assert tomorrow.sign_in_from == tomorrow.starts_at - timedelta(minutes=10)
    assert tomorrow.sign_in_until == tomorrow.starts_at + timedelta(minutes=20)
    assert view.ahead == 1


def test_back_to_the_regions_windows(session: Session, made: TrainingClass, manager: Actor) -> None:
    change(session, manager, made, windows={"opens_before_min": 10})
    change(session, manager, made, windows={"opens_before_min": 30})
    assert dict(settings_of(session, made.id).windows) == {}
    first = make.sessions_of(session, made)[0]
    assert first.sign_in_from == first.starts_at - timedelta(minutes=30)


def test_whoever_teaches_says_where_the_room_is_and_nothing_else(
    session: Session, school: Institution, made: TrainingClass
) -> None:
    teacher = make.make_actor(session, Role.INSTRUCTOR, institution=school)
    view = place(session, teacher, made)
    # About a metre.
    assert view.settings.venue == (42.95123, 89.18988)
    assert view.settings.asks_place
    assert not view.may_change
    with pytest.raises(Forbidden):
        change(session, teacher, made)
    assert session.scalars(select(AuditEvent.action)).all() == ["checkin_settings.place"]


MOVED: dict[str, Any] = {"lat": 43.0}
GONE: dict[str, Any] = {"asks": False, "lat": None, "lon": None}
SILENT: dict[str, Any] = {"asks": False}


@pytest.mark.parametrize("fields", [MOVED, GONE, SILENT], ids=["moved", "gone", "silent"])
@pytest.mark.parametrize(
    ("minutes", "refused"),
    [(-31, False), (-30, True), (29, True), (30, False), (169, False), (170, True), (240, True),
     (241, False)],
)  # fmt: skip
def test_the_place_stays_while_a_session_takes_scans(
    session: Session, school: Institution, manager: Actor,
    fields: dict[str, Any], minutes: int, refused: bool,
) -> None:  # fmt: skip
    start = NOW - timedelta(minutes=minutes)
    made = make.make_class(session, institution=school, first_start=start)
    place(session, manager, made)
    if not refused:
        place(session, manager, made, **fields)
        return
    before = settings_of(session, made.id)
    with pytest.raises(NotReady) as why:
        place(session, manager, made, **fields)
    assert why.value.params["reason"] == "checkin_settings.place_in_use"
    assert settings_of(session, made.id) == before


def test_the_place_stays_while_the_roll_is_called(
    session: Session, school: Institution, manager: Actor
) -> None:
    made = make.make_class(session, institution=school, first_start=NOW - timedelta(minutes=90))
    place(session, manager, made)
    meeting = make.sessions_of(session, made)[0]
    calls.start(session, manager, session_id=meeting.id, now=NOW)
    with pytest.raises(NotReady):
        place(session, manager, made, **MOVED)


def test_a_place_that_nobody_told_yet_may_be_told_at_any_time(
    session: Session, school: Institution, manager: Actor
) -> None:
    made = make.make_class(session, institution=school, first_start=NOW)
    place(session, manager, made, asks=False)
    # Again the same, and phones are asked from now on.
    assert place(session, manager, made).settings.asks_place


@pytest.mark.parametrize(
    "fields",
    [
        {"lat": None, "lon": None},
        {"lat": 89.19, "lon": 42.95},
        {"lat": 42.95, "lon": None},
        {"lat": float("nan")},
        {"lat": "42.95"},
    ],
    ids=["nowhere", "swapped", "half", "no number", "text"],
)
def test_a_place_that_cannot_be_is_refused(
    session: Session, made: TrainingClass, manager: Actor, fields: dict[str, Any]
) -> None:
    with pytest.raises(BadInput):
        place(session, manager, made, **fields)


def test_a_place_can_be_forgotten(session: Session, made: TrainingClass, manager: Actor) -> None:
    place(session, manager, made)
    view = place(session, manager, made, asks=False, lat=None, lon=None)
    assert (view.settings.asks_place, view.settings.venue) == (False, None)


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_a_class_that_is_over_keeps_its_settings(
    session: Session, school: Institution, manager: Actor, status: str
) -> None:
    made = make.make_class(session, institution=school, status=status)
    for act in (change, place):
        with pytest.raises(NotReady):
            act(session, manager, made)
    assert checkin_settings.show(session, manager, class_id=made.id, now=NOW).is_over


def test_another_institution_finds_no_such_class(session: Session, made: TrainingClass) -> None:
    other = make.make_actor(session, Role.MANAGER, institution=make.make_institution(session))
    with pytest.raises(NotFound):
        checkin_settings.show(session, other, class_id=made.id, now=NOW)
    for act in (change, place):
        with pytest.raises(NotFound):
            act(session, other, made)
    assert session.get(ClassCheckIn, made.id) is None


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.OFFICER, Role.AUDITOR, Role.HELPER])
def test_others_neither_see_nor_change_the_settings(
    session: Session, made: TrainingClass, role: Role
) -> None:
    who = make.make_actor(session, role)
    with pytest.raises(Forbidden):
        checkin_settings.show(session, who, class_id=made.id, now=NOW)
    for act in (change, place):
        with pytest.raises(Forbidden):
            act(session, who, made)
        with pytest.raises(Unauthenticated):
            act(session, ANONYMOUS, made)


def test_a_class_online_has_no_screen(
    session: Session, made: TrainingClass, manager: Actor
) -> None:
    assert checkin_settings.show(session, manager, class_id=made.id, now=NOW).has_screen
    for meeting in make.sessions_of(session, made):
        meeting.kind = "online"
    session.flush()
    assert not checkin_settings.show(session, manager, class_id=made.id, now=NOW).has_screen
