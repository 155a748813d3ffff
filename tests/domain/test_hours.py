"""Which hours count: leave and make-up by the region's parameters, theory and practice alone."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.attendance import NO_PART, Part, finish_outcome
from portal.domain.hours import Counted, CountRules, KindHours, count

KINDS = ("theory", "practice", "online", "exam")


@st.composite
def kind_hours(draw: st.DrawFn, kind: str) -> KindHours:
    """Hours of one kind that can be: nobody is credited what they were excused from."""
    planned = draw(st.integers(0, 60))
    excused = draw(st.integers(0, planned))
    credited = draw(st.integers(0, planned - excused))
    return KindHours(kind, planned, credited, draw(st.integers(0, credited)), excused)


LESSONS = st.tuples(*(kind_hours(kind) for kind in KINDS))
SHARES = st.none() | st.fractions(Fraction(1, 100), 1)
RULES = st.builds(CountRules, st.booleans(), st.booleans(), SHARES, SHARES)


def counted(lessons: tuple[KindHours, ...], rules: CountRules) -> Counted:
    return count(lessons, rules, planned=sum(row.planned for row in lessons))


def unmet(of: Counted, **fields: object) -> list[str]:
    values: dict[str, object] = {
        "credited_hours": of.credited,
        "planned_hours": of.planned,
        "minimum_hours": None,
        "exam_passed": True,
        "theory": of.theory,
        "practice": of.practice,
    }
    return finish_outcome(**values | fields)  # type: ignore[arg-type]


@given(LESSONS, RULES)
def test_parts_are_never_more_than_the_whole(
    lessons: tuple[KindHours, ...], rules: CountRules
) -> None:
    found = counted(lessons, rules)
    assert 0 <= found.theory.credited + found.practice.credited <= found.credited
    assert found.theory.planned + found.practice.planned <= found.planned


@given(LESSONS, RULES)
def test_leave_taken_out_of_the_planned_hours_never_harms(
    lessons: tuple[KindHours, ...], rules: CountRules
) -> None:
    inside = counted(lessons, replace(rules, excused_in_denominator=True))
    outside = counted(lessons, replace(rules, excused_in_denominator=False))
    assert outside.credited == inside.credited
    assert outside.planned == inside.planned - sum(row.excused for row in lessons)
    # Only who was excused from everything has nothing left to be measured by.
    if outside.planned:
        assert set(unmet(outside)) <= set(unmet(inside))


@given(LESSONS, RULES)
def test_made_up_hours_count_in_full_or_not_at_all(
    lessons: tuple[KindHours, ...], rules: CountRules
) -> None:
    with_them = counted(lessons, replace(rules, makeup_counts=True))
    without = counted(lessons, replace(rules, makeup_counts=False))
    assert with_them.credited - without.credited == sum(row.made_up for row in lessons)
    assert with_them.planned == without.planned
    assert set(unmet(with_them)) <= set(unmet(without))


@given(LESSONS)
def test_nothing_is_asked_of_a_part_without_a_threshold(lessons: tuple[KindHours, ...]) -> None:
    found = counted(lessons, CountRules())
    assert not found.theory.is_short
    assert not found.practice.is_short


@given(st.integers(0, 300), st.integers(0, 300), st.fractions(0, 1))
def test_a_part_is_short_exactly_below_its_share(
    credited: int, planned: int, asked: Fraction
) -> None:
    assert Part(credited, planned, asked).is_short == (credited < planned * asked)


@given(LESSONS, RULES, st.sampled_from(KINDS))
def test_one_more_credited_hour_never_takes_the_certificate_away(
    lessons: tuple[KindHours, ...], rules: CountRules, kind: str
) -> None:
    more = tuple(replace(row, credited=row.credited + (row.kind == kind)) for row in lessons)
    assert set(unmet(counted(more, rules))) <= set(unmet(counted(lessons, rules)))


def test_each_part_that_is_short_is_named() -> None:
    half = CountRules(theory_min_ratio=Fraction(1, 2), practice_min_ratio=Fraction(3, 4))
    lessons = (KindHours("theory", 10, 4), KindHours("practice", 40, 40))
    assert unmet(counted(lessons, half)) == ["attendance.theory_short"]
    lessons = (KindHours("theory", 40, 40), KindHours("practice", 10, 7))
    assert unmet(counted(lessons, half)) == ["attendance.practice_short"]


def test_lessons_online_are_theory_and_an_exam_is_neither() -> None:
    rules = CountRules(theory_min_ratio=Fraction(1), practice_min_ratio=Fraction(1))
    lessons = (KindHours("theory", 4, 4), KindHours("online", 4, 4), KindHours("exam", 2, 0))
    found = counted(lessons, rules)
    assert (found.theory.credited, found.theory.planned) == (8, 8)
    assert (found.practice.credited, found.practice.planned) == (0, 0)
    assert not found.practice.is_short


def test_who_is_excused_from_every_lesson_has_not_finished() -> None:
    lessons = (KindHours("theory", 10, excused=10),)
    found = counted(lessons, CountRules(excused_in_denominator=False))
    assert unmet(found) == ["attendance.ratio_short"]


@pytest.mark.parametrize(("asked", "needed"), [(None, 0), (Fraction(4, 5), 25), (Fraction(1), 31)])
def test_what_is_asked_is_whole_hours(asked: Fraction | None, needed: int) -> None:
    assert Part(0, 31, asked).needed == needed
    assert NO_PART.needed == 0
