"""Targets out of the packs, split by officers within their whole, and counted."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AnnualTarget,
    AuditEvent,
    PersonGroup,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.domain.target_errors import (
    LessThanItsParts,
    MoreThanTheWhole,
    NothingToSplit,
    SetByDocument,
)
from portal.domain.target_progress import progress
from portal.services.oversight import target_counts, targets
from portal.services.oversight.target_lines import WHOLE_SPAN, Line, documents
from portal.services.oversight.targets import Tree
from portal.services.unit import as_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW
from tests.support.policy import publish_packs
from tests.support.tallies import paper, settle

TURPAN, GAOCHANG, SHANSHAN, XINJIANG = "650400", "650402", "650421", "650000"
PACK, TOTAL = "turpan-2019", "target:training_total"
WHY = "年初会议分解"


@pytest.fixture
def packs(session: Session) -> Session:
    publish_packs(session, "*.toml", commit=False)
    return session


def officer(session: Session, region: str = TURPAN) -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region)


def lines(session: Session, pack: str) -> dict[str, Line]:
    (found,) = [one for one in documents(session, this_year=2026) if one.pack_id == pack]
    return {one.key: one for one in found.lines}


def put(session: Session, who: Actor, amount: int, **given: Any) -> None:
    values: dict[str, Any] = {
        "pack_id": PACK, "line": "plan:6", "year": WHOLE_SPAN, "area": TURPAN, "reason": WHY,
    }  # fmt: skip
    targets.set_part(session, who, amount=amount, now=NOW, **values | given)


def seen(session: Session, who: Actor, **given: Any) -> Tree:
    values: dict[str, Any] = {"pack_id": PACK, "line": "plan:6", "year": WHOLE_SPAN}
    found = targets.tree(session, who, now=NOW, **values | given)
    assert found is not None
    return found


def test_the_plans_of_turpan_add_up_to_its_target_by_year_and_by_plan(packs: Session) -> None:
    found = lines(packs, PACK)
    total = found[TOTAL]
    plans = [one for one in found.values() if one.within == TOTAL]
    numbered = sum(one.amount for one in plans if one.plan_no.isdigit())
    assert (numbered, sum(one.amount for one in plans)) == (98_000, 105_000)
    assert sum(total.of_years.values()) == total.amount == 105_000
    assert total.of_years == {2019: 26_000, 2020: 36_000, 2021: 43_000}


@pytest.mark.parametrize(
    ("pack", "key", "amount", "unit", "each_year"),
    [
        ("inner-mongolia-2022", TOTAL, 1_250_000, "人次", False),
        ("inner-mongolia-2022", "target:training_herders", 350_000, "人次", False),
        ("inner-mongolia-2022", "target:new_skilled", 750_000, "人", False),
        ("rural-revitalisation-2021", TOTAL, 3_000_000, "人次", False),
        ("qingdao-2021", TOTAL, 100_000, "人次", True),
        ("qingdao-2021", "target:certificates_high", 20_000, "人", True),
    ],
)
def test_the_other_documents_say_their_numbers(
    packs: Session, pack: str, key: str, amount: int, unit: str, each_year: bool
) -> None:
    one = lines(packs, pack)[key]
    assert (one.amount, one.unit, one.each_year) == (amount, unit, each_year)
    assert one.clause
    assert one.quote


def test_rural_workers_are_within_the_total(packs: Session) -> None:
    one = lines(packs, "inner-mongolia-2022")["target:training_herders"]
    assert one.within == TOTAL
    assert "MIGRANT" in one.group_codes


def test_the_hunan_document_sets_no_number(packs: Session) -> None:
    assert "hunan-2018" not in {one.pack_id for one in documents(packs, this_year=2026)}


def test_an_officer_splits_a_plan_and_sees_what_is_left(packs: Session) -> None:
    who = officer(packs)
    put(packs, who, 6_000, region_code=GAOCHANG)
    put(packs, who, 1_500, region_code=SHANSHAN)
    found = seen(packs, who)
    assert (found.node.amount, found.placed) == (10_000, 7_500)
    assert {one.name: one.amount for one in found.parts}["高昌区"] == 6_000
    assert (found.may_set, found.may_set_years, found.node.by_document) == (True, True, True)


def test_parts_are_not_more_than_the_whole_unless_somebody_says_so(packs: Session) -> None:
    who = officer(packs)
    put(packs, who, 6_000, region_code=GAOCHANG)
    with pytest.raises(MoreThanTheWhole) as refused:
        put(packs, who, 4_001, region_code=SHANSHAN)
    assert refused.value.params == {"excess": 1, "amount": 10_000}
    put(packs, who, 4_001, region_code=SHANSHAN, may_exceed=True)
    assert [one.exceeds_by for one in seen(packs, who).changes] == [1, 0]


def test_institutions_and_regions_are_parts_of_the_same_whole(packs: Session) -> None:
    who, school = officer(packs), make.make_institution(packs, region_code=GAOCHANG)
    put(packs, who, 6_000, region_code=GAOCHANG)
    with pytest.raises(MoreThanTheWhole):
        put(packs, who, 4_001, institution_id=school.id)
    put(packs, who, 4_000, institution_id=school.id)
    assert seen(packs, who).placed == 10_000


def test_years_are_a_splitting_of_their_own(packs: Session) -> None:
    who = officer(packs)
    put(packs, who, 10_000, region_code=GAOCHANG)
    put(packs, who, 4_000, of_year=2020)
    with pytest.raises(MoreThanTheWhole):
        put(packs, who, 6_001, of_year=2021)
    # What the document is continued for is no part of what it set.
    put(packs, who, 20_000, of_year=2026)
    found = seen(packs, who)
    assert found.years_placed == 4_000
    assert {one.place.year: one.amount for one in found.years}[2026] == 20_000
    put(packs, who, 20_000, year=2026, region_code=GAOCHANG)


def test_a_year_without_a_number_is_not_split(packs: Session) -> None:
    with pytest.raises(NothingToSplit):
        put(packs, officer(packs), 5, year=2026, region_code=GAOCHANG)


def test_nobody_changes_what_the_document_says(packs: Session) -> None:
    with pytest.raises(SetByDocument):
        put(packs, officer(packs), 1, line=TOTAL, of_year=2020)
    school = make.make_institution(packs, name="鄯善县技工学校", region_code=SHANSHAN)
    with pytest.raises(SetByDocument):
        put(packs, officer(packs), 1, line="plan:C1", institution_id=school.id)
    found = seen(packs, officer(packs), line="plan:C1")
    (told,) = [one for one in found.parts if one.name == "鄯善县技工学校"]
    assert (told.amount, told.by_document) == (900, True)


def test_a_county_splits_its_own_part_and_does_not_change_it(packs: Session) -> None:
    put(packs, officer(packs), 6_000, region_code=GAOCHANG)
    county = officer(packs, GAOCHANG)
    school = make.make_institution(packs, region_code=GAOCHANG)
    with pytest.raises(Forbidden):
        put(packs, county, 5_000, region_code=GAOCHANG)
    with pytest.raises(Forbidden):
        put(packs, county, 5_000, of_year=2020)
    with pytest.raises(Forbidden):
        put(packs, county, 5_000, area=SHANSHAN, institution_id=school.id)
    put(packs, county, 2_000, area=GAOCHANG, institution_id=school.id)
    found = seen(packs, county)
    assert (found.area, found.node.amount, found.placed) == (GAOCHANG, 6_000, 2_000)
    assert (found.may_set, found.may_set_years) == (True, False)
    with pytest.raises(Forbidden):
        seen(packs, county, area=TURPAN)


def test_a_part_is_not_cut_below_what_it_was_split_into(packs: Session) -> None:
    put(packs, officer(packs), 6_000, region_code=GAOCHANG)
    school = make.make_institution(packs, region_code=GAOCHANG)
    put(packs, officer(packs, GAOCHANG), 2_000, area=GAOCHANG, institution_id=school.id)
    with pytest.raises(LessThanItsParts):
        put(packs, officer(packs), 1_999, region_code=GAOCHANG)
    put(packs, officer(packs), 2_000, region_code=GAOCHANG)


def test_every_change_is_a_version_with_its_reason_and_is_written_down(packs: Session) -> None:
    who = officer(packs)
    put(packs, who, 6_000, region_code=GAOCHANG)
    put(packs, who, 5_000, region_code=GAOCHANG, reason="年中调整任务")
    assert [(one.version_no, one.amount, one.reason) for one in seen(packs, who).changes] == [
        (2, 5_000, "年中调整任务"),
        (1, 6_000, WHY),
    ]
    acts = packs.scalars(select(AuditEvent).where(AuditEvent.action == "target.set")).all()
    assert [one.actor_account_id for one in acts] == [who.account_id] * 2


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"region_code": "653201"}, BadInput),
        ({"region_code": ""}, BadInput),
        ({"region_code": TURPAN}, BadInput),
        ({"region_code": GAOCHANG, "reason": "改"}, BadInput),
        ({"of_year": 1998}, BadInput),
        ({"region_code": GAOCHANG, "year": 2019, "pack_id": "qingdao-2021"}, NotFound),
        ({"region_code": GAOCHANG, "line": "plan:99"}, NotFound),
        ({"region_code": GAOCHANG, "year": 1998}, NotFound),
        ({"region_code": "653201", "area": "653200"}, Forbidden),
    ],
)
def test_what_makes_no_sense_is_refused(
    packs: Session, given: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        put(packs, officer(packs), 5, **given)
    assert packs.scalar(select(AnnualTarget).limit(1)) is None


@pytest.mark.parametrize("amount", [-1, targets.MOST + 1])
def test_a_number_is_a_number(packs: Session, amount: int) -> None:
    with pytest.raises(BadInput):
        put(packs, officer(packs), amount, region_code=GAOCHANG)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MANAGER, Role.TRAINEE, Role.SYSTEM_ADMIN])
def test_nobody_else_sets_a_target(packs: Session, role: Role) -> None:
    staff = role is Role.MANAGER
    who = make.make_actor(packs, role, institution=make.make_institution(packs) if staff else None)
    with pytest.raises(Forbidden):
        put(packs, who, 5, region_code=GAOCHANG)
    with pytest.raises(Unauthenticated):
        put(packs, ANONYMOUS, 5, region_code=GAOCHANG)
    if role is Role.AUDITOR:
        assert not seen(packs, who).may_set
    else:
        with pytest.raises(Forbidden):
            seen(packs, who)


def test_an_officer_of_another_region_sees_only_the_documents_that_reach_it(
    packs: Session,
) -> None:
    hotan = officer(packs, "653200")
    with pytest.raises(NotFound):
        seen(packs, hotan)
    found = targets.tree(packs, hotan, now=NOW)
    assert found is not None
    assert [one.pack_id for one in found.documents] == ["rural-revitalisation-2021"]
    assert (found.area, found.node.amount) == ("653200", None)


def test_without_a_document_there_is_no_tree(session: Session) -> None:
    assert targets.tree(session, officer(session), now=NOW) is None


def plan_class(session: Session, plan_no: str, **fields: Any) -> TrainingClass:
    """A class of a Turpan plan that began 40 days ago."""
    start = NOW - timedelta(days=40)
    made = make.make_class(session, **{"first_start": start, "meets": [], **fields})
    plan = session.scalars(
        select(TrainingPlan).where(TrainingPlan.pack_id == PACK, TrainingPlan.plan_no == plan_no)
    ).one()
    session.get_one(TrainingProgramme, made.programme_id).plan_id = plan.id
    return made


def test_places_in_classes_that_began_are_what_was_done(packs: Session) -> None:
    one = plan_class(packs, "6")
    later = plan_class(packs, "6", first_start=NOW + timedelta(days=7))
    other = plan_class(packs, "13", region_code=SHANSHAN)
    person = make.make_person(packs)
    for made in (one, later, other):
        make.enrol(packs, person, made)
    settle(packs)
    who = officer(packs)
    found = seen(packs, who, year=2026)
    assert (found.node.done, found.people) == (1, 1)
    whole = seen(packs, who, line=TOTAL, year=2026)
    assert (whole.node.done, whole.people) == (2, 1)
    assert {part.name: part.done for part in whole.parts if part.done} == {"高昌区": 1, "鄯善县": 1}


@pytest.mark.parametrize("large", [0, 100_000])
def test_rural_workers_are_counted_by_their_group_when_the_class_began(
    packs: Session, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """Asked one by one, or read at once: the same."""
    monkeypatch.setattr(target_counts, "_LARGE", large)
    begun = {"region_code": "150102", "first_start": NOW - timedelta(days=40)}
    made, another = make.make_class(packs, **begun), make.make_class(packs, meets=[], **begun)
    worker, former, nobody, older = (make.make_person(packs) for _ in range(4))
    for person in (worker, former, nobody):
        make.enrol(packs, person, made)
    make.enrol(packs, older, another)
    # Two records of one person, who belongs by the one and learns by the other as well.
    older.merged_into = worker.id
    spans = ((worker, None), (worker, date(2030, 1, 1)), (former, date(2021, 1, 1)))
    for number, (person, until) in enumerate(spans):
        group = PersonGroup(
            person_id=person.id, group_code="MIGRANT", valid_from=date(2020, 1, 1 + number),
            valid_to=until, status="declared", source="self", created_at=NOW,
        )  # fmt: skip
        packs.add(group)
    settle(packs)
    who = officer(packs, "150000")
    given = {"pack_id": "inner-mongolia-2022", "year": 2026}
    assert seen(packs, who, line=TOTAL, **given).node.done == 4
    herders = seen(packs, who, line="target:training_herders", **given)
    assert (herders.node.done, herders.people) == (2, 1)
    assert [part.done for part in herders.parts if part.done] == [2]


def test_talent_is_people_with_a_level_each_once(packs: Session) -> None:
    made = make.make_class(packs, region_code="370203", first_start=NOW - timedelta(days=40))
    person, other = make.make_person(packs), make.make_person(packs)
    again = make.make_class(packs, region_code="370203", meets=[])
    places = [make.enrol(packs, person, made), make.enrol(packs, person, again)]
    low = make.enrol(packs, other, made)
    for place in places:
        paper(packs, place, kind="LEVEL", level=4)
    paper(packs, low, kind="LEVEL", level=2)
    settle(packs)
    who = officer(packs, "370200")
    given = {"pack_id": "qingdao-2021", "year": 2026}
    assert seen(packs, who, line="target:certificates", **given).node.done == 2
    assert seen(packs, who, line="target:certificates_high", **given).node.done == 1


def test_two_officers_at_once_never_pass_the_whole_together(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as saved:
        publish_packs(saved, "turpan-*.toml")
        who = [officer(saved) for _ in range(4)]
        saved.commit()
    codes = [GAOCHANG, SHANSHAN, "650422"]
    acts = [
        partial(
            as_actor, targets.set_part, one, pack_id=PACK, line="plan:6", year=WHOLE_SPAN,
            area=TURPAN, region_code=code, amount=4_000, reason=WHY, now=NOW,
        )
        for one in who for code in codes
    ]  # fmt: skip
    answers = together(acts)
    assert any(isinstance(one, MoreThanTheWhole) for one in answers)
    with Session(engine) as fresh:
        last = {
            row.region_code: row.amount
            for row in fresh.scalars(select(AnnualTarget).order_by(AnnualTarget.version_no))
        }
        assert sum(last.values()) == 8_000


YEAR = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("done", "today", "pace", "projected"),
    [
        (0, date(2025, 12, 31), "not_begun", None),
        (500, date(2026, 2, 1), "early", None),
        (500, date(2026, 7, 2), "even", 997),
        (700, date(2026, 7, 2), "ahead", 1396),
        (300, date(2026, 7, 2), "behind", 598),
        (29, date(2026, 7, 2), "behind", None),
        (900, date(2027, 1, 1), "over", None),
    ],
)
def test_a_projection_is_the_average_carried_on_and_none_from_too_little(
    done: int, today: date, pace: str, projected: int | None
) -> None:
    found = progress(done, 1_000, today=today, **YEAR)
    assert (found.pace, found.projected) == (pace, projected)


def test_nothing_of_nothing_is_no_error() -> None:
    assert progress(5, 0, today=date(2026, 7, 1), **YEAR).percent == 0
