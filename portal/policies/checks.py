"""What a pack must satisfy beyond its types: known codes, sums, order of dates, no repeats.

Checks yield every fault instead of stopping at the first, so that a file is corrected once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from portal.policies import reference
from portal.policies.attendance_limits import faults_in_attendance
from portal.policies.models import (
    Benefit,
    Group,
    Hours,
    Plan,
    PolicyPack,
    Rule,
    Target,
    WaitingList,
)
from portal.policies.rule_params import faults_in


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: ``row`` counts the entries of a table from 1, ``reason`` is a locale key."""

    table: str
    row: int | None
    key: str
    reason: str
    params: dict[str, object] = field(default_factory=dict)


Faults = Iterator[Fault]


def _fault(table: str, row: int | None, key: str, reason: str, **params: object) -> Fault:
    return Fault(table, row, key, f"publish.pack.{reason}", params)


def faults_of(pack: PolicyPack) -> list[Fault]:
    """Every fault of a pack whose types are right."""
    found = [*_document(pack), *_repeats(pack), *_sums(pack), *_hours(pack.hours)]
    found += _waiting_list(pack.waiting_list)
    for key, reason, params in faults_in_attendance(pack.attendance):
        found.append(_fault("attendance", None, key, reason, **params))
    for row, plan in enumerate(pack.plans, 1):
        found += _plan(pack, plan, row)
    for row, target in enumerate(pack.targets, 1):
        found += _target(pack, target, row)
    for row, rule in enumerate(pack.rules, 1):
        found += _rule(pack, rule, row)
    for row, group in enumerate(pack.groups, 1):
        found += _group(pack, group, row)
    for row, benefit in enumerate(pack.free_training, 1):
        found += _benefit(benefit, "free_training", row)
    for row, benefit in enumerate(pack.subsidised_training, 1):
        found += _benefit(benefit, "subsidised_training", row)
    return found


def _document(pack: PolicyPack) -> Faults:
    doc = pack.document
    if doc.region_code != reference.NATIONAL and reference.region(doc.region_code) is None:
        yield _fault("document", None, "region_code", "unknown_region", code=doc.region_code)
    for code in doc.scope_regions:
        if reference.region(code) is None:
            yield _fault("document", None, "scope_regions", "unknown_region", code=code)
    if doc.effective_from and doc.effective_to and doc.effective_to < doc.effective_from:
        yield _fault(
            "document", None, "effective_to", "dates_reversed",
            first=doc.effective_from, last=doc.effective_to,
        )  # fmt: skip
    if doc.doc_no is None and doc.doc_no_note is None:
        yield _fault("document", None, "doc_no", "missing_without_note", note="doc_no_note")
    if None in (doc.issued_on, doc.effective_from, doc.effective_to) and not doc.dates_note:
        yield _fault("document", None, "dates_note", "missing_date_without_note")
    if doc.continuation and doc.effective_to is None:
        yield _fault("document.continuation", None, "effective_to", "continues_nothing")
    elif doc.continuation and doc.effective_to and doc.continuation.effective_to < doc.effective_to:
        yield _fault(
            "document.continuation", None, "effective_to", "dates_reversed",
            first=doc.effective_to, last=doc.continuation.effective_to,
        )  # fmt: skip


def _repeats(pack: PolicyPack) -> Faults:
    keys: dict[tuple[str, str], list[str]] = {
        ("plans", "plan_no"): [plan.plan_no for plan in pack.plans],
        ("targets", "code"): [target.code for target in pack.targets],
        ("rules", "id"): [rule.id for rule in pack.rules],
        ("groups", "code"): [group.code for group in pack.groups],
    }
    for (table, key), values in keys.items():
        seen: Counter[str] = Counter()
        for row, value in enumerate(values, 1):
            seen[value] += 1
            if seen[value] > 1:
                yield _fault(table, row, key, "repeated", value=value)


def _sums(pack: PolicyPack) -> Faults:
    for row, target in enumerate(pack.targets, 1):
        if target.sums_plans and pack.total_person_times() != target.value:
            total = pack.total_person_times()
            yield _fault(
                "targets", row, "value", "plans_do_not_add_up", declared=target.value, total=total
            )
        parts = [part.value for part in pack.targets if part.part_of == target.code]
        if parts and sum(parts) != target.value:
            yield _fault(
                "targets", row, "value", "parts_do_not_add_up",
                declared=target.value, total=sum(parts),
            )  # fmt: skip


def _hours(hours: Hours) -> Faults:
    last = None
    for row, block in enumerate(hours.blocks, 1):
        if block.ends <= block.starts or (last is not None and block.starts < last):
            yield _fault("hours.blocks", row, "ends", "block_reversed")
        last = block.ends


def _waiting_list(waiting: WaitingList) -> Faults:
    least, usual = waiting.offer_min_hours, waiting.offer_hours
    if least > usual:
        yield _fault(
            "waiting_list", None, "offer_min_hours", "offer_reversed", least=least, usual=usual
        )


def _plan(pack: PolicyPack, plan: Plan, row: int) -> Faults:
    yield from _codes("plans", row, plan.group_codes, (plan.training_type,))
    for trade in plan.trades:
        yield from _trade(row, trade.name, trade.occupation_code, trade.topic)
    if plan.parent is not None and plan.parent not in {p.plan_no for p in pack.plans}:
        yield _fault("plans", row, "parent", "unknown_plan", plan=plan.parent)
    if plan.min_months and plan.max_months and plan.max_months < plan.min_months:
        yield _fault("plans", row, "max_months", "months_reversed")
    total = sum(split.person_times for split in plan.splits)
    if plan.splits and total != (plan.target_person_times or 0):
        yield _fault(
            "plans", row, "splits", "parts_do_not_add_up",
            declared=plan.target_person_times or 0, total=total,
        )  # fmt: skip
    for split in plan.splits:
        if (split.institution is None) == (split.year is None):
            yield _fault("plans", row, "splits", "split_needs_one_of")


def _trade(row: int, name: str, occupation_code: str | None, topic: str | None) -> Faults:
    if (occupation_code is None) == (topic is None):
        yield _fault("plans", row, "trades", "trade_needs_one_of", name=name)
    elif occupation_code is not None and reference.occupation(occupation_code) is None:
        yield _fault("plans", row, "trades", "unknown_occupation", code=occupation_code, name=name)
    elif topic is not None and reference.topic(topic) is None:
        yield _fault("plans", row, "trades", "unknown_topic", code=topic, name=name)


def _target(pack: PolicyPack, target: Target, row: int) -> Faults:
    if target.unit == "比例" and target.value > 1:
        yield _fault("targets", row, "value", "ratio_above_one", value=target.value)
    if target.unit != "比例" and not isinstance(target.value, int):
        yield _fault("targets", row, "value", "not_whole", value=target.value)
    if target.from_year and target.to_year and target.to_year < target.from_year:
        yield _fault(
            "targets", row, "to_year", "dates_reversed",
            first=target.from_year, last=target.to_year,
        )  # fmt: skip
    if target.part_of is not None and target.part_of not in {t.code for t in pack.targets}:
        yield _fault("targets", row, "part_of", "unknown_target", code=target.part_of)
    if target.measure and target.unit != ("人次" if target.measure == "training" else "人"):
        yield _fault("targets", row, "measure", "measure_of_another_unit", unit=target.unit)
    yield from _codes("targets", row, target.group_codes, ())
    yield from _within(pack, target, row)


def _within(pack: PolicyPack, target: Target, row: int) -> Faults:
    if target.within is None:
        return
    whole = next((t for t in pack.targets if t.code == target.within), None)
    if whole is None:
        yield _fault("targets", row, "within", "unknown_target", code=target.within)
    elif target.value > whole.value:
        yield _fault(
            "targets", row, "value", "part_exceeds_whole", value=target.value, whole=whole.value
        )


def _rule(pack: PolicyPack, rule: Rule, row: int) -> Faults:
    if rule.may_refuse and rule.remedy_plain is None:
        yield _fault("rules", row, "remedy_plain", "missing_remedy")
    yield from _rule_dates(pack, rule, row)
    plans = {plan.plan_no: plan for plan in pack.plans}
    for plan_no in rule.plans:
        if plan_no not in plans:
            yield _fault("rules", row, "plans", "unknown_plan", plan=plan_no)
        elif rule.kind == "min_hours" and plans[plan_no].min_hours != rule.params.get("hours"):
            yield _fault("rules", row, "params", "hours_differ_from_plan", plan=plan_no)
    for reason, params in faults_in(rule):
        yield _fault("rules", row, "params", reason, **params)


def _rule_dates(pack: PolicyPack, rule: Rule, row: int) -> Faults:
    first, last = rule.effective_from, rule.effective_to
    if first and last and last < first:
        yield _fault("rules", row, "effective_to", "dates_reversed", first=first, last=last)
    doc = pack.document
    end = doc.continuation.effective_to if doc.continuation else doc.effective_to
    for key, day in (("effective_from", first), ("effective_to", last)):
        early = day and doc.effective_from and day < doc.effective_from
        if early or (day and end and day > end):
            yield _fault("rules", row, key, "outside_document", day=day)


def _group(pack: PolicyPack, group: Group, row: int) -> Faults:
    yield from _codes("groups", row, (group.code,), (), key="code")
    for plan_no in group.plans:
        if plan_no not in {plan.plan_no for plan in pack.plans}:
            yield _fault("groups", row, "plans", "unknown_plan", plan=plan_no)


def _benefit(benefit: Benefit, table: str, row: int) -> Faults:
    yield from _codes(table, row, benefit.group_codes, benefit.training_types)


def _codes(
    table: str,
    row: int,
    group_codes: Iterable[str],
    type_codes: Iterable[str | None],
    *,
    key: str = "group_codes",
) -> Faults:
    for code in group_codes:
        if reference.group(code) is None:
            yield _fault(table, row, key, "unknown_group", code=code)
    for kind in type_codes:
        if kind is not None and reference.training_type(kind) is None:
            yield _fault(table, row, "training_type", "unknown_training_type", code=kind)
