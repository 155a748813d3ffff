"""The pages of reports: what each role sees and may do."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from portal.domain.parsing import parse_id
from portal.domain.permissions import SYSTEM, Role
from portal.services.reports import background, freezing
from portal.services.unit import as_actor
from portal.state.reports import ReportsState, ReportState, part_word
from tests.support import factories as make
from tests.support.tab import Tab
from tests.support.tasks import forget_all


@pytest.fixture
def tokens(engine: Engine) -> dict[str, str]:
    """Logins of two officers, an auditor and an officer of another region."""
    with Session(engine, expire_on_commit=False) as session:
        made = {
            name: make.log_in(session, make.make_account(session, role, region_code=region))
            for name, role, region in (
                ("first", Role.OFFICER, "650400"),
                ("second", Role.OFFICER, "650400"),
                ("auditor", Role.AUDITOR, "650400"),
                ("other", Role.OFFICER, "650100"),
            )
        }
        session.execute(text("UPDATE login_session SET expires_at = '2099-01-01'"))
        session.commit()
    return made


def test_a_report_goes_from_draft_to_countersigned(tokens: dict[str, str]) -> None:
    tab = Tab(tokens["first"])
    listed = tab.call(ReportsState, "load")
    assert (listed.status, listed.may_write, listed.cards) == ("ready", True, [])
    # The second of the periods offered is over, whatever the day.
    period = listed.periods[1].value
    tab.call(ReportsState, "draft", {"region": "650400", "period": period})
    (card,) = tab.call(ReportsState, "load").cards
    tab.go(card.href, tokens["first"])
    one = tab.call(ReportState, "load")
    assert one.can == ["freeze", "discard"]
    assert len(one.tables) == 7
    one = tab.call(ReportState, "freeze")
    assert (one.is_frozen, one.can, len(one.hash_text)) == (True, ["wait", "correct"], 64)
    tab.call(ReportState, "countersign")
    assert one.problem != ""
    tab.go(card.href, tokens["auditor"])
    one = tab.call(ReportState, "load")
    assert (one.status, one.can) == ("ready", [])
    tab.call(ReportState, "publish")
    assert one.problem != ""
    tab.go(card.href, tokens["second"])
    assert tab.call(ReportState, "load").can == ["countersign", "correct"]
    assert tab.call(ReportState, "countersign").done != ""
    other = Tab(tokens["other"])
    other.go(card.href, tokens["other"])
    assert other.call(ReportState, "load").status == "refused"
    assert other.call(ReportsState, "load").cards == []


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.HELPER])
def test_the_pages_are_for_the_authority(engine: Engine, role: Role) -> None:
    with Session(engine) as session:
        token = make.log_in(session, make.make_account(session, role))
        session.execute(text("UPDATE login_session SET expires_at = '2099-01-01'"))
        session.commit()
    tab = Tab(token)
    assert tab.call(ReportsState, "load").status == "refused"
    assert tab.call(ReportsState, "draft", {"region": "650400", "period": "2026-Q1"}).problem


@pytest.mark.parametrize("period", ["", "2026-Q5", "2026-Q", "x", "2026-Q1-Q2", None, 7])
def test_what_is_no_period_is_refused(tokens: dict[str, str], period: object) -> None:
    tab = Tab(tokens["first"])
    tab.call(ReportsState, "load")
    assert tab.call(ReportsState, "draft", {"region": "650400", "period": period}).problem


def test_a_freeze_in_the_background_shows_how_far_it_is(
    tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "_AT_ONCE", -1)
    tab = Tab(tokens["first"])
    listed = tab.call(ReportsState, "load")
    form = {"region": "650421", "period": listed.periods[1].value}
    tab.call(ReportsState, "draft", form)
    card = next(one for one in tab.call(ReportsState, "load").cards if one.state == "草稿")
    tab.go(card.href, tokens["first"])
    one = tab.call(ReportState, "freeze")
    assert (one.is_freezing, one.percent, one.percent_text) == (True, 0, "等待开始")
    assert (one.can, one.done, one.tables) == (["call_back"], "", [])
    assert tab.call(ReportState, "call_back").can == ["freeze", "discard"]
    tab.call(ReportState, "freeze")
    report_id = card.href.rsplit("/", 1)[1]
    give_up = {"report_id": parse_id(report_id), "refusal": "试了几次。", "now": make.NOW}
    as_actor(background.failed, SYSTEM, **give_up)
    one = tab.call(ReportState, "load")
    assert (one.trouble, one.can) == ("试了几次。", ["freeze", "discard"])
    assert [c.gave_up for c in tab.call(ReportsState, "load").cards if c.href == card.href] == [
        True
    ]
    forget_all()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hash", "校验值"),
        ("rows", "明细行"),
        ("counties", "分区县"),
        ("total", "总表"),
        ("adjusted", "以前各期调整的合计"),
        ("sum_funds", "分资金来源的合计"),
    ],
)
def test_what_is_not_as_it_was_frozen_has_a_name(name: str, words: str) -> None:
    assert part_word(name) == words
