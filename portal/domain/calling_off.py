"""Calling off one class (停办): until when it may be done, and what stands in the way."""

from datetime import datetime

from portal.domain.errors import PortalError

# Only what can still be enrolled in, or is about to begin, can be called off.
LIVE = ("enrolling", "running")


class CannotCallOff(PortalError):
    """The class cannot be called off any more; ``why`` says it, and what to do instead."""

    key = "call_off.because"
    code = "call_off_refused"
    status = 409


class ClassCalledOff(PortalError):
    """The class of a scanned code does not take place; ``title`` names it."""

    key = "call_off.scanned"
    code = "class_called_off"
    status = 409


def obstacle(
    status: str, *, begins: datetime, is_claimed: bool, has_sign_ins: bool, now: datetime
) -> str | None:
    """Why a class cannot be called off, in one word; None when it can.

    Once somebody has been there, hours have been earned: what follows then is the end of a class
    (closing it) or a decision about its institution, never as if it had not been.
    """
    if status == "cancelled":
        return "cancelled"
    if status not in LIVE:
        return "over"
    if is_claimed:
        return "claimed"
    if has_sign_ins:
        return "signed_in"
    return "begun" if begins <= now else None
