"""How a class cheats, and what all cheats have in common.

A careful ghost knows what is looked at and imitates it; now and then it slips.
"""

from dataclasses import dataclass
from random import Random

from portal.domain.risk.facts import Correction
from tests.support.simulation.draft import Draft
from tests.support.simulation.honest import office_work
from tests.support.simulation.world import Person

EFFORTS = CARELESS, AVERAGE, CAREFUL = range(3)


@dataclass(frozen=True, slots=True)
class Fraud:
    """How a class cheats, decided once for all its sessions."""

    kind: str
    effort: int
    begins: int  # the first session that is not real


def craft(rng: Random, fraud: Fraud) -> int:
    """The effort in one detail: who is careful slips in one of six."""
    if fraud.effort == CAREFUL and rng.random() < 1 / 6:
        return AVERAGE
    return fraud.effort


def office_of(draft: Draft, fraud: Fraud) -> None:
    """What the institution does afterwards, with less care than an honest one."""
    rng = draft.rng
    office_work(draft, [])
    missing = {"nobody_comes": (0.5, 0.25, 0.1)}.get(fraud.kind, (0.2, 0.1, 0.05))
    draft.instructor = rng.random() >= missing[fraud.effort]
    if craft(rng, fraud) == CARELESS and rng.random() < 0.25:
        # Who was forgotten is added later.
        on_sheet = {mark.person for mark in draft.marks}
        after = draft.length + rng.uniform(200_000, 900_000)
        for person in draft.course.people:
            if person.key not in on_sheet:
                draft.corrections.append(
                    Correction(person.key, draft.course.staff, draft.at(after))
                )


def sheet_for(draft: Draft, fraud: Fraud, people: list[Person]) -> list[Person]:
    """Who shall have been there: everybody, or nearly."""
    rng = draft.rng
    effort = craft(rng, fraud)
    if effort == CARELESS:
        return list(people)
    if effort == AVERAGE:
        return [p for p in people if rng.random() >= min(p.absence, 0.03)]
    return [p for p in people if rng.random() >= p.absence]


def in_order(draft: Draft, fraud: Fraud, people: list[Person]) -> list[Person]:
    """By the roster, unless somebody thinks of it."""
    effort = craft(draft.rng, fraud)
    if effort == CARELESS or (effort == AVERAGE and draft.rng.random() < 0.5):
        return sorted(people, key=lambda person: person.place)
    return draft.rng.sample(people, len(people))
