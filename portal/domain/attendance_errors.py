"""What appeals and second opinions refuse."""

from portal.domain.errors import PortalError


class AppealClosed(PortalError):
    """The days in which a record may be appealed are over; ``until`` says when they ended."""

    key = "appeals.closed"
    code = "appeal_closed"
    status = 409


class AppealAnswered(PortalError):
    """The record was appealed and answered, and has not changed since."""

    key = "appeals.answered_before"
    code = "appeal_closed"
    status = 409


class SamePerson(PortalError):
    """Whoever proposed a correction cannot be the second person who agrees to it."""

    key = "sheet.same_person"
    code = "forbidden"
    status = 403
