"""The ways to check in, and how much each says about who stood in the room."""

from enum import StrEnum


class Method(StrEnum):
    """How a sign-in came about; stored with the event."""

    QR = "qr"  # the trainee scanned the room's code
    NUMERIC = "numeric"  # the trainee typed the digits beside it
    DEVICE = "device"  # a program of the trainee's (API)
    PASS = "pass"  # noqa: S105 - staff scanned the trainee's rotating code
    PASS_CODE = "pass_code"  # noqa: S105 - staff typed its six digits
    SHEET = "sheet"  # staff scanned the trainee's printed sheet
    HELPER = "helper"  # a helper with a mandate, at the room's code
    MANUAL = "manual"  # staff tapped the name on the roster


# From 3 (the person's own phone met the room's code or the staff's eye) down to 1 (somebody's
# word alone). Shown to those who confirm and inspect; refuses nobody.
TRUST: dict[Method, int] = {
    Method.QR: 3,
    Method.PASS: 3,
    Method.NUMERIC: 2,
    Method.PASS_CODE: 2,
    Method.DEVICE: 2,
    Method.SHEET: 2,
    Method.HELPER: 1,
    Method.MANUAL: 1,
}
# What the person did with their own hands; all others were done for them.
BY_ONESELF = frozenset({Method.QR, Method.NUMERIC, Method.DEVICE})
