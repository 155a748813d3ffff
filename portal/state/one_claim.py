"""One claim on a page, whoever looks at it: how it is read, and how a step is taken and told."""

from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.locale import t
from portal.services.claims import views
from portal.state.base import PageState
from portal.state.claim_rows import ClaimPage, claim_page
from portal.state.inputs import path_part


class OneClaim(PageState, rx.State, mixin=True):
    """Base of the states of one claim; each says for itself who may load it and act on it."""

    item: ClaimPage = ClaimPage()
    done: str = ""

    async def _act(self, service: Any, word: str, **more: object) -> None:
        self.done = ""
        await self._run(service, claim_id=self._id(), now=self._now(), **more)
        await self._say(word)

    async def _say(self, word: str) -> None:
        await self._read()
        self.done = t(f"claims.done.{word}")

    async def _read(self) -> None:
        now = self._now()
        self.item = claim_page(await self._run(views.claim, claim_id=self._id(), now=now), now)

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2))
