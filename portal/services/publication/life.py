"""The life of a version: draft, scheduled, published, superseded, withdrawn (reference C1).

A version whose day lies ahead waits and comes into force by the clock at the beginning of that
day in Beijing. Nothing that was published is ever changed: running classes keep the programme
they were opened with (R53), and what a version said can always be read.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db.models import CatalogueImport, CatalogVersion
from portal.domain.catalogue_errors import (
    AlreadyScheduled,
    NotADraft,
    NothingNew,
    NotInForce,
    TooEarly,
)
from portal.domain.errors import BadInput
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.publication import comparing, scope, tables, versions
from portal.services.reasons import clean_reason
from portal.services.times import day_of

_LONGEST_DOC_NO = 100
_SHORTEST_REASON = 4
# A day that lies further ahead is a slip of the hand.
_FURTHEST = timedelta(days=366 * 2)


def publish_version(
    session: Session,
    actor: Actor,
    *,
    version_id: UUID,
    doc_no: str,
    effective_from: date,
    now: datetime,
) -> str:
    """Publish a draft under a document; answers ``published``, or ``scheduled`` for a later day.

    Raises NotFound (another region's too), NotADraft, BadInput (doc_no, effective_from), TooEarly,
    NothingNew, AlreadyScheduled, NameTaken, PlanGone.
    """
    scope.require(actor)
    versions.lock(session)
    version = scope.own_version(session, actor, version_id)
    if version.status != "draft":
        raise NotADraft
    version.doc_no = _clean_doc_no(doc_no)
    bring_out(
        session, version, effective_from=effective_from, published_by=actor.account_id, now=now
    )
    audit.record(
        session,
        actor,
        "publishing.publish",
        now=now,
        object_type="catalog_version",
        object_id=version.id,
        detail={
            "kind": version.kind,
            "region": version.region_code,
            "version": version.version_no,
            "from": effective_from.isoformat(),
            "rows": version.row_count,
        },
    )
    return version.status


def bring_out(
    session: Session,
    version: CatalogVersion,
    *,
    effective_from: date,
    published_by: UUID | None,
    now: datetime,
) -> None:
    """Publish a draft, at once or for its day; the caller holds the lock and writes the audit.

    Raises as ``publish_version``.
    """
    today = day_of(now)
    former = versions.in_force(session, version.kind, version.region_code)
    if effective_from > today + _FURTHEST:
        raise BadInput("effective_from", "publication.too_late")
    if former is not None and effective_from < former.effective_from:
        raise TooEarly(current=former.effective_from)
    if former is not None and versions.says_the_same(
        session, former, content_hash=version.content_hash, doc_no=version.doc_no
    ):
        raise NothingNew
    version.effective_from = effective_from
    version.published_at, version.published_by = now, published_by
    version.version_no = versions.next_number(session, version.kind, version.region_code)
    if effective_from <= today:
        _put_in_force(session, version, now)
        return
    if versions.scheduled(session, version.kind, version.region_code) is not None:
        raise AlreadyScheduled
    version.status = "scheduled"
    version.former_id = former.id if former else None
    session.flush()
    comparing.keep(session, version, comparing.against(session, version, former))


def _put_in_force(session: Session, version: CatalogVersion, now: datetime) -> None:
    former = versions.in_force(session, version.kind, version.region_code)
    changes = comparing.against(session, version, former)
    if former is not None:
        former.status = "superseded"
        former.effective_to = version.effective_from - timedelta(days=1)
        session.flush()
    version.status = "published"
    version.former_id = former.id if former else None
    session.flush()
    comparing.keep(session, version, changes)
    tables.apply(session, version, former.id if former else None, now)


def due(session: Session, actor: Actor, *, now: datetime) -> tuple[UUID, ...]:
    """The versions whose day has come."""
    actor.require(Permission.RUN_TASKS)
    query = select(CatalogVersion.id).where(
        CatalogVersion.status == "scheduled", CatalogVersion.effective_from <= day_of(now)
    )
    return tuple(session.scalars(query.order_by(CatalogVersion.effective_from)))


def come_into_force(session: Session, actor: Actor, *, version_id: UUID, now: datetime) -> bool:
    """Put a version in force whose day has come; False when that was done or undone meanwhile."""
    actor.require(Permission.RUN_TASKS)
    versions.lock(session)
    version = versions.locked(session, version_id)
    if version is None or version.status != "scheduled" or version.effective_from > day_of(now):
        return False
    _put_in_force(session, version, now)
    audit.record(
        session,
        actor,
        "publishing.come_into_force",
        now=now,
        object_type="catalog_version",
        object_id=version.id,
        detail={"kind": version.kind, "region": version.region_code},
    )
    return True


def withdraw(
    session: Session, actor: Actor, *, version_id: UUID, reason: str, now: datetime
) -> None:
    """Take a version back, for a reason that everybody can read; no other takes its place.

    From today on it does not apply; what was opened under it goes on. Raises NotFound, NotInForce,
    BadInput (reason).
    """
    scope.require(actor)
    versions.lock(session)
    version = scope.own_version(session, actor, version_id)
    if version.status not in ("published", "scheduled"):
        raise NotInForce
    today = day_of(now)
    version.withdrawal_reason = clean_reason(reason, shortest=_SHORTEST_REASON)
    version.withdrawn_at, version.withdrawn_by = now, actor.account_id
    applied, version.status = version.status == "published", "withdrawn"
    # One that never applied ended before it began.
    version.effective_to = max(today, version.effective_from) - timedelta(days=1)
    session.flush()
    if applied:
        tables.end(session, version, max(today, version.effective_from), now=now)
    audit.record(
        session,
        actor,
        "publishing.withdraw",
        now=now,
        object_type="catalog_version",
        object_id=version.id,
        reason=version.withdrawal_reason,
        detail={"kind": version.kind, "region": version.region_code},
    )


def discard_draft(session: Session, actor: Actor, *, version_id: UUID, now: datetime) -> None:
    """Throw a draft away; raises NotFound, NotADraft."""
    version = scope.own_version(session, actor, version_id)
    if version.status != "draft":
        raise NotADraft
    session.execute(
        update(CatalogueImport)
        .where(CatalogueImport.version_id == version.id)
        .values(version_id=None, state="checked")
    )
    audit.record(
        session,
        actor,
        "publishing.discard",
        now=now,
        object_type="catalog_version",
        object_id=version.id,
        detail={"kind": version.kind, "region": version.region_code, "rows": version.row_count},
    )
    versions.discard(session, version)


def _clean_doc_no(raw: str) -> str:
    doc_no = raw.strip()
    if not doc_no or len(doc_no) > _LONGEST_DOC_NO:
        raise BadInput("doc_no", "publication.doc_no_missing")
    return doc_no
