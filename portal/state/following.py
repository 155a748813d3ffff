"""Looking again while the background works on what a page shows."""

import asyncio
from typing import Any

from portal.domain.errors import PortalError


async def keep_looking(state: Any, *, every_s: float, looks: int) -> None:
    """Call ``state._look()`` until it answers False or refuses, or a later look has begun.

    ``state`` is a Reflex background task's own; it counts its looks in ``_watch_no``. Nobody looks
    for ever: a page that was left open stops after ``looks``.
    """
    async with state:
        mine = state._watch_no
    for _ in range(looks):
        await asyncio.sleep(every_s)
        async with state:
            try:
                if state._watch_no != mine or not await state._look():
                    return
            except PortalError:
                return
