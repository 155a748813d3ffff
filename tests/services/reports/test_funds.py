"""What the public is told of money: enough to check the office, nothing about the few."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from portal.db.models import FundPublication, PeriodReport
from portal.domain.errors import Forbidden, NotFound, PortalError
from portal.domain.permissions import ANONYMOUS, Role
from portal.domain.report_period import parse_period
from portal.services.reports import freezing, funds
from portal.services.reports.errors import (
    AlreadyPublished,
    Altered,
    NoMoney,
    NotCountersigned,
    NotFrozen,
)
from portal.services.unit import as_actor
from tests.services.reports.conftest import FROZEN, LATER, Q3, Town
from tests.support import factories as make
from tests.support.acts import together
from tests.support.audit_trail import reach_in


def paid(town: Town, people: int, fen: int, region_code: str = "650402", **more: object) -> None:
    """A class of so many, paid."""
    made = town.taught(region_code=region_code)
    town.pay(made, [town.learner(made).id for _ in range(people)], fen, **more)  # type: ignore[arg-type]


def told(town: Town, report: PeriodReport) -> dict[tuple[str, str, str], int | None]:
    """Countersign and publish; the cells."""
    freezing.countersign(town.session, town.second, report_id=report.id, now=LATER)
    made = funds.publish(town.session, town.officer, report_id=report.id, now=LATER)
    publication = town.session.get_one(FundPublication, made)
    return {(table, row, column): fen for table, row, column, fen in publication.cells}


def test_sums_are_told_by_fund_plan_and_county(town: Town) -> None:
    paid(town, 6, 600_000)
    paid(town, 5, 500_000, "650421")
    cells = told(town, town.frozen())
    assert cells["", "", ""] == 1_100_000
    assert cells["county", "650402", ""] == cells["county", "650402", "就业补助资金"] == 600_000
    assert None not in cells.values()
    (page,) = funds.published(town.session, ANONYMOUS, now=LATER)
    assert [row.name for row in page.tables[0].rows] == ["高昌区", "鄯善县", ""]
    assert page.tables[0].rows[-1].total == 1_100_000


def test_money_that_was_put_in_past_the_portal_is_not_told(town: Town) -> None:
    """Two officers stood for other rows than these."""
    paid(town, 6, 600_000)
    report = town.frozen()
    freezing.countersign(town.session, town.second, report_id=report.id, now=LATER)
    reach_in(
        town.session,
        "INSERT INTO period_report_row SELECT report_id, kind, gen_random_uuid(), sign,"
        " adjusts_id, day, class_id, region_code, plan_id, institution_id, training_type,"
        " groups, person_times, hours, completed, certificates, 9 * fen, fund, people"
        " FROM period_report_row WHERE kind = 'payment'",
    )
    with pytest.raises(Altered):
        funds.publish(town.session, town.officer, report_id=report.id, now=LATER)
    assert funds.published(town.session, ANONYMOUS, now=LATER) == ()


def test_the_money_of_a_few_is_hidden_with_what_would_tell_it(town: Town) -> None:
    paid(town, 4, 400_000)
    paid(town, 6, 600_000, "650421")
    paid(town, 7, 700_000, "650422")
    cells = told(town, town.frozen())
    assert cells["county", "650402", ""] is None
    known = [cells["county", code, ""] for code in ("650421", "650422")]
    assert None in [*known, cells["", "", ""]]


def test_a_year_does_not_tell_what_the_quarter_hid(town: Town) -> None:
    paid(town, 6, 600_000)
    assert told(town, town.frozen())["", "", ""] == 600_000
    paid(town, 2, 200_000, at=LATER - timedelta(days=60))
    year = told(town, town.frozen(parse_period("2026"), now=LATER))
    assert year["", "", ""] is None


def test_a_corrected_version_does_not_tell_whose_money_it_was(town: Town) -> None:
    made = town.taught()
    claim = town.pay(made, [town.learner(made).id for _ in range(6)], 600_000)
    single = town.pay(made, [town.learner(made).id], 100_000)
    paid(town, 9, 900_000, "650421")
    first = told(town, town.frozen())
    assert first["", "", ""] == 1_600_000
    town.move(single, "recovery", 100_000, at=FROZEN)
    second = told(town, town.frozen(Q3, reason="收回一笔", now=LATER))
    assert second["", "", ""] is None
    assert second["county", "650421", ""] == 900_000
    (page,) = funds.published(town.session, ANONYMOUS, now=LATER)
    assert page.version == 2
    assert claim.state == "paid"


def test_a_county_of_its_own_does_not_tell_what_the_region_hid(town: Town) -> None:
    paid(town, 3, 300_000)
    paid(town, 6, 600_000, "650421")
    paid(town, 6, 600_000, "650421", fund="失业保险基金")
    region = told(town, town.frozen())
    county = told(town, town.frozen(region_code="650402"))
    assert region["county", "650402", ""] is None
    assert set(county.values()) == {None}


def test_only_a_countersigned_report_with_money_is_told_once(town: Town) -> None:
    draft = town.draft()
    with pytest.raises(NotFrozen):
        funds.publish(town.session, town.officer, report_id=draft, now=LATER)
    freezing.freeze(town.session, town.officer, report_id=draft, now=FROZEN)
    with pytest.raises(NotCountersigned):
        funds.publish(town.session, town.officer, report_id=draft, now=LATER)
    with pytest.raises(NoMoney):
        told(town, town.session.get_one(PeriodReport, draft))
    paid(town, 6, 600)
    again = town.frozen(Q3, reason="补了付款")
    told(town, again)
    with pytest.raises(AlreadyPublished):
        funds.publish(town.session, town.officer, report_id=again.id, now=LATER)


@pytest.mark.parametrize(
    ("role", "region", "refusal"),
    [
        (Role.AUDITOR, "650400", Forbidden),
        (Role.TRAINEE, None, Forbidden),
        (Role.OFFICER, "650100", NotFound),
    ],
)
def test_nobody_else_publishes(
    town: Town, role: Role, region: str | None, refusal: type[PortalError]
) -> None:
    report = town.frozen()
    actor = make.make_actor(town.session, role, region_code=region)
    with pytest.raises(refusal):
        funds.publish(town.session, actor, report_id=report.id, now=LATER)


def test_two_who_publish_at_once_publish_once(saved_town: Town) -> None:
    town = saved_town
    paid(town, 6, 600_000)
    report = town.frozen()
    freezing.countersign(town.session, town.second, report_id=report.id, now=LATER)
    town.session.commit()
    acts = [
        partial(as_actor, funds.publish, who, report_id=report.id, now=LATER)
        for who in (town.officer, town.second) * 3
    ]
    answers = together(acts)
    assert sum(isinstance(one, UUID) for one in answers) == 1
    assert sum(isinstance(one, AlreadyPublished) for one in answers) == 5
