"""What somebody gets beside the seat: R05 no fee, R06 money to live on."""

from portal.domain.rules import params
from portal.domain.rules.answers import failed, passed, unsure
from portal.domain.rules.case import Case, Sure
from portal.domain.rules.payments import LIVING_ALLOWANCE
from portal.domain.rules.places import within
from portal.domain.rules.rule import Result, Rule

_TWO_AFTER = "TWO_AFTER"
_URBAN_DIBAO = "URBAN_DIBAO"


def free_training(rule: Rule, case: Case) -> Result | None:
    """R05: members of these groups pay nothing. It refuses nobody, so it always passes.

    A group that was only declared counts as well; ``verified`` False says that an office looks.
    """
    codes = params.texts(rule, "groups")
    sure = case.member(codes)
    inputs = {"groups": case.matching(codes)}
    if sure is None:
        fee = case.facts.training.fee_fen
        return passed(rule, "free_training.not_in_group", inputs, free=False, fee_fen=fee)
    reason = "free_training.free" if sure == "verified" else "free_training.free_after_check"
    return passed(rule, reason, inputs, free=True, verified=sure == "verified")


def allowance(rule: Rule, case: Case) -> Result | None:
    """R06, R06b, R06c: answers a claim for an allowance; otherwise says only who gets one."""
    found = entitled(rule, case)
    if case.asks_for(LIVING_ALLOWANCE) is None:
        return found if found is not None and found.outcome == "pass" else None
    if found is None:
        codes = params.texts(rule, "groups")
        return failed(
            rule, "allowance.not_entitled", "change.prove_group", {"groups": case.matching(codes)}
        )
    # Money goes out on proof, not on a word.
    if found.outcome == "pass" and not found.params["verified"]:
        return unsure(rule, "allowance.group_unproved", "change.prove_group", found.inputs)
    return found


def entitled(rule: Rule, case: Case) -> Result | None:
    """Who gets the allowance: pass, unknown where a fact is missing, None for nobody's case."""
    if params.text(rule, "by") == "residence_region":
        return _by_residence(rule, case)
    codes = params.texts(rule, "groups")
    whole = [code for code in codes if code != _TWO_AFTER or not _narrowed(rule)]
    sure = case.member(whole)
    if params.text(rule, "reading", "strict") == "alone" and sure != "verified":
        sure = _urban_dibao(case) or sure
    if sure != "verified" and _TWO_AFTER in codes and _narrowed(rule):
        narrow = _two_after(rule, case)
        if narrow == "unknown" and sure is None:
            inputs = {"groups": case.matching(codes), "origin": case.facts.person.origin}
            return unsure(rule, "allowance.origin_unknown", "change.state_origin", inputs)
        if narrow in ("verified", "declared"):
            sure = "verified" if narrow == "verified" else "declared"
    if sure is None:
        return None
    reason = "allowance.given" if sure == "verified" else "allowance.after_check"
    inputs = {"groups": case.matching([*codes, _URBAN_DIBAO])}
    return passed(rule, reason, inputs, verified=sure == "verified")


def _narrowed(rule: Rule) -> bool:
    return bool(params.texts(rule, "two_after_only"))


def _urban_dibao(case: Case) -> Sure | None:
    sure = case.member((_URBAN_DIBAO,))
    return sure or ("declared" if case.facts.person.urban_dibao else None)


def _two_after(rule: Rule, case: Case) -> str | None:
    """School leavers only from the country or from urban families on 低保 (strict reading, D5).

    Where somebody comes from is a declared fact, but the group itself is what offices verify.
    """
    sure = case.member((_TWO_AFTER,))
    if sure is None:
        return None
    person, only = case.facts.person, params.texts(rule, "two_after_only")
    if "rural" in only and person.origin == "rural":
        return sure
    if "urban_dibao" in only and _urban_dibao(case):
        return sure
    open_origin = "rural" in only and person.origin == "unknown"
    open_dibao = "urban_dibao" in only and person.urban_dibao is None
    return "unknown" if open_origin or (open_dibao and person.origin != "rural") else None


def _by_residence(rule: Rule, case: Case) -> Result | None:
    """R06c: by where somebody lives; without a list of places nobody can say."""
    lives = case.facts.person.residence_region
    places = params.texts(rule, "regions")
    inputs: dict[str, object] = {"residence_region": lives}
    if not places:
        return unsure(rule, "allowance.places_unknown", "change.ask_office", inputs)
    if lives is None:
        return unsure(rule, "allowance.residence_unknown", "change.state_residence", inputs)
    if not any(within(lives, place) for place in places):
        return None
    return passed(rule, "allowance.given", inputs, verified=True)
