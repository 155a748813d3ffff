"""Certificates from elsewhere in their owner's hands."""

import io
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, ExternalCertificate, Person
from portal.domain.certificate_kinds import MEM, OSTA
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, PortalError
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import has
from portal.services import eligibility_facts, external_certificates
from portal.services.external_certificates import TooManyExternal, as_stored_picture
from portal.services.unit import as_actor
from tests.support import papers
from tests.support.acts import together
from tests.support.factories import make_actor, make_institution

FORM = {
    "kind": "LEVEL",
    "number": papers.LEVEL_NUMBER,
    "occupation_name": "电工",
    "level": "2",
    "issuer": "新疆某技能评价中心",
    "issuer_region": "650400",
    "issued_on": "2026-05-06",
}


@pytest.fixture
def person(session: Session) -> Person:
    return papers.resident(session)


@pytest.fixture
def me(session: Session, person: Person) -> Actor:
    return papers.owner(session, person)


def add(
    session: Session, actor: Actor, now: datetime, *, image: bytes | None = None, **fields: str
) -> UUID:
    return external_certificates.add(session, actor, form=FORM | fields, image=image, now=now)


def row_of(session: Session, external_id: UUID) -> ExternalCertificate:
    return session.get_one(ExternalCertificate, external_id)


def test_what_was_added_is_shown_as_unverified(session: Session, me: Actor, now: datetime) -> None:
    made = add(session, me, now)
    [found] = external_certificates.my_external(session, me, now=now)
    assert (found.id, found.state, found.title) == (made, "unverified", "电工")
    assert (found.kind_name, found.level) == ("职业技能等级证书", "五级/初级工")
    assert (found.look_up, found.odd) == (OSTA, ())


def test_the_number_and_the_picture_are_sealed(session: Session, me: Actor, now: datetime) -> None:
    image = as_stored_picture(papers.photo())
    made = add(session, me, now, image=image)
    [found] = external_certificates.my_external(session, me, now=now)
    assert found.number == "*" * 18 + "0001"
    session.flush()
    stored = session.execute(
        text("SELECT e.*::text FROM external_certificate e WHERE id = :id"), {"id": made}
    ).one()
    assert papers.LEVEL_NUMBER not in str(stored)
    row = row_of(session, made)
    assert papers.LEVEL_NUMBER.encode() not in row.number_enc
    assert image not in (row.image_enc or b"")
    assert external_certificates.my_image(session, me, external_id=made) == (image, "image/jpeg")


def test_odd_numbers_are_kept_with_a_hint(session: Session, me: Actor, now: datetime) -> None:
    add(session, me, now, issuer_region="430000", issued_on="2025-05-06")
    [found] = external_certificates.my_external(session, me, now=now)
    assert len(found.odd) == 2
    assert found.state == "unverified"


def test_a_level_digit_that_is_not_the_level_is_rejected_with_explanation(
    session: Session, me: Actor, now: datetime
) -> None:
    """Reference C4, row 19."""
    with pytest.raises(BadInput) as refusal:
        add(session, me, now, number="S000065000001265000001", level="3")
    assert refusal.value.reason == "certificate_number.level_mismatch"


def test_a_special_operations_certificate_gets_its_six_years_and_its_review(
    session: Session, me: Actor, person: Person, now: datetime
) -> None:
    add(
        session,
        me,
        now,
        kind="SPECIAL_OP",
        number=f"T{papers.number_of(person)}",
        level="",
        title="低压电工作业",
        issued_on="2024-02-29",
    )
    [found] = external_certificates.my_external(session, me, now=now)
    assert (found.expires_on, found.review_due_on) == (date(2030, 2, 28), date(2027, 2, 28))
    assert (found.look_up, found.is_expired) == (MEM, False)
    assert papers.number_of(person)[:14] not in found.number
    later = now + timedelta(days=2000)
    assert external_certificates.my_external(session, me, now=later)[0].is_expired


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "x"}, "kind"),
        ({"number": ""}, "number"),
        ({"number": "S000065"}, "number"),
        ({"level": ""}, "level"),
        ({"level": "9"}, "level"),
        ({"issuer": ""}, "issuer"),
        ({"issuer": "中\u202e心"}, "issuer"),
        ({"issuer": "x" * 61}, "issuer"),
        ({"issuer_region": "999999"}, "issuer_region"),
        ({"issued_on": ""}, "issued_on"),
        ({"issued_on": "2026-12-02"}, "issued_on"),
        ({"issued_on": "1899-01-01"}, "issued_on"),
        ({"issued_on": "5.6.26"}, "issued_on"),
        ({"expires_on": "2026-05-06"}, "expires_on"),
        ({"occupation_name": "", "title": ""}, "title"),
        ({"occupation_name": "", "title": "电工"}, "occupation_name"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    session: Session, me: Actor, now: datetime, change: dict[str, str], field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        add(session, me, now, **change)
    assert refusal.value.field == field
    assert has(refusal.value.reason)
    assert external_certificates.my_external(session, me, now=now) == ()


def test_a_level_chosen_for_a_kind_without_levels_is_left_out(
    session: Session, me: Actor, now: datetime
) -> None:
    made = add(session, me, now, kind="AWARD", number="12", title="技能大赛", level="2")
    assert row_of(session, made).level is None


def test_the_same_certificate_is_added_once(session: Session, me: Actor, now: datetime) -> None:
    add(session, me, now)
    with pytest.raises(BadInput) as refusal:
        add(session, me, now, number=" y0001 65000001 26 5000001")
    assert refusal.value.reason == "external.there_already"


def test_a_certificate_that_is_in_the_register_needs_no_adding(
    session: Session, me: Actor, person: Person, now: datetime
) -> None:
    officer = make_actor(session, Role.OFFICER)
    papers.issued(session, officer, person, now, kind="LEVEL", number="Y000165000001265000055")
    with pytest.raises(BadInput) as refusal:
        add(session, me, now, number="Y000165000001265000055")
    assert refusal.value.reason == "external.ours"


def test_at_most_thirty_and_withdrawn_ones_do_not_count(
    session: Session, me: Actor, now: datetime
) -> None:
    first = add(session, me, now, kind="AWARD", number="0", title="奖", level="")
    for number in range(1, external_certificates.MOST):
        add(session, me, now, kind="AWARD", number=str(number), title="奖", level="")
    with pytest.raises(TooManyExternal):
        add(session, me, now, kind="AWARD", number="99", title="奖", level="")
    external_certificates.withdraw(session, me, external_id=first, now=now)
    add(session, me, now, kind="AWARD", number="99", title="奖", level="")


def test_withdrawing_hides_it_and_deletes_the_picture(
    session: Session, me: Actor, now: datetime
) -> None:
    made = add(session, me, now, image=as_stored_picture(papers.photo()))
    for _ in range(2):
        external_certificates.withdraw(session, me, external_id=made, now=now)
    assert external_certificates.my_external(session, me, now=now) == ()
    row = row_of(session, made)
    assert (row.state, row.image_enc, row.image_type) == ("withdrawn", None, None)
    with pytest.raises(NotFound):
        external_certificates.my_image(session, me, external_id=made)
    acts = session.scalars(
        select(AuditEvent.action).where(AuditEvent.object_id == str(made)).order_by(AuditEvent.id)
    )
    assert list(acts) == ["external.add", "external.withdraw"]
    add(session, me, now)


def test_a_verified_one_stays(session: Session, me: Actor, now: datetime) -> None:
    made = add(session, me, now)
    row_of(session, made).state = "verified"
    session.flush()
    with pytest.raises(NotReady):
        external_certificates.withdraw(session, me, external_id=made, now=now)


def test_nobody_sees_or_withdraws_anothers(session: Session, me: Actor, now: datetime) -> None:
    made = add(session, me, now, image=as_stored_picture(papers.photo()))
    other = make_actor(session)
    with pytest.raises(NotFound):
        external_certificates.my_image(session, other, external_id=made)
    with pytest.raises(NotFound):
        external_certificates.withdraw(session, other, external_id=made, now=now)
    with pytest.raises(NotFound):
        external_certificates.withdraw(session, me, external_id=uuid4(), now=now)
    assert external_certificates.my_external(session, other, now=now) == ()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.MANAGER, Role.AUDITOR, Role.HELPER])
def test_staff_has_none(session: Session, now: datetime, role: Role) -> None:
    institution = make_institution(session) if role is Role.MANAGER else None
    actor = make_actor(session, role, institution=institution)
    with pytest.raises(Forbidden):
        add(session, actor, now)
    with pytest.raises(PortalError):
        external_certificates.my_external(session, ANONYMOUS, now=now)


def test_a_merged_records_certificates_are_the_persons_own(
    session: Session, me: Actor, person: Person, now: datetime
) -> None:
    before = papers.resident(session)
    made = add(session, papers.owner(session, before), now)
    before.merged_into = person.id
    session.flush()
    assert [one.id for one in external_certificates.my_external(session, me, now=now)] == [made]
    with pytest.raises(BadInput):
        add(session, me, now)
    external_certificates.withdraw(session, me, external_id=made, now=now)


def test_they_do_not_count_as_subsidised(
    session: Session, me: Actor, person: Person, now: datetime
) -> None:
    """R02 counts what was subsidised here (reference D3); see ADR 0029."""
    made = add(session, me, now)
    row_of(session, made).state = "verified"
    session.flush()
    known = eligibility_facts.read_people(session, [person.id], today=now.date())
    assert known[person.id].history == ()


@pytest.mark.parametrize("raw", [b"", b"x" * 100, b"%PDF-1.7"])
def test_what_is_no_picture_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(BadInput) as refusal:
        as_stored_picture(raw)
    assert (refusal.value.field, refusal.value.reason) == ("image", "external.image_unreadable")


def test_a_picture_of_more_than_five_megabytes_is_refused_unread() -> None:
    with pytest.raises(BadInput) as refusal:
        as_stored_picture(papers.photo() + bytes(external_certificates.MOST_BYTES))
    assert refusal.value.reason == "external.image_large"


def test_a_picture_is_kept_small() -> None:
    stored = as_stored_picture(papers.photo("PNG", (3000, 2000)))
    assert Image.open(io.BytesIO(stored)).size == (1600, 1067)


def test_the_same_certificate_added_many_times_at_once_is_one(
    engine: Engine, now: datetime
) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        me = papers.owner(session, papers.resident(session))
    values: dict[str, Any] = {"form": FORM, "image": None, "now": now}
    answers = together([lambda: as_actor(external_certificates.add, me, **values)] * 6)
    assert sum(isinstance(answer, BadInput) for answer in answers) == 5
    with Session(engine) as session:
        mine = ExternalCertificate.person_id == me.person_id
        assert session.scalar(select(func.count()).where(mine)) == 1
