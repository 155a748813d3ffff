"""Honest sessions: people come as people do, and things go wrong as they do."""

from datetime import timedelta
from random import Random

from portal.domain.risk.facts import Correction
from tests.support.simulation.draft import IN, OUT, Draft, known_in_room, without
from tests.support.simulation.world import Course, Person, World, log_normal


def honest_session(
    rng: Random, world: World, course: Course, index: int, *, brief: bool = False
) -> Draft:
    """One session in which everybody on the sheet is in the room."""
    draft = Draft(rng, world, course, index, brief)
    came = [person for person in course.people if rng.random() >= person.absence]
    people_come(draft, came)
    if not brief:
        people_leave(draft, came)
        office_work(draft, came)
    return draft


def people_come(draft: Draft, came: list[Person]) -> None:
    """Everybody who came signs in, one way or other."""
    rng, world = draft.rng, draft.world
    draft.in_room |= {person.key for person in came}
    draft.opened = -rng.uniform(600, 1790)
    if rng.random() < world.opens_late:
        draft.opened = rng.uniform(-300, 600)
    ready = _arrivals(draft, came)
    with_phone = [person for person in came if person.device is not None]
    by_hand = [person for person in came if person.device is None]
    if _projector_fails(draft):
        with_phone, by_hand = [], came
    # A battery is empty: the instructor's tap, a neighbour's phone, or a correction later.
    for person in [p for p in with_phone if rng.random() < 0.03]:
        with_phone.remove(person)
        if rng.random() < 0.5:
            by_hand.append(person)
        elif with_phone and rng.random() < 0.5:
            _scan(draft, person, ready[person.key] + 60, rng.choice(with_phone).device or "")
    _sign_in_by_phone(draft, with_phone, ready)
    roll_call(draft, by_hand, ready)
    if rng.random() < world.stall:
        _stall(draft)


def _projector_fails(draft: Draft) -> bool:
    """All of a day, so that the instructor signs everybody in by name."""
    if draft.course.has("projector_dead"):
        return draft.index >= 3
    day = draft.starts.date()
    fails = draft.course.memory.setdefault(day, draft.rng.random() < draft.world.projector)
    return bool(fails)


def _arrivals(draft: Draft, came: list[Person]) -> dict[str, float]:
    """When everybody stands in the room."""
    rng, course = draft.rng, draft.course
    bus_at, on_bus = rng.gauss(-700, 360), rng.uniform(0.4, 0.95)
    homes: dict[int, float] = {}
    ready = {}
    for person in came:
        at = person.habit + rng.gauss(0, draft.world.noise_s)
        if course.has("bus") and rng.random() < on_bus:
            at = bus_at + rng.gammavariate(2, 15)
        elif rng.random() < course.late_share:
            at = rng.expovariate(1 / 480)
        if person.family is not None:
            at = homes.setdefault(person.family, at) + rng.uniform(0, 20)
        ready[person.key] = max(at, -2400.0)
    return ready


def _sign_in_by_phone(draft: Draft, people: list[Person], ready: dict[str, float]) -> None:
    rng, course = draft.rng, draft.course
    order = sorted(people, key=lambda person: ready[person.key])
    together = rng.uniform(-180, 480)
    free_at = draft.opened
    in_use: dict[str, float] = {}
    for person in order:
        at = ready[person.key]
        if course.has("queue"):
            at = free_at = max(at, free_at) + log_normal(rng, 1.8, 0.45)
        elif course.has("at_once") and at < together:
            at = max(together, draft.opened) + rng.gammavariate(2, 8)
        elif at < draft.opened:
            at = draft.opened + rng.gammavariate(2, 9)
        else:
            at += log_normal(rng, 2.2, 0.6)
        device = person.device or ""
        # The next one on the same phone has to log in first.
        at = max(at, in_use.get(device, at))
        in_use[device] = at + log_normal(rng, 3.4, 0.4)
        _scan(draft, person, at, device)


def _scan(draft: Draft, person: Person, at: float, device: str) -> None:
    rng = draft.rng
    known = known_in_room(draft, person, device)
    if draft.course.has("offline"):
        if rng.random() < 0.4:
            draft.mark(person, IN, at, method="pass", by=draft.course.staff, offline=True)
            return
        # The phone's clock.
        at += rng.gauss(0, 40) if rng.random() < 0.95 else rng.uniform(-600, 600)
    draft.mark(person, IN, at, **known)


def roll_call(draft: Draft, people: list[Person], ready: dict[str, float]) -> None:
    """The instructor signs in who cannot: as they come, or by name after the start."""
    rng = draft.rng
    if rng.random() < 0.4:
        for person in people:
            draft.by_hand(person, IN, max(ready[person.key], draft.opened) + rng.uniform(5, 60))
        return
    at = max(rng.uniform(0, 600), draft.opened)
    for person in sorted(people, key=lambda person: person.place):
        at += draft.course.hand_pace * log_normal(rng, 0, 0.4)
        draft.by_hand(person, IN, max(at, ready[person.key] + 20))


def _stall(draft: Draft) -> None:
    """The room's link hangs for some seconds; then all that waited arrives at once."""
    rng = draft.rng
    waiting = [n for n, m in enumerate(draft.marks) if m.by is None and not m.offline]
    if not waiting:
        return
    begins = draft.marks[rng.choice(waiting)].moment
    ends = begins + timedelta(seconds=rng.uniform(5, 20))
    for n in waiting:
        mark = draft.marks[n]
        if begins <= mark.moment <= ends:
            moment = ends + timedelta(milliseconds=rng.randrange(1500))
            draft.marks[n] = without(mark, moment=moment)


def people_leave(draft: Draft, came: list[Person]) -> None:
    """The end: most scan when the instructor says so, some forget."""
    rng, course = draft.rng, draft.course
    if rng.random() < draft.world.forgets_out:
        return
    end = draft.length + rng.uniform(-360, 240)
    signed = {mark.person: mark for mark in draft.marks}
    hand_at, in_use = end, dict[str, float]()
    for person in rng.sample(came, len(came)):
        mark = signed.get(person.key)
        if mark is None or rng.random() < course.forgetful:
            continue
        if mark.by is not None and mark.method != "pass":
            hand_at += course.hand_pace * log_normal(rng, 0, 0.4)
            draft.by_hand(person, OUT, hand_at)
            continue
        at = end + rng.gammavariate(2, 20)
        if rng.random() < 0.1:
            at = end + rng.uniform(-240, 900)
        if mark.by is not None:
            draft.mark(person, OUT, at, method="pass", by=course.staff, offline=True)
            continue
        device = mark.device or ""
        at = max(at, in_use.get(device, at))
        in_use[device] = at + log_normal(rng, 3.4, 0.4)
        draft.mark(person, OUT, at, **known_in_room(draft, person, device))


def office_work(draft: Draft, came: list[Person]) -> None:
    """What the institution does afterwards."""
    rng, world = draft.rng, draft.world
    draft.instructor = rng.random() >= world.instructor_forgets
    draft.confirmed_s = rng.uniform(300, 172_800)
    if rng.random() < 0.03:
        draft.confirmed_s = -rng.uniform(60, 3_600)
    on_sheet = {mark.person for mark in draft.marks if mark.phase is IN}
    for person in came:
        if person.key not in on_sheet and rng.random() < 0.8:
            after = draft.length + rng.expovariate(1 / 100_000)
            draft.corrections.append(Correction(person.key, draft.course.staff, draft.at(after)))
