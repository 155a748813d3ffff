"""A class is judged by its region's parameters, by tighter windows of its own, and no others."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from portal.db.models import ClassCheckIn
from portal.domain.attendance import DEFAULT_RULES, WindowRules
from portal.policies import models
from portal.policies.attendance_limits import LIMITS
from portal.policies.parameters import default_attendance
from portal.services.attendance_rules import (
    OWN_LEAST,
    attendance_of,
    region_rules,
    rules_of,
    window_rules,
    with_own,
)
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.policy import publish_attendance

GIVEN = st.fixed_dictionaries(
    {name: st.integers(int(LIMITS[name][0]), int(LIMITS[name][1])) for name in OWN_LEAST}
)
OWN = st.dictionaries(st.sampled_from([*OWN_LEAST, "min_ratio"]), st.integers(1, 900))


def test_without_a_pack_the_usual_windows_hold(session: Session) -> None:
    assert rules_of(session, make.make_class(session)) == DEFAULT_RULES


def test_a_region_says_what_holds_in_its_classes_and_in_no_others(session: Session) -> None:
    publish_attendance(session, opens_before_min=20, confirm_within_days=5)
    here, elsewhere = make.make_class(session), make.make_class(session, region_code="370200")
    given_here = attendance_of(session, here)
    assert (given_here.opens_before_min, given_here.confirm_within_days) == (20, 5)
    assert attendance_of(session, elsewhere).opens_before_min == 30


def test_a_class_may_be_tighter_than_its_region_and_never_looser(session: Session) -> None:
    made = make.make_class(session)
    session.add(
        ClassCheckIn(
            class_id=made.id,
            relay_trap=False,
            windows={"opens_before_min": 15, "out_closes_after_end_min": 600, "min_ratio": 1},
            updated_at=NOW,
        )
    )
    session.flush()
    found = attendance_of(session, made)
    assert (found.opens_before_min, found.out_closes_after_end_min) == (15, 60)
    # Only windows are a class's own.
    assert found.min_ratio == 0.8


@given(GIVEN, OWN)
def test_whatever_a_class_chose_its_windows_fit_together(
    given_: dict[str, int], own: dict[str, int]
) -> None:
    region: models.Attendance = default_attendance().model_copy(update=given_)
    found = with_own(region, own)
    for name in OWN_LEAST:
        assert getattr(found, name) <= getattr(region, name)
    # Would raise if they contradicted each other.
    assert isinstance(window_rules(found), WindowRules)


def test_minutes_become_the_windows_they_are_called() -> None:
    region = default_attendance().model_copy(
        update={
            "opens_before_min": 1,
            "late_after_min": 2,
            "closes_after_min": 3,
            "out_opens_before_end_min": 4,
            "out_closes_after_end_min": 5,
        }
    )
    assert window_rules(region) == WindowRules(*(timedelta(minutes=n) for n in range(1, 6)))


@pytest.mark.parametrize("on", ["before", "after"])
def test_the_parameters_of_the_first_day_count_to_the_end(session: Session, on: str) -> None:
    publish_attendance(session, min_ratio=0.75)
    made = make.make_class(session)
    # Turpan's document says nothing of a day before it came into force.
    if on == "before":
        made.starts_on = made.starts_on.replace(year=2015)
    share = attendance_of(session, made).min_ratio
    assert share == region_rules(session, made.region_code, made.starts_on).min_ratio
    assert share == (0.8 if on == "before" else 0.75)
