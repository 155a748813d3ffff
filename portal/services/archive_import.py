"""An owner brings the archive of another portal along: hands in the file, sees every line with
what we found about it, and says which to take. Nothing is taken over unseen."""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveImport, ArchiveImportLine, Person, TrustedPortal
from portal.db.vault import get_vault
from portal.domain import carry
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import (
    audit,
    import_file,
    import_findings,
    import_refresh,
    import_taking,
    people,
)
from portal.services.archive_export import binding
from portal.services.import_file import ArchiveFile
from portal.services.one_person import ids_of
from portal.services.remote_lists import MOST_LISTS, Fetched
from portal.services.times import moment_text

# Files that one person may hand in within a day.
_A_DAY = 20
# What was fetched within this time need not be asked for again.
_FRESH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ToAsk:
    """Which portal made a file, and which lists to fetch before judging it; ``url`` is empty when
    what we have is fresh."""

    url: str
    lists: tuple[str, ...]


def whom_to_ask(session: Session, actor: Actor, *, content: bytes, now: datetime) -> ToAsk:
    """The first look at a file. Raises Unreadable, FileTooLarge, UnknownPortal, PortalWithdrawn,
    TooManyImports; Tampered when nothing that is fetched could help."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    _not_too_many(session, actor.the_person(), now)
    raw = import_file.read_form(content)
    portal = import_file.portal_of(session, raw)
    if import_file.knows_key(portal, raw):
        # Nobody sends us fetching with a file that nobody signed.
        import_file.check_seal(portal, raw, now=now)
    wanted = tuple(sorted({*portal.status_lists, *import_file.status_urls(raw)})[:MOST_LISTS])
    fresh = portal.fetched_at > now - _FRESH
    have = all("jws" in portal.status_lists.get(url, {}) for url in wanted)
    known = import_file.knows_keys(portal, raw)
    return ToAsk("" if known and fresh and have else portal.url, wanted)


def open_import(
    session: Session, actor: Actor, *, content: bytes, fetched: Fetched, now: datetime
) -> UUID:
    """Check a file and keep its lines for the owner to look at; the id of the preview.

    Raises what ``whom_to_ask`` and ``import_file.check`` raise, NotYours, NewerTaken. The same
    file again leads to the same preview, as long as nothing was decided.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    people.hold_open(session, actor)
    person = session.get_one(Person, actor.the_person())
    raw = import_file.read_form(content)
    portal = import_file.portal_of(session, raw)
    session.refresh(portal, with_for_update={"key_share": True})
    if portal.withdrawn_at is not None:
        raise carry.PortalWithdrawn(name=portal.name, url=portal.url)
    import_refresh.keep(session, portal, fetched, now=now)
    file = import_file.check(portal, raw, now=now)
    import_taking.hold(session, person.id)
    _is_newest(session, portal, person.id, file.header.made_at)
    _is_holders(person, file)
    file_hash = hashlib.sha256(content).hexdigest()
    again = _same_open(session, person.id, file_hash)
    if again is not None:
        return again
    made = ArchiveImport(
        id=new_id(),
        person_id=person.id,
        portal_id=portal.id,
        file_hash=file_hash,
        made_at=file.header.made_at,
        state="preview",
        at=now,
    )
    session.add(made)
    session.flush()
    for one in import_findings.findings(session, portal, file, person):
        session.add(
            ArchiveImportLine(
                id=new_id(),
                import_id=made.id,
                kind=one.kind,
                origin=one.origin,
                content=one.content | {"why": one.why},
                finding=one.finding,
                against_id=one.against,
                state="open",
            )
        )
    _audit(session, actor, "archive.import_read", made, {"serial": file.header.serial}, now)
    session.flush()
    return made.id


def decide(
    session: Session,
    actor: Actor,
    *,
    import_id: UUID,
    take: Collection[UUID],
    ask: Collection[UUID],
    now: datetime,
) -> None:
    """Take the new lines that the owner ticked, ask an officer about the contradictions ticked.

    Every line is judged once more: what has been taken or revoked since the preview is left.
    Again changes nothing. Raises NotFound, PortalWithdrawn, NewerTaken.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    person_id = actor.the_person()
    import_taking.hold(session, person_id)
    made = session.get(ArchiveImport, import_id, with_for_update=True, populate_existing=True)
    if made is None or made.person_id not in ids_of(session, person_id):
        raise NotFound
    if made.state != "preview":
        return
    portal = session.get_one(
        TrustedPortal, made.portal_id, with_for_update={"read": True}, populate_existing=True
    )
    if portal.withdrawn_at is not None:
        raise carry.PortalWithdrawn(name=portal.name, url=portal.url)
    # Two files may lie open side by side: what the later one put right stays so.
    _is_newest(session, portal, person_id, made.made_at)
    people, by = ids_of(session, person_id), actor.the_account()
    taken = asked = 0
    for line in _lines(session, made.id):
        if line.id in take and _is_still_new(session, portal, people, line):
            import_taking.take(
                session, line, portal, person_id=person_id, decided_by=by, note=None, now=now
            )
            taken += 1
        elif line.id in ask and line.finding == carry.CONFLICT:
            line.state = "asked"
            asked += 1
        else:
            line.state, line.decided_by, line.decided_at = "left", by, now
        session.flush()
    made.state, made.decided_at = "decided", now
    _audit(session, actor, "archive.import", made, {"taken": taken, "asked": asked}, now)


def drop(session: Session, actor: Actor, *, import_id: UUID, now: datetime) -> None:
    """Put a preview away without taking anything. Raises NotFound."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    made = session.get(ArchiveImport, import_id, with_for_update=True, populate_existing=True)
    if made is None or made.person_id not in ids_of(session, actor.the_person()):
        raise NotFound
    if made.state == "preview":
        made.state, made.decided_at = "dropped", now
        _audit(session, actor, "archive.import_drop", made, {}, now)


def _is_still_new(
    session: Session, portal: TrustedPortal, people: tuple[UUID, ...], line: ArchiveImportLine
) -> bool:
    """Judge a line once more; what has changed since the preview is written on it."""
    if line.finding != carry.NEW:
        return False
    line.finding, why = import_findings.again(session, portal, people, line)
    line.content = line.content | {"why": why}
    return line.finding == carry.NEW


def _not_too_many(session: Session, person_id: UUID, now: datetime) -> None:
    recent = select(func.count()).where(
        ArchiveImport.person_id == person_id, ArchiveImport.at > now - timedelta(days=1)
    )
    if (session.scalar(recent) or 0) >= _A_DAY:
        raise carry.TooManyImports(most=_A_DAY)


def _is_newest(session: Session, portal: TrustedPortal, person_id: UUID, made_at: datetime) -> None:
    """Of a portal the latest file counts: an older one hides what was put right since."""
    newest = session.scalar(
        select(func.max(ArchiveImport.made_at)).where(
            ArchiveImport.person_id.in_(ids_of(session, person_id)),
            ArchiveImport.portal_id == portal.id,
            ArchiveImport.state == "decided",
        )
    )
    if newest is not None and made_at < newest:
        raise carry.NewerTaken(when=moment_text(newest))


def _is_holders(person: Person, file: ArchiveFile) -> None:
    mine = binding(get_vault().open("id_no", person.id_no_enc), file.header.salt)
    if not hmac.compare_digest(mine, file.header.binding):
        raise carry.NotYours


def _same_open(session: Session, person_id: UUID, file_hash: str) -> UUID | None:
    found: UUID | None = session.scalar(
        select(ArchiveImport.id).where(
            ArchiveImport.person_id == person_id,
            ArchiveImport.file_hash == file_hash,
            ArchiveImport.state == "preview",
        )
    )
    return found


def _lines(session: Session, import_id: UUID) -> list[ArchiveImportLine]:
    query = select(ArchiveImportLine).where(ArchiveImportLine.import_id == import_id)
    ordered = query.order_by(ArchiveImportLine.id).with_for_update()
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    made: ArchiveImport,
    detail: dict[str, object],
    now: datetime,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="archive_import",
        object_id=made.id,
        detail=detail,
    )
