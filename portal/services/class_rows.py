"""A class as a row of a list: no more than the row shows, since phones pay for every byte."""

from dataclasses import dataclass

from portal.locale import t
from portal.services.catalogue import ClassCard, ClassPage
from portal.services.eligibility import Badge


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One row, ready to show. ``status`` is the seats', ``free`` who pays: see the catalogue.

    ``fit`` is what the rules say to the person who looks: eligible, needs_review, not_eligible,
    enrolled, or empty when nobody is asked about. ``free`` is empty to who is refused, unless
    there is a fee: what others pay nothing for is no offer to them. ``why`` says by which list
    the class teaches what its region is short of.
    """

    href: str
    title: str
    badge: str
    where: str
    when: str
    free: str
    free_text: str
    status: str
    seats: str
    fit: str = ""
    fit_text: str = ""
    why: str = ""


def row_of(card: ClassCard, badge: Badge | None = None) -> ClassRow:
    """The row of a class; ``badge`` is the verdict for whoever looks."""
    refused = badge is not None and badge.verdict == "not_eligible"
    goes_free = badge is not None and badge.free and not refused
    no_offer = refused and card.free != "fee"
    hours = t("public.classes.hours", hours=card.hours)
    starts = t("public.classes.starts", day=card.starts_text)
    return ClassRow(
        href=f"/classes/{card.id}",
        title=card.title,
        badge=_badge(card),
        where=" · ".join(filter(None, (card.institution_name, card.region_name))),
        when=" · ".join(filter(None, (starts, hours, card.schedule_note))),
        free="free" if goes_free else "" if no_offer else card.free,
        free_text=t("preflight.badge.free") if goes_free else "" if no_offer else card.free_text,
        status=card.status,
        seats=_seats(card),
        fit=badge.verdict if badge else "",
        fit_text=t(f"preflight.badge.{badge.verdict}") if badge else "",
        why=card.shortage_short,
    )


def _badge(card: ClassCard) -> str:
    level = card.level_name if card.level else ""
    return card.badges[0] if card.badges else level


def _seats(card: ClassCard) -> str:
    return card.seats_text if card.status in ("open", "few") else card.status_text


def found_text(page: ClassPage) -> str:
    """How many there are, in a sentence."""
    if page.total == 0:
        return t("public.classes.found_none")
    key = "public.classes.found_capped" if page.total_is_capped else "public.classes.found"
    return t(key, total=page.total)
