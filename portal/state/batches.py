"""The card on a closed class that makes and hands out everybody's certificate files."""

from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.errors import PortalError
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import certificate_batches
from portal.services.certificate_batches import BatchView
from portal.services.unit import guarded
from portal.state.base import PageState, handler
from portal.state.following import keep_looking
from portal.state.inputs import path_part

# How often to look while the background works, and for how long at most: a quarter of an hour.
_EVERY_S, _LOOKS = 1.0, 900


class BatchState(PageState, rx.State):
    """How far the files are; which class, stands in the address."""

    # "" shows no card; none, working or done.
    stage: str = ""
    percent: int = 0
    percent_text: str = ""
    done_text: str = ""
    failed: list[str] = []
    zip_href: str = ""
    print_href: str = ""
    _watch_no: int = 0

    @rx.event
    @handler(Permission.RUN_SESSION)
    async def load(self) -> Any:
        """Show the card to whoever may close classes, and go on looking while it moves."""
        self.stage = ""
        try:
            moving = await self._look()
        except PortalError:
            # The page itself says what is wrong with the class; instructors see no card.
            self.stage = ""
            return None
        self._watch_no += 1
        return BatchState.watch if moving else None

    @rx.event
    @handler(Permission.FINISH_CLASS)
    async def start(self) -> Any:
        """Have the missing files made."""
        found = await self._run(
            certificate_batches.start, class_id=self._class_id(), now=self._now()
        )
        self._show(found)
        self._watch_no += 1
        return BatchState.watch

    @rx.event(background=True)
    @guarded(Permission.FINISH_CLASS)
    async def watch(self) -> None:
        """Look again every second until the work is done, or a later look has begun."""
        await keep_looking(self, every_s=_EVERY_S, looks=_LOOKS)

    def _class_id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "class_id")

    async def _look(self) -> bool:
        class_id = self._class_id()
        found = await self._run(certificate_batches.look, class_id=class_id, now=self._now())
        self.zip_href = f"/files/classes/{class_id}/certificates.zip"
        self.print_href = f"/files/classes/{class_id}/certificates.pdf"
        self._show(found)
        return found.is_moving

    def _show(self, found: BatchView) -> None:
        figures = {"done": f"{found.done:,}", "total": f"{found.total:,}"}
        self.stage = found.state
        self.percent = found.done * 100 // found.total if found.total else 0
        self.percent_text = t("batches.of_total", **figures)
        whole = found.done == found.total
        self.done_text = t("batches.ready" if whole else "batches.some", **figures)
        self.failed = list(found.failed)
