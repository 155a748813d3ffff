"""A claim in words that several doors share."""

from portal.db.models import ClaimLine
from portal.domain.rules.rule import Result
from portal.locale import t
from portal.locale.rules import sentence


def yuan(fen: int) -> str:
    """1,200 or 1,200.50, without the unit."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d}" if rest else f"{whole:,}"


def money(fen: int) -> str:
    """1,200 元"""
    return t("claims.yuan", amount=yuan(fen))


def learned(line: ClaimLine) -> str:
    """What is said about the person's training: 学习40课时, 出勤12天, 工作6个月."""
    return learned_of(hours=line.hours, days=line.days, months=line.months)


def learned_of(*, hours: int, days: int, months: int) -> str:
    """The same from the figures; months where the money is counted by them."""
    if months:
        return t("claims.learned.months", months=months)
    return t("claims.learned.hours", hours=hours, days=days)


def of_somebody(result: Result) -> str:
    """What a rule answers, for whoever reads it about another: rules speak to the person."""
    return sentence(result).replace(t("claims.you"), t("claims.the_person"))


def kind_name(kind: str) -> str:
    """What the money is called: 职业培训补贴."""
    return t(f"standards.kind.{kind}")


def state_name(state: str) -> str:
    """Where a claim stands: 公示中."""
    return t(f"claims.state.{state}")
