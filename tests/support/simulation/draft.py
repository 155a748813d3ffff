"""A session being written: marks, and what the portal would know of them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import (
    Band,
    Correction,
    Elsewhere,
    Mark,
    Other,
    Relay,
    SessionFacts,
)
from tests.support.simulation.world import Course, Person, World, key, log_normal

IN, OUT = Phase.IN, Phase.OUT


@dataclass(slots=True)
class Draft:
    """One session of a course. Times of marks are seconds after the start.

    A ``brief`` one is only compared with another: it saves what nobody reads.
    """

    rng: Random
    world: World
    course: Course
    index: int
    brief: bool = False
    opened: float = -1800
    marks: list[Mark] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    taken: set[tuple[str, Phase]] = field(default_factory=set)
    in_room: set[str] = field(default_factory=set)
    instructor: bool = True
    confirmed_s: float = 0.0

    @property
    def starts(self) -> datetime:
        return self.course.starts[self.index]

    @property
    def length(self) -> float:
        return self.course.lasts.total_seconds()

    def at(self, seconds: float) -> datetime:
        """A moment, to the millisecond as a server writes it."""
        return self.starts + timedelta(milliseconds=round(seconds * 1000))

    def mark(self, person: Person, phase: Phase, seconds: float, **known: object) -> None:
        """Put a mark on the sheet, once a person and phase; phones only within the window."""
        refused = phase is IN and "by" not in known and not -1800 <= seconds < 1800
        if refused or (person.key, phase) in self.taken:
            return
        self.taken.add((person.key, phase))
        phone_age = None if not self.world.knows_age else not person.old
        always = {"place": person.place, "phone_age": phone_age}
        facts: dict[str, Any] = {**always, **known}
        self.marks.append(Mark(person.key, phase, self.at(seconds), **facts))

    def by_hand(self, person: Person, phase: Phase, seconds: float, method: str = "tap") -> None:
        """The instructor does it."""
        self.mark(person, phase, seconds, method=method, by=self.course.staff,
                  offline=self.course.has("offline"))  # fmt: skip

    def facts(self, others: list[Other]) -> SessionFacts:
        """What the portal knows; the only way from here to the score."""
        rng, world = self.rng, self.world
        ends = self.starts + self.course.lasts
        listed = len({m.person for m in self.marks if m.phase is IN})
        counted = None
        if rng.random() < world.inspected:
            counted = max(len(self.in_room) - rng.choices((0, 1, 2), (60, 30, 10))[0], 0)
        return SessionFacts(
            starts_at=self.starts,
            ends_at=ends,
            roster=len(self.course.people),
            marks=tuple(rng.sample(self.marks, len(self.marks))),
            others=tuple(others),
            opened_at=None if self.course.has("offline") else self.at(self.opened),
            planned_hours=int(self.course.lasts.total_seconds() // 2700),
            corrections=tuple(self.corrections),
            confirmed_at=ends + timedelta(seconds=self.confirmed_s),
            present=self.instructor,
            head_count=counted if listed else None,
            day_off=rng.random() < world.day_off,
        )

    def remembered(self) -> Other:
        """This session, as others are compared with it."""
        ins = [m for m in self.marks if m.phase is IN]
        return Other(
            self.starts,
            {m.person: (m.moment - self.starts).total_seconds() for m in ins if m.by is None},
            frozenset(m.person for m in ins if m.by is not None and m.method != "pass"),
            frozenset(m.person for m in ins if m.method == "pass"),
            {m.person: m.spot for m in ins if m.spot is not None},
        )


def mobile(rng: Random, world: World, town: int, carrier: int) -> str:
    """The public address that a carrier gives today."""
    return f"{town}-{carrier}-{rng.randrange(world.nat_pool)}"


def known_in_room(draft: Draft, person: Person, device: str) -> dict[str, object]:
    """What a phone in the room tells."""
    rng, world, course = draft.rng, draft.world, draft.course
    if course.has("offline"):
        return {"device": device, "offline": True}
    if draft.brief:
        return {"device": device, **(_placed(draft, person) if person.gives_place else {})}
    on_room = course.network is not None and rng.random() < course.on_network
    network = course.network if on_room else mobile(rng, world, course.town, person.carrier)
    known: dict[str, object] = {"device": device, "network": network}
    if person.gives_place:
        known |= _placed(draft, person)
    if rng.random() < 0.04:
        known["elsewhere"] = _before(draft)
    if world.knows_code_age:
        known["code_age"] = (
            rng.uniform(0, 15) + log_normal(rng, 0.7, 0.6) + rng.random() * course.slow_link
        )
    if course.relay:
        known["relay"] = _answer(rng, world, person, course.slow_link)
    return known


def _placed(draft: Draft, person: Person) -> dict[str, object]:
    rng, world = draft.rng, draft.world
    if draft.course.has("wrong_address") or rng.random() < world.place_wrong:
        band = Band.FAR
    else:
        band = Band.NEAR if rng.random() < 0.92 else Band.EDGE
    spot = key(rng)
    if rng.random() < world.network_place:
        spot = f"net-{draft.course.town}"
    elif person.stuck_place:
        spot = f"stuck-{person.key}"
    return {"band": band, "spot": spot}


def _before(draft: Draft) -> Elsewhere:
    rng = draft.rng
    km = 400.0 if rng.random() < 0.02 else rng.uniform(0, 60)
    hours = max(rng.uniform(1, 48), km / 50)
    return Elsewhere(draft.starts - timedelta(hours=hours), km)


def _answer(rng: Random, world: World, person: Person, slow_link: float) -> Relay:
    if rng.random() < world.wrong_colour:
        return Relay(False, rng.uniform(3, 15))
    seconds = person.answers_s * log_normal(rng, 0, 0.35) + rng.random() * slow_link / 4
    return Relay(seconds < 6, seconds)


def without(mark: Mark, **changes: Any) -> Mark:
    """The mark with other values."""
    return replace(mark, **changes)
