"""The doors of bringing an archive along, as a browser meets them."""

from collections.abc import Callable

import httpx2
import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Person
from portal.domain.permissions import Role
from portal.services import remote_lists
from portal.services.remote_lists import Fetched
from portal.settings import get_settings
from tests.support import factories as make
from tests.support.portals import Elsewhere, new_key, trust


@pytest.fixture
def there(saved: Session, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """A portal on the list, that answers when it is asked."""
    made = Elsewhere(url=f"https://n{next(_names)}.example")
    trust(saved, made)
    saved.commit()
    monkeypatch.setattr(remote_lists, "fetch", lambda *_: Fetched(made.page(), {}))
    return made


_names = iter(range(100))


def trainee(saved: Session, client: TestClient) -> Person:
    account = make.make_account(saved, Role.TRAINEE)
    client.cookies.set("portal_login", make.log_in(saved, account))
    saved.commit()
    return saved.get_one(Person, account.person_id)


def hand_in(client: TestClient, content: bytes) -> httpx2.Response:
    return client.post("/me/import", files={"file": ("a.json", content, "application/json")})


def test_a_file_leads_to_its_lines_and_ticks_to_the_archive(
    saved: Session, client: TestClient, there: Elsewhere
) -> None:
    person = trainee(saved, client)
    answer = hand_in(client, there.file(person, classes=[there.training()]))
    assert answer.status_code == 303
    path = answer.headers["location"]
    shown = client.get(path)
    assert there.name in shown.text
    assert len(shown.content) < 20_000
    key = shown.text.split('name="take" value="')[1].split('"')[0]
    assert client.post(path, data={"take": key, "act": "take"}).status_code == 303
    assert 'data-state="taken"' in client.get(path).text
    assert client.get("/me/import").text.count("已转入 1 条") == 1


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "请选择"), (b"{}", "不是本系统能认的"), (b"\xff\x00", "不是本系统")]
)
def test_a_refusal_is_a_sentence_on_the_form(
    saved: Session, client: TestClient, content: bytes, says: str
) -> None:
    trainee(saved, client)
    answer = hand_in(client, content)
    assert answer.status_code >= 400
    assert says in answer.text
    assert 'name="file"' in answer.text


def test_the_own_export_needs_no_importing(saved: Session, client: TestClient) -> None:
    person = trainee(saved, client)
    here = Elsewhere(url=get_settings().public_url)
    answer = hand_in(client, here.file(person, classes=[here.training()]))
    assert answer.status_code >= 400
    assert "就是本平台导出的" in answer.text
    assert "请他们把这个平台加进名单" not in answer.text


def test_files_that_nobody_signed_do_not_have_us_ask_elsewhere_for_ever(
    saved: Session, client: TestClient, there: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = trainee(saved, client)
    asked: list[str] = []
    page = there.page()

    def fetch(url: str, lists: object) -> Fetched:
        asked.append(url)
        return Fetched(page, {})

    monkeypatch.setattr(remote_lists, "fetch", fetch)
    # A key that the other portal never published: its page is worth a look, once or twice.
    there.own, there.kid = new_key()
    content = there.file(person, classes=[there.training()])
    answers = [hand_in(client, content).status_code for _ in range(9)]
    assert answers[-1] == 429
    assert len(asked) == answers.index(429) == 6
    # Whoever shares the network with them is not held up.
    other = trainee(saved, client)
    assert hand_in(client, there.file(other, classes=[there.training()])).status_code != 429


def test_a_preview_can_be_put_away(saved: Session, client: TestClient, there: Elsewhere) -> None:
    person = trainee(saved, client)
    path = hand_in(client, there.file(person, classes=[there.training()])).headers["location"]
    assert client.post(path, data={"act": "drop"}).headers["location"] == "/me/import"
    assert path not in client.get("/me/import").text


@pytest.mark.parametrize("tick", ["", "x", "../..", "0" * 5000])
def test_ticks_that_are_none_are_refused_politely(
    saved: Session, client: TestClient, there: Elsewhere, tick: str
) -> None:
    person = trainee(saved, client)
    path = hand_in(client, there.file(person, classes=[there.training()])).headers["location"]
    assert client.post(path, data={"take": tick}).status_code < 500
    assert 'data-state="open"' in client.get(path).text


def test_somebody_elses_preview_is_not_found(
    saved: Session,
    client: TestClient,
    browser: Callable[..., TestClient],
    there: Elsewhere,
) -> None:
    person = trainee(saved, client)
    path = hand_in(client, there.file(person, classes=[there.training()])).headers["location"]
    other = browser()
    trainee(saved, other)
    assert other.get(path).status_code == 404
    assert other.post(path, data={"act": "take"}).status_code == 404


def officer(saved: Session, client: TestClient, region: str) -> None:
    account = make.make_account(saved, Role.OFFICER, region_code=region)
    client.cookies.set("portal_login", make.log_in(saved, account))
    saved.commit()


def test_a_portal_is_listed_only_once_its_keys_were_compared(
    saved: Session, client: TestClient
) -> None:
    officer(saved, client, "650000")
    made = Elsewhere(url="https://new.example")
    page = {"page": ("page.json", made.page())}
    seen = client.post("/admin/portals/new", data={"url": made.url}, files=page)
    assert made.kid[:4] in seen.text
    hidden = {"url": made.url, "saved": seen.text.split('name="saved" value="')[1].split('"')[0]}
    where = "/admin/portals/new/confirm"
    unread = client.post(where, data=hidden)
    assert unread.status_code == 400
    assert "请先勾选" in unread.text
    assert client.post(where, data=hidden | {"compared": "1"}).status_code == 303
    again = client.post(where, data=hidden | {"compared": "1"})
    assert "已经在名单上" in again.text


@pytest.mark.parametrize("saved_page", ["", "***", "e30="])
def test_a_confirmation_without_its_page_lists_nothing(
    saved: Session, client: TestClient, saved_page: str
) -> None:
    officer(saved, client, "000000")
    data = {"url": "https://x.example", "saved": saved_page, "compared": "1"}
    assert client.post("/admin/portals/new/confirm", data=data).status_code == 400


def test_an_officer_of_a_city_is_refused(saved: Session, client: TestClient) -> None:
    officer(saved, client, "650400")
    assert client.get("/admin/portals/new").status_code == 403
    page = {"page": ("page.json", Elsewhere().page())}
    data = {"url": "https://a.example"}
    assert client.post("/admin/portals/new", data=data, files=page).status_code == 403
