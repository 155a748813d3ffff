"""The catalogues in force, as everybody may read them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SubsidyStandard, TrainingProgramme
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies import reference
from portal.services import (
    publishing_institutions,
    publishing_programmes,
    publishing_standards,
    times,
)
from portal.services.catalogue.cards import certificate_name, level_name, subject_name
from portal.services.paging import Page, bounds
from portal.services.standards import amount_text
from portal.services.supplements.base import PROGRAMME_KINDS

OCCUPATIONS = "occupation"
STANDARDS = publishing_standards.KIND
KINDS = (publishing_programmes.KIND, STANDARDS, publishing_institutions.KIND, OCCUPATIONS)


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version in force: whose it is, since when, by which document."""

    region_name: str
    doc_no: str
    since_text: str
    row_count: int


@dataclass(frozen=True, slots=True)
class CatalogueCard:
    """A kind of catalogue. ``row_count`` counts the entries of all its versions in force."""

    kind: str
    row_count: int
    versions: tuple[VersionView, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry: a programme, a standard, an occupation. ``code`` finds its classes, if any."""

    code: str
    title: str
    facts: tuple[str, ...]


def list_catalogues(session: Session, actor: Actor, *, now: datetime) -> tuple[CatalogueCard, ...]:
    """Every kind, also one of which nothing is published yet."""
    return tuple(_card(session, kind, now) for kind in KINDS)


def catalogue_card(session: Session, actor: Actor, *, kind: str, now: datetime) -> CatalogueCard:
    """One kind with its versions in force; raises NotFound for an unknown one."""
    if kind not in KINDS:
        raise NotFound
    return _card(session, kind, now)


def entries(
    session: Session, actor: Actor, *, kind: str, now: datetime, page: int = 1, size: int = 20
) -> Page[EntryView]:
    """The entries of a kind, by code. Institutions have a list of their own: none here.

    Raises NotFound for an unknown kind; page and size are brought into range.
    """
    if kind not in KINDS:
        raise NotFound
    limit, offset = bounds(page, size)
    if kind == OCCUPATIONS:
        every = _occupations()
        return Page(every[offset : offset + limit], max(page, 1), limit, len(every))
    if kind == publishing_institutions.KIND:
        return Page((), 1, limit, 0)
    query = _standards(now) if kind == STANDARDS else _programmes(now)
    show = _standard if kind == STANDARDS else _programme
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(query.limit(limit).offset(offset))
    return Page(tuple(show(row) for row in rows), max(page, 1), limit, total)


def _in_force(*kinds: str, now: datetime) -> Select[CatalogVersion]:
    return select(CatalogVersion).where(
        CatalogVersion.kind.in_(kinds),
        CatalogVersion.status == "published",
        CatalogVersion.effective_from <= times.day_of(now),
    )


def _card(session: Session, kind: str, now: datetime) -> CatalogueCard:
    if kind == OCCUPATIONS:
        return CatalogueCard(kind, len(reference.occupations()), ())
    query = _in_force(kind, now=now).order_by(CatalogVersion.region_code)
    versions = tuple(
        VersionView(
            region_name=reference.region_name(row.region_code),
            doc_no=row.doc_no,
            since_text=t("institutions.since", since=row.effective_from),
            row_count=row.row_count,
        )
        for row in session.scalars(query)
    )
    return CatalogueCard(kind, sum(version.row_count for version in versions), versions)


def _programmes(now: datetime) -> Select[TrainingProgramme]:
    # What a region added is taught like the base (C8).
    kept = _in_force(*PROGRAMME_KINDS, now=now).with_only_columns(CatalogVersion.id)
    query = select(TrainingProgramme).where(
        TrainingProgramme.catalog_version_id.in_(kept),
        # A trade of a local supplement is live once the province has accepted it (C8).
        or_(TrainingProgramme.filing.is_(None), TrainingProgramme.filing == "accepted"),
    )
    return query.order_by(TrainingProgramme.code, TrainingProgramme.id)


def _standards(now: datetime) -> Select[SubsidyStandard]:
    """Amounts by region, what is paid to people who learn first, then by subject."""
    kept = _in_force(STANDARDS, now=now).with_only_columns(CatalogVersion.id)
    row = SubsidyStandard
    return (
        select(row)
        .where(row.catalog_version_id.in_(kept))
        .order_by(
            *(row.region_code, row.kind.desc(), row.training_type),
            *(row.occupation_code, row.topic_code, row.level, row.id),
        )
    )


def _standard(row: SubsidyStandard) -> EntryView:
    subject = row.occupation_code or row.topic_code or ""
    kind = reference.training_type(row.training_type)
    kind_name = kind.name if kind else t("standards.every_type")
    facts = (
        t(f"standards.kind.{row.kind}"),
        amount_text(row.amount_fen, row.unit),
        level_name(row.level) if row.level else "",
        kind_name if subject else "",
        reference.region_name(row.region_code),
        row.fund,
        row.note,
    )
    title = subject_name(subject) or t("standards.every_subject", kind=kind_name)
    return EntryView(subject, title, tuple(filter(None, facts)))


def _programme(row: TrainingProgramme) -> EntryView:
    subject = row.occupation_code or row.topic_code or ""
    facts = (
        subject_name(subject),
        level_name(row.level) if row.level else "",
        t("public.classes.hours", hours=row.planned_hours),
        certificate_name(row.certificate_kind),
    )
    return EntryView(subject, row.title, tuple(dict.fromkeys(filter(None, facts))))


def _occupations() -> tuple[EntryView, ...]:
    return tuple(
        EntryView(
            one.code,
            one.name,
            tuple(
                filter(
                    None,
                    (
                        t("public.catalogues.edition", code=one.code, edition=one.edition),
                        t("catalogue.digital") if one.is_digital else "",
                        t("catalogue.green") if one.is_green else "",
                    ),
                )
            ),
        )
        for one in reference.occupations()
    )
