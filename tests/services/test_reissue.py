"""Correcting and reissuing, printing again: what each does, refuses, and what happens at once."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    ArchiveEntry,
    AuditEvent,
    Certificate,
    Institution,
    Notice,
    Person,
    StatusList,
)
from portal.domain.certificate_life import Act
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady, PortalError
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import has
from portal.services import archive, archive_chain, certificate_desk, certificates, reissue
from portal.services.certificate_desk import DeskCertificate
from portal.services.certificate_fields import fields_of
from portal.services.unit import as_actor
from tests.support import papers
from tests.support.acts import together
from tests.support.factories import enrol, make_actor, make_class

WHY = "证书上项目名称印错"


@pytest.fixture
def officer(session: Session) -> Actor:
    return make_actor(session, Role.OFFICER)


@pytest.fixture
def person(session: Session) -> Person:
    return papers.resident(session)


@pytest.fixture
def paper(session: Session, officer: Actor, person: Person, now: datetime) -> DeskCertificate:
    return papers.issued(session, officer, person, now)


def correct(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime, **changes: str
) -> DeskCertificate:
    return reissue.correct(
        session,
        officer,
        number=paper.number,
        version=paper.version,
        form=paper.fields | (changes or {"title": "葡萄干加工"}),
        reason=WHY,
        now=now,
    )


def print_again(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime
) -> DeskCertificate:
    return reissue.print_again(
        session,
        officer,
        number=paper.number,
        version=paper.version,
        reason="本人丢失纸质证书",
        now=now,
    )


def bit_of(session: Session, row: Certificate) -> bool:
    """Whether the bit of a certificate is set in its list, as the standard counts bits."""
    assert row.status_index is not None
    found = session.scalars(select(StatusList).where(StatusList.no == row.status_list_no)).one()
    session.refresh(found)
    return bool(found.bits[row.status_index // 8] & (0x80 >> row.status_index % 8))


def test_a_correction_is_a_new_version_of_the_same_number(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime
) -> None:
    done = correct(session, officer, paper, now)
    assert (done.number, done.version, done.state) == (paper.number, 2, "issued")
    assert done.fields["title"] == "葡萄干加工"
    answer = certificates.verify_number(session, ANONYMOUS, number=paper.number, now=now)
    assert (answer.genuine, answer.status, answer.title) == (True, "valid", "葡萄干加工")


def test_the_old_version_is_replaced_and_stays_for_auditors(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime
) -> None:
    done = correct(session, officer, paper, now)
    old, new = session.get_one(Certificate, paper.id), session.get_one(Certificate, done.id)
    assert (old.status, old.replaced_at, old.title) == ("replaced", now, "葡萄栽培")
    assert (new.replaces_id, new.printing) == (old.id, 1)
    assert old.signature != new.signature
    assert old.holder_salt != new.holder_salt
    assert [(one.version, one.state) for one in done.versions] == [(2, "issued"), (1, "replaced")]
    seen = certificate_desk.see_certificate(session, officer, certificate_id=old.id, now=now)
    assert (seen.state, seen.acts) == ("replaced", ())


def test_the_status_list_says_that_the_old_file_is_void_and_the_new_is_not(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime
) -> None:
    old = session.get_one(Certificate, paper.id)
    assert not bit_of(session, old)
    new = session.get_one(Certificate, correct(session, officer, paper, now).id)
    assert bit_of(session, old)
    assert not bit_of(session, new)
    assert (new.status_list_no, new.status_index) != (old.status_list_no, old.status_index)


def test_the_archive_has_both_lines_the_new_one_in_force(
    session: Session, officer: Actor, person: Person, paper: DeskCertificate, now: datetime
) -> None:
    done = correct(session, officer, paper, now)
    entries = archive_chain.entries_of(session, person.id)
    assert [entry.ref_id for entry in entries] == [paper.id, done.id]
    assert entries[1].supersedes == entries[0].id
    assert [entry.ref_id for entry in archive_chain.in_force(entries)] == [done.id]
    assert archive_chain.verify_chain(session, person.id) is None


def test_a_correction_tells_the_holder_and_leaves_its_reason_with_the_old_version(
    session: Session, officer: Actor, person: Person, paper: DeskCertificate, now: datetime
) -> None:
    done = correct(session, officer, paper, now)
    told = session.scalars(select(Notice).where(Notice.person_id == person.id)).one()
    assert (told.kind, told.ref_id) == ("certificate_corrected", done.id)
    events = select(AuditEvent.action, AuditEvent.reason, AuditEvent.on_behalf_of)
    of = events.where(AuditEvent.object_id.in_([str(paper.id), str(done.id)]))
    found = {row.action: row for row in session.execute(of)}
    assert found["certificate.replace"].reason == WHY
    assert found["certificate.reissue"].on_behalf_of == person.id


def test_a_class_certificate_is_corrected_under_its_institutions_key(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = make_class(session, first_start=now - timedelta(days=7))
    of = session.get_one(Institution, made.institution_id)
    manager = make_actor(session, Role.MANAGER, institution=of)
    row = certificates.issue(
        session,
        manager,
        enrolment_id=enrol(session, person, made).id,
        hours_credited=7,
        now=now,
    )
    form = fields_of(row) | {"hours_credited": "8"}
    with pytest.raises(BadInput) as refusal:
        reissue.correct(
            session,
            officer,
            number=row.number or "",
            version=1,
            form=form | {"institution_name": "别的学校"},
            reason="机构改名",
            now=now,
        )
    assert refusal.value.field == "institution_name"
    done = reissue.correct(
        session,
        officer,
        number=row.number or "",
        version=1,
        form=form,
        reason="课时登记错误",
        now=now,
    )
    new = session.get_one(Certificate, done.id)
    assert (new.hours_credited, new.enrolment_id) == (8, row.enrolment_id)
    assert new.institution_name == of.name
    answer = certificates.verify_number(session, ANONYMOUS, number=done.number, now=now)
    assert (answer.genuine, answer.issuer, answer.hours) == (True, of.name, 8)
    view = archive.my_archive(session, papers.owner(session, person), now=now)
    assert (view.certificates, view.intact) == (1, True)


def test_a_name_changes_only_to_what_the_persons_record_says(
    session: Session, officer: Actor, person: Person, paper: DeskCertificate, now: datetime
) -> None:
    with pytest.raises(BadInput):
        correct(session, officer, paper, now, holder_name="李大明")
    person.name = "王晓强"
    session.flush()
    done = correct(session, officer, paper, now, present_name="1")
    assert done.holder == "王晓强"


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("SPECIAL", {"title": ""}, "title"),
        ("SPECIAL", {"level": "2"}, "level"),
        ("SPECIAL", {"issued_on": ""}, "issued_on"),
        ("SPECIAL", {"issued_on": "2026-12-09"}, "issued_on"),
        ("SPECIAL", {"institution_name": ""}, "institution_name"),
        ("LEVEL", {"level": "3"}, "number"),
        ("LEVEL", {"edition": ""}, "edition"),
    ],
)
def test_a_correction_cannot_make_what_the_kind_cannot_be(
    session: Session,
    officer: Actor,
    person: Person,
    now: datetime,
    kind: str,
    changes: dict[str, str],
    field: str,
) -> None:
    paper = papers.issued(session, officer, person, now, kind=kind)
    with pytest.raises(BadInput) as refusal:
        correct(session, officer, paper, now, **changes)
    assert refusal.value.field == field
    assert session.get_one(Certificate, paper.id).status == "issued"


def test_a_correction_that_changes_nothing_is_refused(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime
) -> None:
    with pytest.raises(BadInput) as refusal:
        correct(session, officer, paper, now, title=paper.fields["title"])
    assert refusal.value.reason == "reissue.nothing"


def test_a_lost_paper_keeps_number_and_version_and_gets_a_new_printing(
    session: Session, officer: Actor, person: Person, paper: DeskCertificate, now: datetime
) -> None:
    before = session.get_one(Certificate, paper.id).signature
    done = print_again(session, officer, paper, now)
    assert (done.id, done.number, done.version, done.printing) == (paper.id, paper.number, 1, 2)
    assert session.get_one(Certificate, paper.id).signature == before
    answer = certificates.verify_number(session, ANONYMOUS, number=paper.number, now=now)
    assert answer.status == "valid"
    event = session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "certificate.print_again", AuditEvent.object_id == str(paper.id)
        )
    ).one()
    assert (event.reason, event.on_behalf_of) == ("本人丢失纸质证书", person.id)


def bring_to(
    session: Session, officer: Actor, paper: DeskCertificate, state: str, now: Any
) -> None:
    row = session.get_one(Certificate, paper.id)
    if state == "expired":
        row.expires_on = date(2026, 11, 30)
    elif state == "revoked":
        certificates.revoke(session, officer, number=paper.number, reason="冒名顶替", now=now)
    elif state == "replaced":
        correct(session, officer, paper, now)
    session.flush()


@pytest.mark.parametrize(
    ("state", "act", "allowed"),
    [
        ("issued", Act.CORRECT, True),
        ("issued", Act.PRINT_AGAIN, True),
        ("expired", Act.CORRECT, True),
        ("expired", Act.PRINT_AGAIN, False),
        ("revoked", Act.CORRECT, False),
        ("revoked", Act.PRINT_AGAIN, False),
        ("replaced", Act.CORRECT, False),
        ("replaced", Act.PRINT_AGAIN, False),
    ],
)
def test_each_act_from_each_state(
    session: Session,
    officer: Actor,
    paper: DeskCertificate,
    now: datetime,
    state: str,
    act: Act,
    allowed: bool,
) -> None:
    bring_to(session, officer, paper, state, now)
    do = correct if act is Act.CORRECT else print_again
    kwargs = {"title": "葡萄园管理"} if act is Act.CORRECT else {}
    if allowed:
        assert do(session, officer, paper, now, **kwargs).number == paper.number
        return
    with pytest.raises(NotReady) as refusal:
        do(session, officer, paper, now, **kwargs)
    assert has(str(refusal.value.params["reason"]))


def test_a_draft_has_no_number_to_correct_or_print_by(
    session: Session, officer: Actor, person: Person, now: datetime
) -> None:
    made = papers.draft(session, officer, person, now, kind="LEVEL")
    for act in (correct, print_again):
        with pytest.raises(NotFound):
            act(session, officer, made, now)


def test_a_revoked_new_version_revokes_the_number(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime
) -> None:
    done = correct(session, officer, paper, now)
    certificates.revoke(session, officer, number=paper.number, reason="冒名顶替", now=now)
    answer = certificates.verify_number(session, ANONYMOUS, number=paper.number, now=now)
    assert answer.status == "revoked"
    assert session.get_one(Certificate, done.id).status == "revoked"
    assert session.get_one(Certificate, paper.id).status == "replaced"


@pytest.mark.parametrize("act", [correct, print_again])
def test_only_an_officer_of_the_region_decides_and_never_on_the_own(
    session: Session, person: Person, paper: DeskCertificate, now: datetime, act: Any
) -> None:
    for actor in (
        make_actor(session, Role.OFFICER, region_code="653200"),
        papers.officer_who_is(session, person),
        make_actor(session, Role.AUDITOR),
        papers.owner(session, person),
    ):
        with pytest.raises(Forbidden):
            act(session, actor, paper, now)


@pytest.mark.parametrize("reason", ["", " 错 ", "x" * 201, "印\u202e错了名称"])
def test_both_need_a_reason(
    session: Session, officer: Actor, paper: DeskCertificate, now: datetime, reason: str
) -> None:
    values: dict[str, Any] = {"number": paper.number, "version": 1, "reason": reason, "now": now}
    with pytest.raises(BadInput):
        reissue.correct(session, officer, form=paper.fields, **values)
    with pytest.raises(BadInput):
        reissue.print_again(session, officer, **values)


@pytest.fixture
def saved_paper(engine: Engine, now: datetime) -> tuple[Actor, DeskCertificate]:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        officer = make_actor(session, Role.OFFICER)
        paper = papers.issued(session, officer, papers.resident(session), now)
    return officer, paper


def attempt(officer: Actor, paper: DeskCertificate, now: datetime, title: str) -> DeskCertificate:
    return as_actor(
        reissue.correct,
        officer,
        number=paper.number,
        version=paper.version,
        form=paper.fields | {"title": title},
        reason=WHY,
        now=now,
    )


def statuses(engine: Engine, number: str) -> list[tuple[int, str]]:
    query = select(Certificate.version, Certificate.status).where(Certificate.number == number)
    with Session(engine) as session:
        return [tuple(row) for row in session.execute(query.order_by(Certificate.version))]


def test_of_corrections_at_once_one_goes_through_and_the_others_are_told(
    engine: Engine, saved_paper: tuple[Actor, DeskCertificate], now: datetime
) -> None:
    officer, paper = saved_paper
    answers = together(
        [lambda n=n: attempt(officer, paper, now, f"项目{n}") for n in range(6)]  # type: ignore[misc]
    )
    refused = [one for one in answers if isinstance(one, PortalError)]
    assert {one.params["reason"] for one in refused} == {"reissue.meanwhile"}
    assert len(refused) == 5
    assert statuses(engine, paper.number) == [(1, "replaced"), (2, "issued")]


def test_a_correction_and_a_revocation_at_once_leave_the_number_revoked(
    engine: Engine, saved_paper: tuple[Actor, DeskCertificate], now: datetime
) -> None:
    officer, paper = saved_paper

    def revoke() -> Any:
        return as_actor(
            certificates.revoke, officer, number=paper.number, reason="冒名顶替", now=now
        )

    answers = together([revoke, lambda: attempt(officer, paper, now, "葡萄干加工")])
    assert not isinstance(answers[0], PortalError)
    # Whichever came first, what the number stands for now is revoked.
    assert statuses(engine, paper.number)[-1][1] == "revoked"
    with Session(engine) as session:
        answer = certificates.verify_number(session, ANONYMOUS, number=paper.number, now=now)
        revoked = select(func.count()).where(
            Certificate.number == paper.number, Certificate.status.in_(("issued", "revoked"))
        )
        assert (answer.status, session.scalar(revoked)) == ("revoked", 1)
        lines = session.scalars(
            select(ArchiveEntry).where(ArchiveEntry.kind == archive_chain.REVOCATION)
        ).all()
        assert len([one for one in lines if one.detail["certificate_number"] == paper.number]) == 1


def test_printings_at_once_are_all_counted(
    engine: Engine, saved_paper: tuple[Actor, DeskCertificate], now: datetime
) -> None:
    officer, paper = saved_paper
    values = {"number": paper.number, "version": 1, "reason": "本人丢失", "now": now}
    together([lambda: as_actor(reissue.print_again, officer, **values) for _ in range(5)])
    with Session(engine) as session:
        assert session.get_one(Certificate, paper.id).printing == 6
