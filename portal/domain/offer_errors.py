"""What can stand in the way of answering the offer of a seat."""

from portal.domain.errors import PortalError


class OfferGone(PortalError):
    """The offer can no longer be answered, or there is none yet; ``why`` says which, in words."""

    key = "waiting.gone.because"
    code = "offer_gone"
    status = 410


class OfferCodeWrong(PortalError):
    """Not the code that was sent to the phone; ``left`` more tries are worth making."""

    key = "waiting.code_wrong"
    code = "code_invalid"
    status = 400


class OfferCodeSpent(PortalError):
    """Too many wrong codes, or none was sent: the institution's desk helps."""

    key = "waiting.code_spent"
    code = "too_many_attempts"
    status = 429
