"""What can stand in the way of a pass, a printed sheet, or a helper at the room's code."""

from portal.domain.errors import NotOnRoster, PortalError


class PassInvalid(PortalError):
    """Neither a pass nor a sheet of ours."""

    key = "pass.refused.invalid"
    code = "code_invalid"
    status = 400


class PassStale(PortalError):
    """A genuine pass of another time, ``minutes`` off: the phone's clock is wrong, or it is a
    picture of the pass."""

    key = "pass.refused.behind"
    code = "code_expired"
    status = 410


class PassAhead(PassStale):
    """The same, of a phone that is ahead: no picture can be."""

    key = "pass.refused.ahead"


class PassReplaced(PortalError):
    """A genuine pass of an earlier generation: its owner asked for a new one."""

    key = "pass.refused.replaced"
    code = "code_expired"
    status = 410


class SheetReplaced(PortalError):
    """A printed sheet after which another was printed."""

    key = "pass.refused.sheet_replaced"
    code = "code_expired"
    status = 410


class PassCodeUnknown(PortalError):
    """Nobody on the sheet has these six digits now."""

    key = "pass.refused.digits"
    code = "code_invalid"
    status = 400


class PassCodeTwice(PortalError):
    """Two people on the sheet have the same six digits now."""

    key = "pass.refused.twice"
    code = "code_invalid"
    status = 409


class NotOnThisSheet(NotOnRoster):
    """Said to staff: the owner of the pass is not on the sheet of this session."""

    key = "pass.refused.not_on_sheet"


class HelperMost(PortalError):
    """The helper has checked in as many people of this session as one may: ``most``."""

    key = "helping.checkin.most_reached"
    code = "helper_limit"
    status = 409


class MandateWithoutCheckIn(PortalError):
    """The mandate was given under a text that leaves checking in to the person."""

    key = "helping.checkin.not_covered"
    code = "forbidden"
    status = 403
