"""Rules about who may come: R04, R24, R32, R33, R55, R57, M22."""

from portal.domain.rules import params
from portal.domain.rules.answers import failed, passed, unsure
from portal.domain.rules.calendar import add_months, age_on
from portal.domain.rules.case import Case
from portal.domain.rules.rule import Result, Rule

_PENSION = "entitled_to_monthly_pension"
_NOT_EXCLUDED = {"none": "exclude_if.no_pension", "resident": "exclude_if.resident_pension"}


def exclude_if(rule: Rule, case: Case) -> Result | None:
    """R04: who draws a pension of these kinds is not subsidised.

    Age refuses nobody. It may only speak for somebody: below ``presumed_none_below_age`` no
    pension of any kind can have begun, so an unanswered question needs no officer.
    """
    person, starts_on = case.facts.person, case.facts.training.starts_on
    if params.text(rule, "fact", _PENSION) != _PENSION:
        return unsure(rule, "exclude_if.unread", "change.ask_office", {})
    kinds = params.texts(rule, "pension_kinds")
    inputs: dict[str, object] = {"pension": person.pension}
    if person.pension in kinds:
        # That one may pay oneself helps only where there is something to pay.
        paid = case.facts.training.fee_fen > 0
        change = "change.pension_proof_or_pay" if paid else "change.pension_proof"
        return failed(rule, "exclude_if.draws_pension", change, inputs)
    if person.pension != "unknown":
        return passed(rule, _NOT_EXCLUDED.get(person.pension, "exclude_if.other_pension"), inputs)
    below = params.whole(rule, "presumed_none_below_age")
    if below is not None and person.birth_date is not None:
        age = age_on(starts_on, person.birth_date)
        inputs |= {"age": age, "presumed": age < below}
        if age < below:
            return passed(rule, "exclude_if.presumed_none", inputs, age=below)
    return unsure(rule, "exclude_if.pension_unknown", "change.state_pension", inputs)


def hired_within(rule: Rule, case: Case) -> Result | None:
    """R24: hired at most so many months before the class begins; the very day counts."""
    months = params.whole(rule, "months")
    if months is None:
        return None
    employment = case.facts.person.employment
    starts_on = case.facts.training.starts_on
    hired_on = employment.hired_on if employment else None
    inputs: dict[str, object] = {"starts_on": starts_on.isoformat()}
    if hired_on is None:
        return unsure(
            rule, "hired_within.date_unknown", "change.state_hire_date", inputs, months=months
        )
    inputs["hired_on"] = hired_on.isoformat()
    earliest = add_months(starts_on, -months)
    facts: dict[str, object] = {"hired_on": hired_on.isoformat(), "months": months}
    if hired_on < earliest:
        return failed(
            rule, "hired_within.too_long_ago", "change.on_job_class", inputs,
            **facts, earliest=earliest.isoformat(),
        )  # fmt: skip
    return passed(rule, "hired_within.recent", inputs, **facts)


def employer_commitment(rule: Rule, case: Case) -> Result | None:
    """R32, R33: what the employer owes. A worker is never refused for an employer's breach:
    who says that wages stop is heard by an officer, everybody else is told of the right."""
    employment = case.facts.person.employment
    kept = employment.wages_kept if employment else None
    if params.text(rule, "commitment") != "wages_kept":
        return passed(rule, "employer_commitment.level_pay", {})
    inputs: dict[str, object] = {"wages_kept": kept}
    if kept is False:
        return unsure(rule, "employer_commitment.wages_stop", "change.wages_agreement", inputs)
    reason = "employer_commitment.wages_kept" if kept else "employer_commitment.wages_owed"
    return passed(rule, reason, inputs)


def priority(rule: Rule, case: Case) -> Result | None:
    """R55: goes first on a waiting list, once an office has seen the proof."""
    codes = params.texts(rule, "groups")
    sure = case.member(codes)
    if sure is None:
        return None
    reason = "priority.first" if sure == "verified" else "priority.after_check"
    return passed(rule, reason, {"groups": case.matching(codes)}, verified=sure == "verified")


def in_range(rule: Rule, case: Case) -> Result | None:
    """R57: nobody is kept out for what he or she is."""
    return passed(rule, "in_range.everyone", {})


def region_exception(rule: Rule, case: Case) -> Result | None:
    """M22: these groups may train elsewhere; other people are not concerned."""
    codes = params.texts(rule, "groups")
    sure = case.member(codes)
    if sure is None:
        return None
    reason = "region_exception.free" if sure == "verified" else "region_exception.after_check"
    return passed(rule, reason, {"groups": case.matching(codes)}, verified=sure == "verified")
