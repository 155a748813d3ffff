"""Sanctions: an order to rectify, a warning, a suspension, a removal (reference R46, B11.2).

Each rests on findings that stand; what weighs more than a warning needs more than an error, and
the institution's word or its silence. What it does to the listing is ``services.listings``'s.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CaseSanction, ViolationCase
from portal.domain.case_errors import NotDoneYet, NotHeard, NothingFound, SaidBefore
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies import deadlines
from portal.services.casework import case_rows, findings, hearings
from portal.services.casework.listing_effects import TO, follow
from portal.services.casework.texts import clean_document, clean_text
from portal.services.listings import decisions
from portal.services.reasons import clean_reason
from portal.services.times import date_text, day_of, day_text

KINDS = ("rectify", "warning", "suspend", "remove")
HARD = ("suspend", "remove")
_SHORTEST = 4


def decide(
    session: Session,
    actor: Actor,
    *,
    case_id: UUID,
    kind: str,
    reason: str,
    document_no: str,
    effective_on: date,
    due_on: date | None = None,
    ban_until: date | None = None,
    now: datetime,
) -> UUID:
    """Decide a sanction with its document; the institution is told and may appeal.

    ``due_on`` is the last day to rectify. Raises NotFound, CaseOver, NothingFound, NotHeard,
    NotDoneYet (a second officer is waited for), BadInput, and what the listing refuses.
    """
    case = case_rows.open_case_of(session, actor, case_id)
    today = day_of(now)
    _check(session, case, kind, effective_on, due_on, ban_until, today)
    made = CaseSanction(
        case_id=case.id,
        kind=kind,
        reason=clean_text(reason, "reason", longest=200),
        document_no=clean_document(document_no),
        effective_on=effective_on,
        due_on=due_on,
        ban_until=ban_until,
        state="in_force",
        decided_by=actor.the_account(),
        decided_at=now,
        appeal_until=deadlines.last_day("sanction_appeal", max(today, effective_on)),
    )
    session.add(made)
    session.flush()
    follow(session, actor, case, made, now=now)
    day = {"day": day_text(made.appeal_until)}
    hearings.tell(session, case, f"case_{kind}", day, now)
    detail = {"sanction": str(made.id), "document": made.document_no}
    case_rows.write(session, actor, case, f"sanction_{kind}", now=now, note=reason, detail=detail)
    return made.id


def effects(
    session: Session,
    actor: Actor,
    *,
    case_id: UUID,
    kind: str,
    reason: str,
    document_no: str,
    effective_on: date,
    due_on: date | None = None,
    ban_until: date | None = None,
    now: datetime,
) -> tuple[str, ...]:
    """What a sanction would do, in sentences, before it is decided; raises as ``decide``."""
    case = case_rows.open_case_of(session, actor, case_id)
    today = day_of(now)
    _check(session, case, kind, effective_on, due_on, ban_until, today)
    clean_text(reason, "reason", longest=200)
    clean_document(document_no)
    told: tuple[str, ...] = ()
    if kind in TO:
        told = decisions.effects(
            session,
            actor,
            institution_id=case.institution_id,
            to=TO[kind],
            effective_on=effective_on,
            now=now,
        ).sentences
    if due_on is not None:
        told += (t("casework.effect.rectify", day=day_text(due_on)),)
    if ban_until is not None:
        told += (t("casework.effect.ban", day=date_text(ban_until)),)
    last = deadlines.last_day("sanction_appeal", max(today, effective_on))
    return (*told, t("casework.effect.told", day=day_text(last)))


def fulfil(session: Session, actor: Actor, *, sanction_id: UUID, note: str, now: datetime) -> None:
    """The institution has put right what it was ordered to. Again changes nothing.

    Raises NotFound, CaseOver, SaidBefore (lifted, or no order to rectify).
    """
    row, case = of_office(session, actor, sanction_id)
    if row.state == "fulfilled":
        return
    if row.kind != "rectify" or row.state != "in_force":
        raise SaidBefore
    row.state = "fulfilled"
    told = clean_reason(note, shortest=_SHORTEST)
    case_rows.write(
        session, actor, case, "fulfil", now=now, note=told, detail={"sanction": str(row.id)}
    )


def of_office(
    session: Session, actor: Actor, sanction_id: UUID, *, still_open: bool = True
) -> tuple[CaseSanction, ViolationCase]:
    """A sanction of the officer's region, both rows held; raises NotFound, CaseOver."""
    of = session.scalar(select(CaseSanction.case_id).where(CaseSanction.id == sanction_id))
    if of is None:
        raise NotFound
    if still_open:
        case = case_rows.open_case_of(session, actor, of)
    else:
        case = case_rows.found(session, actor, of)
        session.refresh(case, with_for_update={"key_share": True})
    row = session.get_one(CaseSanction, sanction_id, with_for_update=True, populate_existing=True)
    return row, case


def _check(
    session: Session,
    case: ViolationCase,
    kind: str,
    effective_on: date,
    due_on: date | None,
    ban_until: date | None,
    today: date,
) -> None:
    if kind not in KINDS:
        raise BadInput("kind", "casework.choose")
    _check_days(kind, effective_on, due_on, ban_until, today)
    _check_ground(session, case, kind, today)


def _check_days(
    kind: str, effective_on: date, due_on: date | None, ban_until: date | None, today: date
) -> None:
    if (kind == "rectify") != (due_on is not None):
        raise BadInput("due_on", "casework.rectify_day")
    if due_on is not None and due_on < max(today, effective_on):
        raise BadInput("due_on", "casework.day_past")
    if ban_until is not None and (kind != "remove" or ban_until <= effective_on):
        raise BadInput("ban_until", "casework.ban_day")


def _check_ground(session: Session, case: ViolationCase, kind: str, today: date) -> None:
    found = findings.standing(session, case.id)
    if findings.is_waiting(session, case.id):
        raise NotDoneYet
    # An error is put right; it does not cost the listing (M8).
    grades = {one.grade for one in found} - ({"error"} if kind in HARD else set())
    if not grades:
        raise NothingFound
    if kind in HARD and not hearings.was_heard(session, case.id, today):
        raise NotHeard
