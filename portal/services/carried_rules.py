"""What the policy pack says of hours from elsewhere, and of one training in particular."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain import carry
from portal.locale import t
from portal.policies import models
from portal.services.carried_lines import Brought
from portal.services.rule_book import book_for


@dataclass(frozen=True, slots=True)
class CarryPolicy:
    """The parameters of a class on its first day, and the document that they stand in."""

    rules: models.CarryOver
    document: str

    @property
    def share(self) -> Fraction:
        """The part of the planned hours that may come from elsewhere, exactly as written."""
        return Fraction(str(self.rules.max_share))

    @property
    def sentence(self) -> str:
        """Whether hours count, under which conditions, and who says so."""
        if not self.rules.counts:
            return t("carry.policy_no", document=self.document, note=self.rules.source_note)
        return t(
            "carry.policy_yes",
            percent=f"{float(self.share * 100):g}",
            days=self.rules.within_days,
            occupation=t("carry.policy_same" if self.rules.same_occupation else "carry.policy_any"),
            document=self.document,
            note=self.rules.source_note,
        )


def policy_of(session: Session, of: TrainingClass) -> CarryPolicy:
    """What holds for a class: the policy of its first day, as a trainee could foresee it."""
    book = book_for(session, of.region_code, of.starts_on)
    nearest = book.packs[0].pack.document if book.packs else None
    named = f"《{nearest.title}》({nearest.doc_no})" if nearest and nearest.doc_no else None
    title = f"《{nearest.title}》" if nearest else t("carry.no_pack")
    return CarryPolicy(book.carry_over, named or title)


def obstacle(policy: CarryPolicy, of: TrainingClass, found: Brought) -> str | None:
    """Why a training's hours do not count in a class, in words; None when they do."""
    detail = found.entry.detail
    if not policy.rules.counts:
        return t("carry.not_counted")
    if detail["status"] != "completed":
        return t("carry.not_completed")
    if found.is_void:
        return t("carry.certificate_revoked")
    if policy.rules.same_occupation and detail.get("occupation_code") != of.occupation_code:
        return t("carry.other_occupation")
    ended = date.fromisoformat(detail["ends_on"])
    if ended >= of.starts_on:
        return t("carry.not_before")
    if ended < of.starts_on - timedelta(days=policy.rules.within_days):
        return t("carry.too_long_ago", days=policy.rules.within_days)
    return None


def most(policy: CarryPolicy, of: TrainingClass, *, hours: int, carried: int) -> int:
    """How many of a training's hours may still be counted for one person in a class."""
    return carry.most_hours(hours=hours, planned=of.hours, share=policy.share, carried=carried)
