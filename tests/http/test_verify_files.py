"""Verifying a certificate, and downloading one's own documents."""

import io
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import OKPKey
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Certificate
from portal.documents import status_list
from portal.documents.embedding import extract_from_pdf, extract_from_png
from portal.documents.signature import verify_compact
from portal.domain.certificate_number import format_certificate_number, parse_certificate_number
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Role
from portal.http.context import LOGIN_COOKIE
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import certificates, verify_throttle
from portal.services.unit import load_actor
from tests.http.parts import Room, Someone, make_room, mentions, row_counts, someone
from tests.support.factories import NOW, make_actor

JSON = {"accept": "application/json"}
CONTRACT = {
    *("number", "genuine", "status", "holder_masked"),
    *("title", "issuer", "issued_on"),
}


@dataclass(frozen=True)
class Diploma:
    """A certificate and the room it was earned in."""

    room: Room
    id: Any
    number: str
    title: str
    issuer: str

    @property
    def owner(self) -> Someone:
        return self.room.trainee


def issued(session: Session) -> Diploma:
    """A certificate of a class that ended last week."""
    room = make_room(session, start=NOW - timedelta(days=9))
    manager = load_actor(session, room.manager.token, now=NOW)
    made = certificates.issue(
        session, manager, enrolment_id=room.enrolment.id, hours_credited=7, now=NOW
    )
    session.commit()
    return Diploma(room, made.id, made.number or "", made.title, made.institution_name)


@pytest.fixture(scope="module")
def diploma(engine: Engine) -> Iterator[Diploma]:
    with Session(engine, expire_on_commit=False) as session:
        yield issued(session)


@pytest.fixture
def revoked(saved: Session) -> Diploma:
    made = issued(saved)
    officer = make_actor(saved, Role.OFFICER)
    certificates.revoke(saved, officer, number=made.number, reason="考核材料不实", now=NOW)
    saved.commit()
    return made


def personal(who: Someone) -> list[str]:
    """What of a person must not be read by strangers."""
    ids = [str(who.person.id), str(who.account.id), str(who.person.no)]
    return [who.person.name, who.id_no, who.id_no[6:14], who.id_no[-4:], who.phone, *ids[:2]]


def verify(client: TestClient, number: str) -> Response:
    return client.get(f"/verify/{number}")


# Verifying


def test_a_verifier_reads_what_a_verifier_may_read(client: TestClient, diploma: Diploma) -> None:
    page = verify(client, diploma.number)
    assert page.status_code == 200
    assert 'data-status="valid" data-genuine="true"' in page.text
    spaced = parse_certificate_number(diploma.number).spaced
    for shown in (spaced, "王*强", diploma.title, diploma.room.institution.name):
        assert mentions(page.text, shown)
    assert mentions(page.text, t("verify.hours_value", hours=7))
    assert mentions(page.text, t("certificate.verify.valid"))
    bare = re.sub(r"<style>.*?</style>", "", page.text, flags=re.DOTALL)
    bare = bare.replace(spaced, "")
    assert not [fact for fact in personal(diploma.owner) if fact in bare]


@pytest.mark.parametrize("path", ["/verify/{}", "/api/v1/certificates/{}/verification"])
def test_a_program_gets_the_shape_of_the_contract(
    client: TestClient, diploma: Diploma, path: str
) -> None:
    answer = client.get(path.format(diploma.number), headers=JSON)
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert body.keys() >= CONTRACT
    assert {key: body[key] for key in CONTRACT} == {
        "number": diploma.number,
        "genuine": True,
        "status": "valid",
        "holder_masked": "王*强",
        "title": diploma.title,
        "issuer": diploma.issuer,
        "issued_on": "2026-12-01",
    }
    text = answer.text.replace(diploma.number, "")
    assert not [fact for fact in personal(diploma.owner) if fact in text]


@pytest.mark.parametrize(
    "accept", ["text/html", "*/*", "", "text/html,application/json;q=0.9", "garbage;;;"]
)
def test_a_browser_gets_a_page(client: TestClient, diploma: Diploma, accept: str) -> None:
    answer = client.get(f"/verify/{diploma.number}", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("rewrite", ["lower", "spaced", "wide", "O", "dashes"])
def test_a_number_is_understood_however_it_is_written(
    client: TestClient, diploma: Diploma, rewrite: str
) -> None:
    number = diploma.number
    written = {
        "lower": number.lower(),
        "spaced": f"{number[:2]} {number[2:8]} {number[8:12]} {number[12:]}",
        "wide": "".join(chr(ord(char) + 0xFEE0) for char in number),
        "O": number.replace("0", "O"),
        "dashes": "-".join((number[:2], number[2:8], number[8:])),
    }[rewrite]
    assert verify(client, written).text == verify(client, number).text


def test_the_form_leads_to_the_answer(client: TestClient, diploma: Diploma) -> None:
    assert client.get("/verify").status_code == 200
    spaced = f" {diploma.number[:2]} {diploma.number[2:]} "
    answer = client.get("/verify", params={"number": spaced})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/verify/{diploma.number}")


@pytest.mark.parametrize(
    "typed", ["//evil.example", "https://evil.example", "/../..", "\r\nset-cookie: a=b", "..", "😀"]
)
def test_the_form_leads_nowhere_else(client: TestClient, typed: str) -> None:
    answer = client.get("/verify", params={"number": typed})
    assert answer.status_code in (200, 303)
    assert re.fullmatch(r"/verify(/[\w%]*)?", answer.headers.get("location", "/verify"))
    assert "set-cookie" not in answer.headers


def wrong_check_digit(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def unknown_number() -> str:
    return "PX65040020260099999" + next(
        str(n) for n in range(10) if _checks(f"PX65040020260099999{n}")
    )


def _checks(number: str) -> bool:
    try:
        parse_certificate_number(number)
    except BadInput:
        return False
    return True


MALFORMED = [
    *("x", "PX", "0" * 20, "PX" + "9" * 18, "P" * 10_000, "证书", "%00", "😀" * 30),
    *("<script>alert(1)</script>", "%0d%0aset-cookie:%20a=b", "' OR 1=1 --", "%F0%28%8C%28"),
]


@pytest.mark.parametrize("number", MALFORMED)
def test_a_text_that_is_no_number_is_answered_and_not_believed(
    client: TestClient, number: str
) -> None:
    page = verify(client, number)
    assert page.status_code in (200, 404)
    assert "<script>alert" not in page.text
    assert "set-cookie" not in page.headers
    if page.status_code == 200:
        assert 'data-status="unknown" data-genuine="false"' in page.text
        why = "mistyped" if number == "PX" + "9" * 18 else "malformed"
        assert mentions(page.text, t(f"certificate.verify.{why}"))
        body = client.get(f"/verify/{number}", headers=JSON).json()
        assert (body["genuine"], body["status"]) == (False, "unknown")
        assert body["holder_masked"] is None
        assert len(body["number"]) <= 24


def test_an_unknown_number_and_a_mistyped_one_say_different_things(
    client: TestClient, diploma: Diploma
) -> None:
    unknown = verify(client, unknown_number())
    assert mentions(unknown.text, t("certificate.verify.not_found"))
    mistyped = verify(client, wrong_check_digit(diploma.number))
    assert mentions(mistyped.text, t("certificate.verify.mistyped"))
    for page in (unknown, mistyped):
        assert 'data-genuine="false"' in page.text
        assert diploma.title not in page.text


def test_a_revoked_certificate_says_so_everywhere(client: TestClient, revoked: Diploma) -> None:
    page = verify(client, revoked.number)
    assert 'data-status="revoked" data-genuine="true"' in page.text
    assert mentions(page.text, t("certificate.verify.revoked"))
    body = client.get(f"/verify/{revoked.number}", headers=JSON).json()
    assert (body["genuine"], body["status"], body["revoked_on"]) == (True, "revoked", "2026-12-01")
    for extension in ("png", "pdf", "json"):
        url = f"/files/certificates/{revoked.id}.{extension}"
        refused = client.get(url, headers=revoked.owner.bearer)
        assert refused.status_code == 410
        assert mentions(refused.text, t("certificate.revoked_no_copy"))


def test_a_record_that_was_changed_shows_nothing_of_it(client: TestClient, saved: Session) -> None:
    made = issued(saved)
    saved.get_one(Certificate, made.id).title = "高级技师"
    saved.commit()
    body = client.get(f"/verify/{made.number}", headers=JSON).json()
    assert (body["genuine"], body["status"], body["title"]) == (False, "unknown", None)
    assert "高级技师" not in verify(client, made.number).text


def test_verifying_leaves_no_trace(client: TestClient, saved: Session, diploma: Diploma) -> None:
    before = row_counts(saved)
    answer = verify(client, diploma.number)
    assert row_counts(saved) == before
    assert "set-cookie" not in answer.headers


# The issuer's keys


def test_the_published_keys_check_a_credential_without_us(
    client: TestClient, diploma: Diploma
) -> None:
    published = client.get("/.well-known/portal-issuer.json")
    assert published.headers["cache-control"] == "public, max-age=300"
    keys = {key["kid"]: key for key in published.json()["keys"]}
    assert all("d" not in key for key in keys.values())  # the private half
    url = f"/files/certificates/{diploma.id}.json"
    token = client.get(url, headers=diploma.owner.bearer).json()["credential"]
    kid = json.loads(_decoded(token.split(".")[0]))["kid"]
    with pytest.warns(SecurityWarning, match="EdDSA"):  # the name that badge libraries know
        checked = jws.deserialize_compact(token, OKPKey.import_key(keys[kid]), algorithms=["EdDSA"])
    payload = json.loads(checked.payload)
    assert diploma.number in checked.payload.decode()
    assert published.json()["id"] in json.dumps(payload["issuer"])
    text = checked.payload.decode()
    assert not [
        fact for fact in personal(diploma.owner) if fact in text.replace(diploma.number, "")
    ]


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


# Files


def test_the_picture_opens_and_carries_the_credential(client: TestClient, diploma: Diploma) -> None:
    answer = client.get(f"/files/certificates/{diploma.id}.png", headers=diploma.owner.bearer)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == f'inline; filename="{diploma.number}.png"'
    with Image.open(io.BytesIO(answer.content)) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert min(picture.size) > 400
    assert extract_from_png(answer.content) is not None


def test_the_paper_opens_and_names_its_holder(client: TestClient, diploma: Diploma) -> None:
    answer = client.get(f"/files/certificates/{diploma.id}.pdf", headers=diploma.owner.bearer)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="{diploma.number}.pdf"'
    reader = PdfReader(io.BytesIO(answer.content))
    text = reader.pages[0].extract_text()
    assert len(reader.pages) == 1
    assert diploma.owner.id_no not in text
    assert diploma.owner.id_no[-4:] in text
    assert extract_from_pdf(answer.content) is not None


def test_no_file_is_kept_by_anybody_on_the_way(client: TestClient, diploma: Diploma) -> None:
    for url in (
        *(f"/files/certificates/{diploma.id}.{kind}" for kind in ("png", "pdf", "json")),
        *("/files/archive.pdf", "/files/archive.json"),
    ):
        answer = client.get(url, headers=diploma.owner.bearer)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        name = re.findall(r'filename="([^"]*)"', answer.headers["content-disposition"])
        assert name == [url.rsplit("/", 1)[1]] or name[0].startswith(diploma.number)
        assert not [fact for fact in personal(diploma.owner)[:1] if fact in name[0]]
        assert diploma.owner.id_no not in answer.text


def test_the_archive_opens_as_paper_and_as_data(client: TestClient, diploma: Diploma) -> None:
    paper = client.get("/files/archive.pdf", headers=diploma.owner.bearer)
    assert paper.headers["content-type"] == "application/pdf"
    assert PdfReader(io.BytesIO(paper.content)).pages
    data = client.get("/files/archive.json", headers=diploma.owner.bearer)
    body = data.json()
    assert data.headers["content-disposition"] == 'attachment; filename="archive.json"'
    assert body["holder"]["name"] == diploma.owner.person.name
    assert body["holder"]["id_no"].endswith(diploma.owner.id_no[-4:])
    assert [made["number"] for made in body["certificates"]] == [diploma.number]
    assert body["intact"] is True


def test_an_empty_archive_opens_too(client: TestClient, saved: Session) -> None:
    nobody = someone(saved, name="དབྱངས་ཅན𪚥")
    paper = client.get("/files/archive.pdf", headers=nobody.bearer)
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    assert client.get("/files/archive.json", headers=nobody.bearer).json()["certificates"] == []


def test_another_trainee_finds_no_such_file(
    client: TestClient, saved: Session, diploma: Diploma
) -> None:
    other = someone(saved)
    for extension in ("png", "pdf", "json"):
        answer = client.get(f"/files/certificates/{diploma.id}.{extension}", headers=other.bearer)
        assert answer.status_code == 404
        assert mentions(answer.text, sentence_for(NotFound()))
        assert diploma.number not in answer.text
    archive = client.get("/files/archive.json", headers=other.bearer).json()
    assert archive["certificates"] == []


def test_nobody_else_gets_the_file_either(
    client: TestClient, saved: Session, diploma: Diploma
) -> None:
    url = f"/files/certificates/{diploma.id}.pdf"
    assert client.get(url).status_code == 401
    staff = (diploma.room.manager, diploma.room.instructor)
    authority = (someone(saved, Role.OFFICER), someone(saved, Role.AUDITOR))
    for who in (*staff, *authority):
        for path in (url, "/files/archive.pdf", "/files/archive.json"):
            assert client.get(path, headers=who.bearer).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        *("..%2f..%2fkeys%2fmaster.key", "../keys/master.key.pdf", "%2e%2e/%2e%2e/etc/passwd.png"),
        *("x.pdf", "x.y.pdf", ".pdf", "pdf", "%00.pdf", "班.pdf", "a" * 10_000 + ".pdf"),
        *(
            "{id}.exe",
            "{id}",
            "{id}.pdf.exe",
            "{id}.PDF",
            "{id}.pdf%00",
            "{id}.png/x",
            "{id}%20.png",
        ),
        *("{other}.pdf", "{id} .pdf", "{{{id}}}.json"),
    ],
)
def test_any_other_name_is_no_file(client: TestClient, diploma: Diploma, path: str) -> None:
    client.cookies.set(LOGIN_COOKIE, diploma.owner.token)
    named = path.format(id=diploma.id, other=uuid4())
    answer = client.get(f"/files/certificates/{named}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_whoever_counts_numbers_up_has_to_wait(client: TestClient) -> None:
    numbers = (format_certificate_number("650400", 2026, serial) for serial in range(1, 70))
    answers = [client.get(f"/verify/{number}") for number in numbers]
    assert {one.status_code for one in answers[: verify_throttle.BURST]} == {200}
    stopped = answers[-1]
    assert stopped.status_code == 429
    assert stopped.headers["retry-after"] == "1"
    api = client.get("/api/v1/certificates/PX650400202600000017/verification")
    assert (api.status_code, api.json()["code"]) == (429, "too_many_attempts")


def test_the_signed_list_of_what_was_revoked_is_public(
    client: TestClient, revoked: Diploma
) -> None:
    keys = client.get("/.well-known/portal-issuer.json").json()["keys"]
    answer = client.get("/status/0")
    assert answer.headers["content-type"] == "application/vc+jwt"
    told = verify_compact(answer.text, keys)
    token = client.get("/status/99")
    assert token.status_code == 404
    assert any(status_list.bits_of(told))
