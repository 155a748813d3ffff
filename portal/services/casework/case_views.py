"""Cases as officers read them: the list, and one with its findings, hearings, sanctions, money."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    CaseEvent,
    CaseFinding,
    CaseHearing,
    CaseSanction,
    Institution,
    Person,
    TrainingClass,
    ViolationCase,
)
from portal.domain.errors import BadInput
from portal.domain.permissions import Actor
from portal.policies.reference import region_name
from portal.services import audit
from portal.services.casework import case_rows
from portal.services.casework.recovery_views import RecoveryRow, of_case
from portal.services.paging import Page, bounds
from portal.services.times import day_of

SHOWS = ("open", "late", "closed", "all")


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the list. ``late``: it is open past its day."""

    case_id: UUID
    case_no: str
    title: str
    institution: str
    region: str
    source: str
    state: str
    outcome: str
    opened_at: datetime
    due_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding; ``mine`` was graded by the reader, who is then not its second officer."""

    finding_id: UUID
    what: str
    grade: str
    reason: str
    evidence: tuple[dict[str, str], ...]
    state: str
    graded_by: str
    graded_at: datetime
    mine: bool
    second_by: str
    second_reason: str


@dataclass(frozen=True, slots=True)
class HearingView:
    """What the institution was told and what it said; ``statement`` "" until it has."""

    hearing_id: UUID
    allegation: str
    until: date
    asked_at: datetime
    statement: str
    stated_at: datetime | None
    waits: bool


@dataclass(frozen=True, slots=True)
class SanctionView:
    """A sanction and what came of an appeal; ``mine`` was decided by the reader."""

    sanction_id: UUID
    kind: str
    reason: str
    document_no: str
    effective_on: date
    due_on: date | None
    ban_until: date | None
    state: str
    late: bool
    mine: bool
    appeal_until: date
    appeal: str
    appeal_due_on: date | None
    appeal_upheld: bool | None
    appeal_answer: str


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of the history."""

    act: str
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseView:
    """A whole case, for officers of its region. ``class_title`` is "" for none."""

    row: CaseRow
    institution_id: UUID
    summary: str
    source_id: UUID | None
    class_title: str
    claim_id: UUID | None
    findings: tuple[FindingView, ...]
    hearings: tuple[HearingView, ...]
    sanctions: tuple[SanctionView, ...]
    recoveries: tuple[RecoveryRow, ...]
    events: tuple[EventView, ...]
    closing_note: str


def listed(
    session: Session,
    actor: Actor,
    *,
    show: str = "open",
    q: str = "",
    page: int = 1,
    size: int = 20,
    now: datetime,
) -> Page[CaseRow]:
    """The cases of the officer's region, the most urgent first; ``q`` is a part of number, title
    or institution. Raises BadInput."""
    today = day_of(now)
    query = (
        case_rows.within(actor)
        .join(Institution, Institution.id == ViolationCase.institution_id)
        .where(_shown(show, today))
    )
    if words := " ".join(q.split())[:40]:
        columns = (ViolationCase.case_no, ViolationCase.title, Institution.name)
        query = query.where(or_(*(one.icontains(words, autoescape=True) for one in columns)))
    limit, offset = bounds(page, size)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (ViolationCase.state.desc(), ViolationCase.due_on, ViolationCase.case_no)
    rows = session.execute(
        query.add_columns(Institution.name).order_by(*order).limit(limit).offset(offset)
    )
    items = tuple(_row(case, name, today) for case, name in rows)
    return Page(items, offset // limit + 1, limit, total)


def case_file(session: Session, actor: Actor, *, case_id: UUID, now: datetime) -> CaseView:
    """One case with everything in it. The reading is logged. Raises NotFound."""
    row = case_rows.found(session, actor, case_id)
    audit.record(
        session, actor, "case.read", now=now, object_type=case_rows.OBJECT, object_id=row.id
    )
    today = day_of(now)
    institution = session.get_one(Institution, row.institution_id)
    made = session.get(TrainingClass, row.class_id) if row.class_id else None
    names = _names(session)
    return CaseView(
        row=_row(row, institution.name, today),
        institution_id=institution.id,
        summary=row.summary,
        source_id=row.source_id,
        class_title=f"{made.title} {made.class_no}" if made else "",
        claim_id=row.claim_id,
        findings=tuple(
            _finding(one, names, actor)
            for one in _of(session, CaseFinding, row.id, CaseFinding.graded_at)
        ),
        hearings=tuple(
            hearing_view(one, today)
            for one in _of(session, CaseHearing, row.id, CaseHearing.asked_at)
        ),
        sanctions=tuple(
            sanction_view(one, today, actor)
            for one in _of(session, CaseSanction, row.id, CaseSanction.decided_at)
        ),
        recoveries=of_case(session, actor, case_id=row.id, now=now),
        events=tuple(
            EventView(one.act, one.note, names(one.by_account_id), one.at)
            for one in _of(session, CaseEvent, row.id, CaseEvent.at)
        ),
        closing_note=row.closing_note or "",
    )


def hearing_view(one: CaseHearing, today: date) -> HearingView:
    """A hearing as both sides read it."""
    return HearingView(
        hearing_id=one.id,
        allegation=one.allegation,
        until=one.until,
        asked_at=one.asked_at,
        statement=one.statement or "",
        stated_at=one.stated_at,
        waits=one.statement is None and one.until >= today,
    )


def sanction_view(one: CaseSanction, today: date, actor: Actor) -> SanctionView:
    """A sanction as both sides read it."""
    return SanctionView(
        sanction_id=one.id,
        kind=one.kind,
        reason=one.reason,
        document_no=one.document_no,
        effective_on=one.effective_on,
        due_on=one.due_on,
        ban_until=one.ban_until,
        state=one.state,
        late=one.state == "in_force" and one.due_on is not None and one.due_on < today,
        mine=one.decided_by == actor.account_id,
        appeal_until=one.appeal_until,
        appeal=one.appeal or "",
        appeal_due_on=one.appeal_due_on,
        appeal_upheld=one.appeal_upheld,
        appeal_answer=one.appeal_answer or "",
    )


def _finding(one: CaseFinding, names: Any, actor: Actor) -> FindingView:
    return FindingView(
        finding_id=one.id,
        what=one.what,
        grade=one.grade,
        reason=one.reason,
        evidence=tuple(one.evidence),
        state=one.state,
        graded_by=names(one.graded_by),
        graded_at=one.graded_at,
        mine=one.graded_by == actor.account_id,
        second_by=names(one.second_by),
        second_reason=one.second_reason or "",
    )


def _names(session: Session) -> Any:
    """Names behind accounts, each looked up once."""
    known: dict[UUID | None, str] = {None: ""}

    def name(account_id: UUID | None) -> str:
        if account_id not in known:
            query = select(Person.name).join(Account, Account.person_id == Person.id)
            known[account_id] = session.scalar(query.where(Account.id == account_id)) or ""
        return known[account_id]

    return name


def _of(session: Session, table: Any, case_id: UUID, order: Any) -> Any:
    query = select(table).where(table.case_id == case_id).order_by(order, table.id)
    return session.scalars(query).all()


def _shown(show: str, today: date) -> ColumnElement[bool]:
    if show not in SHOWS:
        raise BadInput("show", "casework.choose")
    is_open = ViolationCase.state == "open"
    match show:
        case "open":
            return is_open
        case "late":
            return is_open & (ViolationCase.due_on < today)
        case "closed":
            return ~is_open
        case _:
            return true()


def _row(case: ViolationCase, institution: str, today: date) -> CaseRow:
    return CaseRow(
        case_id=case.id,
        case_no=case.case_no,
        title=case.title,
        institution=institution,
        region=region_name(case.region_code),
        source=case.source,
        state=case.state,
        outcome=case.outcome or "",
        opened_at=case.opened_at,
        due_on=case.due_on,
        late=case.state == "open" and case.due_on < today,
    )
