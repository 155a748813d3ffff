"""The facts that rules look at. Dated facts are given as they stand on the day that counts.

Nothing here identifies anybody: no name, no number.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

# What somebody draws every month. ``resident`` is 城乡居民养老保险, which excludes nobody (D4).
Pension = Literal["none", "resident", "employee", "public_institution", "unknown"]
EmployerKind = Literal["enterprise", "cooperative", "workshop", "household", "other"]
Payee = Literal["person", "institution", "employer"]


@dataclass(frozen=True, slots=True)
class GroupFact:
    """Belongs to a target group (reference A3) on these days. ``verified``: not only declared."""

    code: str
    valid_from: date
    valid_to: date | None = None
    verified: bool = False

    def on(self, day: date) -> bool:
        """Whether the fact holds on a day; the last day counts."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Employment:
    """Where the person works. None where nobody said."""

    employer_kind: EmployerKind | None = None
    hired_on: date | None = None
    insured: bool | None = None
    level_linked_pay: bool | None = None
    wages_kept: bool | None = None


@dataclass(frozen=True, slots=True)
class Education:
    """Where the person studies or studied. ``graduates_on`` may lie in the past."""

    school_kind: Literal["university", "vocational", "technical", "other"] | None = None
    graduates_on: date | None = None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of the person. ``employment`` and ``education`` None: nothing known."""

    birth_date: date | None = None
    pension: Pension = "unknown"
    groups: tuple[GroupFact, ...] = ()
    employment: Employment | None = None
    education: Education | None = None
    residence_region: str | None = None
    origin: Literal["rural", "urban", "unknown"] = "unknown"
    urban_dibao: bool | None = None


@dataclass(frozen=True, slots=True)
class PastSubsidy:
    """A subsidy held or consumed; ``level`` None for certificates without one."""

    bucket: str | None
    year: int
    skill_key: str | None
    level: int | None
    kind: str = "vocational_subsidy"
    title: str = ""
    counts: bool = True


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """The class. ``bucket`` is what its training type draws on; hours are 课时, money fen.

    ``listed`` says for each catalogue of the triple match (R53: ``programme``, ``institution``,
    ``assessment_body``) whether the entry was in force when the class opened; a catalogue
    that nobody published is absent. ``supplement`` (R52) is there only for a trade of a local
    supplement: whether its filing was accepted; ``shortage`` (R13) only where such a list is
    published. ``marks`` are ``digital``, ``green``, ``shortage`` and
    ``enterprise_self_evaluation``; ``contents`` what the teaching plan covers (R29, R34).
    """

    region_code: str
    starts_on: date
    ends_on: date
    hours: int
    training_type: str
    bucket: str | None = None
    pack_id: str | None = None
    plan_no: str | None = None
    skill_key: str | None = None
    level: int | None = None
    fee_fen: int = 0
    listed: dict[str, bool] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    delivery_mode: str | None = None
    record_fields: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutcomeFacts:
    """How the training ended. ``certificate_kind`` None: no certificate."""

    passed: bool | None = None
    certificate_kind: str | None = None
    certificate_level: int | None = None
    credited_hours: int = 0
    days_attended: int = 0


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """A payment asked for, for one person.

    ``kinds_paid`` were granted by other claims for the same training or certificate; ``kind`` is
    what is asked now (``portal.domain.rules.payments``). ``months`` are those of work as training
    or of an apprenticeship, ``months_before`` those that were paid earlier for the same person,
    ``monthly_fen`` only for R08. ``advance_fen`` is asked before the outcome is known (R40). An
    empty ``fund`` is not chosen yet.
    """

    payee: Payee
    kind: str
    amount_fen: int
    months: int = 0
    monthly_fen: int = 0
    payee_kind: EmployerKind | None = None
    payee_insured: bool | None = None
    level_linked_pay: bool | None = None
    kinds_paid: tuple[str, ...] = ()
    expense_kinds: tuple[str, ...] = ()
    fund: str = ""
    months_before: int = 0
    advance_fen: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything for one evaluation. ``on`` is the day of the act, a Shanghai date."""

    on: date
    person: PersonFacts
    training: TrainingFacts
    history: tuple[PastSubsidy, ...] = ()
    outcome: OutcomeFacts | None = None
    claim: ClaimFacts | None = None

    def groups_on(self, day: date) -> dict[str, bool]:
        """Groups that hold on a day, by code: whether verified."""
        found: dict[str, bool] = {}
        for group in self.person.groups:
            if group.on(day):
                found[group.code] = found.get(group.code, False) or group.verified
        return found
