"""What people stated and an officer verifies: the list, and one of them."""

from dataclasses import dataclass, field
from uuid import UUID

import reflex as rx

from portal.domain.errors import NotFound
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services import facts_checks, facts_terms, facts_values, facts_verdicts
from portal.services.facts_checks import CheckDetail, OpenCheck
from portal.services.facts_verdicts import Settled
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.facts import TONES
from portal.state.facts_form import day_of_form
from portal.state.facts_options import Option, options_of
from portal.state.fresh import forget
from portal.state.inputs import path_part, query_value, text_of, whole_number
from portal.state.texts import date_text

_HOME = "/admin/facts"


@dataclass(frozen=True)
class CheckCard:
    """Something to verify."""

    href: str = ""
    what: str = ""
    person: str = ""
    stated: str = ""
    status: str = ""
    tone: str = "plain"
    lines: list[str] = field(default_factory=list)
    note: str = ""


@dataclass(frozen=True)
class KindLink:
    """A filter of the list."""

    href: str
    label: str
    active: bool


def check_card(row: OpenCheck) -> CheckCard:
    """A statement as the list and its own page show it."""
    who = (row.person_masked, row.region_name)
    stated = t(
        "facts.checks.stated",
        day=date_text(day_of(row.stated_at)),
        source=t(f"facts.source.{row.source}"),
    )
    return CheckCard(
        href=f"{_HOME}/{row.id}",
        what=row.what,
        person=" · ".join(part for part in who if part),
        stated=stated,
        status=t(f"facts.status.{row.status}"),
        tone=TONES[row.status],
        lines=[t("facts.page.line", label=line.label, text=line.text) for line in row.lines],
        note=t("facts.checks.report", note=row.note) if row.status == "reported" else "",
    )


def kind_links(active: str) -> list[KindLink]:
    """All, and each kind."""
    links = [KindLink(_HOME, t("facts.checks.all"), active == "")]
    for name in facts_checks.KINDS:
        label = facts_terms.kind_name(name)
        links.append(KindLink(f"{_HOME}?kind={name}", label, active == name))
    return links


class FactChecksState(PageState, rx.State):
    """One page of what waits; filter and page stand in the address."""

    cards: list[CheckCard] = []
    links: list[KindLink] = []
    count: str = ""
    place: str = ""
    previous: str = ""
    next: str = ""

    @rx.event
    @handler(Permission.VERIFY_FACTS)
    async def load(self) -> None:
        """Show the page that the address names, oldest first."""
        forget(self)
        query = self.router.url.query
        wanted = query_value(query, "kind")
        wanted = wanted if wanted in facts_checks.KINDS else ""
        number = max(whole_number(query_value(query, "page"), 1), 1)
        found = await self._run(facts_checks.open_checks, kind=wanted, page=number, now=self._now())
        pages = max(1, -(-found.total // found.size))
        address = f"{_HOME}?kind={wanted}&page=" if wanted else f"{_HOME}?page="
        self.cards = [check_card(row) for row in found.items]
        self.links = kind_links(wanted)
        self.count = t("facts.checks.count", total=found.total)
        self.place = t("admin.institutions.page", page=found.page, pages=pages)
        self.previous = f"{address}{found.page - 1}" if found.page > 1 else ""
        self.next = f"{address}{found.page + 1}" if found.page < pages else ""


class FactCheckState(PageState, rx.State):
    """One statement: whose it is, what helps to prove it, and what may be decided."""

    card: CheckCard = CheckCard()
    name: str = ""
    id_no: str = ""
    phone: str = ""
    residence: str = ""
    paper: str = ""
    earlier: list[str] = []
    instead: list[Option] = []
    # declared | reported: what is asked of the officer
    step: str = "declared"
    revealed: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.VERIFY_FACTS)
    async def load(self) -> None:
        """Open one; what somebody has decided by now is said so."""
        forget(self)
        check_id = self._id()
        try:
            detail = await self._run(facts_checks.see_check, check_id=check_id, now=self._now())
        except NotFound:
            self.done = t("facts.checks.gone")
        else:
            self._show(detail)

    @rx.event
    @handler(Permission.VERIFY_FACTS)
    async def reveal(self, form: dict[str, object]) -> None:
        """Show the whole number; the reason is kept."""
        reason = text_of(form, "reason")
        self.revealed = await self._run(
            facts_checks.reveal_number, check_id=self._id(), reason=reason, now=self._now()
        )

    @rx.event
    @handler(Permission.VERIFY_FACTS)
    async def verify(self, form: dict[str, object]) -> None:
        """It is true."""
        settled = await self._run(
            facts_verdicts.verify_fact,
            check_id=self._id(),
            document_ref=text_of(form, "document_ref"),
            valid_to=day_of_form(form, "valid_to"),
            now=self._now(),
        )
        self._finish(settled)

    @rx.event
    @handler(Permission.VERIFY_FACTS)
    async def refuse(self, form: dict[str, object]) -> None:
        """It is not true, or not proved."""
        settled = await self._run(
            facts_verdicts.refuse_fact,
            check_id=self._id(),
            reason=text_of(form, "reason"),
            instead=text_of(form, "instead"),
            now=self._now(),
        )
        self._finish(settled)

    @rx.event
    @handler(Permission.VERIFY_FACTS)
    async def end(self, form: dict[str, object]) -> None:
        """The report is right: what was verified is over."""
        reason = text_of(form, "reason")
        settled = await self._run(
            facts_verdicts.end_fact, check_id=self._id(), reason=reason, now=self._now()
        )
        self._finish(settled)

    @rx.event
    @handler(Permission.VERIFY_FACTS)
    async def keep(self, form: dict[str, object]) -> None:
        """The report is not right."""
        reason = text_of(form, "reason")
        settled = await self._run(
            facts_verdicts.keep_fact, check_id=self._id(), reason=reason, now=self._now()
        )
        self._finish(settled)

    def _id(self) -> UUID:
        return parse_id(path_part(self.router.url.path, 2), "check_id")

    def _show(self, detail: CheckDetail) -> None:
        self.card = check_card(detail.row)
        self.name, self.residence = detail.name, detail.residence
        self.id_no = t("facts.page.line", label=detail.id_type, text=detail.id_no_masked)
        self.phone, self.paper = detail.phone_masked, detail.paper
        self.step = detail.row.status
        self.earlier = [
            t(
                "facts.checks.earlier_line",
                day=date_text(day),
                status=t(f"facts.status.{status}"),
                note=note,
            ).rstrip()
            for day, status, note in detail.earlier
        ]
        if detail.row.kind == "pension":
            said = {line.text for line in detail.row.lines}
            found = options_of("draws", facts_values.DRAWS, None)
            nothing = Option("", t("facts.checks.no_instead"), checked=True)
            self.instead = [nothing, *(one for one in found if one.label not in said)]

    def _finish(self, settled: Settled) -> None:
        """Say what came of it, and put the person away."""
        self.name = self.id_no = self.phone = self.revealed = ""
        self.done = t(
            "facts.checks.done",
            person=settled.person_masked,
            what=settled.what,
            status=t(f"facts.status.{settled.status}"),
        )
