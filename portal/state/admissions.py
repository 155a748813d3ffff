"""Institutions that ask to be admitted, before the officer who writes it down."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import sentences, t
from portal.services.listings import admission
from portal.services.times import day_of
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.inputs import text_of
from portal.state.listing_desk import ChoiceRow, typed_day

_FIELDS = (
    *("uscc", "name", "kind", "ownership", "license_no", "region_code"),
    *("address", "contact_phone", "scope"),
)
PAPERS = ("license", "site", "teachers")


@dataclass(frozen=True)
class ApplicationRow:
    """An application in words."""

    key: str
    name: str
    state: str
    facts: str
    papers: str
    visit: str
    can_admit: bool


def kinds() -> list[ChoiceRow]:
    """The kinds of institutions to choose from."""
    start = "institutions.kind."
    found = sorted(key for key in sentences() if key.startswith(start))
    return [ChoiceRow(key.removeprefix(start), t(key)) for key in found]


class AdmissionsState(PageState, rx.State):
    """What waits, and the form for another."""

    rows: list[ApplicationRow] = []
    kinds: list[ChoiceRow] = []
    today: str = ""
    done: str = ""

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def load(self) -> None:
        """Show what waits."""
        forget(self)
        self.kinds, self.today = kinds(), day_of(self._now()).isoformat()
        await self._show()

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def apply(self, form: dict[str, str]) -> None:
        """Write down an application."""
        papers = [
            (t(f"listings.admit.paper_{name}"), text_of(form, f"paper_{name}")) for name in PAPERS
        ]
        await self._run(
            admission.apply,
            fields={name: text_of(form, name) for name in _FIELDS},
            papers=papers,
            now=self._now(),
        )
        await self._after("entered")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def visit(self, form: dict[str, str]) -> None:
        """Write down what was found at the site."""
        await self._run(
            admission.note_visit,
            application_id=parse_id(text_of(form, "key")),
            visited_on=typed_day(form, "visited_on"),
            visited_by=text_of(form, "visited_by"),
            passed=text_of(form, "result") == "passed",
            note=text_of(form, "reason"),
            now=self._now(),
        )
        await self._after("visit_done")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def admit(self, form: dict[str, str]) -> None:
        """Put the institution on the list."""
        await self._run(
            admission.admit,
            application_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            document_no=text_of(form, "document_no"),
            effective_on=typed_day(form, "effective_on"),
            now=self._now(),
        )
        await self._after("admitted")

    @rx.event
    @handler(Permission.KEEP_LISTINGS)
    async def refuse(self, form: dict[str, str]) -> None:
        """Refuse it, with a reason."""
        await self._run(
            admission.refuse,
            application_id=parse_id(text_of(form, "key")),
            reason=text_of(form, "reason"),
            now=self._now(),
        )
        await self._after("refused")

    async def _after(self, what: str) -> None:
        self.done = t(f"listings.admit.{what}")
        await self._show()

    async def _show(self) -> None:
        found = await self._run(admission.applications, now=self._now())
        self.rows = [
            ApplicationRow(
                key=str(one.application_id),
                name=one.name,
                state=one.state_text,
                facts=one.facts,
                papers="；".join(one.papers),
                visit=one.visit,
                can_admit=one.can_admit,
            )
            for one in found
        ]
