"""How an institution stands, as its own manager reads it; whoever is off the list applies anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Institution, InstitutionListing, ListingDecision
from portal.domain.errors import Forbidden
from portal.domain.listing_states import is_banned
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services.listing import LISTED, listing_of
from portal.services.listings import admission, lifting
from portal.services.listings.applications import ApplicationView, latest_of
from portal.services.times import date_text, day_of


@dataclass(frozen=True, slots=True)
class OwnDecision:
    """A decision as the institution was told of it, without who made it."""

    key: UUID
    state: str
    day: str
    document: str
    reason: str
    ban: str
    is_lifted: bool


@dataclass(frozen=True, slots=True)
class OwnListing:
    """The standing, what was decided, and the latest application to be admitted.

    ``ban``: until when none is taken, "" where nothing bars it.
    """

    name: str
    standing: str
    standing_text: str
    since: str
    ban: str
    may_apply: bool
    application: ApplicationView | None
    decisions: tuple[OwnDecision, ...]


def own_listing(session: Session, actor: Actor, *, now: datetime) -> OwnListing:
    """How the manager's own institution stands. Raises Forbidden."""
    found = _own(session, actor)
    today = day_of(now)
    listing = listing_of(session, found.id, today=today)
    banned = lifting.ban_of(session, found.id)
    ban = date_text(banned) if banned and is_banned(banned, today) else ""
    application = latest_of(session, found)
    waits = application is not None and not application.closed
    is_off = listing.standing not in (*LISTED, "suspended")
    return OwnListing(
        name=found.name,
        standing=listing.standing,
        standing_text=t(f"listings.state.{listing.standing}"),
        since=date_text(listing.since) if listing.since else "",
        ban=ban,
        may_apply=is_off and not ban and not waits,
        application=application,
        decisions=_decisions(session, found.id, today),
    )


def apply_anew(
    session: Session, actor: Actor, *, papers: Sequence[tuple[str, str]], now: datetime
) -> UUID:
    """The manager asks that the own institution be admitted anew; returns the application's id.

    What stands about it stays; an officer visits and decides. Raises Forbidden, AlreadyListed,
    Banned, AlreadyApplied, BadInput.
    """
    found = _own(session, actor, lock=True)
    return admission.enter(session, actor, found, papers=papers, now=now)


def _own(session: Session, actor: Actor, *, lock: bool = False) -> Institution:
    actor.require(Permission.KEEP_STAFF)
    if actor.institution_id is None:
        raise Forbidden
    return session.get_one(
        Institution, actor.institution_id, with_for_update=lock or None, populate_existing=lock
    )


def _decisions(session: Session, institution_id: UUID, today: date) -> tuple[OwnDecision, ...]:
    rows = session.execute(
        select(ListingDecision, lifting.was_lifted())
        .join(InstitutionListing, InstitutionListing.decision_id == ListingDecision.id)
        .where(ListingDecision.institution_id == institution_id)
        .order_by(ListingDecision.id.desc())
        .limit(50)
    )
    return tuple(
        OwnDecision(
            key=one.id,
            state=t(f"listings.state.{one.state}"),
            day=t(f"listings.own.{'from' if one.effective_on > today else 'since'}",
                  day=date_text(one.effective_on)),
            document=one.document_no,
            reason=one.reason,
            ban=t("listings.page.ban", until=date_text(one.ban_until)) if one.ban_until else "",
            is_lifted=is_lifted,
        )
        for one, is_lifted in rows
    )  # fmt: skip
