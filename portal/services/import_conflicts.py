"""Contradictions in imported archives that their owners have asked about: an officer decides."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveImport, ArchiveImportLine, Person, TrustedPortal
from portal.domain import carry
from portal.domain.errors import BadInput, NotFound
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.services import (
    audit,
    carried_lines,
    facts_scope,
    import_findings,
    import_taking,
    import_views,
)
from portal.services.reasons import clean_reason

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line that waits for an officer. ``may_take`` is false where nothing can be taken: the
    portal has been taken off the list, or has revoked the certificate meanwhile."""

    line_id: UUID
    holder_masked: str
    portal: str
    title: str
    facts: str
    sentence: str
    handed_in: datetime
    may_take: bool


def asked(session: Session, actor: Actor, *, now: datetime) -> tuple[AskedLine, ...]:
    """What waits in the officer's region, the oldest first; audited as a reading."""
    actor.require(Permission.KEEP_PERSONS)
    rows = session.execute(
        select(ArchiveImportLine, ArchiveImport, Person, TrustedPortal)
        .join(ArchiveImport, ArchiveImport.id == ArchiveImportLine.import_id)
        .join(Person, Person.id == ArchiveImport.person_id)
        .join(TrustedPortal, TrustedPortal.id == ArchiveImport.portal_id)
        .where(ArchiveImportLine.state == "asked", facts_scope.in_reach(actor))
        .order_by(ArchiveImportLine.id)
        .limit(_SHOWN)
    ).all()
    for line, _, person, _ in rows:
        audit.record(
            session,
            actor,
            "archive.carried_read",
            now=now,
            object_type="archive_import_line",
            object_id=line.id,
            on_behalf_of=person.id,
            fields_read=["name_masked", "title", "hours", "institution", "certificate_number"],
        )
    return tuple(
        AskedLine(
            line_id=line.id,
            holder_masked=mask_name(person.name),
            portal=portal.name,
            title=line.content["title"],
            facts=import_views.facts(line.content, line.kind),
            sentence=import_views.sentence(line),
            handed_in=made.at,
            may_take=_obstacle(portal, line) is None,
        )
        for line, made, person, portal in rows
    )


def decide(
    session: Session, actor: Actor, *, line_id: UUID, accept: bool, reason: str, now: datetime
) -> None:
    """Take a line in spite of the contradiction, or refuse it; the owner reads the reason.

    Decided already, it stays as it is. Raises NotFound outside the region, BadInput.
    """
    actor.require(Permission.KEEP_PERSONS)
    reason = clean_reason(reason, shortest=4)
    found = session.get(ArchiveImportLine, line_id)
    made = session.get(ArchiveImport, found.import_id) if found else None
    if found is None or made is None or found.state == "open":
        raise NotFound
    person = session.get_one(Person, made.person_id)
    facts_scope.check_reach(session, actor, person)
    import_taking.hold(session, person.id)
    line = session.get_one(ArchiveImportLine, line_id, with_for_update=True, populate_existing=True)
    if line.state != "asked":
        return
    portal = session.get_one(TrustedPortal, made.portal_id, populate_existing=True)
    if accept:
        obstacle = _obstacle(portal, line)
        if obstacle is not None:
            raise BadInput("line", obstacle)
        import_taking.take(
            session,
            line,
            portal,
            person_id=person.id,
            decided_by=actor.the_account(),
            note=reason,
            now=now,
        )
        carried_lines.take_back_void(session, actor, person.id, now=now)
    else:
        line.state, line.note = "refused", reason
        line.decided_by, line.decided_at = actor.account_id, now
        session.flush()
    audit.record(
        session,
        actor,
        "archive.carried_decide",
        now=now,
        object_type="archive_import_line",
        object_id=line.id,
        on_behalf_of=person.id,
        reason=reason,
        detail={"accepted": accept, "why": line.content["why"]},
    )


def _obstacle(portal: TrustedPortal, line: ArchiveImportLine) -> str | None:
    """Why not even an officer can take a line, as a locale key."""
    if portal.withdrawn_at is not None:
        return "carry.why.withdrawn"
    at = line.content.get("status_at")
    if line.kind != carry.CERTIFICATE or not at:
        return None
    if import_findings.status_of(portal, (at[0], at[1])) == "revoked":
        return "carry.why.revoked"
    return None
