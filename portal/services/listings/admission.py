"""An institution asks to be admitted (M15): its papers, a visit to the site, the answer.

The officer writes down what the institution handed in; only a site that somebody has seen and
found fit is admitted, and the admission is a decision like every other.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

from portal.db.models import (
    Institution,
    ListingApplication,
)
from portal.domain.errors import BadInput, NotFound
from portal.domain.listing_errors import AlreadyApplied, AlreadyListed, Banned, VisitFirst
from portal.domain.listing_states import ListingState, is_banned
from portal.domain.permissions import Actor, Permission
from portal.locale import has
from portal.policies import reference
from portal.services import audit, search_index
from portal.services.listing import listing_of
from portal.services.listings.applications import OPEN
from portal.services.listings.decisions import clean_document, record
from portal.services.listings.lifting import ban_of
from portal.services.listings.reach import institution_of
from portal.services.reasons import clean_reason
from portal.services.scope import region_prefix, the_area
from portal.services.times import date_text, day_of

# Two officers who write down what one institution handed in would each make it.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('portal.admission'))")
_LONGEST = {"name": 100, "address": 200, "contact_phone": 30, "license_no": 60, "scope": 200}


def apply(
    session: Session,
    actor: Actor,
    *,
    fields: Mapping[str, str],
    papers: Sequence[tuple[str, str]],
    now: datetime,
) -> UUID:
    """Write down an application; returns its id.

    ``fields`` are uscc, name, kind, ownership, license_no, region_code, address, contact_phone
    and scope; ``papers`` pairs of what and its number. Raises BadInput by its field, NotFound
    outside the region, Banned, AlreadyListed, AlreadyApplied.
    """
    actor.require(Permission.KEEP_LISTINGS)
    values = _checked(actor, fields)
    # Papers first: nobody is written down who handed in none.
    _handed_in(papers)
    session.execute(_ONE_AT_A_TIME)
    return enter(session, actor, _institution(session, actor, values, now), papers=papers, now=now)


def _handed_in(papers: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    found = [
        {"kind": kind.strip()[:60], "number": number.strip()[:60]}
        for kind, number in papers
        if kind.strip() and number.strip()
    ]
    if not found:
        raise BadInput("papers", "listings.refused.papers")
    return found


def enter(
    session: Session,
    actor: Actor,
    institution: Institution,
    *,
    papers: Sequence[tuple[str, str]],
    now: datetime,
) -> UUID:
    """An application of an institution that the caller has locked, and may speak for.

    Raises Banned, AlreadyListed, AlreadyApplied, BadInput.
    """
    handed_in = _handed_in(papers)
    _may_apply(session, institution, day_of(now))
    made = ListingApplication(
        institution_id=institution.id,
        state="submitted",
        papers=handed_in,
        entered_by=actor.the_account(),
        entered_at=now,
    )
    session.add(made)
    session.flush()
    _trace(session, actor, "listing.apply", made, now)
    return made.id


def _checked(actor: Actor, fields: Mapping[str, str]) -> dict[str, Any]:
    given = {name: " ".join(fields.get(name, "").split()) for name in (*_LONGEST, "region_code")}
    for name, longest in _LONGEST.items():
        if name == "license_no" and not given[name]:
            continue
        if not 2 <= len(given[name]) <= longest or not given[name].isprintable():
            raise BadInput(name, "listings.admit.text", longest=longest)
    try:
        code = str(uscc.validate(uscc.compact(fields.get("uscc", ""))))
    except ValidationError:
        raise BadInput("uscc", "listings.admit.uscc") from None
    kind, ownership = fields.get("kind", ""), fields.get("ownership", "")
    if not has(f"institutions.kind.{kind}"):
        raise BadInput("kind", "listings.admit.choose")
    if ownership not in ("public", "private"):
        raise BadInput("ownership", "listings.admit.choose")
    region = reference.region(given["region_code"])
    if region is None or not region.code.startswith(region_prefix(the_area(actor))):
        raise BadInput("region_code", "listings.admit.region")
    scope = [word for word in given.pop("scope").replace("、", ",").split(",") if word.strip()]
    return given | {"uscc": code, "kind": kind, "ownership": ownership, "scope": scope}


def _institution(
    session: Session, actor: Actor, values: dict[str, Any], now: datetime
) -> Institution:
    """The institution of the code: known already, in the officer's region, or new."""
    query = select(Institution).where(Institution.uscc == values["uscc"]).with_for_update()
    known = session.scalar(query)
    if known is not None:
        return institution_of(session, actor, known.id, lock=True)
    taken = select(Institution.id).where(Institution.name == values["name"])
    if session.scalar(taken) is not None:
        raise BadInput("name", "listings.admit.name_taken")
    made = Institution(**values, description="", search_terms=[], created_at=now)
    session.add(made)
    session.flush()
    search_index.reindex_institution(session, made.id)
    return made


def _may_apply(session: Session, institution: Institution, today: date) -> None:
    standing = listing_of(session, institution.id, today=today).standing
    if standing in ("listed", "warning", "suspended"):
        raise AlreadyListed
    ban = ban_of(session, institution.id)
    if ban is not None and is_banned(ban, today):
        raise Banned(until=date_text(ban))
    open_one = select(ListingApplication.id).where(
        ListingApplication.institution_id == institution.id,
        ListingApplication.closed_at.is_(None),
    )
    if session.scalar(open_one) is not None:
        raise AlreadyApplied


def note_visit(
    session: Session,
    actor: Actor,
    *,
    application_id: UUID,
    visited_on: date,
    visited_by: str,
    passed: bool,
    note: str,
    now: datetime,
) -> None:
    """What somebody found at the site; a second visit takes the first one's place.

    Raises NotFound, AlreadyListed for one that is closed, BadInput.
    """
    made, _ = _application(session, actor, application_id)
    who = " ".join(visited_by.split())
    if not 2 <= len(who) <= 60:
        raise BadInput("visited_by", "listings.refused.visited_by")
    if not day_of(made.entered_at) <= visited_on <= day_of(now):
        raise BadInput("visited_on", "listings.refused.visited_on")
    made.state, made.visited_on, made.visited_by = "on_site_check", visited_on, who
    made.site_passed, made.site_note = passed, clean_reason(note, shortest=4)
    _trace(session, actor, "listing.visit", made, now, reason=made.site_note)


def admit(
    session: Session,
    actor: Actor,
    *,
    application_id: UUID,
    reason: str,
    document_no: str,
    effective_on: date,
    now: datetime,
) -> UUID:
    """Put the institution on the list; returns the decision. Raises NotFound, VisitFirst, Banned,
    BadInput."""
    made, institution = _application(session, actor, application_id)
    if not made.site_passed:
        raise VisitFirst
    today = day_of(now)
    ban = ban_of(session, institution.id)
    if ban is not None and is_banned(ban, effective_on):
        raise Banned(until=date_text(ban))
    if effective_on < today:
        raise BadInput("effective_on", "listings.refused.effective_on")
    decision = record(
        session,
        actor,
        institution,
        state=ListingState.LISTED,
        former=listing_of(session, institution.id, today=today).standing,
        reason=clean_reason(reason, shortest=4),
        document_no=clean_document(document_no),
        effective_on=effective_on,
        now=now,
    )
    _close(made, actor, "listed", now)
    made.decision_id = decision.id
    session.flush()
    return decision.id


def refuse(
    session: Session, actor: Actor, *, application_id: UUID, reason: str, now: datetime
) -> None:
    """Refuse an application, with the reason the institution is told. Raises NotFound, BadInput."""
    made, _ = _application(session, actor, application_id)
    made.answer = clean_reason(reason, shortest=4)
    _close(made, actor, "refused", now)
    _trace(session, actor, "listing.refuse", made, now, reason=made.answer)


def _close(made: ListingApplication, actor: Actor, state: str, now: datetime) -> None:
    made.state, made.closed_by, made.closed_at = state, actor.the_account(), now


def _application(
    session: Session, actor: Actor, application_id: UUID
) -> tuple[ListingApplication, Institution]:
    """An open application of the officer's region; institution and application are locked."""
    actor.require(Permission.KEEP_LISTINGS)
    known = session.get(ListingApplication, application_id)
    if known is None:
        raise NotFound
    institution = institution_of(session, actor, known.institution_id, lock=True)
    made = session.get_one(
        ListingApplication, application_id, with_for_update=True, populate_existing=True
    )
    if made.state not in OPEN:
        raise NotFound
    return made, institution


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    made: ListingApplication,
    now: datetime,
    reason: str | None = None,
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="institution",
        object_id=made.institution_id,
        reason=reason,
        detail={"application": str(made.id)},
    )
