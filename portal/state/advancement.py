"""竞赛及荣誉晋升: the desk that decides about suggestions, and what the owner reads of them."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.advancement import deciding, views
from portal.services.advancement.views import Suggestion
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.evaluations import ShowLink
from portal.state.fresh import forget
from portal.state.inputs import query_value, text_of
from portal.state.pager import page_number, pager
from portal.state.texts import date_text

HOME = "/admin/advancements"
_TONES = {"open": "info", "recommended": "good", "declined": "plain"}


@dataclass(frozen=True)
class SuggestionRow:
    """A suggestion in words; ``said`` is what its owner reads of where it stands."""

    key: str
    level: str
    owner: str
    won: str
    tone: str
    state: str
    rule: str
    source: str
    quote: str
    caveat: str
    dates: str
    answer: str
    said: str
    ask: str
    warning: str
    waits: bool


class AdvancementsState(PageState, rx.State):
    """The suggestions for people of the officer's region."""

    rows: list[SuggestionRow] = []
    links: list[ShowLink] = []
    found: str = ""
    previous: str = ""
    place: str = ""
    next: str = ""
    nothing: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def recommend(self, form: dict[str, str]) -> None:
        """The owner may apply for the level."""
        await self._run(
            deciding.recommend,
            advancement_id=parse_id(text_of(form, "key")),
            place=text_of(form, "place"),
            now=self._now(),
        )
        await self._show()
        self.done = t("advancement.desk.recommended")

    @rx.event
    @handler(Permission.ISSUE_CERTIFICATES)
    async def decline(self, form: dict[str, str]) -> None:
        """The level is not recommended."""
        await self._run(
            deciding.decline,
            advancement_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._show()
        self.done = t("advancement.desk.declined")

    async def _show(self) -> None:
        query = self.router.url.query
        show = "all" if query_value(query, "show") == "all" else "waiting"
        number = page_number(query_value(query, "page"))
        page = await self._run(views.desk, waiting=show == "waiting", page=number)
        self.rows = [suggestion_row(one) for one in page.items]
        self.links = [
            ShowLink(f"{HOME}?show={name}", t(f"advancement.desk.{name}"), name == show)
            for name in ("waiting", "all")
        ]
        self.found = t("advancement.desk.count", count=page.total)
        none = "advancement.desk.empty_all" if show == "all" else "advancement.desk.empty"
        self.nothing = t(none)
        around = pager(
            lambda n: f"{HOME}?show={show}&page={n}",
            page=page.page,
            size=page.size,
            total=page.total,
        )
        self.previous, self.place, self.next = around.previous, around.text, around.next


def suggestion_row(one: Suggestion) -> SuggestionRow:
    """A suggestion as officers and its owner read it."""
    title = f"{one.title} {one.note}".strip()
    where = f" · {one.region}" if one.region else ""
    said = {"level": one.level, "title": title, "answer": one.answer}
    return SuggestionRow(
        key=str(one.id),
        level=one.level,
        owner=f"{one.owner}{where}",
        won=t("advancement.won", title=title, day=date_text(one.won_on), issuer=one.issuer),
        tone=_TONES[one.state],
        state=t(f"advancement.state.{one.state}"),
        rule=one.rule,
        source=one.source,
        quote=one.quote,
        caveat=one.caveat,
        dates=_dates(one),
        answer=t(f"advancement.answer.{one.state}", answer=one.answer) if one.answer else "",
        said=t(f"advancement.own.{one.state}", **said),
        ask=t("advancement.own.ask", ask=one.ask) if one.state != "open" else "",
        warning=t("advancement.desk.changed") if one.line_changed else "",
        waits=one.state == "open",
    )


def _dates(one: Suggestion) -> str:
    if one.decided_at is not None:
        return t("advancement.decided_on", day=date_text(day_of(one.decided_at)))
    return t("advancement.due", day=date_text(one.due_on))
