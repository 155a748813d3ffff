"""The work queue: every source is one query, scoped by region, overdue first."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal.db.models import Enrolment
from portal.domain.errors import BadInput, Forbidden
from portal.domain.permissions import ANONYMOUS, Role
from portal.locale import has
from portal.policies import deadlines
from portal.services.casework import complaints, sources, write_offs
from portal.services.casework.complaints import ComplaintForm
from portal.services.casework.queue import Work
from tests.support import factories as make
from tests.support.casework import NOW, TODAY, Bureau, later
from tests.support.policy import publish_packs


@pytest.fixture(scope="module", autouse=True)
def _published(engine: Engine) -> None:
    with Session(engine) as session:
        publish_packs(session, "*.toml")
        session.commit()


@pytest.fixture
def bureau(session: Session) -> Bureau:
    complaints.forget_tries()
    return Bureau(session)


def work(bureau: Bureau, actor: Any = None, now: Any = NOW, kind: str = "") -> Work:
    return sources.work(bureau.session, actor or bureau.one, kind=kind, now=now)


def kinds(found: Work) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.total, one.late) for one in found.counts}


def waiting_review(bureau: Bureau, due: Any) -> Enrolment:
    made = make.make_class(bureau.session, institution=bureau.school)
    place = make.enrol(bureau.session, make.make_person(bureau.session), made)
    place.status, place.review_due_on = "needs_review", due
    bureau.session.flush()
    return place


def complain(bureau: Bureau) -> None:
    form = ComplaintForm("n" * 32, "teaching", "650402", "电工班", "老师三次没有来上课，请核实")
    complaints.send(bureau.session, ANONYMOUS, form=form, source=b"x", now=NOW)


def fill(bureau: Bureau) -> None:
    """Something of the kinds of this half, and a review."""
    case_id = bureau.case()
    bureau.grade(case_id, "negligence")
    bureau.grade(case_id, "confirmed_fraud")
    other = bureau.case()
    bureau.grade(other, "error")
    bureau.sanction(other, "rectify")
    owed = bureau.owed(other)
    write_offs.ask(
        bureau.session, bureau.one, recovery_id=owed, amount_fen=1, reason="机构已经注销",
        document_no="销〔2026〕1号", now=NOW,
    )  # fmt: skip
    complain(bureau)
    waiting_review(bureau, TODAY)


def test_everything_that_waits_stands_in_the_queue_with_its_page(bureau: Bureau) -> None:
    fill(bureau)
    found = work(bureau, bureau.two)
    assert kinds(found) == {
        "review": (1, 0),
        "complaint": (1, 0),
        "case": (2, 0),
        "second_grade": (1, 0),
        "rectify": (1, 0),
        "recovery": (1, 0),
        "write_off": (1, 0),
    }
    assert len(found.rows) == found.total == 8
    assert all(row.href.startswith("/admin/") for row in found.rows)


def test_what_needs_a_second_officer_does_not_wait_for_the_first(bureau: Bureau) -> None:
    fill(bureau)
    assert {"second_grade", "write_off"}.isdisjoint(kinds(work(bureau, bureau.one)))


def test_another_region_has_nothing_of_it(bureau: Bureau) -> None:
    fill(bureau)
    assert work(bureau, bureau.elsewhere).total == 0


def test_overdue_comes_first_and_is_counted(bureau: Bureau) -> None:
    waiting_review(bureau, TODAY - timedelta(days=3))
    fill(bureau)
    found = work(bureau)
    assert found.rows[0].kind == "review"
    assert found.rows[0].late
    assert kinds(found)["review"] == (2, 1)
    assert [row.due_on for row in found.rows] == sorted(row.due_on for row in found.rows)
    for one in found.counts:
        assert one.next_due == next(row.due_on for row in found.rows if row.kind == one.kind)


def test_days_of_the_second_officer_are_working_days(bureau: Bureau) -> None:
    bureau.grade(bureau.case(), "confirmed_fraud")
    (row,) = work(bureau, bureau.two, kind="second_grade").rows
    # From Tuesday 1 December five working days on: the weekend does not count.
    assert row.due_on.isoformat() == "2026-12-08"
    assert not work(bureau, bureau.two, now=later(7)[0], kind="second_grade").rows[0].late
    late = work(bureau, bureau.two, now=later(8)[0], kind="second_grade")
    assert late.rows[0].late
    assert kinds(late)["second_grade"] == (1, 1)


def test_one_kind_alone_still_counts_the_others(bureau: Bureau) -> None:
    fill(bureau)
    found = work(bureau, kind="complaint")
    assert {row.kind for row in found.rows} == {"complaint"}
    assert "case" in kinds(found)
    with pytest.raises(BadInput):
        work(bureau, kind="nonsense")


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.REVIEWER])
def test_only_officers_have_a_queue(bureau: Bureau, role: Role) -> None:
    kwargs = {"institution": bureau.school} if role is Role.MANAGER else {}
    with pytest.raises(Forbidden):
        work(bureau, make.make_actor(bureau.session, role, **kwargs))


def test_every_source_is_one_query(bureau: Bureau, engine: Engine) -> None:
    fill(bureau)
    # Rules of the region are read once before: they are not the queue's.
    work(bureau)
    said: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if " OVER " in statement.upper():
            said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        work(bureau)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(said) == len(sources.SOURCES)


@pytest.mark.parametrize("source", sources.SOURCES, ids=lambda one: one.kind)
def test_every_source_has_its_word_and_term(source: Any) -> None:
    assert has(f"casework.work.kind.{source.kind}")


def test_every_term_names_where_it_comes_from() -> None:
    for one in deadlines.terms().values():
        assert one.days > 0
        assert one.unit in ("working", "calendar")
        assert len(one.source) > 6


@pytest.mark.parametrize("kind", ["review", "hearing", "recovery", "sanction_appeal"])
def test_what_is_late_agrees_with_the_last_day(kind: str) -> None:
    term = deadlines.term(kind)
    for ahead in range(30):
        today = TODAY + timedelta(days=ahead)
        began = term.last_late(today)
        assert term.last_day(began) < today
        assert term.last_day(began + timedelta(days=1)) >= today
