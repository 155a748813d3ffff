"""Local supplements: the list of a region, a new entry, one entry with its answers."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import reflex as rx

from portal.domain.levels import SkillLevel
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.policies import reference
from portal.services.claims.texts import yuan
from portal.services.supplements import answering, drafting, filing, views
from portal.services.supplements.views import EntryView, FilingView, SupplementDesk
from portal.services.supplements.words import EntryForm
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.facts_options import Option
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of, whole_number
from portal.state.pager import page_number, pager
from portal.state.texts import date_text

HOME = "/admin/supplements"
_TONES = {
    "draft": "plain",
    "filed": "info",
    "accepted": "good",
    "rejected": "warn",
    "withdrawn": "plain",
}
_FIELDS = (
    *("code", "title", "plan", "training_type", "subject", "level"),
    *("theory_hours", "practice_hours", "fee", "why", "description"),
)


@dataclass(frozen=True)
class SupplementRow:
    """An entry in a list."""

    key: str = ""
    href: str = ""
    title: str = ""
    about: str = ""
    place: str = ""
    tone: str = "plain"
    state: str = ""
    due: str = ""
    answer: str = ""


@dataclass(frozen=True)
class ShowLink:
    """A filter of the list; ``chosen`` is the present one."""

    href: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FilingRow:
    """One filing with its answer."""

    heading: str
    dates: str
    tone: str
    outcome: str
    answer: str
    changed: str


@dataclass(frozen=True)
class FactRow:
    """A line of what an entry says."""

    label: str
    text: str


@dataclass(frozen=True)
class EntryFields:
    """The form of an entry as it stands, and what it offers to choose from."""

    code: str = ""
    title: str = ""
    plan: str = ""
    training_type: str = ""
    subject: str = ""
    level: str = ""
    theory_hours: str = ""
    practice_hours: str = ""
    fee: str = "0"
    why: str = ""
    description: str = ""
    plans: list[Option] = field(default_factory=list)
    training_types: list[Option] = field(default_factory=list)
    levels: list[Option] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


class SupplementsState(PageState, rx.State):
    """The entries of the region, a page at a time; the city files from here."""

    files: bool = False
    lead: str = ""
    links: list[ShowLink] = []
    rows: list[SupplementRow] = []
    ready: list[SupplementRow] = []
    found: str = ""
    previous: str = ""
    place: str = ""
    next: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def load(self) -> None:
        """Show the page that the address names."""
        forget(self)
        await self._load()

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def file(self, form: dict[str, Any]) -> None:
        """File the ticked entries upward with their document."""
        ticked = [name for name in form if isinstance(name, str) and len(name) == 36]
        count = await self._run(
            filing.file,
            entry_ids=[parse_id(name) for name in ticked],
            doc_no=text_of(form, "doc_no"),
            now=self._now(),
        )
        await self._load()
        self.done = t("supplements.page.filed", count=count)

    async def _load(self) -> None:
        query = self.router.url.query
        show = query_value(query, "show") or "all"
        number = page_number(query_value(query, "page"))
        found = await self._run(views.desk, show=show, page=number, now=self._now())
        self.files = found.files
        self.lead = _lead(found)
        self.links = _links(found, show)
        self.rows = [row_of(one) for one in found.page.items]
        self.found = t("supplements.page.count", count=found.page.total)
        around = pager(
            lambda n: f"{HOME}?show={show}&page={n}",
            page=found.page.page,
            size=found.page.size,
            total=found.page.total,
        )
        self.previous, self.place, self.next = around.previous, around.text, around.next
        waiting = await self._run(views.fileable, now=self._now()) if found.files else ()
        self.ready = [row_of(one) for one in waiting]


class NewSupplementState(PageState, rx.State):
    """The form of a new entry."""

    form: EntryFields = EntryFields()

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def load(self) -> None:
        """Offer the plans of the region."""
        forget(self)
        self.form = offered(await self._run(views.plan_options, now=self._now()))

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def save(self, form: dict[str, Any]) -> Any:
        """Keep it as a draft and open it."""
        made = await self._run(drafting.draft, form=typed(form), now=self._now())
        return rx.redirect(f"{HOME}/{made}")


class SupplementState(PageState, rx.State):
    """One entry: what it says, its filings, what can be done with it."""

    row: SupplementRow = SupplementRow()
    facts: list[FactRow] = []
    filings: list[FilingRow] = []
    form: EntryFields = EntryFields()
    may_correct: bool = False
    may_withdraw: bool = False
    may_take_back: bool = False
    may_answer: bool = False
    note: str = ""
    round_no: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def load(self) -> None:
        """Open the one that the address names."""
        forget(self)
        await self._load()

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def correct(self, form: dict[str, Any]) -> None:
        """Put what was typed in its place."""
        await self._run(drafting.correct, entry_id=self._id(), form=typed(form), now=self._now())
        await self._reload("supplements.page.corrected")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def withdraw(self, form: dict[str, Any]) -> None:
        """Give it up."""
        await self._run(
            drafting.withdraw,
            entry_id=self._id(),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._reload("supplements.page.withdrawn")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def take_back(self) -> None:
        """Take it back before it is answered."""
        await self._run(filing.take_back, entry_id=self._id(), now=self._now())
        await self._reload("supplements.page.taken_back")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def accept(self, form: dict[str, Any]) -> None:
        """Accept it as it reads on the screen."""
        await self._run(answering.accept, **self._answer(form), now=self._now())
        await self._reload("supplements.page.accepted")

    @rx.event
    @handler(Permission.FILE_SUPPLEMENTS)
    async def reject(self, form: dict[str, Any]) -> None:
        """Reject it with a reason."""
        await self._run(answering.reject, **self._answer(form), now=self._now())
        await self._reload("supplements.page.rejected")

    def _answer(self, form: dict[str, Any]) -> dict[str, Any]:
        return {
            "entry_id": self._id(),
            "round_no": whole_number(text_of(form, "round_no"), 0),
            "reason": text_of(form, "reason"),
        }

    async def _reload(self, done: str) -> None:
        await self._load()
        self.done = t(done)

    async def _load(self) -> None:
        found = await self._run(views.see, entry_id=self._id(), now=self._now())
        self.row = row_of(found)
        self.facts = facts_of(found)
        self.filings = [filing_row(one) for one in found.filings]
        self.may_correct = "correct" in found.acts
        self.may_withdraw = "withdraw" in found.acts
        self.may_take_back = "take_back" in found.acts
        self.may_answer = "accept" in found.acts
        self.note = t(f"supplements.page.note_{found.state}")
        self.round_no = str(found.filings[0].round_no) if found.filings else ""
        self.done = ""
        if self.may_correct:
            plans = await self._run(views.plan_options, now=self._now())
            self.form = offered(plans, found)

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "entry_id")


def row_of(one: EntryView) -> SupplementRow:
    """An entry as a list shows it."""
    latest = one.filings[0] if one.filings else None
    about = (
        one.subject_name,
        one.level_name,
        t("public.classes.hours", hours=one.theory_hours + one.practice_hours),
    )
    return SupplementRow(
        key=str(one.id),
        href=f"{HOME}/{one.id}",
        title=one.title,
        about=" · ".join(dict.fromkeys(filter(None, about))),
        place=one.region_name,
        tone=_TONES[one.state],
        state=t(f"supplements.state.{one.state}"),
        due=due_text(latest) if latest and not latest.outcome else "",
        answer=latest.answer if latest and one.state in ("rejected", "accepted") else "",
    )


def due_text(filed: FilingView) -> str:
    """Until when an answer is due, in working days."""
    day = date_text(filed.due_on)
    if filed.days_left < 0:
        return t("supplements.page.overdue", day=day)
    return t("supplements.page.due", day=day, left=filed.days_left)


def filing_row(one: FilingView) -> FilingRow:
    """A filing as the history shows it."""
    outcome = one.outcome or "waiting"
    tones = {"accepted": "good", "rejected": "warn", "waiting": "info"}
    filed = date_text(day_of(one.filed_at))
    answered = date_text(day_of(one.decided_at)) if one.decided_at else ""
    changed = "、".join(t(f"supplements.field.{name}") for name in one.changed if name != "plan_id")
    return FilingRow(
        heading=t("supplements.page.round", number=one.round_no, doc=one.doc_no),
        dates=t("supplements.page.filed_answered", filed=filed, answered=answered)
        if answered
        else t("supplements.page.filed_on", filed=filed) + due_text(one),
        tone=tones.get(outcome, "plain"),
        outcome=t(f"supplements.outcome.{outcome}"),
        answer=t("supplements.page.answer", answer=one.answer) if one.answer else "",
        changed=t("supplements.page.changed", fields=changed) if changed else "",
    )


def facts_of(one: EntryView) -> list[FactRow]:
    """What an entry says, line by line."""
    lines = (
        ("region", one.region_name),
        ("code", one.code),
        ("subject", f"{one.subject_name} {one.subject}"),
        ("level", one.level_name),
        ("training_type", one.training_type_name),
        ("plan", one.plan_name),
        (
            "hours",
            t(
                "supplements.page.hours",
                total=one.theory_hours + one.practice_hours,
                theory=one.theory_hours,
                practice=one.practice_hours,
            ),
        ),
        ("fee", yuan(one.fee_fen) if one.fee_fen else t("supplements.page.no_fee")),
        ("why", one.why),
        ("description", one.description),
    )
    return [FactRow(t(f"supplements.field.{name}"), text) for name, text in lines if text]


def offered(plans: tuple[views.PlanOption, ...], one: EntryView | None = None) -> EntryFields:
    """The form with its choices, filled with an entry where there is one."""
    kinds = [Option(kind.code, kind.name) for kind in reference.training_types()]
    ranks = [Option("", t("catalogue.no_level"))]
    ranks += [Option(str(int(level)), level.printed_name) for level in SkillLevel]
    subjects = [f"{each.name} {each.code}" for each in reference.occupations()]
    subjects += [f"{each.name} {each.code}" for each in reference.topics()]
    empty = EntryFields(
        plan=plans[0].key if plans else "",
        training_type="JOB_SKILL",
        plans=[Option(plan.key, _plan_label(plan)) for plan in plans],
        training_types=kinds,
        levels=ranks,
        subjects=subjects,
    )
    if one is None:
        return empty
    return replace(
        empty,
        code=one.code,
        title=one.title,
        plan=one.plan_key,
        training_type=one.training_type,
        subject=f"{one.subject_name} {one.subject}",
        level=str(one.level) if one.level else "",
        theory_hours=str(one.theory_hours),
        practice_hours=str(one.practice_hours),
        fee=f"{one.fee_fen / 100:g}",
        why=one.why,
        description=one.description,
    )


def typed(form: dict[str, Any]) -> EntryForm:
    """What was typed into the form."""
    return EntryForm(**{name: text_of(form, name) for name in _FIELDS})


def _plan_label(plan: views.PlanOption) -> str:
    number = plan.key.partition(":")[2]
    least = t("supplements.page.at_least", hours=plan.min_hours) if plan.min_hours else ""
    return f"{number} {plan.name}{least}"


def _lead(found: SupplementDesk) -> str:
    if found.files:
        return t("supplements.page.lead_files", region=found.region_name, desk=found.desk_name)
    return t("supplements.page.lead_answers", region=found.region_name)


def _links(found: SupplementDesk, show: str) -> list[ShowLink]:
    """The filters that lead somewhere, with their counts."""
    total = sum(found.counts.values())
    offered = [("all", total), ("todo", found.todo)]
    offered += [(state, found.counts.get(state, 0)) for state in views.SHOWN[1:-1]]
    return [
        ShowLink(
            href=HOME if name == "all" else f"{HOME}?show={name}",
            label=t("supplements.page.link", name=t(f"supplements.show.{name}"), count=count),
            chosen=name == show,
        )
        for name, count in offered
        if count or name in ("all", show)
    ]
