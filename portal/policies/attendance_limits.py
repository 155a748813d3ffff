"""Bounds of the attendance parameters that a person can mean, asked when a pack is published.

Not in the model: packs that were published before these bounds must stay readable.
"""

from collections.abc import Iterator

from portal.policies.parameters import Attendance

# From, to. A day of sign-in, or three hundred working days to confirm, is a slip of the pen.
LIMITS: dict[str, tuple[float, float]] = {
    "opens_before_min": (5, 240),
    "late_after_min": (1, 120),
    "closes_after_min": (5, 240),
    "out_opens_before_end_min": (1, 120),
    "out_closes_after_end_min": (10, 720),
    "min_ratio": (0.5, 1),
    "call_open_min": (1, 30),
    "confirm_within_days": (1, 30),
    "second_person_above": (0, 1000),
    "appeal_within_days": (1, 90),
    "appeal_answer_days": (1, 30),
    "offline_within_hours": (1, 720),
    "helper_most": (1, 50),
    "warn_hours_left": (1, 200),
    "near_m": (50, 5000),
    "edge_m": (50, 50_000),
    "look_at_points": (1, 100),
}
# What must not be greater than what.
ORDER = (
    ("late_after_min", "closes_after_min"),
    ("red_below", "yellow_below"),
    ("near_m", "edge_m"),
)

Found = tuple[str, str, dict[str, object]]
"""The parameter, the reason's last word, and what fills its sentence."""


def faults_in_attendance(given: Attendance) -> Iterator[Found]:
    """Every parameter that is out of bounds, or contradicts another."""
    for name, (least, most) in LIMITS.items():
        value = getattr(given, name)
        if not least <= value <= most:
            yield name, "out_of_range", {"value": value, "least": least, "most": most}
    for low, high in ORDER:
        if getattr(given, low) > getattr(given, high):
            yield low, "above_other", {"value": getattr(given, low), "other": high}
