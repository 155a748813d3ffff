"""The pages of share links and of the talent pool."""

from collections.abc import Iterator
from typing import TypeVar

import pytest
import reflex as rx
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Role
from portal.services import share_views, shares, talent_consent
from portal.services.share_fields import check_choice
from portal.services.unit import load_actor
from portal.state.base import PageState
from portal.state.shares import SharesState
from portal.state.talent import TalentState
from tests.support import factories as make
from tests.support.certificates import put_on_record
from tests.support.factories import NOW
from tests.support.tab import Tab

S = TypeVar("S", bound=rx.State)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """What a page shall see must be saved."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


def somebody(session: Session, role: Role = Role.TRAINEE, **kwargs: object) -> tuple[str, Actor]:
    token = make.log_in(session, make.make_account(session, role, **kwargs))  # type: ignore[arg-type]
    session.commit()
    return token, load_actor(session, token, now=NOW)


def opened(token: str, kind: type[S], path: str = "/") -> tuple[Tab, S]:
    tab = Tab()
    tab.go(path, token)
    return tab, tab.call(kind, "load")


def share(session: Session, owner: Actor, title: str, code: str = "") -> shares.LinkView:
    certificate = put_on_record(session, owner, NOW)
    choice = check_choice(
        certificates=[certificate.id],
        classes=[],
        fields=["certificates.title"],
        days="7",
        code=code,
        title=title,
    )
    made = shares.make(session, owner, choice=choice, now=NOW)
    session.commit()
    return made


def test_the_owner_reads_what_is_shown_until_when_and_who_looked(session: Session) -> None:
    token, owner = somebody(session)
    link = share(session, owner, "给某某公司")
    share_views.open_link(
        session,
        owner,
        token=link.url.rpartition("/")[2],
        code=None,
        device="wechat",
        now=NOW,
    )
    session.commit()
    _tab, page = opened(token, SharesState)
    [row] = page.live
    assert (row.title, row.state, row.views) == ("给某某公司", "有效", "被看过 1 次")
    assert row.when == "12月8日 周二 09:40 前有效"
    assert row.visits == ["12月1日 周二 09:40 · 手机微信 · 看了内容"]
    assert row.href == f"/me/shares/{link.id}"


def test_an_opening_without_the_code_is_no_look_and_not_nothing(session: Session) -> None:
    token, owner = somebody(session)
    link = share(session, owner, "给某某公司", code="4711")
    _tab, page = opened(token, SharesState)
    assert page.live[0].views == "还没有人看过"
    path = link.url.rpartition("/")[2]
    share_views.open_link(session, owner, token=path, code=None, device="wechat", now=NOW)
    session.commit()
    _tab, page = opened(token, SharesState)
    assert page.live[0].views == "有人打开过，没看到内容"
    assert page.live[0].visits == ["12月1日 周二 09:40 · 手机微信 · 打开了，没有输口令"]


def test_taking_back_is_asked_first_and_then_done_at_once(session: Session) -> None:
    token, owner = somebody(session)
    link = share(session, owner, "给某某公司")
    tab, page = opened(token, SharesState)
    tab.call(SharesState, "ask", str(link.id))
    assert page.sure == str(link.id)
    tab.call(SharesState, "revoke", str(link.id))
    assert (page.live, page.sure) == ([], "")
    assert [row.state for row in page.past] == ["已收回"]
    assert page.past[0].href == ""


def test_somebody_elses_link_is_not_there(session: Session) -> None:
    _, owner = somebody(session)
    link = share(session, owner, "给某某公司")
    token, _ = somebody(session)
    tab, page = opened(token, SharesState)
    assert page.live == []
    for key in (str(link.id), "x", {"a": 1}, None):
        tab.call(SharesState, "revoke", key)
        assert page.problem != ""
    assert len(shares.my_links(session, owner, now=NOW)) == 1


def test_joining_and_leaving_the_talent_pool(session: Session) -> None:
    token, owner = somebody(session)
    tab, page = opened(token, SharesState)
    assert (page.joined, page.consent) == (False, talent_consent.consent_text())
    tab.call(SharesState, "join")
    assert (page.joined, page.since) == (True, "2026年12月1日")
    tab.call(SharesState, "leave")
    assert not page.joined
    assert talent_consent.my_membership(session, owner).since is None


def pool(session: Session, count: int) -> None:
    for _ in range(count):
        person = make.make_person(session, residence_region="650402")
        _, owner = somebody(session, person=person)
        put_on_record(session, owner, NOW)
        talent_consent.join(session, owner, version=talent_consent.VERSION, now=NOW)
    session.commit()


def test_an_officer_counts_lists_and_has_a_word_passed_on(session: Session) -> None:
    pool(session, 6)
    token, _ = somebody(session, Role.OFFICER)
    tab, page = opened(token, TalentState, "/admin/talent?level=3&occupation=6-31-01-03")
    assert page.area == "吐鲁番市"
    [line] = page.lines
    assert (line.occupation, line.what) == ("电工", "四级/中级工 · 专项职业能力证书")
    assert [(cell.place, cell.people, cell.certificates) for cell in line.cells] == [
        ("高昌区", "5–9 人", "证书 5–9 本")
    ]
    assert [one.value for one in page.levels if one.checked] == ["3"]
    tab.call(TalentState, "list_people", {"reason": "看"})
    assert (page.people, page.problem != "") == ([], True)
    tab.call(TalentState, "list_people", {"reason": "某某项目急需电工"})
    assert [row.name for row in page.people] == ["王*强"] * 6
    assert page.outcome == "6 人"
    tab.call(TalentState, "pass_on", {"number": "2", "message": "电工岗位，请到窗口"})
    assert [row.told for row in page.people] == [n == 2 for n in range(6)]
    tab.call(TalentState, "pass_on", {"number": "2", "message": "电工岗位，请到窗口"})
    assert "7 天内" in page.problem


@pytest.mark.parametrize("number", ["6", "-1", "x", "²", "", "9999999999", None, {"a": 1}])
def test_nobody_beyond_the_list_is_told(session: Session, number: object) -> None:
    token, _ = somebody(session, Role.OFFICER)
    tab, page = opened(token, TalentState)
    tab.call(TalentState, "pass_on", {"number": number, "message": "电工岗位，请到窗口"})
    assert page.problem != ""


def test_a_wrong_filter_says_so(session: Session) -> None:
    token, _ = somebody(session, Role.OFFICER)
    _tab, page = opened(token, TalentState, "/admin/talent?level=99")
    assert page.status == "refused"


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR])
def test_others_do_not_look_into_the_pool(session: Session, role: Role) -> None:
    token, _ = somebody(session, role)
    _tab, page = opened(token, TalentState)
    assert (page.status, page.lines, page.levels) == ("refused", [], [])
