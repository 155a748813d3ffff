"""Rules about the class itself: R20 to R22, R28, R29, R34, R52, R53, R58."""

from datetime import timedelta

from portal.domain.rules import params
from portal.domain.rules.answers import failed, passed, unsure
from portal.domain.rules.calendar import add_months
from portal.domain.rules.case import Case
from portal.domain.rules.rule import Result, Rule

# What packs call a catalogue, as one of the three that must match (R53).
_TRIPLE = {
    "programme": "programme",
    "subsidy_standard": "programme",
    "subsidised_occupation": "programme",
    "institution": "institution",
    "assessment_body": "assessment_body",
}


def min_hours(rule: Rule, case: Case) -> Result | None:
    """R20, R21: planned 课时. What one person attended is a matter of attendance."""
    least, hours = params.whole(rule, "hours"), case.facts.training.hours
    if least is None:
        return None
    inputs = {"hours": hours}
    if hours < least:
        return failed(
            rule, "min_hours.too_few", "change.more_hours", inputs, hours=hours, least=least
        )
    return passed(rule, "min_hours.enough", inputs, hours=hours, least=least)


def months_range(rule: Rule, case: Case) -> Result | None:
    """R22: from so many to so many months; the first and the last day count."""
    least, most = params.whole(rule, "min_months"), params.whole(rule, "max_months")
    training = case.facts.training
    after = training.ends_on + timedelta(days=1)
    inputs = {"starts_on": training.starts_on.isoformat(), "ends_on": training.ends_on.isoformat()}
    if least is not None and after < add_months(training.starts_on, least):
        return failed(rule, "months_range.short", "change.longer_class", inputs, least=least)
    if most is not None and after > add_months(training.starts_on, most):
        return failed(rule, "months_range.long", "change.shorter_class", inputs, most=most)
    return passed(rule, "months_range.within", inputs)


def delivery_forms(rule: Rule, case: Case) -> Result | None:
    """R28: forms that the document names. It writes 等形式, so another form is for a person to
    judge, unless ``closed`` says that the list is complete."""
    mode = case.facts.training.delivery_mode
    inputs = {"delivery_mode": mode}
    if mode is None:
        return unsure(rule, "delivery_forms.unstated", "change.state_form", inputs)
    if mode in params.texts(rule, "modes"):
        return passed(rule, "delivery_forms.named", inputs)
    if params.flag(rule, "closed", False):
        return failed(rule, "delivery_forms.not_allowed", "change.other_form", inputs)
    return unsure(rule, "delivery_forms.other", "change.other_form", inputs)


def combined_content(rule: Rule, case: Case) -> Result | None:
    """R29, R34: what every teaching plan must cover."""
    wanted, covered = params.texts(rule, "contents"), case.facts.training.contents
    inputs = {"contents": sorted(covered)}
    if not covered:
        return unsure(
            rule,
            "combined_content.unstated",
            "change.state_contents",
            inputs,
            contents=list(wanted),
        )
    missing = [name for name in wanted if name not in covered]
    if missing:
        return failed(
            rule, "combined_content.missing", "change.state_contents", inputs, contents=missing
        )
    return passed(rule, "combined_content.covered", inputs)


def supplement_filing(rule: Rule, case: Case) -> Result | None:
    """R52: a trade of a local supplement opens when the province has accepted the filing."""
    accepted = case.facts.training.listed.get("supplement")
    if accepted is None:
        return None
    inputs = {"supplement": accepted}
    if not accepted:
        return failed(rule, "supplement_filing.waiting", "change.after_filing", inputs)
    return passed(rule, "supplement_filing.accepted", inputs)


def versioned_catalogue(rule: Rule, case: Case) -> Result | None:
    """R53: programme, institution and evaluation body were listed when the class opened."""
    listed = case.facts.training.listed
    wanted = [_TRIPLE[name] for name in params.texts(rule, "catalogues") if name in _TRIPLE]
    inputs = {name: listed.get(name) for name in wanted}
    absent = [name for name in wanted if listed.get(name) is False]
    if absent:
        return failed(
            rule, "versioned_catalogue.not_listed", "change.listed_class", inputs,
            catalogues=absent,
        )  # fmt: skip
    unknown = [name for name in wanted if listed.get(name) is None]
    if unknown:
        return unsure(
            rule, "versioned_catalogue.unpublished", "change.ask_office", inputs,
            catalogues=unknown,
        )  # fmt: skip
    return passed(rule, "versioned_catalogue.listed", inputs)


def level_exception(rule: Rule, case: Case) -> Result | None:
    """R58: outstanding people may skip a level; it opens a way and closes none."""
    level = case.facts.training.level
    if level not in params.levels(rule, "levels"):
        return None
    return passed(rule, "level_exception.possible", {"level": level}, level=level)
