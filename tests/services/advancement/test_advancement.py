"""From an honour to a level: what the rules suggest waits for a person, who says yes or no."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    Advancement,
    ArchiveEntry,
    AuditEvent,
    Certificate,
    ExternalCertificate,
    Notice,
    Person,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive_lookup, competitions
from portal.services.advancement import deciding, views
from portal.services.archive_honours import Won
from portal.services.archive_records import add_record
from portal.services.casework import sources
from portal.services.times import day_of
from tests.services.test_external_certificates import add as add_external
from tests.support import factories as make
from tests.support import papers, persons, policy, rights
from tests.support.acts import together
from tests.support.certificates import put_on_record
from tests.support.factories import NOW
from tests.support.published import published

LISTED: dict[str, Any] = {"number": "TLF-JS-01", "name": "电工技能大赛", "grade": "prefecture_1"}
NO_TRADE = {"number": "X-2", "name": "面点赛", "trade": "面点", "occupation_code": ""}
SECOND = {"number": "X-3", "name": "焊工赛", "grade": "prefecture_2"}
ELECTRICIAN = "6-31-01-03"
PLACE = "吐鲁番市职业技能鉴定中心，文化路 1 号"


@pytest.fixture
def officer(session: Session) -> Actor:
    policy.publish_packs(session, commit=False)
    published(session, "competition", LISTED, NO_TRADE, SECOND)
    return make.make_actor(session, Role.OFFICER)


@pytest.fixture
def trainee(session: Session) -> Actor:
    return persons.trainee(session, papers.resident(session))


def record(session: Session, officer: Actor, person_id: UUID, **fields: Any) -> ArchiveEntry:
    values: dict[str, Any] = {
        "kind": "competition", "title": "TLF-JS-01", "issuer": "",
        "occurred_on": date(2026, 6, 1), "won": Won(place=2), "now": NOW,
    }  # fmt: skip
    return add_record(session, officer, person_id=person_id, **values | fields)


def suggestions(session: Session, person_id: UUID) -> list[Advancement]:
    query = select(Advancement).where(Advancement.person_id == person_id)
    return list(session.scalars(query.order_by(Advancement.id)))


def suggested(session: Session, officer: Actor, trainee: Actor, **fields: Any) -> UUID:
    line = record(session, officer, trainee.the_person(), **fields)
    return session.scalars(select(Advancement.id).filter_by(entry_id=line.id)).one()


def certificates(session: Session, trainee: Actor) -> list[Certificate]:
    return list(session.scalars(select(Certificate).filter_by(person_id=trainee.person_id)))


def test_a_place_that_the_rule_counts_suggests_a_level_with_its_reason(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    added = archive_lookup.add(
        session, officer, person_id=trainee.the_person(), kind="competition", title="TLF-JS-01",
        issuer="", occurred_on=date(2026, 6, 1), won=Won(place=2), now=NOW,
    )  # fmt: skip
    assert added.recorded.line.note == "第2名"
    told = added.suggestion
    assert told is not None
    assert (told.level, told.state) == ("电工 三级/高级工（职业资格证书）", "open")
    assert (told.title, told.note) == ("电工技能大赛", "第2名")
    assert told.source == "吐政办〔2019〕53号 四(四)"
    assert told.quote == "为在竞赛中成绩优秀的选手申请相应国家职业资格"
    assert "本系统的默认值" in told.caveat
    event = session.scalars(select(AuditEvent).filter_by(action="advancement.suggest")).one()
    assert event.on_behalf_of == trainee.person_id
    assert event.detail == {"occupation": ELECTRICIAN, "level": 4, "rule": "R62"}
    # Nothing is issued by it.
    assert not certificates(session, trainee)


@pytest.mark.parametrize(
    "fields",
    [
        {"won": Won(place=4)},
        {"won": Won()},
        # The list names no occupation, and nobody told one.
        {"title": "面点赛"},
        # No list of that year: what was never filed suggests nothing.
        {"occurred_on": date(2024, 6, 1), "title": "电工赛", "issuer": "工会",
         "won": Won(place=1, occupation="电工")},
        # Turpan's text speaks of competitions alone.
        {"kind": "award", "title": "技术能手", "issuer": "市人社局",
         "won": Won(grade="prefecture", occupation="电工")},
        {"kind": "military", "title": "民兵集训", "issuer": "人武部",
         "won": Won(place=1, grade="national", occupation="电工")},
    ],
)  # fmt: skip
def test_what_no_rule_counts_suggests_nothing(
    session: Session, officer: Actor, trainee: Actor, fields: dict[str, Any]
) -> None:
    assert record(session, officer, trainee.the_person(), **fields)
    assert suggestions(session, trainee.the_person()) == []


def test_where_the_list_names_no_occupation_the_officer_does(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    won = Won(place=1, occupation="电工 6-31-01-03")
    record(session, officer, trainee.the_person(), title="面点赛", won=won)
    [made] = suggestions(session, trainee.the_person())
    assert (made.occupation_code, made.level, made.credential) == (ELECTRICIAN, 4, "QUAL")


def test_an_honour_counts_where_the_text_says_so(session: Session, officer: Actor) -> None:
    policy.publish_packs(session, "qingdao-*.toml", commit=False)
    person = papers.resident(session, region="370203")
    there = make.make_actor(session, Role.OFFICER, region_code="370200")
    won = Won(grade="prefecture", occupation="电工")
    line = record(
        session, there, person.id, kind="award", title="青岛工匠", issuer="市人社局", won=won
    )
    [made] = suggestions(session, person.id)
    assert (made.level, made.credential, made.pack_id) == (4, "LEVEL", "qingdao-2021")
    assert (line.detail["note"], line.detail["occupation_code"]) == ("市级荣誉", ELECTRICIAN)


@pytest.mark.parametrize(
    ("kind", "won", "field"),
    [
        ("competition", Won(place=0), "place"),
        ("competition", Won(place=1001), "place"),
        ("award", Won(grade="galactic"), "grade"),
        ("award", Won(occupation="不存在的职业"), "occupation"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    session: Session, officer: Actor, trainee: Actor, kind: str, won: Won, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        record(session, officer, trainee.the_person(), kind=kind, won=won, issuer="工会")
    assert refused.value.field == field
    assert not session.scalars(select(ArchiveEntry).filter_by(person_id=trainee.person_id)).all()


def test_the_same_again_suggests_nothing_new_and_another_place_is_refused(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    first = record(session, officer, trainee.the_person())
    for won in (Won(place=2), Won()):
        assert record(session, officer, trainee.the_person(), won=won).id == first.id
    with pytest.raises(BadInput) as refused:
        record(session, officer, trainee.the_person(), won=Won(place=1))
    assert refused.value.params["before"] == "第2名"
    assert len(suggestions(session, trainee.the_person())) == 1


@pytest.mark.parametrize(
    ("kind", "level", "lapsed", "asked"),
    [
        ("LEVEL", 4, False, False),
        ("QUAL", 5, False, False),
        ("LEVEL", 3, False, True),
        ("LEVEL", 4, True, True),
        # A class that taught the level is no certificate of it.
        ("TRAINING", 4, False, True),
    ],
)
def test_a_level_that_the_owner_has_is_not_suggested(
    session: Session, officer: Actor, trainee: Actor, kind: str, level: int, lapsed: bool,
    asked: bool,
) -> None:  # fmt: skip
    put_on_record(
        session, trainee, NOW, kind=kind, level=level, number=f"Y{level}{kind}{lapsed}",
        expires_on=date(2026, 11, 30) if lapsed else None,
    )  # fmt: skip
    record(session, officer, trainee.the_person())
    assert bool(suggestions(session, trainee.the_person())) is asked


def test_a_verified_certificate_from_elsewhere_counts_and_an_unverified_one_does_not(
    session: Session, officer: Actor
) -> None:
    for state in ("unverified", "verified"):
        person = papers.resident(session)
        brought = add_external(session, papers.owner(session, person), NOW)
        row = session.get_one(ExternalCertificate, brought)
        row.level, row.state, row.occupation_code = 4, state, ELECTRICIAN
        session.flush()
        record(session, officer, person.id)
        assert bool(suggestions(session, person.id)) is (state == "unverified")


def test_a_level_that_was_suggested_is_not_suggested_again_until_it_is_declined(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    first = suggested(session, officer, trainee)
    record(session, officer, trainee.the_person(), occurred_on=date(2026, 7, 1))
    # A lower one of the same trade neither.
    record(session, officer, trainee.the_person(), title="X-3")
    assert [one.id for one in suggestions(session, trainee.the_person())] == [first]
    deciding.decline(session, officer, advancement_id=first, reason="证书上名次不符", now=NOW)
    again = suggested(session, officer, trainee, occurred_on=date(2026, 8, 1))
    assert again != first


def elsewhere(session: Session) -> Actor:
    """An officer of another city with its pack and list: what races leave stays out of the way."""
    policy.publish_packs(session, "qingdao-*.toml", commit=False)
    if not competitions.of_year(session, region="370200", year=2026):
        published(session, "competition", LISTED, region="370200")
    return make.make_actor(session, Role.OFFICER, region_code="370200")


def test_two_lines_at_once_suggest_a_level_once(engine: Engine) -> None:
    def ready(session: Session) -> tuple[Actor, UUID]:
        return elsewhere(session), papers.resident(session, region="370203").id

    officer, person_id = in_transaction(ready)
    days = [date(2026, 6, day) for day in range(1, 7)]
    together([
        lambda day=day: in_transaction(
            lambda session: record(session, officer, person_id, occurred_on=day).id
        )
        for day in days
    ])  # fmt: skip
    with Session(engine) as session:
        assert len(suggestions(session, person_id)) == 1
        lines = select(func.count()).select_from(ArchiveEntry).filter_by(person_id=person_id)
        assert session.scalar(lines) == len(days)


def test_a_suggestion_waits_in_the_work_of_the_region(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    made = suggested(session, officer, trainee)
    later = NOW + timedelta(days=30)
    waiting = sources.work(session, officer, kind="advancement", now=later)
    [row] = waiting.rows
    assert (row.title, row.href, row.late) == ("电工技能大赛", "/admin/advancements", True)
    [shown] = views.desk(session, officer).items
    assert (shown.id, shown.owner, shown.region) == (made, "王*强", "吐鲁番市高昌区")
    assert shown.due_on > day_of(NOW)
    deciding.decline(session, officer, advancement_id=made, reason="证书上名次不符", now=NOW)
    assert sources.work(session, officer, kind="advancement", now=later).rows == ()
    assert views.desk(session, officer).items == ()
    assert [one.state for one in views.desk(session, officer, waiting=False).items] == ["declined"]


def test_who_is_recommended_is_told_where_to_go_and_gets_no_certificate(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    made = suggested(session, officer, trainee)
    for _ in range(2):
        deciding.recommend(session, officer, advancement_id=made, place=PLACE, now=NOW)
    [own] = views.own(session, trainee)
    assert (own.state, own.answer, own.decided_at) == ("recommended", PLACE, NOW)
    [notice] = session.scalars(select(Notice).filter_by(person_id=trainee.person_id)).all()
    assert (notice.kind, notice.ref_id) == ("advancement_recommended", made)
    assert notice.params["answer"] == PLACE
    done = select(AuditEvent).filter_by(action="advancement.recommend")
    assert len(session.scalars(done).all()) == 1
    assert not certificates(session, trainee)


def test_who_is_declined_reads_why(session: Session, officer: Actor, trainee: Actor) -> None:
    made = suggested(session, officer, trainee)
    for _ in range(2):
        deciding.decline(session, officer, advancement_id=made, reason="证书上名次不符", now=NOW)
    [own] = views.own(session, trainee)
    assert (own.state, own.answer) == ("declined", "证书上名次不符")
    assert own.ask
    [notice] = session.scalars(select(Notice).filter_by(person_id=trainee.person_id)).all()
    assert notice.kind == "advancement_declined"


@pytest.mark.parametrize(("place", "reason"), [("", "短"), ("窗口", "  "), ("长" * 81, "长" * 201)])
def test_an_answer_says_something(
    session: Session, officer: Actor, trainee: Actor, place: str, reason: str
) -> None:
    made = suggested(session, officer, trainee)
    with pytest.raises(BadInput):
        deciding.recommend(session, officer, advancement_id=made, place=place, now=NOW)
    with pytest.raises(BadInput):
        deciding.decline(session, officer, advancement_id=made, reason=reason, now=NOW)
    assert views.own(session, trainee)[0].state == "open"


def test_what_is_decided_stays(session: Session, officer: Actor, trainee: Actor) -> None:
    made = suggested(session, officer, trainee)
    deciding.recommend(session, officer, advancement_id=made, place=PLACE, now=NOW)
    other = make.make_actor(session, Role.OFFICER)
    for by in (officer, other):
        with pytest.raises(NotReady):
            deciding.decline(session, by, advancement_id=made, reason="证书上名次不符", now=NOW)
    with pytest.raises(NotReady):
        deciding.recommend(session, other, advancement_id=made, place=PLACE, now=NOW)


def test_of_two_who_decide_at_once_one_is_first(engine: Engine) -> None:
    def ready(session: Session) -> tuple[UUID, Actor, Actor]:
        both = elsewhere(session), make.make_actor(session, Role.OFFICER, region_code="370200")
        me = persons.trainee(session, papers.resident(session, region="370203"))
        return suggested(session, both[0], me), *both

    made, one, two = in_transaction(ready)

    def decide(by: Actor, act: Any, **answer: str) -> str:
        try:
            in_transaction(lambda session: act(session, by, advancement_id=made, now=NOW, **answer))
        except NotReady:
            return "late"
        return "first"

    answers = together([
        lambda: decide(one, deciding.recommend, place=PLACE),
        lambda: decide(two, deciding.decline, reason="证书上名次不符"),
    ])  # fmt: skip
    assert sorted(answers) == ["first", "late"]
    with Session(engine) as session:
        query = select(func.count()).select_from(Notice).where(Notice.ref_id == made)
        assert session.scalar(query) == 1


def test_only_officers_of_the_region_decide_and_never_about_themselves(
    session: Session, officer: Actor
) -> None:
    person = papers.resident(session)
    trainee = papers.owner(session, person)
    made = suggested(session, officer, trainee)
    stranger = make.make_actor(session, Role.OFFICER, region_code="653200")
    themselves = papers.officer_who_is(session, person)
    cases = [
        (ANONYMOUS, Unauthenticated), (trainee, Forbidden), (stranger, NotFound),
        (make.make_actor(session, Role.AUDITOR), Forbidden), (themselves, Forbidden),
    ]  # fmt: skip
    for actor, error in cases:
        with pytest.raises(error):
            deciding.recommend(session, actor, advancement_id=made, place=PLACE, now=NOW)
        with pytest.raises(error):
            deciding.decline(session, actor, advancement_id=made, reason="不符合规定", now=NOW)
    with pytest.raises(NotFound):
        deciding.recommend(session, officer, advancement_id=new_id(), place=PLACE, now=NOW)
    assert views.desk(session, stranger, waiting=False).items == ()
    assert views.desk(session, themselves, waiting=False).items == ()
    with pytest.raises(Forbidden):
        views.own(session, officer)


def test_a_line_that_was_put_right_since_is_marked(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    line = record(session, officer, trainee.the_person())
    assert not views.desk(session, officer).items[0].line_changed
    rights.add_line(
        session, trainee.the_person(), NOW, kind="correction", ref_id=line.id, supersedes=line.id
    )
    assert views.desk(session, officer).items[0].line_changed


def test_a_merged_record_waits_where_its_owner_lives(
    session: Session, officer: Actor, trainee: Actor
) -> None:
    key = suggested(session, officer, trainee)
    kept = papers.resident(session)
    kept.residence_region = "430102"
    session.get_one(Person, trainee.the_person()).merged_into = kept.id
    session.flush()
    there = make.make_actor(session, Role.OFFICER, region_code="430100")
    assert [one.id for one in views.desk(session, there).items] == [key]
    assert views.desk(session, officer).items == ()
    deciding.decline(session, there, advancement_id=key, reason="已经有更高的等级", now=NOW)
