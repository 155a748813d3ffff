"""Those who joined the demo after its cast: an account each, made when it is first asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account
from portal.db.vault import get_vault
from portal.demo import cast
from portal.demo.seeds import PersonSeed
from portal.domain.permissions import Role
from portal.services import accounts
from portal.services.passwords import hash_password


def find(session: Session, role: Role, number: int) -> Account | None:
    """The account of a role with the demo's phone of that number."""
    query = select(Account).where(Account.phone_hash == _hashed(number), Account.role == role.value)
    return session.scalar(query)


def make(
    session: Session,
    role: Role,
    number: int,
    seed: PersonSeed,
    *,
    region_code: str | None = None,
    employer_id: UUID | None = None,
    now: datetime,
) -> Account:
    """The person and the account, which agreed to the notice; nobody takes a phone from another."""
    form = accounts.Registration(cast.document(seed), seed.name, cast.phone(number), "")
    person = accounts.new_person(form, now=now)
    session.add(person)
    session.flush()
    hashed = _hashed(number)
    taken = session.scalar(select(Account.id).where(Account.phone_hash == hashed))
    account = Account(
        id=new_id(),
        person_id=person.id,
        role=role.value,
        region_code=region_code,
        employer_id=employer_id,
        phone_hash=None if taken else hashed,
        password_hash=hash_password(cast.PASSWORD),
        created_at=now,
    )
    session.add(account)
    session.flush()
    session.add(cast.consent(person.id, now))
    cast.trace(session, account, now)
    return account


def _hashed(number: int) -> bytes:
    return get_vault().lookup_hash("phone", cast.phone(number))
