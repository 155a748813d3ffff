"""企业自主评价备案: what an enterprise files, and the desk that assesses it."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.levels import SkillLevel
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.policies import reference
from portal.services.self_evaluation import assessing, filing, views
from portal.services.self_evaluation.assessing import POINTS
from portal.services.self_evaluation.filing import EvaluationForm
from portal.services.self_evaluation.views import FilingView
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.facts_options import Option
from portal.state.fresh import forget
from portal.state.inputs import query_value, text_of, whole_number
from portal.state.listing_desk import typed_day
from portal.state.pager import page_number, pager
from portal.state.texts import date_text

HOME = "/admin/evaluations"
_TONES = {"filed": "info", "accepted": "good", "returned": "warn", "ended": "bad", "lapsed": "warn"}


@dataclass(frozen=True)
class FilingRow:
    """A filing in words."""

    key: str
    employer: str
    trade: str
    plan: str
    facts: str
    tone: str
    state: str
    dates: str
    answer: str
    waits: bool
    in_force: bool


@dataclass(frozen=True)
class ShowLink:
    """A filter of the list; ``chosen`` is the present one."""

    href: str
    label: str
    chosen: bool


class EvaluationsState(PageState, rx.State):
    """The filings of the officer's region."""

    rows: list[FilingRow] = []
    links: list[ShowLink] = []
    found: str = ""
    previous: str = ""
    place: str = ""
    next: str = ""
    nothing: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def accept(self, form: dict[str, str]) -> None:
        """The enterprise may evaluate."""
        await self._run(
            assessing.accept,
            filing_id=parse_id(text_of(form, "key")),
            points=[point for point in POINTS if text_of(form, point)],
            doc_no=text_of(form, "doc_no"),
            valid_until=typed_day(form, "valid_until"),
            now=self._now(),
        )
        await self._after("accepted")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def send_back(self, form: dict[str, str]) -> None:
        """Something is missing."""
        await self._run(
            assessing.send_back,
            filing_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._after("returned")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def end(self, form: dict[str, str]) -> None:
        """It may not evaluate any more."""
        await self._run(
            assessing.end,
            filing_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._after("ended")

    async def _after(self, what: str) -> None:
        await self._show()
        self.done = t(f"evaluation.desk.{what}")

    async def _show(self) -> None:
        query = self.router.url.query
        show = "all" if query_value(query, "show") == "all" else "waiting"
        number = page_number(query_value(query, "page"))
        page = await self._run(views.desk, waiting=show == "waiting", page=number, now=self._now())
        self.rows = [row_of(one) for one in page.items]
        self.links = [
            ShowLink(f"{HOME}?show={name}", t(f"evaluation.desk.{name}"), name == show)
            for name in ("waiting", "all")
        ]
        self.found = t("evaluation.desk.count", count=page.total)
        self.nothing = t("evaluation.desk.empty_all" if show == "all" else "evaluation.desk.empty")
        around = pager(
            lambda n: f"{HOME}?show={show}&page={n}",
            page=page.page,
            size=page.size,
            total=page.total,
        )
        self.previous, self.place, self.next = around.previous, around.text, around.next


class OwnEvaluationsState(PageState, rx.State):
    """What my enterprise filed, and the form for another trade."""

    rows: list[FilingRow] = []
    levels: list[Option] = []
    occupations: list[str] = []
    done: str = ""

    @rx.event
    @handler(Permission.FILE_EVALUATION)
    async def load(self) -> None:
        """Show what was filed."""
        forget(self)
        self.levels = [
            Option(value=f"level_{int(rank)}", label=rank.printed_name) for rank in SkillLevel
        ]
        self.occupations = [f"{one.name} {one.code}" for one in reference.occupations()]
        await self._show()

    @rx.event
    @handler(Permission.FILE_EVALUATION)
    async def file(self, form: dict[str, str]) -> None:
        """File a trade."""
        ranks = tuple(int(rank) for rank in SkillLevel if text_of(form, f"level_{int(rank)}"))
        wish = EvaluationForm(
            occupation=text_of(form, "occupation"),
            levels=ranks,
            plan=text_of(form, "plan"),
            staff=whole_number(text_of(form, "staff"), 0),
            level_linked_pay=bool(text_of(form, "level_linked_pay")),
        )
        await self._run(filing.file, form=wish, now=self._now())
        await self._after("sent")

    @rx.event
    @handler(Permission.FILE_EVALUATION)
    async def withdraw(self, form: dict[str, str]) -> None:
        """Take one back before it is answered."""
        key = parse_id(text_of(form, "key"))
        await self._run(filing.withdraw, filing_id=key, now=self._now())
        await self._after("withdrawn")

    async def _after(self, what: str) -> None:
        await self._show()
        self.done = t(f"evaluation.own.{what}")

    async def _show(self) -> None:
        found = await self._run(views.own, now=self._now())
        self.rows = [row_of(one) for one in found]


def row_of(one: FilingView) -> FilingRow:
    """A filing as both sides read it."""
    pay = t("evaluation.desk.pay_yes" if one.level_linked_pay else "evaluation.desk.pay_no")
    staff = t("evaluation.desk.staff", count=one.staff)
    return FilingRow(
        key=str(one.id),
        employer=f"{one.employer} · {one.region}",
        trade=one.trade,
        plan=one.plan,
        facts=f"{staff} · {pay}",
        tone=_TONES.get(one.standing, "plain"),
        state=t(f"evaluation.state.{one.standing}"),
        dates=_dates(one),
        answer=one.answer,
        waits=one.standing == "filed",
        in_force=one.standing == "accepted",
    )


def _dates(one: FilingView) -> str:
    if one.standing == "filed":
        return t("evaluation.own.due", day=date_text(one.due_on))
    if one.valid_until is not None:
        return t("evaluation.own.until", day=date_text(one.valid_until), doc=one.doc_no)
    return t("evaluation.own.filed_on", day=date_text(day_of(one.filed_at)))
