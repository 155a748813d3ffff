"""Why a decision about an institution is refused, as types. Sentences stand in ``listings``."""

from portal.domain.errors import PortalError


class ListingRefused(PortalError):
    """Base of every refusal about an institution's place on the list."""

    key = "listings.refused.refused"
    code = "listing_refused"
    status = 409


class NotFromHere(ListingRefused):
    """The decision does not fit how the institution stands; ``standing`` says how, in words."""

    key = "listings.refused.not_from_here"


class Banned(ListingRefused):
    """The institution may not be admitted before its ban is over; ``until`` is its last day."""

    key = "listings.refused.banned"


class AlreadyApplied(ListingRefused):
    """An application of the institution is open."""

    key = "listings.refused.already_applied"


class AlreadyListed(ListingRefused):
    """An institution that stands on the list, or is suspended, does not apply."""

    key = "listings.refused.already_listed"


class VisitFirst(ListingRefused):
    """Nobody is admitted before somebody has looked at the site, and found it fit."""

    key = "listings.refused.visit_first"


class ClaimHeld(ListingRefused):
    """The payee is suspended or removed: its claims wait until somebody releases them."""

    key = "listings.refused.claim_held"


class NotToLift(ListingRefused):
    """The decision was lifted before, never stood, or did nothing that can be lifted."""

    key = "listings.refused.not_to_lift"
