"""Reasons that people type, cleaned once."""

from portal.domain.errors import BadInput

LONGEST = 200


def clean_reason(raw: str, *, shortest: int = 0) -> str:
    """One line of readable text; raises BadInput when it is too short, too long or unreadable."""
    text = " ".join(raw.split())
    if len(text) < shortest:
        raise BadInput("reason", "reason.too_short", shortest=shortest)
    if len(text) > LONGEST:
        raise BadInput("reason", "reason.too_long", longest=LONGEST)
    # Control characters and halves of surrogate pairs cannot be stored as text.
    if not text.isprintable():
        raise BadInput("reason", "reason.unreadable")
    return text
