"""What a frozen report counts, that it stays, and who may do what."""

import hashlib
import json
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, PeriodReport, PeriodReportRow
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Role
from portal.domain.report_period import parse_period
from portal.locale.errors import sentence_for
from portal.services.reports import freezing, funds, reading, tables, whole
from portal.services.reports.errors import (
    AlreadyFrozen,
    Altered,
    LaterStands,
    MadeIt,
    NotFrozen,
    NotTheNext,
    PeriodRuns,
)
from portal.services.unit import as_actor
from tests.services.reports.conftest import FROZEN, LATER, Q3, Q4, Town
from tests.support import factories as make
from tests.support.acts import together


def test_a_report_counts_person_times_and_people_apart(town: Town) -> None:
    first, second = town.taught(), town.taught(region_code="650421")
    twice = make.make_person(town.session)
    town.learner(first, person=twice)
    town.learner(second, person=twice, hours=3)
    town.learner(second, passed=False, hours=2)
    total = town.frozen().content["total"]
    assert (total["person_times"], total["people"], total["hours"]) == (3, 2, 9)
    assert (total["completed"], total["certificates"]) == (2, 2)


def test_records_that_were_merged_are_one_person(town: Town) -> None:
    made = town.taught()
    kept, other = make.make_person(town.session), make.make_person(town.session)
    town.learner(made, person=kept)
    town.learner(town.taught(), person=other)
    other.merged_into = kept.id
    town.session.flush()
    assert town.frozen().content["total"]["people"] == 1


def test_what_is_outside_the_region_or_the_period_does_not_count(town: Town) -> None:
    town.learner(town.taught(region_code="650102"))
    town.learner(town.taught(ends=date(2026, 6, 30)))
    town.learner(town.taught(ends=date(2026, 10, 1)))
    town.learner(town.taught(ends=date(2026, 9, 30)))
    left = town.learner(town.taught())
    left.status = "removed"
    town.session.flush()
    assert town.frozen().content["total"]["person_times"] == 1


def test_sums_of_all_tables_are_the_total(town: Town) -> None:
    for region, learners in (("650402", 3), ("650421", 2), ("650422", 1)):
        made = town.taught(region_code=region)
        paid_for = [town.learner(made).id for _ in range(learners)]
        town.pay(made, paid_for, 100_000 * learners)
    content = town.frozen().content
    assert tables.unequal_sums(content) == []
    assert content["total"]["paid_fen"] == 600_000
    assert [row["county"] for row in content["counties"]] == ["650402", "650421", "650422"]
    broken = content | {"total": content["total"] | {"hours": 1}}
    assert tables.unequal_sums(broken) == ["counties", "plans", "institutions"]


def test_the_hash_can_be_computed_from_the_rows_by_anybody(town: Town) -> None:
    made = town.taught()
    town.pay(made, [town.learner(made).id, town.learner(made).id], 5)
    report = town.frozen()
    rows = town.session.scalars(
        select(PeriodReportRow)
        .where(PeriodReportRow.report_id == report.id)
        .order_by(PeriodReportRow.kind, PeriodReportRow.ref_id, PeriodReportRow.sign)
    ).all()
    lines = [
        json.dumps(
            [
                row.kind, str(row.ref_id), row.sign, None, row.day.isoformat(), str(row.class_id),
                row.region_code, str(row.plan_id), str(row.institution_id), row.training_type,
                row.groups, row.person_times, row.hours, row.completed, row.certificates, row.fen,
                row.fund, [str(one) for one in row.people],
            ],
            ensure_ascii=False,
        )
        for row in rows
    ]  # fmt: skip
    assert len(rows) == report.row_count == 5
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert report.content["rows_sha256"] == digest
    assert report.hash == hashlib.sha256(tables.canonical(report.content)).hexdigest()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE period_report SET content = '{}'",
        "UPDATE period_report SET hash = 'x'",
        "UPDATE period_report SET frozen_at = NULL",
        "UPDATE period_report SET reason = 'x'",
        "UPDATE period_report SET state = 'draft'",
        "DELETE FROM period_report",
        "TRUNCATE period_report CASCADE",
        "UPDATE period_report_row SET hours = 0",
        "DELETE FROM period_report_row",
        "TRUNCATE period_report_row",
    ],
)
def test_nobody_changes_a_frozen_report(town: Town, statement: str) -> None:
    town.learner(town.taught())
    town.frozen()
    with pytest.raises(DBAPIError, match="append-only"):
        town.session.execute(text(statement))


def test_a_row_put_into_a_frozen_report_is_found(town: Town) -> None:
    town.learner(town.taught())
    report = town.frozen()
    assert whole.broken(town.session, report) == []
    smuggle_a_row(town.session)
    wrong = whole.broken(town.session, report)
    assert {"rows", "total"} <= set(wrong)
    assert whole.examine(town.session)[0].startswith("650400 2026-Q3 v1: rows")


def test_nothing_goes_out_of_a_report_that_was_reached_into(town: Town) -> None:
    made = town.taught()
    town.pay(made, [town.learner(made).id for _ in range(6)], 600_000)
    report = town.frozen()
    ask: dict[str, Any] = {"report_id": report.id, "now": FROZEN}
    assert reading.download(town.session, town.officer, form="pdf", **ask).content
    smuggle_a_row(town.session)
    for form in reading.FORMS:
        with pytest.raises(Altered):
            reading.download(town.session, town.officer, form=form, **ask)
    with pytest.raises(Altered):
        freezing.countersign(town.session, town.second, **ask)
    report.countersigned_by, report.countersigned_at = town.second.account_id, FROZEN
    with pytest.raises(Altered):
        funds.publish(town.session, town.officer, **ask)
    page = reading.report(town.session, town.second, **ask)
    assert "rows" in page.broken
    assert not {"publish", "countersign"} & set(page.can)
    # A corrected version is the way on.
    corrected = town.frozen(reason="有人改动过数据库")
    assert reading.download(
        town.session, town.officer, report_id=corrected.id, form="xlsx", now=FROZEN
    ).content


def test_rows_counted_and_rows_kept_are_of_the_same_types(town: Town) -> None:
    """A connection keeps the plans of its statements: another type would break them."""
    types = text(
        "SELECT attname, atttypid, attcollation FROM pg_attribute"
        " WHERE attrelid = 'report_line'::regclass AND attnum > 0 ORDER BY attnum"
    )
    town.learner(town.taught())
    report = town.frozen()
    counted = town.session.execute(types).all()
    tables.load_lines(town.session, report.id)
    assert town.session.execute(types).all() == counted


def test_no_row_enters_a_frozen_report(town: Town) -> None:
    town.learner(town.taught())
    town.frozen()
    with pytest.raises(DBAPIError, match="append-only"):
        town.session.execute(ROW_MORE)


# A training that nobody took part in, put beside those of a report.
ROW_MORE = text(
    "INSERT INTO period_report_row SELECT report_id, kind, gen_random_uuid(), sign,"
    " adjusts_id, day, class_id, region_code, plan_id, institution_id, training_type,"
    " groups, person_times, hours, completed, certificates, fen, fund, people"
    " FROM period_report_row WHERE kind = 'training' LIMIT 1"
)


def smuggle_a_row(session: Session) -> None:
    """As whoever owns the database could: past the triggers."""
    session.execute(text("ALTER TABLE period_report_row DISABLE TRIGGER shut"))
    session.execute(ROW_MORE)
    session.execute(text("ALTER TABLE period_report_row ENABLE TRIGGER shut"))


def test_a_period_that_runs_is_not_frozen(town: Town) -> None:
    made = town.draft(Q4)
    page = reading.report(town.session, town.officer, report_id=made, now=FROZEN)
    assert page.can == ("early", "discard")
    with pytest.raises(PeriodRuns):
        freezing.freeze(town.session, town.officer, report_id=made, now=FROZEN)
    with pytest.raises(BadInput):
        town.draft(parse_period("2027-Q1"))


def test_reports_follow_each_other_without_a_gap(town: Town) -> None:
    town.frozen(parse_period("2026-Q1"))
    with pytest.raises(NotTheNext):
        town.frozen(Q3)


def test_only_the_latest_report_gets_a_corrected_version(town: Town) -> None:
    town.frozen(Q3)
    with pytest.raises(BadInput) as refused:
        town.draft(Q3)
    assert "这一期已经冻结" in sentence_for(refused.value)
    second = town.frozen(Q3, reason="漏计了一个班")
    assert (second.version, second.reason) == (2, "漏计了一个班")
    first = town.session.get_one(PeriodReport, second.supersedes_id)
    assert first.state == "superseded"
    assert second.content["supersedes"] == first.hash
    town.frozen(Q4, now=LATER)
    with pytest.raises(LaterStands):
        town.draft(Q3, reason="还要更正", now=LATER)


def test_what_lies_before_a_frozen_report_is_not_begun(town: Town) -> None:
    town.frozen(Q3)
    with pytest.raises(LaterStands):
        town.draft(parse_period("2026-Q2"))


def test_freezing_again_changes_nothing(town: Town) -> None:
    report = town.frozen()
    again = freezing.freeze(
        town.session, town.second, report_id=report.id, now=FROZEN + timedelta(days=1)
    )
    assert again == "frozen"
    assert report.frozen_by == town.officer.account_id


def test_a_second_officer_countersigns(town: Town) -> None:
    waiting = town.draft()
    with pytest.raises(NotFrozen):
        freezing.countersign(town.session, town.second, report_id=waiting, now=FROZEN)
    report = town.frozen()
    with pytest.raises(MadeIt):
        freezing.countersign(town.session, town.officer, report_id=report.id, now=FROZEN)
    for _ in range(2):
        freezing.countersign(town.session, town.second, report_id=report.id, now=FROZEN)
    assert report.countersigned_by == town.second.account_id
    third = make.make_actor(town.session, Role.OFFICER, region_code="650400")
    with pytest.raises(AlreadyFrozen):
        freezing.countersign(town.session, third, report_id=report.id, now=FROZEN)


def test_a_draft_is_thrown_away_and_a_frozen_report_is_not(town: Town) -> None:
    draft = town.draft()
    freezing.discard(town.session, town.second, report_id=draft, now=FROZEN)
    assert town.session.get(PeriodReport, draft) is None
    report = town.frozen()
    with pytest.raises(AlreadyFrozen):
        freezing.discard(town.session, town.officer, report_id=report.id, now=FROZEN)


def test_an_officer_of_another_region_knows_of_no_report(town: Town) -> None:
    other = make.make_actor(town.session, Role.OFFICER, region_code="650100")
    county = make.make_actor(town.session, Role.OFFICER, region_code="650402")
    report = town.draft()
    for stranger in (other, county):
        for act in (freezing.freeze, freezing.discard, freezing.countersign):
            with pytest.raises(NotFound):
                act(town.session, stranger, report_id=report, now=FROZEN)
    with pytest.raises(NotFound):
        freezing.draft(town.session, other, region_code="650400", period=Q3, now=FROZEN)
    assert town.draft(region_code="650402")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.TRAINEE, Role.HELPER])
def test_nobody_else_makes_reports(town: Town, role: Role) -> None:
    actor = make.make_actor(town.session, role)
    report = town.draft()
    for act in (freezing.freeze, freezing.discard, freezing.countersign):
        with pytest.raises(Forbidden):
            act(town.session, actor, report_id=report, now=FROZEN)
    with pytest.raises(Forbidden):
        freezing.draft(town.session, actor, region_code="650400", period=Q3, now=FROZEN)


def test_two_freezes_at_once_give_one(saved_town: Town) -> None:
    town = saved_town
    town.learner(town.taught())
    town.session.commit()
    ask = {"region_code": "650400", "period": Q3, "now": FROZEN}
    drafts = together(
        [partial(as_actor, freezing.draft, who, **ask) for who in (town.officer, town.second) * 4]
    )
    assert len(set(drafts)) == 1
    freezes = [
        partial(as_actor, freezing.freeze, who, report_id=drafts[0], now=FROZEN)
        for who in (town.officer, town.second) * 4
    ]
    assert set(together(freezes)) == {"frozen"}
    assert town.session.scalar(select(func.count()).select_from(PeriodReportRow)) == 2
    frozen = select(func.count()).where(AuditEvent.action == "report.freeze")
    assert town.session.scalar(frozen) == 1
