"""The audit trail, for auditors: found, and examined."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.audit_trail.standing import Progress, examine_piece
from portal.services.audit_trail.wanted import WAYS, Wanted, action_options, purpose_options
from portal.services.audit_trail.words import fault_text
from portal.services.supervision_trail import TrailEntry, read_trail
from portal.state.base import PageState, handler
from portal.state.inputs import query_value, text_of

_HOME = "/admin/audit"
_FIELDS = ("person", "way", "action", "purpose", "thing", "since", "until")


@dataclass(frozen=True)
class TrailRow:
    """One event in words; ``about`` and ``reason`` may be empty. ``tone`` is for the eye: ok, open
    or bad."""

    key: str
    when: str
    who: str
    action: str
    purpose: str
    about: str
    reason: str
    number: str
    standing: str
    tone: str


@dataclass(frozen=True)
class Choice:
    """An option of a filter."""

    value: str
    label: str


@dataclass(frozen=True)
class SearchForm:
    """What the fields hold, as the address says it."""

    person: str = ""
    way: str = WAYS[0]
    action: str = ""
    purpose: str = ""
    thing: str = ""
    since: str = ""
    until: str = ""


def trail_row(entry: TrailEntry) -> TrailRow:
    """An event as its line shows it."""
    return TrailRow(
        key=str(entry.id),
        when=entry.when,
        who=t("admin.trail.who", role=entry.role, name=entry.who).strip(),
        action=entry.action,
        purpose=t("trail.purpose", purpose=entry.purpose),
        about=t("admin.trail.on_behalf_of", name=entry.subject) if entry.subject else "",
        reason=t("admin.trail.reason", reason=entry.reason) if entry.reason else "",
        number=t("trail.number", no=entry.no),
        standing=t(f"trail.standing.{entry.standing}"),
        tone=entry.standing,
    )


def search_form(typed: object) -> SearchForm:
    """The fields as they were typed; a way that there is not becomes the first."""
    values = {name: text_of(typed, name) for name in _FIELDS}
    return SearchForm(**values | {"way": values["way"] if values["way"] in WAYS else WAYS[0]})


class TrailState(PageState, rx.State):
    """One page of the trail. The address names the event that it goes on from, and never whom
    somebody looks for: addresses are kept in many places."""

    rows: list[TrailRow] = []
    form: SearchForm = SearchForm()
    actions: list[Choice] = []
    purposes: list[Choice] = []
    older: str = ""
    has_older: bool = False
    is_newest: bool = True
    is_search: bool = False
    checking: str = ""
    checked: str = ""
    wrong: str = ""
    _before: str = ""
    _after: int = 0
    _rows_read: int = 0
    _faults: list[str] = []

    @rx.event
    @handler(Permission.READ_AUDIT)
    async def load(self) -> None:
        """Read the page that the address names. Each reading is itself in the trail."""
        self.status = "loading"
        self.actions = [Choice(*one) for one in action_options()]
        self.purposes = [Choice(*one) for one in purpose_options()]
        raw = query_value(self.router.url.query, "before")
        before = parse_id(raw, "before") if raw else None
        self.form, self.is_search, self.is_newest = SearchForm(), False, before is None
        await self._read(before)
        self.older = f"{_HOME}?before={self._before}" if self._before else ""

    @rx.event
    @handler(Permission.READ_AUDIT)
    async def search(self, typed: dict[str, Any]) -> None:
        """The newest rows that fit what was typed. A refusal leaves the fields as they are."""
        self.form, self.older, self.is_newest = search_form(typed), "", True
        self.rows, self.has_older, self._before = [], False, ""
        self.is_search = bool(Wanted(**asdict(self.form)).named)
        await self._read(None)

    @rx.event
    @handler(Permission.READ_AUDIT)
    async def search_older(self) -> None:
        """The next page of the same search."""
        self.is_newest = False
        await self._read(parse_id(self._before, "before"))

    async def _read(self, before: UUID | None) -> None:
        wanted = Wanted(**asdict(self.form))
        found = await self._run(read_trail, before=before, wanted=wanted, now=self._now())
        self.rows = [trail_row(entry) for entry in found.entries]
        self._before = str(found.older) if found.older else ""
        self.has_older = self.is_search and found.older is not None

    @rx.event
    @handler(Permission.READ_AUDIT)
    async def check(self) -> Any:
        """Examine the whole trail, from its first block."""
        self._after, self._rows_read, self._faults = 0, 0, []
        self.checked, self.wrong = "", ""
        return await self._piece()

    @rx.event
    @handler(Permission.READ_AUDIT)
    async def check_on(self) -> Any:
        """The next blocks of the examination that is under way."""
        return await self._piece() if self.checking else None

    async def _piece(self) -> Any:
        self.checking = self.checking or "…"
        try:
            found = await self._run(examine_piece, after=self._after, now=self._now())
        except BaseException:
            self.checking = ""
            raise
        self._after, self._rows_read = found.after, self._rows_read + found.rows
        self._faults = [*self._faults, *(fault_text(fault) for fault in found.faults)]
        if found.after:
            self.checking = t("trail.check.running", done=found.after, blocks=found.blocks)
            return TrailState.check_on
        self._tell(found)
        return None

    def _tell(self, found: Progress) -> None:
        self.checking = ""
        if self._faults:
            count = len(self._faults)
            self.wrong = t("trail.check.wrong", count=count, what=self._faults[0])
        elif found.blocks:
            self.checked = t(
                "trail.check.fine",
                blocks=found.blocks,
                rows=self._rows_read,
                unclosed=found.unclosed,
            )
        else:
            self.checked = t("trail.check.none")
