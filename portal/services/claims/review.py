"""The steps of the institution that taught, and of the office."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain import claims
from portal.domain.claim_errors import RuleRefuses
from portal.domain.claim_kinds import names_people
from portal.domain.claims import Act
from portal.domain.errors import NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.services.claims import asking as asks
from portal.services.claims import filing, rows, sides, texts
from portal.services.claims.judging import propose
from portal.services.claims.rows import Opened
from portal.services.listings import holds
from portal.services.reasons import clean_reason

_SHORTEST_REASON = 4


def check(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """The institution says that the figures are those of its records. Again changes nothing.

    Raises WrongStep, FiledIt, NotFound for a class of another institution.
    """
    actor.require(Permission.CONFIRM_ATTENDANCE)
    found = _taught(session, actor, claim_id, now=now)
    if _done_by(found, "institution_checked", found.row.checked_by, actor):
        return
    claims.require("check", found.claim, rows.doer(actor, "institution"))
    found.row.checked_by = actor.the_account()
    rows.move(session, actor, found, "check", now=now)


def take_up(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """The office begins its review. Raises WrongStep, ClaimStopped."""
    _office(session, actor, claim_id, "take_up", now=now)


def publish(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """The review accepts the claim; it goes on public notice. Again changes nothing.

    Raises WrongStep, AnsweredInIt, ClaimStopped, NotOverYet, AnswersOpen, and RuleRefuses when
    somebody in it may no longer be paid for, such as after a certificate was revoked.
    """
    found = sides.office_claim(session, actor, claim_id, now=now)
    row = found.row
    if _done_by(found, "public_notice", row.reviewed_by, actor):
        return
    claims.require("publish", found.claim, rows.doer(actor, "office"))
    doubts = _still_payable(session, found)
    row.reviewed_by = actor.the_account()
    row.public_from = found.today
    row.public_until = found.today + timedelta(days=found.book.claims.public_notice_days)
    # Whoever publishes has decided what the rules left open; the trail says what that was.
    rows.move(session, actor, found, "publish", now=now, detail={"decided_on": doubts})


def approve(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """A second officer approves after the notice.

    Raises ReviewedIt, AnsweredInIt, NoticeRuns, ClaimStopped.
    """
    found = sides.office_claim(session, actor, claim_id, now=now)
    if _done_by(found, "approved", found.row.approved_by, actor):
        return
    claims.require("approve", found.claim, rows.doer(actor, "office"))
    holds.require_free(session, found.row, today=found.today)
    found.row.approved_by = actor.the_account()
    rows.move(session, actor, found, "approve", now=now)


def send_back(
    session: Session, actor: Actor, *, claim_id: UUID, reason: str, now: datetime
) -> None:
    """Give the claim back to whoever filed it: the office, or the institution that checks it."""
    party, found = _reader(session, actor, claim_id, now=now)
    claims.require("send_back", found.claim, rows.doer(actor, party))
    told = clean_reason(reason, shortest=_SHORTEST_REASON)
    rows.move(session, actor, found, "send_back", now=now, reason=told)


def reject(session: Session, actor: Actor, *, claim_id: UUID, reason: str, now: datetime) -> None:
    """Refuse the claim for good; what was advanced is to come back."""
    found = sides.office_claim(session, actor, claim_id, now=now)
    claims.require("reject", found.claim, rows.doer(actor, "office"))
    told = clean_reason(reason, shortest=_SHORTEST_REASON)
    filing.drop_all(found)
    rows.move(session, actor, found, "reject", now=now, reason=told)


def excuse(session: Session, actor: Actor, *, line_id: UUID, reason: str, now: datetime) -> None:
    """Go on without the answer of somebody who gave none, for a reason. Again changes nothing."""
    found = rows.of_line(session, line_id, now=now, lock=True)
    actor.require(Permission.REVIEW_CLAIMS)
    if not sides.in_region(actor, found.row.region_code):
        raise NotFound
    claims.require("excuse", found.claim, rows.doer(actor, "office"))
    line = found.line(line_id)
    if found.excused(line):
        return
    if line.state != "no_answer":
        raise NotReady(reason="claims.refused.still_time")
    line.note = clean_reason(reason, shortest=_SHORTEST_REASON)
    line.answered_via, line.answered_at = rows.DESK, now
    found.recount()
    rows.record(
        session, actor, found, "excuse", now=now, reason=line.note,
        on_behalf_of=line.person_id, detail={"line": str(line.id)},
    )  # fmt: skip
    session.flush()


def close(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> None:
    """The money has arrived: the claim is over. Raises WrongStep."""
    _office(session, actor, claim_id, "close", now=now)


def _office(session: Session, actor: Actor, claim_id: UUID, act: Act, *, now: datetime) -> None:
    found = sides.office_claim(session, actor, claim_id, now=now)
    claims.require(act, found.claim, rows.doer(actor, "office"))
    rows.move(session, actor, found, act, now=now)


def _taught(session: Session, actor: Actor, claim_id: UUID, *, now: datetime) -> Opened:
    found = rows.open_locked(session, claim_id, now=now)
    own = actor.institution_id is not None and found.made.institution_id == actor.institution_id
    if not own or not names_people(found.row.kind):
        raise NotFound
    return found


def _reader(
    session: Session, actor: Actor, claim_id: UUID, *, now: datetime
) -> tuple[claims.Party, Opened]:
    if actor.may(Permission.REVIEW_CLAIMS):
        return "office", sides.office_claim(session, actor, claim_id, now=now)
    actor.require(Permission.CONFIRM_ATTENDANCE)
    return "institution", _taught(session, actor, claim_id, now=now)


def _done_by(found: Opened, state: str, by: UUID | None, actor: Actor) -> bool:
    """Whether this very actor pressed the same button before: then the answer is the same."""
    return found.row.state == state and by is not None and by == actor.account_id


def _still_payable(session: Session, found: Opened) -> dict[str, int]:
    """Refuse a claim in which somebody may no longer be paid for; answers the rules that leave
    something open, and for how many."""
    ask = asks.asking_of(session, found.row, found.made, found.book, today=found.today)
    judged = {one.learner.enrolment_id: one for one in propose(session, ask)} if ask else {}
    doubts: dict[str, int] = {}
    for line in rows.standing_lines(found.lines):
        proposal = judged.get(line.enrolment_id)
        if proposal is None:
            continue
        if proposal.refused == "rule":
            raise RuleRefuses(why=texts.of_somebody(proposal.results[0]))
        for rule_id in {result.rule.id for result in proposal.open_results}:
            doubts[rule_id] = doubts.get(rule_id, 0) + 1
    return doubts
