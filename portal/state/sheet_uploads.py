"""Beside the sheet: what devices without a link brought to it."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import has, t
from portal.services.offline_lines import UploadLine
from portal.services.sheet_uploads import session_uploads
from portal.services.times import clock_text
from portal.state.base import PageState, handler
from portal.state.inputs import path_part

_TONES = {"accepted": "good", "merged": "info", "conflict": "warn", "refused": "bad"}
_LOOK_AT = ("conflict", "refused")


@dataclass(frozen=True)
class UploadRow:
    """One uploaded sign-in in words."""

    key: str
    name: str
    status: str
    tone: str
    facts: str
    text: str


def upload_row(line: UploadLine) -> UploadRow:
    """Whose, when, by which way, and what became of it."""
    phase, method = f"appeals.phase.{line.phase}", f"method.{line.method}"
    parts = [
        clock_text(line.occurred_at) if line.occurred_at else "",
        t(phase) if has(phase) else "",
        t(method) if has(method) else "",
        t(f"sheet_uploads.source_{line.source}"),
    ]
    return UploadRow(
        key=str(line.id),
        name=line.name or t("sheet_uploads.nobody"),
        status=t(f"offline.js.outcome_{line.outcome}"),
        tone=_TONES[line.outcome],
        facts=" · ".join(part for part in parts if part),
        text=line.text if line.outcome in _LOOK_AT else "",
    )


class SheetUploadsState(PageState, rx.State):
    """The uploads of the session in the address."""

    total: int = 0
    summary: str = ""
    look_at: list[UploadRow] = []
    fine: list[UploadRow] = []

    @rx.event
    @handler(Permission.CONFIRM_ATTENDANCE)
    async def load(self) -> None:
        """Show the uploads."""
        self.status, self.total = "loading", 0
        session_id = parse_id(path_part(self.router.url.path, 2), "session_id")
        found = await self._run(session_uploads, session_id=session_id, now=self._now())
        self.look_at = [upload_row(one) for one in found if one.outcome in _LOOK_AT]
        self.fine = [upload_row(one) for one in found if one.outcome not in _LOOK_AT]
        self.total = len(found)
        self.summary = t("sheet_uploads.summary", count=len(found), odd=len(self.look_at))
