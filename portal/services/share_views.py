"""A share link as others open it, and what its owner learns of that: when, on what, what came
of it. Nobody's address is kept."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Issuer, IssuerKey, ShareLink, ShareView
from portal.documents import sd_jwt
from portal.domain.permissions import Actor, Permission
from portal.services import issuers, share_records, share_states, shares
from portal.services.share_shown import Shown, shown
from portal.services.unit import token_hash

# Wrong codes before the link rests, how long it rests, and how often before it closes for good:
# else three months would be enough to try all codes of four digits.
TRIES_AT_ONCE = 5
TRIES_IN_ALL = 20
REST = timedelta(hours=1)
# Whoever loads the page again has not come again.
SAME_VISIT = timedelta(minutes=5)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}")
_SHOWN_VIEWS = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of opening a link. ``outcome`` is shown, code_asked, wrong_code, locked, closed,
    expired, revoked or unknown; only what is shown has ``page`` and ``presentation``."""

    outcome: str
    page: Shown | None = None
    presentation: str = ""
    tries_left: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """An opening of a link; ``device`` is a word of ``http.context.device_label``."""

    at: datetime
    device: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Visits:
    """How often a link was looked at, and the latest openings."""

    shown: int = 0
    latest: tuple[Visit, ...] = ()


def open_link(
    session: Session, actor: Actor, *, token: str, code: str | None, device: str, now: datetime
) -> Opened:
    """Open a link as anybody may, with a code where one was typed."""
    link = _find(session, token)
    if link is None:
        return Opened("unknown")
    outcome = _outcome(session, link, code, now)
    _note(session, link.id, outcome, device, now)
    if outcome == "wrong_code":
        return Opened(outcome, tries_left=TRIES_AT_ONCE - link.tries % TRIES_AT_ONCE)
    return _content(session, link, now) if outcome == "shown" else Opened(outcome)


def my_links(
    session: Session, actor: Actor, *, now: datetime
) -> tuple[tuple[shares.LinkView, Visits], ...]:
    """The actor's links with what became of each."""
    links = shares.my_links(session, actor, now=now)
    return tuple((link, _visits(session, link.id)) for link in links)


def visits_of(session: Session, actor: Actor, *, link_id: UUID) -> Visits:
    """What became of the actor's link. Raises NotFound."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    return _visits(session, shares.own_link(session, actor, link_id).id)


def _visits(session: Session, link_id: UUID) -> Visits:
    here = ShareView.link_id == link_id
    seen = session.scalar(select(func.count()).where(here, ShareView.outcome == "shown"))
    rows = session.scalars(
        select(ShareView)
        .where(here)
        .order_by(ShareView.at.desc(), ShareView.id.desc())
        .limit(_SHOWN_VIEWS)
    )
    return Visits(seen or 0, tuple(Visit(one.at, one.device, one.outcome) for one in rows))


def _find(session: Session, token: str) -> ShareLink | None:
    if not _TOKEN.fullmatch(token):
        return None
    # Locked: guesses that are sent all at once count one after the other.
    query = select(ShareLink).where(ShareLink.token_hash == token_hash(token))
    fresh = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(fresh)


def _outcome(session: Session, link: ShareLink, code: str | None, now: datetime) -> str:
    if link.revoked_at is not None:
        return "revoked"
    if link.expires_at <= now:
        return "expired"
    if link.code_hash is None:
        return "shown"
    if link.tries >= TRIES_IN_ALL:
        return "closed"
    if _rests(session, link, now):
        return "locked"
    if code is None:
        return "code_asked"
    if hmac.compare_digest(shares.code_hash(link.id, code.strip()[:10]), link.code_hash):
        # Whoever knows the code makes up for what was mistyped since the last rest, no more: else
        # every visitor would give a guesser twenty tries anew.
        link.tries -= link.tries % TRIES_AT_ONCE
        return "shown"
    link.tries += 1
    if link.tries >= TRIES_IN_ALL:
        return "closed"
    return "locked" if link.tries % TRIES_AT_ONCE == 0 else "wrong_code"


def _rests(session: Session, link: ShareLink, now: datetime) -> bool:
    """Whether the last of so many wrong codes is less than an hour ago."""
    if link.tries == 0 or link.tries % TRIES_AT_ONCE:
        return False
    query = select(func.min(ShareView.at)).where(
        ShareView.link_id == link.id, ShareView.outcome == "locked", ShareView.at > now - REST
    )
    return session.scalar(query) is not None


def _note(session: Session, link_id: UUID, outcome: str, device: str, now: datetime) -> None:
    """Write the opening down, unless it is the same visit still; every wrong code counts."""
    if outcome == "locked" and _noted(session, link_id, outcome, None, now - REST):
        # The rest is counted from when it began.
        return
    again = outcome != "wrong_code" and outcome != "locked"
    if again and _noted(session, link_id, outcome, device, now - SAME_VISIT):
        return
    session.add(ShareView(id=new_id(), link_id=link_id, at=now, outcome=outcome, device=device))
    session.flush()


def _noted(
    session: Session, link_id: UUID, outcome: str, device: str | None, since: datetime
) -> bool:
    query = select(ShareView.id).where(
        ShareView.link_id == link_id, ShareView.outcome == outcome, ShareView.at > since
    )
    if device is not None:
        query = query.where(ShareView.device == device)
    return session.scalar(query.limit(1)) is not None


def _content(session: Session, link: ShareLink, now: datetime) -> Opened:
    presentation, class_ids = shares.contents(link)
    claims = sd_jwt.verify(presentation, _portal_keys(session))
    gone = share_records.superseded(session, link.person_id, class_ids)
    page = shown(
        claims,
        issuer=issuers.portal_name(),
        until=link.expires_at,
        states=share_states.states_of(
            session, [UUID(one) for one in link.certificate_ids], now=now
        ),
        changed=[n for n, one in enumerate(class_ids) if one in gone],
    )
    return Opened("shown", page, presentation)


def _portal_keys(session: Session) -> list[dict[str, Any]]:
    """The portal's own keys, old ones too: institutions have thousands of others."""
    rows = session.execute(select(IssuerKey, Issuer).join(Issuer).where(Issuer.kind == "portal"))
    return [jwk for key, issuer in rows for jwk in issuers.sealed_jwk(key, issuer)]
