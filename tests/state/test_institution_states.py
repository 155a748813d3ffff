"""The states of staff: a day's work through the handlers, as a browser would call them."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
import reflex as rx
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceCorrection,
    AttendanceEvent,
    AuditEvent,
    Certificate,
    Enrolment,
    ExamResult,
    Institution,
    TrainingClass,
    TrainingSession,
)
from portal.domain.certificate_number import format_certificate_number
from portal.domain.permissions import Role
from portal.state.attendance import SheetState
from portal.state.oversight import OversightState
from portal.state.results import ResultsState
from portal.state.revocation import RevocationState
from portal.state.supervision import InstitutionsOverseenState
from portal.state.teach import TeachState
from portal.state.trail import TrailState
from tests.support import factories as make
from tests.support.factories import NOW

S = TypeVar("S", bound=rx.State)
# The second of two sessions ends an hour before this moment.
AFTER = NOW + timedelta(hours=6)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets what every state takes for now; at first ``AFTER``."""

    def at(moment: datetime) -> None:
        for state in (
            SheetState,
            ResultsState,
            RevocationState,
            OversightState,
            InstitutionsOverseenState,
            TeachState,
            TrailState,
        ):
            monkeypatch.setattr(state, "_now", staticmethod(lambda: moment))

    at(AFTER)
    return at


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    """A session whose rows the handlers can see, once committed."""
    with Session(engine, expire_on_commit=False) as made:
        yield made


@pytest.fixture
def school(saved: Session) -> Institution:
    made = make.make_institution(saved)
    saved.commit()
    return made


def opened(state: type[S], path: str, token: str | None = None) -> S:
    """A state as it stands behind a tab that shows ``path``."""
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    cookie = f"portal_login={token}" if token else ""
    root._update_router_vars(
        {"headers": {"cookie": cookie}, "pathname": path, "asPath": path, "query": {}}, {}
    )
    return root.get_substate(state.get_full_name().split("."))  # type: ignore[return-value]


def run(handler: Any, *args: object) -> None:
    """Call a handler to its end."""
    asyncio.run(handler(*args))


def staff(saved: Session, role: Role, school: Institution) -> str:
    token = make.log_in(saved, make.make_account(saved, role, institution=school), now=NOW)
    saved.commit()
    return token


def authority(saved: Session, role: Role, region: str = "650400") -> str:
    token = make.log_in(saved, make.make_account(saved, role, region_code=region), now=NOW)
    saved.commit()
    return token


def taught_class(
    saved: Session, school: Institution, people: int = 3
) -> tuple[TrainingClass, list[TrainingSession], list[Enrolment]]:
    """Sessions yesterday and today, both over at ``AFTER``; everybody was there throughout."""
    made = make.make_class(
        saved, institution=school, first_start=NOW - timedelta(hours=22), status="running"
    )
    enrolled = [make.enrol(saved, make.make_person(saved), made) for _ in range(people)]
    meetings = make.sessions_of(saved, made)
    for meeting in meetings:
        for enrolment in enrolled:
            event(saved, meeting, enrolment, "in", meeting.starts_at)
            event(saved, meeting, enrolment, "out", meeting.ends_at)
    saved.commit()
    return made, meetings, enrolled


def event(
    saved: Session, meeting: TrainingSession, enrolment: Enrolment, phase: str, at: datetime
) -> None:
    saved.add(
        AttendanceEvent(
            session_id=meeting.id,
            enrolment_id=enrolment.id,
            person_id=enrolment.person_id,
            phase=phase,
            method="qr",
            occurred_at=at,
            server_at=at,
            receipt="7KQ2-M4XP",
        )
    )


def sheet_of(meeting: TrainingSession, token: str | None) -> SheetState:
    return opened(SheetState, f"/teach/sessions/{meeting.id}", token)


def class_of(made: TrainingClass, token: str | None) -> ResultsState:
    return opened(ResultsState, f"/teach/classes/{made.id}", token)


def count(saved: Session, model: type, *where: Any) -> int:
    saved.rollback()
    return saved.scalar(select(func.count()).select_from(model).where(*where)) or 0


@pytest.mark.parametrize(
    ("state", "path"),
    [
        (TeachState, "/teach"),
        (SheetState, "/teach/sessions/01a20195-c417-704c-9fb7-3666096d9e18"),
        (ResultsState, "/teach/classes/01a20195-c417-704c-9fb7-3666096d9e18"),
        (OversightState, "/admin"),
        (InstitutionsOverseenState, "/admin/institutions"),
        (RevocationState, "/admin/certificates"),
        (TrailState, "/admin/audit"),
    ],
)
def test_who_is_not_signed_in_is_asked_to(engine: Engine, state: type[Any], path: str) -> None:
    page = opened(state, path, "no such token")
    run(page.load)
    assert page.status == "sign_in"


@pytest.mark.parametrize("state", [TeachState, SheetState, ResultsState, OversightState])
def test_a_trainee_is_refused_with_a_sentence(saved: Session, state: type[Any]) -> None:
    token = make.log_in(saved, make.make_account(saved), now=NOW)
    saved.commit()
    page = opened(state, "/teach/sessions/01a20195-c417-704c-9fb7-3666096d9e18", token)
    run(page.load)
    assert page.status == "refused"
    assert "权限" in page.problem


@pytest.mark.parametrize("path", ["/teach/sessions/x", "/teach/sessions/", "/teach/sessions/1/2"])
def test_a_broken_link_is_refused_with_a_sentence(
    saved: Session, school: Institution, path: str
) -> None:
    page = opened(SheetState, path, staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert (page.status, page.problem[:4]) == ("refused", "没有找到")


def test_another_institutions_session_and_class_are_not_found(
    saved: Session, school: Institution
) -> None:
    made, meetings, _ = taught_class(saved, make.make_institution(saved))
    token = staff(saved, Role.MANAGER, school)
    for page in (sheet_of(meetings[0], token), class_of(made, token)):
        run(page.load)
        assert (page.status, page.problem[:4]) == ("refused", "没有找到")


def test_a_page_that_was_refused_recovers_when_the_next_link_is_good(
    saved: Session, school: Institution
) -> None:
    _, meetings, _ = taught_class(saved, school)
    page = opened(SheetState, "/teach/sessions/x", staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    path = f"/teach/sessions/{meetings[0].id}"
    page.parent_state._update_router_vars(  # type: ignore[union-attr]
        {"headers": {"cookie": page.router.headers.cookie}, "asPath": path}, {}
    )
    run(page.load)
    assert (page.status, page.problem) == ("ready", "")


def test_today_shows_todays_session_and_brings_up_yesterdays_open_sheet(
    saved: Session, school: Institution
) -> None:
    made, (yesterday, today), _ = taught_class(saved, school)
    page = opened(TeachState, "/teach", staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert page.status == "ready"
    assert [row.key for row in page.due] == [str(today.id)]
    assert [row.key for row in page.unconfirmed] == [str(yesterday.id)]
    assert (page.due[0].present, page.due[0].roster) == (3, 3)
    assert page.due[0].screen == f"/teach/sessions/{today.id}/screen"
    assert [row.href for row in page.classes] == [f"/teach/classes/{made.id}"]


@pytest.mark.parametrize(
    ("minutes", "is_first"),
    [(-91, False), (-90, True), (0, True), (29, True)],
    ids=["more_than_an_hour_before_the_doors", "an_hour_before", "at_the_door", "still_open"],
)
def test_a_lesson_that_takes_scans_now_or_within_the_hour_comes_before_the_rest_of_the_day(
    saved: Session,
    school: Institution,
    clock: Callable[[datetime], None],
    minutes: int,
    is_first: bool,
) -> None:
    _, (_, today), _ = taught_class(saved, school)
    clock(today.starts_at + timedelta(minutes=minutes))
    page = opened(TeachState, "/teach", staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    found = ([row.key for row in page.due], [row.key for row in page.today])
    assert found == (([str(today.id)], []) if is_first else ([], [str(today.id)]))


def test_a_sheet_is_confirmed_and_says_what_follows(saved: Session, school: Institution) -> None:
    _, meetings, _ = taught_class(saved, school)
    page = sheet_of(meetings[0], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert (page.can_confirm, page.label) == (True, "确认 3 人")
    run(page.confirm)
    assert page.can_confirm is False
    assert "学员现在就能看到" in page.done
    assert "已在" in page.hint


def test_the_odd_ones_come_first_and_stand_on_the_button(
    saved: Session, school: Institution
) -> None:
    made, meetings, _ = taught_class(saved, school)
    missing = make.enrol(saved, make.make_person(saved), made)
    saved.commit()
    page = sheet_of(meetings[0], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert [row.key for row in page.odd] == [str(missing.id)]
    assert len(page.fine) == 3
    assert page.label == "确认 4 人，其中 1 人有疑点"
    assert page.odd[0].badge == "缺勤"


def test_too_early_is_a_sentence_and_leaves_the_sheet_on_screen(
    saved: Session, school: Institution, clock: Callable[[datetime], None]
) -> None:
    _, meetings, _ = taught_class(saved, school)
    clock(meetings[1].starts_at)
    page = sheet_of(meetings[1], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert (page.can_confirm, "下课以后" in page.hint) == (False, True)
    run(page.confirm)
    assert (page.status, page.done) == ("ready", "")
    assert "课还没有结束" in page.problem
    assert len(page.fine) == 3


def test_before_the_end_nobody_has_hours_on_the_badge(
    saved: Session, school: Institution, clock: Callable[[datetime], None]
) -> None:
    _, meetings, _ = taught_class(saved, school)
    clock(meetings[1].starts_at + timedelta(minutes=1))
    page = sheet_of(meetings[1], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert {row.badge for row in page.fine} == {"出勤"}


def test_a_correction_keeps_the_old_value_and_closes_the_row(
    saved: Session, school: Institution
) -> None:
    _, meetings, (first, *_) = taught_class(saved, school)
    page = sheet_of(meetings[0], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    run(page.edit, str(first.id))
    assert page.editing == str(first.id)
    form = {
        "enrolment_id": str(first.id),
        "state": "excused",
        "hours": "0",
        "reason": "病假，有证明",
    }
    run(page.correct, form)
    assert (page.problem, page.editing) == ("", "")
    row = next(row for row in page.fine if row.key == str(first.id))
    assert (row.badge, row.note) == ("请假 0 课时", "已更正：病假，有证明")
    saved.rollback()
    kept = saved.scalars(select(AttendanceCorrection)).all()
    assert [(one.old_state, one.old_hours, one.new_state) for one in kept] == [
        ("present", 4, "excused")
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "请写明原因"),
        ({"reason": {"a": 1}}, "请写明原因"),
        ({"hours": "9"}, "课时应当是"),
        ({"hours": "-1"}, "课时应当是"),
        ({"hours": ["4"]}, "课时应当是"),
        ({"state": "admin"}, "没有这种出勤状态"),
        ({"state": None}, "没有这种出勤状态"),
        ({"state": "absent"}, "不能计课时"),
        ({"enrolment_id": "1"}, "没有找到"),
        ({"enrolment_id": "01a20195-c417-704c-9fb7-3666096d9e18"}, "没有找到"),
    ],
)
def test_a_bad_correction_is_a_sentence_and_the_row_stays_open(
    saved: Session, school: Institution, changes: dict[str, object], sentence: str
) -> None:
    _, meetings, (first, *_) = taught_class(saved, school)
    page = sheet_of(meetings[0], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    run(page.edit, str(first.id))
    before = count(saved, AttendanceCorrection)
    form = {"enrolment_id": str(first.id), "state": "late", "hours": "4", "reason": "核实过"}
    run(page.correct, form | changes)
    assert sentence in page.problem
    assert page.editing == str(first.id)
    assert count(saved, AttendanceCorrection) == before


@pytest.mark.parametrize("junk", [None, 3, {}, [], "x", "' OR 1=1", "\x00" * 36, {"key": "x"}])
def test_whatever_a_client_sends_is_answered_and_not_a_crash(
    saved: Session, school: Institution, junk: object
) -> None:
    made, meetings, _ = taught_class(saved, school)
    token = staff(saved, Role.MANAGER, school)
    sheet, page = sheet_of(meetings[0], token), class_of(made, token)
    for act in (
        lambda: sheet.mark(junk, junk),
        lambda: sheet.edit(junk),
        lambda: sheet.correct(junk),
        lambda: page.record(junk, junk),
    ):
        asyncio.run(act())
    assert sheet.problem
    assert page.problem


def test_the_instructors_tap_signs_in_who_has_no_phone(
    saved: Session, school: Institution, clock: Callable[[datetime], None]
) -> None:
    made, meetings, _ = taught_class(saved, school)
    late = make.enrol(saved, make.make_person(saved), made)
    saved.commit()
    clock(meetings[1].starts_at)
    page = sheet_of(meetings[1], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    row = next(row for row in page.fine if row.key == str(late.id))
    assert row.mark == "in"
    run(page.mark, row.key, row.mark)
    assert page.problem == ""
    assert count(saved, AttendanceEvent, AttendanceEvent.enrolment_id == late.id) == 1


def test_reloading_keeps_the_row_open_that_somebody_is_correcting(
    saved: Session, school: Institution
) -> None:
    _, meetings, (first, *_) = taught_class(saved, school)
    page = sheet_of(meetings[0], staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    run(page.edit, str(first.id))
    run(page.load)
    assert page.editing == str(first.id)


def ready_to_finish(
    saved: Session, school: Institution
) -> tuple[TrainingClass, list[Enrolment], str]:
    """A class taught, both sheets confirmed by its manager; no results yet."""
    made, meetings, enrolled = taught_class(saved, school)
    token = staff(saved, Role.MANAGER, school)
    for meeting in meetings:
        run(sheet_of(meeting, token).confirm)
    return made, enrolled, token


def test_a_class_is_finished_after_asking_who_gets_a_certificate(
    saved: Session, school: Institution
) -> None:
    made, (failing, *_), token = ready_to_finish(saved, school)
    page = class_of(made, token)
    run(page.load)
    assert (page.can_finish, page.pending) == (False, 3)
    assert "没有登记考核结果" in page.obstacle
    run(page.record, str(failing.id), False)
    run(page.pass_rest)
    assert (page.can_finish, page.pending, page.problem) == (True, 0, "")
    run(page.ask)
    assert page.asking is True
    assert page.finish_label == "确认结业，发 2 本证书"
    assert [(one.why) for one in page.left_out] == ["考核不合格。"]
    assert count(saved, Certificate, Certificate.institution_id == school.id) == 0
    run(page.finish)
    assert (page.asking, page.stage) == (False, "closed")
    assert "发出 2 本证书" in page.done
    assert sorted(bool(row.number) for row in page.rows) == [False, True, True]
    assert count(saved, Certificate, Certificate.institution_id == school.id) == 2


def test_only_true_is_a_pass(saved: Session, school: Institution) -> None:
    """A client's 1 or "false" must not turn a fail into a pass."""
    made, (one, *_), token = ready_to_finish(saved, school)
    page = class_of(made, token)
    run(page.record, str(one.id), "false")
    saved.rollback()
    found = saved.scalars(select(ExamResult).where(ExamResult.enrolment_id == one.id)).one()
    assert found.passed is False


def test_an_instructor_sees_the_class_and_cannot_finish_it(
    saved: Session, school: Institution
) -> None:
    made, (one, *_), _ = ready_to_finish(saved, school)
    page = class_of(made, staff(saved, Role.INSTRUCTOR, school))
    run(page.load)
    assert (page.status, page.may_finish, page.is_open) == ("ready", False, False)
    for act in (lambda: page.record(str(one.id), True), page.pass_rest, page.finish):
        asyncio.run(act())
        assert "权限" in page.problem
    assert count(saved, ExamResult, ExamResult.enrolment_id == one.id) == 0


def test_the_question_is_not_asked_while_something_is_missing(
    saved: Session, school: Institution
) -> None:
    made, _, token = ready_to_finish(saved, school)
    page = class_of(made, token)
    run(page.ask)
    assert page.asking is False
    run(page.finish)
    assert "没有登记考核结果" in page.problem


def test_what_is_missing_is_not_held_against_a_class_still_running(
    saved: Session, school: Institution
) -> None:
    made = make.make_class(saved, institution=school, status="running", first_start=AFTER)
    make.enrol(saved, make.make_person(saved), made)
    saved.commit()
    page = class_of(made, staff(saved, Role.MANAGER, school))
    run(page.load)
    assert (page.stage, page.obstacle) == ("running", "")
    assert page.rows[0].unmet == []


def issued_number(saved: Session, school: Institution) -> str:
    made, _, token = ready_to_finish(saved, school)
    page = class_of(made, token)
    run(page.pass_rest)
    run(page.finish)
    return page.rows[0].number


def test_an_officer_looks_a_certificate_up_and_revokes_it(
    saved: Session, school: Institution
) -> None:
    number = issued_number(saved, school)
    page = opened(RevocationState, "/admin/certificates", authority(saved, Role.OFFICER))
    run(page.load)
    assert page.region == "吐鲁番市"
    run(page.look_up, {"number": f" {number.lower()} "})
    assert (page.step, page.number, page.holder) == ("valid", number, "王*强")
    run(page.revoke, {"number": number, "reason": "核查发现考勤不实"})
    assert (page.step, page.tone) == ("revoked", "bad")
    assert "已经撤销" in page.done
    row = saved.scalars(select(Certificate).where(Certificate.number == number)).one()
    saved.refresh(row)
    assert (row.status, row.revoke_reason) == ("revoked", "核查发现考勤不实")


def test_another_regions_officer_is_told_that_it_is_not_his(
    saved: Session, school: Institution
) -> None:
    number = issued_number(saved, school)
    token = authority(saved, Role.OFFICER, "653200")
    page = opened(RevocationState, "/admin/certificates", token)
    run(page.revoke, {"number": number, "reason": "核查发现考勤不实"})
    assert "只能由发证地区" in page.problem
    assert count(saved, Certificate, Certificate.revoked_at.is_not(None)) == count(
        saved, Certificate, Certificate.status == "revoked"
    )
    row = saved.scalars(select(Certificate).where(Certificate.number == number)).one()
    assert row.status == "issued"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"number": ""}, "还没有填写证书编号"),
        ({"number": "PX1"}, "不是本平台"),
        ({}, "还没有填写证书编号"),
        (None, "还没有填写证书编号"),
        ({"number": {"a": 1}}, "还没有填写证书编号"),
        ({"number": format_certificate_number("650402", 2026, 9999999)}, "没有查到"),
    ],
)
def test_a_number_that_is_none_gets_a_sentence(saved: Session, form: object, sentence: str) -> None:
    page = opened(RevocationState, "/admin/certificates", authority(saved, Role.OFFICER))
    run(page.look_up, form)
    assert sentence in page.problem
    assert page.step == "none"


def test_an_auditor_and_a_manager_cannot_revoke(saved: Session, school: Institution) -> None:
    number = issued_number(saved, school)
    for token in (authority(saved, Role.AUDITOR), staff(saved, Role.MANAGER, school)):
        page = opened(RevocationState, "/admin/certificates", token)
        run(page.load)
        assert page.status == "refused"
        run(page.revoke, {"number": number, "reason": "核查发现考勤不实"})
        assert page.done == ""
    assert count(saved, Certificate, Certificate.status == "issued") >= 1


@pytest.mark.parametrize("page_number", ["0", "-1", "x", "99999999999999999999", "1e9", ""])
def test_any_page_number_shows_some_page(saved: Session, page_number: str) -> None:
    path = f"/admin/institutions?page={page_number}"
    page = opened(InstitutionsOverseenState, path, authority(saved, Role.OFFICER))
    run(page.load)
    assert page.status == "ready"


def test_the_trail_is_read_page_by_page_and_each_reading_is_in_it(saved: Session) -> None:
    made = make.make_class(saved)
    for _ in range(25):
        saved.add(
            AuditEvent(
                at=NOW,
                actor_role="manager",
                action="class.finish",
                object_type="training_class",
                object_id=str(made.id),
            )
        )
    token = authority(saved, Role.AUDITOR)
    reads = AuditEvent.action == "audit.read"
    before = count(saved, AuditEvent, reads)
    page = opened(TrailState, "/admin/audit", token)
    run(page.load)
    assert (len(page.rows), page.is_newest) == (20, True)
    older = opened(TrailState, page.older, token)
    run(older.load)
    assert not older.is_newest
    assert not {row.key for row in older.rows} & {row.key for row in page.rows}
    assert count(saved, AuditEvent, reads) == before + 2


def test_a_broken_cursor_is_refused_and_reads_nothing(saved: Session) -> None:
    before = count(saved, AuditEvent, AuditEvent.action == "audit.read")
    page = opened(TrailState, "/admin/audit?before=x", authority(saved, Role.AUDITOR))
    run(page.load)
    assert page.status == "refused"
    assert count(saved, AuditEvent, AuditEvent.action == "audit.read") == before
