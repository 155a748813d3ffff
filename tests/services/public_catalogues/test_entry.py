"""One entry: its version, document and changes, and what belongs to it in both directions."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from portal.db.models import TrainingProgramme
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS
from portal.services import policies, search_index
from portal.services.public_catalogues import lists, log
from portal.services.public_catalogues.entry import EntryPage, entry_page
from tests.support import factories as make
from tests.support import supplements as support
from tests.support.policy import publish_packs
from tests.support.published import DOC, published

NOW = make.NOW
TODAY = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def packs(session: Session) -> None:
    publish_packs(session, commit=False)


def page(session: Session, kind: str, slug: str, region: str = "") -> EntryPage:
    return entry_page(session, ANONYMOUS, kind=kind, slug=slug, region=region, now=NOW)


def standard_slug(session: Session) -> str:
    (card,) = lists.browse(session, ANONYMOUS, kind="subsidy_standard", now=NOW).items
    return card.href.rpartition("/")[2].partition("?")[0]


def test_an_entry_says_by_which_document_it_stands_there_since_when(session: Session) -> None:
    published(session, "programme", day=TODAY - timedelta(days=40))
    published(session, "programme", {"planned_hours": 90, "practice_hours": 60}, doc_no="2号")
    found = page(session, "programme", "T-01")
    assert found.version is not None
    assert (found.version.number, found.doc_no, found.version.source_name) == (
        2,
        "2号",
        "目录.xlsx",
    )
    assert found.since == TODAY - timedelta(days=40)
    assert [one.what for one in found.changes] == ["changed"]
    assert ("课时", "80", "90") in found.changes[0].fields
    assert ("课时", "90") in found.facts


def test_an_entry_that_came_later_stands_there_since_then(session: Session) -> None:
    published(session, "programme", day=TODAY - timedelta(days=40))
    published(session, "programme", {}, {"code": "T-02", "title": "焊工"})
    assert page(session, "programme", "T-02").since == TODAY


def test_a_removed_entry_is_not_found(session: Session) -> None:
    published(session, "programme", {}, {"code": "T-02", "title": "焊工"})
    published(session, "programme")
    with pytest.raises(NotFound):
        page(session, "programme", "T-02")


def test_a_supplements_entry_names_its_own_document_and_day(session: Session) -> None:
    city, province = support.officer(session), support.officer(session, "650000")
    support.accepted(session, city, province)
    found = page(session, "programme", "BC-01")
    assert (found.kind, found.doc_no, found.since) == ("supplement", support.DOC, TODAY)
    assert [one.what for one in found.changes] == ["added"]


def test_a_filed_entry_has_no_page(session: Session) -> None:
    support.filed(session, support.officer(session))
    for kind in ("programme", "supplement"):
        with pytest.raises(NotFound):
            page(session, kind, "BC-01")


def test_programme_occupation_amount_and_classes_lead_to_each_other(session: Session) -> None:
    published(session, "programme")
    published(session, "subsidy_standard")
    published(session, "shortage_occupation")
    programme = session.query(TrainingProgramme).filter_by(code="T-01").one()
    school = make.make_institution(session, name="高昌电工学校")
    make.list_institution(session, school)
    made = make.make_class(session, institution=school, programme_id=programme.id)
    search_index.reindex_class(session, made.id)

    of_programme = page(session, "programme", "T-01")
    assert of_programme.subject is not None
    assert of_programme.subject.href == "/catalogues/occupation/6-31-01-03"
    assert {group.kind for group in of_programme.about} == {
        "subsidy_standard",
        "shortage_occupation",
    }
    assert [one.title for one in of_programme.taught_by] == ["高昌电工学校"]
    assert [row.href for row in of_programme.classes.rows] == [f"/classes/{made.id}"]
    assert of_programme.clauses[0].href == "/policies/turpan-2019#plan-11"

    of_amount = page(session, "subsidy_standard", standard_slug(session))
    groups = {group.kind: group.links for group in of_amount.about}
    assert groups["programme"][0].href == "/catalogues/programme/T-01?region=650400"

    of_trade = page(session, "occupation", "6-31-01-03")
    assert {group.kind for group in of_trade.about} == {
        "programme",
        "subsidy_standard",
        "shortage_occupation",
    }
    assert of_trade.classes.total == 1
    # Turpan's plan 11 names the trade.
    assert "/policies/turpan-2019#plan-11" in [one.href for one in of_trade.clauses]


def test_a_policys_plan_leads_to_its_programmes(session: Session) -> None:
    published(session, "programme", {}, {"code": "T-02", "title": "电工(四级)", "level": 3})
    detail = policies.pack_detail(session, ANONYMOUS, pack_id="turpan-2019", now=NOW)
    plans = {plan.plan_no: plan for plan in detail.plans}
    assert plans["11"].href == "/catalogues/programme?plan=turpan-2019:11"
    assert "2" in plans["11"].programmes
    assert plans["6"].href == ""


def test_two_regions_may_use_one_code(session: Session) -> None:
    published(session, "programme", {"title": "湖南的"}, region="430000")
    published(session, "programme", {"title": "吐鲁番的"})
    assert page(session, "programme", "T-01", "650400").title == "吐鲁番的"
    assert page(session, "programme", "T-01", "430000").title == "湖南的"
    assert page(session, "programme", "T-01", "999999").title == "湖南的"


@pytest.mark.parametrize("slug", ["", "nothing", "~", "~zz", "x" * 5000, "'; --", "%"])
def test_an_unknown_entry_is_not_found(session: Session, slug: str) -> None:
    published(session, "programme")
    for kind in ("programme", "occupation"):
        with pytest.raises(NotFound):
            page(session, kind, slug)


def test_the_log_tells_what_every_version_changed(session: Session) -> None:
    published(session, "programme", {}, {"code": "T-02", "title": "焊工"})
    published(session, "programme", {"title": "电工(初级)"}, {"code": "T-03", "title": "钳工"})
    found = log.catalogue_log(session, ANONYMOUS, kind="programme", region="650400", now=NOW)
    newest = found.lines[0]
    assert (newest.version.number, newest.added, newest.removed, newest.changed) == (2, 1, 1, 1)
    assert {(one.what, one.code) for one in found.open.items} == {
        ("added", "T-03"),
        ("removed", "T-02"),
        ("changed", "T-01"),
    }
    first = log.catalogue_log(
        session, ANONYMOUS, kind="programme", region="650400", number=1, now=NOW
    )
    assert first.open.version.number == 1
    assert first.open.version.doc_no == DOC


@pytest.mark.parametrize(
    ("kind", "region"), [("programme", "999999"), ("occupation", "650400"), ("x", "650400")]
)
def test_where_nothing_was_published_there_is_no_log(
    session: Session, kind: str, region: str
) -> None:
    with pytest.raises(NotFound):
        log.catalogue_log(session, ANONYMOUS, kind=kind, region=region, now=NOW)
