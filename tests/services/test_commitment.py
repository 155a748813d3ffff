"""The text that is signed, and that it cannot change under a signature."""

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from portal.db.models import CommitmentTemplate
from portal.services import commitment
from tests.support.factories import NOW


def test_the_hash_is_that_of_the_text_as_shown() -> None:
    view = commitment.current()
    shown = "\n".join((view.title, *view.paragraphs))
    assert view.text_hash == hashlib.sha256(shown.encode()).hexdigest()
    assert {line[:4] for line in view.paragraphs} == {"【告知】", "【承诺】"}


def test_the_text_is_stored_once_as_it_was_signed(session: Session) -> None:
    for _ in range(2):
        view = commitment.ensure_stored(session, NOW)
    stored = session.get_one(CommitmentTemplate, view.version)
    assert (stored.text, stored.text_hash) == (view.text, view.text_hash)


def test_another_text_under_the_same_version_is_refused(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = commitment.ensure_stored(session, NOW)
    changed = replace(view, paragraphs=("别的",), text_hash="0" * 64)
    monkeypatch.setattr(commitment, "current", lambda: changed)
    with pytest.raises(commitment.CommitmentChanged):
        commitment.ensure_stored(session, NOW)


def test_the_same_text_under_another_version_is_refused(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = commitment.ensure_stored(session, NOW)
    monkeypatch.setattr(commitment, "current", lambda: replace(view, version="2099-01"))
    with pytest.raises(commitment.CommitmentChanged):
        commitment.ensure_stored(session, NOW)
