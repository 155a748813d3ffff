"""What officers and the owner read of a suggestion: for what, by which clause, and the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Advancement, ArchiveEntry, Person
from portal.domain.levels import SkillLevel
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies import deadlines, reference
from portal.policies.compile import ask_of
from portal.policies.regions import local_name
from portal.services import facts_scope
from portal.services.pack_store import packs_of
from portal.services.paging import Page, bounds
from portal.services.times import day_of

_MOST_OWN = 100


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion. ``title`` and ``note`` are of the line that it rests on, ``source`` names
    clause and document, ``caveat`` what of the rule is the product's own; ``answer`` is where to
    go, or why not. ``owner`` is masked; ``line_changed``: the line was put right since."""

    id: UUID
    owner: str
    region: str
    title: str
    issuer: str
    won_on: date
    note: str
    level: str
    rule: str
    source: str
    quote: str
    caveat: str
    ask: str
    state: str
    answer: str
    suggested_at: datetime
    due_on: date
    decided_at: datetime | None
    line_changed: bool


_Row = tuple[Advancement, ArchiveEntry, Person, bool]


def desk(
    session: Session, actor: Actor, *, waiting: bool = True, page: int = 1, size: int = 20
) -> Page[Suggestion]:
    """The suggestions for people in the officer's reach: those that wait, the oldest first, or
    all, the newest first."""
    actor.require(Permission.ISSUE_CERTIFICATES)
    query = _rows().where(facts_scope.in_reach(actor))
    if waiting:
        query = query.where(Advancement.state == "open")
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    limit, offset = bounds(page, size)
    order = (Advancement.suggested_at, Advancement.id)
    query = query.order_by(*order if waiting else [one.desc() for one in order])
    rows = session.execute(query.limit(limit).offset(offset)).tuples().all()
    return Page(_views(session, rows), offset // limit + 1, limit, total)


def own(session: Session, actor: Actor) -> tuple[Suggestion, ...]:
    """What the actor's own archive suggested, the newest first."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    query = _rows().where(Advancement.person_id.in_(actor.the_records()))
    query = query.order_by(Advancement.suggested_at.desc(), Advancement.id.desc())
    return _views(session, session.execute(query.limit(_MOST_OWN)).tuples().all())


def of_line(session: Session, entry_id: UUID) -> Suggestion | None:
    """What one line suggested; for services that have checked who may read the line."""
    rows = session.execute(_rows().where(Advancement.entry_id == entry_id)).tuples().all()
    return next(iter(_views(session, rows)), None)


def level_text(row: Advancement) -> str:
    """电工 三级/高级工（职业资格证书）"""
    known = reference.occupation(row.occupation_code)
    return t(
        "advancement.level",
        occupation=known.name if known else row.occupation_code,
        level=SkillLevel(row.level).printed_name,
        credential=t(f"certificate.kind.{row.credential}"),
    )


def _rows() -> Select[*_Row]:
    later, owner = aliased(ArchiveEntry), aliased(Person)
    changed = exists().where(later.supersedes == ArchiveEntry.id)
    return (
        select(Advancement, ArchiveEntry, Person, changed)
        .join(ArchiveEntry, ArchiveEntry.id == Advancement.entry_id)
        .join(owner, owner.id == Advancement.person_id)
        # Whose reach counts is the record that was kept.
        .join(Person, Person.id == func.coalesce(owner.merged_into, owner.id))
    )


def _views(session: Session, rows: Sequence[_Row]) -> tuple[Suggestion, ...]:
    packs = packs_of(session, [(row.pack_id, row.pack_hash) for row, *_ in rows])
    term = deadlines.term("advancement")
    made = []
    for row, line, person, changed in rows:
        pack = packs[row.pack_id, row.pack_hash]
        rule = next(one for one in pack.rules if one.id == row.rule_id)
        document = pack.document.doc_no or pack.document.short_title
        made.append(
            Suggestion(
                id=row.id,
                owner=mask_name(person.name),
                region=local_name(person.residence_region or ""),
                title=line.title,
                issuer=line.institution_name,
                won_on=line.occurred_on,
                note=str(line.detail.get("note") or ""),
                level=level_text(row),
                rule=rule.message_plain,
                source=t("advancement.source", document=document, clause=rule.clause),
                quote=rule.quote,
                caveat=rule.note or "",
                ask=ask_of(pack.document),
                state=row.state,
                answer=row.answer,
                suggested_at=row.suggested_at,
                due_on=term.last_day(day_of(row.suggested_at)),
                decided_at=row.decided_at,
                line_changed=changed,
            )
        )
    return tuple(made)
