"""Simulated classes, honest ones and ghosts of six kinds, to calibrate and test the risk score.

The score was calibrated on seeds up to 99. ``HELD_OUT`` was not looked at before its parameters
were fixed, and must never be used to change them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from portal.domain.risk.facts import ClassFacts, SessionFacts
from portal.domain.risk.score import score_session
from tests.support.simulation.draft import Draft
from tests.support.simulation.ghosts import PLAYS, fit_for, ghost_session, plan_fraud
from tests.support.simulation.honest import honest_session
from tests.support.simulation.outcomes import ghost_end, honest_end
from tests.support.simulation.world import World, found_course

HELD_OUT = 20_260_401
KINDS = tuple(PLAYS)


@dataclass(frozen=True, slots=True)
class Truth:
    """What the score does not see. ``kind`` of ghost, empty when honest."""

    kind: str
    effort: int
    traits: frozenset[str]


def sessions(
    seed: int, world: World, *, honest: int, ghosts: int, on_the_day: bool = False
) -> Iterator[tuple[SessionFacts, Truth]]:
    """So many honest sessions and so many ghosts, kinds in turn; each of another class.

    With what is known when the class is over, or only ``on_the_day``.
    """
    for number in range(honest):
        yield honest_one(f"{seed}-honest-{number}", world, on_the_day=on_the_day)
    for number in range(ghosts):
        kind = KINDS[number % len(KINDS)]
        yield ghost_one(f"{seed}-ghost-{number}", world, kind, on_the_day=on_the_day)


def honest_one(seed: str, world: World, *, on_the_day: bool = False) -> tuple[SessionFacts, Truth]:
    """A random session of a random honest class."""
    rng = Random(seed)
    course = found_course(rng, world)
    chosen = rng.randrange(len(course.starts))
    drafts = [
        honest_session(rng, world, course, index, brief=index != chosen)
        for index in range(len(course.starts))
    ]
    return _known(drafts, chosen, on_the_day), Truth("", 0, course.traits)


def ghost_one(
    seed: str, world: World, kind: str, *, on_the_day: bool = False, real: bool = False
) -> tuple[SessionFacts, Truth]:
    """A random ghost session of a class that cheats in this way; or one of its ``real`` ones."""
    rng = Random(seed)
    course = found_course(rng, fit_for(kind, world))
    fraud = plan_fraud(rng, world, course, kind)
    drafts = [ghost_session(rng, world, course, i, fraud) for i in range(len(course.starts))]
    chosen = rng.randrange(fraud.begins) if real else rng.randrange(fraud.begins, len(drafts))
    return _known(drafts, chosen, on_the_day), Truth(kind, fraud.effort, course.traits)


def classes(
    seed: int, world: World, *, honest: int, ghosts: int
) -> Iterator[tuple[ClassFacts, Truth]]:
    """So many honest classes and so many ghosts, when they are over and scored."""
    for number in range(honest):
        rng = Random(f"{seed}-honest-class-{number}")
        course = found_course(rng, world)
        drafts = [honest_session(rng, world, course, i) for i in range(len(course.starts))]
        facts = honest_end(rng, len(course.people), _scores(drafts))
        yield facts, Truth("", 0, course.traits)
    for number in range(ghosts):
        rng, kind = Random(f"{seed}-ghost-class-{number}"), KINDS[number % len(KINDS)]
        course = found_course(rng, fit_for(kind, world))
        fraud = plan_fraud(rng, world, course, kind)
        drafts = [ghost_session(rng, world, course, i, fraud) for i in range(len(course.starts))]
        facts = ghost_end(rng, len(course.people), _scores(drafts), fraud)
        yield facts, Truth(kind, fraud.effort, course.traits)


def _scores(drafts: list[Draft]) -> tuple[int, ...]:
    return tuple(score_session(_known(drafts, index)).value for index in range(len(drafts)))


def _known(drafts: list[Draft], chosen: int, on_the_day: bool = False) -> SessionFacts:
    known = drafts[:chosen] if on_the_day else drafts[:chosen] + drafts[chosen + 1 :]
    return drafts[chosen].facts([draft.remembered() for draft in known])
