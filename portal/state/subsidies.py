"""What I may still have this year, what I had, and what the policies of my region say."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.region_offers import Offer, PackLink
from portal.services.subsidies import Bucket, Cap, OwnGroup, Taken, my_subsidies
from portal.state.base import PageState, handler
from portal.state.fresh import forget


@dataclass(frozen=True)
class BucketRow:
    """One bucket: what is left in a sentence, where the rest went."""

    sentence: str
    used: str
    went: str
    tone: str
    left: int
    limit: int


@dataclass(frozen=True)
class TakenRow:
    """A subsidy that was set aside or used."""

    title: str
    facts: str
    status: str
    tone: str
    href: str


@dataclass(frozen=True)
class GroupRow:
    """A group that I belong to."""

    name: str
    plain: str
    status: str
    tone: str


@dataclass(frozen=True)
class OfferRow:
    """A promise of a policy, with its source."""

    kind: str
    tone: str
    summary: str
    source: str
    href: str
    mine: bool


@dataclass(frozen=True)
class PackRow:
    """A policy document to read."""

    title: str
    region: str
    href: str


def bucket_row(bucket: Bucket, *, refused: bool = False) -> BucketRow:
    """What is left of a bucket, in the words that people use; no promise to who is refused."""
    key = "none_left" if not bucket.left else "left_if" if refused else "left"
    went = t("rules.comma").join(title for title in bucket.titles if title)
    return BucketRow(
        sentence=t(f"preflight.{key}", when=t("preflight.this_year"), **_counts(bucket)),
        used=t("trainee.subsidies.used", limit=bucket.limit, used=bucket.used, held=bucket.held),
        went=t("preflight.went_to", titles=went) if went else "",
        tone="good" if bucket.left and not refused else "plain",
        left=bucket.left,
        limit=bucket.limit,
    )


def _counts(bucket: Bucket) -> dict[str, object]:
    return {"left": bucket.left, "name": bucket.name}


def taken_row(taken: Taken) -> TakenRow:
    """A subsidy with its year, and the way to its class."""
    year = t("preflight.year", year=taken.year)
    facts = (year, taken.bucket_name, taken.level_name)
    return TakenRow(
        title=taken.title or t("trainee.subsidies.untitled"),
        facts=" · ".join(filter(None, facts)),
        status=t(f"trainee.subsidies.state_{taken.state}"),
        tone="info" if taken.state == "held" else "good",
        href=f"/me/enrolments/{taken.enrolment_id}" if taken.enrolment_id else "",
    )


def group_row(group: OwnGroup) -> GroupRow:
    """A group and whether an authority has checked it."""
    state = "verified" if group.verified else "declared"
    return GroupRow(
        name=group.name,
        plain=group.plain,
        status=t(f"trainee.subsidies.{state}"),
        tone="good" if group.verified else "info",
    )


def offer_row(offer: Offer) -> OfferRow:
    """An offer with clause and link to the document."""
    return OfferRow(
        kind=t("trainee.subsidies.free" if offer.is_free else "trainee.subsidies.subsidised"),
        tone="good" if offer.is_free else "info",
        summary=offer.summary,
        source=t("trainee.subsidies.source", document=offer.document, clause=offer.clause),
        href=f"/policies/{offer.pack_id}",
        mine=offer.mine,
    )


def pack_row(pack: PackLink) -> PackRow:
    """A document and where it applies."""
    return PackRow(title=pack.title, region=pack.region_name, href=f"/policies/{pack.pack_id}")


class SubsidiesState(PageState, rx.State):
    """My year, my groups and the offers of my region."""

    year: str = ""
    asked: str = ""
    region: str = ""
    refusal: str = ""
    refusal_help: list[str] = []
    buckets: list[BucketRow] = []
    cap: str = ""
    cap_source: str = ""
    cap_quote: str = ""
    cap_href: str = ""
    taken: list[TakenRow] = []
    groups: list[GroupRow] = []
    offers: list[OfferRow] = []
    packs: list[PackRow] = []

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Load everything."""
        forget(self)
        view = await self._run(my_subsidies, now=self._now())
        self.year = t("trainee.subsidies.year", year=view.year)
        self.asked = t("trainee.subsidies.asked", count=view.asked) if view.asked else ""
        self.region = view.region_name
        self.refusal = view.refusal.why if view.refusal else ""
        self.refusal_help = list(view.refusal.help) if view.refusal else []
        self.buckets = [
            bucket_row(bucket, refused=view.refusal is not None) for bucket in view.buckets
        ]
        self._cite(view.cap)
        self.taken = [taken_row(taken) for taken in view.taken]
        self.groups = [group_row(group) for group in view.groups]
        self.offers = [offer_row(offer) for offer in view.offers]
        self.packs = [pack_row(pack) for pack in view.packs]

    def _cite(self, cap: Cap | None) -> None:
        """The rule behind the buckets; in words when no document has one."""
        if cap is None:
            self.cap = t("trainee.subsidies.no_cap" if self.region else "trainee.subsidies.no_year")
            return
        self.cap, self.cap_quote = cap.plain, cap.quote
        self.cap_source = t("trainee.subsidies.source", document=cap.document, clause=cap.clause)
        self.cap_href = f"/policies/{cap.pack_id}"
