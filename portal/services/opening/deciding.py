"""The officer's decision: approve, return for correction, or reject, each with what it rests on.

One version gets one decision, which the database keeps as well. At approval everything is looked
at anew, and the class is made in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ClassOpening, ClassOpeningDecision, ClassOpeningVersion
from portal.domain.errors import BadInput
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import Actor
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services import notices, staff_told
from portal.services.catalogue.planning import create_class
from portal.services.opening import checks, plan, rosters, rows
from portal.services.opening.check import Check, kept
from portal.services.opening.content import STEPS, read
from portal.services.opening.facts import facts_of
from portal.services.reasons import clean_reason

# Shorter than that nobody can act on.
SHORTEST = 4


def approve(
    session: Session, actor: Actor, *, opening_id: UUID, seen: str, reason: str = "", now: datetime
) -> UUID:
    """Open the class; answers its id, the same to the same officer again.

    ``seen`` is the hash of the version that the officer read. Raises NotFound, BadInput (reason),
    OpeningRefused: one's own, decided or sent anew meanwhile, or something stands in the way by
    now that did not when it was sent.
    """
    opening = rows.in_area(session, actor, opening_id, lock=True)
    if opening.class_id is not None and _is_mine(session, actor, opening, "approved"):
        return opening.class_id
    why = clean_reason(reason)
    sent = _undecided(session, actor, opening, seen)
    content = read(sent.content)
    facts = facts_of(session, opening, content, now)
    found = checks.check_facts(session, facts)
    if failed := checks.refusals(found):
        raise OpeningRefused(why=t("opening.refused.changed_since", first=failed[0].sentence))
    try:
        class_id = create_class(session, actor, plan=plan.class_plan(opening, facts), now=now)
    except BadInput as error:
        raise OpeningRefused(
            why=t("opening.refused.changed_since", first=sentence_for(error))
        ) from None
    opening.class_id = class_id
    _decide(session, actor, opening, sent, "approved", why, (), found, now)
    if content.people.mode == "roster" and content.people.roster_id is not None:
        rosters.judge_for(session, content.people.roster_id, class_id)
    _tell(session, opening, sent, "opening_approved", ("training_class", class_id), now)
    return class_id


def send_back(
    session: Session,
    actor: Actor,
    *,
    opening_id: UUID,
    seen: str,
    steps: Sequence[str],
    reason: str,
    now: datetime,
) -> None:
    """Return it for correction of the marked steps. Raises as ``approve``, BadInput (steps)."""
    opening = rows.in_area(session, actor, opening_id, lock=True)
    if opening.state == "returned" and _is_mine(session, actor, opening, "returned"):
        return
    why = clean_reason(reason, shortest=SHORTEST)
    marked = tuple(step for step in STEPS if step in steps)
    if not marked:
        raise BadInput("steps", "opening.refused.no_steps")
    sent = _undecided(session, actor, opening, seen)
    found = checks.check(session, opening, read(sent.content), now)
    _decide(session, actor, opening, sent, "returned", why, marked, found, now)
    _tell(session, opening, sent, "opening_returned", (rows.OBJECT, opening.id), now)


def reject(
    session: Session, actor: Actor, *, opening_id: UUID, seen: str, reason: str, now: datetime
) -> None:
    """Refuse it for good; the institution may apply anew. Raises as ``approve``."""
    opening = rows.in_area(session, actor, opening_id, lock=True)
    if opening.state == "rejected" and _is_mine(session, actor, opening, "rejected"):
        return
    why = clean_reason(reason, shortest=SHORTEST)
    sent = _undecided(session, actor, opening, seen)
    found = checks.check(session, opening, read(sent.content), now)
    _decide(session, actor, opening, sent, "rejected", why, (), found, now)
    _tell(session, opening, sent, "opening_rejected", (rows.OBJECT, opening.id), now)


def _is_mine(session: Session, actor: Actor, opening: ClassOpening, act: str) -> bool:
    """Whether this officer decided the last version so."""
    return any(
        (one.version_no, one.act, one.decided_by) == (opening.version_no, act, actor.account_id)
        for one in rows.decisions(session, opening)
    )


def _undecided(
    session: Session, actor: Actor, opening: ClassOpening, seen: str
) -> ClassOpeningVersion:
    """What is to be decided, as the officer read it; raises OpeningRefused."""
    if opening.state != "submitted":
        raise OpeningRefused(why=t(f"opening.refused.decided_{opening.state}"))
    sent = rows.the_version(session, opening)
    if actor.the_account() in (opening.created_by, sent.submitted_by):
        raise OpeningRefused(why=t("opening.refused.own"))
    if sent.content_hash != seen:
        raise OpeningRefused(why=t("opening.refused.sent_anew"))
    return sent


def _decide(
    session: Session,
    actor: Actor,
    opening: ClassOpening,
    sent: ClassOpeningVersion,
    act: str,
    reason: str,
    steps: Sequence[str],
    found: tuple[Check, ...],
    now: datetime,
) -> None:
    opening.state, opening.due_on = act, None
    opening.updated_at, opening.updated_by = now, actor.the_account()
    session.add(
        ClassOpeningDecision(
            id=new_id(),
            opening_id=opening.id,
            version_no=sent.version_no,
            act=act,
            reason=reason,
            steps=list(steps),
            checks=kept(found),
            submitted_by=sent.submitted_by,
            decided_by=actor.the_account(),
            decided_at=now,
        )
    )
    session.flush()
    rows.trace(session, actor, act, opening, now, reason=reason or None, version=sent.version_no)


def _tell(
    session: Session,
    opening: ClassOpening,
    sent: ClassOpeningVersion,
    kind: str,
    ref: tuple[str, UUID],
    now: datetime,
) -> None:
    title = read(sent.content).what.title
    people = staff_told.managers_and(session, opening.institution_id, [sent.submitted_by])
    for person_id in people:
        notices.tell(session, person_id, kind, params={"title": title}, ref=ref, now=now, sms=True)
