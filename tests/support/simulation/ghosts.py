"""Ghost classes of six kinds: an ordinary class, and from some session on a fraud."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.support.simulation import remote, staffed
from tests.support.simulation.draft import Draft
from tests.support.simulation.fraud import EFFORTS, Fraud, office_of
from tests.support.simulation.honest import honest_session
from tests.support.simulation.world import Course, World

PLAYS: dict[str, Callable[[Draft, Fraud], None]] = {
    "few_phones": staffed.few_phones,
    "forwarded": remote.forwarded,
    "scripted": remote.scripted,
    "nobody_comes": staffed.nobody_comes,
    "padded": staffed.padded,
    "replayed": staffed.replayed,
}


def fit_for(kind: str, world: World) -> World:
    """The classes in which somebody cheats so: seldom small ones, for money goes by heads; and
    with phones and a screen where these are needed."""
    world = replace(world, small=world.small * world.small_ghosts)
    if kind in ("padded", "nobody_comes"):
        return world
    return replace(world, offline=0, no_phones=0, projector_dead=0)


def plan_fraud(rng: Random, world: World, course: Course, kind: str) -> Fraud:
    """Decide how to cheat."""
    effort = rng.choices(EFFORTS, world.efforts)[0]
    last = len(course.starts) - 1
    begins = rng.randint(1, min(4, last)) if kind in ("nobody_comes", "replayed") else 0
    return Fraud(kind, effort, begins)


def ghost_session(rng: Random, world: World, course: Course, index: int, fraud: Fraud) -> Draft:
    """The session; before ``begins`` it is real."""
    if index < fraud.begins:
        if fraud.kind == "replayed":
            # Only a day on which people scanned is worth recording.
            course.memory[course.starts[index].date()] = False
        draft = honest_session(rng, world, course, index)
        course.memory.setdefault("real", []).append(draft)  # type: ignore[attr-defined]
        return draft
    draft = Draft(rng, world, course, index)
    draft.opened = -rng.uniform(600, 1790)
    PLAYS[fraud.kind](draft, fraud)
    office_of(draft, fraud)
    return draft
