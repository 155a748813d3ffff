"""My lines of the archive, and what I say is wrong with them."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import correction_own, correction_requests
from portal.services.correction_own import OwnLine, OwnRequest
from portal.services.times import day_of, day_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import clean, text_of
from portal.state.texts import date_text, span_of_days

_TONES = {"open": "info", "accepted": "good", "refused": "bad", "withdrawn": "plain"}


@dataclass(frozen=True)
class LineRow:
    """A line; ``fold`` is the word of the form below it, empty where none may be sent now."""

    key: str
    title: str
    meta: str
    hours: str
    fold: str
    note: str


@dataclass(frozen=True)
class RequestRow:
    """A request and its answer."""

    key: str
    title: str
    status: str
    tone: str
    asked: str
    said: str
    right: str
    due: str
    is_late: bool
    answer: str
    is_open: bool


def line_row(one: OwnLine) -> LineRow:
    """A line in words."""
    folds = {"ask": "ask_fold", "again": "again_fold"}
    word = folds.get(one.may)
    meta = t(
        "rights.corrections.meta",
        kind=t(f"archive.subject.{one.kind}"),
        place=one.institution_name,
        period=span_of_days(one.starts_on, one.ends_on),
    )
    return LineRow(
        key=str(one.entry_id),
        title=one.title,
        meta=meta,
        hours="" if one.hours is None else t("rights.corrections.hours", hours=one.hours),
        fold=t(f"rights.corrections.{word}") if word else "",
        note="" if word else t(f"rights.corrections.is_{one.may}"),
    )


def request_row(one: OwnRequest) -> RequestRow:
    """A request in words."""
    desk = one.desk or t("rights.corrections.office")
    answered = one.decided_at and date_text(day_of(one.decided_at))
    return RequestRow(
        key=str(one.id),
        title=one.title,
        status=t(f"rights.corrections.state_{one.state}"),
        tone=_TONES.get(one.state, "plain"),
        asked=t("rights.corrections.asked", when=date_text(day_of(one.asked_at)), desk=desk),
        said=t("rights.corrections.said", wish=one.wish),
        right=t("rights.corrections.said_right", right=one.right_value) if one.right_value else "",
        due=_due(one, answered or ""),
        is_late=one.late,
        answer=t("rights.corrections.answer", answer=one.answer) if one.answer else "",
        is_open=one.state == "open",
    )


def _due(one: OwnRequest, answered: str) -> str:
    if one.state == "open":
        word = "late" if one.late else "due"
        return t(f"rights.corrections.{word}", day=day_text(one.due_on))
    return t("rights.corrections.answered_on", when=answered) if answered else ""


class CorrectionsState(PageState, rx.State):
    """Lines and requests; what a form holds stays in the browser until it is sent."""

    lines: list[LineRow] = []
    requests: list[RequestRow] = []
    done: str = ""

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load my lines and requests."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def ask(self, form: dict[str, object]) -> None:
        """Say what is wrong with a line."""
        made = await self._run(
            correction_requests.ask,
            entry_id=parse_id(text_of(form, "entry_id"), "entry_id"),
            wish=text_of(form, "wish"),
            right_value=text_of(form, "right_value"),
            now=self._now(),
        )
        await self._show()
        due = next((one.due for one in self.requests if one.key == str(made)), "")
        self.done = t("rights.corrections.sent", due=due)

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def withdraw(self, request_id: str) -> None:
        """Take a request back."""
        wanted = parse_id(clean(request_id), "request_id")
        await self._run(correction_requests.withdraw, request_id=wanted, now=self._now())
        await self._show()
        self.done = t("rights.corrections.taken_back")

    async def _show(self) -> None:
        found = await self._run(correction_own.my_corrections, now=self._now())
        self.lines = [line_row(one) for one in found.lines]
        self.requests = [request_row(one) for one in found.requests]
