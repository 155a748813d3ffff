"""Filing upward, the answer, filing anew; who answers; one answer of two."""

from dataclasses import replace
from datetime import date
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    CatalogVersion,
    Notice,
    TrainingProgramme,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady
from portal.domain.permissions import Actor, Role
from portal.services.supplements import answering, drafting, filing, views
from tests.support import factories as make
from tests.support import supplements as support
from tests.support.supplements import ANSWER, DOC

NOW = make.NOW


@pytest.fixture
def city(session: Session) -> Actor:
    return support.officer(session)


@pytest.fixture
def province(session: Session) -> Actor:
    return support.officer(session, "650000")


def told(session: Session, actor: Actor) -> list[str]:
    query = select(Notice.kind).where(Notice.person_id == actor.person_id)
    return list(session.scalars(query.order_by(Notice.id)))


def test_filing_waits_for_an_answer_within_ten_working_days(
    session: Session, city: Actor, province: Actor
) -> None:
    made = support.filed(session, city)
    seen = views.see(session, city, entry_id=made, now=NOW)
    assert (seen.state, seen.acts) == ("filed", ("take_back",))
    filed = seen.filings[0]
    # From Tuesday, 1 December 2026: two weeks of five working days.
    assert (filed.doc_no, filed.due_on, filed.days_left) == (DOC, date(2026, 12, 15), 10)
    assert told(session, province) == ["supplement_filed"]


def test_c4_16_a_filed_trade_is_not_selectable(session: Session, city: Actor) -> None:
    support.filed(session, city)
    assert session.scalars(select(TrainingProgramme)).all() == []


def test_several_are_filed_with_one_document_or_none(session: Session, city: Actor) -> None:
    first = support.drafted(session, city)
    second = support.drafted(session, city, code="BC-02", subject="6-18-01-01")
    taken = support.filed(session, city, code="BC-03", subject="品酒师")
    with pytest.raises(NotReady), session.begin_nested():
        filing.file(session, city, entry_ids=[first, taken, second], doc_no=DOC, now=NOW)
    assert support.row(session, first).state == "draft"
    assert filing.file(session, city, entry_ids=[first, second], doc_no=DOC, now=NOW) == 2
    assert support.row(session, second).state == "filed"


@pytest.mark.parametrize("doc_no", ["", "  ", "字" * 61, "a\u202eb"])
def test_a_document_number_is_needed(session: Session, city: Actor, doc_no: str) -> None:
    made = support.drafted(session, city)
    with pytest.raises(BadInput) as refused:
        filing.file(session, city, entry_ids=[made], doc_no=doc_no, now=NOW)
    assert refused.value.field == "doc_no"


def test_something_must_be_chosen(session: Session, city: Actor) -> None:
    with pytest.raises(BadInput):
        filing.file(session, city, entry_ids=[], doc_no=DOC, now=NOW)


def test_the_same_subject_is_filed_once(session: Session, city: Actor) -> None:
    other = support.drafted(session, city, code="BC-02")
    support.filed(session, city)
    with pytest.raises(BadInput) as refused:
        filing.file(session, city, entry_ids=[other], doc_no=DOC, now=NOW)
    assert refused.value.reason == "supplements.subject_own"


def test_acceptance_makes_a_programme_in_the_regions_supplement(
    session: Session, city: Actor, province: Actor
) -> None:
    made = session.get_one(TrainingProgramme, support.accepted(session, city, province))
    assert (made.code, made.filing, made.planned_hours) == ("BC-01", "accepted", 80)
    version = session.get_one(CatalogVersion, made.catalog_version_id)
    assert (version.kind, version.region_code, version.status) == (
        "supplement",
        "650400",
        "published",
    )
    assert (version.row_count, version.doc_no) == (1, DOC)
    assert told(session, city) == ["supplement_accepted"]


def test_the_next_accepted_joins_the_same_version(
    session: Session, city: Actor, province: Actor
) -> None:
    first = support.accepted(session, city, province)
    second = support.accepted(session, city, province, code="BC-02", subject="6-18-01-01")
    versions = {
        session.get_one(TrainingProgramme, one).catalog_version_id for one in (first, second)
    }
    assert len(versions) == 1
    assert session.get_one(CatalogVersion, versions.pop()).row_count == 2


def test_a_rejection_gives_its_reason_and_the_city_files_anew(
    session: Session, city: Actor, province: Actor
) -> None:
    made = support.filed(session, city)
    answering.reject(
        session, province, entry_id=made, round_no=1, reason="课时偏少，请增加实操", now=NOW
    )
    seen = views.see(session, city, entry_id=made, now=NOW)
    assert (seen.state, seen.filings[0].answer) == ("rejected", "课时偏少，请增加实操")
    assert seen.acts == ("correct", "file", "withdraw")
    assert told(session, city) == ["supplement_rejected"]
    assert session.scalars(select(TrainingProgramme)).all() == []
    more = support.form(practice_hours="70")
    drafting.correct(session, city, entry_id=made, form=more, now=NOW)
    filing.file(session, city, entry_ids=[made], doc_no="吐人社函〔2026〕9号", now=NOW)
    answering.accept(session, province, entry_id=made, round_no=2, reason=ANSWER, now=NOW)
    seen = views.see(session, city, entry_id=made, now=NOW)
    assert [one.outcome for one in seen.filings] == ["accepted", "rejected"]
    assert seen.filings[0].changed == ("practice_hours",)


def test_a_filing_taken_back_is_a_draft_again(
    session: Session, city: Actor, province: Actor
) -> None:
    made = support.filed(session, city)
    filing.take_back(session, city, entry_id=made, now=NOW)
    assert support.row(session, made).state == "draft"
    with pytest.raises(NotReady):
        answering.accept(session, province, entry_id=made, round_no=1, reason=ANSWER, now=NOW)
    with pytest.raises(NotReady):
        filing.take_back(session, city, entry_id=made, now=NOW)


def test_an_answer_is_for_the_filing_that_was_read(
    session: Session, city: Actor, province: Actor
) -> None:
    made = support.filed(session, city)
    filing.take_back(session, city, entry_id=made, now=NOW)
    filing.file(session, city, entry_ids=[made], doc_no=DOC, now=NOW)
    with pytest.raises(NotReady) as refused:
        answering.accept(session, province, entry_id=made, round_no=1, reason=ANSWER, now=NOW)
    assert refused.value.params["reason"] == "supplements.filed_anew"


def test_an_answer_is_given_once(session: Session, city: Actor, province: Actor) -> None:
    made = support.filed(session, city)
    answering.reject(session, province, entry_id=made, round_no=1, reason="不符合条件", now=NOW)
    with pytest.raises(NotReady):
        answering.accept(session, province, entry_id=made, round_no=1, reason=ANSWER, now=NOW)


def test_an_answer_needs_a_reason(session: Session, city: Actor, province: Actor) -> None:
    made = support.filed(session, city)
    with pytest.raises(BadInput):
        answering.accept(session, province, entry_id=made, round_no=1, reason="好", now=NOW)


def test_what_the_base_got_meanwhile_is_not_accepted(
    session: Session, city: Actor, province: Actor
) -> None:
    made = support.filed(session, city)
    support.in_base(session, code="BC-01", occupation_code="6-18-01-01")
    with pytest.raises(BadInput) as refused:
        answering.accept(session, province, entry_id=made, round_no=1, reason=ANSWER, now=NOW)
    assert refused.value.reason == "supplements.code_there"


@pytest.mark.parametrize("region", ["650400", "650402", "650100"])
def test_no_region_below_the_province_answers(
    session: Session, city: Actor, province: Actor, region: str
) -> None:
    made = support.filed(session, city)
    other = support.officer(session, region)
    with pytest.raises(Forbidden):
        answering.accept(session, other, entry_id=made, round_no=1, reason=ANSWER, now=NOW)


def test_another_province_does_not_answer(session: Session, city: Actor, province: Actor) -> None:
    made = support.filed(session, city)
    with pytest.raises(NotFound):
        answering.reject(
            session,
            support.officer(session, "430000"),
            entry_id=made,
            round_no=1,
            reason="不符合条件",
            now=NOW,
        )


def test_the_country_answers_where_the_province_has_no_officer(
    session: Session, city: Actor
) -> None:
    country = support.officer(session, support.COUNTRY)
    made = support.filed(session, city)
    assert told(session, country) == ["supplement_filed"]
    assert views.desk(session, country, now=NOW).todo == 1
    assert answering.accept(session, country, entry_id=made, round_no=1, reason=ANSWER, now=NOW)


def test_the_country_does_not_answer_over_the_provinces_head(
    session: Session, city: Actor, province: Actor
) -> None:
    country = support.officer(session, support.COUNTRY)
    made = support.filed(session, city)
    assert views.desk(session, country, now=NOW).todo == 0
    assert views.see(session, country, entry_id=made, now=NOW).acts == ()
    with pytest.raises(NotFound):
        answering.accept(session, country, entry_id=made, round_no=1, reason=ANSWER, now=NOW)


def test_nobody_answers_what_he_or_she_filed(session: Session, city: Actor) -> None:
    made = support.filed(session, city)
    moved_up = replace(city, region_code="650000")
    with pytest.raises(Forbidden):
        answering.accept(session, moved_up, entry_id=made, round_no=1, reason=ANSWER, now=NOW)


def test_nobody_answers_what_he_or_she_drafted_and_a_colleague_filed(
    session: Session, city: Actor
) -> None:
    made = support.drafted(session, city)
    filing.file(session, support.officer(session), entry_ids=[made], doc_no=DOC, now=NOW)
    moved_up = replace(city, region_code="650000")
    for act in (answering.accept, answering.reject):
        with pytest.raises(Forbidden):
            act(session, moved_up, entry_id=made, round_no=1, reason=ANSWER, now=NOW)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY_ADMIN, Role.TRAINEE])
def test_only_officers_file_and_answer(session: Session, city: Actor, role: Role) -> None:
    made = support.filed(session, city)
    fields = {} if role is Role.TRAINEE else {"region_code": "650000"}
    other = make.make_actor(session, role, **fields)
    for act in (
        partial(filing.file, entry_ids=[made], doc_no=DOC),
        partial(filing.take_back, entry_id=made),
        partial(answering.accept, entry_id=made, round_no=1, reason=ANSWER),
        partial(answering.reject, entry_id=made, round_no=1, reason=ANSWER),
    ):
        with pytest.raises(Forbidden):
            act(session, other, now=NOW)


def test_an_unknown_entry_is_not_found(session: Session, city: Actor, province: Actor) -> None:
    with pytest.raises(NotFound):
        filing.file(session, city, entry_ids=[uuid4()], doc_no=DOC, now=NOW)
    with pytest.raises(NotFound):
        answering.accept(session, province, entry_id=uuid4(), round_no=1, reason=ANSWER, now=NOW)


def test_every_act_is_in_the_trail(session: Session, city: Actor, province: Actor) -> None:
    made = support.filed(session, city)
    answering.accept(session, province, entry_id=made, round_no=1, reason=ANSWER, now=NOW)
    rows = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(made))).all()
    assert {row.action: row.reason for row in rows} == {
        "supplement.draft": None,
        "supplement.file": None,
        "supplement.accept": ANSWER,
    }
