"""Versions and their entries, as everybody may read them; drafts by officers of the region."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogueEntry, CatalogVersion
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.domain.search_text import query_terms
from portal.policies import reference
from portal.services.paging import Page, bounds
from portal.services.publication import contents, scope
from portal.services.publication.forms import KINDS, form_of, reading_form
from portal.services.publication.views import VersionView, version_view
from portal.services.scope import region_prefix

# What the public may see; a draft is nobody's business.
PUBLIC = ("scheduled", "published", "superseded", "withdrawn")


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry: its stable key and name, and every field as (label, text), empty ones left out.

    ``subject_code`` is the occupation or topic that it is about.
    """

    code: str
    title: str
    subject_code: str | None
    region_code: str | None
    facts: tuple[tuple[str, str], ...]


def version_at(
    session: Session, actor: Actor, *, kind: str, region_code: str, number: int
) -> VersionView:
    """The published version of a number, in force or not; raises NotFound."""
    return version_view(_public(session, kind, region_code, number))


def public_version(session: Session, kind: str, region_code: str, number: int) -> CatalogVersion:
    """The row of a version that was published; raises NotFound."""
    return _public(session, kind, region_code, number)


def _public(session: Session, kind: str, region_code: str, number: int) -> CatalogVersion:
    reading_form(kind)
    found = session.scalar(
        select(CatalogVersion).where(
            CatalogVersion.kind == kind,
            CatalogVersion.region_code == region_code,
            CatalogVersion.version_no == number,
            CatalogVersion.status.in_(PUBLIC),
        )
    )
    if found is None:
        raise NotFound
    return found


def history(
    session: Session, actor: Actor, *, kind: str, region_code: str
) -> tuple[VersionView, ...]:
    """Every version of a catalogue that was published, the newest first; raises NotFound."""
    reading_form(kind)
    rows = session.scalars(
        select(CatalogVersion)
        .where(
            CatalogVersion.kind == kind,
            CatalogVersion.region_code == region_code,
            CatalogVersion.status.in_(PUBLIC),
        )
        .order_by(CatalogVersion.version_no.desc())
    )
    return tuple(version_view(row) for row in rows)


def in_force(
    session: Session, actor: Actor, *, kind: str = "", region_code: str = ""
) -> tuple[VersionView, ...]:
    """The versions in force: of all kinds and regions, of one kind, of one region."""
    query = select(CatalogVersion).where(CatalogVersion.status == "published")
    if kind:
        form_of(kind)
        query = query.where(CatalogVersion.kind == kind)
    if region_code:
        query = query.where(CatalogVersion.region_code == region_code)
    rows = session.scalars(query.order_by(CatalogVersion.kind, CatalogVersion.region_code))
    return tuple(version_view(row) for row in rows)


def entries(
    session: Session,
    actor: Actor,
    *,
    version_id: UUID,
    now: datetime,
    query: str = "",
    subject: str = "",
    page: int = 1,
    size: int = 30,
) -> Page[EntryView]:
    """A page of a version's entries in the order of the sheet; ``query`` are words or pinyin.

    Neutral: nobody stands higher than the published sheet put them (R51). Raises NotFound.
    """
    version = session.get(CatalogVersion, version_id)
    if version is None or (version.status == "draft" and not _may_see(actor, version)):
        raise NotFound
    limit, offset = bounds(page, size)
    row = CatalogueEntry
    wanted: list[ColumnElement[bool]] = [row.version_id == version.id]
    if words := query_terms(query):
        wanted.append(row.search_terms.contains(words))
    if subject:
        wanted.append(row.subject_code == subject)
    total = session.scalar(select(func.count()).select_from(row).where(*wanted)) or 0
    found = session.scalars(
        select(row).where(*wanted).order_by(row.position).limit(limit).offset(offset)
    ).all()
    if not total and not query and not subject:
        return _of_old(session, version, page, limit, offset)
    items = tuple(
        EntryView(
            one.code,
            one.title,
            one.subject_code,
            one.region_code,
            _facts(version.kind, one.columns),
        )
        for one in found
    )
    return Page(items, max(page, 1), limit, total)


def _of_old(
    session: Session, version: CatalogVersion, page: int, limit: int, offset: int
) -> Page[EntryView]:
    """Of a version from before there were entries."""
    every: Sequence[contents.Entry] = contents.read(session, version)
    form = form_of(version.kind)
    items = tuple(
        EntryView(
            one.code,
            one.title,
            form.subject_of(one.columns),
            form.region_of(one.columns),
            _facts(version.kind, one.columns),
        )
        for one in every[offset : offset + limit]
    )
    return Page(items, max(page, 1), limit, len(every))


def _facts(kind: str, columns: object) -> tuple[tuple[str, str], ...]:
    shown = reading_form(kind).shown(columns)  # type: ignore[arg-type]
    return tuple((label, text) for label, text in shown if text)


def _may_see(actor: Actor, version: CatalogVersion) -> bool:
    return scope.holds(scope.require(actor), version.region_code)


@dataclass(frozen=True, slots=True)
class OfficerList:
    """What an officer keeps: ``items`` by kind and region, the newest version first."""

    area: str
    area_name: str
    items: tuple[VersionView, ...]


def officers_list(session: Session, actor: Actor, *, kind: str = "") -> OfficerList:
    """Every version of the officer's region but those long superseded; raises Forbidden."""
    area = scope.require(actor)
    query = select(CatalogVersion).where(
        CatalogVersion.region_code.startswith(region_prefix(area), autoescape=True),
        # A supplement grows by what is accepted: it has a desk of its own.
        CatalogVersion.kind.in_(KINDS),
    )
    if kind:
        form_of(kind)
        query = query.where(CatalogVersion.kind == kind)
    rows = session.scalars(
        query.order_by(
            CatalogVersion.kind,
            CatalogVersion.region_code,
            CatalogVersion.version_no.desc().nulls_first(),
            CatalogVersion.id.desc(),
        )
    )
    items = tuple(version_view(row) for row in rows)
    return OfficerList(area, reference.region_name(area), items)


def officers_version(session: Session, actor: Actor, *, version_id: UUID) -> VersionView:
    """A version of the officer's region; raises NotFound for any other."""
    return version_view(scope.own_version(session, actor, version_id))
