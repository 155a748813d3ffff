"""Money in the own name: what others ask for, what I asked for, what I may ask for."""

from dataclasses import dataclass
from datetime import timedelta

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.claims import answers, own, texts
from portal.services.claims.answers import Question
from portal.services.claims.own import OwnRight
from portal.services.times import day_of, day_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of
from portal.state.texts import date_text

_TONES = {"confirmed": "good", "denied": "warn", "dropped": "plain"}


@dataclass(frozen=True)
class MyLine:
    """A claim about me: the question or what I answered. ``href`` is the page to answer on."""

    href: str
    question: str
    title: str
    kind: str
    amount: str
    until: str
    answer: str
    tone: str
    progress: str
    # What the office answered to a no.
    reply: str
    # Nothing is asked for any more: the amount is struck out.
    is_void: bool


@dataclass(frozen=True)
class MyRight:
    """Money that I may ask for."""

    key: str
    code: str
    title: str
    kind: str
    amount: str
    learned: str
    until: str


def my_line(one: Question) -> MyLine:
    """A line about me in words."""
    money = texts.money(one.amount_fen)
    state = one.case.state if one.case and one.state != "confirmed" else one.state
    return MyLine(
        href=f"/me/claims/{one.line_id}",
        question=t("claim_page.question", payee=one.payee, learned=one.learned, money=money),
        title=one.title,
        kind=texts.kind_name(one.kind),
        amount=money,
        until=_until(one),
        answer="" if one.is_own else t(f"claims.mine.{state}"),
        tone=_TONES.get(one.state, "info"),
        progress=answers.progress(one),
        reply=_reply(one),
        is_void=answers.is_void(one),
    )


def _reply(one: Question) -> str:
    if one.case is None or not one.case.answer:
        return ""
    return t("trainee.claim.answered", answer=one.case.answer)


def _until(one: Question) -> str:
    if one.answer_by is None or one.state != "asked":
        return ""
    # The moment is the midnight after the last day.
    last = day_of(one.answer_by - timedelta(seconds=1))
    return t("claim_page.answer_by", when=day_text(last))


def my_right(one: OwnRight) -> MyRight:
    """Money that I may ask for, in words."""
    return MyRight(
        key=str(one.class_id),
        code=one.kind,
        title=one.title,
        kind=texts.kind_name(one.kind),
        amount=texts.money(one.amount_fen),
        learned=texts.learned_of(hours=one.learned_hours, days=one.days, months=0),
        until=t("claims.list.until", day=date_text(one.file_by)),
    )


class MyClaimsState(PageState, rx.State):
    """All about my own money."""

    asked: list[MyLine] = []
    answered: list[MyLine] = []
    own: list[MyLine] = []
    rights: list[MyRight] = []
    done: str = ""

    @rx.event
    @handler(Permission.ENROL)
    async def load(self) -> None:
        """Read it anew."""
        forget(self)
        await self._read()

    @rx.event
    @handler(Permission.ENROL)
    async def claim(self, form: dict[str, object]) -> None:
        """Ask for my own money."""
        class_id, code = parse_id(text_of(form, "class")), text_of(form, "kind")
        await self._run(own.claim_own, class_id=class_id, kind=code, now=self._now())
        await self._read()
        self.done = t("claims.mine.filed")

    async def _read(self) -> None:
        found = await self._run(own.my_claims, now=self._now())
        self.asked = [my_line(one) for one in found.asked]
        self.answered = [my_line(one) for one in found.answered]
        self.own = [my_line(one) for one in found.own]
        self.rights = [my_right(one) for one in found.rights]
