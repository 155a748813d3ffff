"""What is held about a person, told to that person (PIPL access right, reference B8.2)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, ConsentRecord, LoginSession, Person
from portal.db.vault import get_vault
from portal.domain.masking import mask_id_no, mask_phone
from portal.domain.permissions import Actor
from portal.locale import t
from portal.policies.regions import region_path
from portal.services import access_log, audit, leave, makeups, needs, one_person, own_helpers
from portal.services.facts_own import OwnFacts, read_own_facts
from portal.services.own_data_records import records
from portal.services.paging import MAX_SIZE
from portal.services.times import day_of


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
    """The person's own data, identifiers masked. Empty strings for what is not held; ``facts``
    are what the person stated and what an authority found, sensitive groups included."""

    name: str
    role: str
    id_type_label: str
    id_no_masked: str
    phone_masked: str
    residence: str
    verified: bool
    registered_at: datetime
    consents: tuple[Consent, ...]
    devices: tuple[Device, ...]
    facts: OwnFacts


def my_data(session: Session, actor: Actor, *, now: datetime) -> OwnData:
    """What the portal holds about the actor besides enrolments and archive."""
    account = session.get_one(Account, actor.the_account())
    person = session.get_one(Person, account.person_id)
    vault = get_vault()
    phone = vault.open("phone", person.phone_enc) if person.phone_enc else ""
    return OwnData(
        name=person.name,
        role=account.role,
        id_type_label=t(f"register.id_types.{person.id_type}"),
        id_no_masked=mask_id_no(vault.open("id_no", person.id_no_enc)),
        phone_masked=mask_phone(phone) if phone else "",
        residence=" ".join(region_path(person.residence_region or "")),
        verified=person.identity_status != "declared",
        registered_at=account.created_at,
        consents=_consents(session, person),
        devices=_devices(session, actor, now),
        facts=read_own_facts(session, person, today=day_of(now)),
    )


def my_data_json(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """Everything that is held as plain data to take along (PIPL portability).

    What the pages tell stands first; ``records`` are the rows behind it, table by table, and
    ``who_looked`` the latest reads by others. Identifiers stay masked: the person has the
    documents, and files lie about on phones. The taking along is written down.
    """
    data = my_data(session, actor, now=now)
    held = asdict(data)
    del held["devices"]
    held["facts"] = {
        "residence_code": data.facts.residence_code,
        "groups": [_kept(asdict(one), _GROUP) for one in data.facts.groups],
        "others": [_kept(asdict(one), _FACT) for one in data.facts.facts if one.id],
        "past": [asdict(one) for one in data.facts.past],
    }
    mine = own_helpers.my_helpers(session, actor, now=now)
    held["helpers"] = [_kept(asdict(one), _HELPER) for one in mine.helpers]
    held["done_for_me"] = [asdict(act) for act in mine.acts]
    wishes = needs.needs_of(session, actor.the_person())
    held["leave"] = leave.kept_of(session, actor.the_person())
    held["makeups"] = makeups.kept_of(session, actor.the_person(), now)
    held["wishes"] = [_kept(asdict(one), _WISH) for one in wishes]
    held["who_looked"] = _who_looked(session, actor, now)
    held["records"] = records(session, one_person.ids_of(session, actor.the_person()))
    audit.record(
        session,
        actor,
        "data.download",
        now=now,
        object_type="person",
        object_id=actor.the_person(),
        detail={"tables": len(held["records"])},
    )
    made = {"format": "personal-data/1", "generated_at": now} | held
    return {name: _plain(value) for name, value in made.items()}


def _who_looked(session: Session, actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The latest looks of others, as many as a file needs; all of them stand on the page."""
    found: list[dict[str, Any]] = []
    for number in range(1, _LOOKS // MAX_SIZE + 1):
        page = access_log.my_access(session, actor, page=number, size=MAX_SIZE, now=now)
        found += [_kept(asdict(one), _LOOK) for one in page.items]
        if number * MAX_SIZE >= page.total:
            break
    return found


# What is told of a fact; why it is asked and which paper helps is no data of the person.
_GROUP = ("code", "name", "status", "source", "since", "until", "note")
_FACT = ("kind", "name", "status", "source", "since", "value", "note")

_LOOK = ("day", "at", "who", "role", "what", "fields", "why", "times")
_LOOKS = 1000

_HELPER = ("helper", "state", "since", "until")
_WISH = ("skill", "region", "month", "state", "since", "class_title", "by_helper")


def _kept(found: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in names}


def _plain(value: Any) -> Any:
    """The value as JSON has it: days and moments in ISO form, tuples as lists."""
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case date():
            return value.isoformat()
        case _:
            return value


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
