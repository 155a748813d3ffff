"""What is held about a person, told to that person (PIPL access right, reference B8.2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, ConsentRecord, LoginSession, Person
from portal.db.vault import get_vault
from portal.domain.masking import mask_id_no, mask_phone
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies.regions import region_path


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or device that is logged in. ``kind`` is the word ``device_label`` gave it."""

    kind: str
    since: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """A notice that the person agreed to, by purpose and version."""

    purpose: str
    version: str
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class OwnData:
    """The person's own data, identifiers masked. Empty strings for what is not held."""

    name: str
    id_type_label: str
    id_no_masked: str
    phone_masked: str
    residence: str
    verified: bool
    registered_at: datetime
    consents: tuple[Consent, ...]
    devices: tuple[Device, ...]


def my_data(session: Session, actor: Actor, *, now: datetime) -> OwnData:
    """What the portal holds about the actor besides enrolments and archive."""
    account = session.get_one(Account, actor.the_account())
    person = session.get_one(Person, account.person_id)
    vault = get_vault()
    phone = vault.open("phone", person.phone_enc) if person.phone_enc else ""
    return OwnData(
        name=person.name,
        id_type_label=t(f"register.id_types.{person.id_type}"),
        id_no_masked=mask_id_no(vault.open("id_no", person.id_no_enc)),
        phone_masked=mask_phone(phone) if phone else "",
        residence=" ".join(region_path(person.residence_region or "")),
        verified=person.identity_status != "declared",
        registered_at=account.created_at,
        consents=_consents(session, person),
        devices=_devices(session, actor, now),
    )


def _consents(session: Session, person: Person) -> tuple[Consent, ...]:
    rows = session.scalars(
        select(ConsentRecord)
        .where(ConsentRecord.person_id == person.id, ConsentRecord.withdrawn_at.is_(None))
        .order_by(ConsentRecord.granted_at)
    )
    return tuple(Consent(row.purpose, row.version, row.granted_at) for row in rows)


def _devices(session: Session, actor: Actor, now: datetime) -> tuple[Device, ...]:
    rows = session.scalars(
        select(LoginSession)
        .where(
            LoginSession.account_id == actor.the_account(),
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
        )
        .order_by(LoginSession.created_at.desc())
    )
    return tuple(Device(row.device, row.created_at, row.id == actor.login_id) for row in rows)
