"""Why an act on accounts, invitations or second factors is refused. Sentences in ``staff``."""

from portal.domain.errors import PortalError


class StaffRefused(PortalError):
    """Base of every refusal about accounts of those who work here."""

    key = "staff.refused.refused"
    code = "staff_refused"
    status = 409


class SecondFactorNeeded(StaffRefused):
    """The password is right; the six digits of the second step are missing."""

    key = "staff.refused.second_factor_needed"
    code = "second_factor_required"
    status = 401


class WrongDigits(StaffRefused):
    """Not the digits of now, or used before, or no recovery code that is left."""

    key = "staff.refused.wrong_digits"
    code = "bad_input"
    status = 400


class StepLapsed(StaffRefused):
    """The second step came too late, or was taken before: the login begins anew."""

    key = "staff.refused.step_lapsed"
    code = "unauthenticated"
    status = 401


class HasFactor(StaffRefused):
    """A second factor stands; only the security administrator takes it away."""

    key = "staff.refused.has_factor"


class NotSetUp(StaffRefused):
    """No second factor is being set up, or stands."""

    key = "staff.refused.not_set_up"


class OwnAccount(StaffRefused):
    """Nobody keeps the own account."""

    key = "staff.refused.own_account"
    code = "forbidden"
    status = 403


class SameKind(StaffRefused):
    """A second administrator of another kind must agree."""

    key = "staff.refused.same_kind"
    code = "forbidden"
    status = 403


class OutOfReach(StaffRefused):
    """The role or region is not for this actor to give."""

    key = "staff.refused.out_of_reach"
    code = "forbidden"
    status = 403


class AlreadyInvited(StaffRefused):
    """This phone has an invitation to this role that is open."""

    key = "staff.refused.already_invited"


class ProposerGone(StaffRefused):
    """Whoever proposed it could not propose it any more: held, moved, or of another role."""

    key = "staff.refused.proposer_gone"


class InvitationOver(StaffRefused):
    """The invitation was used, taken back, or has expired."""

    key = "staff.refused.invitation_over"


class NotTheInvited(StaffRefused):
    """Name, phone or document are not those of whoever was invited."""

    key = "staff.refused.not_the_invited"


class OtherRole(StaffRefused):
    """The person's one account has another role; ``role`` says which, in words."""

    key = "staff.refused.other_role"


class StillLearning(StaffRefused):
    """The person learns in a class, or waits for one; ``title`` names it."""

    key = "staff.refused.still_learning"


class LastManager(StaffRefused):
    """An institution keeps one manager at least."""

    key = "staff.refused.last_manager"


class NoSuchHold(StaffRefused):
    """The account is not held, or is held already."""

    key = "staff.refused.no_such_hold"


class MoveWaits(StaffRefused):
    """Another region for this account is proposed already, and waits for consent."""

    key = "staff.refused.move_waits"


class MoveOver(StaffRefused):
    """The proposal was decided or taken back."""

    key = "staff.refused.move_over"
