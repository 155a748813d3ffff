"""The trail on screen: found by what was typed, examined, and never in an address."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.permissions import Role
from portal.locale import t
from portal.state.trail import TrailState
from tests.state.test_institution_states import authority, opened
from tests.support import factories as make
from tests.support.audit_trail import close_all, reach_in, write
from tests.support.factories import NOW


@pytest.fixture
def saved(engine: Engine) -> Any:
    with Session(engine, expire_on_commit=False) as session:
        yield session


def run(handler: Any, *args: object) -> Any:
    return asyncio.run(handler(*args))


@pytest.fixture
def rows(saved: Session) -> list[int]:
    """Twenty-three acts of one officer."""
    for table in ("audit_event", "audit_block", "audit_place"):
        reach_in(saved, f"DELETE FROM {table}")
    officer = make.make_account(saved, Role.OFFICER, person=make.make_person(saved, name="赵大"))
    made = [write(saved, NOW, actor_account_id=officer.id).no for _ in range(23)]
    close_all(saved, NOW)
    saved.commit()
    return made


def page(saved: Session, role: Role = Role.AUDITOR, path: str = "/admin/audit") -> TrailState:
    return opened(TrailState, path, authority(saved, role))


def test_a_search_is_paged_and_keeps_its_fields(saved: Session, rows: list[int]) -> None:
    view = page(saved)
    run(view.search, {"person": "赵大", "way": "by"})
    assert (len(view.rows), view.has_older, view.is_search) == (20, True, True)
    run(view.search_older)
    assert (len(view.rows), view.has_older, view.is_newest) == (3, False, False)
    assert (view.form.person, view.form.way) == ("赵大", "by")
    assert view.older == ""
    assert {row.tone for row in view.rows} == {"sealed"}
    run(view.search, {"person": "没有这个人"})
    assert (view.rows, view.status, view.problem) == ([], "ready", "")


def test_a_refused_search_says_why_and_loses_nothing(saved: Session, rows: list[int]) -> None:
    view = page(saved)
    run(view.load)
    run(view.search, {"thing": "X1", "since": "2026-13-01"})
    assert (view.form.thing, view.form.since) == ("X1", "2026-13-01")
    assert (view.status, view.rows) == ("ready", [])
    assert view.problem != ""


def test_whatever_a_client_sends_as_a_search_is_read_without_trust(
    saved: Session, rows: list[int]
) -> None:
    for typed in ({"person": ["x"], "way": 3}, {"way": "drop"}, "x", None, {"action": "x" * 5000}):
        view = page(saved)
        run(view.search, typed)
        assert view.status == "ready"
        assert view.form.way == "any"


def test_everything_is_examined_from_the_page(saved: Session, rows: list[int]) -> None:
    view = page(saved)
    run(view.check)
    assert (view.wrong, view.checking) == ("", "")
    assert "23" in view.checked
    reach_in(saved, "DELETE FROM audit_event WHERE no = :no", no=rows[4])
    saved.commit()
    run(view.check)
    assert view.checked == ""
    assert t("trail.check.removed", block=1, row=rows[4]) in view.wrong
    reach_in(saved, "DELETE FROM audit_block")
    reach_in(saved, "DELETE FROM audit_place")
    saved.commit()
    run(view.check)
    assert view.checked == t("trail.check.none")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN])
def test_nobody_else_sees_or_examines_it(saved: Session, rows: list[int], role: Role) -> None:
    view = page(saved, role)
    for act in (view.load, view.check, view.search_older):
        run(act)
        assert (view.rows, view.checked, view.status) == ([], "", "refused")
        view.status = "loading"
    run(view.search, {"person": "赵大"})
    assert view.rows == []
