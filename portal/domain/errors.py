"""The errors a user can meet, as types.

An error carries a message ``key`` (the sentence lives in ``locale/``), a stable problem
``code`` and HTTP ``status`` for other systems (RFC 9457), and ``params`` that fill the
sentence. Nothing here knows how it will be shown.
"""

from typing import ClassVar


class PortalError(Exception):
    """Base of every refusal. ``params`` fill the placeholders of the sentence."""

    key: ClassVar[str] = "error.unexpected"
    code: ClassVar[str] = "bad_input"
    status: ClassVar[int] = 400

    def __init__(self, **params: object) -> None:
        super().__init__(self.key)
        self.params: dict[str, object] = params


class BadInput(PortalError):
    """A field holds what cannot be accepted; ``field`` names it, ``reason`` is a locale key."""

    key = "error.bad_input"

    def __init__(self, field: str, reason: str, **params: object) -> None:
        super().__init__(field=field, reason=reason, **params)
        self.field = field
        self.reason = reason


class Unauthenticated(PortalError):
    """No valid login; the page offers to log in."""

    key = "error.unauthenticated"
    code = "unauthenticated"
    status = 401


class WrongCredentials(PortalError):
    """Login or password is wrong. Says neither which, nor whether the account exists."""

    key = "error.wrong_credentials"
    code = "unauthenticated"
    status = 401


class Forbidden(PortalError):
    """Logged in, but this act or this row is not theirs."""

    key = "error.forbidden"
    code = "forbidden"
    status = 403


class NotFound(PortalError):
    """No such thing, or none that the actor may know of."""

    key = "error.not_found"
    code = "not_found"
    status = 404


class OriginRefused(PortalError):
    """A form post came from another site."""

    key = "error.origin_refused"
    code = "origin_refused"
    status = 403


class TooManyAttempts(PortalError):
    """Throttled; ``seconds`` until the next try is welcome."""

    key = "error.too_many_attempts"
    code = "too_many_attempts"
    status = 429


class AccountExists(PortalError):
    """The ID document or phone is registered already."""

    key = "register.account_exists"
    code = "bad_input"
    status = 409


class SeatsGone(PortalError):
    """The class is full."""

    key = "enrol.seats_gone"
    code = "seats_gone"
    status = 409


class TooManyPlaces(PortalError):
    """The class is full, and the person waits for ``most`` others already."""

    key = "enrol.too_many_places"
    code = "seats_gone"
    status = 409


class AlreadyEnrolled(PortalError):
    """One live enrolment a person and class."""

    key = "enrol.already_enrolled"
    code = "already_enrolled"
    status = 409


class TimeConflict(PortalError):
    """Another live class of the same person meets at the same time; ``title`` names it."""

    key = "enrol.time_conflict"
    code = "time_conflict"
    status = 409


class EnrolmentClosed(PortalError):
    """The class does not take enrolments now."""

    key = "enrol.closed"
    code = "enrolment_closed"
    status = 409


class NotEligible(PortalError):
    """A rule of the policy pack refuses; ``why`` says which, in words."""

    key = "enrol.not_eligible"
    code = "not_eligible"
    status = 409


class CannotCancel(PortalError):
    """The class has begun or the enrolment is over; the institution must be asked."""

    key = "enrol.cannot_cancel"
    code = "enrolment_closed"
    status = 409


class CodeExpired(PortalError):
    """The code was genuine and is too old."""

    key = "checkin.code_expired"
    code = "code_expired"
    status = 410


class CodeUsed(PortalError):
    """The code was genuine and good for one scan, which was somebody else's."""

    key = "checkin.code_used"
    code = "code_used"
    status = 410


class CodeInvalid(PortalError):
    """Not a code of ours."""

    key = "checkin.code_invalid"
    code = "code_invalid"
    status = 400


class NotOnRoster(PortalError):
    """The person is not enrolled in the class of this session."""

    key = "checkin.not_on_roster"
    code = "not_on_roster"
    status = 403


class OutsideWindow(PortalError):
    """Neither sign-in nor sign-out is open for the session."""

    key = "checkin.outside_window"
    code = "outside_window"
    status = 409


class SheetClosed(PortalError):
    """The sheet is confirmed; a change needs a correction with a reason."""

    key = "attendance.sheet_closed"
    code = "bad_input"
    status = 409


class TooEarly(PortalError):
    """The act belongs after the session or class has ended."""

    key = "attendance.too_early"
    code = "outside_window"
    status = 409


class NotReady(PortalError):
    """Something must be done first; ``reason`` is a locale key that says what."""

    key = "error.not_ready"
    code = "bad_input"
    status = 409


class RosterLimit(PortalError):
    """An account has sent as many rosters, or people on them, as one may in a day."""

    key = "roster.limit"
    code = "too_many_attempts"
    status = 429
