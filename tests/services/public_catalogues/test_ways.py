"""From a class and an institution to the catalogues, and back; what a region is short of."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, Institution, TrainingClass, TrainingProgramme
from portal.domain.errors import NotFound
from portal.domain.permissions import ANONYMOUS
from portal.services import search_index
from portal.services.catalogue import ClassQuery, class_detail, find_classes
from portal.services.catalogue.shortages import shortages_of
from portal.services.public_catalogues import ways
from portal.services.public_catalogues.entry import entry_page
from tests.support import factories as make
from tests.support.policy import publish_packs
from tests.support.published import published, rows_of

NOW = make.NOW
ELECTRICIAN = "6-31-01-03"


@pytest.fixture(autouse=True)
def packs(session: Session) -> None:
    publish_packs(session, commit=False)


def a_class(session: Session, **fields: object) -> TrainingClass:
    """A class of the programme in force, at an institution of the list in force."""
    programme = session.scalars(
        select(TrainingProgramme)
        .join(CatalogVersion, CatalogVersion.id == TrainingProgramme.catalog_version_id)
        .where(CatalogVersion.status == "published")
    ).one()
    school = session.scalars(select(Institution)).first() or make.make_institution(session)
    values = {"programme_id": programme.id, "institution": school, "region_code": "650402"}
    made = make.make_class(session, **values | fields)
    search_index.reindex_class(session, made.id)
    return made


def hrefs(links: tuple[ways.Link, ...]) -> list[str]:
    return [one.href for one in links]


def of_class(session: Session, made: TrainingClass) -> list[str]:
    return hrefs(ways.of_class(session, ANONYMOUS, class_id=made.id, now=NOW))


def test_a_class_leads_to_programme_occupation_amount_list_and_back(session: Session) -> None:
    for kind in ("programme", "subsidy_standard", "institution", "shortage_occupation"):
        published(session, kind)
    made = a_class(session)
    found = of_class(session, made)
    assert found[:2] == [
        "/catalogues/programme/T-01?region=650400",
        f"/catalogues/occupation/{ELECTRICIAN}",
    ]
    kinds = [one.split("/")[2] for one in found]
    assert kinds == [
        *("programme", "occupation", "subsidy_standard", "shortage_occupation", "institution")
    ]
    page = entry_page(session, ANONYMOUS, kind="programme", slug="T-01", now=NOW)
    assert [row.href for row in page.classes.rows] == [f"/classes/{made.id}"]


def test_a_class_of_an_older_version_leads_to_the_entry_in_force(session: Session) -> None:
    published(session, "programme")
    made = a_class(session)
    published(session, "programme", {"planned_hours": 90, "practice_hours": 60}, doc_no="2号")
    assert of_class(session, made)[0] == "/catalogues/programme/T-01?region=650400"


def test_what_is_no_more_listed_leads_to_the_version_that_the_class_keeps(
    session: Session,
) -> None:
    published(session, "programme")
    made = a_class(session)
    published(session, "programme", {"code": "T-02"}, doc_no="2号")
    assert of_class(session, made)[0] == "/catalogues/programme/log/650400?v=1"


def test_amounts_of_another_level_or_region_are_not_the_classes(session: Session) -> None:
    published(session, "programme")
    published(session, "subsidy_standard", {"level": 4})
    published(session, "subsidy_standard", {"region_code": "430000"}, region="430000")
    made = a_class(session)
    assert not [one for one in of_class(session, made) if "subsidy_standard" in one]


def test_an_institution_leads_to_its_entry_and_its_programmes(session: Session) -> None:
    published(session, "institution")
    published(session, "programme")
    body = {"uscc": rows_of("institution")["uscc"]}
    published(session, "assessment_body", body)
    made = a_class(session)
    a_class(session)
    found = hrefs(
        ways.of_institution(session, ANONYMOUS, institution_id=made.institution_id, now=NOW)
    )
    assert [one.split("/")[2] for one in found] == ["institution", "assessment_body", "programme"]
    entry = entry_page(
        session, ANONYMOUS, kind="institution", slug=rows_of("institution")["uscc"], now=NOW
    )
    assert entry.institution_href == f"/institutions/{made.institution_id}"


def test_drafts_of_classes_lead_nowhere(session: Session) -> None:
    published(session, "programme")
    made = a_class(session, status="draft")
    assert of_class(session, made) == []
    school = ways.of_institution(session, ANONYMOUS, institution_id=made.institution_id, now=NOW)
    assert school == ()


@pytest.mark.parametrize("raw", ["x", "\x00", ""])
def test_a_malformed_id_is_refused(session: Session, raw: str) -> None:
    with pytest.raises(NotFound):
        ways.of_class(session, ANONYMOUS, class_id=raw, now=NOW)


def test_a_class_for_a_shortage_says_so_by_which_list(session: Session) -> None:
    published(session, "institution")
    published(session, "programme")
    published(session, "shortage_occupation")
    made = a_class(session)
    (card,) = find_classes(session, ANONYMOUS, query=ClassQuery(), now=NOW).items
    assert card.badges[0] == "急需紧缺"
    assert "吐鲁番市急需紧缺工种目录" in card.shortage_text
    shown = class_detail(session, ANONYMOUS, class_id=made.id, now=NOW)
    assert (shown.badges, shown.shortage_text) == (card.badges, card.shortage_text)


def test_another_regions_shortage_is_not_ours(session: Session) -> None:
    published(session, "shortage_occupation", region="430000")
    assert shortages_of(session, [(ELECTRICIAN, "650402")]) == {}


def test_the_nearest_list_counts_and_any_edition_of_the_code(session: Session) -> None:
    published(session, "shortage_occupation", {"grade": "general"}, region="650000")
    published(session, "shortage_occupation", {"grade": "very"})
    found = shortages_of(session, [(ELECTRICIAN, "650402"), (ELECTRICIAN, "650100")])
    assert "非常紧缺" in found[ELECTRICIAN, "650402"].reason
    assert "一般紧缺" in found[ELECTRICIAN, "650100"].reason


def test_a_topic_is_on_no_list(session: Session) -> None:
    published(session, "shortage_occupation")
    assert shortages_of(session, [("NO-SUCH", "650402"), ("", "650402")]) == {}
