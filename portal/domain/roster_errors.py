"""What can stand in the way of confirming a seat that a roster brought."""

from portal.domain.errors import PortalError


class ConfirmWrong(PortalError):
    """Phone and code open nothing: wrong, too late, or tried too often. Says not which."""

    key = "roster.confirm.wrong"
    code = "code_invalid"
    status = 400


class ConfirmRefused(PortalError):
    """Something about the person forbids the seat now, and is nobody else's business."""

    key = "roster.confirm.refused"
    code = "not_eligible"
    status = 409
