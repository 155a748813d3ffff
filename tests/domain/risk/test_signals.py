"""Each signal fires on what it is for, alone, and not on the honest session most like it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.risk.facts import Band, Mark, Relay
from portal.domain.risk.parameters import DEFAULT
from portal.domain.risk.score import score_session
from tests.domain.risk.cases import CASES, few
from tests.support.risk import (
    OUT,
    START,
    arrivals,
    by_hand,
    class_of,
    mark,
    other,
    person,
    points,
    session,
)


def test_every_reason_has_its_case() -> None:
    assert CASES.keys() == DEFAULT.session.keys()


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_signal_fires_alone_on_what_it_is_for(code: str) -> None:
    found = points(CASES[code][0])
    assert found.keys() == {code}
    assert 0 < found[code] <= DEFAULT.session[code].points


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_signal_is_silent_on_its_honest_twin(code: str) -> None:
    assert points(CASES[code][1]) == {}


def test_an_ordinary_session_has_no_reason() -> None:
    assert points(session()) == {}


def test_more_people_on_a_phone_weigh_ever_more() -> None:
    def on_one(count: int) -> int:
        device = [f"d{n}" if n >= count else "one" for n in range(30)]
        return points(session(class_of(device=lambda n: device[n]))).get("shared_phone", 0)

    weights = [on_one(count) for count in range(1, 12)]
    assert weights == sorted(weights)
    assert weights[:4] == [0, 0, 0, 0]
    assert weights[-1] == DEFAULT.session["shared_phone"].points


def test_a_phone_of_the_staff_that_scans_passes_is_shared_by_nobody() -> None:
    marks = tuple(replace(one, by="staff", method="pass", device="one") for one in class_of())
    assert points(session(marks)) == {}


def test_whoever_keeps_the_place_to_themselves_is_never_counted() -> None:
    silent = class_of(band=lambda n: Band.UNKNOWN)
    assert points(session(silent)) == points(session())


def test_a_screen_whose_clock_is_a_little_slow_makes_nobody_early() -> None:
    ins = [-800 - n * n / 9 if n < 10 else at / 2 - 200 for n, at in enumerate(arrivals(30))]
    first = START - timedelta(seconds=800)
    assert points(session(class_of(ins=ins), opened_at=first + timedelta(seconds=20))) == {}
    early = points(session(class_of(ins=ins), opened_at=first + timedelta(seconds=40)))
    assert early.keys() == {"before_opening"}


def test_a_session_without_known_opening_makes_nobody_early() -> None:
    assert points(session(opened_at=None)) == {}


def test_people_who_sit_together_make_no_copy() -> None:
    # Four pairs of siblings come one behind the other, every day.
    coming = arrivals(30)
    pairs = [coming[n // 2 * 2] + n % 2 if n < 8 else coming[n] for n in range(30)]
    day = other(-1)
    same = {**day.arrivals, **{person(n): day.arrivals[person(n // 2 * 2)] + n % 2
                               for n in range(8)}}  # fmt: skip
    assert points(session(class_of(ins=pairs), others=(replace(day, arrivals=same),))) == {}


def test_a_village_without_phones_is_not_compared_with_the_few_who_have_one() -> None:
    marks = by_hand(class_of(phone_age=lambda n: True), range(22))
    hand = frozenset(person(n) for n in range(22))
    others = tuple(other(day, range(23 + day % 2, 30), by_hand=hand) for day in range(-6, 0))
    assert points(session(marks, others=others)).keys() == {"by_hand"}


def test_spots_that_a_room_gives_to_several_are_no_copy() -> None:
    spot = few(range(12), lambda n: f"corner{n // 4}")
    yesterday = other(-1, spots={person(n): f"corner{n // 4}" for n in range(12)})
    assert points(session(class_of(spot=spot), others=(yesterday,))) == {}


def unasked(
    numbers: Iterable[int], *, linked: Iterable[int] = (), **known: Any
) -> tuple[Mark, ...]:
    """These came by a way that cannot ask for the colour; the ``linked`` named it."""
    skipped, answered = set(numbers), set(linked)
    return class_of(
        relay=lambda n: Relay(True, 2) if n in answered else None,
        relay_skipped=lambda n: n in skipped,
        **known,
    )


def test_the_old_of_a_village_whom_a_helper_signs_in_could_not_be_asked() -> None:
    marks = unasked(
        range(25),
        linked=range(25, 30),
        by=lambda n: "helper" if n < 25 else None,
        method=lambda n: "helper" if n < 25 else "qr",
        phone_age=lambda n: None if n % 2 else n >= 25,
    )
    assert points(session(marks)).keys() == {"by_hand"}


def test_a_helper_who_signs_in_the_young_keeps_them_from_being_asked() -> None:
    marks = unasked(range(20), by=lambda n: "helper" if n < 20 else None, phone_age=lambda n: True)
    assert "relay_skipped" in points(session(marks))


def test_in_a_room_without_a_link_nobody_could_be_asked() -> None:
    def kept(staff: bool, linked: Iterable[int] = ()) -> dict[str, int]:
        phones = set(linked)
        offline = set(range(1, 30)) - phones
        marks = unasked(offline, linked=phones, offline=lambda n: n in offline)
        taught = mark(0, 60, offline=staff, by="staff", method="pass")
        return points(session((taught, *(one for one in marks if one.person != person(0)))))

    assert kept(staff=True) == {}
    assert kept(staff=True, linked=range(1, 5)) == {}
    assert kept(staff=True, linked=range(1, 6)).keys() == {"relay_skipped"}
    assert kept(staff=False).keys() == {"relay_skipped"}


def test_a_whole_class_that_skips_the_colour_stays_below_the_line_by_that_alone() -> None:
    (weight,) = points(session(unasked(range(30)))).values()
    assert weight == DEFAULT.session["relay_skipped"].points < DEFAULT.look_at


def test_two_bad_days_with_a_good_one_between_do_not_go_together() -> None:
    broken = other(-2, range(8, 30), by_hand=frozenset(person(n) for n in range(8)))
    assert points(session(by_hand(class_of(), range(8)), others=(broken, other(-1)))) == {}


def test_a_reason_says_who_and_when() -> None:
    facts, _ = CASES["quick_hand"]
    (reason,) = score_session(facts).reasons
    assert reason.people == tuple(person(n) for n in range(10))
    assert reason.params["first_at"] == (START + timedelta(seconds=60)).isoformat()


def test_sign_outs_count_as_sign_ins_do() -> None:
    rows = sorted(range(30), key=lambda n: n * 7 % 30)
    outs = [10_800 + 13.7 * row for row in rows]
    marks = (*class_of(outs=[]), *(mark(n, outs[n], OUT, place=rows[n]) for n in range(30)))
    assert points(session(marks)).keys() == {"down_the_roster", "even_gaps"}
