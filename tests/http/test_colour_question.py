"""The question for the colour on the room's screen, between a scan and its sign-in."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import AttendanceEvent, AttendanceSignal, ClassCheckIn, RelayTry
from portal.db.vault import get_vault
from portal.domain import checkin_code, relay_trap
from portal.domain.checkin_code import Phase
from portal.domain.errors import NotOnRoster
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from tests.http.conftest import Clock
from tests.http.parts import PASSWORD, Room, classmate, events_of, mentions, someone
from tests.support.factories import NOW


def on_screen(room: Room, clock: Clock) -> str:
    """The colour that the room's screen shows now."""
    key = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    block = relay_trap.block_of(clock.at)
    return relay_trap.colour_at(checkin_code.screen_key(key, Phase.IN, block), clock.at)


def wrong_now(room: Room, clock: Clock) -> str:
    """A colour that has not been on the screen within the grace."""
    shown = {on_screen(room, Clock(clock.at - lag)) for lag in (timedelta(), relay_trap.GRACE)}
    return next(each for each in relay_trap.COLOURS if each not in shown)


def question_of(answer: Response) -> str:
    found = re.search(r'name="question" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


@pytest.fixture
def trapped(saved: Session, room: Room) -> Room:
    saved.add(ClassCheckIn(class_id=room.training_class.id, relay_trap=True, updated_at=NOW))
    saved.commit()
    return room


@pytest.fixture
def scanned(client: TestClient, trapped: Room) -> Callable[[], str]:
    """Scan as the trainee; answers the question that is asked."""
    client.cookies.set(LOGIN_COOKIE, trapped.trainee.token)

    def scan() -> str:
        return question_of(client.get(f"/c/{trapped.code()}"))

    return scan


def signal_of(session: Session, room: Room) -> AttendanceSignal:
    query = select(AttendanceSignal).where(AttendanceSignal.session_id == room.meeting.id)
    return session.scalars(query).one()


def test_one_tap_on_the_right_colour_signs_in(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    question = scanned()
    clock.forward(seconds=2)
    colour = on_screen(trapped, clock)
    clock.forward(seconds=1)
    answer = client.post("/checkin", data={"question": question, "colour": colour})
    assert mentions(answer.text, t("scan.in_done"))
    looks = signal_of(saved, trapped)
    assert (looks.relay, looks.relay_tries, looks.relay_seconds) == ("passed", 1, 3.0)


def test_a_wrong_colour_is_asked_again_and_a_right_one_then_does(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    question = scanned()
    clock.forward(seconds=4)
    wrong = wrong_now(trapped, clock)
    again = client.post("/checkin", data={"question": question, "colour": wrong})
    assert mentions(again.text, t("checkin.colour.wrong", left=2))
    assert events_of(saved, trapped.meeting.id) == []
    answer = client.post(
        "/checkin", data={"question": question_of(again), "colour": on_screen(trapped, clock)}
    )
    assert mentions(answer.text, t("scan.in_done"))
    assert signal_of(saved, trapped).relay_tries == 2


def test_after_three_wrong_ones_the_person_is_signed_in_and_the_row_says_so(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    question = scanned()
    for left in (2, 1, 0):
        clock.forward(seconds=1)
        wrong = wrong_now(trapped, clock)
        answer = client.post("/checkin", data={"question": question, "colour": wrong})
        if left:
            assert mentions(answer.text, t("checkin.colour.wrong", left=left))
            question = question_of(answer)
    assert mentions(answer.text, t("checkin.colour.failed"))
    assert events_of(saved, trapped.meeting.id) == [(trapped.trainee.person.id, "in")]
    assert signal_of(saved, trapped).relay == "failed"
    # Scanning once more gives no fourth try and changes nothing.
    client.get(f"/c/{trapped.code(at=clock.at)}")
    assert mentions(client.post("/checkin").text, t("scan.repeated"))
    assert signal_of(saved, trapped).relay == "failed"


def test_all_colours_at_once_are_one_try(
    client: TestClient,
    browser: Callable[..., TestClient],
    saved: Session,
    trapped: Room,
    scanned: Callable[[], str],
    clock: Clock,
) -> None:
    question, cookies = scanned(), dict(client.cookies)
    clock.forward(seconds=1)

    def send(colour: str) -> Response:
        mine = browser()
        for name, value in cookies.items():
            mine.cookies.set(name, value)
        return mine.post("/checkin", data={"question": question, "colour": colour})

    right = on_screen(trapped, clock)
    wrong = [each for each in relay_trap.COLOURS if each != right]
    with ThreadPoolExecutor(9) as pool:
        list(pool.map(send, [*wrong, right]))
    tries = saved.scalars(select(RelayTry).where(RelayTry.session_id == trapped.meeting.id)).all()
    assert len(tries) <= 3
    assert len({one.no for one in tries}) == len(tries)


def test_a_late_answer_costs_no_try_and_is_asked_again(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    question = scanned()
    clock.forward(seconds=8)
    answer = client.post(
        "/checkin", data={"question": question, "colour": on_screen(trapped, clock)}
    )
    assert mentions(answer.text, t("checkin.colour.late"))
    assert events_of(saved, trapped.meeting.id) == []
    clock.forward(seconds=2)
    fresh = client.get("/checkin/question").json()["question"]
    done = client.post("/checkin", data={"question": fresh, "colour": on_screen(trapped, clock)})
    assert mentions(done.text, t("scan.in_done"))
    assert signal_of(saved, trapped).relay_tries == 1


@pytest.mark.parametrize("question", ["", "x", "1.AAAA", "ffffffffffffffffffffffff.AAAA", "-1."])
def test_a_question_that_we_did_not_ask_signs_nobody_in(
    client: TestClient,
    saved: Session,
    trapped: Room,
    scanned: Callable[[], str],
    clock: Clock,
    question: str,
) -> None:
    scanned()
    answer = client.post(
        "/checkin", data={"question": question, "colour": on_screen(trapped, clock)}
    )
    assert mentions(answer.text, t("checkin.colour.late"))
    assert events_of(saved, trapped.meeting.id) == []


def test_a_question_of_another_scan_is_worth_nothing(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    earlier = scanned()
    clock.forward(seconds=1)
    scanned()
    answer = client.post(
        "/checkin", data={"question": earlier, "colour": on_screen(trapped, clock)}
    )
    assert mentions(answer.text, t("checkin.colour.late"))
    assert events_of(saved, trapped.meeting.id) == []


def test_typed_digits_are_asked_for_the_colour_too(
    client: TestClient, saved: Session, trapped: Room, clock: Clock
) -> None:
    client.cookies.set(LOGIN_COOKIE, trapped.trainee.token)
    page = client.post("/checkin/code", data={"code": trapped.digits()})
    clock.forward(seconds=1)
    done = client.post(
        "/checkin", data={"question": question_of(page), "colour": on_screen(trapped, clock)}
    )
    assert mentions(done.text, t("scan.in_done"))
    event = saved.scalars(
        select(AttendanceEvent).where(AttendanceEvent.session_id == trapped.meeting.id)
    ).one()
    assert event.method == "numeric"


def test_a_program_cannot_be_asked_and_the_event_says_so(
    client: TestClient, saved: Session, trapped: Room
) -> None:
    answer = client.post(
        "/api/v1/checkins", json={"code": trapped.code()}, headers=trapped.trainee.bearer
    )
    assert answer.status_code == 200
    assert signal_of(saved, trapped).relay == "skipped"


def test_who_names_a_wrong_colour_and_then_takes_another_way_has_failed(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    question = scanned()
    wrong = wrong_now(trapped, clock)
    client.post("/checkin", data={"question": question, "colour": wrong})
    headers = trapped.trainee.bearer
    answer = client.post("/api/v1/checkins", json={"code": trapped.code()}, headers=headers)
    assert answer.status_code == 200
    assert signal_of(saved, trapped).relay == "failed"


def test_whoever_logs_in_with_the_scan_is_asked_next(
    client: TestClient, saved: Session, trapped: Room, clock: Clock
) -> None:
    friend = classmate(saved, trapped)
    client.get(f"/c/{trapped.code()}")
    page = client.post("/checkin", data={"login": friend.phone, "password": PASSWORD})
    clock.forward(seconds=1)
    done = client.post(
        "/checkin", data={"question": question_of(page), "colour": on_screen(trapped, clock)}
    )
    assert mentions(done.text, t("scan.in_done"))
    assert events_of(saved, trapped.meeting.id) == [(friend.person.id, "in")]


def test_a_login_that_has_ended_is_asked_for_again(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    question = scanned()
    client.cookies.set(LOGIN_COOKIE, "nobody")
    answer = client.post(
        "/checkin", data={"question": question, "colour": on_screen(trapped, clock)}
    )
    assert answer.status_code == 401
    assert events_of(saved, trapped.meeting.id) == []


def test_whoever_is_signed_in_already_is_told_so_and_not_asked(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str], clock: Clock
) -> None:
    question = scanned()
    client.post("/checkin", data={"question": question, "colour": on_screen(trapped, clock)})
    page = client.get(f"/c/{trapped.code()}")
    assert 'name="question"' not in page.text
    assert mentions(client.post("/checkin").text, t("scan.repeated"))
    assert events_of(saved, trapped.meeting.id) == [(trapped.trainee.person.id, "in")]


def test_whoever_is_not_on_the_roster_is_told_so_and_not_asked(
    client: TestClient, saved: Session, trapped: Room
) -> None:
    stranger = someone(saved)
    client.cookies.set(LOGIN_COOKIE, stranger.token)
    assert 'name="question"' not in client.get(f"/c/{trapped.code()}").text
    assert client.post("/checkin").status_code == NotOnRoster.status
    assert events_of(saved, trapped.meeting.id) == []


def test_no_answer_is_no_way_around_the_question(
    client: TestClient, saved: Session, trapped: Room, scanned: Callable[[], str]
) -> None:
    scanned()
    assert 'name="question"' in client.post("/checkin", data={"colour": ""}).text
    assert events_of(saved, trapped.meeting.id) == []
