"""An offer, a place in line and a change of class on plain pages: one post each, then led on."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Enrolment, SeatOffer, TrainingClass
from portal.domain.errors import BadInput, TimeConflict
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import commitment, seats
from portal.services.times import moment_text
from portal.services.unit import token_hash
from tests.http.conftest import Clock
from tests.http.parts import FOREIGN, Someone, mentions, row_counts, someone
from tests.support.acts import enrol, listed_class
from tests.support.factories import NOW, make_institution
from tests.support.tasks import run_pending

HOUR = timedelta(hours=1)


@pytest.fixture
def who(saved: Session, client: TestClient) -> Someone:
    """Somebody signed in to the client."""
    made = someone(saved)
    client.cookies.set(LOGIN_COOKIE, made.token)
    return made


def waiting(session: Session, who: Someone, **fields: Any) -> tuple[TrainingClass, UUID]:
    """Somebody in line for a full class."""
    values = {"capacity": 1, "seats_taken": 1, "sessions": 1} | fields
    klass = listed_class(session, **values)
    return klass, enrol(token_hash(who.token), klass.id, wait=True).id


def offered(session: Session, who: Someone) -> tuple[TrainingClass, UUID]:
    """Somebody who was offered a seat."""
    klass, enrolment_id = waiting(session, who)
    seats.give_back(session, class_id=klass.id, now=NOW)
    session.commit()
    run_pending(now=NOW)
    return klass, enrolment_id


def say(client: TestClient, enrolment_id: object, answer: str, **changes: str) -> Response:
    """Post as the page's form does; a value of "absent" leaves the field out."""
    form = {"answer": answer, "version": commitment.current().version, "agreed": "1"} | changes
    sent = {name: value for name, value in form.items() if value != "absent"}
    return client.post(f"/offers/{enrolment_id}", data=sent)


def status(session: Session, enrolment_id: UUID) -> str | None:
    session.rollback()
    return session.scalar(select(Enrolment.status).where(Enrolment.id == enrolment_id))


def led_to(answer: Response) -> str:
    assert answer.status_code == 303
    return answer.headers["location"]


def state_of(page: Response) -> str:
    assert page.status_code == 200
    return page.text.split('data-testid="offer" data-state="')[1].split('"')[0]


# The offer


def test_the_offer_says_until_when_and_what_is_signed(
    client: TestClient, saved: Session, who: Someone
) -> None:
    klass, enrolment_id = offered(saved, who)
    page = client.get(f"/offers/{enrolment_id}")
    assert state_of(page) == "open"
    assert mentions(page.text, t("offer.until", when=moment_text(NOW + 24 * HOUR)))
    assert 'data-seconds-left="86400"' in page.text
    assert mentions(page.text, t("offer.left_long", hours=24, minutes=0))
    assert mentions(page.text, klass.title)
    assert all(mentions(page.text, line) for line in commitment.current().paragraphs)
    assert not FOREIGN.search(page.text)
    assert len(page.content) < 20_000


def test_looking_at_it_changes_nothing(client: TestClient, saved: Session, who: Someone) -> None:
    _, enrolment_id = offered(saved, who)
    before = row_counts(saved)
    client.get(f"/offers/{enrolment_id}")
    assert row_counts(saved) == before


def test_accepting_leads_to_a_page_that_can_be_loaded_again(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = offered(saved, who)
    target = led_to(say(client, enrolment_id, "accept"))
    assert target == f"/offers/{enrolment_id}"
    for _ in range(2):
        assert state_of(client.get(target)) == "accepted"
    # The form sent again, from a second tab, answers the same.
    assert led_to(say(client, enrolment_id, "accept")) == target
    assert status(saved, enrolment_id) == "accepted"


def test_declining_leads_to_a_page_with_other_classes(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = offered(saved, who)
    page = client.get(led_to(say(client, enrolment_id, "decline")))
    assert state_of(page) == "declined"
    assert "/classes?has_seats=1" in page.text
    assert status(saved, enrolment_id) == "withdrawn"


@pytest.mark.parametrize("changes", [{"agreed": "absent"}, {"version": "2019-01"}])
def test_without_a_signature_the_offer_stays(
    client: TestClient, saved: Session, who: Someone, changes: dict[str, str]
) -> None:
    _, enrolment_id = offered(saved, who)
    answer = say(client, enrolment_id, "accept", **changes)
    assert answer.status_code == 400
    refused = BadInput("commitment", "enrol.commitment_outdated")
    assert mentions(answer.text, sentence_for(refused))
    assert status(saved, enrolment_id) == "offered"


def test_a_form_without_an_answer_does_nothing(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = offered(saved, who)
    assert say(client, enrolment_id, "absent").status_code == 400
    assert status(saved, enrolment_id) == "offered"


def test_a_refusal_says_why_and_that_the_seat_is_still_kept(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = offered(saved, who)
    enrol(token_hash(who.token), listed_class(saved, title="焊工班", sessions=1).id)
    answer = say(client, enrolment_id, "accept")
    assert answer.status_code == 409
    assert mentions(answer.text, sentence_for(TimeConflict(title="焊工班")))
    assert mentions(answer.text, t("offer.still", when=moment_text(NOW + 24 * HOUR)))
    assert f'href="/offers/{enrolment_id}"' in answer.text


def test_after_its_time_the_page_and_the_post_say_that_it_is_gone(
    client: TestClient, saved: Session, who: Someone, clock: Clock
) -> None:
    _, enrolment_id = offered(saved, who)
    saved.query(SeatOffer).filter_by(enrolment_id=enrolment_id).update({"expires_at": NOW + HOUR})
    saved.commit()
    clock.at = NOW + HOUR
    assert state_of(client.get(f"/offers/{enrolment_id}")) == "expired"
    answer = say(client, enrolment_id, "accept")
    assert answer.status_code == 410
    assert mentions(answer.text, t("waiting.gone.expired"))


def test_what_is_offered_to_somebody_else_is_not_found(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = offered(saved, someone(saved))
    for answer in (
        client.get(f"/offers/{enrolment_id}"),
        say(client, enrolment_id, "accept"),
        say(client, enrolment_id, "decline"),
        say(client, enrolment_id, "leave"),
        client.get(f"/offers/{uuid4()}"),
        client.get("/offers/nonsense"),
    ):
        assert answer.status_code == 404
        assert not FOREIGN.search(answer.text)
    assert status(saved, enrolment_id) == "offered"


def test_whoever_is_not_signed_in_is_led_through_the_log_in(
    client: TestClient, saved: Session
) -> None:
    _, enrolment_id = offered(saved, someone(saved))
    page = client.get(f"/offers/{enrolment_id}")
    assert led_to(page) == f"/login?next=/offers/{enrolment_id}"
    post = say(client, enrolment_id, "accept")
    assert f"/offers/{enrolment_id}" in (post.headers.get("location") or post.text)
    assert status(saved, enrolment_id) == "offered"


def test_staff_have_no_offers(client: TestClient, saved: Session) -> None:
    _, enrolment_id = offered(saved, someone(saved))
    manager = someone(saved, Role.MANAGER, institution=make_institution(saved))
    client.cookies.set(LOGIN_COOKIE, manager.token)
    assert client.get(f"/offers/{enrolment_id}").status_code == 403
    assert say(client, enrolment_id, "accept").status_code == 403


# The line


def test_whoever_waits_reads_their_place_and_can_leave(
    client: TestClient, saved: Session, who: Someone
) -> None:
    klass, _ = waiting(saved, someone(saved))
    enrolment_id = enrol(token_hash(who.token), klass.id, wait=True).id
    page = client.get(f"/offers/{enrolment_id}")
    assert 'data-position="2"' in page.text
    assert mentions(page.text, t("waiting.of_all", total=2))
    assert mentions(page.text, t("waiting.ahead", ahead=1))
    assert mentions(page.text, t("waiting.word.too_few"))
    assert not FOREIGN.search(page.text)
    target = led_to(say(client, enrolment_id, "leave"))
    assert state_of(client.get(target)) == "left"
    assert status(saved, enrolment_id) == "withdrawn"


def test_accepting_before_anything_is_offered_says_to_wait(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = waiting(saved, who)
    answer = say(client, enrolment_id, "accept")
    assert answer.status_code == 410
    assert mentions(answer.text, t("waiting.gone.none"))
    assert status(saved, enrolment_id) == "waitlisted"


# Changing class


def elsewhere(session: Session, **fields: Any) -> TrainingClass:
    return listed_class(session, sessions=1, first_start=NOW + timedelta(days=20), **fields)


def swap(client: TestClient, enrolment_id: UUID, class_id: UUID, **changes: str) -> Response:
    form = {"version": commitment.current().version, "agreed": "1", "key": uuid4().hex} | changes
    return client.post(f"/offers/{enrolment_id}/swap/{class_id}", data=form)


def test_changing_class_has_the_seat_there_and_leaves_the_line_here(
    client: TestClient, saved: Session, who: Someone
) -> None:
    klass, enrolment_id = waiting(saved, who)
    other = elsewhere(saved)
    page = client.get(f"/offers/{enrolment_id}")
    link = f"/offers/{enrolment_id}/swap/{other.id}"
    assert f'href="{link}"' in page.text
    form = client.get(link)
    assert form.status_code == 200
    assert mentions(form.text, t("waiting.swap.what", title=klass.title, position=1))
    target = led_to(swap(client, enrolment_id, other.id))
    assert state_of(client.get(target)) == "accepted"
    assert target != f"/offers/{enrolment_id}"
    assert status(saved, enrolment_id) == "withdrawn"
    saved.refresh(klass)
    assert klass.waiting == 0


def test_the_same_form_sent_twice_changes_class_once(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = waiting(saved, who)
    other = elsewhere(saved)
    first = led_to(swap(client, enrolment_id, other.id, key="k"))
    assert led_to(swap(client, enrolment_id, other.id, key="k")) == first
    saved.refresh(other)
    assert other.seats_taken == 1


def test_no_seat_there_keeps_the_place_here(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = waiting(saved, who)
    other = elsewhere(saved, capacity=1, seats_taken=1)
    answer = swap(client, enrolment_id, other.id)
    assert answer.status_code == 409
    assert mentions(answer.text, t("waiting.swap.kept"))
    assert status(saved, enrolment_id) == "waitlisted"
    saved.refresh(other)
    assert other.waiting == 0


def test_nobody_changes_class_for_somebody_else(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = waiting(saved, someone(saved))
    other = elsewhere(saved)
    assert swap(client, enrolment_id, other.id).status_code == 404
    saved.refresh(other)
    assert other.seats_taken == 0


# The API


def test_the_api_answers_an_offer(client: TestClient, saved: Session, who: Someone) -> None:
    klass, enrolment_id = offered(saved, who)
    url = f"/api/v1/enrolments/{enrolment_id}/offer"
    first = client.post(url, json={"accept": True})
    assert first.status_code == 200
    body = first.json()
    assert (body["status"], body["class_id"], body["repeated"]) == (
        "accepted",
        str(klass.id),
        False,
    )
    assert client.post(url, json={"accept": True}).json()["repeated"] is True
    late = client.post(url, json={"accept": False})
    assert (late.status_code, late.json()["code"]) == (410, "offer_gone")


def test_the_api_declines_an_offer_and_leaves_a_line(
    client: TestClient, saved: Session, who: Someone
) -> None:
    _, enrolment_id = offered(saved, who)
    url = f"/api/v1/enrolments/{enrolment_id}/offer"
    assert client.post(url, json={"accept": False}).json()["status"] == "withdrawn"
    _, in_line = waiting(saved, who)
    (row,) = [
        r for r in client.get("/api/v1/enrolments").json()["items"] if r["id"] == str(in_line)
    ]
    assert (row["status"], row["waitlist_position"]) == ("waitlisted", 1)
    for _ in range(2):
        assert client.delete(f"/api/v1/enrolments/{in_line}").status_code == 204
    assert status(saved, in_line) == "withdrawn"


@pytest.mark.parametrize("body", [{}, {"accept": "perhaps"}, [], None])
def test_the_api_names_an_answer_that_it_cannot_read(
    client: TestClient, saved: Session, who: Someone, body: object
) -> None:
    _, enrolment_id = offered(saved, who)
    answer = client.post(f"/api/v1/enrolments/{enrolment_id}/offer", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
