"""The photo for certificates by the plain door."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import PersonPhoto
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from tests.http.parts import Someone, mentions, someone
from tests.support import papers

PATH = "/me/photo"


@pytest.fixture
def me(saved: Session, client: TestClient) -> Iterator[Someone]:
    made = someone(saved)
    client.cookies.set(LOGIN_COOKIE, made.token)
    yield made
    client.cookies.clear()


def send(client: TestClient, image: bytes, **fields: str) -> Any:
    return client.post(PATH, data=fields, files={"image": ("me.jpg", image, "image/jpeg")})


def test_a_photo_is_saved_shown_and_deleted(
    saved: Session, client: TestClient, me: Someone
) -> None:
    assert mentions(client.get(PATH).text, t("own_photo.none"))
    answer = send(client, papers.photo(size=(300, 400)), agreed="1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PATH}?done=saved")
    shown = client.get(answer.headers["location"]).text
    assert mentions(shown, t("own_photo.saved"))
    assert f'src="{PATH}/picture"' in shown
    picture = client.get(f"{PATH}/picture")
    assert (picture.headers["content-type"], picture.headers["cache-control"]) == (
        "image/jpeg",
        "no-store",
    )
    answer = client.post(f"{PATH}/delete")
    assert mentions(answer.text, t("own_photo.deleted"))
    assert client.get(f"{PATH}/picture").status_code == 404
    saved.rollback()
    assert saved.get(PersonPhoto, me.person.id) is None


@pytest.mark.parametrize(
    ("image", "fields", "sentence"),
    [
        (papers.photo(), {}, "own_photo.agree_first"),
        (b"", {"agreed": "1"}, "own_photo.choose"),
        (b"nothing", {"agreed": "1"}, "own_photo.unreadable"),
    ],
)
def test_a_refusal_says_why(
    saved: Session,
    client: TestClient,
    me: Someone,
    image: bytes,
    fields: dict[str, str],
    sentence: str,
) -> None:
    answer = send(client, image, **fields)
    assert answer.status_code == 400
    assert mentions(answer.text, t(sentence))
    saved.rollback()
    assert saved.get(PersonPhoto, me.person.id) is None


def test_the_consent_is_read_before_the_photo_is_sent(client: TestClient, me: Someone) -> None:
    answer = client.get(PATH)
    assert mentions(answer.text, t("own_photo.consent"))
    assert len(answer.content) < 20_000
