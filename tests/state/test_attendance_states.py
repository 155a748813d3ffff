"""The pages of appeals, second opinions, duties and oversight, through their handlers."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, AttendanceAppeal, CorrectionProposal, OfflineUpload
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.locale import t
from portal.services import attendance_warnings
from portal.state.appeals_desk import AppealsDeskState, DutiesState, WarnedState
from portal.state.appeals_oversight import OverseenState
from portal.state.attendance import SheetState
from portal.state.enrolments import EnrolmentState
from portal.state.sheet_uploads import SheetUploadsState
from tests.support import factories as make
from tests.support.courses import END, Course, make_course
from tests.support.tab import Tab

AFTER = END + timedelta(hours=2)
STATES = (
    AppealsDeskState,
    DutiesState,
    WarnedState,
    OverseenState,
    SheetState,
    EnrolmentState,
    SheetUploadsState,
)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets what the states take for now; at first ``AFTER``."""

    def at(moment: datetime) -> None:
        for state in STATES:
            monkeypatch.setattr(state, "_now", staticmethod(lambda: moment))

    at(AFTER)
    return at


@pytest.fixture
def course(engine: Engine) -> Iterator[Course]:
    with Session(engine, expire_on_commit=False) as session:
        made = make_course(session)
        session.commit()
        yield made


def token(course: Course, actor: Actor, now: datetime = END) -> str:
    account = course.session.get_one(Account, actor.the_account())
    made = make.log_in(course.session, account, now=now)
    course.session.commit()
    return made


def tab(course: Course, actor: Actor, path: str) -> Tab:
    page = Tab()
    page.go(path, token(course, actor))
    return page


def mine(course: Course, who: int = 0) -> Tab:
    return tab(course, course.people[who], f"/me/enrolments/{course.places[who].id}")


def appealed(course: Course, who: int = 0) -> Tab:
    page = mine(course, who)
    page.call(EnrolmentState, "load")
    page.call(EnrolmentState, "appeal", str(course.meeting.id), "missing")
    return page


def only(course: Course) -> AttendanceAppeal:
    course.session.rollback()
    query = select(AttendanceAppeal).where(
        AttendanceAppeal.enrolment_id.in_([place.id for place in course.places])
    )
    return course.session.scalars(query.execution_options(populate_existing=True)).one()


def test_one_tap_has_a_record_checked(course: Course) -> None:
    page = mine(course)
    state = page.call(EnrolmentState, "load")
    (row,) = state.past
    assert (row.appeal, row.kind, row.label) == ("can", "missing", "我当时在，请核对")
    assert row.until == "现在就可以提出"
    state = page.call(EnrolmentState, "appeal", row.key, row.kind)
    assert (state.told, state.problem) == (t("appeals.own.sent"), "")
    (row,) = state.past
    assert (row.appeal, row.until) == ("open", "")
    assert row.said == "已请机构核对，最晚 12月4日 周五答复"
    form = {"appeal_id": row.appeal_id, "note": "坐第三排"}
    state = page.call(EnrolmentState, "explain_appeal", form)
    assert state.past[0].own_note == "坐第三排"
    state = page.call(EnrolmentState, "withdraw_appeal", row.appeal_id)
    assert (state.past[0].appeal, only(course).state) == ("can", "withdrawn")


@pytest.mark.parametrize("kind", ["", None, 3, ["missing"]])
def test_a_forged_tap_is_refused_in_a_sentence(course: Course, kind: Any) -> None:
    page = mine(course)
    page.call(EnrolmentState, "load")
    state = page.call(EnrolmentState, "appeal", str(course.meeting.id), kind)
    assert state.problem == t("appeals.bad_kind")
    state = page.call(EnrolmentState, "appeal", "nonsense", "missing")
    assert state.problem
    assert page.call(EnrolmentState, "withdraw_appeal", str(new_id())).problem
    assert page.call(EnrolmentState, "explain_appeal", "no form").problem


def test_staff_answer_and_the_trainee_reads_it(course: Course) -> None:
    appealed(course)
    desk = tab(course, course.manager, "/teach/appeals")
    state = desk.call(AppealsDeskState, "load")
    (card,) = state.waiting
    assert (card.course.startswith("学员00"), card.full, card.is_late) == (True, "4", False)
    duties = desk.call(DutiesState, "load").duties
    assert [(one.text, one.href) for one in duties] == [("1 名学员请您核对考勤", "/teach/appeals")]
    form = {"appeal_id": card.key, "state": "present", "hours": "4", "reason": ""}
    assert desk.call(AppealsDeskState, "uphold", form).problem
    state = desk.call(AppealsDeskState, "uphold", form | {"reason": "查了照片"})
    assert (state.done, state.waiting) == (t("appeals.desk.upheld_done"), [])
    assert state.answered[0].answer == "答复：查了照片"
    (row,) = mine(course).call(EnrolmentState, "load").past
    assert (row.appeal, row.said) == ("upheld", "核对后已更正：查了照片")


def test_staff_refuse_with_a_reason(course: Course) -> None:
    appealed(course)
    desk = tab(course, course.instructor, "/teach/appeals")
    key = desk.call(AppealsDeskState, "load").waiting[0].key
    state = desk.call(AppealsDeskState, "refuse", {"appeal_id": key, "reason": "没有来"})
    assert (state.done, only(course).state) == (t("appeals.desk.refused_done"), "refused")
    assert desk.call(AppealsDeskState, "refuse", "no form").problem


def test_the_sixth_correction_waits_and_a_colleague_agrees(course: Course) -> None:
    path = f"/teach/sessions/{course.meeting.id}"
    first = tab(course, course.manager, path)
    first.call(SheetState, "load")
    for place in course.places[:6]:
        form = {
            "enrolment_id": str(place.id),
            "state": "present",
            "hours": "4",
            "reason": "核实在场",
        }
        state = first.call(SheetState, "correct", form)
        assert state.problem == ""
    assert state.done == t("proposal.proposed_done")
    row = state.odd[0]
    assert (row.is_mine, row.waits.startswith("您提出的")) == (True, True)
    assert first.call(SheetState, "approve", row.proposal).problem == t("sheet.same_person")
    second = tab(course, course.instructor, path)
    (duty,) = second.call(DutiesState, "load").duties
    assert (duty.href, duty.more) == (path, "其中 1 条请您看。")
    state = second.call(SheetState, "load")
    assert "学员" not in state.odd[0].waits
    assert state.hint == "1 条更正在等第二个人同意；现在也可以确认，同意后自动计入。"
    assert second.call(SheetState, "refuse", {"proposal_id": row.proposal}).problem
    state = second.call(SheetState, "approve", row.proposal)
    assert (state.done, state.problem) == (t("proposal.approved_done"), "")
    assert all(one.proposal == "" for one in [*state.odd, *state.fine])
    assert second.call(SheetState, "take_back", row.proposal).problem
    course.session.rollback()
    query = select(CorrectionProposal.state).where(
        CorrectionProposal.session_id == course.meeting.id
    )
    assert course.session.scalars(query).all() == ["approved"]


def test_overdue_sheets_stand_on_top_by_name(
    course: Course, clock: Callable[[datetime], None]
) -> None:
    page = tab(course, course.manager, "/teach")
    assert page.call(DutiesState, "load").overdue == []
    later = END + timedelta(days=6, hours=18)
    clock(later)
    page.go("/teach", token(course, course.manager, later))
    state = page.call(DutiesState, "load")
    assert state.overdue_title == "2 张考勤过了确认期限"
    assert state.overdue[0].href == f"/teach/sessions/{course.meeting.id}"
    assert "应在 12月4日 周五前确认" in state.overdue[0].text


def test_the_class_page_lists_who_was_warned(course: Course) -> None:
    course.attend(7)
    course.session.commit()
    night = END + timedelta(hours=12)
    attendance_warnings.warn_class(
        course.session, SYSTEM, class_id=course.training_class.id, now=night
    )
    page = tab(course, course.instructor, f"/teach/classes/{course.training_class.id}")
    state = page.call(WarnedState, "load")
    assert {one.level for one in state.rows} == {"按现在的记录已经够不上"}
    assert len(state.rows) == 7
    texts = [one.text for one in page.call(DutiesState, "load").duties]
    assert texts == [f"{course.training_class.title}：7 名学员快够不上课时"]


def test_the_authority_filters_by_what_the_address_says(course: Course) -> None:
    appealed(course)
    officer = make.make_actor(course.session, Role.OFFICER, region_code="650400")
    page = tab(course, officer, "/admin/appeals")
    state = page.call(OverseenState, "load")
    assert course.school.name in [row.institution for row in state.rows]
    assert [one.chosen for one in state.choices] == [True, False, False, False, False]
    login = token(course, officer)
    for query, is_there in (("show=late", False), ("show=nonsense", True), ("show=all", True)):
        page.go(f"/admin/appeals?{query}", login)
        found = [row.institution for row in page.call(OverseenState, "load").rows]
        assert (course.school.name in found) == is_there
    page.go("/admin/appeals?region=x", login)
    assert page.call(OverseenState, "load").problem == t("appeals.bad_filter")
    page.go("/admin/appeals?show=sheets", login)
    assert page.call(OverseenState, "load").shows_sheets


@pytest.mark.parametrize(
    ("state", "path"),
    [
        (AppealsDeskState, "/teach/appeals"),
        (DutiesState, "/teach"),
        (OverseenState, "/admin/appeals"),
        (SheetUploadsState, f"/teach/sessions/{UUID(int=1)}"),
        (WarnedState, f"/teach/classes/{UUID(int=1)}"),
    ],
)
def test_a_trainee_is_shown_nothing(course: Course, state: Any, path: str) -> None:
    page = tab(course, course.people[0], path)
    assert page.call(state, "load").status == "refused"
    page.go(path, "no such token")
    assert page.call(state, "load").status == "sign_in"


def test_uploads_that_failed_stand_first(course: Course) -> None:
    for outcome, reason in (("merged", ""), ("refused", "future")):
        course.session.add(
            OfflineUpload(
                id=new_id(),
                source="staff",
                account_id=course.manager.the_account(),
                session_id=course.meeting.id,
                enrolment_id=course.places[0].id,
                phase="in",
                method="manual",
                occurred_at=END,
                received_at=END,
                outcome=outcome,
                reason=reason,
            )
        )
    page = tab(course, course.manager, f"/teach/sessions/{course.meeting.id}")
    state = page.call(SheetUploadsState, "load")
    assert (state.total, [row.name for row in state.look_at]) == (2, ["学员00"])
    assert state.look_at[0].text
    assert (state.fine[0].text, state.look_at[0].tone) == ("", "bad")
