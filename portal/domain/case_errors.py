"""Why a step of a case, a recovery, a complaint or an assignment is refused, as types."""

from datetime import date

from portal.domain.errors import PortalError


class CaseRefused(PortalError):
    """Base: what the act needs is not there. Sentences stand below ``casework.refused``."""

    key = "casework.refused.refused"
    code = "case_refused"
    status = 409


class CaseOver(CaseRefused):
    """The case is closed; nothing more is written into it."""

    key = "casework.refused.closed"


class SecondOfficer(CaseRefused):
    """Whoever did the first half does not do the second."""

    key = "casework.refused.second_officer"
    code = "forbidden"
    status = 403


class InstitutionElsewhere(CaseRefused):
    """The office of ``region``, where the institution is registered, decides about its place."""

    key = "casework.refused.elsewhere"


class NotDoneYet(CaseRefused):
    """A second officer, the institution or a date is waited for in this case."""

    key = "casework.refused.waits"


class NothingFound(CaseRefused):
    """No finding carries this: a sanction needs one, a hard one more than an error (M8)."""

    key = "casework.refused.nothing_found"


class NotHeard(CaseRefused):
    """A sanction above a warning needs the institution's word, or its days to have passed."""

    key = "casework.refused.not_heard"


class TermOver(CaseRefused):
    """The days in which this could be said are over; the last is told."""

    key = "casework.refused.term_over"

    def __init__(self, last: date) -> None:
        super().__init__(year=last.year, month=last.month, day=last.day)


class SaidBefore(CaseRefused):
    """It was said or decided already, and otherwise."""

    key = "casework.refused.said_before"


class MoreThanOwed(CaseRefused):
    """More than is left to come back; ``most`` in 元."""

    key = "casework.refused.more_than_owed"

    def __init__(self, most_fen: int) -> None:
        whole, rest = divmod(most_fen, 100)
        super().__init__(most=f"{whole:,}.{rest:02d}")


class ClaimNotOwing(CaseRefused):
    """A claim's money comes back only once the claim says that it must."""

    key = "casework.refused.claim_not_owing"


class WrongReceipt(CaseRefused):
    """No complaint has this receipt and secret; which of the two is wrong is not said."""

    key = "complaints.refused.receipt"
    code = "not_found"
    status = 404


class NothingToDraw(CaseRefused):
    """Nothing in the officer's region fits: there is no sample to draw from."""

    key = "third_party.refused.nothing"
