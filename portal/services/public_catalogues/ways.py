"""From classes and institutions to the catalogues: what a class is taught by, what one teaches."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.orm import Session

from portal.db.models import (
    CatalogueEntry,
    CatalogVersion,
    Institution,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.parsing import parse_id
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies import reference
from portal.policies.reach import reach_of
from portal.services.catalogue.cards import subject_name
from portal.services.public_catalogues import kinds, lists, occupations
from portal.services.public_catalogues.links import Link, editions
from portal.services.publication import forms
from portal.services.scope import REAL_CLASS

_MOST = 8
_ABOUT = (kinds.STANDARD, forms.SHORTAGE)


def of_class(
    session: Session, actor: Actor, *, class_id: UUID | str, now: datetime
) -> tuple[Link, ...]:
    """Programme, occupation, amount, shortage list and listing of a class, as far as they are
    published; for an unknown class nothing."""
    found = session.execute(
        select(TrainingClass, TrainingProgramme, CatalogVersion, Institution)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .join(CatalogVersion, CatalogVersion.id == TrainingProgramme.catalog_version_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(TrainingClass.id == parse_id(class_id), REAL_CLASS)
    ).one_or_none()
    if found is None:
        return ()
    made, programme, version, institution = found.t
    subject = made.occupation_code or programme.occupation_code or programme.topic_code or ""
    return (
        *of_programme(session, programme, version),
        *_occupation(subject),
        *_about(session, programme, subject, made.region_code),
        *_listed(session, institution),
    )


def of_institution(
    session: Session, actor: Actor, *, institution_id: UUID | str, now: datetime
) -> tuple[Link, ...]:
    """Where an institution is listed, and the programmes in force that it holds or held classes
    of, those with the latest class first."""
    institution = session.get(Institution, parse_id(institution_id))
    if institution is None:
        return ()
    taught = session.execute(
        select(CatalogVersion.kind, CatalogVersion.region_code, TrainingProgramme.code)
        .select_from(TrainingClass)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .join(CatalogVersion, CatalogVersion.id == TrainingProgramme.catalog_version_id)
        .where(TrainingClass.institution_id == institution.id, REAL_CLASS)
        .group_by(CatalogVersion.kind, CatalogVersion.region_code, TrainingProgramme.code)
        .order_by(func.max(TrainingClass.starts_on).desc(), TrainingProgramme.code)
        .limit(_MOST)
    ).tuples()
    order = {wanted: place for place, wanted in enumerate(taught)}
    of_them = tuple_(CatalogVersion.kind, CatalogVersion.region_code, CatalogueEntry.code)
    query = kinds.published(*{kind for kind, _, _ in order}).where(
        of_them.in_(order), kinds.is_readable()
    )
    rows = sorted(
        session.execute(query).tuples(),
        key=lambda row: order[row[1].kind, row[1].region_code, row[0].code],
    )
    return (*_listed(session, institution), *_links(session, rows, note=kinds.PROGRAMME))


def of_programme(
    session: Session, programme: TrainingProgramme, version: CatalogVersion
) -> list[Link]:
    """The entry in force, else the log of the version that the class keeps (R53)."""
    found = _links(
        session,
        _entry(session, version.kind, version.region_code, programme.code),
        note=version.kind,
    )
    if found or version.version_no is None or version.kind not in kinds.KINDS:
        return found
    region = reference.region_name(version.region_code)
    note = t("public_catalogues.kept", region=region, number=version.version_no)
    log = f"/catalogues/{version.kind}/log/{version.region_code}?v={version.version_no}"
    return [Link(log, programme.title, note)]


def _entry(
    session: Session, kind: str, region: str, code: str
) -> list[tuple[CatalogueEntry, CatalogVersion]]:
    query = kinds.published(kind).where(
        CatalogVersion.region_code == region, CatalogueEntry.code == code, kinds.is_readable()
    )
    return list(session.execute(query.limit(1)).tuples())


def _occupation(subject: str) -> list[Link]:
    if not subject_name(subject):
        return []
    found = occupations.subject(subject)
    return [Link(found.href, found.title, _named(kinds.OCCUPATION))]


def _about(
    session: Session, programme: TrainingProgramme, subject: str, region: str
) -> Iterable[Link]:
    """The closest amount and shortage list of the regions that reach the class."""
    near = reach_of(region)
    order = {code: place for place, code in enumerate(near)}
    nearest = case(order, value=CatalogVersion.region_code)
    columns = CatalogueEntry.columns
    for kind in _ABOUT:
        query = kinds.in_force(kind).where(
            CatalogueEntry.subject_code.in_(editions(subject)), CatalogVersion.region_code.in_(near)
        )
        if kind == kinds.STANDARD:
            of_level = columns["level"].astext
            of_type = columns["training_type"].astext
            query = query.where(
                func.coalesce(of_level, str(programme.level)) == str(programme.level),
                func.coalesce(func.nullif(of_type, ""), programme.training_type)
                == programme.training_type,
            )
        rows = session.execute(query.order_by(nearest, CatalogueEntry.position).limit(1)).tuples()
        yield from _links(session, list(rows), note=kind)


def _listed(session: Session, institution: Institution) -> list[Link]:
    """The entries of an institution itself, as one that teaches and as one that assesses."""
    own = {
        kinds.INSTITUTION: CatalogueEntry.code == institution.uscc,
        forms.ASSESSMENT_BODY: CatalogueEntry.columns["uscc"].astext == institution.uscc,
    }
    links = []
    for kind, is_own in own.items():
        near = CatalogVersion.region_code.in_(reach_of(institution.region_code))
        query = kinds.in_force(kind).where(is_own, near).order_by(CatalogVersion.region_code.desc())
        for entry, version in session.execute(query.limit(1)).tuples():
            way = lists.href(kind, entry.code, version.region_code)
            region = reference.region_name(version.region_code)
            note = t("public_catalogues.listed_in", region=region)
            links.append(Link(way, _named(kind), note))
    return links


def _links(
    session: Session, rows: list[tuple[CatalogueEntry, CatalogVersion]], *, note: str
) -> list[Link]:
    """Entries with their kind and the facts by which people know them."""
    return [
        Link(card.href, card.title, " · ".join((_named(note), *card.facts[:2])))
        for card in lists.cards_of(session, rows)
    ]


def _named(kind: str) -> str:
    return t(f"public_catalogues.kind.{kind}")
