"""Ghosts without a room: the code goes to a chat, or a program shows it to itself."""

from datetime import timedelta
from random import Random

from portal.domain.risk.facts import Band, Elsewhere, Relay
from tests.support.simulation.draft import IN, OUT, Draft, mobile
from tests.support.simulation.fraud import (
    AVERAGE,
    CAREFUL,
    CARELESS,
    Fraud,
    craft,
    in_order,
    sheet_for,
)
from tests.support.simulation.honest import people_come, people_leave
from tests.support.simulation.world import Person, key, log_normal


def forwarded(draft: Draft, fraud: Fraud) -> None:
    """The code goes to a chat; people at home sign in themselves."""
    rng, course = draft.rng, draft.course
    people = sheet_for(draft, fraud, course.people)
    in_room = set(rng.sample([p.key for p in people], round(len(people) * rng.uniform(0, 0.3))))
    present = [p for p in people if p.key in in_room]
    people_come(draft, present)
    people_leave(draft, present)
    remote = [p for p in people if p.key not in in_room]
    video = bool(course.memory.setdefault("video", rng.random() < (0.2, 0.5, 0.8)[fraud.effort]))
    for phase, start in (
        (IN, draft.opened + rng.uniform(30, 900)),
        (OUT, draft.length + rng.uniform(-300, 900)),
    ):
        posts = [start + n * rng.uniform(60, 240) for n in range(rng.randint(2, 5))]
        for person in remote:
            if phase is OUT and rng.random() < course.forgetful:
                continue
            delay = rng.uniform(1, 4) if video else rng.uniform(5, 22)
            at = rng.choice(posts) + delay + log_normal(rng, 1.0, 0.6)
            if video:
                at = start + rng.expovariate(1 / 200) + delay
            draft.mark(person, phase, at, **_known_at_home(draft, fraud, person, video, delay))


def _known_at_home(
    draft: Draft, fraud: Fraud, person: Person, video: bool, delay: float
) -> dict[str, object]:
    rng, world = draft.rng, draft.world
    town = draft.course.town + rng.choice((0, 0, 0, 1))
    at_home = rng.random() < 0.6
    network = person.home if at_home else mobile(rng, world, town, person.carrier)
    known: dict[str, object] = {"device": person.device or person.home, "network": network}
    told_to_refuse = fraud.effort == CAREFUL or (fraud.effort == AVERAGE and rng.random() < 0.4)
    if person.gives_place and not (told_to_refuse and rng.random() < 0.85):
        band = rng.choices((Band.NEAR, Band.EDGE, Band.FAR), (5, 15, 80))[0]
        known |= {"band": band, "spot": key(rng)}
    if world.knows_code_age:
        known["code_age"] = _age_that_passes(rng, delay)
    if draft.course.relay:
        seconds = person.answers_s * log_normal(rng, 0, 0.35) + delay
        # Who does not see the screen may still guess one of six.
        known["relay"] = Relay(seconds <= 5 or rng.random() < 0.17, min(seconds, 15.0))
    if rng.random() < 0.04:
        known["elsewhere"] = Elsewhere(draft.starts - timedelta(hours=3), rng.uniform(0, 100))
    return known


def _age_that_passes(rng: Random, delay: float) -> float:
    """Codes older than half a minute are refused; then people wait for the next."""
    while True:
        age = rng.uniform(0, 15) + delay * rng.uniform(0.5, 1) + log_normal(rng, 0.7, 0.6)
        if age < 30:
            return age


def scripted(draft: Draft, fraud: Fraud) -> None:
    """A program shows itself the codes and signs people in, with a cookie for each."""
    rng, course = draft.rng, draft.course
    people = sheet_for(draft, fraud, course.people)
    start = draft.opened + rng.uniform(5, 900)
    if fraud.effort == CARELESS and rng.random() < 0.15:
        draft.opened = start + rng.uniform(60, 600)
    for person, after in zip(
        in_order(draft, fraud, people), _script_times(draft, fraud, len(people)), strict=True
    ):
        draft.mark(person, IN, start + after, **_known_of_script(draft, fraud, person))
    if fraud.effort == CARELESS and rng.random() < 0.4:
        return
    end = draft.length + rng.uniform(-300, 900)
    for person, after in zip(
        in_order(draft, fraud, people), _script_times(draft, fraud, len(people)), strict=True
    ):
        if fraud.effort != CAREFUL or rng.random() >= course.forgetful:
            draft.mark(person, OUT, end + after, **_known_of_script(draft, fraud, person))


def _script_times(draft: Draft, fraud: Fraud, count: int) -> list[float]:
    """Seconds after the program was started."""
    rng = draft.rng
    effort = craft(rng, fraud)
    if effort == CAREFUL:
        spread = rng.uniform(150, 420)
        times = sorted(rng.gauss(0, spread) for _ in range(count))
        return [at - times[0] for at in times] if times else []
    if effort == CARELESS:
        gap = rng.choice((0.02, 0.1, 0.5, 1.0, 2.0, 5.0))
        return [n * gap + rng.uniform(0, 0.1) * gap for n in range(count)]
    low, high = rng.choice(((0.5, 2.0), (1, 3), (2, 8), (5, 30)))
    times = [0.0]
    while len(times) < count:
        times.append(times[-1] + rng.uniform(low, high))
    return times[:count]


def _known_of_script(draft: Draft, fraud: Fraud, person: Person) -> dict[str, object]:
    rng, world, memory = draft.rng, draft.world, draft.course.memory
    server = memory.setdefault("server", draft.course.network or key(rng))
    cookies = memory.setdefault("cookies", {})
    device = cookies.setdefault(person.key, key(rng))  # type: ignore[attr-defined]
    known: dict[str, object] = {"device": device, "network": server}
    if memory.setdefault("pretends_place", rng.random() < 0.5):
        exact = memory.setdefault("spot", key(rng))
        known |= {"band": Band.NEAR, "spot": key(rng) if fraud.effort == CAREFUL else exact}
    if world.knows_code_age:
        late = (0.0, 0.5, 2.0)[fraud.effort]
        known["code_age"] = rng.uniform(0, 15) + late * log_normal(rng, 0, 0.5)
    if draft.course.relay:
        quick = fraud.effort == CARELESS or (fraud.effort == AVERAGE and person.place % 2 == 0)
        seconds = rng.uniform(0.05, 0.4) if quick else log_normal(rng, 0.6, 0.4)
        known["relay"] = Relay(True, min(seconds, 5.0))
    return known
