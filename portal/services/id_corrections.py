"""An ID number put right by an officer who has the document before them (reference A1.2, I2).

The archive hangs on the person, so nothing of it moves. What was printed or signed with the old
number stays as printed; a certificate is corrected and reissued on its own.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.ids import new_id
from portal.db.models import IdCorrection, Person
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotFound, PortalError
from portal.domain.identity import IdDocument, IdType, parse_id_document
from portal.domain.permissions import Actor, Permission
from portal.domain.person_errors import MergeRefused, NumberTaken
from portal.locale import t
from portal.policies.regions import region_name
from portal.services import archive_chain, audit, notices, people, person_finding
from portal.services.hot import LOCK_PERSON
from portal.services.people import document_hash
from portal.services.person_finding import FoundPerson
from portal.services.reasons import clean_reason
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class Correction:
    """The person as they stand now, or why nothing was changed.

    A refusal is not raised here, because the try must be kept: the caller raises ``refusal``
    once the transaction is committed.
    """

    person: FoundPerson | None = None
    refusal: PortalError | None = None
    # Nobody registers with the record until another officer has vouched for the number.
    awaits_vouching: bool = False


def find(session: Session, actor: Actor, *, number: str, now: datetime) -> FoundPerson | None:
    """Whom a registered number means; None for nobody in reach, which is kept, so the caller
    commits. Raises BadInput (id_no), SearchLimit, Forbidden (oneself)."""
    actor.require(Permission.KEEP_PERSONS)
    person = person_finding.find(session, actor, number=number, now=now)
    return person_finding.shown(person) if person else None


def correct(
    session: Session,
    actor: Actor,
    *,
    person_id: UUID,
    id_type: str,
    number: str,
    reason: str,
    now: datetime,
) -> Correction:
    """Give a person the number of the document that the officer sees; birth date and sex are read
    from it anew. The same number again changes nothing. Where the record has no account, nobody
    registers with it until another officer has vouched (``id_vouching``).

    Raises NotFound, Forbidden (oneself), BadInput (id_type, id_no, reason), MergeRefused for a
    record that counts as another. A number that stands on another record is the refusal
    NumberTaken: the way on is ``person_merges``.
    """
    actor.require(Permission.KEEP_PERSONS)
    why = clean_reason(reason, shortest=4)
    if id_type not in set(IdType):
        raise BadInput("id_type", "register.id_type")
    document = parse_id_document(IdType(id_type), number, today=day_of(now))
    person = _held(session, actor, person_id)
    if person.id_no_hash == document_hash(document):
        return Correction(person_finding.shown(person))
    old = person.id_no_enc
    if not _renumber(session, person, document):
        _audit(session, actor, "person.id_taken", person, why, now)
        return Correction(refusal=NumberTaken())
    # With an account, its login opens the record, and no registering does.
    vouched_at = now if people.has_account(session, person) else None
    made = IdCorrection(
        id=new_id(),
        person_id=person.id,
        old_enc=old,
        new_enc=person.id_no_enc,
        reason=why,
        at=now,
        officer_account_id=actor.the_account(),
        vouched_at=vouched_at,
    )
    session.add(made)
    session.flush()
    _to_archive(session, actor, made, now)
    _audit(session, actor, "person.correct_id", person, why, now)
    notices.tell(session, person.id, "id_corrected", now=now, sms=True)
    return Correction(person_finding.shown(person), awaits_vouching=vouched_at is None)


def _held(session: Session, actor: Actor, person_id: UUID) -> Person:
    """The person, locked, in the officer's reach and standing for themself."""
    found = person_finding.in_reach(session, actor, person_id)
    if found is None:
        raise NotFound
    session.execute(text(LOCK_PERSON), {"person_no": found.no})
    query = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    person = session.execute(query.execution_options(populate_existing=True)).scalar_one()
    if person.merged_into is not None:
        raise MergeRefused(why=t("persons.refused.is_merged"))
    return person


def _renumber(session: Session, person: Person, document: IdDocument) -> bool:
    """Write the new number; False when it is another record's, now or since an instant."""
    hashed = document_hash(document)
    if session.scalar(select(Person.id).where(Person.id_no_hash == hashed)) is not None:
        return False
    try:
        with session.begin_nested():
            person.id_type = document.id_type.value
            person.id_no_hash = hashed
            person.id_no_enc = get_vault().seal("id_no", document.number)
            # A passport says neither; what was known before stays.
            person.birth_date = document.birth_date or person.birth_date
            person.sex_code = document.sex_code or person.sex_code
            session.flush()
    except IntegrityError as error:
        if violated_constraint(error) != "uq_person_id_no_hash":
            raise
        session.refresh(person)
        return False
    return True


def authority_name(actor: Actor) -> str:
    """What stands in an archive for the office of an officer."""
    return t("certificate.authority_name", region=region_name(actor.region_code or ""))


def _to_archive(session: Session, actor: Actor, made: IdCorrection, now: datetime) -> None:
    """That the number was put right, and when; neither the old one nor the new."""
    archive_chain.append(
        session,
        person_id=made.person_id,
        kind=archive_chain.IDENTITY,
        ref_id=made.id,
        occurred_on=day_of(now),
        title=t("persons.line.identity"),
        institution_name=authority_name(actor),
        hours=None,
        detail={"subject": archive_chain.IDENTITY, "status": "recorded"},
        now=now,
    )


def _audit(
    session: Session, actor: Actor, action: str, person: Person, why: str, now: datetime
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="person",
        object_id=person.id,
        on_behalf_of=person.id,
        reason=why,
    )
