"""What can stand in the way of leave, of making up a session, and of a roll-call."""

from portal.domain.errors import PortalError


class LeaveRefused(PortalError):
    """Leave cannot be asked for, taken back or decided any more; ``why`` says it in words."""

    key = "leave.because"
    code = "leave_refused"
    status = 409


class MakeUpRefused(PortalError):
    """The session cannot be made up, or not there; ``why`` says it in words."""

    key = "makeup.because"
    code = "makeup_refused"
    status = 409


class ChairsGone(PortalError):
    """The other class has no free chair left for a guest."""

    key = "makeup.chairs_gone"
    code = "seats_gone"
    status = 409


class CallRefused(PortalError):
    """No roll-call can be started now; ``why`` says it in words."""

    key = "call.because"
    code = "call_refused"
    status = 409
