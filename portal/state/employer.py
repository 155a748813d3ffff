"""An employer's first page: who we are, and where our people are."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import has, t
from portal.services.rosters_people import EmployerView, SentClass, employer_view, my_people
from portal.state.base import PageState, handler
from portal.state.inputs import query_value
from portal.state.pager import page_number, pager
from portal.state.roster_lines import PLACE_TONES
from portal.state.texts import date_text


@dataclass(frozen=True)
class PersonPlace:
    """One person and how far."""

    key: str
    name: str
    place: str
    tone: str


@dataclass(frozen=True)
class ClassOfOurs:
    """A class with our people in it."""

    key: str
    title: str
    facts: str
    count: str
    href: str
    people: list[PersonPlace]


@dataclass(frozen=True)
class Count:
    """A number with its label."""

    label: str
    value: str


def class_of_ours(one: SentClass) -> ClassOfOurs:
    """A class as its card shows it."""
    days = t("roster.employer.days", starts=date_text(one.starts_on), ends=date_text(one.ends_on))
    return ClassOfOurs(
        key=str(one.class_id),
        title=one.title,
        facts=f"{one.institution_name} · {days}",
        count=t("roster.employer.count", count=len(one.people)),
        href=f"/classes/{one.class_id}",
        people=[
            PersonPlace(
                key=str(person.enrolment_id),
                name=person.name,
                place=_place(person.place),
                tone=PLACE_TONES.get(person.place, "plain"),
            )
            for person in one.people
        ],
    )


def _place(status: str) -> str:
    key = f"roster.place.{status}"
    return t(key) if has(key) else ""


def counts_of(view: EmployerView) -> list[Count]:
    """The numbers in reading order."""
    names = ("waiting_for_answer", "learning", "finished")
    return [Count(t(f"roster.employer.{name}"), f"{getattr(view, name):,}") for name in names]


class EmployerState(PageState, rx.State):
    """Who we are, and our people by class; which page of classes stands in the address."""

    name: str = ""
    uscc: str = ""
    counts: list[Count] = []
    classes: list[ClassOfOurs] = []
    previous: str = ""
    next: str = ""
    place: str = ""

    @rx.event
    @handler(Permission.SUBMIT_ROSTER)
    async def load(self) -> None:
        """Load both."""
        self.status = "loading"
        view = await self._run(employer_view)
        self.name, self.uscc, self.counts = view.name, view.uscc, counts_of(view)
        number = page_number(query_value(self.router.url.query, "page"))
        found = await self._run(my_people, page=number)
        self.classes = [class_of_ours(one) for one in found.items]
        ways = pager(
            lambda page: f"/employer?page={page}",
            page=found.page,
            size=found.size,
            total=found.total,
        )
        self.previous, self.next, self.place = ways.previous, ways.next, ways.text
