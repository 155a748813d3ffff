"""What a claim owes, in the ledger of recoveries: opened once, paid or given up, then closed."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import AuditEvent, Recovery, ViolationCase
from portal.domain.case_errors import ClaimNotOwing, SaidBefore, SecondOfficer
from portal.domain.claim_errors import RecoveredTooMuch, WrongStep
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services.casework import (
    case_views,
    claim_links,
    opening,
    recoveries,
    recovery_rows,
    write_offs,
)
from portal.services.claims import payments, views
from tests.services.claims.test_money import AMOUNT, agreed
from tests.support import claims
from tests.support import factories as make
from tests.support.acts import together
from tests.support.claims import NOW, School, claim_of, line_of


@pytest.fixture
def owing(saved: Session, school: School) -> UUID:
    """A claim that was paid and of which one person's share must come back."""
    of, claim_id = agreed(saved, school)
    claims.paid(saved, of, claim_id)
    line = line_of(saved, claim_id, of.people[0])
    payments.claw_back(saved, school.officer, line_ids=(line.id,), reason="证书系伪造", now=NOW)
    saved.commit()
    return claim_id


def entered(session: Session, by: Actor, claim_id: UUID) -> UUID:
    return recoveries.open_for_claim(
        session, by, claim_id=claim_id, document_no="追〔2026〕1号", reason="证书系伪造", now=NOW
    )


def given_up(session: Session, school: School, recovery_id: UUID, fen: int) -> None:
    asked = write_offs.ask(
        session, school.officer, recovery_id=recovery_id, amount_fen=fen, reason="机构已经注销",
        document_no="销〔2026〕1号", now=NOW,
    )  # fmt: skip
    with pytest.raises(SecondOfficer):
        write_offs.decide(
            session, school.officer, write_off_id=asked, agree=True, answer="好", now=NOW
        )
    write_offs.decide(
        session, school.second, write_off_id=asked, agree=True, answer="同意核销", now=NOW
    )


def test_it_takes_sum_and_fund_of_the_claim_and_its_case(
    saved: Session, school: School, owing: UUID
) -> None:
    case_id = opening.open_case(
        saved, school.officer, title="证书系伪造", summary="核对了证书", source="claim",
        source_id=owing, now=NOW,
    )  # fmt: skip
    case = saved.get_one(ViolationCase, case_id)
    assert (case.claim_id, case.institution_id) == (owing, school.institution.id)
    key = entered(saved, school.officer, owing)
    assert entered(saved, school.second, owing) == key
    row = saved.get_one(Recovery, key)
    assert (row.amount_fen, row.fund) == (AMOUNT, claim_of(saved, owing).fund)
    assert (row.case_id, row.institution_id) == (case_id, school.institution.id)
    file = case_views.case_file(saved, school.officer, case_id=case_id, now=NOW)
    assert [one.recovery_id for one in file.recoveries] == [key]
    links = claim_links.of_claim(saved, school.officer, claim_id=owing, now=NOW)
    assert (links.case_id, links.recovery_id) == (case_id, key)


def test_only_a_claim_that_owes_and_only_officers_of_its_region(
    saved: Session, school: School, owing: UUID
) -> None:
    of, paid = agreed(saved, school)
    claims.paid(saved, of, paid)
    with pytest.raises(ClaimNotOwing):
        entered(saved, school.officer, paid)
    elsewhere = make.make_actor(saved, Role.OFFICER, region_code="430100")
    with pytest.raises(NotFound):
        entered(saved, elsewhere, owing)
    with pytest.raises(NotFound):
        claim_links.of_claim(saved, elsewhere, claim_id=owing, now=NOW)
    for role in (Role.AUDITOR, Role.SYSTEM_ADMIN):
        with pytest.raises(Forbidden):
            entered(saved, make.make_actor(saved, role), owing)
    links = claim_links.of_claim(saved, school.officer, claim_id=owing, now=NOW)
    assert (links.case_id, links.recovery_id) == (None, None)


def test_what_is_given_up_is_owed_no_more_and_the_last_of_it_closes_the_claim(
    saved: Session, school: School, owing: UUID
) -> None:
    key = entered(saved, school.officer, owing)
    given_up(saved, school, key, 20_000)
    seen = views.claim(saved, school.officer, claim_id=owing, now=NOW)
    assert (seen.state, seen.money.written_off, seen.money.to_recover) == (
        "recovering", 20_000, AMOUNT - 20_000,
    )  # fmt: skip
    with pytest.raises(RecoveredTooMuch):
        payments.record_recovery(
            saved, school.officer, claim_id=owing, amount_fen=AMOUNT, reference="退款", now=NOW
        )
    recoveries.pay(
        saved, school.officer, recovery_id=key, amount_fen=50_000, reference="退款", now=NOW
    )
    given_up(saved, school, key, AMOUNT - 70_000)
    assert claim_of(saved, owing).state == "closed"
    assert recovery_rows.last_entry(saved, key).balance_fen == 0
    steps = [one.act for one in views.claim(saved, school.officer, claim_id=owing, now=NOW).steps]
    assert (steps.count("write_off"), steps.count("recover")) == (2, 1)
    query = select(AuditEvent).where(
        AuditEvent.object_id == str(owing), AuditEvent.action == "claims.write_off"
    )
    events = {one.detail["to"]: one for one in saved.scalars(query)}
    last = events["closed"]
    assert (last.actor_account_id, last.reason, last.detail["left_fen"]) == (
        school.second.account_id, "销〔2026〕1号", 0,
    )  # fmt: skip
    with pytest.raises(SaidBefore):
        recoveries.pay(
            saved, school.officer, recovery_id=key, amount_fen=1, reference="退款", now=NOW
        )
    with pytest.raises(WrongStep):
        payments.write_off(
            saved, school.officer, claim_id=owing, amount_fen=1, document_no="销1号", now=NOW
        )


def test_a_write_off_and_a_payment_at_once_never_come_to_more_than_is_owed(
    saved: Session, school: School, owing: UUID
) -> None:
    key = entered(saved, school.officer, owing)
    asked = write_offs.ask(
        saved, school.officer, recovery_id=key, amount_fen=AMOUNT, reason="机构已经注销",
        document_no="销〔2026〕1号", now=NOW,
    )  # fmt: skip
    saved.commit()

    def agree() -> None:
        in_transaction(
            lambda session: write_offs.decide(
                session, school.second, write_off_id=asked, agree=True, answer="同意核销", now=NOW
            )
        )

    def pay() -> None:
        in_transaction(
            lambda session: payments.record_recovery(
                session,
                school.officer,
                claim_id=owing,
                amount_fen=AMOUNT,
                reference="退款",
                now=NOW,
            )
        )

    answers = together([agree, pay])
    assert sum(answer is None for answer in answers) == 1
    saved.expire_all()
    assert claim_of(saved, owing).state == "closed"
    assert recovery_rows.last_entry(saved, key).balance_fen == 0
