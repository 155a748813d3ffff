"""What belongs to a subject: programmes, amounts, institutions, classes, plans; all both ways."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import (
    CatalogueEntry,
    CatalogVersion,
    Institution,
    PolicyPack,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies import models, reference
from portal.services.catalogue.finding import find_classes
from portal.services.catalogue.query import ClassQuery
from portal.services.class_rows import ClassRow, row_of
from portal.services.pack_store import packs_of
from portal.services.public_catalogues import kinds, lists
from portal.services.scope import REAL_CLASS
from portal.services.times import day_of

# Of one kind, before one is led to its list; classes are heavier.
_MOST, _CLASSES = 8, 4


@dataclass(frozen=True, slots=True)
class Link:
    """A way to something that belongs here."""

    href: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Links of one kind; ``more`` leads to all of them, empty where these are all."""

    kind: str
    title: str
    links: tuple[Link, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes that one can enrol in now, and where all of them are."""

    rows: tuple[ClassRow, ...]
    total: int
    href: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A plan of a policy document, by which something is taught or paid."""

    href: str
    document: str
    plan: str
    clause: str
    quote: str


def entries_about(
    session: Session, subject: str, *, without: str, now: datetime
) -> tuple[LinkGroup, ...]:
    """The entries in force about an occupation or topic, by kind, but for the page's own."""
    if not subject:
        return ()
    of_kinds = [kind for kind in kinds.KINDS if kind != kinds.OCCUPATION]
    found = session.execute(
        kinds.in_force(*of_kinds)
        .where(CatalogueEntry.subject_code.in_(editions(subject)))
        .order_by(CatalogVersion.region_code, CatalogueEntry.code)
        .limit(200)
    ).tuples()
    groups: dict[str, list[Link]] = {}
    rows = [row for row in found if str(row[0].id) != without]
    for (_, version), card in zip(rows, lists.cards_of(session, rows), strict=True):
        note = " · ".join((*card.facts[:2], card.region_name))
        groups.setdefault(version.kind, []).append(Link(card.href, card.title, note))
    return tuple(
        LinkGroup(
            kind,
            t(f"public_catalogues.kind.{kind}"),
            tuple(groups[kind][:_MOST]),
            _search(kind, subject) if len(groups[kind]) > _MOST else "",
        )
        for kind in of_kinds
        if kind in groups
    )


def taught_by(session: Session, subject: str, *, now: datetime) -> tuple[Link, ...]:
    """Institutions that hold or held classes about a subject; another one first every day (R51)."""
    if not subject:
        return ()
    codes = editions(subject)
    teaching = (
        select(TrainingClass.institution_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(
            REAL_CLASS,
            or_(
                TrainingProgramme.occupation_code.in_(codes),
                TrainingProgramme.topic_code.in_(codes),
            ),
        )
    )
    shuffled = func.md5(Institution.uscc + day_of(now).isoformat())
    rows = session.scalars(
        select(Institution).where(Institution.id.in_(teaching)).order_by(shuffled).limit(_MOST)
    )
    return tuple(
        Link(f"/institutions/{row.id}", row.name, reference.region_name(row.region_code))
        for row in rows
    )


def open_classes(session: Session, actor: Actor, subject: str, *, now: datetime) -> Classes:
    """The classes about a subject that one can choose now."""
    if not subject:
        return Classes((), 0, "")
    query = ClassQuery(occupation=subject, size=_CLASSES)
    found = find_classes(session, actor, query=query, now=now)
    rows = tuple(row_of(card) for card in found.items)
    return Classes(rows, found.total, f"/classes?occupation={subject}")


def clause_of(session: Session, pack_id: str, plan_no: str) -> tuple[Clause, ...]:
    """The plan under which a programme is taught."""
    return tuple(
        _clause(pack, plan)
        for pack in _packs(session)
        if pack.document.id == pack_id
        for plan in pack.plans
        if plan.plan_no == plan_no
    )


def clauses_about(session: Session, subject: str) -> tuple[Clause, ...]:
    """The plans whose text names an occupation or topic."""
    codes = editions(subject)
    return tuple(
        _clause(pack, plan)
        for pack in _packs(session)
        for plan in pack.plans
        if any(trade.occupation_code in codes or trade.topic in codes for trade in plan.trades)
    )


def editions(subject: str) -> Collection[str]:
    """The codes under which the same subject is printed."""
    return reference.codes_of_same_occupation(subject)


def plan_name(session: Session, actor: Actor, *, key: str) -> str:
    """The name of a plan by ``pack:number``; empty for an unknown one."""
    pack_id, _, number = key.partition(":")
    return next((one.plan for one in clause_of(session, pack_id, number)), "")


def _packs(session: Session) -> list[models.PolicyPack]:
    rows = session.execute(
        select(PolicyPack.id, PolicyPack.content_hash).order_by(
            PolicyPack.region_code, PolicyPack.id
        )
    )
    return list(packs_of(session, [(row.id, row.content_hash) for row in rows]).values())


def _clause(pack: models.PolicyPack, plan: models.Plan) -> Clause:
    return Clause(
        href=f"/policies/{pack.document.id}#plan-{plan.plan_no}",
        document=pack.document.short_title,
        plan=plan.name,
        clause=plan.clause,
        quote=plan.quote,
    )


def _search(kind: str, subject: str) -> str:
    found = reference.occupation(subject) or reference.topic(subject)
    return f"/catalogues/{kind}?q={found.name}" if found else f"/catalogues/{kind}"
