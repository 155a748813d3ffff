"""Whose word we take: the other portals on the authority's list.

A portal is added with a page of issuers that somebody saved and whose keys were compared by
telephone; from then on it is asked only at its registered address (``import_refresh``).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveImport, ArchiveImportLine, TrustedPortal
from portal.domain import portal_page
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.reasons import clean_reason
from portal.services.scope import region_prefix, the_area
from portal.settings import get_settings

# Digits of a region that a whole province begins with; an officer of less keeps no list.
_PROVINCE = 2


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key of another portal. ``state`` is good, retired, revoked or dropped."""

    kid: str
    issuer: str
    state: str

    @property
    def spoken(self) -> str:
        """The fingerprint in groups of four, to read out over the telephone."""
        return " ".join(self.kid[n : n + 4] for n in range(0, len(self.kid), 4))


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A saved page of issuers, as an officer reads it before confirming."""

    url: str
    name: str
    issuers: tuple[str, ...]
    keys: tuple[ListedKey, ...]
    is_listed: bool


@dataclass(frozen=True, slots=True)
class ListedPortal:
    """A portal of the list. ``fetched_at`` says how old its page and lists are; ``odd`` names
    status lists that came older than what we had, or not signed by it."""

    portal_id: UUID
    url: str
    name: str
    issuers: int
    keys: tuple[ListedKey, ...]
    lists: int
    odd: tuple[str, ...]
    added_at: datetime
    fetched_at: datetime
    withdrawn_at: datetime | None
    reason: str | None
    taken: int


def may_change(actor: Actor) -> bool:
    """Whether an officer keeps the list: those of the country or of a province do."""
    return actor.may(Permission.KEEP_ISSUERS) and len(region_prefix(the_area(actor))) <= _PROVINCE


def i_may_change(session: Session, actor: Actor, *, now: datetime) -> bool:
    """Whether the actor keeps the list."""
    return may_change(actor)


def check_keeper(session: Session, actor: Actor, *, now: datetime) -> None:
    """Raise Forbidden for whoever may not change the list."""
    _keeper(actor)


def listed(session: Session, actor: Actor, *, now: datetime) -> tuple[ListedPortal, ...]:
    """The whole list, also those taken off it, the latest first; every officer may read it."""
    actor.require(Permission.KEEP_PERSONS)
    taken = (
        select(func.count())
        .select_from(ArchiveImportLine)
        .join(ArchiveImport, ArchiveImport.id == ArchiveImportLine.import_id)
        .where(ArchiveImport.portal_id == TrustedPortal.id, ArchiveImportLine.state == "taken")
        .correlate(TrustedPortal)
        .scalar_subquery()
    )
    query = select(TrustedPortal, taken).order_by(
        TrustedPortal.withdrawn_at.is_not(None), TrustedPortal.added_at.desc(), TrustedPortal.id
    )
    return tuple(_listed(row, count) for row, count in session.execute(query))


def names(session: Session) -> tuple[tuple[str, str], ...]:
    """Name and address of every portal on the list, for whoever wants to bring something along."""
    query = select(TrustedPortal.name, TrustedPortal.url).where(
        TrustedPortal.withdrawn_at.is_(None)
    )
    return tuple((row.name, row.url) for row in session.execute(query.order_by(TrustedPortal.name)))


def look(session: Session, actor: Actor, *, url: str, content: bytes, now: datetime) -> PageSeen:
    """A saved page as it reads, before it is confirmed. Raises BadInput, Forbidden."""
    _keeper(actor)
    address, page = _read(url, content)
    live = exists().where(TrustedPortal.url == address, TrustedPortal.withdrawn_at.is_(None))
    return PageSeen(
        url=address,
        name=page["name"],
        issuers=tuple(one["name"] for one in page["issuers"]),
        keys=_keys(page),
        is_listed=bool(session.scalar(select(live))),
    )


def add(session: Session, actor: Actor, *, url: str, content: bytes, now: datetime) -> UUID:
    """Put a portal on the list; one that stands there already stays as it is.

    Raises BadInput for an address or page that will not do, Forbidden below a province.
    """
    _keeper(actor)
    address, page = _read(url, content)
    made = TrustedPortal(
        id=new_id(),
        url=address,
        name=page["name"],
        page=page,
        status_lists={},
        added_by=actor.account_id,
        added_at=now,
        fetched_at=now,
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        raise BadInput("url", "portals.listed_already") from None
    audit.record(
        session,
        actor,
        "portal.trust",
        now=now,
        object_type="trusted_portal",
        object_id=made.id,
        detail={"url": address, "keys": [key["kid"] for key in page["keys"]][:20]},
    )
    return made.id


def withdraw(
    session: Session, actor: Actor, *, portal_id: UUID, reason: str, now: datetime
) -> None:
    """Take a portal off the list: what was taken from it stays, nothing new comes.

    Again does no harm. Raises NotFound, Forbidden, BadInput (reason).
    """
    _keeper(actor)
    reason = clean_reason(reason, shortest=4)
    row = session.get(TrustedPortal, portal_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at, row.reason = now, reason
    session.flush()
    audit.record(
        session,
        actor,
        "portal.withdraw",
        now=now,
        object_type="trusted_portal",
        object_id=row.id,
        reason=reason,
        detail={"url": row.url},
    )


def _keeper(actor: Actor) -> None:
    actor.require(Permission.KEEP_ISSUERS)
    if not may_change(actor):
        raise Forbidden


def _read(url: str, content: bytes) -> tuple[str, dict[str, Any]]:
    settings = get_settings()
    address = portal_page.portal_address(url, local=not settings.is_production)
    if address == settings.public_url:
        raise BadInput("url", "portals.ourselves")
    return address, portal_page.read_page(content, address)


def _keys(page: dict[str, Any]) -> tuple[ListedKey, ...]:
    names = {one["id"]: one["name"] for one in page["issuers"]}
    return tuple(
        ListedKey(key["kid"], names.get(key["iss"], ""), _state(key)) for key in page["keys"]
    )


def _state(key: dict[str, Any]) -> str:
    if "revoked_at" in key:
        return "revoked"
    if key.get("dropped"):
        return "dropped"
    return "retired" if "exp" in key else "good"


def _listed(row: TrustedPortal, taken: int) -> ListedPortal:
    lists = row.status_lists
    return ListedPortal(
        portal_id=row.id,
        url=row.url,
        name=row.name,
        issuers=len(row.page["issuers"]),
        keys=_keys(row.page),
        lists=sum("jws" in one for one in lists.values()),
        odd=tuple(url for url, one in lists.items() if one.get("odd")),
        added_at=row.added_at,
        fetched_at=row.fetched_at,
        withdrawn_at=row.withdrawn_at,
        reason=row.reason,
        taken=taken,
    )
