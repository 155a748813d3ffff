"""A person's own facts as the person reads them: what stands, what it is for, what is over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Person, PersonFact, PersonGroup
from portal.locale import t
from portal.policies.regions import region_path
from portal.services import facts_terms
from portal.services.facts_rows import HOLDING, FactRow
from portal.services.facts_values import Line, lines_of
from portal.services.one_person import same_person


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """A target group. ``status`` is declared, verified, reported (verified, and the person says
    that it is wrong) or refused; ``note`` the officer's reason or the person's report."""

    id: UUID
    code: str
    name: str
    plain: str
    status: str
    source: str
    since: date
    until: date | None
    note: str
    paper: str
    sensitive: bool


@dataclass(frozen=True, slots=True)
class OwnFact:
    """Pension, employment, education or origin. ``status`` as of a group, or ``missing``.

    ``value`` is as stored (``facts_values``), ``lines`` the same in words; ``why`` says what it
    is asked for and ``paper`` what helps to prove it.
    """

    kind: str
    name: str
    status: str
    why: str
    paper: str
    id: UUID | None = None
    source: str = ""
    since: date | None = None
    value: Mapping[str, Any] | None = None
    lines: tuple[Line, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PastFact:
    """Something that stood once, or was refused and stated anew. ``status`` ended, over
    (its last day has passed) or refused."""

    kind: str
    text: str
    status: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """Everything that rules may look at, told to the person. ``residence_code`` "" if unknown;
    ``facts`` hold each kind once, in the order of ``facts_terms.KINDS``."""

    residence_code: str
    residence: str
    groups: tuple[OwnGroup, ...]
    facts: tuple[OwnFact, ...]
    past: tuple[PastFact, ...]

    def fact(self, kind: str) -> OwnFact:
        """The fact of a kind."""
        return next(one for one in self.facts if one.kind == kind)


def read_own_facts(session: Session, person: Person, *, today: date) -> OwnFacts:
    """The facts of a person on a day."""
    groups = [row for row in _rows(session, PersonGroup, person) if _may_be_shown(row)]
    facts = _rows(session, PersonFact, person)
    shown_groups = _standing(groups, today, key=lambda row: row.group_code)
    shown_facts = _standing(facts, today, key=lambda row: row.kind)
    shown = {row.id for row in (*shown_groups.values(), *shown_facts.values())}
    past = [row for row in (*groups, *facts) if row.id not in shown]
    past.sort(key=lambda row: row.id, reverse=True)
    return OwnFacts(
        residence_code=person.residence_region or "",
        residence=" ".join(region_path(person.residence_region or "")),
        groups=tuple(_group(row) for row in shown_groups.values()),
        facts=tuple(_fact(kind, shown_facts.get(kind)) for kind in facts_terms.KINDS),
        past=tuple(_past(row) for row in past),
    )


def status_of(row: FactRow) -> str:
    """How a fact stands: declared, verified, reported, refused or ended."""
    return "reported" if row.status == "verified" and row.note else row.status


def text_of(row: FactRow) -> str:
    """A fact in one line."""
    if isinstance(row, PersonGroup):
        return facts_terms.name_of(row.group_code)
    return t("facts.comma").join(line.text for line in lines_of(row.kind, row.value))


def _rows(session: Session, table: type[Any], person: Person) -> list[Any]:
    mine = same_person(table.person_id, person.id)
    query = select(table).where(mine).order_by(table.id)
    return list(session.scalars(query))


def _may_be_shown(row: PersonGroup) -> bool:
    return facts_terms.open_channel(row.group_code)


def _standing(rows: Iterable[Any], today: date, *, key: Any) -> dict[str, Any]:
    """For each group or kind what the person must see: what holds, else the latest refusal."""
    found: dict[str, Any] = {}
    for row in rows:
        name, earlier = key(row), found.get(key(row))
        if row.status in HOLDING and (row.valid_to is None or row.valid_to >= today):
            if earlier is None or earlier.status not in HOLDING or row.status == "verified":
                found[name] = row
        elif row.status == "refused" and (earlier is None or earlier.status == "refused"):
            found[name] = row
        elif earlier is not None and earlier.status == "refused":
            # What came after a refusal and is over leaves nothing to answer.
            del found[name]
    return found


def _group(row: PersonGroup) -> OwnGroup:
    code = row.group_code
    return OwnGroup(
        id=row.id,
        code=code,
        name=facts_terms.name_of(code),
        plain=facts_terms.plain_of(code),
        status=status_of(row),
        source=row.source,
        since=row.valid_from,
        until=row.valid_to,
        note=row.note or "",
        paper=facts_terms.paper_of(code),
        sensitive=facts_terms.is_sensitive(code),
    )


def _fact(kind: str, row: PersonFact | None) -> OwnFact:
    name = facts_terms.kind_name(kind)
    why, paper = t(f"facts.why.{kind}"), t(f"facts.paper.{kind}")
    if row is None:
        return OwnFact(kind, name, "missing", why, paper)
    return OwnFact(
        kind=kind,
        name=name,
        status=status_of(row),
        why=why,
        paper=paper,
        id=row.id,
        source=row.source,
        since=row.valid_from,
        value=row.value,
        lines=lines_of(kind, row.value),
        note=row.note or "",
    )


def _past(row: FactRow) -> PastFact:
    return PastFact(
        kind=facts_terms.GROUP if isinstance(row, PersonGroup) else row.kind,
        text=text_of(row),
        # A row that still says verified has passed its last day.
        status="over" if row.status in HOLDING else row.status,
        since=row.valid_from,
        until=row.valid_to,
    )
