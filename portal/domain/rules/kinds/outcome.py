"""Rules about how a training ended and what must be on record: R03, R14, R27, R30."""

from portal.domain.rules import params
from portal.domain.rules.answers import failed, passed, unsure
from portal.domain.rules.case import Case
from portal.domain.rules.payments import VOCATIONAL_SUBSIDY
from portal.domain.rules.places import within
from portal.domain.rules.rule import Result, Rule

_SELF_EVALUATION = "ENT_SELF"


def place_and_certificate(rule: Rule, case: Case) -> Result | None:
    """R03: trained in this place, wherever the person is registered, and a certificate got.

    Of claims it judges those for the training subsidy: an allowance is paid while somebody
    still learns, and work as training ends with no certificate.
    """
    claim = case.facts.claim
    kinds = params.texts(rule, "claim_kinds") or (VOCATIONAL_SUBSIDY,)
    if case.where == "claim" and claim is not None and claim.kind not in kinds:
        return None
    in_the_way = _place(rule, case)
    if in_the_way is not None:
        return in_the_way
    if not params.flag(rule, "certificate_required", False) or case.where == "enrol":
        return passed(rule, "place_and_certificate.here", _where_held(case))
    ended = case.facts.outcome
    inputs: dict[str, object] = {"region_code": case.facts.training.region_code}
    if ended is None:
        return unsure(rule, "place_and_certificate.not_ended", "change.after_the_end", inputs)
    inputs["certificate_kind"] = ended.certificate_kind
    if ended.certificate_kind is None:
        return failed(rule, "place_and_certificate.none", "change.get_certificate", inputs)
    return passed(rule, "place_and_certificate.both", inputs)


def _where_held(case: Case) -> dict[str, object]:
    return {"region_code": case.facts.training.region_code}


def _place(rule: Rule, case: Case) -> Result | None:
    place = params.text(rule, "place")
    if not place or within(case.facts.training.region_code, place):
        return None
    sure = case.lifted.get("region")
    if sure == "verified":
        return None
    inputs = _where_held(case)
    if sure == "declared":
        return unsure(rule, "place_and_certificate.exception_open", "change.prove_group", inputs)
    return failed(rule, "place_and_certificate.elsewhere", "change.class_here", inputs)


def requires_pass(rule: Rule, case: Case) -> Result | None:
    """R27: nobody starts work before having passed."""
    ended = case.facts.outcome
    has_passed = ended.passed if ended else None
    inputs = {"passed": has_passed}
    if has_passed is None:
        return unsure(rule, "requires_pass.no_result", "change.after_the_exam", inputs)
    if not has_passed:
        return failed(rule, "requires_pass.failed", "change.retake", inputs)
    return passed(rule, "requires_pass.passed", inputs)


def record_needs(rule: Rule, case: Case) -> Result | None:
    """R30: what the record of a class must hold; R14: what an employer must have."""
    fields = params.texts(rule, "fields")
    if fields:
        missing = [name for name in fields if name not in case.facts.training.record_fields]
        inputs = {"record_fields": sorted(case.facts.training.record_fields)}
        if missing:
            return failed(
                rule, "record_needs.missing", "change.fill_record", inputs, missing=missing
            )
        return passed(rule, "record_needs.complete", inputs)
    if "level_linked_pay" in params.texts(rule, "employer_flags"):
        return _level_linked_pay(rule, case)
    return None


def _level_linked_pay(rule: Rule, case: Case) -> Result | None:
    """An employer's own evaluation opens a subsidy only where levels decide about wages."""
    ended, claim = case.facts.outcome, case.facts.claim
    if ended is None or ended.certificate_kind != _SELF_EVALUATION:
        return None
    linked = claim.level_linked_pay if claim else None
    if linked is None and case.facts.person.employment is not None:
        linked = case.facts.person.employment.level_linked_pay
    inputs = {"level_linked_pay": linked}
    if linked is None:
        return unsure(rule, "record_needs.pay_unknown", "change.prove_level_pay", inputs)
    if not linked:
        return failed(rule, "record_needs.pay_not_linked", "change.other_certificate", inputs)
    return passed(rule, "record_needs.pay_linked", inputs)
