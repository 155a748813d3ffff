"""Share links at the door: made by their owner, opened by anybody."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Certificate, ShareLink, ShareView
from portal.domain.permissions import Actor, Role
from portal.http.context import LOGIN_COOKIE
from portal.services import issuance, issuers, verify_throttle
from portal.services.share_check import check_presentation
from portal.services.share_fields import FIELDS
from portal.services.unit import load_actor
from tests.http.conftest import Clock
from tests.http.parts import FOREIGN, Someone, someone
from tests.support.certificates import learned, put_on_record
from tests.support.factories import NOW, make_actor

FORM = "/me/shares/new"


@dataclass
class Owner:
    """Somebody with a certificate and a class on record, logged in."""

    who: Someone
    certificate: Certificate
    class_id: str
    client: TestClient

    def form(self, **changes: Any) -> dict[str, Any]:
        values: dict[str, Any] = {
            "certificate": [str(self.certificate.id)],
            "class": [self.class_id],
            "field": ["certificates.title", "certificates.level", "classes.hours"],
            "holder": "holder.nameMasked",
            "days": "7",
            "code": "",
            "title": "",
            "step": "make",
        }
        return values | changes

    def share(self, **changes: Any) -> str:
        """Make a link; its path."""
        answer = self.client.post(FORM, data=self.form(**changes))
        assert answer.status_code == 303, answer.text
        page = self.client.get(answer.headers["location"]).text
        return re.findall(r'value="http://[^/]+(/s/[^"]+)"', page)[0]


@pytest.fixture(autouse=True)
def fresh_throttle() -> None:
    verify_throttle.forget()


@pytest.fixture
def owner(saved: Session, browser: Callable[..., TestClient]) -> Owner:
    who = someone(saved)
    actor: Actor = load_actor(saved, who.token, now=NOW)
    certificate = put_on_record(saved, actor, NOW)
    lesson = learned(saved, actor, NOW)
    saved.commit()
    client = browser()
    client.cookies.set(LOGIN_COOKIE, who.token)
    return Owner(who, certificate, str(lesson.id), client)


def test_form_preview_and_link(owner: Owner, client: TestClient) -> None:
    form = owner.client.get(FORM)
    assert form.status_code == 200
    assert str(owner.certificate.id) in form.text
    preview = owner.client.post(FORM, data=owner.form(step="preview"))
    assert preview.status_code == 200
    page = client.get(owner.share())
    assert page.status_code == 200
    for text in ("电工", "四级/中级工", "40 课时", "王*强", "有效"):
        assert text in preview.text
        assert text in page.text
    for hidden in ("王小强", owner.certificate.number or "?", "焊工", "焊接学校", "2026年10月"):
        assert hidden not in preview.text
        assert hidden not in page.text


def test_the_preview_sends_the_choice_on_as_it_is(owner: Owner) -> None:
    preview = owner.client.post(FORM, data=owner.form(step="preview", code="4711")).text
    sent = dict[str, list[str]]()
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', preview):
        sent.setdefault(name, []).append(html.unescape(value))
    made = owner.client.post(FORM, data=sent | {"step": "make"})
    assert made.status_code == 303
    changed = owner.client.post(FORM, data=sent | {"step": "change"}).text
    assert f'value="{owner.certificate.id}" checked' in changed
    assert 'value="holder.nameMasked" checked' in changed
    assert 'value="4711"' in changed


def test_pages_are_light_and_kept_out_of_caches_and_search(
    owner: Owner, client: TestClient
) -> None:
    answer = client.get(owner.share())
    assert len(answer.content) < 20_000
    assert len(owner.client.get(FORM).content) < 20_000
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert '<meta name="robots" content="noindex,nofollow">' in answer.text
    # Not "no-referrer": the form with the code would then come without an origin.
    assert answer.headers["referrer-policy"] == "same-origin"


def test_programs_get_the_signed_excerpt(owner: Owner, client: TestClient, saved: Session) -> None:
    answer = client.get(f"{owner.share()}.json")
    assert answer.status_code == 200
    found = check_presentation(answer.text, issuers.public_keys(saved), now=NOW)
    assert found.verdict == "genuine"
    assert answer.json()["certificates"] == [{"status": "valid", "since": None, "reason": None}]
    assert "王小强" not in json.dumps(answer.json(), ensure_ascii=False)


def test_a_revoked_certificate_shows_as_revoked(
    owner: Owner, client: TestClient, saved: Session
) -> None:
    path = owner.share()
    number = owner.certificate.number or ""
    officer = make_actor(saved, Role.OFFICER)
    issuance.revoke(saved, officer, number=number, reason="考勤造假查实", now=NOW)
    saved.commit()
    page = client.get(path).text
    assert 'data-status="revoked"' in page
    for text in ("已撤销", "考勤造假查实", "2026年12月1日"):
        assert text in page
    assert client.get(f"{path}.json").json()["certificates"] == [
        {"status": "revoked", "since": "2026-12-01", "reason": "考勤造假查实"}
    ]


def test_a_code_is_asked_and_never_stands_in_an_address(owner: Owner, client: TestClient) -> None:
    path = owner.share(code="4711")
    asked = client.get(path)
    assert 'data-testid="share-code"' in asked.text
    assert "电工" not in asked.text
    assert client.get(f"{path}.json").status_code == 403
    assert client.get(f"{path}?code=4711").text.count("电工") == 0
    wrong = client.post(path, data={"code": "1234"})
    assert "还可以试 4 次" in wrong.text
    right = client.post(path, data={"code": "4711"})
    assert "电工" in right.text
    file = client.post(f"{path}.json", data={"code": "4711"})
    assert file.json()["presentation"].endswith("~")


def test_too_many_wrong_codes(owner: Owner, client: TestClient) -> None:
    path = owner.share(code="4711")
    for _ in range(5):
        last = client.post(path, data={"code": "1234"})
    assert last.status_code == 429
    assert "一小时" in last.text
    assert client.post(path, data={"code": "4711"}).status_code == 429


def test_what_is_over_says_one_kind_sentence(
    owner: Owner, client: TestClient, clock: Clock, saved: Session
) -> None:
    taken_back, short = owner.share(), owner.share(days="1")
    mine = select(ShareLink).where(ShareLink.person_id == owner.who.person.id)
    link = saved.scalars(mine.order_by(ShareLink.id)).first()
    assert link is not None
    link.revoked_at = NOW
    saved.commit()
    clock.forward(days=2)
    answers = {}
    for path in (taken_back, short, "/s/" + "x" * 27, "/s/%00", "/s/" + "字" * 9):
        page, program = client.get(path), client.get(f"{path}.json")
        assert page.status_code == program.status_code
        assert "电工" not in page.text
        assert not FOREIGN.search(page.text)
        answers[path] = (page.status_code, program.json().get("code"))
    assert list(answers.values()) == [
        (410, "revoked"),
        (410, "expired"),
        (404, "unknown"),
        (404, "unknown"),
        (404, "unknown"),
    ]


def test_whoever_opens_links_without_end_has_to_wait(owner: Owner, client: TestClient) -> None:
    path = owner.share()
    answers = [client.get(path).status_code for _ in range(verify_throttle.BURST + 1)]
    assert answers == [200] * verify_throttle.BURST + [429]


def test_an_opening_is_written_down_without_an_address(
    owner: Owner, client: TestClient, saved: Session
) -> None:
    path = owner.share()
    agent = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0"
    client.get(path, headers={"user-agent": agent})
    link_id = saved.scalars(select(ShareLink.id).order_by(ShareLink.id.desc())).first()
    [view] = saved.scalars(select(ShareView).where(ShareView.link_id == link_id))
    assert (view.device, view.outcome) == ("wechat", "shown")
    assert {name for name in vars(view) if not name.startswith("_")} == {
        *("id", "link_id", "at", "outcome", "device")
    }


def test_others_do_not_get_the_link(owner: Owner, saved: Session, client: TestClient) -> None:
    owner.share()
    link_id = saved.scalars(select(ShareLink.id).order_by(ShareLink.id.desc())).first()
    other = someone(saved)
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, other.token)
    assert client.get(f"/me/shares/{link_id}").status_code == 404
    form = owner.form(step="preview")
    assert client.post(FORM, data=form).status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"field": []},
        {"certificate": ["x"]},
        {"certificate": [""] * 200},
        {"field": ["certificates.signature"]},
        {"days": "3650"},
        {"code": "abc"},
        {"code": "\x00123"},
        {"title": "\u202e" * 20},
    ],
    ids=str,
)
def test_a_wrong_form_comes_back_with_a_sentence(owner: Owner, changes: dict[str, Any]) -> None:
    answer = owner.client.post(FORM, data=owner.form(**changes))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert not FOREIGN.search(answer.text)


def test_an_empty_archive_says_so(saved: Session, client: TestClient) -> None:
    who = someone(saved)
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, who.token)
    page = client.get(FORM).text
    assert "还没有证书" in page
    assert '<form method="post" action="/me/shares/new"' not in page


def test_the_largest_excerpt_and_the_longest_form_are_light(
    saved: Session, owner: Owner, client: TestClient
) -> None:
    actor: Actor = load_actor(saved, owner.who.token, now=NOW)
    made = [
        put_on_record(saved, actor, NOW, title="维吾尔族民间刺绣与民族服饰制作工艺专项能力")
        for _ in range(12)
    ]
    for _ in range(12):
        learned(saved, actor, NOW, title="新生代农民工家政服务与养老护理员职业技能提升班")
    saved.commit()
    certificates = [str(one.id) for one in made[:10]]
    everything = [f"certificates.{name}" for name in FIELDS["certificates"]]
    changes = {"certificate": certificates, "class": [], "field": everything}
    path = owner.share(**changes)
    preview = owner.client.post(FORM, data=owner.form(**changes, step="preview"))
    sizes = [len(page.content) for page in (client.get(path), owner.client.get(FORM), preview)]
    assert max(sizes) < 20_000, sizes
