"""What people stated of themselves and no authority has verified, for the officers of a region.

The list masks names; whoever opens one fact sees whose it is, and that is written down. The
decisions stand in ``facts_verdicts``.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from portal.db.models import Person, PersonFact, PersonGroup
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotFound
from portal.domain.masking import mask_id_no, mask_name, mask_phone
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import local_name, region_path
from portal.services import audit, facts_scope, facts_terms, facts_values
from portal.services.facts_own import status_of
from portal.services.facts_rows import FactRow
from portal.services.facts_values import Line
from portal.services.paging import Page, bounds
from portal.services.reasons import clean_reason
from portal.services.times import day_of

KINDS = (facts_terms.GROUP, *facts_terms.KINDS)
_PERMISSION = Permission.VERIFY_FACTS
_REFERENCE_LIMIT = 120


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """Something to verify. ``status`` is declared, or reported: verified once, and the person
    says that it is wrong (``note``). ``what`` names it, ``lines`` are its parts."""

    id: UUID
    kind: str
    kind_name: str
    person_masked: str
    region_name: str
    what: str
    lines: tuple[Line, ...]
    status: str
    note: str
    source: str
    since: date
    stated_at: datetime


@dataclass(frozen=True, slots=True)
class CheckDetail:
    """One of them, and whose it is. ``paper`` helps to prove it; ``earlier`` tells, newest
    first, how earlier statements of the same were decided: day, status, reason."""

    row: OpenCheck
    name: str
    id_type: str
    id_no_masked: str
    phone_masked: str
    residence: str
    paper: str
    earlier: tuple[tuple[date, str, str], ...]


def open_checks(
    session: Session, actor: Actor, *, kind: str = "", page: int = 1, size: int = 20, now: datetime
) -> Page[OpenCheck]:
    """What waits for an officer of the region, oldest first; of one ``kind`` or of all."""
    actor.require(_PERMISSION)
    limit, offset = bounds(page, size)
    waiting = _waiting(actor, kind).subquery()
    total = session.scalar(select(func.count()).select_from(waiting)) or 0
    order = (waiting.c.created_at, waiting.c.id)
    ids = session.execute(select(waiting).order_by(*order).limit(limit).offset(offset)).all()
    rows = _loaded(session, [found.id for found in ids])
    audit.record(
        session,
        actor,
        "facts.read",
        now=now,
        object_type="person_fact",
        fields_read=("groups", "facts"),
        detail={"count": len(ids), "kind": kind},
    )
    return Page(tuple(row_of(*rows[found.id]) for found in ids), offset // limit + 1, limit, total)


def see_check(session: Session, actor: Actor, *, check_id: UUID, now: datetime) -> CheckDetail:
    """One fact with the person's name, number masked. Raises NotFound. The reading is logged."""
    actor.require(_PERMISSION)
    row, person = find(session, actor, check_id)
    trace(session, actor, "facts.read_person", row, now, fields_read=("name", "phone", "facts"))
    vault = get_vault()
    phone = vault.open("phone", person.phone_enc) if person.phone_enc else ""
    return CheckDetail(
        row=row_of(row, person),
        name=person.name,
        id_type=t(f"register.id_types.{person.id_type}"),
        id_no_masked=mask_id_no(vault.open("id_no", person.id_no_enc)),
        phone_masked=mask_phone(phone) if phone else "",
        residence=" ".join(region_path(person.residence_region or "")),
        paper=_paper(row),
        earlier=_earlier(session, row),
    )


def reveal_number(
    session: Session, actor: Actor, *, check_id: UUID, reason: str, now: datetime
) -> str:
    """The person's whole document number, to compare it with another register (B8.3).

    Raises NotFound, and BadInput without a reason, which is kept with the reading.
    """
    actor.require(_PERMISSION)
    row, person = find(session, actor, check_id)
    why = clean_reason(reason, shortest=4)
    trace(session, actor, "facts.reveal", row, now, reason=why, fields_read=("id_no",))
    return get_vault().open("id_no", person.id_no_enc)


def _waiting(actor: Actor, kind: str) -> Any:
    """Ids and times of everything that waits, of both tables."""
    if kind and kind not in KINDS:
        raise BadInput("kind", "facts.choose_one")
    parts: list[Select[Any]] = []
    if kind in ("", facts_terms.GROUP):
        shown = [term.code for term in facts_terms.statable_groups()]
        parts.append(_part(actor, PersonGroup, PersonGroup.group_code.in_(shown)))
    if kind != facts_terms.GROUP:
        parts.append(_part(actor, PersonFact, PersonFact.kind == kind if kind else literal(True)))
    return union_all(*parts)


def _part(actor: Actor, table: Any, wanted: Any) -> Select[Any]:
    reported = and_(table.status == "verified", table.note.is_not(None))
    return (
        select(table.id, table.created_at)
        .join(Person, Person.id == table.person_id)
        .where(or_(table.status == "declared", reported), wanted, facts_scope.in_reach(actor))
    )


def _loaded(session: Session, ids: list[UUID]) -> dict[UUID, tuple[FactRow, Person]]:
    found: dict[UUID, tuple[FactRow, Person]] = {}
    tables: tuple[Any, ...] = (PersonGroup, PersonFact)
    for table in tables:
        query = select(table, Person).join(Person, Person.id == table.person_id)
        for row, person in session.execute(query.where(table.id.in_(ids))):
            found[row.id] = (row, person)
    return found


def row_of(row: FactRow, person: Person) -> OpenCheck:
    """A fact as a line of the list."""
    lines: tuple[Line, ...] = ()
    if isinstance(row, PersonGroup):
        kind, what = facts_terms.GROUP, facts_terms.name_of(row.group_code)
    else:
        kind, what = row.kind, facts_terms.kind_name(row.kind)
        lines = facts_values.lines_of(row.kind, row.value)
    return OpenCheck(
        id=row.id,
        kind=kind,
        kind_name=facts_terms.kind_name(kind),
        person_masked=mask_name(person.name),
        region_name=local_name(person.residence_region or ""),
        what=what,
        lines=lines,
        status=status_of(row),
        note=row.note or "",
        source=row.source,
        since=row.valid_from,
        stated_at=row.created_at,
    )


def find(session: Session, actor: Actor, check_id: UUID) -> tuple[FactRow, Person]:
    """A fact of a person whom the officer may act on; raises NotFound."""
    row: FactRow | None = session.get(PersonGroup, check_id) or session.get(PersonFact, check_id)
    if row is None or (
        isinstance(row, PersonGroup) and not facts_terms.open_channel(row.group_code)
    ):
        raise NotFound
    person = session.get_one(Person, row.person_id)
    facts_scope.check_reach(session, actor, person)
    return row, person


def trace(
    session: Session,
    actor: Actor,
    action: str,
    row: FactRow,
    now: datetime,
    *,
    reason: str | None = None,
    fields_read: tuple[str, ...] | None = None,
) -> None:
    """Write down what an officer did with a fact, or read of it."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type=row.__tablename__,
        object_id=row.id,
        on_behalf_of=row.person_id,
        reason=reason,
        fields_read=fields_read,
    )


def _paper(row: FactRow) -> str:
    if isinstance(row, PersonGroup):
        return facts_terms.paper_of(row.group_code)
    return t(f"facts.paper.{row.kind}")


def _earlier(session: Session, row: FactRow) -> tuple[tuple[date, str, str], ...]:
    """How earlier statements of the same were decided."""
    table: Any = type(row)
    same = (
        PersonGroup.group_code == row.group_code
        if isinstance(row, PersonGroup)
        else PersonFact.kind == row.kind
    )
    query = (
        select(table)
        .where(table.person_id == row.person_id, table.id != row.id, same)
        .order_by(table.id.desc())
        .limit(10)
    )
    return tuple(
        (day_of(one.created_at), one.status, one.note or "") for one in session.scalars(query)
    )
