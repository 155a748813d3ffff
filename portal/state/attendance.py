"""The sheet of one session: who was there, correcting by hand, confirming."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.attendance import AttendanceState
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import attendance
from portal.services.attendance import SessionSheet, SheetRow
from portal.services.proposals import Proposal
from portal.services.times import clock_text, moment_text
from portal.services.unit import Service
from portal.state.base import PageState, handler
from portal.state.inputs import clean, path_part, text_of, whole_number
from portal.state.shared_reasons import SharedReason, remark, shared_reasons

_TONES = {
    "present": "good",
    "makeup": "good",
    "late": "warn",
    "early_leave": "warn",
    "absent": "bad",
    "excused": "info",
}
# States that count no hours, whatever the times say.
_WITHOUT_HOURS = ("expected", "absent", "excused")


@dataclass(frozen=True)
class TraineeRow:
    """One trainee of the sheet. ``mark`` is the phase that a tap would record, "" for none;
    ``old`` says what counts now, for whoever corrects it; ``how`` by which way they signed.

    ``waits`` is a correction that waits for a second person, in words; ``is_mine``: the reader
    proposed it. A guest of another class is shown and not corrected here.
    """

    key: str
    name: str
    id_no: str
    times: str
    how: str
    badge: str
    tone: str
    odd: list[str]
    note: str
    mark: str
    mark_label: str
    old: str
    state: str
    hours: str
    is_guest: bool
    waits: str
    proposal: str
    is_mine: bool


def trainee_row(
    row: SheetRow,
    *,
    over: bool,
    has_namesake: bool = False,
    shared: Mapping[str, SharedReason] = MappingProxyType({}),
) -> TraineeRow:
    """A trainee as the sheet shows him; before the session is ``over`` nobody has hours.

    Namesakes are told apart by the end of the ID number, or the wrong one would be marked.
    """
    tail = t("teach.sheet.id_no", tail=row.id_no_masked[-4:])
    badge = row.state_text
    # Who never came cannot leave: for him there is the correction.
    mark = row.can_mark if row.signed_in_at or row.can_mark == "in" else None
    if row.corrected or (over and row.state not in _WITHOUT_HOURS):
        badge = t("teach.sheet.badge", state=row.state_text, hours=row.credited_hours)
    return TraineeRow(
        key=str(row.enrolment_id),
        name=f"{row.name}（{tail}）" if has_namesake else row.name,
        id_no=tail,
        times=_times(row, over=over),
        how=_how(row),
        badge=badge,
        tone=_tone(row),
        # The badge says the state already.
        odd=[
            remark(code, text, shared)
            for text, code in zip(row.odd, row.odd_codes, strict=True)
            if code not in _TONES
        ],
        note=t("teach.sheet.corrected", reason=row.correction_reason) if row.corrected else "",
        mark=mark or "",
        mark_label=t(f"teach.sheet.mark_{mark}") if mark else "",
        old=t("teach.sheet.old", state=row.state_text, hours=row.credited_hours),
        state=row.state if row.state in tuple(AttendanceState) else "present",
        hours=str(row.credited_hours),
        is_guest=row.is_guest,
        waits=_waits(row.proposal),
        proposal=str(row.proposal.proposal_id) if row.proposal else "",
        is_mine=bool(row.proposal and row.proposal.is_mine),
    )


def _how(row: SheetRow) -> str:
    """By which way, once when both are the same."""
    ways = [way for way in (row.in_how, row.out_how) if way]
    return t("trainee.meeting.and").join(dict.fromkeys(ways))


def _waits(proposal: Proposal | None) -> str:
    if proposal is None:
        return ""
    return t(
        "proposal.mine" if proposal.is_mine else "proposal.waits",
        state=t(f"sheet.state_{proposal.new_state}"),
        hours=proposal.new_hours,
        reason=proposal.reason,
        who=proposal.proposed_by,
    )


def _tone(row: SheetRow) -> str:
    tone = _TONES.get(row.state, "plain")
    return "warn" if row.odd and tone == "good" else tone


def _times(row: SheetRow, *, over: bool) -> str:
    if row.in_text and row.out_text:
        return t("teach.span", start=row.in_text, end=row.out_text)
    if row.in_text:
        return t(f"teach.sheet.{'no_out' if over else 'came'}", time=row.in_text)
    return t("teach.sheet.no_in", time=row.out_text) if row.out_text else t("teach.sheet.no_times")


def summary_of(sheet: SessionSheet) -> str:
    """How many are in which state, states that nobody is in left out."""
    parts = [
        t("teach.sheet.count", state=t(f"sheet.state_{state}"), count=count)
        for state, count in sheet.counts.items()
        if count
    ]
    return " · ".join(parts)


def confirm_label(sheet: SessionSheet) -> str:
    """What the main button says."""
    if sheet.confirmed_at is not None:
        return t("teach.sheet.confirm_again")
    fine = len(sheet.rows) - sheet.odd_count
    if sheet.odd_count:
        return t("teach.sheet.confirm_odd", all=sheet.roster_count, odd=sheet.odd_count)
    return t("teach.sheet.confirm", fine=fine)


def advice(sheet: SessionSheet) -> str:
    """The line above the main button: what confirming does, or why it is not its time."""
    if sheet.can_confirm and sheet.waiting_out:
        until = clock_text(sheet.sign_out_until)
        return t("teach.sheet.waiting_out", count=sheet.waiting_out, until=until)
    if sheet.can_confirm and sheet.pending:
        return t("proposal.pending", count=sheet.pending)
    if sheet.can_confirm:
        return t("teach.sheet.advice")
    if sheet.confirmed_at is not None:
        when = moment_text(sheet.confirmed_at)
        return t("teach.sheet.confirmed", who=sheet.confirmed_by, when=when)
    return t("teach.sheet.not_yet", until=clock_text(sheet.ends_at))


class SheetState(PageState, rx.State):
    """The sheet on screen; which session stands in the address."""

    title: str = ""
    course: str = ""
    when: str = ""
    place: str = ""
    present: str = ""
    summary: str = ""
    odd_title: str = ""
    odd: list[TraineeRow] = []
    shared: list[SharedReason] = []
    fine: list[TraineeRow] = []
    screen: str = ""
    scan: str = ""
    screen_open: bool = False
    class_href: str = ""
    can_confirm: bool = False
    label: str = ""
    hint: str = ""
    done: str = ""
    # The trainee whose row is open for correction; the answers stay in the browser until sent.
    editing: str = ""
    hour_choices: list[str] = []

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def load(self) -> None:
        """Show the sheet; a row that is open for correction stays open."""
        self.status, self.done, self.title = "loading", "", ""
        await self._act(attendance.session_sheet)

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def mark(self, enrolment_id: object, phase: object) -> None:
        """Sign somebody in or out who has no phone."""
        self.done = ""
        who = parse_id(enrolment_id, "enrolment_id")
        await self._act(attendance.mark_present, enrolment_id=who, phase=clean(phase))

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def edit(self, enrolment_id: object) -> None:
        """Open a row for correction, or close it again."""
        chosen = str(parse_id(enrolment_id, "enrolment_id"))
        self.editing = "" if chosen == self.editing else chosen

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def correct(self, form: dict[str, object]) -> None:
        """Correct the row that the form names."""
        await self._act(
            attendance.correct,
            enrolment_id=parse_id(text_of(form, "enrolment_id"), "enrolment_id"),
            state=text_of(form, "state"),
            hours=whole_number(text_of(form, "hours"), -1),
            reason=text_of(form, "reason"),
        )
        who = text_of(form, "enrolment_id")
        waits = any(row.proposal and row.key == who for row in self._rows())
        key = "proposal.proposed_done" if waits else "teach.sheet.corrected_done"
        self.editing, self.done = "", t(key)

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def approve(self, proposal_id: object) -> None:
        """Agree to a colleague's correction."""
        await self._decide(attendance.agree_to_correction, proposal_id, "proposal.approved_done")

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def refuse(self, form: dict[str, object]) -> None:
        """Do not agree to a colleague's correction, and say why."""
        proposal, why = text_of(form, "proposal_id"), text_of(form, "reason")
        done = "proposal.refused_done"
        await self._decide(attendance.refuse_correction, proposal, done, reason=why)

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def take_back(self, proposal_id: object) -> None:
        """Take one's own proposal back."""
        await self._decide(attendance.take_back_correction, proposal_id, "proposal.taken_back_done")

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def confirm(self) -> None:
        """Confirm the sheet on screen."""
        await self._act(attendance.confirm_attendance)
        self.editing, self.done = "", t("teach.sheet.confirmed_done")

    async def _act(self, service: Service[..., SessionSheet], **kwargs: Any) -> None:
        """Run a service that answers the sheet of the session in the address, and show it."""
        self._show(
            await self._run(service, session_id=self._session_id(), now=self._now(), **kwargs)
        )

    async def _decide(
        self, service: Service[..., SessionSheet], proposal_id: object, done: str, **kwargs: Any
    ) -> None:
        """Decide on a proposal, and show the sheet that it belongs to."""
        wanted = parse_id(proposal_id, "proposal_id")
        self._show(await self._run(service, proposal_id=wanted, now=self._now(), **kwargs))
        self.done = t(done)

    def _rows(self) -> list[TraineeRow]:
        return [*self.odd, *self.fine]

    def _session_id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "session_id")

    def _show(self, sheet: SessionSheet) -> None:
        over = sheet.status in ("to_confirm", "confirmed")
        names = Counter(row.name for row in sheet.rows)
        shared = shared_reasons(sheet.rows)
        rows = [
            (
                trainee_row(row, over=over, has_namesake=names[row.name] > 1, shared=shared),
                bool(row.odd or row.proposal),
            )
            for row in sheet.rows
        ]
        self.title = t("teach.sheet.title", n=sheet.seq_no)
        self.course, self.when = sheet.class_title, sheet.when
        self.place = " · ".join(part for part in (sheet.room, sheet.topic) if part)
        self.present = t("teach.sheet.present", count=_came(sheet), roster=sheet.roster_count)
        self.summary = summary_of(sheet)
        self.odd_title = t("teach.sheet.odd_title", count=sheet.odd_count)
        self.odd = [row for row, is_odd in rows if is_odd]
        self.shared = list(shared.values())
        self.fine = [row for row, is_odd in rows if not is_odd]
        self.screen = f"/teach/sessions/{sheet.session_id}/screen"
        self.scan = f"/teach/sessions/{sheet.session_id}/scan"
        self.screen_open = sheet.phase is not None
        self.class_href = f"/teach/classes/{sheet.class_id}"
        self.can_confirm = sheet.can_confirm
        self.label, self.hint = confirm_label(sheet), advice(sheet)
        self.hour_choices = [str(hours) for hours in range(sheet.hours + 1)]


def _came(sheet: SessionSheet) -> int:
    return sum(row.signed_in_at is not None and not row.is_guest for row in sheet.rows)
