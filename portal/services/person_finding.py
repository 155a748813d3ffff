"""One person, found by a whole number that an officer has before them: never by browsing.

Every search leaves a row, also one that finds nobody, and never the number itself. Who is
elsewhere and who does not exist are answered alike.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, Person
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, PortalError
from portal.domain.identity import IdDocument, IdType, parse_id_document
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor
from portal.domain.person_errors import SearchLimit
from portal.domain.social_card import parse_card_number
from portal.policies.regions import region_path
from portal.services import audit, facts_scope
from portal.services.one_person import ids_of
from portal.services.people import document_hash
from portal.services.social_cards import person_of_card
from portal.services.times import day_of

By = Literal["id", "card"]
# At a window a person takes some minutes, so an honest officer looks for about twenty an hour and
# mistypes a few. A list of names cannot be gone through at this pace.
MOST_AN_HOUR = 30
_HOUR = timedelta(hours=1)
FOUND, NOBODY = "person.find", "person.find_nobody"
# Searches of one account come one after the other, or thirty at once would all be the first.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7471, hashtext(CAST(:account AS text)))")


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody whom an officer asked for: what tells them from another, the number masked."""

    id: UUID
    name: str
    id_type: str
    id_no_masked: str
    birth: str
    residence: str


def find(
    session: Session, actor: Actor, *, number: str, by: By = "id", reason: str = "", now: datetime
) -> Person | None:
    """The kept record of whoever has the number; None for nobody in the officer's reach.

    The caller has asked the permission, and commits also where nobody was found. Raises BadInput
    for what is no number, SearchLimit, Forbidden for the officer's own record.
    """
    session.execute(_ONE_AT_A_TIME, {"account": actor.the_account()})
    hit = _by_number(session, number, by, now)
    _must_be_few(session, actor, now)
    person = session.get(Person, ids_of(session, hit)[0]) if hit else None
    if person is not None and not _in_reach(session, actor, person):
        person = None
    audit.record(
        session,
        actor,
        FOUND if person else NOBODY,
        now=now,
        object_type="person",
        object_id=person.id if person else None,
        on_behalf_of=person.id if person else None,
        fields_read=("name", "id_no", "birth_date", "residence") if person else None,
        reason=reason or None,
        detail={"by": by},
    )
    session.flush()
    return person


def in_reach(session: Session, actor: Actor, person_id: UUID) -> Person | None:
    """The person of an id that the officer had before, if still in reach. Raises Forbidden."""
    person = session.get(Person, person_id, populate_existing=True)
    return person if person is not None and _in_reach(session, actor, person) else None


def shown(person: Person) -> FoundPerson:
    """The person as the officer's page shows it."""
    number = get_vault().open("id_no", person.id_no_enc)
    return FoundPerson(
        id=person.id,
        name=person.name,
        id_type=person.id_type,
        id_no_masked=mask_id_no(number),
        birth=person.birth_date.isoformat() if person.birth_date else "",
        residence=" ".join(region_path(person.residence_region or "")),
    )


def documents_of(number: str, now: datetime) -> list[IdDocument]:
    """Every document that a typed number can be. Raises BadInput when it can be none."""
    found: list[IdDocument] = []
    refusal: PortalError | None = None
    for id_type in IdType:
        try:
            found.append(parse_id_document(id_type, number, today=day_of(now)))
        except BadInput as error:
            refusal = refusal or error
    if not found:
        raise refusal or BadInput("id_no", "identity.empty")
    return found


def _by_number(session: Session, number: str, by: By, now: datetime) -> UUID | None:
    if by == "card":
        return person_of_card(session, parse_card_number(number))
    hashes = [document_hash(one) for one in documents_of(number, now)]
    return session.scalar(select(Person.id).where(Person.id_no_hash.in_(hashes)).limit(1))


def _in_reach(session: Session, actor: Actor, person: Person) -> bool:
    """Whether any record of the person is in reach: the merged ones may say where they live."""
    records = ids_of(session, person.id)
    query = select(Person.id).where(Person.id.in_(records), facts_scope.in_reach(actor))
    if any(record in records for record in actor.the_records()):
        facts_scope.check_reach(session, actor, person)
    return session.scalar(query.limit(1)) is not None


def _must_be_few(session: Session, actor: Actor, now: datetime) -> None:
    recent = select(func.count()).where(
        AuditEvent.actor_account_id == actor.the_account(),
        AuditEvent.at > now - _HOUR,
        AuditEvent.action.in_((FOUND, NOBODY)),
    )
    if (session.scalar(recent) or 0) >= MOST_AN_HOUR:
        raise SearchLimit(most=MOST_AN_HOUR)
