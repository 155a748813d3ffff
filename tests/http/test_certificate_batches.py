"""Everybody's certificates at once, by the plain door."""

import io
import zipfile
from datetime import datetime

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.db.models import Certificate, CertificateFile
from portal.http.context import LOGIN_COOKIE
from portal.services import certificate_files
from tests.support.batches import ClosedClass, closed_class
from tests.support.factories import NOW
from tests.support.tasks import forget_all


@pytest.fixture
def closed(saved: Session, client: TestClient, now: datetime) -> ClosedClass:
    made = closed_class(saved, people=3, now=NOW)
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, made.token)
    yield made
    client.cookies.clear()
    forget_all()


def path(closed: ClosedClass, form: str) -> str:
    return f"/files/classes/{closed.made.id}/certificates.{form}"


def test_the_zip_holds_both_files_of_everybody_under_their_numbers(
    saved: Session, client: TestClient, closed: ClosedClass
) -> None:
    answer = client.get(path(closed, "zip"))
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "certificates.zip" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as folder:
        assert folder.testzip() is None
        numbers = [one.number for one in closed.issued]
        assert set(folder.namelist()) == {
            f"{no}.{form}" for no in numbers for form in ("pdf", "png")
        }
        for one in closed.issued:
            page = PdfReader(io.BytesIO(folder.read(f"{one.number}.pdf"))).pages[0]
            assert one.holder_name in "".join(page.extract_text().split())
    # What had to be drawn for it is kept.
    ids = [one.id for one in closed.issued]
    kept = select(CertificateFile).where(CertificateFile.certificate_id.in_(ids))
    assert len(saved.scalars(kept).all()) == 6


def test_the_zip_serves_what_is_kept_without_drawing(
    client: TestClient, closed: ClosedClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(path(closed, "zip")).content
    monkeypatch.setattr(certificate_files, "draw", lambda order: pytest.fail("drawn again"))
    assert client.get(path(closed, "zip")).content == first


def test_one_pdf_prints_everybody(client: TestClient, closed: ClosedClass) -> None:
    answer = client.get(path(closed, "pdf"))
    assert answer.headers["content-type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    texts = ["".join(page.extract_text().split()) for page in pages]
    assert len(texts) == 3
    for one, text in zip(sorted(closed.issued, key=lambda c: c.number), texts, strict=True):
        assert one.number in text


def test_a_certificate_revoked_while_it_loads_is_left_out(
    saved: Session, client: TestClient, closed: ClosedClass
) -> None:
    gone = saved.get_one(Certificate, closed.issued[0].id)
    gone.status, gone.revoked_at = "revoked", NOW
    saved.commit()
    pages = PdfReader(io.BytesIO(client.get(path(closed, "pdf")).content)).pages
    assert len(pages) == 2


def test_the_class_of_another_institution_does_not_exist(
    saved: Session, client: TestClient, closed: ClosedClass
) -> None:
    other = closed_class(saved, people=1, now=NOW)
    saved.commit()
    client.cookies.set(LOGIN_COOKIE, other.token)
    for form in ("zip", "pdf"):
        assert client.get(path(closed, form)).status_code == 404
