"""Whether a trade stands in a published list of urgent trades, and what a claim asks of that."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from portal.services.catalogue.shortages import was_listed
from portal.services.claims.asking import asking
from portal.services.rule_book import book_for
from portal.services.times import day_of
from tests.support import claims
from tests.support.factories import NOW
from tests.support.policy import publish_packs
from tests.support.published import published

TODAY = day_of(NOW)
DAY = timedelta(days=1)
ELECTRICIAN, COOK = "6-31-01-03", "4-03-02-01"


@pytest.mark.parametrize(
    ("occupation", "region", "after", "listed"),
    [
        (ELECTRICIAN, "650402", 0, True),
        (ELECTRICIAN, "650400", 30, True),
        (COOK, "650402", 0, False),
        (None, "650402", 0, False),
        (ELECTRICIAN, "650402", -1, None),
        (ELECTRICIAN, "370203", 0, None),
    ],
)
def test_the_list_that_reaches_the_place_on_the_day_decides(
    session: Session, occupation: str | None, region: str, after: int, listed: bool | None
) -> None:
    published(session, "shortage_occupation", {"occupation_code": ELECTRICIAN})
    on = TODAY + after * DAY
    assert was_listed(session, occupation_code=occupation, region=region, on=on) is listed


def test_the_list_of_that_day_still_decides_when_another_took_its_place(session: Session) -> None:
    published(session, "shortage_occupation", {"occupation_code": COOK}, day=TODAY - 30 * DAY)
    published(session, "shortage_occupation", {"occupation_code": ELECTRICIAN})
    then = TODAY - DAY
    assert was_listed(session, occupation_code=COOK, region="650402", on=then) is True
    assert was_listed(session, occupation_code=COOK, region="650402", on=TODAY) is False
    assert was_listed(session, occupation_code=ELECTRICIAN, region="650402", on=then) is False


@pytest.mark.parametrize("is_published", [True, False])
def test_a_claim_knows_whether_its_trade_was_on_the_list(
    session: Session, is_published: bool
) -> None:
    publish_packs(session)
    of = claims.taught(session, claims.school(session))
    claims.standard(session, 120_000)
    if is_published:
        day = of.made.starts_on
        published(session, "shortage_occupation", {"occupation_code": COOK}, day=day)
    book = book_for(session, of.made.region_code, of.made.starts_on)
    found = asking(
        session, of.made, book, kind="vocational_subsidy", payee="institution", today=TODAY
    )
    assert found is not None
    assert found.training.listed == ({"shortage": False} if is_published else {})
