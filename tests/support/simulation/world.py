"""The simulated country: people, phones, rooms and classes.

Everything here is an assumption of ours; ADR 0020 says which of them were changed after scores
had been seen. It is the same for honest and ghost classes: who cheats begins with an ordinary one.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp
from random import Random

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
# Hours of Beijing at which sessions begin: two regions and the evening (reference.md B11.4).
MORNING = ((0, 30), (1, 30))
AFTERNOON = ((6, 0), (8, 30))
EVENING = ((11, 0), (11, 30))


@dataclass(frozen=True, slots=True)
class World:
    """How common things are; shares unless said otherwise. Robustness checks change them."""

    # What phones tell.
    gives_place: float = 0.45
    place_wrong: float = 0.02
    network_place: float = 0.25  # phones placed by the room's network: equal coordinates
    stuck_place: float = 0.05  # phones that tell their last place again
    wrong_address: float = 0.015  # classes that do not meet where the papers say
    room_network: float = 0.5
    nat_pool: int = 24  # public addresses of a carrier in a town
    knows_code_age: bool = True
    wrong_colour: float = 0.04
    relay_trap: float = 0.7  # on by default where there is a screen
    # Traits of classes.
    families: float = 0.25
    elderly: float = 0.2
    lender: float = 0.15  # of classes with elderly people: one phone for many
    no_phones: float = 0.03
    offline: float = 0.08
    bus: float = 0.1
    small: float = 0.12
    queue: float = 0.12
    at_once: float = 0.25
    company: float = 0.1  # the employer sees to it that nobody is missing
    evening: float = 0.15
    projector_dead: float = 0.01
    slow_links: float = 0.15
    # Troubles of a session, the projector's of a day.
    projector: float = 0.035
    stall: float = 0.04
    opens_late: float = 0.1
    forgets_out: float = 0.03
    instructor_forgets: float = 0.05
    inspected: float = 0.03
    day_off: float = 0.04
    # People.
    absence: tuple[float, float] = (0.01, 0.12)
    habit_s: float = 300  # how far people's usual times lie apart
    noise_s: float = 240  # and one person's from day to day
    old: float = 0.18
    old_without_phone: float = 0.8
    knows_age: bool = True
    # Ghosts: careless, average, careful.
    efforts: tuple[float, float, float] = (0.5, 0.4, 0.1)
    small_ghosts: float = 0.25  # of the small classes: a ghost is paid by the head


@dataclass(slots=True)
class Person:
    """Somebody on a roster."""

    key: str
    place: int
    device: str | None  # None without a phone
    home: str
    carrier: int
    habit: float
    absence: float
    gives_place: bool
    answers_s: float
    stuck_place: bool
    old: bool
    family: int | None = None


@dataclass(slots=True)
class Course:
    """A class, honest so far."""

    people: list[Person]
    starts: list[datetime]
    lasts: timedelta
    traits: frozenset[str]
    network: str | None
    on_network: float
    town: int
    staff: str
    relay: bool
    hand_pace: float
    forgetful: float
    late_share: float
    slow_link: float  # seconds that a page may take
    memory: dict[object, object] = field(default_factory=dict)

    def has(self, trait: str) -> bool:
        return trait in self.traits


TRAITS = (
    "families", "elderly", "no_phones", "offline", "bus", "small", "queue", "at_once",
    "company", "evening", "projector_dead", "wrong_address",
)  # fmt: skip


def key(rng: Random) -> str:
    """An opaque hash."""
    return f"{rng.getrandbits(48):012x}"


def log_normal(rng: Random, mu: float, sigma: float) -> float:
    """As random.lognormvariate, in half the time."""
    return exp(rng.gauss(mu, sigma))


def found_course(rng: Random, world: World) -> Course:
    """An ordinary class, before anybody came."""
    traits = {trait for trait in TRAITS if rng.random() < getattr(world, trait)}
    if "elderly" in traits and rng.random() < world.lender:
        traits.add("lender")
    size = rng.randint(5, 8) if "small" in traits else rng.randint(18, 50)
    base = rng.uniform(0.0, 0.01) if "company" in traits else rng.uniform(*world.absence)
    people = [_person(rng, world, place, base) for place in range(size)]
    _share_phones(rng, world, people, traits)
    for row, person in enumerate(rng.sample(people, size)):
        person.place = row
    return Course(
        people=people,
        starts=_timetable(rng, traits),
        lasts=timedelta(minutes=rng.choice((135, 180, 180, 240))),
        traits=frozenset(traits),
        network=key(rng) if rng.random() < world.room_network else None,
        # Below ground no carrier reaches, and everybody takes the room's network.
        on_network=rng.uniform(0.4, 0.95) if rng.random() < 0.85 else rng.uniform(0.97, 1.0),
        town=rng.getrandbits(32),
        staff=key(rng),
        relay="offline" not in traits and rng.random() < world.relay_trap,
        hand_pace=rng.uniform(1.0, 4.0),
        forgetful=rng.uniform(0.02, 0.15),
        late_share=rng.uniform(0.02, 0.1),
        slow_link=rng.uniform(2, 10) if rng.random() < world.slow_links else 1.0,
    )


def _person(rng: Random, world: World, place: int, base: float) -> Person:
    return Person(
        key=key(rng),
        place=place,
        device=key(rng),
        home=key(rng),
        carrier=rng.choices((0, 1, 2), (60, 22, 18))[0],
        habit=rng.gauss(-480, world.habit_s),
        absence=min(base * log_normal(rng, 0, 0.5), 0.5),
        gives_place=rng.random() < world.gives_place,
        answers_s=log_normal(rng, 0.55, 0.3),
        old=rng.random() < world.old,
        stuck_place=rng.random() < world.stuck_place,
    )


def _share_phones(rng: Random, world: World, people: list[Person], traits: set[str]) -> None:
    size = len(people)
    if "families" in traits:
        at = 0
        for family in range(max(1, round(size * rng.uniform(0.05, 0.15)))):
            members = people[at : at + rng.choices((2, 3), (75, 25))[0]]
            at += len(members)
            for member in members:
                member.device, member.home, member.family = (
                    members[0].device,
                    members[0].home,
                    family,
                )
    without = rng.uniform(0.1, 0.45) if "elderly" in traits else rng.choice((0, 0, 0, 0.04))
    if "no_phones" in traits:
        without = rng.uniform(0.8, 1.0)
    old = people[size - round(size * without) :]
    faithful = rng.uniform(0.3, 1.2)
    for person in old:
        person.device, person.answers_s = None, person.answers_s * 1.5
        person.absence *= faithful
        person.old = rng.random() < (0.5 if "no_phones" in traits else world.old_without_phone)
    if "lender" in traits and len(old) < size // 2:
        for lender in range(rng.choice((1, 1, 1, 2))):
            for person in [old.pop() for _ in range(min(len(old), rng.randint(3, 5)))]:
                person.device = people[size // 2 - lender].device


def _timetable(rng: Random, traits: set[str]) -> list[datetime]:
    hour, minute = rng.choice(EVENING if "evening" in traits else MORNING)
    later = timedelta(hours=hour, minutes=minute)
    first = BEGIN + timedelta(days=rng.randrange(200))
    days = rng.randint(6, 14)
    starts = []
    for day in range(days):
        starts.append(first + timedelta(days=day) + later)
        if "evening" not in traits and rng.random() < 0.4:
            hour, minute = rng.choice(AFTERNOON)
            starts.append(first + timedelta(days=day, hours=hour, minutes=minute))
    return starts[: rng.randint(6, 16)]
