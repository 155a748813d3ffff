"""The lines of a claim, drawn from the records of the class."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ClaimLine
from portal.domain.claim_errors import LinesChanged, NoAmount
from portal.services.claims import asking as asks
from portal.services.claims import rows
from portal.services.claims.asking import Asking
from portal.services.claims.judging import Proposal, propose
from portal.services.claims.rows import Opened


def draw_up(session: Session, found: Opened) -> None:
    """Make the lines of a claim what the records propose now; raises NoAmount."""
    ask = asks.asking_of(session, found.row, found.made, found.book, today=found.today)
    if ask is None:
        raise NoAmount
    write(session, found, ask, propose(session, ask))


def write(session: Session, found: Opened, ask: Asking, proposals: Sequence[Proposal]) -> None:
    """Make the lines what the records propose; what did not change keeps its answer."""
    wanted = {one.learner.enrolment_id: one for one in proposals if not one.refused}
    for line in rows.standing_lines(found.lines):
        proposal = wanted.pop(line.enrolment_id, None)
        if _awaits_an_officer(found, line):
            continue
        if proposal is None:
            line.state = "dropped"
        elif _figures(line) != proposal.figures:
            line.hours, line.days, line.months, line.amount_fen = proposal.figures
            line.state = "draft"
            line.asked_at = line.answer_by = line.answered_at = line.answered_via = None
            line.note = None
    session.flush()
    for enrolment_id, proposal in wanted.items():
        _add(session, found, ask, enrolment_id, proposal)
    fresh = rows.opened(session, found.row, now=found.row.updated_at)
    found.lines, found.cases = fresh.lines, fresh.cases
    found.recount()


def _add(
    session: Session, found: Opened, ask: Asking, enrolment_id: UUID, proposal: Proposal
) -> None:
    """A line; none when another claim that excludes it came first, at this very moment too."""
    hours, days, months, amount = proposal.figures
    session.execute(
        insert(ClaimLine)
        .values(
            id=new_id(),
            claim_id=found.row.id,
            enrolment_id=enrolment_id,
            person_id=proposal.learner.person_id,
            exclusive_group=ask.group,
            hours=hours,
            days=days,
            months=months,
            amount_fen=amount,
            state="draft",
        )
        .on_conflict_do_nothing(
            index_elements=["enrolment_id", "exclusive_group"],
            index_where=text("state <> 'dropped'"),
        )
    )


def _awaits_an_officer(found: Opened, line: ClaimLine) -> bool:
    return any(case.claim_line_id == line.id and case.state == "open" for case in found.cases)


def _figures(line: ClaimLine) -> tuple[int, int, int, int]:
    return line.hours, line.days, line.months, line.amount_fen


def check_current(session: Session, found: Opened) -> None:
    """Raise LinesChanged when the records no longer say what the lines do."""
    ask = asks.asking_of(session, found.row, found.made, found.book, today=found.today)
    if ask is None:
        raise NoAmount
    now_true = {
        one.learner.enrolment_id: one.figures for one in propose(session, ask) if not one.refused
    }
    for line in rows.standing_lines(found.lines):
        if now_true.get(line.enrolment_id) != _figures(line):
            raise LinesChanged
