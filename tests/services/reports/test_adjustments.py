"""What changes after a freeze stands in the next report, and all reports together are the truth."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, text

from portal.db.models import (
    AttendanceCorrection,
    AttendanceRecord,
    Certificate,
    Enrolment,
    PeriodReport,
    PeriodReportRow,
)
from portal.services.reports import reconcile, tables
from tests.services.reports.conftest import FROZEN, LATER, Q3, Q4, Town
from tests.support import factories as make

BETWEEN = FROZEN + timedelta(days=30)


def correct(town: Town, enrolment: Enrolment, hours: int, *, at: datetime = BETWEEN) -> None:
    """Somebody's hours are corrected, as the sheet does it."""
    record = town.session.scalar(
        select(AttendanceRecord).where(AttendanceRecord.enrolment_id == enrolment.id)
    )
    assert record is not None
    town.session.add(
        AttendanceCorrection(
            session_id=record.session_id, enrolment_id=enrolment.id, old_state=record.state,
            old_hours=record.credited_hours, new_state="present", new_hours=hours,
            reason="记错了", actor_account_id=town.officer.the_account(), at=at,
        )
    )  # fmt: skip
    record.credited_hours, record.updated_at = hours, at
    town.session.flush()


def revoke(town: Town, enrolment: Enrolment, *, at: datetime = BETWEEN) -> None:
    """The certificate is revoked."""
    made = town.session.scalar(
        select(Certificate).where(
            Certificate.enrolment_id == enrolment.id, Certificate.status == "issued"
        )
    )
    if made is not None:
        made.status, made.revoked_at = "revoked", at
        town.session.flush()


def remove(town: Town, enrolment: Enrolment, *, at: datetime = BETWEEN) -> None:
    """The place in the class is taken away."""
    enrolment.status, enrolment.ended_at = "removed", at
    town.session.flush()


def lines(report: PeriodReport) -> list[tuple[str, int, int, int, int]]:
    """The adjustments: note, person-times, hours, certificates, fen."""
    return [
        (one["note"], one["person_times"], one["hours"], one["certificates"], one["fen"])
        for one in report.content["adjustments"]
    ]


def test_a_late_correction_stands_in_the_next_report(town: Town) -> None:
    made = town.taught()
    learners = [town.learner(made) for _ in range(3)]
    claim = town.pay(made, [one.id for one in learners], 300_000)
    first = town.frozen()
    before = (dict(first.content), first.hash)
    correct(town, learners[0], 1)
    revoke(town, learners[1])
    remove(town, learners[2])
    town.move(claim, "recovery", 100_000, at=BETWEEN)
    second = town.frozen(Q4, now=LATER)
    assert lines(second) == [
        ("certificate_gone", 0, 0, -1, 0),
        ("recovered", 0, 0, 0, -100_000),
        ("hours", 0, -3, 0, 0),
        ("training_gone", -1, -4, 0, 0),
    ]
    assert {one["period_from"] for one in second.content["adjustments"]} == {"2026-07-01"}
    assert second.content["total"]["person_times"] == 0
    assert second.content["adjusted"]["back_fen"] == 100_000
    town.session.expire_all()
    assert (first.content, first.hash) == before
    assert reconcile.broken(town.session, first) == []
    assert reconcile.broken(town.session, second) == []


def test_what_was_told_once_is_not_told_again(town: Town) -> None:
    learner = town.learner(town.taught())
    town.frozen()
    correct(town, learner, 1)
    assert len(lines(town.frozen(Q4, now=LATER))) == 1
    again = town.frozen(Q4, reason="写错了标题", now=LATER)
    assert len(lines(again)) == 1
    assert again.version == 2


def test_reconciling_names_what_has_changed_since(town: Town) -> None:
    made = town.taught()
    first, second = town.learner(made), town.learner(made)
    report = town.frozen()
    asked = {"report_id": report.id, "now": LATER}
    assert reconcile.reconcile(town.session, town.auditor, **asked).moved == ()
    correct(town, first, 2)
    # Past the portal: nothing was written down.
    town.session.execute(
        text("UPDATE attendance_record SET credited_hours = 3 WHERE enrolment_id = :id"),
        {"id": second.id},
    )
    found = reconcile.reconcile(town.session, town.auditor, **asked)
    assert found.holds
    told = {one.ref_id: (one.note, one.hours, one.explained) for one in found.moved}
    assert told == {first.id: ("hours", -2, True), second.id: ("hours", -1, False)}


def test_a_correction_before_the_freeze_is_no_adjustment(town: Town) -> None:
    made = town.taught()
    learner = town.learner(made)
    claim = town.pay(made, [learner.id], 100)
    correct(town, learner, 2, at=FROZEN - timedelta(days=1))
    town.move(claim, "recovery", 40, at=FROZEN - timedelta(days=1))
    report = town.frozen()
    total = report.content["total"]
    assert (total["hours"], total["paid_fen"], total["back_fen"]) == (2, 100, 40)
    assert lines(report) == []


@pytest.mark.parametrize("seed", range(6))
def test_all_reports_together_are_a_recount_of_what_is(town: Town, seed: int) -> None:
    """Random histories over four quarters: rows with their signs equal the facts of now."""
    chance = Random(seed)
    periods = [parse("2026-Q1"), parse("2026-Q2"), Q3, Q4]
    everybody: list[Enrolment] = []
    claims: list[Any] = []
    reports: list[PeriodReport] = []
    for period in periods:
        now = datetime(2027, 1, 5, 2, 0, tzinfo=FROZEN.tzinfo)
        for _ in range(chance.randint(1, 2)):
            made = town.taught(
                ends=period.first + timedelta(days=chance.randint(0, 80)),
                region_code=chance.choice(["650402", "650421"]),
            )
            fresh = [town.learner(made, passed=chance.random() < 0.7) for _ in range(3)]
            everybody += fresh
            at = now - timedelta(days=chance.randint(1, 300))
            claims.append(town.pay(made, [one.id for one in fresh], 999, at=at))
        for _ in range(4):
            one = chance.choice(everybody)
            act = chance.choice([correct, revoke, remove, None, "group", "date", "back"])
            if act is correct:
                correct(town, one, chance.randint(0, 4))
            elif act == "date":
                moved = chance.choice(town.classes)
                moved.ends_on = moved.ends_on + timedelta(days=chance.randint(0, 60))
            elif act == "back":
                town.move(chance.choice(claims), "recovery", chance.randint(1, 50), at=BETWEEN)
            elif act in (revoke, remove):
                act(town, one)  # type: ignore[operator]
        town.session.flush()
        reports.append(town.frozen(period, now=now))
    if seed % 2:
        correct(town, everybody[0], 0)
        reports[-1] = town.frozen(Q4, reason="重新统计", now=LATER)
    told = standing(town, reports)
    tables.load_facts(town.session, "650400", periods[0].first, periods[-1].last)
    assert told == live(town)
    assert all(reconcile.broken(town.session, one) == [] for one in reports)


def parse(name: str) -> Any:
    """A period."""
    from portal.domain.report_period import parse_period

    return parse_period(name)


def standing(town: Town, reports: list[PeriodReport]) -> Counter[Any]:
    """All rows of the reports that stand, by what they count."""
    found: Counter[Any] = Counter()
    ids = [one.id for one in reports]
    for row in town.session.scalars(
        select(PeriodReportRow).where(PeriodReportRow.report_id.in_(ids))
    ):
        for name in ("person_times", "hours", "completed", "certificates", "fen"):
            found[(row.region_code, row.institution_id, name)] += row.sign * getattr(row, name)
    return Counter({key: value for key, value in found.items() if value})


def live(town: Town) -> Counter[Any]:
    """The same of what is."""
    found: Counter[Any] = Counter()
    for row in town.session.execute(text("SELECT * FROM report_fact")).mappings():
        for name in ("person_times", "hours", "completed", "certificates", "fen"):
            found[(row["region_code"], row["institution_id"], name)] += row[name]
    return Counter({key: value for key, value in found.items() if value})


def test_the_year_is_its_quarters_with_their_adjustments(town: Town) -> None:
    people = [town.learner(town.taught()) for _ in range(3)]
    town.frozen(Q3)
    correct(town, people[0], 1)
    town.frozen(Q4, now=LATER)
    year = town.frozen(parse("2026"), now=LATER)
    sums = Counter[str]()
    for report in town.session.scalars(
        select(PeriodReport).where(PeriodReport.kind == "quarter", PeriodReport.state == "frozen")
    ):
        for part in ("total", "adjusted"):
            sums.update({name: report.content[part][name] for name in tables.ADDITIVE})
    assert {name: year.content["total"][name] for name in tables.ADDITIVE} == dict(sums)
    assert make.NOW < LATER
