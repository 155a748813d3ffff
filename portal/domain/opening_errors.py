"""What can stand in the way of an application to open a class."""

from portal.domain.errors import PortalError


class OpeningRefused(PortalError):
    """It cannot be changed, sent or decided like this; ``why`` says it in words."""

    key = "opening.because"
    code = "opening_refused"
    status = 409
