"""The demo shows corrections on every desk, and looks at files."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import CorrectionRequest
from portal.demo import cast
from portal.domain.permissions import Actor, Role
from portal.services import access_log, correction_queue
from portal.services.accounts import find_account
from tests.support.demo import NOW, load


def someone(session: Session, number: int) -> Actor:
    account = find_account(session, cast.phone(number), today=NOW.date())
    assert account is not None
    return Actor(
        Role(account.role),
        account_id=account.id,
        person_id=account.person_id,
        institution_id=account.institution_id,
        region_code=account.region_code,
    )


def test_the_school_and_the_authority_each_have_one_to_answer(session: Session) -> None:
    for number in (101, 201):
        assert correction_queue.count_open(session, someone(session, number), now=NOW) == 1


def test_somebody_had_no_and_sees_who_read_the_request(session: Session) -> None:
    query = select(CorrectionRequest).where(CorrectionRequest.state == "refused")
    refused = session.scalars(query).one()
    owner = Actor(Role.TRAINEE, person_id=refused.person_id)
    acts = {one.what for one in access_log.my_access(session, owner, size=100, now=NOW).items}
    assert {"查看更正申请", "不同意更正档案"} <= acts


def test_the_next_day_asks_nothing_new(session: Session) -> None:
    count = select(func.count()).select_from(CorrectionRequest)
    before = session.scalar(count)
    load(NOW + timedelta(days=1))
    session.rollback()
    assert session.scalar(count) == before
