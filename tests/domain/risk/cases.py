"""For each reason a session that gives it alone, and the honest session most like it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from portal.domain.risk.facts import Band, Correction, Elsewhere, Other, Relay, SessionFacts
from tests.support.risk import END, START, arrivals, by_hand, class_of, other, person, session

Case = tuple[SessionFacts, SessionFacts]


def few(numbers: Iterable[int], fact: Any) -> Any:
    """The fact for these people, None for the rest."""
    chosen = set(numbers)
    return lambda number: fact(number) if number in chosen else None


def phones() -> dict[str, Case]:
    lone = few(range(20), lambda n: f"net{n}")
    in_fives = few(range(20), lambda n: f"net{n // 5}")
    home = Elsewhere(START - timedelta(hours=2), 900)
    near_by = Elsewhere(START - timedelta(hours=2), 60)
    fifty = {"roster": 50}

    def placed(away: int, known: int, network: Any = lambda n: None) -> SessionFacts:
        bands = {n: Band.FAR if n < away else Band.NEAR for n in range(known)}
        return session(class_of(band=lambda n: bands.get(n, Band.UNKNOWN), network=network))

    def answered(wrong: int, seconds: float) -> SessionFacts:
        return session(class_of(relay=few(range(20), lambda n: Relay(n >= wrong, seconds))))

    def skipped(numbers: Iterable[int], old: Iterable[int]) -> SessionFacts:
        """Some come by a way that cannot ask; for the ``old`` ones a helper does it."""
        by_helper, unasked = set(old), {*numbers, *old}
        marks = class_of(
            relay=lambda n: None if n in unasked else Relay(True, 2),
            relay_skipped=lambda n: n in unasked,
            phone_age=lambda n: n not in by_helper,
            by=lambda n: "helper" if n in by_helper else None,
            method=lambda n: "helper" if n in by_helper else "qr",
        )
        return session(marks)

    def spotted(same: int, known: int) -> SessionFacts:
        spot = few(range(known), lambda n: "here" if n < same else f"at{n}")
        return session(class_of(spot=spot))

    def spotted_again(again: int) -> SessionFacts:
        spots = {person(n): f"at{n}" if n < again else f"then{n}" for n in range(10)}
        today = class_of(spot=few(range(10), lambda n: f"at{n}"))
        return session(today, others=(other(-1, (), spots=spots),))

    return {
        "shared_phone": (
            session(class_of(device=lambda n: "one" if n < 8 else f"d{n}")),
            session(class_of(device=lambda n: f"d{n // 3}" if n < 12 else f"d{n}")),
        ),
        "phones_of_many": (
            session(class_of(50, device=lambda n: f"d{n // 4}" if n < 12 else f"d{n}"), **fifty),
            session(class_of(50, device=lambda n: f"d{n // 4}" if n < 4 else f"d{n}"), **fifty),
        ),
        "far": (placed(12, 20), placed(12, 20, few(range(20), lambda n: f"net{n // 6}"))),
        "far_and_alone": (
            placed(5, 30, lambda n: f"net{n}" if n < 5 else "room"),
            placed(5, 30, lambda n: "bus" if n < 5 else "room"),
        ),
        "same_spot": (spotted(12, 14), spotted(4, 14)),
        "same_spot_again": (spotted_again(10), spotted_again(3)),
        "alone_in_network": (session(class_of(network=lone)), session(class_of(network=in_fives))),
        "one_network": (
            session(class_of(network=few(range(20), lambda n: "room"))),
            session(class_of(network=few(range(20), lambda n: "room" if n < 16 else f"net{n}"))),
        ),
        "travel": (
            session(class_of(elsewhere=few(range(3), lambda n: home))),
            session(class_of(elsewhere=few(range(3), lambda n: near_by))),
        ),
        "relay_failed": (answered(9, 2), answered(2, 2)),
        "relay_slow": (answered(0, 4.5), answered(0, 2.5)),
        "relay_too_quick": (answered(0, 0.2), answered(0, 0.9)),
        "relay_skipped": (skipped(range(20), ()), skipped(range(3), range(20, 30))),
        "old_codes": (
            session(class_of(code_age=few(range(20), lambda n: 25.0))),
            session(class_of(code_age=few(range(20), lambda n: 14.0))),
        ),
    }


def times() -> dict[str, Case]:
    rng = Random(3)
    at_once = [rng.expovariate(20) for _ in range(30)]
    lifted = [rng.gammavariate(2, 8) for _ in range(30)]
    clockwork = [-900 + 20 * n + rng.uniform(-2, 2) for n in range(30)]
    briefly = [rng.uniform(-150, 150) for _ in range(10)]
    soon_after = [200 - at for at in briefly]
    late = timedelta(hours=13, minutes=30)
    opened: dict[str, Any] = {"opened_at": START - timedelta(minutes=10)}

    def moved(by: timedelta) -> SessionFacts:
        marks = tuple(replace(one, moment=one.moment + by) for one in class_of())
        at = START + by
        return session(marks, starts_at=at, ends_at=END + by, opened_at=at - timedelta(minutes=30))

    return {
        "before_opening": (
            session(**opened),
            session(class_of(offline=lambda n: True), **opened),
        ),
        "burst": (session(class_of(ins=at_once)), session(class_of(ins=lifted))),
        "outs_in_a_burst": (
            session(class_of(outs=[10_800 + at for at in at_once])),
            session(class_of(outs=[10_800 + at for at in lifted])),
        ),
        "even_gaps": (session(class_of(ins=clockwork)), session()),
        "outs_missing": (
            session(class_of(outs=[])),
            session(class_of(outs=[10_800 + 20 * n**1.3 for n in range(15)])),
        ),
        "in_and_out_together": (
            session(class_of(ins=briefly, outs=soon_after)),
            session(class_of(ins=briefly)),
        ),
        "night": (moved(late), moved(timedelta(hours=10))),
        "day_off": (session(day_off=True), session(day_off=False)),
        "too_many_hours": (session(planned_hours=5), session(planned_hours=4)),
    }


def patterns() -> dict[str, Case]:
    coming = arrivals(30)
    order = sorted(range(30), key=lambda n: coming[n])
    rows = {number: row for row, number in enumerate(order)}
    mixed = Random(5).sample(range(30), 30)
    rng = Random(6)
    again = {person(n): coming[n] + 100 + rng.uniform(-100, 100) for n in range(30)}
    every_other = order[::2][:13]
    on_time = {person(n): coming[n] + 3 for n in every_other}
    leaving = dict(zip(order, sorted(10_800 + at for at in arrivals(30, 9)), strict=True))

    def exactly(arrived: dict[str, float]) -> SessionFacts:
        days = (Other(START - timedelta(days=n), arrived) for n in (2, 1))
        return session(others=tuple(days))

    def hand_there(missing: int, *, young: bool | None = None, sessions: int = 10) -> SessionFacts:
        hand = frozenset(person(n) for n in range(8))
        others = []
        for day in range(sessions):
            came = [n for n in range(8, 30) if (n + day) % 10]
            present = frozenset(sorted(hand)[missing if day < 5 else 0 :])
            others.append(other(day - sessions, came, by_hand=present))
        marks = by_hand(class_of(phone_age=lambda n: young), range(8))
        return session(marks, others=tuple(others))

    return {
        "down_the_roster": (
            session(class_of(place=lambda n: rows[n])),
            session(class_of(place=lambda n: mixed[n])),
        ),
        "same_order": (
            session(class_of(outs=[leaving[n] for n in range(30)])),
            session(class_of(outs=[leaving[n] for n in mixed])),
        ),
        "same_gaps": (
            session(others=(Other(START - timedelta(days=1), again),)),
            session(others=(other(-1),)),
        ),
        "same_minute": (
            exactly(on_time),
            exactly({who: at + 40 for who, at in on_time.items()}),
        ),
        "all_there": (
            session(others=tuple(other(day) for day in range(1, 8))),
            session(others=(other(8, range(29)), *(other(day) for day in range(1, 8)))),
        ),
        "all_by_hand_there": (hand_there(0), hand_there(1)),
        "young_by_hand": (
            hand_there(0, young=True, sessions=3),
            hand_there(0, young=False, sessions=3),
        ),
    }


def staff() -> dict[str, Case]:
    everybody = class_of()
    tapped = by_hand(everybody, range(20))
    halves = tuple(
        replace(one, by="assistant") if one.by and one.person >= person(10) else one
        for one in tapped
    )
    yesterday = other(-1)
    broken = other(-1, range(8, 30), by_hand=frozenset(person(n) for n in range(8)))

    def corrected(days: float) -> SessionFacts:
        at = END + timedelta(days=days)
        return session(corrections=tuple(Correction(person(n), "s", at) for n in range(8)))

    return {
        "by_hand": (session(tapped), session(halves)),
        "left_phones": (
            session(by_hand(everybody, range(10)), others=(yesterday,)),
            session(by_hand(everybody, range(10)), others=(other(-1, range(10, 30)),)),
        ),
        "left_phones_again": (
            session(by_hand(everybody, range(8)), others=(other(-2), broken)),
            session(by_hand(everybody, range(8)), others=(other(-2), yesterday)),
        ),
        "quick_hand": (
            session(by_hand(everybody, range(10), pace=1)),
            session(by_hand(everybody, range(10), pace=3)),
        ),
        "corrections": (corrected(3), corrected(1)),
        "instructor_missing": (session(present=False), session(present=None)),
        "head_count": (session(head_count=20), session(head_count=28)),
        "confirmed_early": (
            session(confirmed_at=END - timedelta(minutes=30)),
            session(confirmed_at=END + timedelta(minutes=5)),
        ),
    }


CASES = {**phones(), **times(), **patterns(), **staff()}
