"""The room's screen over HTTP: the page, what its script is given, and the pulse."""

import html
import json
import re
from base64 import urlsafe_b64decode
from datetime import timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import AuditEvent, ClassCheckIn, SessionCall, TrainingSession
from portal.db.vault import get_vault
from portal.domain import checkin_code, relay_trap
from portal.domain.checkin_code import Phase
from portal.locale import t
from tests.http.conftest import Clock
from tests.http.parts import MINUTE, Room, make_room, mentions
from tests.support.factories import NOW


def url(room: Room, name: str = "screen") -> str:
    return f"/teach/sessions/{room.meeting.id}/{name}"


def pulse_url(room: Room) -> str:
    return f"/api/v1/sessions/{room.meeting.id}/pulse"


def shown(client: TestClient, room: Room) -> str:
    answer = client.get(url(room), headers=room.instructor.bearer)
    assert answer.status_code == 200
    return str(answer.text)


def moving(client: TestClient, room: Room, query: str = "") -> dict[str, Any]:
    answer = client.get(url(room, "screen.json") + query, headers=room.instructor.bearer)
    return dict(answer.json())


def pulse(client: TestClient, room: Room) -> dict[str, Any]:
    answer = client.get(pulse_url(room), headers=room.instructor.bearer)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ask_for(saved: Session, room: Room, **settings: bool) -> None:
    """Switch on what a class may ask."""
    values = {"relay_trap": False, "new_code_per_scan": False} | settings
    saved.add(ClassCheckIn(class_id=room.training_class.id, updated_at=NOW, **values))
    saved.commit()


def scan(client: TestClient, token: str) -> int:
    return client.get(f"/c/{token}").status_code


def test_the_page_shows_a_code_that_checks_in_without_any_script(
    client: TestClient, room: Room
) -> None:
    page = shown(client, room)
    assert 'data-testid="checkin-qr"' in page
    assert re.search(r'data-testid="checkin-qr"[^>]*><svg', page)
    assert f'data-testid="checkin-code">{room.digits()}<' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert scan(client, room.code()) == 200


def test_the_page_is_light_and_has_no_inline_script(client: TestClient, room: Room) -> None:
    page = shown(client, room)
    assert len(page.encode()) < 40_000
    assert not re.search(r"<script(?![^>]*\ssrc=\"/)", page)
    assert "style=" not in page


def test_the_script_is_given_the_keys_of_ten_to_fifteen_minutes(
    client: TestClient, room: Room
) -> None:
    given = moving(client, room)
    assert (given["phase"], given["seq"], given["count"], given["roster"]) == ("in", 0, 0, 1)
    assert given["base"].endswith("/c/")
    block = relay_trap.block_of(NOW)
    assert list(given["keys"]) == [str(block), str(block + 1), str(block + 2)]
    key = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    for number, words in given["keys"].items():
        of_screen = checkin_code.screen_key(key, Phase.IN, int(number))
        assert urlsafe_b64decode(words + "=") == of_screen
    assert given["now_ms"] == NOW.timestamp() * 1000
    assert given["closes"] == room.meeting.sign_in_until.timestamp() * 1000
    first = re.search(r'data-first="([^"]+)"', shown(client, room))
    assert first
    assert json.loads(html.unescape(first[1])) == given


def test_a_browser_that_cannot_compute_is_sent_the_drawn_code(
    client: TestClient, saved: Session, room: Room
) -> None:
    ask_for(saved, room, relay_trap=True)
    given = moving(client, room, "?drawn=true")
    assert given["svg"].startswith("<svg")
    assert given["numeric"] == room.digits()
    assert 0 < given["expires"] - given["now_ms"] <= 15_000
    moments = [at for at, _ in given["colours"]]
    assert moments[0] <= given["now_ms"] < moments[1]
    assert moments[-1] > given["expires"] + 15_000
    assert {later - earlier for earlier, later in pairwise(moments)} == {4000}


def test_between_the_windows_there_is_no_code_and_no_key(
    client: TestClient, clock: Clock, room: Room
) -> None:
    clock.at = room.meeting.sign_in_until
    assert moving(client, room)["keys"] == {}
    page = shown(client, room)
    assert mentions(page, t("screen.closed"))
    assert "checkin-code" not in page
    clock.at = room.meeting.sign_out_until + MINUTE
    assert mentions(shown(client, room), t("screen.over"))


def test_every_scan_brings_the_next_code_where_the_class_wants_it(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    ask_for(saved, room, new_code_per_scan=True)
    assert moving(client, room)["seq"] == pulse(client, room)["seq"] == 1
    token = client.get(
        f"/api/v1/sessions/{room.meeting.id}/code", headers=room.instructor.bearer
    ).json()["code"]
    assert scan(client, token) == 200
    assert pulse(client, room)["seq"] == moving(client, room)["seq"] == 2


def test_the_colour_stands_on_the_page_in_words_with_its_shape(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    assert 'id="colour"' not in shown(client, room)
    ask_for(saved, room, relay_trap=True)
    key = checkin_code.session_key(get_vault().subkey("checkin"), room.meeting.id)
    of_screen = checkin_code.screen_key(key, Phase.IN, relay_trap.block_of(NOW))
    for second in range(0, 36, 4):
        clock.at = NOW + timedelta(seconds=second)
        page, colour = shown(client, room), relay_trap.colour_at(of_screen, clock.at)
        assert f'<use id="colour-shape" href="#trap-{colour}"/>' in page
        assert f'<b id="colour-name">{t("trap." + colour)}</b>' in page
        assert f'<span id="colour-of">{t("trap.shape_" + colour)}</span>' in page
        assert f'<symbol id="trap-{colour}"' in page
    # A colour lasts four seconds: without a script the page must come again sooner.
    assert 'http-equiv="refresh" content="2"' in page


def test_a_roll_call_takes_the_screen(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    called = room.meeting.sign_in_until + 30 * MINUTE
    saved.add(
        SessionCall(
            session_id=room.meeting.id,
            called_at=called,
            closes_at=called + 5 * MINUTE,
            called_by=room.manager.account.id,
        )
    )
    saved.commit()
    clock.at = called
    assert moving(client, room)["phase"] == pulse(client, room)["phase"] == "mid"
    assert mentions(shown(client, room), t("screen.headline_mid"))
    clock.at = called + 5 * MINUTE
    assert moving(client, room)["phase"] is pulse(client, room)["phase"] is None


def test_the_pulse_counts_those_in(client: TestClient, room: Room) -> None:
    before = pulse(client, room)
    assert (before["phase"], before["seq"], before["count"]) == ("in", 0, 0)
    assert before["now_ms"] == NOW.timestamp() * 1000
    answer = client.post(
        "/api/v1/checkins", headers=room.trainee.bearer, json={"code": room.code()}
    )
    assert answer.status_code == 200
    assert pulse(client, room)["count"] == 1


def test_the_pulse_is_for_the_institutions_own_staff(
    client: TestClient, saved: Session, room: Room
) -> None:
    other = make_room(saved)
    statuses = {
        who: client.get(pulse_url(room), headers=headers).status_code
        for who, headers in {
            "nobody": {},
            "a trainee": room.trainee.bearer,
            "staff of another": other.instructor.bearer,
            "the manager": room.manager.bearer,
        }.items()
    }
    assert statuses == {
        "nobody": 401,
        "a trainee": 403,
        "staff of another": 404,
        "the manager": 200,
    }


def test_the_first_code_that_was_shown_is_noted_once(
    client: TestClient, saved: Session, clock: Clock, room: Room
) -> None:
    clock.at = room.meeting.sign_in_from - MINUTE
    shown(client, room)
    saved.expire_all()
    assert saved.get_one(TrainingSession, room.meeting.id).screen_opened_at is None
    clock.at = opened = room.meeting.sign_in_from
    shown(client, room)
    clock.at += MINUTE
    moving(client, room)
    saved.expire_all()
    assert saved.get_one(TrainingSession, room.meeting.id).screen_opened_at == opened
    query = select(AuditEvent).where(
        AuditEvent.action == "checkin.open_screen", AuditEvent.object_id == str(room.meeting.id)
    )
    (trace,) = saved.scalars(query)
    assert trace.actor_account_id == room.instructor.account.id
