"""A claim as each side sees it.

The claimer and the institution see names, figures and answers; of a refused person they learn
only what does not tell of that person's circumstances. What somebody objected to is for the
office and that person alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Person, SubsidyClaim
from portal.domain import claims
from portal.domain.claim_errors import WrongStep
from portal.domain.claim_kinds import names_people
from portal.domain.claim_ledger import due
from portal.domain.claims import Act, Party
from portal.domain.errors import NotFound
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission, Role
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import audit
from portal.services.claims import asking as asks
from portal.services.claims import payments, questions, rows, sides, texts
from portal.services.claims.judging import Proposal, propose
from portal.services.claims.rows import Opened
from portal.services.claims.shapes import (
    CaseView,
    ClaimView,
    LineView,
    MoneyView,
    RefusedView,
    StepView,
)

# Rules about records of the class; what others ask of a person is that person's own business.
_OPEN_RULES: Final = frozenset(
    {
        "place_and_certificate", "min_hours", "months_range", "requires_pass", "record_needs",
        "fund_sources", "fund_order", "prohibited_uses", "one_of_subsidies",
    }
)  # fmt: skip
# Steps that a person reads about; the rest is for the trail.
_STEPS: Final = frozenset({*claims.STEPS, "open", "case_upheld", "case_dismissed"}) - {
    "excuse", "refresh",
}  # fmt: skip


def claim(session: Session, actor: Actor, *, claim_id: UUID, now: datetime) -> ClaimView:
    """A claim as the actor may see it; reading names is logged. Raises NotFound."""
    row = session.get(SubsidyClaim, claim_id)
    if row is None:
        raise NotFound
    found = rows.opened(session, row, now=now)
    side = side_of(actor, found)
    audit.record(
        session, actor, "claims.read", now=now, object_type=rows.OBJECT, object_id=row.id,
        fields_read=["name", "hours", "amount"],
    )  # fmt: skip
    ask = asks.asking_of(session, row, found.made, found.book, today=found.today)
    proposals = propose(session, ask) if ask else []
    office = side == "office"
    names = _names(session, found)
    return ClaimView(
        claim_id=row.id,
        claim_no=row.claim_no,
        class_id=row.class_id,
        title=found.made.title,
        kind=row.kind,
        payee=payee_text(session, row, office=office),
        payee_type=row.payee_type,
        state=row.state,
        note=row.state_note or "",
        due_on=row.due_on,
        late=row.due_on < found.today and row.state not in claims.OVER,
        is_over=found.claim.is_over,
        public_until=row.public_until,
        side=side,
        acts=_acts(actor, found, side),
        lines=_lines(found, names, proposals, office=office),
        refused=_refused(found, proposals, side),
        money=_money(session, found),
        cases=_cases(found, names) if office else (),
        open_cases=found.claim.open_cases,
        blocked=_blocked(actor, found, side),
        steps=_steps(session, row.id),
    )


def _acts(actor: Actor, found: Opened, side: Party) -> tuple[Act, ...]:
    """What the actor may do; a colleague of the filer may check what the institution asks for."""
    acts = claims.acts_of(found.claim, rows.doer(actor, side))
    if side == "claimer" and _teaches(actor, found):
        acts += claims.acts_of(found.claim, rows.doer(actor, "institution"))
    return acts


def _blocked(actor: Actor, found: Opened, side: Party) -> str:
    """Why the way is barred, for the side that would go on; empty when it is open, or another's."""
    act = claims.next_act(found.claim)
    refused = claims.refusal(act, found.claim, rows.doer(actor, side)) if act else None
    if refused is None or isinstance(refused, WrongStep):
        return ""
    return sentence_for(refused)


def _teaches(actor: Actor, found: Opened) -> bool:
    """Staff of the institution that taught, where the money tells nothing of need."""
    may = actor.may(Permission.CONFIRM_ATTENDANCE) and names_people(found.row.kind)
    return may and actor.institution_id == found.made.institution_id


def side_of(actor: Actor, found: Opened) -> Party:
    """On which side the actor stands to a claim; raises NotFound for who stands on none."""
    if actor.may(Permission.REVIEW_CLAIMS):
        if not sides.in_region(actor, found.row.region_code):
            raise NotFound
        return "office"
    files = actor.may(Permission.FILE_CLAIM) or actor.role is Role.TRAINEE
    if files and sides.is_payee(actor, found.row):
        return "claimer"
    if _teaches(actor, found):
        return "institution"
    raise NotFound


def payee_text(session: Session, row: SubsidyClaim, *, office: bool) -> str:
    """Who is paid: the name of an institution or employer, of a person only for the office."""
    if row.payee_person_id is None:
        return questions.payee_name(session, row)
    name = session.get_one(Person, row.payee_person_id).name
    return name if office else mask_name(name)


def _names(session: Session, found: Opened) -> dict[UUID, str]:
    ids = [line.person_id for line in found.lines]
    query = select(Person.id, Person.name).where(Person.id.in_(ids))
    return dict(session.execute(query).tuples().all())


def _lines(
    found: Opened, names: dict[UUID, str], proposals: Sequence[Proposal], *, office: bool
) -> tuple[LineView, ...]:
    by_enrolment = {one.learner.enrolment_id: one for one in proposals}
    made = []
    for line in rows.standing_lines(found.lines):
        proposal = by_enrolment.get(line.enrolment_id)
        excused = found.excused(line)
        opened = proposal.open_results if proposal and office else ()
        made.append(
            LineView(
                line_id=line.id,
                name=names[line.person_id],
                learned=texts.learned(line),
                amount_fen=line.amount_fen,
                state=line.state,
                stands=rows.domain_line(line, excused=excused).stands,
                excused=excused,
                answer_by=line.answer_by,
                answered_via=line.answered_via,
                note=(line.note or "") if excused and line.state == "no_answer" else "",
                objection=(line.note or "") if office and line.state == "denied" else "",
                open_rules=tuple(dict.fromkeys(texts.of_somebody(result) for result in opened)),
            )
        )
    # Those that need a look come first.
    return tuple(sorted(made, key=lambda one: (one.stands, one.name)))


def _refused(found: Opened, proposals: Sequence[Proposal], side: Party) -> tuple[RefusedView, ...]:
    """Who is left out while the claim may still change; later it is settled."""
    if found.row.state not in claims.OPEN:
        return ()
    inside = {line.enrolment_id for line in rows.standing_lines(found.lines)}
    return tuple(
        RefusedView(one.learner.name, why(one, side))
        for one in proposals
        if one.learner.enrolment_id not in inside
    )


def why(proposal: Proposal, side: Party) -> str:
    """Why somebody is not in a claim, as this side may know it."""
    if not proposal.refused:
        return t("claims.out.left_out")
    if proposal.refused != "rule":
        return t(f"claims.out.{proposal.refused}")
    result = proposal.results[0]
    if side == "office" or result.rule.kind in _OPEN_RULES:
        return t("claims.out.rule", why=texts.of_somebody(result), clause=result.rule.clause)
    return t("claims.out.personal")


def _money(session: Session, found: Opened) -> MoneyView:
    ledger, owed = found.claim.ledger, due(found.claim.lines)
    possible = found.row.state in ("draft", "returned", *claims.STOPPABLE)
    return MoneyView(
        claimed=found.row.amount_fen,
        due=owed,
        advance=ledger.advance_fen,
        balance=ledger.balance_fen,
        recovered=ledger.recovered_fen,
        written_off=ledger.written_off_fen,
        to_pay=ledger.to_pay(owed) if found.row.state == "approved" else 0,
        to_recover=ledger.to_recover(owed) if found.row.state == "recovering" else 0,
        most_advance=payments.advance_ceiling(session, found) if possible else None,
        fund=found.row.fund,
        funds=tuple(dict.fromkeys((found.row.fund, *asks.funds(found.book)))),
    )


def _cases(found: Opened, names: dict[UUID, str]) -> tuple[CaseView, ...]:
    return tuple(
        CaseView(
            case_id=case.id,
            line_id=case.claim_line_id,
            name=names.get(case.person_id, ""),
            summary=case.summary,
            state=case.state,
            due_on=case.due_on,
            late=case.state == "open" and case.due_on < found.today,
            answer=case.answer or "",
        )
        for case in found.cases
        if case.claim_line_id is not None
    )


def _steps(session: Session, claim_id: UUID) -> tuple[StepView, ...]:
    """What happened, the oldest first, by role: who it was stands in the audit trail."""
    names = [f"claims.{act}" for act in _STEPS]
    query = (
        select(AuditEvent)
        .where(
            AuditEvent.object_type == rows.OBJECT,
            AuditEvent.object_id == str(claim_id),
            AuditEvent.action.in_(names),
        )
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    return tuple(
        StepView(
            event.action.removeprefix("claims."), event.at, event.actor_role, event.reason or ""
        )
        for event in session.scalars(query)
    )
