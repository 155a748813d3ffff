"""The ledger of what must come back, as officers read it: a list, one of them, sums by fund."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Institution,
    Recovery,
    RecoveryEntry,
    RecoveryWriteOff,
    SubsidyClaim,
    ViolationCase,
)
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor
from portal.services import audit
from portal.services.casework import recovery_rows
from portal.services.paging import Page, bounds
from portal.services.times import day_of

SHOWS = ("open", "late", "settled", "all")


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """A recovery in fen; ``late``: something is left past its day."""

    recovery_id: UUID
    recovery_no: str
    institution: str
    case_no: str
    case_id: UUID | None
    claim_no: str
    fund: str
    amount_fen: int
    balance_fen: int
    due_on: date
    state: str
    late: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """A line of the ledger in fen."""

    seq_no: int
    kind: str
    amount_fen: int
    balance_fen: int
    reference: str
    due_on: date | None
    at: datetime


@dataclass(frozen=True, slots=True)
class WriteOffView:
    """What somebody asks to give up; ``mine`` was asked by the reader."""

    write_off_id: UUID
    amount_fen: int
    reason: str
    document_no: str
    mine: bool


@dataclass(frozen=True, slots=True)
class RecoveryView:
    """One recovery with its ledger; ``asked`` is a write-off that waits for another officer."""

    row: RecoveryRow
    reason: str
    document_no: str
    entries: tuple[EntryView, ...]
    asked: WriteOffView | None


@dataclass(frozen=True, slots=True)
class FundSum:
    """What one fund is owed, has had back and has given up, in fen; ``left`` is the rest."""

    fund: str
    opened_fen: int
    paid_fen: int
    written_off_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class Recoveries:
    """A page of the list, and the sums over all of the region by fund."""

    page: Page[RecoveryRow]
    funds: tuple[FundSum, ...]


def listed(
    session: Session, actor: Actor, *, show: str = "open", page: int = 1, size: int = 20,
    now: datetime,
) -> Recoveries:  # fmt: skip
    """The recoveries of the officer's region, the most urgent first. Raises BadInput."""
    if show not in SHOWS:
        raise BadInput("show", "casework.choose")
    today = day_of(now)
    query = recovery_rows.within(actor)
    if show in ("open", "late"):
        query = query.where(Recovery.state == "open")
    if show == "late":
        query = query.where(Recovery.due_on < today)
    if show == "settled":
        query = query.where(Recovery.state == "settled")
    limit, offset = bounds(page, size)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (Recovery.state, Recovery.due_on, Recovery.recovery_no)
    rows = session.scalars(query.order_by(*order).limit(limit).offset(offset)).all()
    items = tuple(row_of(session, one, now) for one in rows)
    return Recoveries(Page(items, offset // limit + 1, limit, total), by_fund(session, actor))


def by_fund(session: Session, actor: Actor) -> tuple[FundSum, ...]:
    """Sums of the whole region: opened = paid + written off + left, for each fund."""
    inside = recovery_rows.within(actor).subquery()

    def of(kind: str) -> Any:
        return func.coalesce(
            func.sum(RecoveryEntry.amount_fen).filter(RecoveryEntry.kind == kind), 0
        )

    query = (
        select(inside.c.fund, of("opened"), of("payment"), of("write_off"))
        .join(RecoveryEntry, RecoveryEntry.recovery_id == inside.c.id)
        .group_by(inside.c.fund)
        .order_by(inside.c.fund)
    )
    return tuple(
        FundSum(fund, int(opened), int(paid), int(off), int(opened - paid - off))
        for fund, opened, paid, off in session.execute(query)
    )


def recovery(session: Session, actor: Actor, *, recovery_id: UUID, now: datetime) -> RecoveryView:
    """One with its ledger. The reading is logged. Raises NotFound."""
    row = session.scalar(recovery_rows.within(actor).where(Recovery.id == recovery_id))
    if row is None:
        raise NotFound
    audit.record(
        session, actor, "recovery.read", now=now, object_type=recovery_rows.OBJECT,
        object_id=row.id,
    )  # fmt: skip
    entries = session.scalars(
        select(RecoveryEntry)
        .where(RecoveryEntry.recovery_id == row.id)
        .order_by(RecoveryEntry.seq_no)
    )
    asked = session.scalar(
        select(RecoveryWriteOff).where(
            RecoveryWriteOff.recovery_id == row.id, RecoveryWriteOff.state == "asked"
        )
    )
    return RecoveryView(
        row=row_of(session, row, now),
        reason=row.reason,
        document_no=row.document_no,
        entries=tuple(
            EntryView(
                one.seq_no,
                one.kind,
                one.amount_fen,
                one.balance_fen,
                one.reference,
                one.due_on,
                one.at,
            )
            for one in entries
        ),
        asked=_asked(asked, actor) if asked else None,
    )


def of_case(
    session: Session, actor: Actor, *, case_id: UUID, now: datetime
) -> tuple[RecoveryRow, ...]:
    """Those of one case."""
    query = recovery_rows.within(actor).where(Recovery.case_id == case_id)
    rows = session.scalars(query.order_by(Recovery.opened_at, Recovery.id)).all()
    return tuple(row_of(session, one, now) for one in rows)


def row_of(session: Session, row: Recovery, now: datetime) -> RecoveryRow:
    """A recovery as both sides read it."""
    institution, case_no, claim_no = session.execute(
        select(
            _one(Institution.name, Institution.id == row.institution_id),
            _one(ViolationCase.case_no, ViolationCase.id == row.case_id),
            _one(SubsidyClaim.claim_no, SubsidyClaim.id == row.claim_id),
        )
    ).one()
    return RecoveryRow(
        recovery_id=row.id,
        recovery_no=row.recovery_no,
        institution=institution or "",
        case_no=case_no or "",
        case_id=row.case_id,
        claim_no=claim_no or "",
        fund=row.fund,
        amount_fen=row.amount_fen,
        balance_fen=recovery_rows.last_entry(session, row.id).balance_fen,
        due_on=row.due_on,
        state=row.state,
        late=row.state == "open" and row.due_on < day_of(now),
    )


def _one(column: Any, where: Any) -> ScalarSelect[Any]:
    return select(column).where(where).scalar_subquery()


def _asked(row: RecoveryWriteOff, actor: Actor) -> WriteOffView:
    return WriteOffView(
        write_off_id=row.id,
        amount_fen=row.amount_fen,
        reason=row.reason,
        document_no=row.document_no,
        mine=row.asked_by == actor.account_id,
    )
