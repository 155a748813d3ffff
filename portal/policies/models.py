"""What one policy document says, as frozen values.

A pack is data with a source: every plan, target and rule names the clause it stands in and
quotes it briefly. Unknown keys and wrong types are errors, so that a slip of the pen in a
pack is found when the pack is published and not when a person is refused a seat.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field

from portal.policies import parameters
from portal.policies.entry import Count, Entry, Text
from portal.policies.parameters import Attendance as Attendance
from portal.policies.parameters import CarryOver as CarryOver
from portal.policies.parameters import Claims as Claims
from portal.policies.parameters import Hours as Hours
from portal.policies.parameters import Review as Review
from portal.policies.parameters import WaitingList as WaitingList

Quote = Annotated[str, Field(min_length=1, max_length=60)]
Year = Annotated[int, Field(ge=1990, le=2100)]

Force = Literal["binding_rules", "plan", "opinions", "interpretation"]
Standing = Literal["in_force", "continued", "not_yet", "expired"]
DeliveryMode = Literal[
    "mentor", "centralised", "entrusted", "on_the_job", "off_the_job", "field", "local_expert",
    "classroom", "online", "school", "regular", "batches", "simulation", "school_enterprise",
]  # fmt: skip
Where = Literal["enrol", "attendance", "finish", "claim", "listing", "report", "information"]
RuleKind = Literal[
    "advance", "allowance", "annual_cap", "apprenticeship", "combined_content", "coverage_right",
    "credential_from_award", "delivery_forms", "employer_commitment", "equivalence",
    "evaluation_kinds", "exclude_if", "fewer_documents", "frequency", "fund_order",
    "fund_sources", "hired_within", "in_range", "information", "lead_department",
    "level_exception", "limit", "min_hours", "min_share", "months_range", "neutral_order",
    "no_repeat", "one_of_subsidies", "open_to_all",
    "periodic_coverage", "place_and_certificate", "priority", "prohibited_uses", "quality_standard",
    "record_needs", "recover", "region_exception", "report_periods", "requires_pass",
    "selection_ratio", "subsidised", "supplement_filing", "free_training", "versioned_catalogue",
]  # fmt: skip
# What these kinds say never stands between a person and a seat, a certificate or money.
INFORMING: frozenset[RuleKind] = frozenset((
    "coverage_right", "credential_from_award", "equivalence", "evaluation_kinds",
    "fewer_documents", "free_training", "frequency", "in_range", "information",
    "lead_department", "level_exception", "min_share", "neutral_order", "open_to_all",
    "periodic_coverage", "priority", "quality_standard", "recover", "region_exception",
    "report_periods", "selection_ratio",
))  # fmt: skip
REFUSING: frozenset[RuleKind] = frozenset(get_args(RuleKind)) - INFORMING
Unit = Literal["人次", "人", "个", "本", "家", "比例", "条", "次"]
Comparison = Literal["at_least", "about", "exactly"]
Cadence = Literal["total", "each_year", "by_end", "every_two_years"]
# What of a target the portal itself can count: places on rosters (人次), people who were given a
# level or qualification, the same from 高级工 up. A target without one is not the portal's.
Measure = Literal["training", "skilled", "high_skilled"]


class Continuation(Entry):
    """A jurisdiction's decision to go on applying an expired document (延续执行)."""

    decided_on: date
    effective_to: date
    reference: Text
    demo: bool
    note: Text


class Document(Entry):
    """The policy document itself. A missing date is explained in ``dates_note``.

    ``ask_plain`` says where people ask about it, ``ask_phone`` is a number printed there.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    short_title: Text
    title: Text
    doc_no: Text | None = None
    doc_no_note: Text | None = None
    issuer: Text
    region_code: Annotated[str, Field(pattern=r"^\d{6}$")]
    region_name: Text
    scope_regions: tuple[str, ...] = ()
    scope_note: Text | None = None
    issued_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    dates_note: Text | None = None
    force: Force
    force_plain: Text
    source_file: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    ask_plain: Text | None = None
    ask_phone: Annotated[str, Field(pattern=r"^[0-9-]{5,20}$")] | None = None
    notes: tuple[Text, ...] = ()
    continuation: Continuation | None = None

    def standing(self, on: date, *, demo: bool = False) -> Standing:
        """Whether the document applies on a day.

        A continuation marked as a demo's counts only for a caller that says ``demo``: an
        example must never make a real authority's expired policy look alive.
        """
        if self.effective_from and on < self.effective_from:
            return "not_yet"
        if self.effective_to is None or on <= self.effective_to:
            return "in_force"
        more = self.continuation
        if more and on <= more.effective_to and (demo or not more.demo):
            return "continued"
        return "expired"


class Split(Entry):
    """A part of a plan's number that the text gives to one institution or one year."""

    institution: Text | None = None
    year: Year | None = None
    person_times: Count


class Trade(Entry):
    """What is taught: an occupation where one exists, else a topic (never an invented code)."""

    name: Text
    occupation_code: str | None = None
    topic: str | None = None


class Plan(Entry):
    """A plan, task or measure of the document; hours are 课时, numbers are 人次."""

    plan_no: Text
    name: Text
    parent: Text | None = None
    target_person_times: Count | None = None
    splits: tuple[Split, ...] = ()
    min_hours: Count | None = None
    min_months: Count | None = None
    max_months: Count | None = None
    delivery_modes: tuple[DeliveryMode, ...] = ()
    lead_department: Text | None = None
    co_departments: tuple[Text, ...] = ()
    group_codes: tuple[Text, ...] = ()
    training_type: Text | None = None
    trades: tuple[Trade, ...] = ()
    fund_sources: tuple[Text, ...] = ()
    bookable: bool = True
    clause: Text
    quote: Quote
    summary_plain: Text


class Target(Entry):
    """A number the document sets. Ratios are fractions of 1.

    ``sums_plans`` says that the numbers of the plans add up to it; ``part_of`` that it is one
    of the parts (a year) of another target; ``within`` that it is some of another (其中), for the
    groups of ``group_codes`` or for a higher level.
    """

    code: Text
    name: Text
    value: Annotated[int | float, Field(gt=0)]
    unit: Unit
    comparison: Comparison = "at_least"
    cadence: Cadence
    from_year: Year | None = None
    to_year: Year | None = None
    sums_plans: bool = False
    part_of: Text | None = None
    within: Text | None = None
    group_codes: tuple[Text, ...] = ()
    measure: Measure | None = None
    clause: Text
    quote: Quote


ParamValue = str | bool | int | float | tuple[str | int, ...] | Mapping[str, int]


class Rule(Entry):
    """A rule as a dated row of data; ``params`` belong to ``kind``.

    ``soft`` rules stand under 原则上: an authorised person may decide otherwise, with a reason.
    ``remedy_plain`` is one sentence on what somebody refused by it can do, ``papers`` are the
    documents that help. Without dates of its own a rule holds as long as its document.
    ``note`` tells which parameters are the product's own and why.
    """

    id: Annotated[str, Field(pattern=r"^[RM]\d{2}[a-z]?$")]
    kind: RuleKind
    where: Annotated[tuple[Where, ...], Field(min_length=1)]
    plans: tuple[Text, ...] = ()
    params: Mapping[str, ParamValue] = Field(default_factory=dict)
    soft: bool = False
    clause: Text
    quote: Quote
    message_plain: Text
    remedy_plain: Text | None = None
    papers: tuple[Text, ...] = ()
    note: Text | None = None
    effective_from: date | None = None
    effective_to: date | None = None

    @property
    def may_refuse(self) -> bool:
        """Whether somebody can be turned away by it, and so must be told what to do."""
        enforced = {"enrol", "finish", "claim", "listing"} & set(self.where)
        return bool(enforced) and self.kind in REFUSING


class Group(Entry):
    """A member of the pack's 就业重点群体; ``term`` is the document's own word."""

    code: Text
    term: Text
    plans: tuple[Text, ...] = ()
    clause: Text
    quote: Quote


class Benefit(Entry):
    """Who trains free, or with a subsidy, and by which clause."""

    group_codes: Annotated[tuple[Text, ...], Field(min_length=1)]
    training_types: tuple[Text, ...] = ()
    clause: Text
    quote: Quote
    summary_plain: Text


class PolicyPack(Entry):
    """Everything one policy document gives the portal."""

    document: Document
    plans: Annotated[tuple[Plan, ...], Field(min_length=1)]
    targets: tuple[Target, ...] = ()
    rules: tuple[Rule, ...] = ()
    groups: tuple[Group, ...] = ()
    free_training: tuple[Benefit, ...] = ()
    subsidised_training: tuple[Benefit, ...] = ()
    hours: Hours
    attendance: Attendance
    waiting_list: WaitingList = Field(default_factory=parameters.default_waiting_list)
    review: Review = Field(default_factory=parameters.default_review)
    claims: Claims = Field(default_factory=parameters.default_claims)
    carry_over: CarryOver = Field(default_factory=parameters.default_carry_over)

    def plan(self, plan_no: str) -> Plan:
        """The plan of this number; KeyError when the document has none."""
        for plan in self.plans:
            if plan.plan_no == plan_no:
                return plan
        raise KeyError(plan_no)

    def total_person_times(self) -> int:
        """Sum over the plans that carry a number."""
        return sum(plan.target_person_times or 0 for plan in self.plans)
