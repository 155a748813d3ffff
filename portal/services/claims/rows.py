"""A claim as every act of it needs it: locked, with its lines, its money and who did what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    CaseFile,
    ClaimLine,
    Disbursement,
    SubsidyClaim,
    TrainingClass,
    TrainingSession,
)
from portal.domain import claims, working_days
from portal.domain.claim_ledger import Ledger, Line, asked_for
from portal.domain.claims import Act, Claim, Doer, Party
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.domain.rules.calendar import add_months
from portal.services import audit, rule_book
from portal.services.rule_book import RuleBook
from portal.services.times import day_of

OBJECT = "subsidy_claim"
# An officer's word in place of an answer that never came.
DESK = "desk"
_WORDS = tuple(f"claims.{act}" for act in ("confirm", "deny", "excuse"))


@dataclass
class Opened:
    """A claim with all that decides about its next step; ``claim`` is that for the domain."""

    row: SubsidyClaim
    lines: list[ClaimLine]
    cases: list[CaseFile]
    made: TrainingClass
    book: RuleBook
    claim: Claim
    today: date

    def line(self, line_id: UUID) -> ClaimLine:
        """One of its lines; raises NotFound."""
        found = next((line for line in self.lines if line.id == line_id), None)
        if found is None:
            raise NotFound
        return found

    def excused(self, line: ClaimLine) -> bool:
        """Whether an officer decided to go on without this person's yes."""
        if line.state == "denied":
            return any(c.claim_line_id == line.id and c.state == "dismissed" for c in self.cases)
        return line.state == "no_answer" and line.answered_via == DESK

    def recount(self) -> None:
        """Bring the domain's claim and the claimed sum in line with the rows."""
        self.claim = replace(
            self.claim,
            state=self.row.state,  # type: ignore[arg-type]  # a check constraint of the table
            lines=tuple(domain_line(line, excused=self.excused(line)) for line in self.lines),
            open_cases=sum(case.state == "open" for case in self.cases),
            filed_by=self.row.filed_by,
            reviewed_by=self.row.reviewed_by,
            public_until=self.row.public_until,
        )
        # What was advanced stands among the claimed, until it has come back.
        self.row.amount_fen = max(asked_for(self.claim.lines), self.row.advance_fen)


def domain_line(line: ClaimLine, *, excused: bool) -> Line:
    """A line as the domain counts it."""
    return Line(line.amount_fen, line.state, excused)  # type: ignore[arg-type]


def open_locked(session: Session, claim_id: UUID, *, now: datetime) -> Opened:
    """The claim, held until the act ends: two at once would both find the same state.

    Raises NotFound.
    """
    query = select(SubsidyClaim).where(SubsidyClaim.id == claim_id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise NotFound
    return opened(session, row, now=now)


def of_line(session: Session, line_id: UUID, *, now: datetime, lock: bool = False) -> Opened:
    """The claim that a line belongs to; raises NotFound."""
    line = session.get(ClaimLine, line_id)
    if line is None:
        raise NotFound
    if lock:
        return open_locked(session, line.claim_id, now=now)
    return opened(session, session.get_one(SubsidyClaim, line.claim_id), now=now)


def opened(session: Session, row: SubsidyClaim, *, now: datetime) -> Opened:
    """The claim with its lines, cases, money and rules."""
    made = session.get_one(TrainingClass, row.class_id, populate_existing=True)
    lines = session.scalars(
        select(ClaimLine)
        .where(ClaimLine.claim_id == row.id)
        .order_by(ClaimLine.id)
        .execution_options(populate_existing=True)
    ).all()
    cases = session.scalars(
        select(CaseFile)
        .where(CaseFile.claim_id == row.id)
        .order_by(CaseFile.opened_at, CaseFile.id)
        .execution_options(populate_existing=True)
    ).all()
    # The rules that were in force when the training began.
    book = rule_book.book_for(session, made.region_code, made.starts_on)
    today = day_of(now)
    is_over = made.status == "closed"
    base = Claim(
        state="draft",
        lines=(),
        ledger=replace(ledger_of(session, row.id), written_off_fen=row.written_off_fen),
        today=today,
        file_by=file_by(made, book) if is_over else None,
        confirmers=confirmers_of(session, made.id),
        answerers=answerers_of(session, row.id, lines),
        is_over=is_over,
    )
    found = Opened(row, list(lines), list(cases), made, book, base, today)
    found.recount()
    return found


def file_by(made: TrainingClass, book: RuleBook) -> date:
    """The last day to file a claim for a class."""
    return add_months(made.ends_on, book.claims.deadline_months)


def ledger_of(session: Session, claim_id: UUID) -> Ledger:
    """What moved for a claim; what was given up stands in its row."""
    sums = {"advance": 0, "balance": 0, "recovery": 0}
    for entry in session.scalars(select(Disbursement).where(Disbursement.claim_id == claim_id)):
        sums[entry.kind] += entry.amount_fen
    return Ledger(sums["advance"], sums["balance"], sums["recovery"])


def confirmers_of(session: Session, class_id: UUID) -> frozenset[UUID]:
    """The accounts that confirmed a sheet of a class."""
    query = select(TrainingSession.confirmed_by).where(TrainingSession.class_id == class_id)
    return frozenset(one for one in session.scalars(query.distinct()) if one is not None)


def answerers_of(session: Session, claim_id: UUID, lines: Sequence[ClaimLine]) -> frozenset[UUID]:
    """The accounts whose word at the desk stands in place of a person's own.

    Who it was is in the trail; the last entry of a line counts, as it is the one that stands.
    """
    said = {str(line.id) for line in standing_lines(lines) if line.answered_via == DESK}
    if not said:
        return frozenset()
    of_line = AuditEvent.detail["line"].astext
    query = (
        select(of_line, AuditEvent.actor_account_id)
        .where(AuditEvent.object_type == OBJECT, AuditEvent.object_id == str(claim_id))
        .where(AuditEvent.action.in_(_WORDS), of_line.in_(said))
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    last: dict[str, UUID | None] = dict(session.execute(query).tuples().all())
    return frozenset(one for one in last.values() if one is not None)


def doer(actor: Actor, party: Party) -> Doer:
    """The actor, acting on a side."""
    return Doer(party, actor.account_id)


def move(
    session: Session,
    actor: Actor,
    found: Opened,
    act: Act,
    *,
    now: datetime,
    reason: str | None = None,
    on_behalf_of: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Take the step that was allowed: the new state, its day, and a line in the trail."""
    found.recount()
    old, row = found.row.state, found.row
    row.state = claims.after(act, found.claim)
    row.state_note = reason
    row.due_on = _due_on(found)
    row.updated_at = now
    found.recount()
    session.flush()
    record(
        session,
        actor,
        found,
        act,
        now=now,
        reason=reason,
        on_behalf_of=on_behalf_of,
        detail={"from": old, "to": row.state, "amount_fen": row.amount_fen} | (detail or {}),
    )


def record(
    session: Session, actor: Actor, found: Opened, act: str, *, now: datetime, **more: Any
) -> None:
    """A line in the trail of the claim."""
    audit.record(
        session, actor, f"claims.{act}", now=now, object_type=OBJECT, object_id=found.row.id, **more
    )


def _due_on(found: Opened) -> date:
    """By when the present step should be done: the office's and everybody else's."""
    row = found.row
    if row.state == "public_notice" and row.public_until is not None:
        return working_days.after(row.public_until, 1)
    return working_days.after(found.today, found.book.review.due_working_days)


def standing_lines(lines: Sequence[ClaimLine]) -> list[ClaimLine]:
    """The lines that were not dropped."""
    return [line for line in lines if line.state != "dropped"]
