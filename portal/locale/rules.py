"""From an answer of the rules to what a person reads.

Nothing here names a target group: some names reveal poverty, illness or an offence, so every
group is 重点群体, whoever looks.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from portal.domain.levels import SkillLevel
from portal.domain.rules.rule import Result
from portal.locale import has, t


def sentence(result: Result) -> str:
    """Why the rule answers as it does."""
    return t(f"rules.{result.reason}", **_words(result.params))


def change(result: Result) -> str:
    """What would change the answer; what the pack says to people in that place, else empty."""
    if not result.change:
        return result.rule.remedy
    return t(f"rules.{result.change}", **_words(result.params))


def bucket_name(bucket: str | None) -> str:
    """职业培训 for ``vocational``; a general word for a bucket that only a pack knows."""
    return _named("bucket", bucket or "other")


def _words(params: Mapping[str, object]) -> dict[str, object]:
    """The parameters as words: codes as names, days as Chinese dates, fen as 元."""
    words: dict[str, object] = {}
    for name, value in params.items():
        words[name] = _word(name, value)
        if name.endswith("_fen"):
            words[name.removesuffix("_fen") + "_yuan"] = _yuan(value)
    return words


def _word(name: str, value: object) -> object:
    if name == "bucket":
        return _named("bucket", str(value))
    if name == "open_buckets" and isinstance(value, list | tuple):
        return _joined("bucket", value)
    if name in _LISTS and isinstance(value, list | tuple):
        return _joined(_LISTS[name], value)
    if name in ("level", "had_level"):
        return _level(value)
    return _date(value) if isinstance(value, str) else value


# Which names the codes of a list have.
_LISTS = {
    "missing": "record",
    "contents": "content",
    "uses": "use",
    "catalogues": "catalogue",
    "paid": "payment",
}


def _joined(table: str, codes: Iterable[object]) -> str:
    names = dict.fromkeys(_named(table, str(code)) for code in codes)
    return t("rules.comma").join(names)


def _named(table: str, code: str) -> str:
    key = f"rules.{table}.{code}"
    return t(key) if has(key) else t(f"rules.{table}.other")


def _level(value: object) -> str:
    if isinstance(value, int) and 1 <= value <= len(SkillLevel):
        return SkillLevel(value).short_name
    return t("rules.no_level")


def _date(value: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    return t("rules.date", year=day.year, month=day.month, day=day.day)


def _yuan(value: object) -> str:
    if not isinstance(value, int):
        return ""
    yuan, fen = divmod(value, 100)
    return f"{yuan:,}.{fen:02d}" if fen else f"{yuan:,}"
