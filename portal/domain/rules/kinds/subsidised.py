"""What is subsidised besides, and under which conditions: R10 to R13, R15 to R17.

Such a rule opens a subsidy. It refuses only what it speaks of: the students who do not graduate
yet, a claim for just this payment. To everybody else it gives no answer.
"""

from collections.abc import Callable
from datetime import date

from portal.domain.rules import params
from portal.domain.rules.answers import failed, passed, unsure
from portal.domain.rules.calendar import add_months
from portal.domain.rules.case import Case
from portal.domain.rules.payments import INSURED_SKILL_UP_SUBSIDY, VOCATIONAL_SUBSIDY
from portal.domain.rules.rule import Result, Rule


def subsidised(rule: Rule, case: Case) -> Result | None:
    """Whether the conditions that the rule names are met."""
    if not _speaks(rule, case) or not _asked(rule, case):
        return None
    if "graduation_year" in rule.params:
        return _graduating(rule, case)
    for look in _CONDITIONS:
        answer = look(rule, case)
        if answer is not None:
            return answer
    return passed(rule, "subsidised.yes", {"groups": case.matching(params.texts(rule, "groups"))})


def added_by(rule: Rule, case: Case) -> tuple[str, ...]:
    """Payment kinds that the training brings beside its subsidy (R12, R13)."""
    kinds = params.texts(rule, "adds")
    kinds += tuple(kind for kind in params.texts(rule, "kinds") if kind != VOCATIONAL_SUBSIDY)
    if not kinds or not _speaks(rule, case) or _level(rule, case) or _listed_trade(rule, case):
        return ()
    return kinds


def _speaks(rule: Rule, case: Case) -> bool:
    marks = case.facts.training.marks
    mark, before = params.text(rule, "occupation_mark"), params.text(rule, "before")
    if mark and mark not in marks:
        return False
    # Rules of a plan speak of all its classes; elsewhere the class must carry the mark.
    if before and not rule.plans and before not in marks:
        return False
    codes = params.texts(rule, "groups")
    if not codes or "graduation_year" in rule.params:
        return True
    return case.member(codes) is not None


def _asked(rule: Rule, case: Case) -> bool:
    """Whether the claim is for what the rule gives; before a claim everything is of interest."""
    claim = case.facts.claim
    if case.where != "claim" or claim is None:
        return True
    kinds = params.texts(rule, "adds") + params.texts(rule, "kinds")
    if kinds:
        return claim.kind in kinds
    if not params.flag(rule, "conditions_stated", True):
        fund = params.text(rule, "fund")
        return claim.kind == INSURED_SKILL_UP_SUBSIDY or (bool(fund) and claim.fund == fund)
    return not case.beside


def _graduating(rule: Rule, case: Case) -> Result | None:
    """R11: students in the year they graduate; those of earlier years wait, others are not
    concerned. The year is the calendar year, or the 毕业学年 from 1 July of the year before."""
    studies = case.facts.person.education
    sure = case.member(params.texts(rule, "groups"))
    graduates_on = studies.graduates_on if studies else None
    inputs: dict[str, object] = {"starts_on": case.facts.training.starts_on.isoformat()}
    if studies is None or graduates_on is None:
        if sure == "verified":
            return passed(rule, "subsidised.graduating", inputs)
        if sure is None:
            return None
        return unsure(rule, "subsidised.graduation_unknown", "change.state_graduation", inputs)
    if studies.school_kind == "other":
        return None
    inputs["graduates_on"] = graduates_on.isoformat()
    first, last = _graduation_year(rule, graduates_on)
    starts_on = case.facts.training.starts_on
    if first <= starts_on <= last:
        return passed(rule, "subsidised.graduating", inputs)
    if starts_on > last:
        return None
    return failed(
        rule, "subsidised.not_graduating_yet", "change.from_graduation_year", inputs,
        graduates_on=graduates_on.isoformat(), first_day=first.isoformat(),
    )  # fmt: skip


def _graduation_year(rule: Rule, graduates_on: date) -> tuple[date, date]:
    if params.text(rule, "graduation_year", "calendar") == "school_year":
        first = add_months(date(graduates_on.year, 7, 1), -12)
        return first, max(date(graduates_on.year, 6, 30), graduates_on)
    return date(graduates_on.year, 1, 1), date(graduates_on.year, 12, 31)


def _group(rule: Rule, case: Case) -> Result | None:
    codes = params.texts(rule, "groups")
    if not codes or case.where != "claim" or case.member(codes) == "verified":
        return None
    inputs = {"groups": case.matching(codes)}
    return unsure(rule, "subsidised.group_unproved", "change.prove_group", inputs)


def _payee(rule: Rule, case: Case) -> Result | None:
    claim, payee = case.facts.claim, params.text(rule, "payee")
    if claim is None or not payee or claim.payee == payee:
        return None
    change = "change.employer_claims" if payee == "employer" else "change.ask_office"
    return failed(rule, "subsidised.other_payee", change, {"payee": claim.payee})


def _level(rule: Rule, case: Case) -> Result | None:
    wanted, level = params.levels(rule, "levels"), case.facts.training.level
    if not wanted or level in wanted:
        return None
    return failed(rule, "subsidised.other_level", "change.fitting_class", {"level": level})


def _listed_trade(rule: Rule, case: Case) -> Result | None:
    training, name = case.facts.training, params.text(rule, "occupation_list")
    if not name or name in training.marks or training.listed.get(name):
        return None
    inputs = {"marks": sorted(training.marks), name: training.listed.get(name)}
    if training.listed.get(name) is False:
        return failed(rule, "subsidised.trade_not_listed", "change.fitting_class", inputs)
    return unsure(rule, "subsidised.list_unpublished", "change.ask_office", inputs)


def _recognised(rule: Rule, case: Case) -> Result | None:
    if not params.flag(rule, "programme_recognised", False):
        return None
    listed = case.facts.training.listed.get("programme")
    inputs = {"programme": listed}
    if listed is None:
        return unsure(rule, "subsidised.recognition_unknown", "change.ask_office", inputs)
    if not listed:
        return failed(rule, "subsidised.not_recognised", "change.recognised_class", inputs)
    return None


def _certificate(rule: Rule, case: Case) -> Result | None:
    kinds, ended = params.texts(rule, "certificate_kind"), case.facts.outcome
    if not kinds or case.where not in ("claim", "finish"):
        return None
    if ended is None:
        return unsure(rule, "subsidised.not_ended", "change.after_the_end", {})
    if ended.certificate_kind in kinds:
        return None
    inputs = {"certificate_kind": ended.certificate_kind}
    return failed(rule, "subsidised.no_certificate", "change.get_certificate", inputs)


def _elsewhere(rule: Rule, case: Case) -> Result | None:
    if params.flag(rule, "conditions_stated", True):
        return None
    return unsure(rule, "subsidised.conditions_elsewhere", "change.ask_office", {})


_CONDITIONS: tuple[Callable[[Rule, Case], Result | None], ...] = (
    _group, _payee, _level, _listed_trade, _recognised, _certificate, _elsewhere,
)  # fmt: skip
