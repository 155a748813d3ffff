"""The life of a version: drafts, days to come, what changed, withdrawal, and whose it is."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import AuditEvent, CatalogVersion, SubsidyStandard
from portal.domain.catalogue_errors import (
    AlreadyScheduled,
    NotADraft,
    NothingNew,
    NotInForce,
    TooEarly,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.domain.rules.facts import TrainingFacts
from portal.services import standards
from portal.services.publication import browsing, contents, life, versions
from portal.services.publication.changes import changes
from portal.services.times import day_of
from tests.support import factories as make
from tests.support.acts import together

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
TODAY = date(2026, 12, 1)
TRADE = {
    "occupation_code": "6-31-01-03",
    "name": "电工",
    "grade": "scarce",
    "industry": "",
    "wanted": 20,
    "note": "",
}
STANDARD = {
    "region_code": "650400",
    "training_type": "JOB_SKILL",
    "occupation_code": "6-31-01-03",
    "topic_code": None,
    "level": 2,
    "kind": "vocational_subsidy",
    "unit": "person",
    "amount_fen": 120_000,
    "fund": "就业补助资金",
    "note": "",
}


def draft(
    session: Session,
    *rows: dict[str, Any],
    kind: str = "shortage_occupation",
    region_code: str = "650400",
) -> CatalogVersion:
    base = STANDARD if kind == "subsidy_standard" else TRADE
    entries = [contents.entry_of(kind, base | row) for row in rows or ({},)]
    return versions.create_draft(
        session,
        kind=kind,
        region_code=region_code,
        entries=entries,
        doc_no="",
        source_name="目录.xlsx",
        effective_from=TODAY,
    )


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def publish(
    session: Session,
    actor: Actor,
    version: CatalogVersion,
    *,
    day: date = TODAY,
    doc_no: str = "吐人社发〔2026〕1号",
    now: datetime = NOW,
) -> str:
    return life.publish_version(
        session, actor, version_id=version.id, doc_no=doc_no, effective_from=day, now=now
    )


def acts(session: Session) -> Sequence[str]:
    return session.scalars(select(AuditEvent.action).order_by(AuditEvent.at)).all()


def test_a_draft_is_published_with_its_document_and_number(
    session: Session, officer: Actor
) -> None:
    made = draft(session)
    assert (made.status, made.version_no, made.published_at) == ("draft", None, None)
    assert publish(session, officer, made) == "published"
    assert (made.version_no, made.doc_no) == (1, "吐人社发〔2026〕1号")
    assert made.effective_from == TODAY
    assert made.published_by == officer.account_id
    assert "publishing.publish" in acts(session)


def test_the_next_version_puts_the_former_out_of_force_the_day_before(
    session: Session, officer: Actor
) -> None:
    first, second = draft(session), draft(session, {"grade": "very"})
    publish(session, officer, first, day=date(2026, 11, 1))
    publish(session, officer, second, doc_no="2号")
    assert (first.status, first.effective_to) == ("superseded", date(2026, 11, 30))
    assert (second.status, second.version_no, second.former_id) == ("published", 2, first.id)


def test_a_future_version_comes_into_force_on_the_day_of_beijing(
    session: Session, officer: Actor
) -> None:
    first, second = draft(session), draft(session, {"grade": "very"})
    publish(session, officer, first)
    assert publish(session, officer, second, day=date(2026, 12, 10), doc_no="2号") == "scheduled"
    assert first.status == "published"
    before = datetime(2026, 12, 9, 15, 59, 59, tzinfo=UTC)
    assert life.due(session, SYSTEM, now=before) == ()
    assert not life.come_into_force(session, SYSTEM, version_id=second.id, now=before)
    midnight = before + timedelta(seconds=1)
    assert life.due(session, SYSTEM, now=midnight) == (second.id,)
    assert life.come_into_force(session, SYSTEM, version_id=second.id, now=midnight)
    assert (first.status, first.effective_to) == ("superseded", date(2026, 12, 9))
    assert second.status == "published"
    assert not life.come_into_force(session, SYSTEM, version_id=second.id, now=midnight)


def test_amounts_of_a_future_version_are_written_when_its_day_comes(
    session: Session, officer: Actor
) -> None:
    made = draft(session, kind="subsidy_standard")
    publish(session, officer, made, day=TODAY + timedelta(days=1))
    assert session.scalars(select(SubsidyStandard)).all() == []
    life.come_into_force(session, SYSTEM, version_id=made.id, now=NOW + timedelta(days=1))
    (row,) = session.scalars(select(SubsidyStandard))
    assert (row.catalog_version_id, row.amount_fen) == (made.id, 120_000)


def test_only_the_clock_puts_versions_in_force(session: Session, officer: Actor) -> None:
    made = draft(session)
    for actor in (officer, ANONYMOUS):
        with pytest.raises((Forbidden, Unauthenticated)):
            life.due(session, actor, now=NOW)
        with pytest.raises((Forbidden, Unauthenticated)):
            life.come_into_force(session, actor, version_id=made.id, now=NOW)


def test_one_version_at_a_time_waits_for_its_day(session: Session, officer: Actor) -> None:
    later = TODAY + timedelta(days=5)
    publish(session, officer, draft(session), day=later)
    with pytest.raises(AlreadyScheduled):
        publish(session, officer, draft(session, {"grade": "very"}), day=later)


def test_what_is_published_meanwhile_is_what_a_waiting_version_replaces(
    session: Session, officer: Actor
) -> None:
    waiting, between = draft(session, {"name": "维修电工"}), draft(session)
    publish(session, officer, waiting, day=TODAY + timedelta(days=5))
    assert changes(session, ANONYMOUS, version_id=waiting.id, now=NOW).is_first
    publish(session, officer, between, doc_no="2号")
    life.come_into_force(session, SYSTEM, version_id=waiting.id, now=NOW + timedelta(days=5))
    log = changes(session, ANONYMOUS, version_id=waiting.id, now=NOW)
    assert (waiting.former_id, log.added, log.removed) == (between.id, 1, 1)


@pytest.mark.parametrize("doc_no", ["", "  ", "号" * 101])
def test_a_document_is_named(session: Session, officer: Actor, doc_no: str) -> None:
    with pytest.raises(BadInput, match="bad_input"):
        publish(session, officer, draft(session), doc_no=doc_no)


def test_a_version_does_not_apply_from_before_the_one_it_replaces(
    session: Session, officer: Actor
) -> None:
    publish(session, officer, draft(session), day=TODAY)
    with pytest.raises(TooEarly):
        publish(session, officer, draft(session, {"grade": "very"}), day=TODAY - timedelta(days=1))
    with pytest.raises(BadInput):
        publish(session, officer, draft(session, {"grade": "very"}), day=date(2062, 12, 1))


def test_the_same_content_again_is_refused(session: Session, officer: Actor) -> None:
    publish(session, officer, draft(session))
    with pytest.raises(NothingNew):
        publish(session, officer, draft(session))


def test_what_is_published_cannot_be_published_or_thrown_away_again(
    session: Session, officer: Actor
) -> None:
    made = draft(session)
    publish(session, officer, made)
    with pytest.raises(NotADraft):
        publish(session, officer, made)
    with pytest.raises(NotADraft):
        life.discard_draft(session, officer, version_id=made.id, now=NOW)


def test_a_draft_can_be_thrown_away(session: Session, officer: Actor) -> None:
    made = draft(session)
    life.discard_draft(session, officer, version_id=made.id, now=NOW)
    assert session.scalars(select(CatalogVersion)).all() == []
    assert "publishing.discard" in acts(session)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TRAINEE, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_nobody_but_officers_publishes(session: Session, role: Role) -> None:
    school = make.make_institution(session) if role is Role.MANAGER else None
    actor, made = make.make_actor(session, role, institution=school), draft(session)
    with pytest.raises(Forbidden):
        publish(session, actor, made)
    with pytest.raises(Forbidden):
        life.withdraw(session, actor, version_id=made.id, reason="金额有误", now=NOW)
    with pytest.raises(Forbidden):
        life.discard_draft(session, actor, version_id=made.id, now=NOW)
    with pytest.raises(Unauthenticated):
        publish(session, ANONYMOUS, made)


@pytest.mark.parametrize(
    ("area", "theirs", "may"),
    [
        ("650400", "650402", True),
        ("650402", "650400", False),
        ("430000", "650400", False),
        ("650000", "650400", True),
        ("000000", "650400", True),
        ("650400", "000000", False),
    ],
)
def test_an_officer_keeps_the_catalogues_of_the_own_region(
    session: Session, area: str, theirs: str, may: bool
) -> None:
    actor = make.make_actor(session, Role.OFFICER, region_code=area)
    made = draft(session, region_code=theirs)
    if may:
        assert publish(session, actor, made) == "published"
        return
    with pytest.raises(NotFound):
        publish(session, actor, made)
    with pytest.raises(NotFound):
        life.withdraw(session, actor, version_id=made.id, reason="金额有误", now=NOW)
    with pytest.raises(NotFound):
        changes(session, actor, version_id=made.id, now=NOW)


def test_a_withdrawn_version_says_why_and_no_other_takes_its_place(
    session: Session, officer: Actor
) -> None:
    first, second = draft(session), draft(session, {"grade": "very"})
    publish(session, officer, first, day=date(2026, 10, 1))
    publish(session, officer, second, day=date(2026, 11, 1), doc_no="2号")
    life.withdraw(session, officer, version_id=second.id, reason="等级印错了", now=NOW)
    assert (second.status, second.withdrawal_reason) == ("withdrawn", "等级印错了")
    assert second.effective_to == TODAY - timedelta(days=1)
    assert first.status == "superseded"
    assert browsing.in_force(session, ANONYMOUS, kind="shortage_occupation") == ()
    shown = browsing.history(session, ANONYMOUS, kind="shortage_occupation", region_code="650400")
    assert [(one.number, one.status) for one in shown] == [(2, "withdrawn"), (1, "superseded")]
    with pytest.raises(NotInForce):
        life.withdraw(session, officer, version_id=second.id, reason="等级印错了", now=NOW)


def test_what_waits_for_its_day_can_be_withdrawn_and_never_applies(
    session: Session, officer: Actor
) -> None:
    made, day = draft(session), TODAY + timedelta(days=3)
    publish(session, officer, made, day=day)
    life.withdraw(session, officer, version_id=made.id, reason="推迟施行", now=NOW)
    assert made.effective_to == day - timedelta(days=1)
    assert life.due(session, SYSTEM, now=NOW + timedelta(days=4)) == ()


def test_a_withdrawal_needs_a_reason(session: Session, officer: Actor) -> None:
    made = draft(session)
    publish(session, officer, made)
    with pytest.raises(BadInput):
        life.withdraw(session, officer, version_id=made.id, reason="错", now=NOW)


def test_changes_name_each_field_by_the_words_of_the_sheet(
    session: Session, officer: Actor
) -> None:
    first = draft(session, {}, {"name": "维修电工", "wanted": 5}, {"name": "外线电工"})
    second = draft(
        session,
        {"grade": "very", "wanted": 30},
        {"name": "维修电工", "wanted": 5},
        {"name": "电气"},
    )
    publish(session, officer, first)
    log = changes(session, officer, version_id=second.id, now=NOW)
    assert (log.added, log.removed, log.changed, log.is_first) == (1, 1, 1, False)
    publish(session, officer, second, doc_no="2号")
    log = changes(session, ANONYMOUS, version_id=second.id, now=NOW)
    assert [(one.what, one.title) for one in log.items] == [
        ("changed", "电工"),
        ("added", "电气"),
        ("removed", "外线电工"),
    ]
    assert [(f.column, f.old, f.new) for f in log.items[0].fields] == [
        ("紧缺程度", "紧缺", "非常紧缺"),
        ("缺口人数", "20", "30"),
    ]
    only = changes(session, ANONYMOUS, version_id=second.id, what="removed", now=NOW)
    assert ([one.title for one in only.items], only.total) == (["外线电工"], 1)
    with pytest.raises(BadInput):
        changes(session, ANONYMOUS, version_id=second.id, what="all", now=NOW)


def test_the_first_version_changed_nothing(session: Session, officer: Actor) -> None:
    made = draft(session)
    publish(session, officer, made)
    log = changes(session, ANONYMOUS, version_id=made.id, now=NOW)
    assert (log.is_first, log.total, log.items) == (True, 0, ())


def test_drafts_are_hidden_from_the_public(session: Session, officer: Actor) -> None:
    made = draft(session)
    with pytest.raises(Unauthenticated):
        changes(session, ANONYMOUS, version_id=made.id, now=NOW)
    with pytest.raises(Unauthenticated):
        browsing.entries(session, ANONYMOUS, version_id=made.id, now=NOW)
    assert (
        browsing.history(session, ANONYMOUS, kind="shortage_occupation", region_code="650400") == ()
    )
    assert [one.status for one in browsing.officers_list(session, officer).items] == ["draft"]


def test_entries_are_found_by_word_and_pinyin_in_the_order_of_the_sheet(
    session: Session, officer: Actor
) -> None:
    welder = {"name": "焊工", "occupation_code": "6-18-02-04"}
    made = draft(session, welder, {})
    publish(session, officer, made)

    def titles(**kwargs: Any) -> list[str]:
        found = browsing.entries(session, ANONYMOUS, version_id=made.id, now=NOW, **kwargs)
        return [one.title for one in found.items]

    assert titles() == ["焊工", "电工"]
    assert titles(query="hangong") == ["焊工"]
    assert titles(subject="6-31-01-03") == ["电工"]
    (entry,) = browsing.entries(session, ANONYMOUS, version_id=made.id, query="电工", now=NOW).items
    assert ("紧缺程度", "紧缺") in entry.facts
    assert "所属产业" not in dict(entry.facts)


def test_a_class_keeps_the_programme_that_it_was_opened_with(
    session: Session, officer: Actor
) -> None:
    of = make.make_class(session)
    programme = of.programme_id
    version_id = session.scalar(select(CatalogVersion.id).where(CatalogVersion.kind == "programme"))
    version = session.get_one(CatalogVersion, version_id)
    version.status = "published"
    session.flush()
    life.withdraw(session, officer, version_id=version.id, reason="改用新目录", now=NOW)
    session.refresh(of)
    assert of.programme_id == programme
    assert of.status == "enrolling"


def test_amounts_of_a_withdrawn_version_still_count_for_its_time(
    session: Session, officer: Actor
) -> None:
    made = draft(session, kind="subsidy_standard")
    publish(session, officer, made, day=date(2026, 11, 1))
    life.withdraw(session, officer, version_id=made.id, reason="停止执行", now=NOW)

    def amount(day: date) -> object:
        training = make_training(day)
        return standards.amounts_for(session, training).get("vocational_subsidy")

    assert amount(day_of(NOW) - timedelta(days=1)) is not None
    assert amount(day_of(NOW)) is None


def make_training(day: date) -> Any:
    return TrainingFacts(
        region_code="650400",
        starts_on=day,
        ends_on=day,
        hours=40,
        training_type="JOB_SKILL",
        bucket="vocational",
        pack_id="",
        plan_no="",
        skill_key="6-31-01-03",
        level=2,
        fee_fen=0,
        listed={},
    )


def test_two_officers_publish_one_draft_once(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as saved, saved.begin():
        officers = [make.make_actor(saved, Role.OFFICER, region_code="430100") for _ in range(2)]
        made = draft(saved, region_code="430100")
    results = together(
        [
            lambda who=who: in_transaction(lambda s: publish(s, who, made))  # type: ignore[misc]
            for who in officers
            for _ in range(4)
        ]
    )
    assert results.count("published") == 1
    assert sum(isinstance(one, NotADraft) for one in results) == 7


def test_versions_that_are_published_at_once_get_different_numbers(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as saved, saved.begin():
        who = make.make_actor(saved, Role.OFFICER, region_code="430200")
        drafts = [draft(saved, {"wanted": n}, region_code="430200") for n in range(6)]
    together(
        [
            lambda one=one: in_transaction(lambda s: publish(s, who, one))  # type: ignore[misc]
            for one in drafts
        ]
    )
    with Session(engine) as fresh:
        rows = fresh.execute(
            select(CatalogVersion.version_no, CatalogVersion.status).where(
                CatalogVersion.region_code == "430200"
            )
        ).all()
    assert sorted(number for number, _ in rows) == [1, 2, 3, 4, 5, 6]
    assert [status for _, status in rows].count("published") == 1
