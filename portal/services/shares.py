"""Share links: what their owner shows to others, for a time, and takes back at any moment.

Every link is an SD-JWT of its own, signed over all fields of the chosen records. Only the chosen
disclosures are kept, sealed; the others are never written anywhere, so that what was not chosen
cannot be recovered, not even by us.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Person, ShareLink
from portal.db.vault import get_vault
from portal.documents import qr, sd_jwt
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, issuers, people, share_records, share_states
from portal.services.hot import LOCK_PERSON
from portal.services.one_person import ids_of
from portal.services.share_fields import DIGESTS, FIELDS, Choice, listed, only
from portal.services.share_records import Records
from portal.services.share_shown import Shown, shown
from portal.services.times import day_of, day_text
from portal.services.unit import token_hash
from portal.settings import get_settings

# What the signed claims say they are.
VCT = "urn:training-portal:excerpt:1"
MOST_LIVE = 20
# 160 bits: nobody finds a link by trying.
_TOKEN_BYTES = 20
_SEALED_AS = "share_presentation"
_TOKEN_SEALED_AS = "share_token"  # noqa: S105 - the name of a column
_MOST_LISTED = 60


class TooManyLinks(BadInput):
    """So many links at once nobody keeps in mind."""

    def __init__(self) -> None:
        super().__init__("choice", "shares.too_many_links", most=MOST_LIVE)


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as its owner sees it. ``state`` is live, expired or revoked; ``url`` is empty once
    it is not live. ``fields`` are words."""

    id: UUID
    title: str
    state: str
    url: str
    fields: tuple[str, ...]
    records: int
    has_code: bool
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def records(session: Session, actor: Actor) -> Records:
    """What the actor may show."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    return share_records.records_of(session, actor.the_person())


def preview(session: Session, actor: Actor, *, choice: Choice, now: datetime) -> Shown:
    """Exactly what others will see. Raises NotFound for records that are not the actor's."""
    everything = records(session, actor)
    chosen = everything.chosen(choice)
    claims = share_records.claims_of(chosen, everything, today=day_of(now))
    return shown(
        only(claims, choice.fields),
        issuer=issuers.portal_name(),
        until=now + timedelta(days=choice.days),
        states=share_states.states_of(session, [one.id for one in chosen.certificates], now=now),
    )


def make(session: Session, actor: Actor, *, choice: Choice, now: datetime) -> LinkView:
    """Make a link. Raises TooManyLinks, NotFound for records that are not the actor's."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    person = session.get_one(Person, actor.the_person())
    # Two links made at once count each other.
    session.execute(text(LOCK_PERSON), {"person_no": person.no})
    people.hold_open(session, actor)
    if _live_count(session, person.id, now) >= MOST_LIVE:
        raise TooManyLinks
    everything = records(session, actor)
    chosen = everything.chosen(choice)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    link = _row(person.id, choice, chosen, token, now)
    link.presentation_enc = _sealed(session, link, choice, chosen, everything, now)
    session.add(link)
    session.flush()
    detail = {"records": len(choice.certificates) + len(choice.classes), "days": choice.days}
    _trace(session, actor, "share.make", link, now, detail | {"fields": link.fields})
    return _view(link, now)


def revoke(session: Session, actor: Actor, *, link_id: UUID, now: datetime) -> None:
    """The actor's link works no more, and what it showed is destroyed. Again does no harm.

    Raises NotFound.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    link = own_link(session, actor, link_id, lock=True)
    if link.revoked_at is None:
        link.revoked_at = now
        link.presentation_enc = link.token_enc = b""
        session.flush()
        _trace(session, actor, "share.revoke", link, now, {})


def my_links(session: Session, actor: Actor, *, now: datetime) -> tuple[LinkView, ...]:
    """The actor's links, live ones first, then the newest."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    rows = session.scalars(
        select(ShareLink)
        .where(ShareLink.person_id.in_(ids_of(session, actor.the_person())))
        .order_by(ShareLink.created_at.desc(), ShareLink.id.desc())
        .limit(_MOST_LISTED)
    )
    views = [_view(one, now) for one in rows]
    return tuple(sorted(views, key=lambda one: one.state != "live"))


def link_qr(session: Session, actor: Actor, *, link_id: UUID, now: datetime) -> str:
    """A live link of the actor's as a QR code (SVG). Raises NotFound."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    view = _view(own_link(session, actor, link_id), now)
    if view.state != "live":
        raise NotFound
    return qr.svg(view.url)


def own_link(session: Session, actor: Actor, link_id: UUID, *, lock: bool = False) -> ShareLink:
    """A link of the actor's; raises NotFound for another's."""
    query = select(ShareLink).where(
        ShareLink.id == link_id,
        ShareLink.person_id.in_(ids_of(session, actor.the_person())),
    )
    link = session.scalar(query.with_for_update() if lock else query)
    if link is None:
        raise NotFound
    return link


def wipe_ended(session: Session, actor: Actor, *, now: datetime) -> None:
    """Destroy what links showed that are over; the list still says that they were."""
    actor.require(Permission.RUN_TASKS)
    over = or_(ShareLink.revoked_at.is_not(None), ShareLink.expires_at <= now)
    session.execute(
        update(ShareLink)
        .where(over, ShareLink.presentation_enc != b"")
        .values(presentation_enc=b"", token_enc=b"")
    )


def contents(link: ShareLink) -> tuple[str, list[UUID]]:
    """The presentation of a link that is not over, and the class lines it tells of."""
    kept = json.loads(get_vault().open(_SEALED_AS, link.presentation_enc))
    return kept["presentation"], [UUID(one) for one in kept["classes"]]


def _row(person_id: UUID, choice: Choice, chosen: Records, token: str, now: datetime) -> ShareLink:
    link_id = new_id()
    day = day_of(now)
    return ShareLink(
        id=link_id,
        person_id=person_id,
        token_hash=token_hash(token),
        token_enc=get_vault().seal(_TOKEN_SEALED_AS, token),
        title=choice.title or t("shares.default_title", day=day_text(day)),
        fields=[f"{part}.{one}" for part in FIELDS for one in listed(choice.fields, part)],
        certificate_ids=[str(one.id) for one in chosen.certificates],
        code_hash=code_hash(link_id, choice.code) if choice.code else None,
        tries=0,
        created_at=now,
        expires_at=now + timedelta(days=choice.days),
    )


def code_hash(link_id: UUID, code: str) -> bytes:
    """What is kept of a link's code: without our key not even six digits can be tried out."""
    return get_vault().lookup_hash("share_code", f"{link_id}:{code}")


def _sealed(
    session: Session,
    link: ShareLink,
    choice: Choice,
    chosen: Records,
    everything: Records,
    now: datetime,
) -> bytes:
    """The signed excerpt with the chosen disclosures, sealed; the others end here."""
    key = issuers.of_portal(session, now=now)
    claims = share_records.claims_of(chosen, everything, today=day_of(now))
    fields = {path: name for name, path in share_records.paths(claims)}
    frame = {
        "iss": key.issuer_url,
        "vct": VCT,
        "jti": f"urn:uuid:{link.id}",
        "iat": int(now.timestamp()),
        "exp": int(link.expires_at.timestamp()),
    }
    jwt, disclosures = sd_jwt.issue(frame | claims, fields, key, pad=DIGESTS)
    told = [one for one in disclosures if fields[one.path] in choice.fields]
    kept = {
        "presentation": sd_jwt.present(jwt, told),
        "classes": [str(one.id) for one in chosen.classes],
    }
    return get_vault().seal(_SEALED_AS, json.dumps(kept))


def _live_count(session: Session, person_id: UUID, now: datetime) -> int:
    query = select(func.count()).where(
        ShareLink.person_id.in_(ids_of(session, person_id)),
        ShareLink.revoked_at.is_(None),
        ShareLink.expires_at > now,
    )
    return session.scalar(query) or 0


def _view(link: ShareLink, now: datetime) -> LinkView:
    state = "revoked" if link.revoked_at else "live" if link.expires_at > now else "expired"
    url = ""
    if state == "live":
        token = get_vault().open(_TOKEN_SEALED_AS, link.token_enc)
        url = f"{get_settings().public_url}/s/{token}"
    return LinkView(
        id=link.id,
        title=link.title,
        state=state,
        url=url,
        fields=tuple(t(f"shares.field.{name}") for name in link.fields),
        records=len(link.certificate_ids),
        has_code=link.code_hash is not None,
        created_at=link.created_at,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
    )


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    link: ShareLink,
    now: datetime,
    detail: dict[str, Any],
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="share_link",
        object_id=link.id,
        on_behalf_of=link.person_id,
        detail=detail,
    )
