"""A fictional enterprise of the demo, and the account that acts for it."""

import hashlib
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, ConsentRecord, Employer
from portal.db.vault import get_vault
from portal.demo import cast, seeds
from portal.demo.seeds import PersonSeed
from portal.domain.identity import IdDocument, IdType
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import accounts, audit
from portal.services.passwords import hash_password

NUMBER = 103
_SERIAL = 900001
# Beyond the indexes of those who learn and of the institutions' staff.
_INDEX = 990


def ensure(session: Session, *, now: datetime) -> Actor:
    """The employer's account, made at the first call."""
    hashed = get_vault().lookup_hash("phone", cast.phone(NUMBER))
    account = session.scalar(
        select(Account).where(Account.phone_hash == hashed, Account.role == Role.EMPLOYER.value)
    )
    if account is None:
        account = _make(session, hashed, now)
    return Actor(
        Role.EMPLOYER,
        account_id=account.id,
        person_id=account.person_id,
        employer_id=account.employer_id,
    )


def _make(session: Session, phone_hash: bytes, now: datetime) -> Account:
    seed = PersonSeed(_INDEX, "", t("demo.employer.person"), date(1984, 5, 20), "2")
    document = IdDocument(IdType.RESIDENT_ID, seed.id_no, seed.birth, seed.sex)
    form = accounts.Registration(document, seed.name, cast.phone(NUMBER), "")
    person, employer = accounts.new_person(form, now=now), _employer(now)
    session.add_all([person, employer])
    session.flush()
    taken = session.scalar(select(Account.id).where(Account.phone_hash == phone_hash))
    account = Account(
        id=new_id(),
        person_id=person.id,
        role=Role.EMPLOYER.value,
        employer_id=employer.id,
        phone_hash=None if taken else phone_hash,
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
    own = Actor(Role.EMPLOYER, account_id=account.id, person_id=person.id)
    audit.record(
        session, own, "account.register", now=now, object_type="account", object_id=account.id
    )
    return account


def _employer(now: datetime) -> Employer:
    return Employer(
        id=new_id(),
        uscc=seeds.made_uscc("private", _SERIAL),
        name=t("demo.employer.name"),
        kind="enterprise",
        region_code=cast.HOME_COUNTY,
        insured=True,
        level_linked_pay=True,
        created_at=now,
    )
