"""Claims in lists, in words."""

from dataclasses import dataclass
from datetime import date

from portal.locale import t
from portal.services.claims import texts
from portal.services.claims.claimable import Claimable
from portal.services.claims.lists import ClaimRow
from portal.state.deadlines import due_text
from portal.state.texts import date_text

TONES = {
    "draft": "plain", "submitted": "info", "institution_checked": "info", "county_review": "info",
    "public_notice": "info", "approved": "good", "paid": "good", "closed": "plain",
    "returned": "warn", "rejected": "bad", "recovering": "bad",
}  # fmt: skip
# In these states nobody waits for a day.
NO_DUE = frozenset({"closed", "rejected", "draft"})


@dataclass(frozen=True)
class ClaimCard:
    """A claim in a list."""

    href: str
    number: str
    title: str
    kind: str
    payee: str
    state: str
    tone: str
    people: str
    amount: str
    due: str
    is_late: bool
    alert: str


@dataclass(frozen=True)
class OfferCard:
    """A class for which money may be asked for."""

    key: str
    title: str
    people: str
    until: str


def claim_card(row: ClaimRow, base: str, today: date) -> ClaimCard:
    """A claim as the lists of ``base`` (``/teach/claims``) show it."""
    alert = ""
    if row.open_cases:
        alert = t("claims.list.cases", count=row.open_cases)
    elif row.waiting and row.state not in NO_DUE:
        alert = t("claims.list.waiting", count=row.waiting)
    return ClaimCard(
        href=f"{base}/{row.claim_id}",
        number=row.claim_no,
        title=row.title,
        kind=texts.kind_name(row.kind),
        payee=row.payee,
        state=texts.state_name(row.state),
        tone=TONES[row.state],
        people=t("claims.list.people", people=row.people),
        amount=texts.money(row.amount_fen),
        due="" if row.state in NO_DUE else due_text(row.due_on, today),
        is_late=row.late,
        alert=alert,
    )


def offer_card(one: Claimable) -> OfferCard:
    """A class that can be claimed for."""
    when = (
        t("claims.list.ahead") if one.ahead else t("claims.list.until", day=date_text(one.file_by))
    )
    return OfferCard(str(one.class_id), one.title, t("claims.list.people", people=one.people), when)
