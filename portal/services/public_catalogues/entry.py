"""One entry with everything that belongs to it: version, document, since when, changes, links."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    CatalogueEntry,
    CatalogVersion,
    Institution,
    SupplementEntry,
    SupplementFiling,
)
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.policies import reference
from portal.services.listings.reach import file_href
from portal.services.public_catalogues import holding, kinds, links, lists, log, occupations
from portal.services.public_catalogues.facts import shown_facts
from portal.services.public_catalogues.holding import Held
from portal.services.public_catalogues.links import Classes, Clause, Link, LinkGroup
from portal.services.publication.views import VersionView, version_view
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class EntryPage:
    """An entry. ``version`` is None for an occupation, which no authority here publishes.

    ``held`` says which of two entries that say the same holds, where there are two.
    ``doc_no`` and ``since`` are the entry's own: of a supplement's, the document by which it was
    filed and the day of its acceptance.
    """

    kind: str
    code: str
    title: str
    facts: tuple[tuple[str, str], ...]
    version: VersionView | None
    doc_no: str
    since: date | None
    changes: tuple[log.EntryChange, ...]
    subject: Link | None
    institution_href: str
    # For officers and auditors of the institution's region: its file at the office.
    desk_href: str
    about: tuple[LinkGroup, ...]
    taught_by: tuple[Link, ...]
    classes: Classes
    clauses: tuple[Clause, ...]
    held: Held | None = None


def entry_page(
    session: Session, actor: Actor, *, kind: str, slug: str, region: str = "", now: datetime
) -> EntryPage:
    """An entry in force by the name in its address; raises NotFound.

    Where two regions have the code, ``region`` says whose is meant, else the widest comes first.
    """
    kinds.check(kind)
    if kind == kinds.OCCUPATION:
        return _occupation(session, actor, slug, now)
    entry, version = _find(session, kind, slug, region)
    columns, subject = entry.columns, entry.subject_code or ""
    changes = log.entry_log(session, version, entry.code)
    doc_no, since = version.doc_no, log.since(session, version, changes)
    if version.kind == kinds.SUPPLEMENT:
        doc_no, since = _accepted(session, version, entry.code)
    known = occupations.subject(subject) if _is_known(subject) else None
    institution = _institution(session, entry.code, version.kind, columns)
    return EntryPage(
        kind=version.kind,
        code=entry.code,
        title=lists.title_of(version.kind, entry),
        facts=tuple(shown_facts(session, version.kind, columns)),
        version=version_view(version),
        doc_no=doc_no,
        since=since,
        changes=changes,
        subject=Link(known.href, known.title, known.code) if known else None,
        institution_href=f"/institutions/{institution}" if institution else "",
        desk_href=file_href(session, actor, institution),
        about=links.entries_about(session, subject, without=str(entry.id), now=now),
        taught_by=links.taught_by(session, subject, now=now),
        classes=links.open_classes(session, actor, subject if known else "", now=now),
        clauses=_clauses(session, columns, subject),
        held=holding.held(session, entry, version),
    )


def _find(
    session: Session, kind: str, slug: str, region: str
) -> tuple[CatalogueEntry, CatalogVersion]:
    wanted = slug[:100]
    name = kinds.slug_of() if wanted.startswith("~") else CatalogueEntry.code
    query = kinds.published(*kinds.versions_of(kind)).where(
        name == wanted.removeprefix("~"), kinds.is_readable()
    )
    first = (
        CatalogVersion.region_code != region,
        kinds.is_live().desc(),
        CatalogVersion.region_code,
        CatalogueEntry.id,
    )
    found = session.execute(query.order_by(*first).limit(1)).tuples().first()
    if found is None:
        raise NotFound
    return found


def _occupation(session: Session, actor: Actor, code: str, now: datetime) -> EntryPage:
    found = occupations.subject(code)
    return EntryPage(
        kind=kinds.OCCUPATION,
        code=found.code,
        title=found.title,
        facts=tuple(("", text) for text in found.facts),
        version=None,
        doc_no="",
        since=None,
        changes=(),
        subject=None,
        institution_href="",
        desk_href="",
        about=links.entries_about(session, code, without="", now=now),
        taught_by=links.taught_by(session, code, now=now),
        classes=links.open_classes(session, actor, code, now=now),
        clauses=links.clauses_about(session, code),
    )


def _accepted(session: Session, version: CatalogVersion, code: str) -> tuple[str, date]:
    """The document under which a supplement's entry was accepted, and the day."""
    row = session.execute(
        select(SupplementFiling.doc_no, SupplementFiling.decided_at)
        .join(SupplementEntry, SupplementEntry.id == SupplementFiling.entry_id)
        .where(
            SupplementEntry.region_code == version.region_code,
            SupplementEntry.code == code,
            SupplementFiling.outcome == "accepted",
        )
    ).first()
    if row is None or row.decided_at is None:
        return version.doc_no, version.effective_from
    return row.doc_no, day_of(row.decided_at)


def _institution(session: Session, code: str, kind: str, columns: dict[str, object]) -> UUID | None:
    """The institution that an entry is, or is about."""
    uscc = code if kind == kinds.INSTITUTION else columns.get("uscc")
    return session.scalar(select(Institution.id).where(Institution.uscc == uscc)) if uscc else None


def _clauses(session: Session, columns: dict[str, object], subject: str) -> tuple[Clause, ...]:
    pack, plan = columns.get("pack"), columns.get("plan")
    if pack and plan:
        return links.clause_of(session, str(pack), str(plan))
    return links.clauses_about(session, subject) if subject else ()


def _is_known(code: str) -> bool:
    return reference.occupation(code) is not None or reference.topic(code) is not None
