"""Money to come back: never below zero, given up by two, summed by fund."""

from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import RecoveryEntry
from portal.domain.case_errors import MoreThanOwed, NotDoneYet, SaidBefore, SecondOfficer
from portal.domain.errors import BadInput, NotFound
from portal.services.casework import recoveries, recovery_rows, recovery_views, write_offs
from portal.services.casework.recovery_views import FundSum
from tests.support.acts import together
from tests.support.casework import NOW, TODAY, Bureau
from tests.support.policy import publish_packs


@pytest.fixture(scope="module", autouse=True)
def _published(engine: Engine) -> None:
    with Session(engine) as session:
        publish_packs(session, "*.toml")
        session.commit()


@pytest.fixture
def bureau(session: Session) -> Bureau:
    return Bureau(session)


def pay(bureau: Bureau, recovery_id: UUID, amount_fen: int) -> None:
    recoveries.pay(
        bureau.session,
        bureau.one,
        recovery_id=recovery_id,
        amount_fen=amount_fen,
        reference="银行回单 12",
        now=NOW,
    )


def left(bureau: Bureau, recovery_id: UUID) -> int:
    return recovery_rows.last_entry(bureau.session, recovery_id).balance_fen


def ask_off(bureau: Bureau, recovery_id: UUID, amount_fen: int) -> UUID:
    return write_offs.ask(
        bureau.session,
        bureau.one,
        recovery_id=recovery_id,
        amount_fen=amount_fen,
        reason="机构已经注销",
        document_no="吐人社销〔2026〕1号",
        now=NOW,
    )


def decide_off(bureau: Bureau, write_off_id: UUID, *, agree: bool = True) -> None:
    write_offs.decide(
        bureau.session,
        bureau.two,
        write_off_id=write_off_id,
        agree=agree,
        answer="同意核销",
        now=NOW,
    )


def test_payments_lower_the_balance_and_the_last_one_settles(bureau: Bureau) -> None:
    owed = bureau.owed(bureau.case(), 100_00)
    pay(bureau, owed, 40_00)
    assert left(bureau, owed) == 60_00
    with pytest.raises(MoreThanOwed):
        pay(bureau, owed, 60_01)
    pay(bureau, owed, 60_00)
    with pytest.raises(SaidBefore):
        pay(bureau, owed, 1)
    view = recovery_views.recovery(bureau.session, bureau.one, recovery_id=owed, now=NOW)
    assert (view.row.state, view.row.balance_fen) == ("settled", 0)
    assert [(one.kind, one.balance_fen) for one in view.entries] == [
        ("opened", 100_00),
        ("payment", 60_00),
        ("payment", 0),
    ]


@pytest.mark.parametrize("amount_fen", [0, -1])
def test_money_that_moves_is_more_than_nothing(bureau: Bureau, amount_fen: int) -> None:
    owed = bureau.owed(bureau.case())
    with pytest.raises(BadInput):
        pay(bureau, owed, amount_fen)
    with pytest.raises(BadInput):
        bureau.owed(bureau.case(), amount_fen)


def test_only_a_fund_that_the_rules_name(bureau: Bureau) -> None:
    assert recoveries.funds(bureau.session, bureau.one, now=NOW)
    with pytest.raises(BadInput):
        bureau.owed(bureau.case(), fund="办公经费")


def test_a_demand_moves_no_money_and_sets_a_new_last_day(bureau: Bureau) -> None:
    owed = bureau.owed(bureau.case())
    recoveries.demand(
        bureau.session, bureau.one, recovery_id=owed, document_no="催告〔2026〕2号", now=NOW
    )
    view = recovery_views.recovery(bureau.session, bureau.one, recovery_id=owed, now=NOW)
    assert view.row.balance_fen == 100_00
    assert view.row.due_on > TODAY


def test_two_officers_give_up_money(bureau: Bureau) -> None:
    owed = bureau.owed(bureau.case())
    asked = ask_off(bureau, owed, 30_00)
    assert left(bureau, owed) == 100_00
    with pytest.raises(NotDoneYet):
        ask_off(bureau, owed, 1)
    with pytest.raises(SecondOfficer):
        write_offs.decide(
            bureau.session, bureau.one, write_off_id=asked, agree=True, answer="好", now=NOW
        )
    decide_off(bureau, asked)
    decide_off(bureau, asked)
    assert left(bureau, owed) == 70_00
    entry = recovery_rows.last_entry(bureau.session, owed)
    assert {entry.by_account_id, entry.second_by} == {bureau.one.account_id, bureau.two.account_id}


def test_a_refused_write_off_changes_nothing(bureau: Bureau) -> None:
    owed = bureau.owed(bureau.case())
    decide_off(bureau, ask_off(bureau, owed, 30_00), agree=False)
    assert left(bureau, owed) == 100_00


def test_what_was_paid_meanwhile_is_not_given_up_again(bureau: Bureau) -> None:
    owed = bureau.owed(bureau.case())
    asked = ask_off(bureau, owed, 100_00)
    pay(bureau, owed, 50_00)
    with pytest.raises(MoreThanOwed):
        decide_off(bureau, asked)


def test_sums_by_fund_add_up(bureau: Bureau) -> None:
    fund = bureau.fund()
    one, two = bureau.owed(bureau.case(), 100_00), bureau.owed(bureau.case(), 50_00)
    pay(bureau, one, 40_00)
    decide_off(bureau, ask_off(bureau, two, 20_00))
    assert recovery_views.by_fund(bureau.session, bureau.one) == (
        FundSum(fund, 150_00, 40_00, 20_00, 90_00),
    )
    assert recovery_views.by_fund(bureau.session, bureau.elsewhere) == ()


def test_another_region_finds_nothing(bureau: Bureau) -> None:
    owed = bureau.owed(bureau.case())
    for act in (
        lambda: recovery_views.recovery(
            bureau.session, bureau.elsewhere, recovery_id=owed, now=NOW
        ),
        lambda: recoveries.pay(
            bureau.session, bureau.elsewhere, recovery_id=owed, amount_fen=1, reference="回单",
            now=NOW,
        ),
        lambda: recoveries.demand(
            bureau.session, bureau.elsewhere, recovery_id=owed, document_no="催告", now=NOW
        ),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act()


def test_the_database_keeps_the_balance(bureau: Bureau) -> None:
    owed = bureau.owed(bureau.case())
    last = recovery_rows.last_entry(bureau.session, owed)
    bureau.session.add(
        RecoveryEntry(
            recovery_id=owed, seq_no=last.seq_no + 1, kind="payment", amount_fen=100_01,
            balance_fen=-1, reference="x", by_account_id=bureau.one.account_id, at=NOW,
        )
    )  # fmt: skip
    with pytest.raises(DBAPIError, match="ck_recovery_entry_balance"):
        bureau.session.flush()


def test_ten_payments_at_once_never_come_to_more_than_is_owed(engine: Engine) -> None:
    with Session(engine, expire_on_commit=False) as saved:
        bureau = Bureau(saved)
        owed = bureau.owed(bureau.case(), 100_00)
        saved.commit()

    def act() -> None:
        in_transaction(
            lambda session: recoveries.pay(
                session, bureau.one, recovery_id=owed, amount_fen=30_00, reference="回单", now=NOW
            )
        )

    answers = together([act] * 10)
    assert sum(answer is None for answer in answers) == 3
    with Session(engine) as saved:
        assert recovery_rows.last_entry(saved, owed).balance_fen == 10_00
