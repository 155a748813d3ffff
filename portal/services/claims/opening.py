"""Opening a claim: for a class, one kind of money and one payee, drawn up from the records."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Employer, SubsidyClaim, TrainingClass
from portal.domain import claim_kinds
from portal.domain.claim_errors import (
    AlreadyClaimed,
    ClaimLate,
    ConfirmedTheClass,
    NoAmount,
    NothingToClaim,
    NotOverYet,
    NotThePayee,
    RuleRefuses,
)
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.domain.rules.facts import Payee
from portal.locale import t
from portal.locale.rules import sentence
from portal.policies import reference
from portal.services import rule_book
from portal.services.claims import asking as asks
from portal.services.claims import drawing, rows, sides
from portal.services.claims.asking import Asking
from portal.services.claims.judging import Proposal, propose
from portal.services.claims.roster import learners
from portal.services.times import day_of

# Two that open a claim for one class at once do it one after the other; no row of the class or
# of its people is locked for it.
_ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(7464, hashtext(:key))")
# Without letters that look like digits: people read it out on the phone.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def open_claim(
    session: Session,
    actor: Actor,
    *,
    class_id: UUID,
    kind: str = "",
    expense_kinds: Sequence[str] = (),
    now: datetime,
) -> UUID:
    """Draw up a claim for a class; answers its id, that of the one under way if there is one.

    ``kind`` is the training's own money unless told otherwise. Raises NotFound, NotThePayee,
    ConfirmedTheClass, NotOverYet, ClaimLate, NoAmount, RuleRefuses, AlreadyClaimed,
    NothingToClaim.
    """
    side = sides.payee_side(actor)
    made = _class_of(session, actor, side, class_id)
    # What the class was published as decides, not what a client names.
    ask = _asking(session, actor, made, side, kind, now=now)
    session.execute(_ONE_BY_ONE, {"key": f"{made.id}:{ask.kind}:{side}"})
    known = _under_way(session, actor, made.id, ask.kind)
    if known is not None:
        return known
    _may_open(session, actor, made, ask)
    _check_uses(ask, expense_kinds)
    row = _new_row(actor, made, ask, now=now)
    session.add(row)
    session.flush()
    found = rows.opened(session, row, now=now)
    proposals = propose(session, ask)
    drawing.write(session, found, ask, proposals)
    if not found.lines:
        raise _nothing(proposals)
    detail = {"people": len(found.lines), "amount_fen": row.amount_fen, "kind": row.kind}
    if expense_kinds:
        detail["expense_kinds"] = sorted(expense_kinds)
    rows.record(session, actor, found, "open", now=now, detail=detail)
    session.flush()
    return row.id


def _class_of(session: Session, actor: Actor, side: Payee, class_id: UUID) -> TrainingClass:
    """The class, when the actor's side has to do with it; raises NotFound."""
    made = session.get(TrainingClass, class_id)
    if made is None or made.status in ("draft", "cancelled"):
        raise NotFound
    if side == "institution":
        theirs = made.institution_id == actor.institution_id
    elif side == "person":
        theirs = bool(learners(session, class_id, kind="", person_id=actor.the_person()))
    else:
        theirs = _sends_people(session, actor, class_id)
    if not theirs:
        raise NotFound
    return made


def _sends_people(session: Session, actor: Actor, class_id: UUID) -> bool:
    employer = session.get_one(Employer, actor.employer_id)
    return any(
        employer.id == one.sent_by or employer.uscc == one.works_for
        for one in learners(session, class_id, kind="")
    )


def _asking(
    session: Session, actor: Actor, made: TrainingClass, side: Payee, kind: str, *, now: datetime
) -> Asking:
    training_type = asks.training_type_of(session, made)
    allowed = claim_kinds.kinds_for(side, training_type)
    wanted = kind or claim_kinds.main_kind(training_type)
    if wanted not in allowed:
        raise NotThePayee(payee=_payee_word(training_type, wanted))
    book = rule_book.book_for(session, made.region_code, made.starts_on)
    found = asks.asking(
        session,
        made,
        book,
        kind=wanted,
        payee=side,
        today=day_of(now),
        ahead=made.status != "closed",
        employer=session.get(Employer, actor.employer_id) if side == "employer" else None,
        payee_person_id=actor.person_id if side == "person" else None,
    )
    if found is None:
        raise NoAmount
    return found


def _payee_word(training_type: str, kind: str) -> str:
    known = reference.training_type(training_type)
    payee = known.payee if known and kind not in claim_kinds.OWN_KINDS else "person"
    return t(f"claims.payee.{payee}")


def _may_open(session: Session, actor: Actor, made: TrainingClass, ask: Asking) -> None:
    if actor.account_id in rows.confirmers_of(session, made.id):
        raise ConfirmedTheClass
    if ask.ahead:
        # Before the end only money that may be advanced can be asked for (R40).
        begun = made.status == "running" and made.starts_on <= ask.today
        if not begun or not asks.advance_possible(ask):
            raise NotOverYet
    elif ask.today > (last := rows.file_by(made, ask.book)):
        raise ClaimLate(last)


def _check_uses(ask: Asking, expense_kinds: Sequence[str]) -> None:
    for result in asks.class_results(ask, expense_kinds=tuple(expense_kinds)):
        if result.outcome == "fail":
            raise RuleRefuses(why=sentence(result))


def _under_way(session: Session, actor: Actor, class_id: UUID, kind: str) -> UUID | None:
    """The claim of this side for this class and money that has not ended."""
    columns = sides.payee_columns(actor)
    return session.scalar(
        select(SubsidyClaim.id)
        .where(
            SubsidyClaim.class_id == class_id,
            SubsidyClaim.kind == kind,
            SubsidyClaim.state.not_in(("closed", "rejected", "recovering", "paid")),
            *(getattr(SubsidyClaim, name) == value for name, value in columns.items() if value),
        )
        .order_by(SubsidyClaim.created_at.desc())
        .limit(1)
    )


def _new_row(actor: Actor, made: TrainingClass, ask: Asking, *, now: datetime) -> SubsidyClaim:
    return SubsidyClaim(
        id=new_id(),
        claim_no=_number(now),
        class_id=made.id,
        region_code=made.region_code,
        kind=ask.kind,
        fund=ask.fund,
        state="draft",
        amount_fen=0,
        advance_fen=0,
        due_on=rows.file_by(made, ask.book),
        created_at=now,
        updated_at=now,
        **sides.payee_columns(actor),
    )


def _number(now: datetime) -> str:
    """What people call a claim by; says nothing but the day."""
    return f"BT{day_of(now):%Y%m%d}-" + "".join(secrets.choice(_LETTERS) for _ in range(6))


def _nothing(proposals: Sequence[Proposal]) -> NothingToClaim | AlreadyClaimed:
    """Why nobody can be claimed for."""
    if proposals and all(one.refused in ("claimed", "") for one in proposals):
        return AlreadyClaimed()
    return NothingToClaim()
