"""Who looked at my file, a page at a time."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import access_log
from portal.services.access_log import Access
from portal.services.times import clock_text, day_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import query_value
from portal.state.pager import page_number, pager

_HOME = "/me/access"


@dataclass(frozen=True)
class AccessRow:
    """What one account did on one day. ``fields`` is empty where nothing was read."""

    key: str
    day: str
    who: str
    role: str
    what: str
    fields: str
    why_label: str
    why: str
    times: str
    ask: str


def access_row(one: Access) -> AccessRow:
    """A look in words."""
    clock = clock_text(one.at)
    many = t("rights.access.times", times=one.times, clock=clock)
    return AccessRow(
        key=one.key,
        day=t("rights.access.day", year=one.day.year, day=day_text(one.day)),
        who=one.who,
        role=one.role,
        what=one.what,
        fields=one.fields,
        why_label=t(f"rights.access.why_{'typed' if one.typed else 'standing'}"),
        why=one.why,
        times=many if one.times > 1 else t("rights.access.once", clock=clock),
        ask=one.ask,
    )


def _address(page: int) -> str:
    return _HOME if page == 1 else f"{_HOME}?page={page}"


class AccessState(PageState, rx.State):
    """One page of looks; which one stands in the address."""

    rows: list[AccessRow] = []
    count: str = ""
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Load the page that the address names."""
        forget(self)
        wanted = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(access_log.my_access, page=wanted, now=self._now())
        self.rows = [access_row(one) for one in found.items]
        self.count = t("rights.access.count", total=found.total)
        way = pager(_address, page=found.page, size=found.size, total=found.total)
        self.previous, self.next, self.place = way.previous, way.next, way.text
