"""Verifying certificates from elsewhere: who may, what is compared, what it leads to."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, ExternalCertificate, Notice, Person
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, PortalError
from portal.domain.permissions import Actor, Role
from portal.services import archive_chain, external_certificates, external_checks
from portal.services.external_checks import BASES, POINTS
from portal.services.unit import as_actor
from tests.services.test_external_certificates import FORM, add
from tests.support import papers
from tests.support.acts import together
from tests.support.factories import make_actor, make_institution

PHOTO = external_certificates.as_stored_picture(papers.photo())


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, Role.OFFICER)


@pytest.fixture
def person(session: Session) -> Person:
    return papers.resident(session)


@pytest.fixture
def external(session: Session, person: Person, now: datetime) -> UUID:
    return add(session, papers.owner(session, person), now, image=PHOTO)


def verify(session: Session, officer: Actor, external: UUID, now: datetime, **change: Any) -> str:
    values: dict[str, Any] = {"points": POINTS, "basis": "original"}
    found = external_checks.verify_external(
        session, officer, external_id=external, now=now, **values | change
    )
    return found.state


def refuse(session: Session, officer: Actor, external: UUID, now: datetime) -> str:
    found = external_checks.refuse_external(
        session, officer, external_id=external, reason="网站上查不到这个编号", now=now
    )
    return found.state


def take_back(session: Session, officer: Actor, external: UUID, now: datetime) -> str:
    found = external_checks.take_back(
        session, officer, external_id=external, reason="原件系伪造，已查实", now=now
    )
    return found.state


def test_the_queue_is_of_the_region_oldest_first_with_names_masked(
    session: Session, officer: Actor, now: datetime
) -> None:
    made = []
    for days, region in ((1, "650402"), (3, "650421"), (2, "653200")):
        someone = papers.owner(session, papers.resident(session, region=region))
        made.append(add(session, someone, now - timedelta(days=days)))
    page = external_checks.external_queue(session, officer, now=now)
    assert [one.view.id for one in page.items] == [made[1], made[0]]
    assert {one.owner_masked for one in page.items} == {"王*强"}
    assert "王小强" not in str(page)


def test_one_is_opened_with_its_whole_number_and_that_is_logged(
    session: Session, officer: Actor, person: Person, external: UUID, now: datetime
) -> None:
    found = external_checks.see_external(session, officer, external_id=external, now=now)
    assert (found.owner, found.number) == ("王小强", papers.LEVEL_NUMBER)
    assert found.id_no_masked.startswith("**")
    image = external_checks.see_image(session, officer, external_id=external, now=now)
    assert image == (PHOTO, "image/jpeg")
    events = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.object_id == str(external), AuditEvent.actor_role == "officer")
        .order_by(AuditEvent.id)
    ).all()
    assert [(one.action, one.on_behalf_of) for one in events] == [
        ("external.read", person.id),
        ("external.see_image", person.id),
    ]
    assert events[1].fields_read == ["certificate_image"]


def test_verified_it_stands_in_the_archive_and_its_owner_is_told(
    session: Session, officer: Actor, person: Person, external: UUID, now: datetime
) -> None:
    assert verify(session, officer, external, now, basis="look_up") == "verified"
    [line] = archive_chain.entries_of(session, person.id)
    assert (line.kind, line.ref_id, line.title) == ("external", external, "电工")
    assert line.detail["level"] == 2
    assert papers.LEVEL_NUMBER not in str(line.detail)
    assert archive_chain.verify_chain(session, person.id) is None
    told = session.scalars(select(Notice).where(Notice.person_id == person.id)).one()
    assert told.kind == "external_verified"
    row = session.get_one(ExternalCertificate, external)
    assert (row.decided_by, row.decided_at) == (officer.account_id, now)
    assert "网站" in (row.decision_note or "")


def test_refused_it_says_why_and_leaves_the_archive_alone(
    session: Session, officer: Actor, person: Person, external: UUID, now: datetime
) -> None:
    assert refuse(session, officer, external, now) == "refused"
    [found] = external_certificates.my_external(session, papers.owner(session, person), now=now)
    assert (found.state, found.note) == ("refused", "网站上查不到这个编号")
    assert archive_chain.entries_of(session, person.id) == []
    told = session.scalars(select(Notice).where(Notice.person_id == person.id)).one()
    assert told.kind == "external_refused"


def test_a_refused_one_may_be_entered_again(
    session: Session, officer: Actor, person: Person, external: UUID, now: datetime
) -> None:
    refuse(session, officer, external, now)
    assert add(session, papers.owner(session, person), now) != external


def test_a_verified_one_found_wrong_later_is_superseded_in_the_archive(
    session: Session, officer: Actor, person: Person, external: UUID, now: datetime
) -> None:
    verify(session, officer, external, now)
    assert take_back(session, officer, external, now) == "refused"
    entries = archive_chain.entries_of(session, person.id)
    assert [entry.kind for entry in entries] == ["external", "revocation"]
    assert entries[1].supersedes == entries[0].id
    assert archive_chain.verify_chain(session, person.id) is None


@pytest.mark.parametrize("missing", POINTS)
def test_every_point_must_have_been_compared(
    session: Session, officer: Actor, external: UUID, now: datetime, missing: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        verify(session, officer, external, now, points=[one for one in POINTS if one != missing])
    assert refusal.value.reason == "external.compare_all"


@pytest.mark.parametrize("basis", ["", "hearsay"])
def test_with_what_it_was_compared_must_be_said(
    session: Session, officer: Actor, external: UUID, now: datetime, basis: str
) -> None:
    assert basis not in BASES
    with pytest.raises(BadInput) as refusal:
        verify(session, officer, external, now, basis=basis)
    assert refusal.value.field == "basis"


@pytest.mark.parametrize("reason", ["", "不行", "x" * 201])
def test_a_refusal_needs_a_reason(
    session: Session, officer: Actor, external: UUID, now: datetime, reason: str
) -> None:
    with pytest.raises(BadInput):
        external_checks.refuse_external(
            session, officer, external_id=external, reason=reason, now=now
        )


@pytest.mark.parametrize(
    ("state", "act", "allowed"),
    [
        ("unverified", verify, True),
        ("unverified", refuse, True),
        ("unverified", take_back, False),
        ("verified", verify, False),
        ("verified", refuse, False),
        ("verified", take_back, True),
        ("refused", verify, False),
        ("refused", refuse, False),
        ("refused", take_back, False),
        ("withdrawn", verify, None),
        ("withdrawn", refuse, None),
        ("withdrawn", take_back, None),
    ],
)
def test_each_decision_in_each_state(
    session: Session,
    officer: Actor,
    person: Person,
    external: UUID,
    now: datetime,
    state: str,
    act: Any,
    allowed: bool | None,
) -> None:
    if state == "verified":
        verify(session, officer, external, now)
    elif state == "refused":
        refuse(session, officer, external, now)
    elif state == "withdrawn":
        mine = papers.owner(session, person)
        external_certificates.withdraw(session, mine, external_id=external, now=now)
    if allowed:
        assert act(session, officer, external, now)
        return
    with pytest.raises(NotFound if allowed is None else NotReady):
        act(session, officer, external, now)


def every_act() -> list[Any]:
    return [
        verify,
        refuse,
        lambda session, actor, one, now: external_checks.see_external(
            session, actor, external_id=one, now=now
        ),
        lambda session, actor, one, now: external_checks.see_image(
            session, actor, external_id=one, now=now
        ),
    ]


@pytest.mark.parametrize("act", every_act())
def test_nobody_verifies_the_own_and_nobody_elsewhere(
    session: Session, officer: Actor, person: Person, external: UUID, now: datetime, act: Any
) -> None:
    with pytest.raises(Forbidden):
        act(session, papers.officer_who_is(session, person), external, now)
    with pytest.raises(NotFound):
        act(session, make_actor(session, Role.OFFICER, region_code="653200"), external, now)
    with pytest.raises(NotFound):
        act(session, officer, uuid4(), now)


@pytest.mark.parametrize("act", every_act())
@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.HELPER])
def test_no_other_role_verifies_or_looks(
    session: Session, external: UUID, now: datetime, act: Any, role: Role
) -> None:
    institution = make_institution(session) if role is Role.MANAGER else None
    with pytest.raises(Forbidden):
        act(session, make_actor(session, role, institution=institution), external, now)


def test_ones_own_is_not_verified_through_a_merged_record(
    session: Session, person: Person, now: datetime
) -> None:
    before = papers.resident(session)
    made = add(session, papers.owner(session, before), now)
    before.merged_into = person.id
    session.flush()
    with pytest.raises(Forbidden):
        verify(session, papers.officer_who_is(session, person), made, now)


def test_a_number_that_others_entered_too_is_pointed_out(
    session: Session, officer: Actor, external: UUID, now: datetime
) -> None:
    add(session, papers.owner(session, papers.resident(session)), now)
    found = external_checks.see_external(session, officer, external_id=external, now=now)
    assert found.elsewhere == 1


def test_a_picture_that_was_not_sent_is_not_found(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = add(session, papers.owner(session, person), now)
    with pytest.raises(NotFound):
        external_checks.see_image(session, officer, external_id=made, now=now)


def test_verifying_and_withdrawing_at_once_agree(engine: Engine, now: datetime) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        officer, person = make_actor(session, Role.OFFICER), papers.resident(session)
        me = papers.owner(session, person)
        made = external_certificates.add(session, me, form=FORM, image=None, now=now)
    verdict = {"external_id": made, "points": POINTS, "basis": "original", "now": now}
    answers = together(
        [
            lambda: as_actor(external_checks.verify_external, officer, **verdict),
            lambda: as_actor(external_certificates.withdraw, me, external_id=made, now=now),
            lambda: as_actor(external_checks.verify_external, officer, **verdict),
        ]
    )
    with Session(engine) as session:
        state = session.get_one(ExternalCertificate, made).state
        lines = archive_chain.entries_of(session, person.id)
    verified = [one for one in (answers[0], answers[2]) if not isinstance(one, PortalError)]
    assert state == ("verified" if verified else "withdrawn")
    assert len(lines) == len(verified) <= 1
