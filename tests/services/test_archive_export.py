"""The file that a person takes to another portal: signed, small, and without identifiers."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, AuditEvent, Person
from portal.documents import signature
from portal.domain import carry
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import archive_chain, archive_export, issuers, results
from tests.services.test_results import add_trainee, ended_class, staff
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.portals import id_no


@pytest.fixture
def me(session: Session) -> Actor:
    return make.make_actor(session, Role.TRAINEE)


def finish(session: Session, me: Actor) -> None:
    made = ended_class(session, NOW)
    add_trainee(session, made, hours=20, actor=me)
    results.finish_class(session, staff(session, made, Role.MANAGER), class_id=made.id, now=NOW)


def test_the_file_holds_every_training_and_certificate_under_one_signature(
    session: Session, me: Actor
) -> None:
    finish(session, me)
    file = archive_export.export(session, me, now=NOW)
    keys = issuers.public_keys(session)
    payload = signature.verify_compact(file["signed"], keys, typ=(carry.TYP,))
    header = carry.read_header(payload)

    content = {name: file[name] for name in ("classes", "certificates")}
    assert header.digest == archive_export.digest(content)
    assert header.portal == issuers.portal_url()
    (line,) = [carry.read_class(one) for one in file["classes"]]
    assert (line.hours, line.planned, line.status) == (20, 20, "completed")
    assert line.occupation_code == "6-31-01-03"
    (made,) = file["certificates"]
    assert signature.verify_compact(made["credential"], keys)
    assert len(json.dumps(file)) < 8_000


def test_no_identifier_is_in_it(session: Session, me: Actor) -> None:
    finish(session, me)
    person = session.get_one(Person, me.the_person())
    file = archive_export.export(session, me, now=NOW)
    tokens = [file["signed"], *(one["credential"] for one in file["certificates"])]
    opened = [
        signature.verify_compact(one, issuers.public_keys(session), typ=("vc+jwt", carry.TYP))
        for one in tokens
    ]
    everything = json.dumps([file, opened], ensure_ascii=False)
    for secret in (id_no(person), id_no(person)[-6:], person.name, str(person.id)):
        assert secret not in everything


def test_two_files_tell_nobody_that_they_are_of_one_person(session: Session, me: Actor) -> None:
    first, second = (archive_export.export(session, me, now=NOW) for _ in range(2))
    headers = [
        signature.verify_compact(one["signed"], issuers.public_keys(session), typ=(carry.TYP,))
        for one in (first, second)
    ]
    assert headers[0]["holder"]["hmac"] != headers[1]["holder"]["hmac"]
    assert headers[0]["jti"] != headers[1]["jti"]


def test_what_came_from_elsewhere_is_left_to_its_origin(session: Session, me: Actor) -> None:
    finish(session, me)
    archive_chain.append(
        session,
        person_id=me.the_person(),
        kind="carried",
        ref_id=me.the_account(),
        occurred_on=NOW.date(),
        title="外省的班",
        institution_name="外省技工学校",
        hours=20,
        detail={
            "subject": "class",
            "status": "completed",
            "starts_on": "2026-03-02",
            "ends_on": "2026-03-20",
            "hours_planned": 20,
        },
        now=NOW,
        source_system="https://a.example",
    )
    assert len(archive_export.export(session, me, now=NOW)["classes"]) == 1


def test_a_corrected_training_keeps_its_root(session: Session, me: Actor) -> None:
    finish(session, me)
    first = session.scalars(
        select(ArchiveEntry).where(
            ArchiveEntry.person_id == me.the_person(), ArchiveEntry.kind == "class"
        )
    ).one()
    archive_chain.append(
        session,
        person_id=me.the_person(),
        kind="correction",
        ref_id=first.id,
        occurred_on=first.occurred_on,
        title=first.title,
        institution_name=first.institution_name,
        hours=16,
        detail=first.detail,
        now=NOW + timedelta(hours=1),
        supersedes=first.id,
    )
    (line,) = archive_export.export(session, me, now=NOW)["classes"]
    assert (line["hours"], line["root"]) == (16, str(first.id))
    assert line["id"] != line["root"]


def test_only_a_trainee_exports_and_it_is_audited(session: Session, me: Actor) -> None:
    with pytest.raises(Unauthenticated):
        archive_export.export(session, ANONYMOUS, now=NOW)
    with pytest.raises(Forbidden):
        archive_export.export(session, make.make_actor(session, Role.OFFICER), now=NOW)
    archive_export.export(session, me, now=NOW)
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "archive.export")).one()
    assert event.detail is not None
    assert event.detail["classes"] == 0
