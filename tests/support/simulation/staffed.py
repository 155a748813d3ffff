"""Ghosts whose sheets the institution's own people fill."""

from random import Random
from typing import Any

from portal.domain.risk.facts import Mark, Relay
from tests.support.simulation.draft import IN, OUT, Draft, known_in_room, without
from tests.support.simulation.fraud import CAREFUL, CARELESS, Fraud, craft, in_order, sheet_for
from tests.support.simulation.honest import people_come, people_leave
from tests.support.simulation.world import Person, key, log_normal


def few_phones(draft: Draft, fraud: Fraud) -> None:
    """One of the staff signs everybody in, from a drawer of phones."""
    rng, memory = draft.rng, draft.course.memory
    count = ((1, 2), (3, 5), (6, 10))[fraud.effort]
    drawer = memory.setdefault("drawer", [key(rng) for _ in range(rng.randint(*count))])
    phones: list[str] = drawer  # type: ignore[assignment]
    people = sheet_for(draft, fraud, draft.course.people)
    draft.in_room = set()
    _from_drawer(draft, fraud, people, phones, IN, draft.opened + rng.uniform(5, 900))
    if fraud.effort != CARELESS or rng.random() < 0.6:
        _from_drawer(draft, fraud, people, phones, OUT, draft.length + rng.uniform(-500, 600))


def _from_drawer(
    draft: Draft, fraud: Fraud, people: list[Person], phones: list[str], phase: Any, at: float
) -> None:
    rng = draft.rng
    free = {phone: at + rng.uniform(0, 30) for phone in phones}
    for number, person in enumerate(in_order(draft, fraud, people)):
        phone = phones[number % len(phones)]
        free[phone] += log_normal(rng, 2.6 + 0.4 * fraud.effort, 0.35)
        known = known_in_room(draft, person, phone)
        draft.mark(person, phase, free[phone], **known)


def nobody_comes(draft: Draft, fraud: Fraud) -> None:
    """The first days were real; now nobody comes, and one of the staff taps them all."""
    rng = draft.rng
    people = sheet_for(draft, fraud, draft.course.people)
    _tapped(draft, fraud, people, IN, rng.uniform(-300, 900))
    if fraud.effort == CARELESS:
        if rng.random() < 0.7:
            _tapped(draft, fraud, people, OUT, rng.uniform(1000, 1300))
        return
    _tapped(draft, fraud, people, OUT, draft.length + rng.uniform(-300, 600))


def _tapped(draft: Draft, fraud: Fraud, people: list[Person], phase: Any, at: float) -> None:
    rng = draft.rng
    pace = (0.8, 1.4, draft.course.hand_pace)[craft(rng, fraud)]
    for person in sorted(people, key=lambda person: person.place):
        at += pace * log_normal(rng, 0, 0.4)
        draft.mark(person, phase, at, method="tap", by=draft.course.staff)


def padded(draft: Draft, fraud: Fraud) -> None:
    """Real people, and strangers beside them who never come."""
    rng, course, memory = draft.rng, draft.course, draft.course.memory
    if "strangers" not in memory:
        count = max(2, round(len(course.people) * rng.uniform(0.25, 0.6)))
        memory["strangers"] = {p.key for p in rng.sample(course.people, count)}
        memory["by"] = rng.choice(("tap", "phones"))
        memory["drawer"] = [
            key(rng) for _ in range(((1, 1), (2, 3), (3, 6))[fraud.effort][rng.randrange(2)])
        ]
    strangers: set[str] = memory["strangers"]  # type: ignore[assignment]
    real = [p for p in course.people if p.key not in strangers]
    came = [p for p in real if rng.random() >= p.absence]
    people_come(draft, came)
    people_leave(draft, came)
    invented = sheet_for(draft, fraud, [p for p in course.people if p.key in strangers])
    if memory["by"] == "tap":
        _tapped(draft, fraud, invented, IN, rng.uniform(0, 900))
        _tapped(draft, fraud, invented, OUT, draft.length + rng.uniform(-200, 600))
        return
    drawer: list[str] = memory["drawer"]  # type: ignore[assignment]
    _from_drawer(draft, fraud, invented, drawer, IN, draft.opened + rng.uniform(5, 900))
    _from_drawer(draft, fraud, invented, drawer, OUT, draft.length + rng.uniform(-300, 600))


def replayed(draft: Draft, fraud: Fraud) -> None:
    """A real day again: same people, order, gaps and coordinates, with a little noise."""
    rng, memory = draft.rng, draft.course.memory
    real: list[Draft] = memory["real"]  # type: ignore[assignment]
    real = sorted(real, key=lambda draft: sum(mark.by is None for mark in draft.marks))
    source = real[-1] if fraud.effort != CAREFUL else rng.choice(real[-2:])
    noise = (0.5, 6.0, 35.0)[craft(rng, fraud)]
    moved = rng.gauss(0, (2, 30, 240)[fraud.effort])
    draft.opened = source.opened + moved
    for mark in source.marks:
        if fraud.effort == CAREFUL and rng.random() < 0.08:
            continue
        at = (mark.moment - source.starts).total_seconds() + moved + rng.gauss(0, noise)
        again: Mark = without(mark, moment=draft.at(at), relay=_replayed_answer(rng, mark))
        if mark.spot is not None and fraud.effort == CAREFUL:
            again = without(again, spot=key(rng))
        draft.marks.append(again)


def _replayed_answer(rng: Random, mark: Mark) -> Relay | None:
    return mark.relay and Relay(True, min(log_normal(rng, 0.6, 0.4), 5.0))
