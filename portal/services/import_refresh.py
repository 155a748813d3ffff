"""Keeping what other portals publish up to date, and what follows from it in people's archives.

Fetching happens outside of any transaction (``remote_lists``); here its results are checked and
kept. Nothing that comes makes us know less: an older list is refused, a missing key stays.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, ArchiveImport, ArchiveImportLine, TrustedPortal
from portal.documents import signature, status_list
from portal.documents.signature import SignatureInvalid, UnknownIssuer
from portal.documents.status_list import BadStatusList
from portal.domain import carry, portal_page
from portal.domain.permissions import Actor, Permission
from portal.services import archive_chain, audit, carried_lines
from portal.services.remote_lists import MOST_LISTS, Fetched, is_list_of
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class Due:
    """A portal to be asked, and the lists to ask for."""

    portal_id: UUID
    url: str
    lists: tuple[str, ...]


def due(session: Session, actor: Actor, *, now: datetime) -> tuple[Due, ...]:
    """Every portal of the list; also those withdrawn from which something was taken, since their
    revocations still count."""
    actor.require(Permission.RUN_TASKS)
    took = exists().where(
        ArchiveImport.portal_id == TrustedPortal.id,
        ArchiveImportLine.import_id == ArchiveImport.id,
        ArchiveImportLine.state == "taken",
    )
    query = select(TrustedPortal).where(TrustedPortal.withdrawn_at.is_(None) | took)
    rows = session.scalars(query.order_by(TrustedPortal.fetched_at, TrustedPortal.id))
    return tuple(Due(row.id, row.url, tuple(row.status_lists)) for row in rows)


def refresh(
    session: Session, actor: Actor, *, portal_id: UUID, fetched: Fetched, now: datetime
) -> int:
    """Keep what a portal answered and mark what it has revoked; how many lines that were."""
    actor.require(Permission.RUN_TASKS)
    portal = session.get_one(TrustedPortal, portal_id, with_for_update=True, populate_existing=True)
    keep(session, portal, fetched, now=now)
    return _revocations(session, actor, portal, now)


def keep(session: Session, portal: TrustedPortal, fetched: Fetched, *, now: datetime) -> None:
    """Take over a page and lists, as far as they are newer and signed; the row must be locked."""
    if fetched.page is not None:
        try:
            page = portal_page.read_page(fetched.page, portal.url)
        except portal_page.BadPage:
            return
        portal.page = portal_page.merged(portal.page, page)
        portal.name, portal.fetched_at = page["name"], now
    lists = dict(portal.status_lists)
    for url, token in fetched.lists.items():
        if is_list_of(portal.url, url) and (url in lists or len(lists) < MOST_LISTS):
            lists[url] = _newer(portal, url, token, lists.get(url), now)
    portal.status_lists = {url: one for url, one in lists.items() if one}
    session.flush()


def is_revoked(portal: TrustedPortal, status_at: tuple[str, int]) -> bool | None:
    """Whether the portal's list, as we have it, says that a certificate is revoked; None when we
    have no such list."""
    kept = portal.status_lists.get(status_at[0], {})
    if "jws" not in kept:
        return None
    payload = signature.verify_compact(kept["jws"], portal.page["keys"])
    return status_list.is_set(status_list.bits_of(payload), status_at[1])


def _newer(
    portal: TrustedPortal, url: str, token: str, old: dict[str, Any] | None, now: datetime
) -> dict[str, Any]:
    """What to keep of a list: the newer one, or the old one with a mark of what was odd."""
    old = old or {}
    keys = [key for key in portal_page.portal_keys(portal.page) if "revoked_at" not in key]
    try:
        payload = signature.verify_compact(token, keys)
        bits = status_list.bits_of(payload)
    except (SignatureInvalid, UnknownIssuer, BadStatusList):
        return old | {"odd": "unsigned"}
    version = payload.get("version")
    if payload.get("id") != url or payload.get("issuer") != portal.page["id"]:
        return old | {"odd": "unsigned"}
    if type(version) is not int or version < old.get("version", 0):
        return old | {"odd": "older"}
    if version == old.get("version"):
        known = signature.verify_compact(old["jws"], portal.page["keys"])
        if status_list.bits_of(known) != bits:
            return old | {"odd": "older"}
    return {"jws": token, "version": version, "at": now.isoformat()}


def _revocations(session: Session, actor: Actor, portal: TrustedPortal, now: datetime) -> int:
    """Supersede every line about a certificate that the portal has revoked since."""
    superseded = exists().where(
        ArchiveEntry.kind == archive_chain.REVOCATION,
        ArchiveEntry.ref_id == ArchiveImportLine.id,
    )
    query = (
        select(ArchiveImportLine, ArchiveImport.person_id)
        .join(ArchiveImport, ArchiveImport.id == ArchiveImportLine.import_id)
        .where(
            ArchiveImport.portal_id == portal.id,
            ArchiveImportLine.kind == carry.CERTIFICATE,
            ArchiveImportLine.state == "taken",
            ~superseded,
        )
        .order_by(ArchiveImport.person_id, ArchiveImportLine.id)
    )
    count = 0
    for line, person_id in session.execute(query).all():
        at = line.content.get("status_at")
        if at and is_revoked(portal, (at[0], at[1])) and _supersede(session, line, now):
            audit.record(
                session,
                actor,
                "archive.carried_revoked",
                now=now,
                object_type="archive_import_line",
                object_id=line.id,
                on_behalf_of=person_id,
                detail={"portal": portal.url},
            )
            carried_lines.take_back_void(session, actor, person_id, now=now)
            count += 1
    return count


def _supersede(session: Session, line: ArchiveImportLine, now: datetime) -> bool:
    entry = session.get(ArchiveEntry, line.entry_id)
    if entry is None:
        return False
    in_force = archive_chain.in_force(archive_chain.entries_of(session, entry.person_id))
    if entry.id not in {one.id for one in in_force}:
        return False
    archive_chain.append(
        session,
        person_id=entry.person_id,
        kind=archive_chain.REVOCATION,
        ref_id=line.id,
        occurred_on=day_of(now),
        title=entry.title,
        institution_name=entry.institution_name,
        hours=entry.hours,
        detail=entry.detail | {"status": "revoked"},
        now=now,
        supersedes=entry.id,
        source_system=entry.source_system,
    )
    return True
