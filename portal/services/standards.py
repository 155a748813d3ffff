"""What a training is worth: the subsidy standards that the authority published (reference C3).

An amount is in force on the first day of the class, so that a new version takes nothing away
from a class that has begun. The most local region that published one counts; within it the row
that says most about the subject: occupation and level, occupation, topic, training type, any.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, SubsidyStandard
from portal.domain.rules import payments
from portal.domain.rules.facts import TrainingFacts
from portal.domain.rules.rule import Benefits
from portal.locale import t
from portal.policies import reference
from portal.policies.reach import reach_of

# The training type of a row that holds for every type.
ANY_TYPE = ""
# What the training itself is paid by, where it is not the vocational subsidy.
_MAIN_KIND = {
    "APPRENTICE": payments.APPRENTICESHIP,
    "WORK_AS_TRAINING": payments.WORK_AS_TRAINING,
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A published amount: fen a unit, the fund it comes from, whose catalogue says so.

    ``unit`` is person, day, month or year: so much for each of them.
    """

    kind: str
    unit: str
    amount_fen: int
    fund: str
    region_code: str
    doc_no: str
    note: str

    @property
    def name(self) -> str:
        """What the money is called: 职业培训补贴."""
        return t(f"standards.kind.{self.kind}")

    @property
    def text(self) -> str:
        """每人 1,200 元"""
        return amount_text(self.amount_fen, self.unit)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a class may bring, as far as amounts are published: None where nobody published one.

    ``payee`` is who is paid for the training: person, institution, employer or other.
    ``allowance`` is there only when a group of the person has one, or would once a missing fact
    is known (``allowance_sure`` False). ``assessment`` and ``promotion`` are paid beside.
    """

    payee: str
    training: Amount | None = None
    allowance: Amount | None = None
    allowance_sure: bool = False
    has_allowance: bool = False
    assessment: Amount | None = None
    promotion: Amount | None = None

    @property
    def amounts(self) -> tuple[Amount, ...]:
        """Every amount that there is."""
        every = (self.training, self.allowance, self.assessment, self.promotion)
        return tuple(amount for amount in every if amount is not None)


def estimate(session: Session, training: TrainingFacts, *, benefits: Benefits) -> Estimate:
    """The money behind one class for somebody to whom the rules promise these benefits."""
    found = amounts_for(session, training)
    kind = reference.training_type(training.training_type)
    entitled = bool(benefits.allowance or benefits.allowance_open)
    return Estimate(
        payee=kind.payee if kind else "other",
        training=found.get(_MAIN_KIND.get(training.training_type, payments.VOCATIONAL_SUBSIDY)),
        allowance=found.get(payments.LIVING_ALLOWANCE) if entitled else None,
        allowance_sure=any(result.params.get("verified") for result in benefits.allowance),
        has_allowance=entitled,
        assessment=_beside(found, payments.ASSESSMENT_SUBSIDY, benefits),
        promotion=_beside(found, payments.PROMOTION_GRANT, benefits),
    )


def amounts_for(session: Session, training: TrainingFacts) -> dict[str, Amount]:
    """The amount of each kind of payment for a class; in one query."""
    reach = reach_of(training.region_code)
    rows = session.execute(
        select(SubsidyStandard, CatalogVersion)
        .join(CatalogVersion, CatalogVersion.id == SubsidyStandard.catalog_version_id)
        .where(
            SubsidyStandard.region_code.in_(reach),
            SubsidyStandard.training_type.in_((training.training_type, ANY_TYPE)),
            *_in_force(training.starts_on),
        )
    )
    best: dict[str, tuple[tuple[int, ...], Amount]] = {}
    for standard, version in rows.tuples():
        closeness = _closeness(standard, training)
        if closeness is None or version.region_code not in reach:
            continue
        # Where a county stands in its province's catalogue and in its city's, the city's counts.
        rank = (
            *(reach.index(standard.region_code), closeness, reach.index(version.region_code)),
            -version.effective_from.toordinal(),
        )
        if standard.kind not in best or rank < best[standard.kind][0]:
            best[standard.kind] = (rank, _amount(standard, version.doc_no))
    return {kind: amount for kind, (_, amount) in best.items()}


def amount_text(amount_fen: int, unit: str) -> str:
    """每人每天 30 元, 每人 1,200.50 元"""
    yuan, fen = divmod(amount_fen, 100)
    number = f"{yuan:,}.{fen:02d}" if fen else f"{yuan:,}"
    return t("standards.amount", unit=t(f"standards.unit.{unit}"), yuan=number)


def _beside(found: Mapping[str, Amount], kind: str, benefits: Benefits) -> Amount | None:
    return found.get(kind) if kind in benefits.adds else None


def _in_force(on: date) -> tuple[ColumnElement[bool], ...]:
    """Versions that applied on a day: a superseded one until the day before its successor, a
    withdrawn one until the day before it was withdrawn (running classes keep theirs, R53)."""
    return (
        CatalogVersion.status.in_(("published", "superseded", "withdrawn")),
        CatalogVersion.effective_from <= on,
        or_(CatalogVersion.effective_to.is_(None), CatalogVersion.effective_to >= on),
    )


def _closeness(standard: SubsidyStandard, training: TrainingFacts) -> int | None:
    """How much a row says about this very subject, 0 for the most; None when of another."""
    own_type = 0 if standard.training_type == training.training_type else 1
    if standard.occupation_code is not None:
        if reference.occupation_family(standard.occupation_code) != training.skill_key:
            return None
        if standard.level is None:
            return 2 + own_type
        return own_type if standard.level == training.level else None
    if standard.topic_code is not None:
        return 4 + own_type if f"topic:{standard.topic_code}" == training.skill_key else None
    return 6 + own_type


def _amount(standard: SubsidyStandard, doc_no: str) -> Amount:
    return Amount(
        kind=standard.kind,
        unit=standard.unit,
        amount_fen=standard.amount_fen,
        fund=standard.fund,
        region_code=standard.region_code,
        doc_no=doc_no,
        note=standard.note,
    )
