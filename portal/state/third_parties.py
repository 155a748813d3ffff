"""Samples for reviewers from outside, at the office: the list, a new one, what was found."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.casework import choosing
from portal.services.third_party import assignments, drawing, oversight
from portal.services.third_party.assignments import Reviewer, Wanted
from portal.services.third_party.oversight import AssignmentRow, AssignmentView
from portal.state.base import PageState, handler
from portal.state.casework_rows import Choice, Entry, FileCard, day_typed
from portal.state.fresh import forget
from portal.state.inputs import clean, path_part, query_value, text_of, whole_number
from portal.state.pager import page_number, pager
from portal.state.texts import span_of_days

_HOME = "/admin/third-parties"
_TONES = {
    "coming": "plain",
    "running": "info",
    "reported": "good",
    "over": "warn",
    "ended": "plain",
}
VERDICT_TONES = {"ok": "good", "question": "warn", "fault": "bad", "": "plain"}
P = Permission
# What the names of the boxes begin with that choose institutions.
TICKED = "of_"


def assignment_card(row: AssignmentRow) -> FileCard:
    """An assignment in the list."""
    unit = t(f"third_party.unit.{row.unit}")
    drawn = t("third_party.drawn", size=row.size, of=row.population, unit=unit)
    found = t("third_party.found", looked=row.looked, questions=row.questions, faults=row.faults)
    return FileCard(
        href=f"{_HOME}/{row.assignment_id}",
        title=row.title,
        lines=[row.reviewer, drawn, found, span_of_days(row.from_on, row.until_on)],
        tone=_TONES[row.state],
        word=t(f"third_party.state.{row.state}"),
    )


def reviewer_words(one: Reviewer) -> str:
    """A name, with how often they looked here."""
    return t("third_party.worked_here", name=one.name, n=one.times) if one.times else one.name


class ThirdPartiesState(PageState, rx.State):
    """The list and the form for a new one."""

    cards: list[FileCard] = []
    reviewers: list[Choice] = []
    institutions: list[Choice] = []
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """List them, the newest first."""
        forget(self)
        page = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(oversight.listed, page=page, now=self._now())
        self.cards = [assignment_card(row) for row in found.items]
        ways = pager(
            lambda n: f"{_HOME}?{urlencode({'page': n})}",
            page=found.page, size=found.size, total=found.total,
        )  # fmt: skip
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text
        people = await self._run(assignments.reviewers)
        self.reviewers = [Choice(str(one.account_id), reviewer_words(one)) for one in people]
        rows = await self._run(choosing.institutions)
        self.institutions = [Choice(f"{TICKED}{key}", name) for key, name in rows]

    @rx.event
    @handler(P.HANDLE_CASES)
    async def assign(self, form: dict[str, object]) -> Any:
        """Draw a sample and give it out."""
        wanted = Wanted(
            reviewer_account_id=parse_id(text_of(form, "reviewer"), "reviewer"),
            title=text_of(form, "title"),
            unit=text_of(form, "unit"),
            period_from=day_typed(form, "period_from"),
            period_to=day_typed(form, "period_to"),
            size=whole_number(text_of(form, "size"), 0),
            from_on=day_typed(form, "from_on"),
            until_on=day_typed(form, "until_on"),
            institution_ids=chosen(form),
            shows_names=text_of(form, "names") == "yes",
        )
        made = await self._run(assignments.assign, wanted=wanted, now=self._now())
        return rx.redirect(f"{_HOME}/{made}")


def chosen(form: object) -> tuple[UUID, ...]:
    """The institutions that were ticked; none of them is the whole region."""
    names = form if isinstance(form, dict) else {}
    ticked = sorted(
        str(name).removeprefix(TICKED)
        for name, value in names.items()
        if str(name).startswith(TICKED) and value
    )
    return tuple(parse_id(one, "institution") for one in ticked)


class ThirdPartyState(PageState, rx.State):
    """One assignment with what was found, and the proof of its sample."""

    card: FileCard = FileCard("", "", [], "plain", "")
    period: str = ""
    reach: str = ""
    names: str = ""
    items: list[Entry] = []
    report: str = ""
    seed: str = ""
    proof: str = ""
    runs: bool = False
    done: str = ""

    @rx.event
    @handler(P.HANDLE_CASES)
    async def load(self) -> None:
        """Read the assignment that the address names."""
        forget(self)
        await self._read()

    @rx.event
    @handler(P.HANDLE_CASES)
    async def prove(self) -> None:
        """Draw the sample again."""
        found = await self._run(drawing.prove, assignment_id=self._id())
        if found.same_sample:
            self.proof = t("third_party.proof_same", of=found.population_now)
        elif found.same_population:
            self.proof = t("third_party.proof_wrong")
        else:
            self.proof = t(
                "third_party.proof_changed", then=found.population_then, now=found.population_now
            )

    @rx.event
    @handler(P.HANDLE_CASES)
    async def end(self) -> None:
        """End it before its time."""
        await self._run(assignments.end, assignment_id=self._id(), now=self._now())
        await self._read(t("third_party.ended"))

    def _id(self) -> UUID:
        return parse_id(clean(path_part(self.router.url.path, 2)), "assignment_id")

    async def _read(self, done: str = "") -> None:
        ask = oversight.assignment
        self._show(await self._run(ask, assignment_id=self._id(), now=self._now()))
        self.done = done

    def _show(self, found: AssignmentView) -> None:
        self.card = assignment_card(found.row)
        self.period = t("third_party.period", span=_span(found.period_from, found.period_to))
        self.reach = (
            t("third_party.reach", names="、".join(found.institutions))
            if found.institutions
            else t("third_party.reach_all")
        )
        self.names = t(f"third_party.names_{found.shows_names}".lower())
        self.report, self.seed = found.report, found.seed
        self.runs = found.row.state in ("coming", "running", "reported")
        self.items = [
            Entry(
                str(one.seq_no),
                f"{one.seq_no}. {one.title}",
                [f"{one.institution} · {one.when}", *([one.note] if one.note else [])],
                VERDICT_TONES[one.verdict],
                t(f"third_party.verdict.{one.verdict or 'none'}"),
            )
            for one in found.items
        ]


def _span(first: date, last: date) -> str:
    return span_of_days(first, last)
