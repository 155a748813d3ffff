"""How often somebody may be subsidised: R01 a year, R02 for the same skill."""

from collections.abc import Iterable

from portal.domain.rules import params
from portal.domain.rules.answers import failed, passed
from portal.domain.rules.case import Case
from portal.domain.rules.facts import Facts, PastSubsidy, TrainingFacts
from portal.domain.rules.payments import ADDED_PAYMENTS
from portal.domain.rules.rule import Quota, Result, Rule


def drawn_bucket(rule: Rule, training: TrainingFacts) -> str | None:
    """The bucket of a cap that this training draws on, None when it draws on none."""
    consumes = params.texts(rule, "consumes")
    if consumes and training.training_type not in consumes:
        return None
    return training.bucket


def cap_year(rule: Rule | None, training: TrainingFacts) -> int:
    """The calendar year that a training counts in: that of its first day, unless a pack says
    otherwise (reference.md D1)."""
    by_end = rule is not None and params.text(rule, "year_basis") in ("class_end", "certificate")
    return (training.ends_on if by_end else training.starts_on).year


def annual_cap(rule: Rule, case: Case) -> Result | None:
    """R01: so many a year, and so many of each bucket."""
    training = case.facts.training
    bucket = drawn_bucket(rule, training)
    if bucket is None or case.beside:
        return None
    year = cap_year(rule, training)
    limits = params.counts(rule, "buckets")
    had = [past.bucket for past in _counted(case.facts.history, year)]
    used, limit, total = had.count(bucket), limits.get(bucket), params.whole(rule, "total")
    figures: dict[str, object] = {"year": year, "bucket": bucket, "used": used, "limit": limit}
    figures |= {"total_used": len(had), "total_limit": total}
    if total is not None and len(had) >= total:
        return failed(
            rule, "annual_cap.total_used_up", "change.next_year", figures,
            **figures, next_year=year + 1,
        )  # fmt: skip
    if limit is not None and used >= limit:
        others = [name for name in limits if had.count(name) < limits[name]]
        change = "change.next_year_or_other" if others else "change.next_year"
        return failed(
            rule, "annual_cap.used_up", change, figures,
            **figures, next_year=year + 1, open_buckets=others,
        )  # fmt: skip
    if limit is None:
        return passed(rule, "annual_cap.total_left", figures, **figures)
    return passed(rule, "annual_cap.left", figures, **figures, left=limit - used)


def _counted(history: Iterable[PastSubsidy], year: int) -> list[PastSubsidy]:
    return [p for p in history if p.counts and p.year == year and p.bucket is not None]


# 同一职业同一等级 speaks of occupations. These teach none, and R01 gives a language class a year.
_TEACH_NO_OCCUPATION = ("NATIONAL_LANG", "WORK_AS_TRAINING")


def applies_no_repeat(rule: Rule, training: TrainingFacts) -> bool:
    """Whether the training has a skill that can be had twice."""
    excepted: tuple[str, ...] = _TEACH_NO_OCCUPATION
    if "except_training_types" in rule.params:
        excepted = params.texts(rule, "except_training_types")
    return training.skill_key is not None and training.training_type not in excepted


def no_repeat(rule: Rule, case: Case) -> Result | None:
    """R02: the same skill on the same level only once; without a level, the same skill."""
    training = case.facts.training
    if not applies_no_repeat(rule, training) or case.beside:
        return None
    had = [past for past in case.facts.history if _repeats(rule, past, case.facts)]
    inputs: dict[str, object] = {"skill_key": training.skill_key, "level": training.level}
    if not had:
        return passed(rule, "no_repeat.first_time", inputs, level=training.level)
    # The answer must not depend on the order in which the records were read.
    last = max(had, key=lambda past: (past.year, past.level or 0, past.title))
    inputs |= {"had_year": last.year, "had_level": last.level}
    told: dict[str, object] = {"level": training.level, "title": last.title}
    told |= {"had_year": last.year, "had_level": last.level}
    if training.level is None:
        return failed(rule, "no_repeat.had_skill", "change.other_skill", inputs, **told)
    same = last.level == training.level
    reason = "no_repeat.had_already" if same else "no_repeat.had_higher"
    return failed(rule, reason, "change.higher_level", inputs, **told)


def _repeats(rule: Rule, past: PastSubsidy, facts: Facts) -> bool:
    training = facts.training
    if past.skill_key != training.skill_key or past.kind in ADDED_PAYMENTS:
        return False
    if params.text(rule, "scope") == "year" and past.year != cap_year(rule, training):
        return False
    if past.level == training.level:
        return True
    higher = past.level is not None and training.level is not None and past.level > training.level
    return higher and params.flag(rule, "block_lower_after_higher", False)


def quota(rules: Iterable[Rule], facts: Facts) -> Quota:
    """What a seat takes; ``rules`` are those that apply. Of several caps the smallest holds."""
    training = facts.training
    listed = list(rules)
    caps = [rule for rule in listed if rule.kind == "annual_cap"]
    drawing = [rule for rule in caps if drawn_bucket(rule, training) is not None]
    bucket = training.bucket if drawing or not caps else None
    limits = [params.counts(rule, "buckets").get(bucket or "") for rule in drawing]
    totals = [params.whole(rule, "total") for rule in drawing]
    return Quota(
        year=cap_year(drawing[0] if drawing else None, training),
        bucket=bucket,
        bucket_limit=min((n for n in limits if n is not None), default=None),
        total_limit=min((n for n in totals if n is not None), default=None),
        skill_key=training.skill_key,
        level=training.level,
        no_repeat=any(
            applies_no_repeat(rule, training)
            for rule in listed
            if rule.kind == "no_repeat" and params.text(rule, "scope") != "year"
        ),
    )
