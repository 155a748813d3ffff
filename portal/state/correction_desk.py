"""Requests for corrections on the desk of an institution or an authority."""

from dataclasses import dataclass
from datetime import date

import reflex as rx

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import correction_desk, correction_queue
from portal.services.correction_desk import Answered
from portal.services.correction_lines import Values
from portal.services.correction_queue import DeskRequest
from portal.services.times import day_of, day_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value, text_of, whole_number
from portal.state.pager import page_number, pager
from portal.state.texts import date_text, span_of_days

TEACH, ADMIN = "/teach/corrections", "/admin/corrections"
_TONES = {"accepted": "good", "refused": "plain"}


@dataclass(frozen=True)
class DeskRow:
    """A request in words; ``title`` to ``ends_on`` are what its form begins with."""

    key: str
    heading: str
    place: str
    stands: str
    said: str
    right: str
    asked: str
    due: str
    is_late: bool
    again: str
    money: str
    proposed: str
    certificate: str
    by_value: bool
    title: str
    hours: str
    starts_on: str
    ends_on: str
    status: str
    state: str
    tone: str
    answer: str


def desk_row(one: DeskRequest, *, office: bool) -> DeskRow:
    """A request in words; the form begins with what the institution says, else what stands."""
    begins = one.proposed or one.stands
    answered = one.state in _TONES
    return DeskRow(
        key=str(one.id),
        heading=t("rights.desk.from", name=one.name, title=one.stands.title),
        place=one.line_institution,
        stands=values_text(one.stands),
        said=t("rights.desk.said", wish=one.wish),
        right=t("rights.desk.said_right", right=one.right_value) if one.right_value else "",
        asked=t("rights.desk.asked", when=date_text(day_of(one.asked_at))),
        due=t(f"rights.desk.{'late' if one.late else 'due'}", day=day_text(one.due_on)),
        is_late=one.late,
        again=t("rights.desk.again") if one.again else "",
        money=t("rights.desk.money_office" if office else "rights.desk.money") if one.money else "",
        proposed=t("rights.desk.proposed", values=values_text(one.proposed))
        if one.proposed
        else "",
        certificate=t("rights.desk.certificate", number=one.certificate)
        if one.certificate and one.by_value
        else "",
        by_value=one.by_value,
        title=begins.title,
        hours="" if begins.hours is None else str(begins.hours),
        starts_on=begins.starts_on.isoformat(),
        ends_on=begins.ends_on.isoformat(),
        status=begins.status,
        state=t(f"rights.corrections.state_{one.state}") if answered else "",
        tone=_TONES.get(one.state, "plain"),
        answer=t("rights.corrections.answer", answer=one.answer) if one.answer else "",
    )


def values_text(values: Values) -> str:
    """电工班，2026年11月1日 – 11月20日，32 课时，已结业"""
    hours = "" if values.hours is None else t("rights.corrections.hours", hours=values.hours)
    status = t(f"rights.desk.{values.status}") if values.status else ""
    days = span_of_days(values.starts_on, values.ends_on)
    return t("rights.desk.comma").join(part for part in (values.title, days, hours, status) if part)


def typed_values(form: dict[str, object]) -> Values | None:
    """The values of a submitted form; None where it has none. Raises BadInput."""
    title = text_of(form, "title")
    if not title:
        return None
    hours = text_of(form, "hours")
    return Values(
        title=title,
        hours=whole_number(hours, -1) if hours else None,
        starts_on=_day(form, "starts_on"),
        ends_on=_day(form, "ends_on"),
        status=text_of(form, "status"),
    )


def _day(form: dict[str, object], name: str) -> date:
    try:
        return date.fromisoformat(text_of(form, name))
    except ValueError:
        raise BadInput(name, "rights.desk.bad_days") from None


class CorrectionDeskState(PageState, rx.State):
    """One page of requests; ``show`` and ``page`` stand in the address."""

    rows: list[DeskRow] = []
    shows_answered: bool = False
    count: str = ""
    previous: str = ""
    next: str = ""
    place: str = ""
    done: str = ""
    reissue: bool = False

    @rx.event
    @handler(Permission.DECIDE_CORRECTIONS)
    async def load(self) -> None:
        """Load the list that the address names."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.DECIDE_CORRECTIONS)
    async def accept(self, form: dict[str, object]) -> None:
        """Give right, with the values that are."""
        self.done, self.reissue = "", False
        answered = await self._run(
            correction_desk.accept,
            request_id=parse_id(text_of(form, "request_id"), "request_id"),
            values=typed_values(form),
            answer=text_of(form, "reason"),
            now=self._now(),
        )
        await self._show()
        self._say(answered)

    @rx.event
    @handler(Permission.DECIDE_CORRECTIONS)
    async def refuse(self, form: dict[str, object]) -> None:
        """Leave the line, and say why."""
        self.done, self.reissue = "", False
        await self._run(
            correction_desk.refuse,
            request_id=parse_id(text_of(form, "request_id"), "request_id"),
            answer=text_of(form, "reason"),
            now=self._now(),
        )
        await self._show()
        self.done = t(f"rights.desk.refused_done{'_office' if self._is_office() else ''}")

    def _say(self, answered: Answered) -> None:
        self.reissue = answered.certificate != ""
        if self.reissue:
            self.done = t("rights.desk.accepted_reissue", number=answered.certificate)
        else:
            self.done = t(f"rights.desk.{answered.outcome}_done")

    def _is_office(self) -> bool:
        return self.router.url.path.startswith(ADMIN)

    async def _show(self) -> None:
        query = self.router.url.query
        self.shows_answered = query_value(query, "show") == "answered"
        found = await self._run(
            correction_queue.queue,
            page=page_number(query_value(query, "page")),
            answered=self.shows_answered,
            now=self._now(),
        )
        office = self._is_office()
        self.rows = [desk_row(one, office=office) for one in found.items]
        self.count = t("rights.access.count", total=found.total)
        way = pager(self._address, page=found.page, size=found.size, total=found.total)
        self.previous, self.next, self.place = way.previous, way.next, way.text

    def _address(self, page: int) -> str:
        home = ADMIN if self._is_office() else TEACH
        asked = ["show=answered"] if self.shows_answered else []
        asked += [f"page={page}"] if page > 1 else []
        return f"{home}?{'&'.join(asked)}" if asked else home
