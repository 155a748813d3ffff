"""The pages of the owner's rights, and of those who answer: what they show, and to whom."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ArchiveEntry,
    ConsentRecord,
    CorrectionRequest,
    Enrolment,
    TrainingClass,
)
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import audit, correction_requests, own_photo, talent_consent
from portal.state.access import AccessState
from portal.state.account import AccountState
from portal.state.appeals_desk import DutiesState
from portal.state.base import PageState
from portal.state.correction_desk import CorrectionDeskState
from portal.state.corrections import CorrectionsState
from tests.support import factories as make
from tests.support.rights import add_line, claimed, learned, manager_of
from tests.support.tab import Tab

NOW = make.NOW
WISH = "少记了 8 课时，第 3 天我在。"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def me(saved: Session) -> Actor:
    return make.make_actor(saved)


@pytest.fixture
def line(saved: Session, me: Actor) -> ArchiveEntry:
    return learned(saved, me, NOW)[0]


@pytest.fixture
def manager(saved: Session, me: Actor, line: ArchiveEntry) -> Actor:
    enrolment = saved.get_one(Enrolment, line.ref_id)
    return manager_of(saved, saved.get_one(TrainingClass, enrolment.class_id))


def tab_of(saved: Session, actor: Actor, path: str) -> Tab:
    token = make.log_in(saved, saved.get_one(Account, actor.account_id))
    saved.commit()
    tab = Tab(token)
    tab.go(path, token)
    return tab


def ask_form(line: ArchiveEntry, **fields: str) -> dict[str, object]:
    form: dict[str, object] = {"entry_id": str(line.id), "wish": WISH, "right_value": "40 课时"}
    return form | fields


def accept_form(row: Any, **fields: str) -> dict[str, object]:
    values: dict[str, object] = {
        "request_id": row.key,
        "title": row.title,
        "hours": "40",
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "status": row.status,
        "reason": "查了签到表，确实少记了。",
    }
    return values | fields


def test_a_look_is_shown_in_words_with_its_purpose(saved: Session, me: Actor) -> None:
    officer = make.make_actor(saved, Role.OFFICER)
    for minutes in (0, 5):
        audit.record(
            saved,
            officer,
            "facts.read_person",
            now=NOW + timedelta(minutes=minutes),
            object_type="person_fact",
            on_behalf_of=me.the_person(),
            fields_read=("phone",),
        )
    state = tab_of(saved, me, "/me/access").call(AccessState, "load")
    [row] = state.rows
    assert row.day == "2026年12月1日 周二"
    assert row.times == "当天共 2 次，最后一次 09:45"
    assert (row.fields, row.why_label) == ("手机号", t("rights.access.why_standing"))
    assert (state.previous, state.next) == ("", "")


def test_the_page_of_looks_pages(saved: Session, me: Actor) -> None:
    officer = make.make_actor(saved, Role.OFFICER)
    for days in range(25):
        audit.record(
            saved,
            officer,
            "facts.read_person",
            now=NOW - timedelta(days=days),
            object_type="person_fact",
            on_behalf_of=me.the_person(),
            fields_read=("phone",),
        )
    tab = tab_of(saved, me, "/me/access")
    assert tab.call(AccessState, "load").next == "/me/access?page=2"
    second = tab_of(saved, me, "/me/access?page=2").call(AccessState, "load")
    assert (len(second.rows), second.previous, second.next) == (5, "/me/access", "")
    beyond = tab_of(saved, me, "/me/access?page=99").call(AccessState, "load")
    assert (beyond.rows, beyond.previous) == ([], "/me/access?page=2")


def test_asking_shows_the_request_and_closes_the_form(
    saved: Session, me: Actor, line: ArchiveEntry
) -> None:
    tab = tab_of(saved, me, "/me/corrections")
    state = tab.call(CorrectionsState, "load")
    assert state.lines[0].fold == t("rights.corrections.ask_fold")
    state = tab.call(CorrectionsState, "ask", ask_form(line))
    assert "12月15日 周二" in state.done
    [asked] = state.requests
    assert (asked.said, asked.right) == (f"您说：{WISH}", "您说正确的是：40 课时")
    assert state.lines[0].fold == ""
    state = tab.call(CorrectionsState, "withdraw", asked.key)
    assert state.requests[0].status == t("rights.corrections.state_withdrawn")


@pytest.mark.parametrize(
    "form", [None, {}, {"entry_id": "x"}, {"entry_id": ["x"], "wish": WISH}, {"wish": {"a": 1}}]
)
def test_a_forged_form_is_refused_in_words(saved: Session, me: Actor, form: Any) -> None:
    tab = tab_of(saved, me, "/me/corrections")
    tab.call(CorrectionsState, "load")
    state = tab.call(CorrectionsState, "ask", form)
    assert state.problem != ""
    assert state.done == ""
    assert tab.call(CorrectionsState, "withdraw", {"x": 1}).problem != ""


def test_a_short_wish_keeps_the_page_and_says_why(
    saved: Session, me: Actor, line: ArchiveEntry
) -> None:
    tab = tab_of(saved, me, "/me/corrections")
    tab.call(CorrectionsState, "load")
    state = tab.call(CorrectionsState, "ask", ask_form(line, wish="错"))
    assert state.problem == t("rights.corrections.too_short", shortest=4)
    assert (state.status, len(state.lines)) == ("ready", 1)


def test_the_school_sees_its_duty_and_answers_it(
    saved: Session, me: Actor, manager: Actor, line: ArchiveEntry
) -> None:
    correction_requests.ask(saved, me, entry_id=line.id, wish=WISH, now=NOW)
    tab = tab_of(saved, manager, "/teach")
    duties = tab.call(DutiesState, "load").duties
    assert ("/teach/corrections", t("rights.desk.duty", count=1)) in [
        (one.href, one.text) for one in duties
    ]
    tab = tab_of(saved, manager, "/teach/corrections")
    [row] = tab.call(CorrectionDeskState, "load").rows
    assert (row.hours, row.starts_on, row.by_value) == ("32", "2026-11-01", True)
    state = tab.call(CorrectionDeskState, "accept", accept_form(row))
    assert (state.done, state.rows) == (t("rights.desk.accepted_done"), [])
    tab = tab_of(saved, manager, "/teach/corrections?show=answered")
    [answered] = tab.call(CorrectionDeskState, "load").rows
    assert answered.state == t("rights.corrections.state_accepted")


def test_a_school_that_was_paid_hears_who_decides(
    saved: Session, me: Actor, manager: Actor, line: ArchiveEntry
) -> None:
    claimed(saved, line.ref_id, NOW)
    correction_requests.ask(saved, me, entry_id=line.id, wish=WISH, now=NOW)
    tab = tab_of(saved, manager, "/teach/corrections")
    [row] = tab.call(CorrectionDeskState, "load").rows
    assert row.money == t("rights.desk.money")
    state = tab.call(CorrectionDeskState, "accept", accept_form(row))
    assert state.done == t("rights.desk.passed_on_done")
    officer = make.make_actor(saved, Role.OFFICER)
    tab = tab_of(saved, officer, "/admin/corrections")
    rows = tab.call(CorrectionDeskState, "load").rows
    found = next(one for one in rows if one.key == row.key)
    assert "40 课时" in found.proposed
    assert (found.hours, found.money) == ("40", t("rights.desk.money_office"))


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_on": "gestern"},
        {"hours": "viele"},
        {"status": "valid"},
        {"reason": "好"},
        {"title": ""},
    ],
)
def test_nonsense_from_the_desk_changes_nothing(
    saved: Session, me: Actor, manager: Actor, line: ArchiveEntry, fields: dict[str, str]
) -> None:
    made = correction_requests.ask(saved, me, entry_id=line.id, wish=WISH, now=NOW)
    tab = tab_of(saved, manager, "/teach/corrections")
    [row] = tab.call(CorrectionDeskState, "load").rows
    state = tab.call(CorrectionDeskState, "accept", accept_form(row, **fields))
    assert state.problem != ""
    saved.expire_all()
    assert saved.get_one(CorrectionRequest, made).state == "open"


def test_refusing_says_what_the_owner_may_still_do(
    saved: Session, me: Actor, manager: Actor, line: ArchiveEntry
) -> None:
    correction_requests.ask(saved, me, entry_id=line.id, wish=WISH, now=NOW)
    tab = tab_of(saved, manager, "/teach/corrections")
    [row] = tab.call(CorrectionDeskState, "load").rows
    form = {"request_id": row.key, "reason": "签到表上没有这一天。"}
    assert tab.call(CorrectionDeskState, "refuse", form).done == t("rights.desk.refused_done")
    state = tab_of(saved, me, "/me/corrections").call(CorrectionsState, "load")
    assert state.lines[0].fold == t("rights.corrections.again_fold")
    assert "签到表上没有这一天" in state.requests[0].answer


def test_a_document_at_the_desk_asks_for_no_values(saved: Session) -> None:
    person = make.make_person(saved, residence_region="653200")
    me = make.make_actor(saved, person=person)
    line = add_line(saved, person.id, NOW, kind="certificate")
    correction_requests.ask(saved, me, entry_id=line.id, wish=WISH, now=NOW)
    officer = make.make_actor(saved, Role.OFFICER, region_code="653200")
    tab = tab_of(saved, officer, "/admin/corrections")
    rows = tab.call(CorrectionDeskState, "load").rows
    row = next(one for one in rows if one.heading.endswith(f"“{line.title}”") and not one.by_value)
    form = {"request_id": row.key, "reason": "核对后同意更正。"}
    assert tab.call(CorrectionDeskState, "accept", form).done == t("rights.desk.accepted_done")


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.HELPER, Role.EMPLOYER])
def test_the_desk_is_shown_to_nobody_else(saved: Session, role: Role) -> None:
    tab = tab_of(saved, make.make_actor(saved, role), "/admin/corrections")
    state = tab.call(CorrectionDeskState, "load")
    assert (state.status, state.rows) == ("refused", [])


def test_an_instructor_has_no_duty_to_decide(saved: Session) -> None:
    school = make.make_institution(saved)
    teacher = make.make_actor(saved, Role.INSTRUCTOR, institution=school)
    state = tab_of(saved, teacher, "/teach").call(DutiesState, "load")
    assert state.problem == ""
    assert [one for one in state.duties if one.href == "/teach/corrections"] == []


def test_consents_are_taken_back_where_they_are_listed(saved: Session, me: Actor) -> None:
    talent_consent.join(saved, me, version=talent_consent.VERSION, now=NOW)
    own_photo.set_photo(saved, me, image=b"jpeg", agreed=True, now=NOW)
    tab = tab_of(saved, me, "/me/data")
    state = tab.call(AccountState, "load")
    assert {one.purpose for one in state.consents if one.ends} == {
        talent_consent.PURPOSE,
        own_photo.PURPOSE,
    }
    for purpose in (talent_consent.PURPOSE, own_photo.PURPOSE):
        state = tab.call(AccountState, "withdraw", purpose)
        assert state.done != ""
    assert state.consents == []
    query = select(ConsentRecord).where(
        ConsentRecord.person_id == me.person_id, ConsentRecord.withdrawn_at.is_(None)
    )
    assert saved.scalars(query).all() == []


@pytest.mark.parametrize("purpose", ["account", "", "x", {"a": 1}, None])
def test_a_notice_cannot_be_taken_back(saved: Session, me: Actor, purpose: Any) -> None:
    tab = tab_of(saved, me, "/me/data")
    tab.call(AccountState, "load")
    assert tab.call(AccountState, "withdraw", purpose).problem != ""
