"""Certificates that an authority issues: draft, look, change, throw away, put in force."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ArchiveEntry, AuditEvent, Certificate, Person
from portal.domain.certificate_number import parse_certificate_number
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, PortalError
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import has
from portal.services import (
    certificate_desk,
    certificate_drafts,
    certificate_files,
    certificates,
    reissue,
)
from portal.services.certificate_drafts import AlreadyOnRecord
from portal.services.unit import as_actor
from tests.support import papers
from tests.support.acts import together
from tests.support.factories import make_actor, make_institution, person_of


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, Role.OFFICER)


@pytest.fixture
def person(session: Session) -> Person:
    return papers.resident(session)


def row_of(session: Session, certificate_id: Any) -> Certificate:
    return session.get_one(Certificate, certificate_id)


@pytest.mark.parametrize("kind", list(papers.FORMS))
def test_every_kind_of_an_authority_is_drafted_issued_and_verified(
    session: Session, officer: Actor, person: Person, now: datetime, kind: str
) -> None:
    made = papers.draft(session, officer, person, now, kind=kind)
    assert (made.state, made.acts) == ("draft", ("amend", "discard", "issue"))
    assert row_of(session, made.id).signature is None
    done = certificate_drafts.issue_draft(session, officer, draft_id=made.id, now=now)
    assert done.state == "issued"
    answer = certificates.verify_number(session, ANONYMOUS, number=done.number, now=now)
    assert (answer.genuine, answer.status) == (True, "valid")
    assert answer.issuer == "吐鲁番市人力资源和社会保障局"
    assert (answer.kind, answer.result) == (done.kind_name, papers.FORMS[kind].get("result"))
    assert ("原件" in (answer.note or "")) == (kind in ("LEVEL", "QUAL"))
    line = session.scalars(select(ArchiveEntry).where(ArchiveEntry.ref_id == made.id)).one()
    assert (line.kind, line.person_id) == ("certificate", person.id)
    assert line.detail["certificate_kind"] == kind


def test_own_kinds_get_a_number_of_the_region_and_national_ones_keep_theirs(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    own = papers.issued(session, officer, person, now, kind="AWARD")
    number = parse_certificate_number(own.number)
    assert (number.prefix, number.region_code, number.year) == ("JL", "650400", 2026)
    assert papers.issued(session, officer, person, now, kind="LEVEL").number == papers.LEVEL_NUMBER


def test_what_follows_from_what_was_typed_is_filled_in(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    level = papers.draft(session, officer, person, now, kind="LEVEL")
    assert (level.fields["occupation_name"], level.fields["title"]) == ("电工", "电工")
    award = papers.draft(session, officer, person, now, kind="AWARD")
    assert award.fields["institution_name"] == "吐鲁番市人力资源和社会保障局"
    assert award.fields["issued_on"] == "2026-12-01"
    military = papers.draft(session, officer, person, now, kind="MILITARY")
    assert military.fields["title"] == "汽车修理（军事专业）对应汽车维修工"


def test_an_edition_is_kept_as_printed(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    done = papers.issued(session, officer, person, now, kind="QUAL")
    row = row_of(session, done.id)
    assert (row.occupation_code, row.edition, row.occupation_name) == (
        "4-10-01-02",
        "2015",
        "育婴员",
    )


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("SPECIAL", {"level": "2"}, "level"),
        ("SPECIAL", {"title": ""}, "title"),
        ("SPECIAL", {"title": "x" * 61}, "title"),
        ("SPECIAL", {"title": "电\u202e工"}, "title"),
        ("SPECIAL", {"hours_credited": "8"}, "hours_credited"),
        ("SPECIAL", {"issued_on": "2026-12-02"}, "issued_on"),
        ("SPECIAL", {"issued_on": "1999-01-01"}, "issued_on"),
        ("SPECIAL", {"issued_on": "gestern"}, "issued_on"),
        ("SPECIAL", {"expires_on": "2026-12-01"}, "expires_on"),
        ("SPECIAL", {"starts_on": "2026-03-02", "ends_on": "2026-03-01"}, "ends_on"),
        ("SPECIAL", {"occupation_code": "99"}, "occupation_code"),
        ("SPECIAL", {"occupation_code": "6-31-01-03"}, "edition"),
        ("SPECIAL", {"edition": "1066"}, "edition"),
        ("AWARD", {"result": ""}, "result"),
        ("AWARD", {"level": "9"}, "level"),
        ("MILITARY", {"remark": ""}, "remark"),
        ("LEVEL", {"level": ""}, "level"),
        ("LEVEL", {"level": "3"}, "number"),
        ("LEVEL", {"edition": ""}, "edition"),
        ("LEVEL", {"number": ""}, "number"),
        ("LEVEL", {"number": "S000065"}, "number"),
        ("LEVEL", {"institution_name": ""}, "institution_name"),
        ("QUAL", {"number": "12345"}, "number"),
        ("SAFETY_POST", {"hours_planned": "10", "hours_credited": "11"}, "hours_credited"),
        ("SAFETY_POST", {"hours_planned": "-1"}, "hours_planned"),
    ],
)
def test_what_a_kind_cannot_be_is_refused_in_words(
    session: Session,
    officer: Actor,
    person: Person,
    now: datetime,
    kind: str,
    change: dict[str, str],
    field: str,
) -> None:
    with pytest.raises(BadInput) as refusal:
        papers.draft(session, officer, person, now, kind=kind, **change)
    assert refusal.value.field == field
    assert has(refusal.value.reason)
    assert session.scalar(select(Certificate.id).where(Certificate.person_id == person.id)) is None


@pytest.mark.parametrize("kind", ["TRAINING", "SPECIAL_OP", "TITLE", "", "x"])
def test_an_authority_issues_no_other_kinds(
    session: Session, officer: Actor, person: Person, now: datetime, kind: str
) -> None:
    with pytest.raises(BadInput):
        certificate_drafts.start(
            session, officer, kind=kind, holder=papers.holder(person), form={}, now=now
        )


@pytest.mark.parametrize("change", [{"name": "李小强"}, {"id_no": papers.id_number(999)}])
def test_a_wrong_name_and_an_unknown_number_get_the_same_answer(
    session: Session, officer: Actor, person: Person, now: datetime, change: dict[str, str]
) -> None:
    with pytest.raises(BadInput) as refusal:
        certificate_drafts.start(
            session,
            officer,
            kind="SPECIAL",
            holder=papers.holder(person, **change),
            form=papers.FORMS["SPECIAL"],
            now=now,
        )
    assert (refusal.value.field, refusal.value.reason) == ("id_no", "certificate_drafts.nobody")


def test_a_person_elsewhere_and_oneself_are_refused(
    session: Session, officer: Actor, now: datetime
) -> None:
    with pytest.raises(BadInput) as refusal:
        papers.draft(session, officer, papers.resident(session, region="653200"), now)
    # The same as for nobody: numbers cannot be tried out from another region.
    assert refusal.value.reason == "certificate_drafts.nobody"
    me = papers.resident(session)
    with pytest.raises(BadInput) as refusal:
        papers.draft(session, papers.officer_who_is(session, me), me, now)
    assert refusal.value.reason == "certificate_drafts.own"


def test_a_certificate_for_a_merged_record_is_the_kept_ones(
    session: Session, officer: Actor, now: datetime
) -> None:
    kept, merged = papers.resident(session), papers.resident(session)
    merged.merged_into = kept.id
    session.flush()
    made = papers.draft(session, officer, merged, now)
    assert row_of(session, made.id).person_id == kept.id


@pytest.mark.parametrize(
    "role", [Role.TRAINEE, Role.INSTRUCTOR, Role.MANAGER, Role.AUDITOR, Role.EMPLOYER, Role.HELPER]
)
def test_nobody_else_issues(session: Session, person: Person, now: datetime, role: Role) -> None:
    teaches = role in (Role.INSTRUCTOR, Role.MANAGER)
    institution = make_institution(session) if teaches else None
    with pytest.raises(Forbidden):
        papers.draft(session, make_actor(session, role, institution=institution), person, now)


def test_a_draft_is_changed_and_shown_as_changed(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = papers.draft(session, officer, person, now)
    form = papers.FORMS["SPECIAL"] | {"title": "葡萄干加工"}
    done = certificate_drafts.amend(session, officer, draft_id=made.id, form=form, now=now)
    assert done.fields["title"] == "葡萄干加工"
    with pytest.raises(BadInput):
        certificate_drafts.amend(
            session, officer, draft_id=made.id, form=form | {"level": "2"}, now=now
        )


def test_a_discarded_draft_is_gone_and_its_trace_stays(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = papers.draft(session, officer, person, now)
    certificate_drafts.discard(session, officer, draft_id=made.id, now=now)
    assert session.get(Certificate, made.id) is None
    acts = session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.object_id == str(made.id))
        .order_by(AuditEvent.id)
    )
    assert list(acts) == ["certificate.draft", "certificate.discard"]
    with pytest.raises(NotFound):
        certificate_drafts.issue_draft(session, officer, draft_id=made.id, now=now)


def test_the_look_up_of_a_person_is_written_down(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    papers.draft(session, officer, person, now)
    event = session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "certificate.find_person", AuditEvent.on_behalf_of == person.id
        )
    ).one()
    assert event.fields_read == ["name", "id_no"]
    assert papers.number_of(person) not in str(event.detail)


def test_drafts_are_no_certificates(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = papers.draft(session, officer, person, now, kind="LEVEL")
    answer = certificates.verify_number(session, ANONYMOUS, number=papers.LEVEL_NUMBER, now=now)
    assert (answer.genuine, answer.status) == (False, "unknown")
    mine = papers.owner(session, person)
    assert certificates.my_certificates(session, mine, now=now) == ()
    with pytest.raises(NotFound):
        certificate_files.certificate_document(session, mine, certificate_id=made.id)
    with pytest.raises(NotFound):
        certificate_desk.locate(session, officer, number=papers.LEVEL_NUMBER)


def act_on_draft(session: Session, officer: Actor, made_id: Any, act: str, now: datetime) -> None:
    if act == "amend":
        certificate_drafts.amend(session, officer, draft_id=made_id, form={}, now=now)
    elif act == "discard":
        certificate_drafts.discard(session, officer, draft_id=made_id, now=now)
    else:
        certificate_drafts.issue_draft(session, officer, draft_id=made_id, now=now)


@pytest.mark.parametrize("act", ["amend", "discard", "issue"])
@pytest.mark.parametrize("state", ["issued", "expired", "replaced", "revoked"])
def test_what_is_no_draft_is_not_changed_as_one(
    session: Session, officer: Actor, person: Person, now: datetime, act: str, state: str
) -> None:
    done = papers.issued(session, officer, person, now)
    row = row_of(session, done.id)
    if state == "expired":
        row.expires_on = date(2026, 11, 1)
    elif state == "replaced":
        row.status, row.replaced_at = "replaced", now
    elif state == "revoked":
        row.status, row.revoked_at = "revoked", now
    session.flush()
    with pytest.raises(NotReady) as refusal:
        act_on_draft(session, officer, done.id, act, now)
    assert has(str(refusal.value.params["reason"]))


@pytest.mark.parametrize("act", ["amend", "discard", "issue"])
def test_another_regions_draft_is_left_alone(
    session: Session, officer: Actor, person: Person, now: datetime, act: str
) -> None:
    made = papers.draft(session, officer, person, now)
    elsewhere = make_actor(session, Role.OFFICER, region_code="653200")
    with pytest.raises(Forbidden):
        act_on_draft(session, elsewhere, made.id, act, now)
    with pytest.raises(NotFound):
        act_on_draft(session, officer, uuid4(), act, now)


@pytest.mark.parametrize("region", ["650000", "000000", "650400"])
def test_drafts_are_listed_for_the_region_with_names_masked(
    session: Session, officer: Actor, person: Person, now: datetime, region: str
) -> None:
    made = papers.draft(session, officer, person, now)
    above = make_actor(session, Role.OFFICER, region_code=region)
    page = certificate_drafts.open_drafts(session, above)
    found = next(line for line in page.items if line.id == made.id)
    assert (found.holder_masked, found.title) == ("王*强", "葡萄栽培")
    elsewhere = make_actor(session, Role.OFFICER, region_code="653200")
    assert certificate_drafts.open_drafts(session, elsewhere).total == 0


def test_a_number_stands_on_record_once(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    papers.issued(session, officer, person, now, kind="LEVEL")
    with pytest.raises(AlreadyOnRecord):
        papers.draft(session, officer, papers.resident(session), now, kind="LEVEL")


def test_a_revoked_number_does_not_come_back_as_a_new_certificate(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    papers.issued(session, officer, person, now, kind="LEVEL")
    certificates.revoke(
        session, officer, number=papers.LEVEL_NUMBER, reason="冒名登记，查实", now=now
    )
    with pytest.raises(AlreadyOnRecord):
        papers.draft(session, officer, person, now, kind="LEVEL")


def test_an_odd_year_in_a_number_is_shown_and_not_refused(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = papers.draft(session, officer, person, now, kind="LEVEL", issued_on="2025-12-30")
    assert ["年份" in sentence for sentence in made.odd] == [True]


def test_the_desk_opens_a_certificate_with_name_and_logs_it(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    done = papers.issued(session, officer, person, now)
    found = certificate_desk.see_certificate(session, officer, certificate_id=done.id, now=now)
    assert (found.holder, found.acts) == ("王小强", ("correct", "print_again", "revoke"))
    event = session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "certificate.read", AuditEvent.object_id == str(done.id)
        )
    ).one()
    assert event.on_behalf_of == person.id
    assert certificate_desk.locate(session, officer, number=done.number.lower()) == done.id


def test_the_desk_opens_nothing_of_another_region_and_nothing_of_ones_own(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    done = papers.issued(session, officer, person, now)
    for stranger in (
        make_actor(session, Role.OFFICER, region_code="653200"),
        papers.officer_who_is(session, person),
    ):
        with pytest.raises(Forbidden):
            certificate_desk.see_certificate(session, stranger, certificate_id=done.id, now=now)
    with pytest.raises(NotFound):
        certificate_desk.see_certificate(session, officer, certificate_id=new_id(), now=now)


def test_two_officers_who_issue_a_draft_at_once_issue_it_once(
    engine: Engine, now: datetime
) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        officer, person = make_actor(session, Role.OFFICER), papers.resident(session)
        made = papers.draft(session, officer, person, now)
    answers = together(
        [
            lambda: as_actor(certificate_drafts.issue_draft, officer, draft_id=made.id, now=now)
            for _ in range(6)
        ]
    )
    assert sum(isinstance(answer, PortalError) for answer in answers) == 5
    with Session(engine) as session:
        lines = session.scalars(select(ArchiveEntry).where(ArchiveEntry.ref_id == made.id)).all()
        assert len(lines) == 1


def test_two_drafts_of_one_number_at_once_are_one(engine: Engine, now: datetime) -> None:
    number = "Y000165000001265000077"
    with Session(engine, expire_on_commit=False) as session, session.begin():
        officer = make_actor(session, Role.OFFICER)
        people = [papers.resident(session) for _ in range(4)]
    form = papers.FORMS["LEVEL"] | {"number": number}
    answers = together(
        [
            lambda one=one: as_actor(  # type: ignore[misc]
                certificate_drafts.start,
                officer,
                kind="LEVEL",
                holder=papers.holder(one),
                form=form,
                now=now,
            )
            for one in people
        ]
    )
    assert sum(isinstance(answer, AlreadyOnRecord) for answer in answers) == 3


def test_a_draft_that_waited_is_issued_with_the_day_it_bears(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = papers.draft(session, officer, person, now)
    later = now + timedelta(days=3)
    done = certificate_drafts.issue_draft(session, officer, draft_id=made.id, now=later)
    assert done.fields["issued_on"] == "2026-12-01"
    assert reissue.PRESENT_NAME not in done.fields
    assert person_of(session, papers.owner(session, person)).id == person.id
