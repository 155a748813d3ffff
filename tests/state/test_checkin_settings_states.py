"""The states of settings, of the instructor's own attendance and of overlaps, as a browser calls
them."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest
import reflex as rx
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Institution, TrainingClass
from portal.domain.permissions import Role
from portal.services.checkin_settings import settings_of
from portal.state.checkin_settings import CheckInSettingsState
from portal.state.overlaps import OverlapsState, OverlapWarningState
from portal.state.staff_attendance import StaffAttendanceState
from tests.support import factories as make
from tests.support.factories import NOW

S = TypeVar("S", bound=rx.State)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (
        CheckInSettingsState,
        OverlapsState,
        OverlapWarningState,
        StaffAttendanceState,
    ):
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session whose rows the handlers can see, once committed."""
    with Session(engine, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def school(saved: Session) -> Institution:
    return make.make_institution(saved)


@pytest.fixture
def made(saved: Session, school: Institution) -> TrainingClass:
    found = make.make_class(
        saved,
        institution=school,
        first_start=NOW + timedelta(minutes=10),
        status="running",
        # A house of its own: the classes of the other tests stay where they are.
        address=f"示范路{new_id().hex}号",
    )
    saved.commit()
    return found


def opened(state: type[S], path: str, token: str | None = None, **query: str) -> S:
    """A state as it stands behind a tab that shows ``path``."""
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    root._update_router_vars(
        {
            "headers": {"cookie": f"portal_login={token}" if token else ""},
            "pathname": path,
            "asPath": f"{path}?{asked}" if asked else path,
            "query": query,
        },
        {},
    )
    return root.get_substate(state.get_full_name().split("."))  # type: ignore[return-value]


def run(handler: Any, *args: object) -> None:
    asyncio.run(handler(*args))


def staff(saved: Session, role: Role, school: Institution) -> str:
    token = make.log_in(saved, make.make_account(saved, role, institution=school), now=NOW)
    saved.commit()
    return token


def test_a_manager_sets_how_a_class_checks_in(
    saved: Session, school: Institution, made: TrainingClass
) -> None:
    path = f"/teach/classes/{made.id}/checkin"
    page = opened(CheckInSettingsState, path, staff(saved, Role.MANAGER, school))
    run(page.load)
    assert (page.status, page.may_change, page.trap.checked) == ("ready", True, False)
    assert [row.minutes for row in page.windows] == ["30", "15", "30", "10", "60"]
    form = {"relay_trap": "1", "opens_before_min": "20", "late_after_min": ""}
    run(page.save, form)
    assert (page.done, page.trap.checked) == ("已保存。", True)
    saved.expire_all()
    found = settings_of(saved, made.id)
    assert (found.relay_trap, dict(found.windows)) == (True, {"opens_before_min": 20})
    # Off without a reason: refused where the button was pressed, and nothing is lost.
    run(page.save, {})
    assert "原因" in page.problem or "字" in page.problem
    assert (page.status, page.sent, page.done, page.trap.checked) == ("ready", "settings", "", True)


@pytest.mark.parametrize(
    "form",
    [
        {"opens_before_min": "1000"},
        {"opens_before_min": "zwanzig"},
        {"opens_before_min": ["20"], "closes_after_min": "-5"},
        None,
    ],
    ids=["too many", "a word", "a list", "no form"],
)
def test_nonsense_from_a_client_is_refused_or_ignored(
    saved: Session, school: Institution, made: TrainingClass, form: Any
) -> None:
    path = f"/teach/classes/{made.id}/checkin"
    page = opened(CheckInSettingsState, path, staff(saved, Role.MANAGER, school))
    run(page.load)
    run(page.save, form)
    assert page.status == "ready"
    saved.expire_all()
    assert dict(settings_of(saved, made.id).windows) == {}


def test_an_instructor_says_where_the_room_is(
    saved: Session, school: Institution, made: TrainingClass
) -> None:
    path = f"/teach/classes/{made.id}/checkin"
    page = opened(CheckInSettingsState, path, staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert (page.status, page.may_change) == ("ready", False)
    run(page.save_place, {"asks_place": "1", "lat": "89.19", "lon": "42.95"})
    assert "经纬" in page.problem or "纬度" in page.problem
    run(page.save_place, {"asks_place": "1", "lat": "42.95", "lon": "89.19"})
    assert (page.done_place, page.lat, page.lon) == ("教室位置已保存。", "42.95", "89.19")
    run(page.save, {"relay_trap": "1"})
    assert page.problem
    saved.expire_all()
    assert not settings_of(saved, made.id).relay_trap


@pytest.mark.parametrize("lat", ["nan", "inf", "1e400", "四十二", "'; --"])
def test_what_is_no_number_is_no_place(
    saved: Session, school: Institution, made: TrainingClass, lat: str
) -> None:
    path = f"/teach/classes/{made.id}/checkin"
    page = opened(CheckInSettingsState, path, staff(saved, Role.MANAGER, school))
    run(page.load)
    run(page.save_place, {"asks_place": "1", "lat": lat, "lon": "89.19"})
    assert page.problem
    saved.expire_all()
    assert settings_of(saved, made.id).venue is None


def test_another_institutions_class_is_not_shown(saved: Session, made: TrainingClass) -> None:
    other = make.make_institution(saved)
    path = f"/teach/classes/{made.id}/checkin"
    page = opened(CheckInSettingsState, path, staff(saved, Role.MANAGER, other))
    run(page.load)
    assert (page.status, page.course) == ("refused", "")
    nobody = opened(CheckInSettingsState, path)
    run(nobody.load)
    assert nobody.status == "sign_in"


def test_the_instructor_taps_on_the_sheet(
    saved: Session, school: Institution, made: TrainingClass
) -> None:
    meeting = make.sessions_of(saved, made)[0]
    page = opened(
        StaffAttendanceState,
        f"/teach/sessions/{meeting.id}",
        staff(saved, Role.INSTRUCTOR, school),
    )
    run(page.load)
    assert (page.rows, page.phase, page.button) == ([], "in", "我已到岗")
    run(page.tap, page.phase)
    [row] = page.rows
    assert (row.times, row.part, page.phase) == ("到岗 09:40", "代课", "")
    assert page.opens == "12:40 起可以登记离岗。"
    run(page.tap, {"phase": "out"})
    assert page.problem
    assert len(page.rows) == 1


def two_in_one_room(saved: Session, made: TrainingClass) -> None:
    """Another institution in the same room at the same time."""
    start = NOW + timedelta(minutes=40)
    make.make_class(saved, first_start=start, sessions=1, address=made.address)
    saved.commit()


def test_an_officer_reads_overlaps_in_sentences(saved: Session, made: TrainingClass) -> None:
    two_in_one_room(saved, made)
    account = make.make_account(saved, Role.OFFICER, region_code="650400")
    token = make.log_in(saved, account, now=NOW)
    saved.commit()
    page = opened(OverlapsState, "/admin/overlaps", token, days="7")
    run(page.load)
    teachers, rooms, people = page.groups
    assert (teachers.count, teachers.rows) == ("", [])
    assert "没有" in people.nothing
    assert any("150 分钟" in row.sentence for row in rooms.rows)
    assert [choice.chosen for choice in page.periods] == [True, False, False]
    for path, query in (("/admin/overlaps", {"days": "999"}), ("/admin/overlaps", {"days": "x"})):
        usual = opened(OverlapsState, path, token, **query)
        run(usual.load)
        assert [choice.chosen for choice in usual.periods] == [False, True, False]


def test_the_institution_is_warned_and_others_see_no_list(
    saved: Session, school: Institution, made: TrainingClass
) -> None:
    two_in_one_room(saved, made)
    token = staff(saved, Role.INSTRUCTOR, school)
    page = opened(OverlapWarningState, "/teach", token)
    run(page.load)
    meeting = make.sessions_of(saved, made)[0]
    assert f"/teach/sessions/{meeting.id}" in {row.href for row in page.rows}
    listed = opened(OverlapsState, "/admin/overlaps", token)
    run(listed.load)
    assert (listed.status, listed.groups) == ("refused", [])
