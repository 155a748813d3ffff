"""Signing the commitment and having the seat: the page, the post, and each refusal's sentence."""

import hashlib
import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import CommitmentTemplate, Enrolment, InstitutionListing, TrainingClass
from portal.domain.errors import (
    AlreadyEnrolled,
    BadInput,
    EnrolmentClosed,
    NotFound,
    PortalError,
    SeatsGone,
    TimeConflict,
)
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import commitment
from portal.services.times import moment_text
from tests.http.parts import Someone, mentions, row_counts, someone
from tests.support.acts import listed_class
from tests.support.factories import NOW, make_institution

OUTDATED = BadInput("commitment", "enrol.commitment_outdated")


@pytest.fixture
def who(saved: Session, client: TestClient) -> Someone:
    """Somebody signed in to the client."""
    made = someone(saved)
    client.cookies.set(LOGIN_COOKIE, made.token)
    return made


@pytest.fixture
def offered(saved: Session) -> TrainingClass:
    return listed_class(saved)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', page)
    assert found is not None
    return html.unescape(found[1])


def sign(client: TestClient, class_id: object, **changes: str) -> Response:
    """Post as the page's form does; a value of "absent" leaves the field out."""
    form = {"version": commitment.current().version, "key": uuid4().hex, "agreed": "1"} | changes
    sent = {name: value for name, value in form.items() if value != "absent"}
    return client.post(f"/enrol/{class_id}", data=sent)


def told(answer: Response, error: PortalError) -> bool:
    return answer.status_code == error.status and mentions(answer.text, sentence_for(error))


def code_of(answer: Response) -> str:
    found = re.search(r'data-testid="enrol-result" data-(status|code)="(\w+)"', answer.text)
    assert found is not None
    return found[2]


def enrolments(session: Session, class_id: UUID) -> list[Enrolment]:
    session.rollback()
    return list(session.scalars(select(Enrolment).where(Enrolment.class_id == class_id)))


def seats_taken(session: Session, class_id: UUID) -> int | None:
    return session.scalar(select(TrainingClass.seats_taken).where(TrainingClass.id == class_id))


def test_the_page_shows_class_and_every_word_of_the_commitment(
    client: TestClient, who: Someone, offered: TrainingClass
) -> None:
    page = client.get(f"/enrol/{offered.id}")
    paper = commitment.current()
    assert page.status_code == 200
    assert mentions(page.text, offered.title)
    assert all(mentions(page.text, paragraph) for paragraph in paper.paragraphs)
    assert hidden(page.text, "version") == paper.version
    box = re.search(r'<input type="checkbox"[^>]*>', page.text)
    assert box is not None
    assert "required" in box[0]
    assert "checked" not in box[0]


def test_what_is_stored_is_the_hash_of_the_text_that_was_shown(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    page = client.get(f"/enrol/{offered.id}")
    section = re.search(r'<section class="card">\s*<h2>(.*?)</section>', page.text, re.DOTALL)
    assert section is not None
    lines = re.split(r"</h2>\s*<p>|</p>\s*<p>|</p>\s*", section[1])
    shown = "\n".join(html.unescape(line) for line in lines if line)
    sign(client, offered.id, version=hidden(page.text, "version"))
    (made,) = enrolments(saved, offered.id)
    assert made.commitment_text_hash == hashlib.sha256(shown.encode()).hexdigest()
    stored = saved.get_one(CommitmentTemplate, made.commitment_version)
    assert (stored.text, stored.text_hash) == (shown, made.commitment_text_hash)
    assert made.signed_at == NOW


def test_opening_the_page_changes_nothing(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    before = row_counts(saved)
    client.get(f"/enrol/{offered.id}")
    assert row_counts(saved) == before


def test_signing_takes_the_seat_and_says_what_comes_next(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    answer = sign(client, offered.id)
    assert (answer.status_code, code_of(answer)) == (200, "accepted")
    (made,) = enrolments(saved, offered.id)
    assert made.person_id == who.person.id
    assert made.channel == "page"
    assert seats_taken(saved, offered.id) == 1
    first = moment_text(NOW + timedelta(days=7))
    assert mentions(answer.text, t("enrol_page.next_come", when=first))
    assert f"/me/enrolments/{made.id}" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"agreed": "absent"},
        {"agreed": ""},
        {"version": "2020-01"},
        {"version": ""},
        {"version": "absent"},
        {"version": "x" * 10_000},
        {"version": "\u0000"},
    ],
)
def test_without_the_signature_there_is_no_seat(
    client: TestClient,
    saved: Session,
    who: Someone,
    offered: TrainingClass,
    changes: dict[str, str],
) -> None:
    assert told(sign(client, offered.id, **changes), OUTDATED)
    assert enrolments(saved, offered.id) == []


def test_the_same_form_sent_twice_is_one_enrolment(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    key = hidden(client.get(f"/enrol/{offered.id}").text, "key")
    first, second = sign(client, offered.id, key=key), sign(client, offered.id, key=key)
    assert [first.status_code, second.status_code] == [200, 200]
    assert code_of(second) == "accepted"
    (made,) = enrolments(saved, offered.id)
    assert f"/me/enrolments/{made.id}" in second.text


def test_the_same_form_sent_many_times_at_once_is_one_enrolment(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: sign(client, offered.id, key="k"), range(12)))
    assert [code_of(answer) for answer in answers] == ["accepted"] * 12
    assert len(enrolments(saved, offered.id)) == 1
    assert seats_taken(saved, offered.id) == 1


def test_every_page_has_a_key_of_its_own(
    client: TestClient, who: Someone, offered: TrainingClass
) -> None:
    keys = {hidden(client.get(f"/enrol/{offered.id}").text, "key") for _ in range(3)}
    assert len(keys) == 3


def test_two_people_with_the_same_key_have_a_seat_each(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    sign(client, offered.id, key="same")
    client.cookies.set(LOGIN_COOKIE, someone(saved).token)
    assert code_of(sign(client, offered.id, key="same")) == "accepted"
    assert len(enrolments(saved, offered.id)) == 2


def test_a_key_of_one_class_does_not_answer_for_another(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    other = listed_class(saved, first_start=NOW + timedelta(days=30))
    sign(client, offered.id, key="same")
    assert told(sign(client, other.id, key="same"), BadInput("idempotency_key", "enrol.key_reused"))
    assert enrolments(saved, other.id) == []


@pytest.mark.parametrize("key", ["x" * 201, "a\u0000b", "a\nb", "a\u202eb"])
def test_a_key_that_cannot_be_kept_is_refused(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass, key: str
) -> None:
    answer = sign(client, offered.id, key=key)
    assert told(answer, BadInput("idempotency_key", "enrol.key_length"))
    assert enrolments(saved, offered.id) == []


@pytest.mark.parametrize("key", ["", "absent"])
def test_without_a_key_the_second_post_is_told_of_the_first(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass, key: str
) -> None:
    assert code_of(sign(client, offered.id, key=key)) == "accepted"
    again = sign(client, offered.id, key=key)
    assert told(again, AlreadyEnrolled())
    assert code_of(again) == "already_enrolled"
    # The seat is there: nothing failed, and the way leads to it.
    assert "没有报上" not in again.text
    assert f"/me/enrolments/{enrolments(saved, offered.id)[0].id}" in again.text


# Refusals


def test_a_full_class_says_so_and_keeps_a_place_in_line(
    client: TestClient, saved: Session, who: Someone
) -> None:
    full = listed_class(saved, capacity=1, seats_taken=1)
    page = client.get(f"/enrol/{full.id}").text
    assert mentions(page, t("enrol_page.full"))
    assert mentions(page, t("enrol_page.sign_wait"))
    answer = sign(client, full.id)
    assert (answer.status_code, code_of(answer)) == (200, "waitlisted")
    assert mentions(answer.text, t("waiting.place", position=1))
    (made,) = enrolments(saved, full.id)
    assert f"/offers/{made.id}" in answer.text


def test_a_full_class_whose_list_is_closed_says_that_it_is_full(
    client: TestClient, saved: Session, who: Someone
) -> None:
    start = NOW + timedelta(hours=11)
    full = listed_class(saved, capacity=1, seats_taken=1, first_start=start)
    answer = sign(client, full.id)
    assert told(answer, SeatsGone())
    assert code_of(answer) == "seats_gone"
    assert enrolments(saved, full.id) == []


def test_the_last_seat_goes_to_one_of_many(client: TestClient, saved: Session) -> None:
    last = listed_class(saved, capacity=1)
    people = [someone(saved) for _ in range(10)]
    form = {"version": commitment.current().version, "agreed": "1"}

    def post(who: Someone) -> str:
        url = f"/enrol/{last.id}"
        return code_of(client.post(url, data=form, headers=who.bearer))

    with ThreadPoolExecutor(10) as pool:
        codes = list(pool.map(post, people))
    assert sorted(codes) == ["accepted"] + ["waitlisted"] * 9
    made = enrolments(saved, last.id)
    assert [one.status for one in made].count("accepted") == 1
    assert sorted(one.waiting_no for one in made if one.waiting_no) == list(range(1, 10))


CLOSED: list[tuple[dict[str, Any], str]] = [
    ({"status": "running"}, "enrol.closed_class"),
    ({"status": "cancelled"}, "enrol.closed_class"),
    ({"status": "closed"}, "enrol.closed_class"),
    ({"enrol_until": NOW}, "enrol.closed_over"),
]


@pytest.mark.parametrize(("fields", "why"), CLOSED)
def test_a_closed_class_says_why(
    client: TestClient, saved: Session, who: Someone, fields: dict[str, Any], why: str
) -> None:
    closed = listed_class(saved, **fields)
    answer = sign(client, closed.id)
    assert told(answer, EnrolmentClosed(why=t(why)))
    assert code_of(answer) == "enrolment_closed"


def test_a_class_that_opens_later_says_when(
    client: TestClient, saved: Session, who: Someone
) -> None:
    opens = NOW + timedelta(days=1)
    later = listed_class(saved, enrol_from=opens)
    sentence = t("enrol.closed_not_yet", opens=moment_text(opens))
    assert told(sign(client, later.id), EnrolmentClosed(why=sentence))


def test_a_class_of_an_institution_off_the_list_takes_nobody(
    client: TestClient, saved: Session, who: Someone
) -> None:
    institution = make_institution(saved)
    of = listed_class(saved, institution=institution)
    listings = update(InstitutionListing).where(InstitutionListing.institution_id == institution.id)
    saved.execute(listings.values(status="removed"))
    saved.commit()
    assert told(sign(client, of.id), EnrolmentClosed(why=t("enrol.closed_institution")))


def test_a_class_at_the_same_time_is_named(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    other = listed_class(saved, title="焊工(四级)<晚班>")
    sign(client, other.id)
    answer = sign(client, offered.id)
    assert told(answer, TimeConflict(title=other.title))
    assert code_of(answer) == "time_conflict"
    assert "<晚班>" not in answer.text


MALFORMED = [
    "x",
    "0",
    "0" * 36,
    "-" * 36,
    "00000000-0000-0000-0000-00000000000g",
    "{00000000-0000-0000-0000-000000000000",
    "%00",
    "班级",
    "a" * 10_000,
    "..%2f..%2fetc%2fpasswd",
    "' OR 1=1 --",
]


@pytest.mark.parametrize("class_id", [*MALFORMED, "01890000-0000-7000-8000-000000000000"])
def test_an_id_of_no_class_is_answered_with_a_page_in_chinese(
    client: TestClient, who: Someone, class_id: str
) -> None:
    for answer in (client.get(f"/enrol/{class_id}"), sign(client, class_id)):
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert mentions(answer.text, sentence_for(NotFound()))


def test_a_draft_is_like_no_class(client: TestClient, saved: Session, who: Someone) -> None:
    draft = listed_class(saved, status="draft")
    assert client.get(f"/enrol/{draft.id}").status_code == 404
    assert sign(client, draft.id).status_code == 404


# Who may


def test_whoever_is_not_signed_in_is_led_to_the_login_and_back(
    client: TestClient, saved: Session, offered: TrainingClass
) -> None:
    answer = client.get(f"/enrol/{offered.id}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?why=enrol&next=/enrol/{offered.id}"
    page = client.get(answer.headers["location"]).text
    assert "报名要先有账号" in page
    assert f'href="/register?next=/enrol/{offered.id}"' in page
    assert sign(client, offered.id).status_code == 401
    assert enrolments(saved, offered.id) == []


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.MANAGER, Role.OFFICER, Role.AUDITOR])
def test_staff_and_authority_cannot_take_a_seat(
    client: TestClient, saved: Session, offered: TrainingClass, role: Role
) -> None:
    teaches = role in (Role.INSTRUCTOR, Role.MANAGER)
    own = {"institution": make_institution(saved)} if teaches else {}
    client.cookies.set(LOGIN_COOKIE, someone(saved, role, **own).token)
    assert client.get(f"/enrol/{offered.id}").status_code == 403
    assert sign(client, offered.id).status_code == 403
    assert enrolments(saved, offered.id) == []


def test_nobody_can_be_enrolled_by_somebody_else(
    client: TestClient, saved: Session, who: Someone, offered: TrainingClass
) -> None:
    victim = someone(saved)
    sign(client, offered.id, person_id=str(victim.person.id), account_id=str(victim.account.id))
    (made,) = enrolments(saved, offered.id)
    assert made.person_id == who.person.id
    count = select(func.count()).where(Enrolment.person_id == victim.person.id)
    assert saved.scalar(count) == 0
