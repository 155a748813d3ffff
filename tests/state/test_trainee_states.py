"""The trainee's pages: what they show, to whom, and what a refusal leaves on the page."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Account, AttendanceEvent, Enrolment, Person, PersonGroup, TrainingClass
from portal.domain.permissions import Role
from portal.policies.loader import PACKS
from portal.services import certificates, publishing
from portal.services.accounts import log_out
from portal.services.unit import as_actor, load_actor
from portal.state.account import AccountState
from portal.state.archive import ArchiveState
from portal.state.base import PageState
from portal.state.certificates import CertificatesState
from portal.state.enrolments import EnrolmentsState, EnrolmentState
from portal.state.handover import forget_others, holder_of
from portal.state.me import MeState
from portal.state.messages import MessagesState
from portal.state.subsidies import SubsidiesState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.tab import Tab

PRIVATE = (
    AccountState,
    ArchiveState,
    CertificatesState,
    EnrolmentsState,
    MeState,
    MessagesState,
    SubsidiesState,
)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """What a page shall see must be saved; names and ids keep the tests apart."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


class Somebody:
    """A person with an account and a login."""

    def __init__(self, session: Session, role: Role = Role.TRAINEE, **kwargs: object) -> None:
        account: Account = make.make_account(session, role, **kwargs)  # type: ignore[arg-type]
        self.session = session
        self.token = make.log_in(session, account)
        self.person = session.get_one(Person, account.person_id)

    def enrol(self, training_class: TrainingClass) -> Enrolment:
        return make.enrol(self.session, self.person, training_class)


@pytest.fixture
def me(session: Session) -> Somebody:
    return Somebody(session)


def certify(session: Session, me: Somebody, now: datetime = NOW) -> str:
    """A certificate of mine; answers its number."""
    institution = make.make_institution(session)
    made = make.make_class(session, institution=institution, first_start=now - timedelta(days=7))
    enrolment = me.enrol(made)
    token = make.log_in(session, make.make_account(session, Role.MANAGER, institution=institution))
    manager = load_actor(session, token, now=now)
    return certificates.issue(
        session, manager, enrolment_id=enrolment.id, hours_credited=7, now=now
    ).number


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_page_asks_whoever_is_not_signed_in_to_do_so(
    engine: Engine, kind: type[PageState]
) -> None:
    assert Tab().call(kind, "load").status == "sign_in"


@pytest.mark.parametrize("kind", PRIVATE)
def test_a_page_is_ready_for_a_trainee_who_has_nothing_yet(
    session: Session, me: Somebody, kind: type[PageState]
) -> None:
    session.commit()
    state = Tab(me.token).call(kind, "load")
    assert (state.status, state.problem) == ("ready", "")


@pytest.mark.parametrize("kind", PRIVATE)
def test_loading_again_changes_nothing(
    session: Session, me: Somebody, kind: type[PageState]
) -> None:
    me.enrol(make.make_class(session))
    session.commit()
    tab = Tab(me.token)
    first = tab.call(kind, "load").dict()
    assert tab.call(kind, "load").dict() == first


def test_a_page_forgets_the_last_person_when_the_login_has_ended(
    session: Session, me: Somebody
) -> None:
    me.enrol(make.make_class(session))
    session.commit()
    tab = Tab(me.token)
    assert tab.call(EnrolmentsState, "load").rows
    tab.go("/me/enrolments")
    state = tab.call(EnrolmentsState, "load")
    assert (state.status, state.rows) == ("sign_in", [])


def hand_over(tab: Tab) -> None:
    """What happens before a page that opens is sent anything."""
    forget_others(tab.root, asyncio.run(holder_of(tab.root)))


def test_a_tab_that_another_person_takes_over_is_empty_before_anything_is_sent(
    session: Session, me: Somebody
) -> None:
    session.commit()
    tab = Tab(me.token)
    hand_over(tab)
    name = tab.call(MeState, "load").name
    hand_over(tab)
    assert tab.state(MeState).name == name != ""
    tab.go("/me", "somebody else's login")
    hand_over(tab)
    assert (tab.state(MeState).name, tab.state(MeState).status) == ("", "loading")


def test_a_tab_whose_login_was_ended_elsewhere_is_empty_before_anything_is_sent(
    session: Session, me: Somebody
) -> None:
    session.commit()
    tab = Tab(me.token)
    hand_over(tab)
    assert tab.call(MeState, "load").name
    as_actor(log_out, load_actor(session, me.token, now=NOW), everywhere=True, now=NOW)
    hand_over(tab)
    assert (tab.state(MeState).name, tab.state(MeState).status) == ("", "loading")


def test_me_shows_masked_numbers_and_what_is_on_today(session: Session, me: Somebody) -> None:
    me.enrol(make.make_class(session, first_start=NOW + timedelta(minutes=10)))
    me.enrol(make.make_class(session, first_start=NOW + timedelta(days=30)))
    session.commit()
    state = Tab(me.token).call(MeState, "load")
    assert state.id_no.startswith("****")
    assert state.day == "12月1日 周二"
    assert [(row.status, row.can_scan) for row in state.meetings] == [("可以签到", True)]


def test_who_has_signed_in_is_told_so_and_not_to_scan_again(session: Session, me: Somebody) -> None:
    made = make.make_class(session, first_start=NOW + timedelta(minutes=10))
    enrolment = me.enrol(made)
    meeting = make.sessions_of(session, made)[0]
    session.add(
        AttendanceEvent(
            session_id=meeting.id,
            enrolment_id=enrolment.id,
            person_id=me.person.id,
            phase="in",
            method="qr",
            occurred_at=NOW - timedelta(minutes=1),
            server_at=NOW,
            receipt="7KQ2-M4XP",
        )
    )
    session.commit()
    (row,) = Tab(me.token).call(MeState, "load").meetings
    assert (row.status, row.can_scan) == ("已签到", False)
    assert row.times == "签到 09:39 · 12:40 起可以签退"
    assert row.receipts == "签到凭据 7KQ2-M4XP"


def test_staff_are_led_to_their_work(session: Session) -> None:
    staff = Somebody(session, Role.INSTRUCTOR, institution=make.make_institution(session))
    officer = Somebody(session, Role.OFFICER)
    session.commit()
    ways = []
    for person in (staff, officer):
        state = Tab(person.token).call(MeState, "load")
        ways.append((state.status, state.is_trainee, state.work_href))
    assert ways == [("ready", False, "/teach"), ("ready", False, "/admin")]


def test_pages_of_trainees_refuse_staff_with_a_sentence(session: Session) -> None:
    officer = Somebody(session, Role.OFFICER)
    session.commit()
    state = Tab(officer.token).call(EnrolmentsState, "load")
    assert state.status == "refused"
    assert "权限" in state.problem


def test_the_list_says_how_each_class_stands(session: Session, me: Somebody) -> None:
    me.enrol(make.make_class(session, title="将来", first_start=NOW + timedelta(days=9)))
    me.enrol(make.make_class(session, title="现在", first_start=NOW - timedelta(days=1)))
    gone = make.make_class(session, title="取消", first_start=NOW + timedelta(days=20))
    me.enrol(gone)
    gone.status = "cancelled"
    me.enrol(
        make.make_class(session, title="过去", first_start=NOW - timedelta(days=90))
    ).status = "completed"
    session.commit()
    rows = Tab(me.token).call(EnrolmentsState, "load").rows
    assert {row.title: (row.status, row.is_live) for row in rows} == {
        "现在": ("在学", True),
        "将来": ("已报名", True),
        "取消": ("班级取消", False),
        "过去": ("已结业", False),
    }
    assert {row.title for row in rows if row.next_meeting} == {"现在", "将来"}


def test_more_shows_the_rest_of_a_long_list(session: Session, me: Somebody) -> None:
    institution = make.make_institution(session)
    for number in range(23):
        start = NOW - timedelta(days=400 - 10 * number)
        made = make.make_class(session, institution=institution, first_start=start)
        me.enrol(made).status = "completed"
    session.commit()
    tab = Tab(me.token)
    state = tab.call(EnrolmentsState, "load")
    assert (len(state.rows), state.has_more) == (20, True)
    state = tab.call(EnrolmentsState, "more")
    assert (len(state.rows), state.has_more) == (23, False)


def test_one_class_tells_hours_and_splits_its_sessions(session: Session, me: Somebody) -> None:
    made = make.make_class(session, first_start=NOW - timedelta(days=1, hours=5), sessions=5)
    enrolment = me.enrol(made)
    session.commit()
    tab = Tab()
    tab.go(f"/me/enrolments/{enrolment.id}/", me.token)
    state = tab.call(EnrolmentState, "load")
    assert state.hours.words == "16 课时里已有 0，还差 16 课时就够发证书和补贴的要求。"
    assert state.hours.ahead == "还剩 20 课时可上，最多还能缺 4 课时。"
    assert [row.meeting.heading for row in state.past] == [
        "第 2 次课 · 低压线路",
        "第 1 次课 · 低压线路",
    ]
    assert [row.meeting.status for row in state.past] == ["没有签到", "没有签到"]
    assert len(state.coming) == 3
    assert not state.can_cancel


@pytest.mark.parametrize("path", ["/me/enrolments/1", "/me/enrolments/[enrolment_id]", "/"])
def test_a_malformed_address_is_not_found(session: Session, me: Somebody, path: str) -> None:
    session.commit()
    tab = Tab()
    tab.go(path, me.token)
    state = tab.call(EnrolmentState, "load")
    assert state.status == "refused"
    assert "没有找到" in state.problem


def test_somebody_elses_enrolment_is_neither_shown_nor_cancelled(
    session: Session, me: Somebody
) -> None:
    enrolment = Somebody(session).enrol(make.make_class(session))
    session.commit()
    tab = Tab()
    tab.go(f"/me/enrolments/{enrolment.id}", me.token)
    state = tab.call(EnrolmentState, "load")
    assert (state.status, state.row.title) == ("refused", "")
    assert "没有找到" in tab.call(EnrolmentState, "cancel").problem
    session.refresh(enrolment)
    assert enrolment.status == "accepted"


def test_leaving_a_class_says_so_and_frees_the_seat(session: Session, me: Somebody) -> None:
    made = make.make_class(session)
    enrolment = me.enrol(made)
    session.commit()
    tab = Tab()
    tab.go(f"/me/enrolments/{enrolment.id}", me.token)
    assert tab.call(EnrolmentState, "load").can_cancel
    state = tab.call(EnrolmentState, "cancel")
    assert (state.status, state.row.status, state.can_cancel) == ("ready", "已退出", False)
    assert "名额已让出" in state.done
    assert state.coming == []
    session.refresh(made)
    assert made.seats_taken == 0


def test_leaving_too_late_keeps_the_page_and_names_whom_to_call(
    session: Session, me: Somebody
) -> None:
    made = make.make_class(session, first_start=NOW - timedelta(hours=1))
    enrolment = me.enrol(made)
    session.commit()
    tab = Tab()
    tab.go(f"/me/enrolments/{enrolment.id}", me.token)
    tab.call(EnrolmentState, "load")
    state = tab.call(EnrolmentState, "cancel")
    assert (state.status, state.row.status, state.done) == ("ready", "在学", "")
    assert "0995-0000000" in state.problem


def test_a_certificate_links_to_its_copies_and_its_check(session: Session, me: Somebody) -> None:
    number = certify(session, me)
    session.commit()
    (row,) = Tab(me.token).call(CertificatesState, "load").rows
    assert (row.number, row.status, row.verify) == (number, "有效", f"/verify/{number}")
    assert row.picture.endswith(".png")
    assert row.paper.endswith(".pdf")


def test_a_revoked_certificate_has_no_copies(session: Session, me: Somebody) -> None:
    number = certify(session, me)
    token = make.log_in(session, make.make_account(session, Role.OFFICER))
    officer = load_actor(session, token, now=NOW)
    certificates.revoke(session, officer, number=number, reason="信息有误，重新核发", now=NOW)
    session.commit()
    (row,) = Tab(me.token).call(CertificatesState, "load").rows
    assert (row.status, row.picture, row.paper) == ("已撤销", "", "")
    assert row.verify == f"/verify/{number}"


def test_the_archive_shows_what_runs_and_what_was_certified(session: Session, me: Somebody) -> None:
    number = certify(session, me)
    me.enrol(make.make_class(session, first_start=NOW - timedelta(hours=1)))
    session.commit()
    state = Tab(me.token).call(ArchiveState, "load")
    assert (state.certificates, state.intact) == (1, True)
    assert (state.now_running[0].status, state.now_running[0].is_certificate) == ("进行中", False)
    assert number in [row.number for row in state.years[0].rows if row.is_certificate]


def test_messages_name_a_class_once_with_what_follows(session: Session, me: Somebody) -> None:
    enrolment = me.enrol(make.make_class(session, first_start=NOW + timedelta(days=2), sessions=3))
    me.enrol(make.make_class(session, first_start=NOW + timedelta(days=30)))
    Somebody(session).enrol(make.make_class(session, first_start=NOW + timedelta(days=1)))
    certify(session, me)
    session.commit()
    rows = Tab(me.token).call(MessagesState, "load").rows
    assert [row.tone for row in rows] == ["session", "certificate"]
    assert rows[0].href == f"/me/enrolments/{enrolment.id}"
    assert rows[0].sentence.endswith("之后 7 天里还有 2 次课。")


def test_a_class_called_off_is_a_message(session: Session, me: Somebody) -> None:
    made = make.make_class(session)
    me.enrol(made)
    made.status = "cancelled"
    session.commit()
    [row] = Tab(me.token).call(MessagesState, "load").rows
    assert (row.tone, row.heading) == ("bad", "班级取消了")


@pytest.mark.parametrize("ended", ["withdrawn", "rejected", "expired", "removed"])
def test_whoever_is_not_in_it_any_more_hears_nothing_of_the_class(
    session: Session, me: Somebody, ended: str
) -> None:
    made = make.make_class(session)
    me.enrol(made).status = ended
    made.status = "cancelled"
    session.commit()
    assert Tab(me.token).call(MessagesState, "load").rows == []


@pytest.fixture
def packs(session: Session) -> None:
    files = [(path.name, path.read_bytes()) for path in PACKS.glob("turpan-*.toml")]
    assert not publishing.publish(session, publishing.OPERATOR, files=files, now=NOW).problems


def in_group(
    session: Session,
    me: Somebody,
    code: str,
    *,
    verified: bool,
    since: date = date(2026, 1, 1),
) -> None:
    session.add(
        PersonGroup(
            person_id=me.person.id,
            group_code=code,
            valid_from=since,
            status="verified" if verified else "declared",
            source="self",
            created_at=NOW,
            verified_at=NOW if verified else None,
        )
    )


@pytest.mark.usefixtures("packs")
def test_subsidies_put_what_concerns_me_first_with_its_clause(
    session: Session, me: Somebody
) -> None:
    me.person.residence_region = "650402"
    in_group(session, me, "GRADUATE", verified=True)
    session.commit()
    state = Tab(me.token).call(SubsidiesState, "load")
    assert [(row.name, row.status) for row in state.groups] == [("高校毕业生", "已核实")]
    assert [(row.kind, row.mine) for row in state.offers] == [("有补贴", True), ("免费", False)]
    assert state.offers[0].source == "依据：吐政办〔2019〕53号 五(一)"
    assert state.offers[0].href == "/policies/turpan-2019"


@pytest.mark.usefixtures("packs")
def test_without_a_known_region_nothing_is_promised_and_documents_are_offered(
    session: Session, me: Somebody
) -> None:
    session.commit()
    state = Tab(me.token).call(SubsidiesState, "load")
    assert (state.region, state.offers) == ("", [])
    assert [row.href for row in state.packs] == ["/policies/turpan-2019"]


@pytest.mark.usefixtures("packs")
def test_another_regions_policy_promises_nothing(session: Session, me: Somebody) -> None:
    me.person.residence_region = "370202"
    session.commit()
    state = Tab(me.token).call(SubsidiesState, "load")
    assert (state.region != "", state.offers, state.packs) == (True, [], [])


def test_my_data_is_masked_and_names_what_is_missing(session: Session, me: Somebody) -> None:
    session.commit()
    state = Tab(me.token).call(AccountState, "load")
    shown = {row.label: row.value for row in state.facts}
    assert shown["证件号码"].startswith("****")
    assert shown["手机号"] == "没有登记"
    assert state.devices == ["其他设备（就是现在这台），12月1日 周二 09:40 登录"]


def test_what_a_state_sends_holds_no_full_number(session: Session) -> None:
    account = make.make_account(session)
    person = session.get_one(Person, account.person_id)
    number = "990000198506071232"
    person.id_no_enc = make.get_vault().seal("id_no", number)
    person.phone_enc = make.get_vault().seal("phone", "13912345678")
    tab = Tab(make.log_in(session, account))
    session.commit()
    for kind in PRIVATE:
        tab.call(kind, "load")
    sent = str(tab.root.dict())
    assert number[-4:] in sent
    assert number not in sent
    assert "13912345678" not in sent
