"""The pages about local supplements: a city drafts and files, the province answers, others not."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import SupplementEntry
from portal.domain.permissions import Role
from portal.locale import t
from portal.state.supplements import NewSupplementState, SupplementsState, SupplementState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.policy import publish_packs
from tests.support.supplements import DOC, FORM
from tests.support.tab import Tab

HOME = "/admin/supplements"
TYPED = {
    name: getattr(FORM, name)
    for name in (
        *("title", "plan", "training_type", "subject", "level", "theory_hours"),
        *("practice_hours", "why", "fee", "description"),
    )
}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (NewSupplementState, SupplementsState, SupplementState):
        monkeypatch.setattr(state, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as made:
        publish_packs(made)
        yield made


def login(saved: Session, role: Role = Role.OFFICER, region: str | None = "650400") -> str:
    token = make.log_in(saved, make.make_account(saved, role, region_code=region))
    saved.commit()
    return token


def act(tab: Tab, kind: Any, handler: str, *args: Any) -> Any:
    """Call a handler; answers what it gives back."""
    return asyncio.run(kind.event_handlers[handler].fn(tab.state(kind), *args))


def drafted(saved: Session, tab: Tab, token: str, **fields: str) -> SupplementEntry:
    tab.go(f"{HOME}/new", token)
    tab.call(NewSupplementState, "load")
    act(tab, NewSupplementState, "save", TYPED | fields)
    saved.expire_all()
    found = saved.scalars(
        select(SupplementEntry).order_by(
            SupplementEntry.created_at.desc(), SupplementEntry.id.desc()
        )
    )
    entry = found.first()
    assert entry is not None
    return entry


def test_a_supplement_goes_up_is_rejected_corrected_and_accepted(saved: Session) -> None:
    city, province, tab = login(saved), login(saved, region="650000"), Tab()
    entry = drafted(saved, tab, city)
    tab.go(HOME, city)
    desk = tab.call(SupplementsState, "load")
    assert (desk.files, [row.state for row in desk.ready]) == (True, ["草稿"])
    desk = tab.call(SupplementsState, "file", {str(entry.id): "1", "doc_no": DOC})
    assert desk.done == t("supplements.page.filed", count=1)
    assert "10\u00a0个工作日" in desk.rows[0].due

    tab.go(HOME, province)
    desk = tab.call(SupplementsState, "load")
    assert (desk.files, desk.ready, len(desk.rows)) == (False, [], 1)
    tab.go(f"{HOME}/{entry.id}", province)
    view = tab.call(SupplementState, "load")
    assert (view.may_answer, view.may_correct, view.round_no) == (True, False, "1")
    view = tab.call(SupplementState, "reject", {"reason": "实操偏少，请增加", "round_no": "1"})
    assert (view.done, view.row.state) == (t("supplements.page.rejected"), "被退回")

    tab.go(f"{HOME}/{entry.id}", city)
    view = tab.call(SupplementState, "load")
    assert (view.may_correct, view.row.answer) == (True, "实操偏少，请增加")
    view = tab.call(SupplementState, "correct", TYPED | {"practice_hours": "70"})
    assert view.done == t("supplements.page.corrected")
    tab.go(HOME, city)
    tab.call(SupplementsState, "file", {str(entry.id): "1", "doc_no": "吐人社函〔2026〕9号"})
    tab.go(f"{HOME}/{entry.id}", province)
    tab.call(SupplementState, "load")
    view = tab.call(SupplementState, "accept", {"reason": "同意备案", "round_no": "2"})
    assert (view.row.state, view.may_answer) == ("已备案", False)
    assert "实操课时" in view.filings[0].changed


def test_an_accepted_entry_is_ended_from_its_page(saved: Session) -> None:
    city, province, tab = login(saved), login(saved, region="650000"), Tab()
    more = {"title": "果酒酿造(终止)", "subject": "6-18-01-01", "code": "BC-77"}
    entry = drafted(saved, tab, city, **more)
    tab.go(HOME, city)
    tab.call(SupplementsState, "load")
    tab.call(SupplementsState, "file", {str(entry.id): "1", "doc_no": DOC})
    tab.go(f"{HOME}/{entry.id}", province)
    tab.call(SupplementState, "load")
    view = tab.call(SupplementState, "accept", {"reason": "同意备案", "round_no": "1"})
    assert view.may_end
    assert [one.href for one in view.links] == ["/catalogues/supplement/BC-77?region=650400"]
    view = tab.call(SupplementState, "end", {"doc_no": "", "reason": "不再需要"})
    assert (view.problem, view.row.state) == (t("supplements.doc_missing"), "已备案")
    view = tab.call(SupplementState, "end", {"doc_no": "新人社函〔2026〕8号", "reason": "不再需要"})
    assert (view.done, view.row.state, view.may_end) == (
        t("supplements.page.ended"),
        "已终止",
        False,
    )
    assert "新人社函〔2026〕8号" in next(f.text for f in view.facts if f.label == "终止")


def test_a_wrong_field_is_told_and_the_form_stays(saved: Session) -> None:
    city, tab = login(saved), Tab()
    tab.go(f"{HOME}/new", city)
    tab.call(NewSupplementState, "load")
    state = tab.call(NewSupplementState, "save", TYPED | {"practice_hours": "x"})
    assert (state.status, state.problem) == ("ready", t("supplements.not_a_number"))
    assert state.form.plans


def test_an_answer_to_what_was_filed_anew_is_refused(saved: Session) -> None:
    city, province, tab = login(saved), login(saved, region="650000"), Tab()
    entry = drafted(saved, tab, city, subject="车工")
    for _ in range(2):
        tab.go(HOME, city)
        tab.call(SupplementsState, "file", {str(entry.id): "1", "doc_no": DOC})
        tab.go(f"{HOME}/{entry.id}", city)
        tab.call(SupplementState, "load")
        if _ == 0:
            tab.call(SupplementState, "take_back")
    tab.go(f"{HOME}/{entry.id}", province)
    tab.call(SupplementState, "load")
    view = tab.call(SupplementState, "accept", {"reason": "同意备案", "round_no": "1"})
    assert view.problem == t("supplements.filed_anew")


def test_a_draft_can_be_withdrawn_from_its_page(saved: Session) -> None:
    city, tab = login(saved), Tab()
    entry = drafted(saved, tab, city, subject="焊工")
    tab.go(f"{HOME}/{entry.id}", city)
    tab.call(SupplementState, "load")
    view = tab.call(SupplementState, "withdraw", {"reason": "本地不再需要"})
    assert (view.row.state, view.may_correct, view.may_withdraw) == ("已作废", False, False)


@pytest.mark.parametrize(
    ("role", "region"), [(Role.AUDITOR, "650400"), (Role.TRAINEE, None), (Role.HELPER, "650402")]
)
def test_nobody_else_opens_the_pages(saved: Session, role: Role, region: str | None) -> None:
    token, tab = login(saved, role, region), Tab()
    for kind, path in (
        (SupplementsState, HOME),
        (NewSupplementState, f"{HOME}/new"),
        (SupplementState, f"{HOME}/01a201af-b35c-72b2-87d0-9451169bec0f"),
    ):
        tab.go(path, token)
        assert tab.call(kind, "load").status == "refused"


def test_a_region_sees_nothing_of_another(saved: Session) -> None:
    city, other, tab = login(saved), login(saved, region="650100"), Tab()
    entry = drafted(saved, tab, city, subject="保安员")
    tab.go(f"{HOME}/{entry.id}", other)
    view = tab.call(SupplementState, "load")
    assert (view.status, view.row.title) == ("refused", "")
    tab.go(HOME, other)
    assert tab.call(SupplementsState, "load").rows == []


@pytest.mark.parametrize("forged", [None, 7, [], "x", {"reason": []}, {"x" * 36: "1"}])
def test_forged_forms_do_no_harm(saved: Session, forged: object) -> None:
    city, tab = login(saved), Tab()
    tab.go(f"{HOME}/new", city)
    tab.call(NewSupplementState, "load")
    assert tab.call(NewSupplementState, "save", forged).problem
    tab.go(HOME, city)
    tab.call(SupplementsState, "load")
    assert tab.call(SupplementsState, "file", forged).problem
