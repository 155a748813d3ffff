"""Village helpers and the people who gave them a mandate, for tests."""

import itertools
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Account, Mandate, Person
from portal.db.vault import get_vault
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Actor, Role
from portal.services import mandates
from portal.services.mandate_forms import Introduction, check_introduction
from portal.services.times import day_of
from portal.services.unit import as_actor
from tests.support import factories as make

NOW = make.NOW
COUNTY = "650402"
_serial = itertools.count(1)


def make_helper(session: Session, *, region_code: str = COUNTY, name: str = "热依汗") -> Actor:
    """A helper of a county, saved."""
    person = make.make_person(session, name=name)
    made = make.make_actor(session, Role.HELPER, region_code=region_code, person=person)
    session.commit()
    return made


def fresh_id_no() -> str:
    """A document number that nobody else in the test has; the person is 45."""
    serial = next(_serial)
    return make_demo_id(date(1981, 1, 1) + timedelta(days=serial // 900), serial % 900)


def form(**fields: Any) -> Introduction:
    """A form as a helper fills it in, checked."""
    values: dict[str, Any] = {
        "id_type": "resident_id",
        "id_no": fields.pop("id_no", None) or fresh_id_no(),
        "name": "买买提·艾力",
        "phone": "",
        "region": COUNTY,
        "evidence": "fingerprint",
        "witness": "",
        "days": "180",
        "agreed": True,
        "today": day_of(NOW),
    }
    return check_introduction(**values | fields)


def introduce(helper: Actor, **fields: Any) -> UUID:
    """A mandate taken by the helper; ``now`` among the fields is when."""
    now = fields.pop("now", NOW)
    return as_actor(mandates.introduce, helper, form=form(**fields), now=now)


def person_with(session: Session, mandate_id: UUID) -> Person:
    """Whose mandate it is."""
    session.expire_all()
    return session.get_one(Person, session.get_one(Mandate, mandate_id).person_id)


def registered(
    session: Session,
    *,
    has_phone: bool = True,
    phone: str = "",
    role: Role = Role.TRAINEE,
    **kwargs: Any,
) -> tuple[Account, str]:
    """Somebody with an account and a phone, and the document number; saved."""
    number, vault = fresh_id_no(), get_vault()
    own = phone or f"137{next(_serial):08d}"
    person = make.make_person(
        session,
        name="王小强",
        id_no_hash=vault.lookup_hash("id_no", f"resident_id:{number}"),
        id_no_enc=vault.seal("id_no", number),
        phone_enc=vault.seal("phone", own) if has_phone else None,
    )
    account = make.make_account(session, role, person=person, **kwargs)
    session.commit()
    return account, number


def actor_for(account: Account) -> Actor:
    """The owner of an account, logged in."""
    return Actor(Role(account.role), account_id=account.id, person_id=account.person_id)
