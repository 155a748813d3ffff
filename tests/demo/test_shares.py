"""The demo's share links and talent pool."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, ShareLink
from portal.db.vault import get_vault
from portal.demo import cast
from portal.domain.certificate_number import check_level_certificate_number
from portal.domain.levels import SkillLevel
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.services import share_views, talent
from portal.services.talent import TalentQuery
from portal.services.unit import as_actor
from tests.support.demo import NOW, load


def actor_of(session: Session, number: int, role: Role) -> Actor:
    hashed = get_vault().lookup_hash("phone", cast.phone(number))
    account = session.scalars(select(Account).where(Account.phone_hash == hashed)).one()
    return Actor(
        role,
        account_id=account.id,
        person_id=account.person_id,
        region_code=account.region_code,
    )


def test_one_cell_of_the_talent_pool_is_told_and_the_single_technician_is_not(
    session: Session,
) -> None:
    officer = actor_of(session, 201, Role.OFFICER)
    found = as_actor(talent.search, officer, query=TalentQuery(kind="LEVEL"), now=NOW)
    cells = [(row.level, cell.people) for row in found.rows for cell in row.cells if cell]
    assert cells == [("四级/中级工", 5)]


def test_the_fifth_trainee_has_a_link_that_works(session: Session) -> None:
    owner = actor_of(session, 5, Role.TRAINEE)
    links = as_actor(share_views.my_links, owner, now=NOW)
    assert [(link.state, link.has_code, seen.shown) for link, seen in links] == [
        ("live", True, 0),
        ("live", False, 3),
        ("revoked", False, 0),
    ]
    token = links[1][0].url.rpartition("/")[2]
    opened = as_actor(
        share_views.open_link, ANONYMOUS, token=token, code=None, device="other", now=NOW
    )
    assert opened.page is not None
    assert [one.state.status for one in opened.page.certificates if one.state] == ["valid"]
    number = "S00006500000026" + "4" + "000001"
    assert check_level_certificate_number(number, SkillLevel.INTERMEDIATE, 2026, "650000") == []


def test_another_day_adds_no_links(session: Session) -> None:
    count = select(func.count()).select_from(ShareLink)
    before = session.scalar(count)
    load(NOW + timedelta(days=1))
    assert session.scalar(count) == before
