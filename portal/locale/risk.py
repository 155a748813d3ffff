"""From a reason of the score to what an officer or an institution reads."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from portal.domain.risk.reasons import Reason, Score
from portal.locale import t

# One legal time for the whole country.
_ZONE = ZoneInfo("Asia/Shanghai")
# How exactly a moment is said, by the parameter's name; others to the minute.
_EXACTNESS = {"day_at": "day", "first_at": "second", "opened_at": "second"}


def sentence(reason: Reason) -> str:
    """What was seen: how many people, and when."""
    return t(f"risk.reason.{reason.code}", **_words(reason.params))


def innocent(reason: Reason) -> str:
    """What makes the same without any fraud."""
    return t(f"risk.innocent.{reason.code}")


def headline(score: Score, line: int) -> str:
    """One sentence on the score, ``line`` being the points from which somebody should look."""
    if not score.reasons:
        return t("risk.nothing")
    name = "above" if score.value >= line else "below"
    return t(f"risk.{name}", value=score.value, line=line)


def _words(params: Mapping[str, object]) -> dict[str, object]:
    return {name: _word(name, value) for name, value in params.items()}


def _word(name: str, value: object) -> object:
    if not name.endswith("_at") or not isinstance(value, str) or not value:
        return value
    at = datetime.fromisoformat(value).astimezone(_ZONE)
    return t(
        f"risk.{_EXACTNESS.get(name, 'minute')}",
        month=at.month,
        day=at.day,
        hour=at.hour,
        minute=at.minute,
        second=at.second,
    )
