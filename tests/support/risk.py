"""Facts for the risk score: an ordinary session to start from, and strategies.

``class_of`` people sign in and out on their own phones as people do; what a test says besides is
all that is odd about them.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

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
from portal.domain.risk.score import score_session

# A Monday, half past nine in Beijing.
START = datetime(2026, 9, 14, 1, 30, tzinfo=UTC)
END = START + timedelta(hours=3)
IN, OUT = Phase.IN, Phase.OUT
STAFF = "staff"


def person(number: int) -> str:
    return f"p{number:02d}"


def mark(number: int, seconds: float, phase: Phase = IN, **known: Any) -> Mark:
    """A mark so many seconds after the start."""
    return Mark(person(number), phase, START + timedelta(seconds=seconds), **known)


def arrivals(count: int, seed: int = 1) -> list[float]:
    """When people come: from twenty minutes before the start to five after, in no order."""
    rng = Random(seed)
    return [rng.uniform(-1_200, 300) for _ in range(count)]


def class_of(
    count: int = 30, *, ins: Iterable[float] | None = None, outs: Iterable[float] | None = None,
    seed: int = 1, **known: Callable[[int], object],
) -> tuple[Mark, ...]:  # fmt: skip
    """People ``0`` to ``count - 1`` sign in and out; ``known`` facts by their number, of the
    sign-in only."""
    rng = Random(f"leaving {seed}")
    coming = list(ins) if ins is not None else arrivals(count, seed)
    leaving = list(outs) if outs is not None else [10_800 + rng.uniform(0, 400) for _ in coming]
    marks = []
    for number, at in enumerate(coming):
        told: dict[str, Any] = {name: fact(number) for name, fact in known.items()}
        marks.append(mark(number, at, **told))
    return (*marks, *(mark(number, at, OUT) for number, at in enumerate(leaving)))


def by_hand(marks: Iterable[Mark], numbers: Iterable[int], *, pace: float = 5) -> tuple[Mark, ...]:
    """These people are signed in and out by the staff, one after the other."""
    tapped = {person(number): n for n, number in enumerate(numbers)}
    begins = {IN: START + timedelta(seconds=60), OUT: END}
    return tuple(
        replace(
            one,
            by=STAFF,
            method="tap",
            moment=begins[one.phase] + timedelta(seconds=tapped[one.person] * pace),
        )
        if one.person in tapped
        else one
        for one in marks
    )


def session(marks: Iterable[Mark] | None = None, **fields: Any) -> SessionFacts:
    """An ordinary session of thirty people, in which only the given facts differ."""
    ordinary: dict[str, Any] = {
        "starts_at": START,
        "ends_at": END,
        "roster": 30,
        "marks": tuple(class_of() if marks is None else marks),
        "opened_at": START - timedelta(minutes=30),
        "planned_hours": 4,
    }
    return SessionFacts(**{**ordinary, **fields})


def other(days: int, numbers: Iterable[int] = range(30), **fields: Any) -> Other:
    """Another session, so many days later; people come as they like."""
    rng = Random(f"day {days}")
    came = {person(number): rng.uniform(-1_200, 300) for number in numbers}
    return Other(START + timedelta(days=days), **{"arrivals": came, **fields})


def points(facts: SessionFacts) -> dict[str, int]:
    """The reasons of a session and their points."""
    return {reason.code: reason.points for reason in score_session(facts).reasons}


def any_session(seed: int) -> SessionFacts:
    """Any facts at all, drawn so that every signal has its day; by a seed, for speed."""
    rng = Random(seed)
    size = rng.choice((0, 1, 3, 8, 20, 45))
    who = [person(number) for number in range(rng.choice((size, size // 2)))]
    pool = {name: rng.choice((1, 3, 60)) for name in ("device", "network", "spot", "by")}
    told = {name: rng.random() for name in ("known", "hand", "far", "wrong", "skipped", "offline")}

    hands = {name for name in who if rng.random() < told["hand"]}
    absent = rng.choice((0.0, 0.0, 0.1))
    habits, steady = rng.random() < 0.5, rng.choice((0.7, 1.0))

    def key(name: str, share: float) -> str | None:
        return f"{name}{rng.randrange(pool[name])}" if rng.random() < share else None

    def one(name: str, phase: Phase, seconds: float, place: int) -> Mark:
        known = told["known"]
        return Mark(
            name,
            phase,
            START + timedelta(milliseconds=round(seconds * 1000)),
            method=rng.choice(("qr", "numeric", "tap", "sheet", "pass", "helper", "new")),
            by=key("by", 1) if name in hands else None,
            device=key("device", known),
            network=key("network", known),
            band=rng.choice((Band.NEAR, Band.EDGE, Band.UNKNOWN, *[Band.FAR] * 3)),
            spot=f"spot of {name}" if habits else key("spot", known),
            place=rng.choice((None, place)),
            phone_age=rng.choice((None, True, False)),
            offline=rng.random() < told["offline"],
            relay=Relay(rng.random() > told["wrong"], rng.expovariate(0.4)),
            relay_skipped=rng.random() < told["skipped"],
            code_age=rng.choice((None, rng.uniform(0, 40))),
            elsewhere=rng.choice((None, Elsewhere(START, rng.uniform(0, 900)))),
        )

    def moments() -> list[float]:
        begin = rng.choice((-1_800.0, 0.0, 10_800.0))
        gap = rng.choice((0.0, 0.1, 1.0, 20.0, 200.0))
        noise = rng.choice((0.0, 0.1, 1.0, 50.0))
        return [begin + gap * n + noise * rng.random() for n in range(len(who))]

    def another(day: int) -> Other:
        there = [name for name in who if rng.random() >= absent or (habits and name in hands)]
        hand = frozenset(there) & (hands if rng.random() < steady else set())
        return Other(
            START + timedelta(days=day),
            {
                name: at
                for name, at in zip(who, rng.choice((coming, moments())), strict=True)
                if name in there and name not in hand
            },
            hand,
            frozenset(name for name in there if rng.random() < 0.2 and name not in hands),
            {name: f"spot of {name}" if habits else key("spot", 1) or "" for name in there},
        )

    coming = moments()
    rows = [(IN, coming), (OUT, moments())][: rng.choice((0, 1, 2, 2))]
    return SessionFacts(
        starts_at=START + timedelta(hours=rng.choice((0, 10, 14))),
        ends_at=END + timedelta(hours=rng.choice((0, 0, 14))),
        roster=rng.choice((size, 0, 80)),
        marks=tuple(
            one(name, phase, at, place)
            for phase, times in rows
            for place, (name, at) in enumerate(zip(who, times, strict=True))
            if rng.random() >= absent
        ),
        others=tuple(another(day) for day in sorted(rng.sample(range(-9, 9), rng.randint(0, 9)))),
        opened_at=rng.choice((None, START - timedelta(hours=1), START + timedelta(hours=1))),
        planned_hours=rng.randint(0, 12),
        corrections=tuple(
            Correction(name, "by", END + timedelta(days=rng.uniform(0, 9)), rng.random() < 0.8)
            for name in who
            if rng.random() < 0.2
        ),
        confirmed_at=rng.choice((None, START, END)),
        present=rng.choice((None, True, False)),
        head_count=rng.choice((None, 0, 30)),
        day_off=rng.random() < 0.5,
    )


sessions = st.integers(0, 2**32).map(any_session)
