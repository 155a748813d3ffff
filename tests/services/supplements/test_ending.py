"""Ending an accepted entry: nothing new for it, what was opened goes on, both sides hear of it."""

import csv
import io
import json
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    AuditEvent,
    CatalogVersion,
    Notice,
    SupplementEntry,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, NotReady
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services.catalogue.class_rules import check_rules
from portal.services.public_catalogues import lists, log
from portal.services.public_catalogues.entry import entry_page
from portal.services.publication import life
from portal.services.publication.exporting import export as export_version
from portal.services.supplements import ending, exporting, filing, views
from tests.support import factories as make
from tests.support import supplements as support

NOW = make.NOW
DOC, WHY = "吐人社函〔2026〕30号", "本地已不再需要"


@pytest.fixture
def city(session: Session) -> Actor:
    return support.officer(session)


@pytest.fixture
def province(session: Session) -> Actor:
    return support.officer(session, "650000")


@pytest.fixture
def accepted(session: Session, city: Actor, province: Actor) -> UUID:
    programme = support.accepted(session, city, province)
    own = SupplementEntry.programme_id == programme
    return session.scalars(select(SupplementEntry.id).where(own)).one()


def end(session: Session, actor: Actor, entry_id: UUID) -> None:
    ending.end(session, actor, entry_id=entry_id, doc_no=DOC, reason=WHY, now=NOW)


def told(session: Session, actor: Actor) -> list[str]:
    query = select(Notice.kind).where(Notice.person_id == actor.person_id)
    return list(session.scalars(query.order_by(Notice.id)))


def test_the_city_ends_its_entry_and_the_public_reads_why(
    session: Session, city: Actor, province: Actor, accepted: UUID
) -> None:
    end(session, city, accepted)
    assert lists.browse(session, ANONYMOUS, kind="programme", now=NOW).total == 0
    page = entry_page(session, ANONYMOUS, kind="supplement", slug="BC-01", now=NOW)
    assert page.held is not None
    assert page.held.is_gone
    assert DOC in page.held.sentence
    assert WHY in page.held.sentence
    (line,) = log.catalogue_log(
        session, ANONYMOUS, kind="supplement", region="650400", now=NOW
    ).lines
    assert (line.added, line.removed, line.version.row_count) == (1, 1, 0)
    assert told(session, province)[-1] == "supplement_ended"
    assert "supplement_ended" not in told(session, city)


def test_the_province_ends_it_too_and_the_city_hears_of_it(
    session: Session, city: Actor, province: Actor, accepted: UUID
) -> None:
    end(session, province, accepted)
    seen = views.see(session, city, entry_id=accepted, now=NOW)
    assert (seen.state, seen.acts, seen.after.ended_doc) == ("ended", (), DOC)
    assert told(session, city)[-1] == "supplement_ended"
    act = session.scalars(select(AuditEvent).where(AuditEvent.action == "supplement.end")).one()
    assert (act.reason, act.object_id) == (WHY, str(accepted))


def test_nothing_new_is_opened_and_what_runs_goes_on(
    session: Session, city: Actor, accepted: UUID
) -> None:
    programme = session.scalars(select(TrainingProgramme)).one()
    running = make.make_class(session, programme_id=programme.id, status="running")
    assert views.see(session, city, entry_id=accepted, now=NOW).after.running == 1
    end(session, city, accepted)
    assert session.get_one(TrainingClass, running.id).status == "running"
    with pytest.raises(BadInput) as refused:
        check_rules(
            session,
            programme,
            institution_id=running.institution_id,
            region_code="650402",
            starts_on=NOW.date(),
            ends_on=NOW.date() + timedelta(days=10),
            today=NOW.date(),
        )
    assert refused.value.reason == "catalogue.plan.supplement_ended"


def test_the_same_can_be_filed_anew_under_another_code(
    session: Session, city: Actor, province: Actor, accepted: UUID
) -> None:
    end(session, city, accepted)
    with pytest.raises(BadInput) as refused:
        support.drafted(session, city)
    assert refused.value.reason == "supplements.code_own"
    support.accepted(session, city, province, code="BC-02")
    assert lists.browse(session, ANONYMOUS, kind="supplement", now=NOW).total == 1


def test_it_is_ended_once_and_only_what_was_accepted(
    session: Session, city: Actor, accepted: UUID
) -> None:
    draft = support.drafted(session, city, code="BC-02", subject="6-18-01-01")
    with pytest.raises(NotReady):
        end(session, city, draft)
    end(session, city, accepted)
    with pytest.raises(NotReady):
        end(session, city, accepted)


@pytest.mark.parametrize(("doc_no", "reason"), [("", WHY), (DOC, "无"), ("字" * 61, WHY)])
def test_a_document_and_a_reason_are_needed(
    session: Session, city: Actor, accepted: UUID, doc_no: str, reason: str
) -> None:
    with pytest.raises(BadInput):
        ending.end(session, city, entry_id=accepted, doc_no=doc_no, reason=reason, now=NOW)
    assert support.row(session, accepted).state == "accepted"


@pytest.mark.parametrize(("region", "error"), [("430000", NotFound), ("650100", NotFound)])
def test_another_region_ends_nothing(
    session: Session, accepted: UUID, region: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        end(session, support.officer(session, region), accepted)


def test_only_officers_end_and_export(session: Session, accepted: UUID) -> None:
    other = make.make_actor(session, Role.AUDITOR, region_code="650400")
    for act in (
        partial(ending.end, entry_id=accepted, doc_no=DOC, reason=WHY),
        partial(exporting.export, suffix="csv"),
    ):
        with pytest.raises(Forbidden):
            act(session, other, now=NOW)


def test_a_supplements_version_is_not_withdrawn_as_a_whole(
    session: Session, city: Actor, accepted: UUID
) -> None:
    version = session.scalars(
        select(CatalogVersion.id).where(CatalogVersion.kind == "supplement")
    ).one()
    with pytest.raises(NotFound):
        life.withdraw(session, city, version_id=version, reason=WHY, now=NOW)


def test_an_officer_takes_the_entries_along_with_their_history(
    session: Session, city: Actor, accepted: UUID
) -> None:
    draft = support.drafted(
        session, city, code="BC-02", subject="6-18-01-01", why="=1+1 本地急需用工"
    )
    filing.file(session, city, entry_ids=[draft], doc_no=DOC, now=NOW)
    end(session, city, accepted)
    made = exporting.export(session, city, suffix="csv", now=NOW)
    header, *rows = csv.reader(io.StringIO(made.content.decode("utf-8-sig")))
    by_code = {row[1]: dict(zip(header, row, strict=True)) for row in rows}
    assert by_code["BC-01"]["状态"] == "已终止"
    assert by_code["BC-01"]["终止理由"] == WHY
    assert by_code["BC-02"]["报备文件"] == DOC
    # Office programs would calculate it.
    assert by_code["BC-02"]["为什么要增加"].startswith("'=")
    told_ = json.loads(exporting.export(session, city, suffix="json", now=NOW).content)
    assert [one["code"] for one in told_["entries"]] == ["BC-01", "BC-02"]
    assert exporting.export(session, city, suffix="xlsx", now=NOW).content[:2] == b"PK"
    with pytest.raises(NotFound):
        exporting.export(session, city, suffix="exe", now=NOW)


def test_another_region_takes_nothing_of_it_along(session: Session, accepted: UUID) -> None:
    made = exporting.export(session, support.officer(session, "430000"), suffix="json", now=NOW)
    assert json.loads(made.content)["entries"] == []


def test_everybody_can_take_a_supplements_version_along(session: Session, accepted: UUID) -> None:
    made = export_version(
        session, ANONYMOUS, kind="supplement", region_code="650400", number=1, suffix="csv"
    )
    assert "果酒酿造(初级)" in made.content.decode("utf-8-sig")
