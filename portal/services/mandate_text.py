"""The mandate (委托书) in force: what a helper may do for somebody, and what never.

As with the commitment, the text lives in ``locale/`` and the database keeps each version
exactly as it was read aloud and signed.
"""

import hashlib
from datetime import datetime
from functools import lru_cache

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import CommitmentTemplate
from portal.locale import t
from portal.services.commitment import CommitmentChanged, CommitmentView


@lru_cache
def current() -> CommitmentView:
    """The mandate to sign today; its version is apart from those of the commitment."""
    title = t("mandate.title")
    paragraphs = tuple(filter(None, map(str.strip, t("mandate.text").splitlines())))
    text = "\n".join((title, *paragraphs))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return CommitmentView(f"mandate-{t('mandate.version')}", title, paragraphs, digest)


def ensure_stored(session: Session, now: datetime) -> CommitmentView:
    """Store the current text unless it stands there; raises CommitmentChanged."""
    view = current()
    values = {
        "version": view.version,
        "text_hash": view.text_hash,
        "text": view.text,
        "created_at": now,
    }
    session.execute(insert(CommitmentTemplate).values(values).on_conflict_do_nothing())
    stored = session.get(CommitmentTemplate, view.version)
    if stored is None or stored.text_hash != view.text_hash:
        raise CommitmentChanged(f"give the changed mandate a version other than {view.version}")
    return view
