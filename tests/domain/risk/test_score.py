"""The sum, its cap, and what a class adds up to."""

import json
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import timedelta
from typing import Any

import pytest

from portal.domain.risk.facts import Band, Bands, ClassFacts, Relay, SessionFacts, band_of
from portal.domain.risk.parameters import DEFAULT, Line, Parameters
from portal.domain.risk.reasons import Reason, Score, total
from portal.domain.risk.score import score_class, score_session
from tests.support.risk import END, START, class_of, person, session


def ghost(**fields: Any) -> SessionFacts:
    """Thirty people on one phone, who miss the colour, from a screen that was not on yet."""
    marks = class_of(device=lambda n: "one", relay=lambda n: Relay(False, 9))
    return session(marks, opened_at=START + timedelta(minutes=10), **fields)


def test_the_score_is_the_sum_of_its_reasons() -> None:
    found = score_session(session(present=False, day_off=True))
    assert {reason.code: reason.points for reason in found.reasons} == {
        "instructor_missing": 8,
        "day_off": 4,
    }
    assert found.value == 12


def test_the_score_ends_at_a_hundred_and_keeps_every_reason() -> None:
    found = score_session(ghost())
    assert sum(reason.points for reason in found.reasons) > 100
    assert found.value == 100


def test_the_heaviest_reason_comes_first() -> None:
    weights = [reason.points for reason in score_session(ghost(present=False)).reasons]
    assert weights == sorted(weights, reverse=True)


def test_an_empty_session_has_no_score() -> None:
    assert score_session(session(())) == Score(0)
    assert score_session(SessionFacts(START, END, roster=0)) == Score(0)


def test_the_order_of_the_marks_changes_nothing() -> None:
    facts = ghost()
    assert score_session(replace(facts, marks=facts.marks[::-1])) == score_session(facts)


def test_a_region_weighs_for_itself() -> None:
    mild = DEFAULT.changed(session={"instructor_missing": Line(0, 1, 3)}, look_at=60)
    assert score_session(session(present=False), mild).value == 3
    assert mild.look_at == 60
    assert score_session(session(day_off=True), mild).value == 4


def test_a_reason_that_a_region_sets_to_nothing_is_not_told() -> None:
    without = DEFAULT.changed(session={"instructor_missing": Line(0, 1, 0)})
    assert score_session(session(present=False), without) == Score(0)


def test_parameters_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT.look_at = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        DEFAULT.session["night"] = Line(0, 1, 99)  # type: ignore[index]
    assert Parameters() == DEFAULT


@pytest.mark.parametrize(
    ("measure", "points"), [(0.0, 0), (0.2, 0), (0.3, 10), (0.4, 20), (9.0, 20)]
)
def test_points_grow_evenly_between_two_ends(measure: float, points: int) -> None:
    assert Line(0.2, 0.4, 20).worth(measure) == points


def test_where_less_is_odder_points_grow_the_other_way() -> None:
    line = Line(0.4, 0.2, 20)
    assert [line.worth(measure) for measure in (0.5, 0.3, 0.1)] == [0, 10, 20]


@pytest.mark.parametrize("broken", [(1, 1, 5), (0, 1, -1), (0, 1, 101)], ids=str)
def test_a_line_that_means_nothing_is_refused(broken: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError):
        Line(*broken)


def test_the_oddest_rows_come_first() -> None:
    score = total(
        [
            Reason("far", 10, people=("a", "b")),
            Reason("shared_phone", 30, people=("b",)),
            Reason("night", 6),
        ]
    )
    assert list(score.rows().items()) == [("b", ("shared_phone", "far")), ("a", ("far",))]


def test_the_rows_of_a_session_name_the_people_on_the_shared_phone() -> None:
    marks = class_of(device=lambda n: "one" if n < 8 else f"d{n}")
    assert set(score_session(session(marks)).rows()) == {person(n) for n in range(8)}


def test_reasons_can_be_kept_as_json() -> None:
    kept = [asdict(reason) for reason in score_session(ghost(head_count=3)).reasons]
    assert json.loads(json.dumps(kept)) == [{**one, "people": list(one["people"])} for one in kept]


@pytest.mark.parametrize(
    ("metres", "accuracy", "band"),
    [
        (0, 20, Band.NEAR),
        (290, 0, Band.NEAR),
        (900, 700, Band.NEAR),
        (900, 0, Band.EDGE),
        (2_000, 100, Band.FAR),
        (2_000, 1_600, Band.UNKNOWN),
        (2_000, float("nan"), Band.UNKNOWN),
        (None, 0, Band.UNKNOWN),
    ],
)
def test_the_band_of_a_distance_favours_the_phone(
    metres: float | None, accuracy: float, band: Band
) -> None:
    assert band_of(metres, accuracy) is band


def test_bands_are_a_region_s() -> None:
    assert band_of(900, 0, Bands(near_m=1_000, edge_m=5_000)) is Band.NEAR


ENDED = ClassFacts(
    roster=30,
    session_scores=(0, 4, 0, 8, 0, 0, 12, 0, 0, 4),
    dropped=1,
    finished=27,
    examined=26,
    passed=23,
    certified=23,
)


def test_an_ordinary_class_has_no_reason() -> None:
    assert score_class(ENDED) == Score(0)


def test_a_class_without_sessions_has_no_reason() -> None:
    assert score_class(ClassFacts(roster=0)) == Score(0)


@pytest.mark.parametrize(
    ("code", "odd", "twin"),
    [
        (
            "odd_sessions",
            {"session_scores": (60, 60, *[0] * 8)},
            {"session_scores": (60, *[0] * 9)},
        ),
        ("odd_on_average", {"session_scores": (30,) * 10}, {"session_scores": (14,) * 10}),
        (
            "nobody_left",
            {"dropped": 0, "session_scores": (0,) * 15},
            {"dropped": 0, "session_scores": (0,) * 6},
        ),
        ("all_passed", {"passed": 26, "certified": 26}, {"examined": 12, "passed": 12,
                                                         "finished": 12, "certified": 12}),
        ("exam_avoided", {"examined": 15, "passed": 13, "certified": 13}, {"examined": 24}),
        ("certified_unexamined", {"certified": 26}, {"certified": 20}),
        ("appeals_upheld", {"appeals_upheld": 3}, {"appeals_upheld": 0}),
        ("denials", {"denials": 3}, {"denials": 0}),
    ],
)  # fmt: skip
def test_each_reason_of_a_class_fires_alone(
    code: str, odd: dict[str, Any], twin: dict[str, Any]
) -> None:
    assert [reason.code for reason in score_class(replace(ENDED, **odd)).reasons] == [code]
    assert score_class(replace(ENDED, **twin)) == Score(0)


def test_a_class_of_ghosts_ends_at_a_hundred() -> None:
    ghosts = ClassFacts(
        roster=30, session_scores=(90,) * 20, finished=30, examined=16, passed=16,
        certified=30, appeals_upheld=6, denials=9,
    )  # fmt: skip
    found = score_class(ghosts)
    assert found.value == 100
    assert sum(reason.points for reason in found.reasons) > 100
