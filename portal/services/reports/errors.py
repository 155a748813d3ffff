"""Refusals about reports."""

from portal.domain.errors import PortalError


class _Refused(PortalError):
    code = "bad_input"
    status = 409


class PeriodRuns(_Refused):
    """A period can be frozen once it is over; ``day`` is its last."""

    key = "reports.refused.runs"


class NotTheNext(_Refused):
    """Reports of a region follow each other without a gap; ``period`` would be the next."""

    key = "reports.refused.not_next"


class LaterStands(_Refused):
    """A later report stands: what changed here is told in the next one, as an adjustment."""

    key = "reports.refused.later"


class AlreadyFrozen(_Refused):
    """The period has a frozen report; a corrected version needs a reason."""

    key = "reports.refused.frozen"


class StillFreezing(_Refused):
    """The report is being frozen just now."""

    key = "reports.refused.freezing"


class NotFrozen(_Refused):
    """Only a frozen report is signed, downloaded or published."""

    key = "reports.refused.not_frozen"


class MadeIt(_Refused):
    """Whoever made or froze a report cannot countersign it."""

    key = "reports.refused.made_it"


class NotCountersigned(_Refused):
    """The public is told what two officers stand for."""

    key = "reports.refused.not_countersigned"


class AlreadyPublished(_Refused):
    """What the public was told stays."""

    key = "reports.refused.published"


class NoMoney(_Refused):
    """No money moved in the period: there is nothing to publish."""

    key = "reports.refused.no_money"


class ReachedInto(_Refused):
    """The rows of a report are not those that were frozen: nothing of it is told."""

    key = "reports.refused.reached_into"
