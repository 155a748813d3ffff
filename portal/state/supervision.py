"""The authority's list of institutions."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.supervision_institutions import InstitutionRow, institutions
from portal.state.base import PageState, handler
from portal.state.inputs import query_value, whole_number


@dataclass(frozen=True)
class InstitutionCard:
    """An institution of the region; ``path`` is where its file lies."""

    key: str
    path: str
    name: str
    region: str
    phone: str
    listing: str
    tone: str
    classes: str
    overdue: str
    is_overdue: bool


_TONES = {"listed": "good", "warning": "warn", "suspended": "bad", "removed": "bad"}


def institution_card(row: InstitutionRow) -> InstitutionCard:
    """An institution as its card shows it."""
    overdue = t("admin.institutions.none_overdue")
    if row.overdue:
        overdue = t("admin.institutions.overdue", overdue=row.overdue)
    return InstitutionCard(
        key=str(row.id),
        path=f"/admin/institutions/{row.id}",
        name=row.name,
        region=row.region_name,
        phone=row.contact_phone,
        listing=t(f"admin.listing.{row.listing}"),
        tone=_TONES.get(row.listing, "plain"),
        classes=t("admin.institutions.classes", classes=row.classes),
        overdue=overdue,
        is_overdue=row.overdue > 0,
    )


class InstitutionsOverseenState(PageState, rx.State):
    """One page of the region's institutions; which one stands in the address."""

    cards: list[InstitutionCard] = []
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Show the page that the address names."""
        self.status = "loading"
        number = whole_number(query_value(self.router.url.query, "page"), 1)
        found = await self._run(institutions, page=number, now=self._now())
        pages = max(1, -(-found.total // found.size))
        self.cards = [institution_card(row) for row in found.items]
        self.count = t("admin.institutions.count", total=f"{found.total:,}")
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.previous = f"/admin/institutions?page={found.page - 1}" if found.page > 1 else ""
        self.next = f"/admin/institutions?page={found.page + 1}" if found.page < pages else ""
