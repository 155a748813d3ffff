"""The claimer's side: file a claim, bring it in line with the records, take it back.

Lines are never typed: who is in a claim and for how much follows from results, attendance, the
standard catalogue and the rules. The claimer may only leave somebody out.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClaimLine
from portal.domain import claims
from portal.domain.claim_kinds import names_people
from portal.domain.errors import NotFound
from portal.domain.permissions import SYSTEM, Actor
from portal.locale import t
from portal.services.claims import drawing, questions, rows, sides
from portal.services.claims.rows import Opened
from portal.services.reasons import clean_reason

_SHORTEST_REASON = 4


def refresh(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """Bring the lines in line with the records of now: people, hours, amounts.

    Whoever confirmed figures that change is asked again.
    """
    found = sides.own_claim(session, actor, claim_id, now=now)
    claims.require("refresh", found.claim, rows.doer(actor, "claimer"))
    drawing.draw_up(session, found)
    rows.move(session, actor, found, "refresh", now=now, detail={"people": len(found.lines)})


def leave_out(session: Session, actor: Actor, *, line_id: UUID, reason: str, now: datetime) -> None:
    """Leave one person out of the claim. Raises NotFound, WrongStep, BadInput."""
    claim_id = session.scalar(select(ClaimLine.claim_id).where(ClaimLine.id == line_id))
    if claim_id is None:
        raise NotFound
    found = sides.own_claim(session, actor, claim_id, now=now)
    claims.require("refresh", found.claim, rows.doer(actor, "claimer"))
    line = found.line(line_id)
    if line.state == "dropped":
        return
    line.state, line.note = "dropped", clean_reason(reason, shortest=_SHORTEST_REASON)
    found.recount()
    rows.record(
        session, actor, found, "leave_out", now=now, reason=line.note,
        on_behalf_of=line.person_id, detail={"amount_fen": line.amount_fen},
    )  # fmt: skip


def submit(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """File the claim; everybody in it is asked whether it is true. Again changes nothing.

    Raises WrongStep, ConfirmedTheClass, ClaimStopped, ClaimLate, LinesChanged, NothingToClaim.
    """
    found = sides.own_claim(session, actor, claim_id, now=now)
    row = found.row
    if row.state == "submitted" and row.filed_by == actor.account_id:
        return
    claims.require("submit", found.claim, rows.doer(actor, "claimer"))
    drawing.check_current(session, found)
    row.filed_by, row.filed_at = actor.the_account(), now
    row.checked_by = row.reviewed_by = row.approved_by = None
    row.public_from = row.public_until = None
    if found.book.packs:
        row.pack_id, row.pack_hash = found.book.pack_ids[0], found.book.hashes[0]
    questions.ask(session, found, now=now)
    rows.move(session, actor, found, "submit", now=now, detail={"lines": _states(found)})
    if not names_people(row.kind):
        # Who gets this money is in need, which is no business of the institution; the figures
        # are those of its own confirmed sheets.
        rows.move(session, SYSTEM, found, "check", now=now, reason=t("claims.checked_by_records"))


def settle(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """Take back a claim that was filed while the class ran, with the lines as it ended.

    Who dropped out is out of it; the advance stays on the books and is netted at the balance.
    """
    found = sides.own_claim(session, actor, claim_id, now=now)
    claims.require("settle", found.claim, rows.doer(actor, "claimer"))
    drawing.draw_up(session, found)
    rows.move(session, actor, found, "settle", now=now, detail={"lines": _states(found)})


def withdraw(session: Session, actor: Actor, *, claim_id: UUID, reason: str, now: datetime) -> None:
    """Give the claim up; its people can be claimed for again. An advance must come back."""
    found = sides.own_claim(session, actor, claim_id, now=now)
    claims.require("withdraw", found.claim, rows.doer(actor, "claimer"))
    told = clean_reason(reason, shortest=_SHORTEST_REASON)
    drop_all(found)
    rows.move(session, actor, found, "withdraw", now=now, reason=told)


def drop_all(found: Opened) -> None:
    """Nobody is claimed for any more."""
    for line in rows.standing_lines(found.lines):
        line.state = "dropped"


def _states(found: Opened) -> dict[str, int]:
    counted: dict[str, int] = {}
    for line in found.lines:
        counted[line.state] = counted.get(line.state, 0) + 1
    return counted
