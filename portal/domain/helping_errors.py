"""What can stand in the way of a helper who acts for somebody."""

from portal.domain.errors import PortalError


class MandateLimit(PortalError):
    """The helper has taken as many mandates as one may in a day; ``most`` is the number."""

    key = "helping.limit"
    code = "too_many_attempts"
    status = 429


class MandateCodeWrong(PortalError):
    """Not the code that was sent to the person's phone; ``left`` more tries are worth making."""

    key = "helping.code_wrong"
    code = "code_invalid"
    status = 400


class MandateCodeSpent(PortalError):
    """Too many wrong codes, too late, or none was sent: ask for another, or the person confirms."""

    key = "helping.code_spent"
    code = "too_many_attempts"
    status = 429
