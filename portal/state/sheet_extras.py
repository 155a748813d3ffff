"""Beside the sheet of one session: leave to answer, guests, and the roll-call in the middle."""

from dataclasses import dataclass
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import calls, leave_desk, makeup_results
from portal.services.calls import Called, CallSheet
from portal.services.leave_desk import LeaveRow
from portal.services.makeup_results import Guest, MadeUp
from portal.services.times import clock_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import path_part, text_of

_LEAVE_TONES = {"asked": "warn", "granted": "good", "refused": "plain"}
_VISIT_TONES = {"planned": "info", "attended": "good", "missed": "warn"}


@dataclass(frozen=True)
class RequestRow:
    """A request for leave; ``is_open`` waits for an answer."""

    key: str
    name: str
    kind: str
    note: str
    status: str
    tone: str
    answer: str
    is_open: bool


@dataclass(frozen=True)
class VisitRow:
    """Somebody who makes up a session, here or elsewhere."""

    key: str
    name: str
    facts: str
    status: str
    tone: str


@dataclass(frozen=True)
class CallRow:
    """Somebody who signed in before the roll was called."""

    key: str
    name: str
    at: str


def request_row(row: LeaveRow) -> RequestRow:
    """A request in words; the end of the ID number tells namesakes apart."""
    tail = t("teach.sheet.id_no", tail=row.id_no_masked[-4:])
    return RequestRow(
        key=str(row.id),
        name=f"{row.name}（{tail}）",
        kind=row.kind_text,
        note=row.note,
        status=t(f"extras.leave_{row.state}"),
        tone=_LEAVE_TONES[row.state],
        answer=t("extras.answered", answer=row.answer) if row.answer else "",
        is_open=row.state == "asked",
    )


def guest_row(guest: Guest) -> VisitRow:
    """Who comes, and from where."""
    tail = t("teach.sheet.id_no", tail=guest.id_no_masked[-4:])
    return VisitRow(
        key=str(guest.enrolment_id),
        name=guest.name,
        facts=" · ".join((tail, t("extras.guest_from", name=guest.institution_name))),
        status=t(f"extras.visit_{guest.state}"),
        tone=_VISIT_TONES[guest.state],
    )


def elsewhere_row(row: MadeUp) -> VisitRow:
    """Who goes, and where to."""
    return VisitRow(
        key=f"{row.enrolment_id}{row.when}",
        name=row.name,
        facts=f"{row.where} · {row.when}",
        status=t(f"extras.visit_{row.state}"),
        tone=_VISIT_TONES[row.state],
    )


def call_row(one: Called) -> CallRow:
    """A guest is named as one."""
    return CallRow(
        key=str(one.enrolment_id),
        name=t("extras.call_guest", name=one.name) if one.is_guest else one.name,
        at=clock_text(one.at) if one.at else "",
    )


def call_text(call: CallSheet) -> str:
    """How it stands with the roll-call, and what it is good for."""
    if call.called_at is not None and call.closes_at is not None:
        key = "open" if call.status == "open" else "over"
        by = t("extras.call_by_officer") if call.by_officer else ""
        clock = {"at": clock_text(call.called_at), "until": clock_text(call.closes_at)}
        return t(f"extras.call_{key}", **clock) + by
    if call.status == "early":
        return t("extras.call_early", time=clock_text(call.possible_from))
    return t(f"extras.call_{call.status}", minutes=call.open_minutes)


class SheetExtrasState(PageState, rx.State):
    """Which session stands in the address, as on the sheet itself."""

    requests: list[RequestRow] = []
    open_requests: str = ""
    guests: list[VisitRow] = []
    elsewhere: list[VisitRow] = []
    call_status: str = ""
    call: str = ""
    call_rule: str = ""
    screen: str = ""
    answered: list[CallRow] = []
    answered_label: str = ""
    missing: list[CallRow] = []
    missing_label: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def load(self) -> None:
        """Load all of it; asked anew whenever the sheet is."""
        forget(self)
        session_id, now = self._session_id(), self._now()
        await self._show_requests()
        guests = await self._run(makeup_results.guests, session_id=session_id, now=now)
        away = await self._run(makeup_results.made_up_elsewhere, session_id=session_id, now=now)
        self.guests = [guest_row(one) for one in guests]
        self.elsewhere = [elsewhere_row(one) for one in away]
        self._show_call(await self._run(calls.call_sheet, session_id=session_id, now=now))

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def grant(self, leave_id: object) -> None:
        """Grant a request."""
        await self._decide(parse_id(leave_id, "leave_id"), True, "")
        self.done = t("extras.granted")

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def refuse(self, form: dict[str, object]) -> None:
        """Refuse the request that the form names, with an answer."""
        leave_id = parse_id(text_of(form, "leave_id"), "leave_id")
        await self._decide(leave_id, False, text_of(form, "answer"))
        self.done = t("extras.refused")

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def start_call(self) -> None:
        """Call the roll now."""
        await self._run(calls.start, session_id=self._session_id(), now=self._now())
        await self._look()

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def look(self) -> None:
        """See who has answered by now."""
        await self._look()

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def tap(self, enrolment_id: object) -> None:
        """Answer for somebody in the room who has no phone."""
        self._show_call(
            await self._run(
                calls.tap,
                session_id=self._session_id(),
                enrolment_id=parse_id(enrolment_id, "enrolment_id"),
                now=self._now(),
            )
        )

    def _session_id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "session_id")

    async def _decide(self, leave_id: UUID, grant: bool, answer: str) -> None:
        self.done = ""
        await self._run(
            leave_desk.decide, leave_id=leave_id, grant=grant, answer=answer, now=self._now()
        )
        await self._show_requests()

    async def _look(self) -> None:
        self._show_call(
            await self._run(calls.call_sheet, session_id=self._session_id(), now=self._now())
        )

    async def _show_requests(self) -> None:
        found = await self._run(
            leave_desk.requests_of, session_id=self._session_id(), now=self._now()
        )
        self.requests = [request_row(row) for row in found]
        waiting = sum(row.is_open for row in self.requests)
        self.open_requests = t("extras.open_requests", count=waiting) if waiting else ""

    def _show_call(self, call: CallSheet) -> None:
        self.done = ""
        self.call_status, self.call = call.status, call_text(call)
        self.screen = f"/teach/sessions/{self._session_id()}/screen"
        self.call_rule = t("extras.call_costs" if call.costs_hours else "extras.call_notes")
        self.answered = [call_row(one) for one in call.answered]
        self.answered_label = t("extras.call_answered", count=len(self.answered))
        self.missing = [call_row(one) for one in call.missing]
        key = "extras.call_missing" if call.status == "open" else "extras.call_missed"
        self.missing_label = t(key, count=len(self.missing))
