"""The second officer of the demo: whoever reviews a claim does not approve it."""

import hashlib
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, ConsentRecord
from portal.db.vault import get_vault
from portal.demo import cast
from portal.demo.seeds import PersonSeed
from portal.domain.identity import IdDocument, IdType
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import accounts, audit
from portal.services.passwords import hash_password

FIRST, SECOND = 201, 203
# Beyond the indexes of those who learn, of the institutions' staff, and of the enterprise.
_INDEX = 991


def ensure(session: Session, *, now: datetime) -> tuple[Actor, Actor]:
    """Both officers; the second is made at the first call."""
    if _account(session, SECOND) is None:
        _make(session, now)
    return _actor(session, FIRST), _actor(session, SECOND)


def _actor(session: Session, number: int) -> Actor:
    account = _account(session, number)
    if account is None:
        raise RuntimeError(f"the demo has no officer {number}")
    return Actor(
        Role.OFFICER,
        account_id=account.id,
        person_id=account.person_id,
        region_code=account.region_code,
    )


def _account(session: Session, number: int) -> Account | None:
    hashed = get_vault().lookup_hash("phone", cast.phone(number))
    return session.scalar(
        select(Account).where(Account.phone_hash == hashed, Account.role == Role.OFFICER.value)
    )


def _make(session: Session, now: datetime) -> None:
    seed = PersonSeed(_INDEX, "", t("demo.officer.second"), date(1979, 8, 12), "1")
    document = IdDocument(IdType.RESIDENT_ID, seed.id_no, seed.birth, seed.sex)
    form = accounts.Registration(document, seed.name, cast.phone(SECOND), "")
    person = accounts.new_person(form, now=now)
    session.add(person)
    session.flush()
    account = Account(
        id=new_id(),
        person_id=person.id,
        role=Role.OFFICER.value,
        region_code=cast.REGION,
        phone_hash=get_vault().lookup_hash("phone", cast.phone(SECOND)),
        password_hash=hash_password(cast.PASSWORD),
        created_at=now,
    )
    session.add(account)
    session.flush()
    session.add(
        ConsentRecord(
            person_id=person.id,
            purpose="account",
            version=accounts.NOTICE_VERSION,
            text_hash=hashlib.sha256(accounts.notice_text().encode()).hexdigest(),
            granted_at=now,
        )
    )
    own = Actor(Role.OFFICER, account_id=account.id, person_id=person.id)
    audit.record(
        session, own, "account.register", now=now, object_type="account", object_id=account.id
    )
