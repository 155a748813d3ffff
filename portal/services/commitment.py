"""The notice-and-commitment (告知承诺) in force: “对项目制培训实施培训服务和补贴申领告知承诺制”
(002_f7ad90e39cd17b48.txt; reference A1.4, M1).

The text lives in ``locale/``; the database keeps each version exactly as it was signed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import CommitmentTemplate
from portal.locale import t


class CommitmentChanged(RuntimeError):
    """The text was changed without a new version: signatures would refer to another text."""


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """What the trainee reads and signs. ``text_hash`` is the SHA-256 of ``text`` in hex."""

    version: str
    title: str
    paragraphs: tuple[str, ...]
    text_hash: str

    @property
    def text(self) -> str:
        """The whole text as it is hashed and stored: title and paragraphs, one a line."""
        return "\n".join((self.title, *self.paragraphs))


@lru_cache
def current() -> CommitmentView:
    """The commitment to sign today."""
    title = t("commitment.title")
    paragraphs = tuple(filter(None, map(str.strip, t("commitment.text").splitlines())))
    text = "\n".join((title, *paragraphs))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return CommitmentView(t("commitment.version"), title, paragraphs, digest)


def ensure_stored(session: Session, now: datetime) -> CommitmentView:
    """Store the current text unless it stands there; raises CommitmentChanged."""
    view = current()
    session.execute(
        insert(CommitmentTemplate)
        .values(version=view.version, text_hash=view.text_hash, text=view.text, created_at=now)
        .on_conflict_do_nothing()
    )
    stored = session.get(CommitmentTemplate, view.version)
    if stored is None or stored.text_hash != view.text_hash:
        raise CommitmentChanged(f"give the changed commitment a version other than {view.version}")
    return view
