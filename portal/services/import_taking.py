"""Lines of an archive file that become part of the archive here, with their origin."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, ArchiveImportLine, Person, TrustedPortal
from portal.domain.carry import CERTIFICATE, CLASS
from portal.services import archive_chain
from portal.services.one_person import ids_of


def hold(session: Session, person_id: UUID) -> None:
    """Let nobody else decide about this person's lines meanwhile."""
    session.execute(
        select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)
    ).one()


def take(
    session: Session,
    line: ArchiveImportLine,
    portal: TrustedPortal,
    *,
    person_id: UUID,
    decided_by: UUID,
    note: str | None,
    now: datetime,
) -> ArchiveEntry:
    """Add a line to the archive, in the place of an older version of it if there is one."""
    content, old = line.content, _older(session, line, person_id)
    if old is not None:
        # Its archive line is superseded; the place of the taken one is free for this.
        old.state = "left"
        session.flush()
    entry = archive_chain.append(
        session,
        person_id=_owner(session, old, person_id),
        kind=archive_chain.CARRIED,
        ref_id=line.id,
        occurred_on=date.fromisoformat(content["ends_on" if line.kind == CLASS else "issued_on"]),
        title=content["title"],
        institution_name=content["institution_name"],
        hours=content["hours"],
        detail=_detail(line, portal),
        now=now,
        supersedes=old.entry_id if old else None,
        source_system=portal.url,
    )
    line.state, line.entry_id = "taken", entry.id
    line.decided_by, line.decided_at, line.note = decided_by, now, note
    session.flush()
    return entry


def _older(session: Session, line: ArchiveImportLine, person_id: UUID) -> ArchiveImportLine | None:
    """Another version of the same thing, taken before and still in force."""
    found: ArchiveImportLine | None = session.scalar(
        select(ArchiveImportLine).where(
            ArchiveImportLine.kind == line.kind,
            ArchiveImportLine.state == "taken",
            ArchiveImportLine.id != line.id,
            ArchiveImportLine.content["same"].astext == line.content["same"],
        )
    )
    if found is None:
        return None
    people = ids_of(session, person_id)
    mine = [e for one in people for e in archive_chain.entries_of(session, one)]
    in_force = {entry.id for entry in archive_chain.in_force(mine)}
    return found if found.entry_id in in_force else None


def _owner(session: Session, old: ArchiveImportLine | None, person_id: UUID) -> UUID:
    """A line can only be superseded in the chain that it stands in."""
    entry = session.get(ArchiveEntry, old.entry_id) if old else None
    return entry.person_id if entry else person_id


def _detail(line: ArchiveImportLine, portal: TrustedPortal) -> dict[str, Any]:
    content = line.content
    shared = {
        "subject": line.kind,
        "starts_on": content["starts_on"],
        "ends_on": content["ends_on"],
        "hours_planned": content["planned"],
        "certificate_number": content["number"],
        "occupation_code": content["occupation_code"],
        "origin": line.origin,
        "origin_hash": content["hash"],
        "portal": portal.name,
    }
    if line.kind == CERTIFICATE:
        return shared | {
            "status": "valid",
            "certificate_kind": content["kind"],
            "level_name": content["level_name"],
            "issued_on": content["issued_on"],
            "expires_on": content["expires_on"],
            "issuer": content["issuer"],
            "verify_url": f"{portal.url}/verify/{content['number']}",
        }
    return shared | {
        "status": content["status"],
        "programme_type": content["programme_type"],
        "level": content["level"],
        "institution_uscc": content["institution_uscc"],
    }
