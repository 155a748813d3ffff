"""Why a step of a claim is refused, as types. Sentences stand below ``claims.refused``."""

from datetime import date

from portal.domain.errors import PortalError


class ClaimRefused(PortalError):
    """Base of every refusal about a claim."""

    key = "claims.refused.refused"
    code = "claim_refused"
    status = 409


class WrongStep(ClaimRefused):
    """The claim is not where this act begins, or the act is another side's."""

    key = "claims.refused.wrong_step"


class FourEyes(ClaimRefused):
    """Somebody else must do it: whoever vouched for one step does not take the next."""

    key = "claims.refused.four_eyes"
    code = "forbidden"
    status = 403


class ConfirmedTheClass(FourEyes):
    """The actor confirmed attendance of the class, and does not file its claim (D10)."""

    key = "claims.refused.confirmed_the_class"


class FiledIt(FourEyes):
    """The actor filed the claim, and does not check it."""

    key = "claims.refused.filed_it"


class ReviewedIt(FourEyes):
    """The actor reviewed the claim, and does not approve it: a second officer is needed."""

    key = "claims.refused.reviewed_it"


class AnsweredInIt(FourEyes):
    """The actor answered a line of the claim at the desk or went on without an answer, and does
    not decide about the money."""

    key = "claims.refused.answered_in_it"


class ClaimStopped(ClaimRefused):
    """Somebody in it said no, and the office has not decided yet; ``count`` such cases."""

    key = "claims.refused.stopped"


class AnswersOpen(ClaimRefused):
    """``count`` people have not answered, and no officer has decided to go on without them."""

    key = "claims.refused.answers_open"


class ClaimLate(ClaimRefused):
    """The last day to file has passed."""

    key = "claims.refused.late"

    def __init__(self, last: date) -> None:
        super().__init__(year=last.year, month=last.month, day=last.day)


class NotOverYet(ClaimRefused):
    """The class still runs: its results are not known."""

    key = "claims.refused.not_over"


class NoticeRuns(ClaimRefused):
    """The public notice still runs; ``last`` is its last day."""

    key = "claims.refused.notice_runs"

    def __init__(self, last: date) -> None:
        super().__init__(year=last.year, month=last.month, day=last.day)


class NothingToClaim(ClaimRefused):
    """Nobody in the class can be claimed for (any more)."""

    key = "claims.refused.nothing"


class AlreadyClaimed(ClaimRefused):
    """All who could be claimed for stand in another claim that excludes this one (R07)."""

    key = "claims.refused.already_claimed"


class NotThePayee(ClaimRefused):
    """This money for this class goes to somebody else; ``payee`` says to whom."""

    key = "claims.refused.not_the_payee"


class NoAmount(ClaimRefused):
    """Neither the standard catalogue nor a rule names an amount."""

    key = "claims.refused.no_amount"


class NoAdvance(ClaimRefused):
    """No rule lets this payee have an advance on this training."""

    key = "claims.refused.no_advance"


class AdvancePaid(ClaimRefused):
    """An advance is paid once."""

    key = "claims.refused.advance_paid"


class AdvanceTooHigh(ClaimRefused):
    """More than the pack's share of what is claimed; the most is told in 元."""

    key = "claims.refused.advance_too_high"

    def __init__(self, most_fen: int) -> None:
        super().__init__(most=_yuan(most_fen))


class RecoveredTooMuch(ClaimRefused):
    """More was entered than is owed; what is left to take back is told in 元."""

    key = "claims.refused.recovered_too_much"

    def __init__(self, most_fen: int) -> None:
        super().__init__(most=_yuan(most_fen))


class RuleRefuses(ClaimRefused):
    """A rule refuses (fund R42, uses R43, a certificate that was revoked); ``why`` says it."""

    key = "claims.refused.rule"


class LineClosed(ClaimRefused):
    """The question was answered otherwise, or the claim is decided: nothing to answer now."""

    key = "claims.refused.line_closed"


class AnsweredNo(ClaimRefused):
    """The person said no before, and an officer looks into it: a yes comes too late."""

    key = "claims.refused.answered_no"


class LinesChanged(ClaimRefused):
    """Records changed since the claim was drawn up: it must be looked through again."""

    key = "claims.refused.lines_changed"


class CaseClosed(ClaimRefused):
    """The case was decided already, and otherwise."""

    key = "claims.refused.case_closed"


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d}"
