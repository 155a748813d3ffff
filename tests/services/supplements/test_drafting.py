"""A city's drafts: what is checked, who may write them, what the base has already."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, TrainingProgramme
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Role
from portal.locale.errors import sentence_for
from portal.services.supplements import drafting, views
from tests.support import factories as make
from tests.support import supplements as support
from tests.support.policy import publish_packs

NOW = make.NOW


def test_a_draft_is_written_for_the_officers_own_region(session: Session) -> None:
    city = support.officer(session)
    entry = support.row(session, support.drafted(session, city))
    assert (entry.region_code, entry.state, entry.code) == ("650400", "draft", "BC-01")
    assert (entry.occupation_code, entry.level, entry.theory_hours) == ("6-02-06-06", 2, 30)
    actions = session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_id == str(entry.id))
    )
    assert actions.all() == ["supplement.draft"]


def test_a_draft_is_no_programme(session: Session) -> None:
    support.drafted(session, support.officer(session))
    assert session.scalars(select(TrainingProgramme)).all() == []


def test_a_code_is_given_to_whoever_has_none(session: Session) -> None:
    entry = support.row(session, support.drafted(session, support.officer(session), code=""))
    assert entry.code == "B650400-01"


def test_a_subject_is_found_by_its_name_and_by_what_the_list_suggests(session: Session) -> None:
    city = support.officer(session)
    by_name = support.row(session, support.drafted(session, city, subject="品酒师", code="a"))
    listed = support.drafted(session, city, subject="车工 6-18-01-01", code="b")
    assert by_name.occupation_code == "6-02-06-07"
    assert support.row(session, listed).occupation_code == "6-18-01-01"


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"title": "酒"}, "title", "2 个字"),
        ({"why": "需要"}, "why", "10 个字"),
        ({"plan": "turpan-2019:99"}, "plan", "培训计划"),
        ({"plan": "turpan-2019:17"}, "plan", "培训计划"),
        ({"plan": "hunan-2018:一"}, "plan", "培训计划"),
        ({"plan": ""}, "plan", "培训计划"),
        ({"training_type": "学习"}, "training_type", "培训类型"),
        ({"subject": "炼丹师"}, "subject", "工种"),
        ({"level": "9"}, "level", "等级"),
        ({"level": "二"}, "level", "等级"),
        ({"subject": "SYB"}, "level", "不分等级"),
        ({"theory_hours": "三十"}, "theory_hours", "整数"),
        ({"practice_hours": "-1"}, "practice_hours", "整数"),
        ({"theory_hours": "0", "practice_hours": "0"}, "theory_hours", "2000"),
        ({"theory_hours": "29"}, "theory_hours", "不少于 80 课时"),
        ({"fee": "3.005"}, "fee", "金额"),
        ({"code": "a b/c"}, "code", "编号"),
        ({"description": "字" * 1001}, "description", "1000"),
    ],
)
def test_a_wrong_field_is_named(
    session: Session, change: dict[str, Any], field: str, says: str
) -> None:
    city = support.officer(session)
    publish_packs(session, "*.toml", commit=False)
    with pytest.raises(BadInput) as refused:
        drafting.draft(session, city, form=support.form(**change), now=NOW)
    assert refused.value.field == field
    assert says in sentence_for(refused.value)


def test_full_width_digits_are_digits(session: Session) -> None:
    made = support.drafted(session, support.officer(session), theory_hours="３０", fee="８００.5")
    assert (support.row(session, made).theory_hours, support.row(session, made).fee_fen) == (
        30,
        80050,
    )


@pytest.mark.parametrize("region", ["650000", "000000"])
def test_the_base_has_the_code_already(session: Session, region: str) -> None:
    support.in_base(session, region=region, code="BC-01", occupation_code="6-18-01-01")
    with pytest.raises(BadInput) as refused:
        support.drafted(session, support.officer(session))
    assert refused.value.reason == "supplements.code_there"


def test_the_base_has_the_subject_already_at_that_level_and_type(session: Session) -> None:
    same: dict[str, Any] = {
        "occupation_code": "6-02-06-06",
        "level": 2,
        "training_type": "ON_JOB_UP",
    }
    support.in_base(session, code="X1", **same)
    with pytest.raises(BadInput) as refused:
        support.drafted(session, support.officer(session))
    assert refused.value.reason == "supplements.subject_there"
    assert "新疆" in sentence_for(refused.value)


@pytest.mark.parametrize(
    "other",
    [
        {"level": 3},
        {"level": None},
        {"training_type": "JOB_SKILL"},
        {"occupation_code": "6-02-06-01"},
        {"filing": "rejected"},
        {"filing": "filed"},
    ],
)
def test_something_else_in_the_base_is_no_hindrance(
    session: Session, other: dict[str, Any]
) -> None:
    same: dict[str, Any] = {
        "occupation_code": "6-02-06-06",
        "level": 2,
        "training_type": "ON_JOB_UP",
    }
    support.in_base(session, code="X1", **same | other)
    assert support.drafted(session, support.officer(session))


def test_the_base_of_another_province_is_no_hindrance(session: Session) -> None:
    support.in_base(session, region="430000", code="BC-01")
    assert support.drafted(session, support.officer(session))


def test_an_occupation_is_the_same_under_another_edition_s_code(session: Session) -> None:
    support.in_base(
        session, code="X1", occupation_code="4-07-05-04", level=2, training_type="ON_JOB_UP"
    )
    with pytest.raises(BadInput) as refused:
        support.drafted(session, support.officer(session), subject="4-07-05-03")
    assert refused.value.reason == "supplements.subject_there"


def test_a_region_has_a_code_once(session: Session) -> None:
    city = support.officer(session)
    support.drafted(session, city)
    with pytest.raises(BadInput) as refused:
        support.drafted(session, city, subject="6-18-01-01")
    assert refused.value.reason == "supplements.code_own"


def test_a_correction_takes_the_draft_s_place(session: Session) -> None:
    city = support.officer(session)
    made = support.drafted(session, city)
    better = support.form(title="果酒酿造(初级工)", code="")
    drafting.correct(session, city, entry_id=made, form=better, now=NOW)
    entry = support.row(session, made)
    assert (entry.title, entry.code, entry.state) == ("果酒酿造(初级工)", "BC-01", "draft")


def test_what_is_filed_cannot_be_corrected_or_withdrawn(session: Session) -> None:
    city = support.officer(session)
    made = support.filed(session, city)
    with pytest.raises(NotReady):
        drafting.correct(session, city, entry_id=made, form=support.FORM, now=NOW)
    with pytest.raises(NotReady):
        drafting.withdraw(session, city, entry_id=made, reason="不需要了", now=NOW)


def test_a_withdrawn_draft_gives_its_code_back(session: Session) -> None:
    city = support.officer(session)
    made = support.drafted(session, city)
    drafting.withdraw(session, city, entry_id=made, reason="不需要了", now=NOW)
    drafting.withdraw(session, city, entry_id=made, reason="不需要了", now=NOW)
    assert support.row(session, made).state == "withdrawn"
    assert support.drafted(session, city) != made


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.MANAGER, Role.TRAINEE, Role.SYSTEM_ADMIN])
def test_only_officers_draft(session: Session, role: Role) -> None:
    institution = make.make_institution(session) if role is Role.MANAGER else None
    other = make.make_actor(session, role, institution=institution)
    with pytest.raises(Forbidden):
        drafting.draft(session, other, form=support.FORM, now=NOW)
    with pytest.raises(Forbidden):
        views.desk(session, other, now=NOW)


def test_nobody_drafts_without_a_login(session: Session) -> None:
    with pytest.raises(Unauthenticated):
        drafting.draft(session, ANONYMOUS, form=support.FORM, now=NOW)


@pytest.mark.parametrize("region", ["650000", "000000"])
def test_a_province_publishes_the_base_and_drafts_nothing(session: Session, region: str) -> None:
    with pytest.raises(Forbidden):
        support.drafted(session, support.officer(session, region))


@pytest.mark.parametrize("region", ["650100", "430100", "650000"])
def test_a_draft_is_seen_by_its_own_region_only(session: Session, region: str) -> None:
    made = support.drafted(session, support.officer(session))
    other = support.officer(session, region)
    with pytest.raises(NotFound):
        views.see(session, other, entry_id=made, now=NOW)
    if region != "650000":
        with pytest.raises(NotFound):
            drafting.withdraw(session, other, entry_id=made, reason="不需要了", now=NOW)
