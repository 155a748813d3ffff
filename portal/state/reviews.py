"""Reviews: what the rules leave open, and an officer's decision on one of them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import reflex as rx

from portal.domain.errors import NotFound
from portal.domain.levels import SkillLevel
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.locale.rules import bucket_name
from portal.services import facts_words, reviews
from portal.services.eligibility import Answer
from portal.services.reviews import PastSubsidyRow, ReviewDetail, ReviewRow
from portal.services.times import day_of, moment_text
from portal.state.base import PageState, handler
from portal.state.deadlines import due_text
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of, whole_number
from portal.state.texts import date_text

_HOME = "/admin/reviews"


@dataclass(frozen=True)
class ReviewCard:
    """One enrolment that waits for a decision."""

    href: str = ""
    person: str = ""
    title: str = ""
    place: str = ""
    submitted: str = ""
    due: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class RuleRow:
    """What one rule answers; ``outcome`` is pass, fail or unknown."""

    rule_id: str
    outcome: str
    tone: str
    word: str
    message: str
    plain: str
    papers: str
    source: str
    quote: str
    href: str


@dataclass(frozen=True)
class FactLine:
    """A fact that the rules looked at."""

    label: str
    text: str


def review_card(row: ReviewRow, today: date) -> ReviewCard:
    """A review as the list and its own page show it."""
    starts = t("facts.reviews.starts", day=date_text(row.starts_on))
    return ReviewCard(
        href=f"{_HOME}/{row.enrolment_id}",
        person=row.person,
        title=row.title,
        place=f"{row.institution_name} · {starts}",
        submitted=t("facts.reviews.submitted", when=moment_text(row.submitted_at)),
        due=due_text(row.due_on, today),
        is_late=row.late,
    )


_TONES = {"pass": "good", "fail": "bad", "unknown": "warn"}


def rule_row(answer: Answer) -> RuleRow:
    """A rule's answer with its clause."""
    papers = t("facts.comma").join(answer.papers)
    return RuleRow(
        rule_id=answer.rule_id,
        outcome=answer.outcome,
        tone=_TONES[answer.outcome],
        word=t(f"preflight.outcome.{answer.outcome}"),
        message=answer.message,
        plain=answer.plain if answer.plain != answer.message else "",
        papers=t("preflight.papers", papers=papers) if papers else "",
        source=answer.legal_basis,
        quote=answer.quote,
        href=f"/policies/{answer.pack_id}",
    )


def past_text(past: PastSubsidyRow) -> str:
    """A subsidy that counts for the person: used or set aside, which year, what, which level."""
    level = SkillLevel(past.level).short_name if past.level else ""
    bucket = bucket_name(past.bucket) if past.bucket else ""
    state, year = t(f"reviews.subsidy.{past.state}"), t("facts.reviews.year", year=past.year)
    parts = (state, year, past.title, bucket, level)
    return " · ".join(part for part in parts if part)


class ReviewsState(PageState, rx.State):
    """One page of the queue; which one stands in the address."""

    cards: list[ReviewCard] = []
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.DECIDE_REVIEWS)
    async def load(self) -> None:
        """Show the page that the address names, the most urgent first."""
        forget(self)
        now = self._now()
        number = max(whole_number(query_value(self.router.url.query, "page"), 1), 1)
        found = await self._run(reviews.queue, page=number, now=now)
        pages = max(1, -(-found.total // found.size))
        self.cards = [review_card(row, day_of(now)) for row in found.items]
        self.count = t("facts.reviews.count", total=found.total)
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.previous = f"{_HOME}?page={found.page - 1}" if found.page > 1 else ""
        self.next = f"{_HOME}?page={found.page + 1}" if found.page < pages else ""


class ReviewState(PageState, rx.State):
    """One review: what the rules say, the facts behind it, what the person had before."""

    card: ReviewCard = ReviewCard()
    headline: str = ""
    in_the_way: list[RuleRow] = []
    passed: list[RuleRow] = []
    facts: list[FactLine] = []
    history: list[str] = []
    # approve | override | blocked: which way in there is
    way: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.DECIDE_REVIEWS)
    async def load(self) -> None:
        """Ask the rules anew; what somebody has decided by now is said so."""
        forget(self)
        now, enrolment_id = self._now(), self._id()
        try:
            detail = await self._run(reviews.review, enrolment_id=enrolment_id, now=now)
        except NotFound:
            self.done = t("facts.reviews.gone")
        else:
            self._show(detail, day_of(now))

    @rx.event
    @handler(Permission.DECIDE_REVIEWS)
    async def approve(self, form: dict[str, object]) -> None:
        """Let the person in."""
        reason = text_of(form, "reason")
        await self._run(reviews.approve, enrolment_id=self._id(), reason=reason, now=self._now())
        self.done = t("facts.reviews.approved")

    @rx.event
    @handler(Permission.DECIDE_REVIEWS)
    async def override(self, form: dict[str, object]) -> None:
        """Let the person in by a document that allows it."""
        await self._run(
            reviews.override,
            enrolment_id=self._id(),
            reason=text_of(form, "reason"),
            document_ref=text_of(form, "document_ref"),
            now=self._now(),
        )
        self.done = t("facts.reviews.approved")

    @rx.event
    @handler(Permission.DECIDE_REVIEWS)
    async def refuse(self, form: dict[str, object]) -> None:
        """Do not let the person in."""
        reason = text_of(form, "reason")
        await self._run(reviews.refuse, enrolment_id=self._id(), reason=reason, now=self._now())
        self.done = t("facts.reviews.refused")

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "enrolment_id")

    def _show(self, detail: ReviewDetail, today: date) -> None:
        answers = [rule_row(answer) for answer in detail.preflight.answers]
        self.card = review_card(detail.row, today)
        self.headline = detail.preflight.headline
        self.in_the_way = [row for row in answers if row.outcome != "pass"]
        self.passed = [row for row in answers if row.outcome == "pass"]
        self.facts = [
            FactLine(line.label, line.text)
            for line in facts_words.words_of(detail.preflight.judged.facts.person)
        ]
        self.history = [past_text(past) for past in detail.history]
        self.way = (
            "blocked" if detail.blocked else "override" if detail.needs_override else "approve"
        )
