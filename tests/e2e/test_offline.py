"""A class without a link: recorded in a real browser whose network is cut, uploaded later.

Three hours pass like this: the pages' clock is four hours behind, the kit is answered with the time
of four hours ago, and the test sets the clock on, to the present at last. The server, the service
worker and the database keep the real time, so that an upload is judged as it is in earnest.
"""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Route, expect
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceEvent,
    PersonPass,
    StaffAttendance,
)
from portal.db.vault import get_vault
from portal.domain import checkin_code, person_pass
from portal.domain.checkin_code import Phase
from portal.domain.permissions import Role
from portal.domain.person_pass import PassCode
from portal.http.context import LOGIN_COOKIE
from portal.services.passes import key_of, pass_url
from tests.e2e.conftest import PHONE, SOON, Enter, new_context
from tests.support import factories as make
from tests.support.camera import make_y4m
from tests.support.chromium import FLAGS, installed
from tests.support.portal import Portal

PEOPLE = 40
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
# So long ago the kit was fetched, by what the device is told.
AGO = 4 * HOUR
# The stopwatch (performance.now) stands still meanwhile, as on a device that sleeps.
CLOCK = f"""
const RealDate = Date;
const behind = () => {{
  try {{ return Number(localStorage.behind ?? {AGO // timedelta(milliseconds=1)}); }}
  catch {{ return 0; }}
}};
globalThis.Date = class extends RealDate {{
  constructor(...given) {{
    given.length ? super(...given) : super(RealDate.now() - behind());
  }}
  static now() {{ return RealDate.now() - behind(); }}
}};
"""


class Room:
    """A class of forty that began ``begun`` ago and lasts three hours, and its instructor."""

    def __init__(self, saved: Session, *, begun: timedelta) -> None:
        # Whole minutes, as sessions have them.
        start = (datetime.now(UTC) - begun).replace(second=0, microsecond=0)
        institution = make.make_institution(saved)
        of = make.make_class(
            saved, institution=institution, first_start=start, capacity=60, status="running"
        )
        people = [make.make_person(saved, name=f"学员{index:02d}") for index in range(PEOPLE)]
        self.places = [make.enrol(saved, person, of) for person in people]
        self.trainee = make.make_account(saved, person=people[0])
        self.sibling = make.make_account(saved, person=people[1])
        self.instructor = make.make_account(saved, Role.INSTRUCTOR, institution=institution)
        self.meeting = make.sessions_of(saved, of)[0]
        saved.commit()

    def code(self, at: datetime, phase: Phase = Phase.IN) -> str:
        key = checkin_code.session_key(get_vault().subkey("checkin"), self.meeting.id)
        return checkin_code.code_at(key, session_id=self.meeting.id, phase=phase, at=at).token


@pytest.fixture
def lesson(saved: Session) -> Room:
    """It began ten minutes after the kit was fetched, and ended fifty minutes ago."""
    return Room(saved, begun=AGO - 10 * MINUTE)


@pytest.fixture
def now_room(saved: Session) -> Room:
    """It began five minutes ago."""
    return Room(saved, begun=5 * MINUTE)


def is_kept(page: Page, path: str) -> None:
    """Wait until the service worker has what the page needs without a link.

    It answers for pages that open from then on. One that was on its way while the worker began may
    stay without it (``clients.claim`` passes by what is still loading): that is not asked.
    """
    end = time.monotonic() + SOON / 1000
    asked = f"""
        Promise.all([caches.match('{path}'), navigator.serviceWorker.getRegistration()])
        .then(([kept, worker]) => Boolean(kept && worker?.active?.state === 'activated'))
    """
    while not page.evaluate(asked):
        assert time.monotonic() < end, f"{path} was not kept"
        time.sleep(0.2)


def eventually(ask: Callable[[], object]) -> None:
    end = time.monotonic() + SOON / 1000
    while not ask():
        assert time.monotonic() < end
        time.sleep(0.3)


def events(database: Engine, meeting: UUID) -> list[AttendanceEvent]:
    with Session(database) as session:
        query = select(AttendanceEvent).where(AttendanceEvent.session_id == meeting)
        return list(session.scalars(query.order_by(AttendanceEvent.occurred_at)))


class Device:
    """The instructor's phone: its clock goes as told, its link is cut by the browser."""

    def __init__(self, page: Page) -> None:
        self.context: BrowserContext = page.context
        self.page = page
        self.spans: dict[str, tuple[datetime, datetime]] = {}
        self.ago = AGO
        self.is_online = True

    def answer_kit(self, route: Route) -> None:
        """The server's kit, with the time of then; nothing while the link is cut (a request that
        Playwright answers would come through all the same)."""
        if not self.is_online:
            route.abort("internetdisconnected")
            return
        answer = route.fetch(max_redirects=0)
        if answer.status != 200:
            route.fulfill(response=answer)
            return
        body = answer.json()
        body["made_at"] -= self.ago // timedelta(milliseconds=1)
        route.fulfill(response=answer, json=body)

    def cut(self) -> None:
        """No link from now on."""
        self.is_online = False
        self.context.set_offline(True)

    def believes(self) -> datetime:
        """The time that the page works with."""
        return datetime.fromtimestamp(self.page.evaluate("Date.now()") / 1000, UTC)

    def open(self) -> None:
        self.page.goto("/teach/offline")
        expect(self.page.get_by_test_id("offline-person")).to_have_count(PEOPLE)

    def close_and_open(self) -> None:
        """The page is gone, without a word to it; another one is opened."""
        self.page.close(run_before_unload=False)
        self.page = self.context.new_page()
        self.open()

    def tap(self, names: list[str], word: str) -> None:
        for name in names:
            row = self.page.get_by_test_id("offline-person").filter(has_text=name)
            before = self.believes()
            row.get_by_role("button", name=word).click()
            expect(row).to_contain_text(f"已{word}（待上传）")
            self.spans[f"{name} {word}"] = (before, self.believes())

    def back_online(self) -> None:
        """The link is there again, at the present time."""
        self.so_long_ago(0 * HOUR)
        self.is_online = True
        self.context.set_offline(False)

    def so_long_ago(self, ago: timedelta) -> None:
        """Set the pages' clock: at first it is ``AGO`` behind."""
        self.ago = ago
        self.page.evaluate(f"localStorage.behind = {ago // timedelta(milliseconds=1)}")


@pytest.fixture
def device(enter: Enter, lesson: Room) -> Iterator[Device]:
    page = enter(lesson.instructor)
    page.context.add_init_script(CLOCK)

    made = Device(page)
    page.context.route("**/teach/offline/kit.json", made.answer_kit)
    made.open()
    is_kept(page, "/teach/offline")
    yield made
    made.context.unroute_all(behavior="ignoreErrors")


def test_forty_people_in_three_hours_without_a_link(
    device: Device, lesson: Room, database: Engine
) -> None:
    names = [f"学员{index:02d}" for index in range(PEOPLE)]
    device.cut()
    device.tap(names[:15], "签到")
    expect(device.page.get_by_test_id("offline-bar")).to_contain_text("无网络")
    expect(device.page.get_by_test_id("offline-recorded")).to_have_text("已记 15 人")
    device.close_and_open()
    device.page.get_by_test_id("offline-own").click()
    device.tap(names[15:], "签到")
    assert events(database, lesson.meeting.id) == []

    device.so_long_ago(AGO - 3 * HOUR - 5 * MINUTE)
    device.close_and_open()
    expect(device.page.get_by_test_id("offline-phase")).to_contain_text("签退")
    device.tap(names, "签退")
    expect(device.page.get_by_test_id("offline-waiting")).to_have_text(f"待上传 {2 * PEOPLE + 1}")

    device.back_online()
    expect(device.page.get_by_test_id("offline-waiting")).to_have_text("全部已上传", timeout=SOON)
    found = events(database, lesson.meeting.id)
    assert len(found) == 2 * PEOPLE
    word = {"in": "签到", "out": "签退"}
    name_of = {place.id: names[index] for index, place in enumerate(lesson.places)}
    for event in found:
        first, last = device.spans[f"{name_of[event.enrolment_id]} {word[event.phase]}"]
        # The page counts in milliseconds.
        assert first - timedelta(seconds=2) <= event.occurred_at <= last + timedelta(seconds=2)
        assert event.offline
        assert event.method == "manual"
    with Session(database) as session:
        query = select(StaffAttendance).where(StaffAttendance.session_id == lesson.meeting.id)
        assert [(row.phase, row.offline) for row in session.scalars(query)] == [("in", True)]


def test_a_pass_before_the_camera_and_six_digits_need_no_link(
    playwright: Playwright,
    portal: Portal,
    now_room: Room,
    database: Engine,
    saved: Session,
    tmp_path: Path,
) -> None:
    passes = [
        PersonPass(
            person_id=place.person_id, pass_id=uuid4(), generation=1, issued_at=place.signed_at
        )
        for place in now_room.places[:2]
    ]
    saved.add_all(passes)
    saved.commit()
    video = tmp_path / "pass.y4m"
    eyes = playwright.chromium.launch(
        executable_path=installed(),
        args=[
            *FLAGS,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={video}",
        ],
    )
    context = new_context(eyes, PHONE, base_url=portal.url, permissions=["camera"])
    sign_in(context, now_room.instructor, database, portal)
    page = context.new_page()
    page.goto("/teach/offline")
    is_kept(page, "/teach/offline")
    context.set_offline(True)
    page.reload()
    page.get_by_role("tab", name="扫学员的码").click()

    def shown(row: PersonPass) -> PassCode:
        return person_pass.pass_at(key_of(row.pass_id, 1), row.pass_id, datetime.now(UTC))

    make_y4m(video, pass_url(shown(passes[0]).token))
    page.get_by_test_id("offline-camera").click()
    said = page.get_by_test_id("offline-said")
    expect(said).to_have_text("学员00 签到已记下，联网后核对")
    page.get_by_test_id("offline-digits").fill(shown(passes[1]).numeric)
    page.get_by_role("button", name="确认").click()
    expect(said).to_contain_text("请选一下是谁的数字")
    whose = page.get_by_test_id("offline-whose")
    expect(whose.get_by_role("option")).to_have_count(PEOPLE)  # who is left, and nobody
    whose.select_option(str(now_room.places[1].id))
    page.get_by_role("button", name="确认").click()
    expect(said).to_have_text("学员01 签到已记下，联网后核对")
    # Digits chosen for the wrong name: nobody is signed in by them.
    page.get_by_test_id("offline-digits").fill(shown(passes[1]).numeric)
    whose.select_option(str(now_room.places[2].id))
    page.get_by_role("button", name="确认").click()
    expect(said).to_have_text("学员02 签到已记下，联网后核对")
    context.set_offline(False)
    expect(page.get_by_test_id("offline-waiting")).to_have_text("全部已上传", timeout=SOON)
    found = {event.enrolment_id: event.method for event in events(database, now_room.meeting.id)}
    places = now_room.places
    assert found == {places[0].id: "pass", places[1].id: "pass_code"}
    results = page.get_by_test_id("offline-results")
    expect(results).to_contain_text("学员02")
    expect(results).to_contain_text("与本人不符")
    eyes.close()


def test_a_kit_on_the_device_holds_nothing_that_makes_a_pass(
    enter: Enter, now_room: Room, saved: Session
) -> None:
    place = now_room.places[0]
    row = PersonPass(
        person_id=place.person_id, pass_id=uuid4(), generation=1, issued_at=place.signed_at
    )
    saved.add(row)
    saved.commit()
    page = enter(now_room.instructor)
    page.goto("/teach/offline")
    expect(page.get_by_test_id("offline-person")).to_have_count(PEOPLE)
    kit = page.evaluate("offlineQueue.get('kit', 'kit').then(kit => kit.sessions[0].people)")
    assert {key for person in kit for key in person} == {
        "id", "name", "tail", "guest", "pass", "at"
    }  # fmt: skip
    assert row.pass_id.hex in {person["pass"] for person in kit}


def test_a_wrong_tap_is_taken_back_and_a_killed_page_loses_nothing(
    device: Device, lesson: Room, database: Engine
) -> None:
    device.cut()
    device.tap(["学员03", "学员07"], "签到")
    row = device.page.get_by_test_id("offline-person").filter(has_text="学员03")
    row.get_by_role("button", name="撤销").click()
    expect(row.get_by_role("button", name="签到")).to_be_visible()
    device.close_and_open()
    row = device.page.get_by_test_id("offline-person").filter(has_text="学员07")
    expect(row).to_contain_text("待上传")
    device.back_online()
    expect(device.page.get_by_test_id("offline-waiting")).to_have_text("全部已上传", timeout=SOON)
    assert [event.enrolment_id for event in events(database, lesson.meeting.id)] == [
        lesson.places[7].id
    ]


def test_a_conflict_is_told_in_plain_words(
    device: Device, lesson: Room, database: Engine, saved: Session
) -> None:
    device.cut()
    device.tap(["学员05", "学员06"], "签到")
    place = lesson.places[5]
    at = lesson.meeting.starts_at + 20 * MINUTE
    saved.add(
        AttendanceEvent(
            session_id=lesson.meeting.id,
            enrolment_id=place.id,
            person_id=place.person_id,
            phase="in",
            method="qr",
            occurred_at=at,
            server_at=at,
            receipt="TEST-TEST",
        )
    )
    saved.commit()
    device.back_online()
    results = device.page.get_by_test_id("offline-results")
    expect(results).to_contain_text("有冲突", timeout=SOON)
    expect(results).to_contain_text("学员05")
    expect(results).to_contain_text("以已有的为准")
    assert [event.occurred_at for event in events(database, lesson.meeting.id)][-1] == at


def test_logging_out_deletes_the_names_and_keeps_the_records(
    device: Device, lesson: Room, database: Engine
) -> None:
    device.cut()
    device.tap(["学员01"], "签到")
    kept = "offlineQueue.get('kit', 'kit').then(Boolean)"
    assert device.page.evaluate(kept)
    device.back_online()
    # The page must not upload before the log-out: it is left by the very next step.
    device.page.evaluate(
        "() => { const form = document.createElement('form'); form.method = 'post';"
        " form.action = '/auth/logout'; document.body.append(form); form.submit(); }"
    )
    device.page.wait_for_url(re.compile(r"/$"))
    device.page.goto("/checkin/offline")
    eventually(lambda: not device.page.evaluate(kept))
    records = device.page.evaluate("offlineQueue.all('records')")
    assert len(records) == 1
    assert "学员" not in str(records)


def sign_in(context: BrowserContext, account: Account, database: Engine, portal: Portal) -> None:
    """Somebody logs in on this phone, instead of whoever was."""
    with Session(database) as session, session.begin():
        token = make.log_in(session, account, now=datetime.now(UTC))
    context.add_cookies([{"name": LOGIN_COOKIE, "value": token, "url": portal.url}])


def scan_without_link(phone: Page, room: Room) -> datetime:
    """Open a code of this moment with the network cut; answers since when it was shown."""
    at = datetime.now(UTC)
    phone.context.set_offline(True)
    phone.goto(f"/c/{room.code(at)}")
    shown = checkin_code.code_at(b"", session_id=room.meeting.id, phase=Phase.IN, at=at)
    return shown.valid_from


def test_a_phone_keeps_a_scan_and_hands_it_in_later(
    enter: Enter, now_room: Room, database: Engine
) -> None:
    phone = enter(now_room.trainee)
    phone.goto("/me/pass")
    expect(phone.get_by_test_id("pass-digits")).to_have_text(re.compile(r"\d{3} \d{3}"))
    is_kept(phone, "/checkin/offline")
    shown = scan_without_link(phone, now_room)
    expect(phone.get_by_role("heading", name="扫码已经保存")).to_be_visible()
    phone.reload()
    expect(phone.get_by_test_id("kept-list").get_by_role("listitem")).to_have_count(1)
    context = phone.context
    phone.close(run_before_unload=False)
    assert events(database, now_room.meeting.id) == []

    context.set_offline(False)
    again = context.new_page()
    again.goto("/me/pass")
    eventually(lambda: events(database, now_room.meeting.id))
    (event,) = events(database, now_room.meeting.id)
    assert (event.occurred_at, event.offline, event.method) == (shown, True, "qr")
    again.goto("/checkin/offline")
    expect(again.get_by_test_id("kept-list")).to_contain_text("已记入")


def test_two_siblings_on_one_phone_both_keep_their_scans(
    enter: Enter, now_room: Room, database: Engine, portal: Portal
) -> None:
    phone = enter(now_room.sibling)
    for count, account in enumerate((now_room.sibling, now_room.trainee), 1):
        sign_in(phone.context, account, database, portal)
        phone.goto("/me/pass")
        # The first one's stands there at once; the second one's has to come first.
        expect(phone.locator("#pass-people button")).to_have_count(count)
    is_kept(phone, "/checkin/offline")
    scan_without_link(phone, now_room)
    expect(phone.get_by_role("heading", name="谁在签到？")).to_be_visible()
    for button in phone.locator("#choose-people button").all():
        button.click()
    expect(phone.get_by_test_id("kept-list").get_by_role("listitem")).to_have_count(2)
    phone.context.set_offline(False)
    mine = now_room.places[0].id
    eventually(lambda: len(events(database, now_room.meeting.id)) == 1)
    assert events(database, now_room.meeting.id)[0].enrolment_id == mine
    expect(phone.get_by_test_id("kept-list")).to_contain_text("另一个人的扫码")
    sign_in(phone.context, now_room.sibling, database, portal)
    phone.goto("/me/pass")
    eventually(lambda: len(events(database, now_room.meeting.id)) == 2)


def test_without_a_pass_the_phone_sends_to_the_teacher(
    enter: Enter, now_room: Room, database: Engine
) -> None:
    phone = enter(now_room.trainee)
    phone.goto("/checkin/offline")
    is_kept(phone, "/checkin/offline")
    scan_without_link(phone, now_room)
    expect(phone.get_by_role("heading", name="请老师点一下您的名字")).to_be_visible()
    phone.context.set_offline(False)
    expect(phone.get_by_test_id("kept-list")).to_contain_text("没有记入", timeout=SOON)
    assert events(database, now_room.meeting.id) == []


def test_with_a_link_the_worker_is_not_in_the_way(enter: Enter, now_room: Room) -> None:
    phone = enter(now_room.trainee)
    phone.goto("/checkin/offline")
    is_kept(phone, "/checkin/offline")
    phone.goto(f"/c/{now_room.code(datetime.now(UTC))}")
    expect(phone.get_by_test_id("checkin-submit")).to_be_visible()
    # Pages that it stands in for are the server's own: refusals and leading elsewhere included.
    is_kept(phone, "/no-link")
    assert phone.goto("/no-such-page").status == 404  # type: ignore[union-attr]
    phone.goto("/me")
    expect(phone.get_by_test_id("no-link-again")).to_have_count(0)
    phone.goto("/verify?number=A1")
    expect(phone).to_have_url(re.compile("/verify/A1$"))


def test_any_other_page_without_a_link_says_so_and_opens_when_it_is_back(
    enter: Enter, now_room: Room
) -> None:
    phone = enter(now_room.trainee)
    phone.goto("/me/pass")
    expect(phone.get_by_test_id("pass-digits")).to_have_text(re.compile(r"\d{3} \d{3}"))
    is_kept(phone, "/no-link")
    is_kept(phone, "/me/pass")
    phone.context.set_offline(True)
    phone.goto("/verify")
    expect(phone.get_by_role("heading", name="现在没有网络")).to_be_visible()
    assert (
        phone.get_by_role("link", name="老师：离线点名").get_attribute("href") == "/teach/offline"
    )
    phone.get_by_role("link", name="出示我的码").click()
    expect(phone.get_by_test_id("pass-digits")).to_have_text(re.compile(r"\d{3} \d{3}"))
    phone.goto("/verify")
    phone.context.set_offline(False)
    phone.get_by_test_id("no-link-again").click()
    expect(phone).to_have_url(re.compile("/verify$"))
    expect(phone.get_by_test_id("no-link-again")).to_have_count(0)
