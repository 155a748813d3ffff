"""Persons before they have an account: named on an authority's list, on a roster, by a helper.

One real person is one row (reference C1), found by the keyed hash of the identity document. Who
registers later with the same document and name becomes the owner of that row, and so of the
groups and the archive that hang on it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from portal.db.ids import new_id
from portal.db.models import Account, IdCorrection, Person
from portal.db.vault import get_vault
from portal.domain.errors import AccountExists, BadInput, Unauthenticated
from portal.domain.identity import IdDocument
from portal.domain.names import name_key
from portal.domain.permissions import Actor
from portal.domain.person_errors import NotVouched

# An authority named the person; nobody has registered as such yet.
LISTED = "listed"
DECLARED = "declared"
_BATCH = 1000
# An account that its owner closed opens nothing: the person is one without an account again.
CLOSED = "closed"
IS_KEPT = Account.status != CLOSED

# Made once: an alias of a class costs milliseconds each time.
_Whole = aliased(Person)
_Record = aliased(Person)


@dataclass(frozen=True, slots=True)
class Identity:
    """A checked document and name; ``phone`` is empty when nobody said it."""

    document: IdDocument
    name: str
    phone: str = ""

    @property
    def hash(self) -> bytes:
        """What the person is found by."""
        return document_hash(self.document)


@dataclass(frozen=True, slots=True)
class Known:
    """A person who is there already. ``residence_region`` None: nobody said it.

    ``name`` is that of the document's own record; all else that of the whole person.
    """

    id: UUID
    name: str
    residence_region: str | None
    has_account: bool

    def is_called(self, name: str) -> bool:
        """Whether a name is this person's, however it is spelled."""
        return name_key(self.name) == name_key(name)


def document_hash(document: IdDocument) -> bytes:
    """The look-up hash of an identity document."""
    return get_vault().lookup_hash("id_no", f"{document.id_type.value}:{document.number}")


def values_of(identity: Identity, *, now: datetime) -> dict[str, Any]:
    """The columns of a person row from checked facts, identifiers sealed."""
    vault, document = get_vault(), identity.document
    return {
        "id": new_id(),
        "id_type": document.id_type.value,
        "id_no_hash": identity.hash,
        "id_no_enc": vault.seal("id_no", document.number),
        "name": identity.name,
        "name_key": name_key(identity.name),
        "sex_code": document.sex_code,
        "birth_date": document.birth_date,
        "phone_enc": vault.seal("phone", identity.phone) if identity.phone else None,
        "created_at": now,
    }


def known_people(session: Session, hashes: Collection[bytes]) -> dict[bytes, Known]:
    """Those of these documents who are there, by hash; a query a thousand."""
    has_account = (
        exists()
        .where(
            Account.person_id == _Record.id,
            IS_KEPT,
            or_(_Record.id == _Whole.id, _Record.merged_into == _Whole.id),
        )
        .correlate(_Whole)
    )
    region = func.coalesce(_Whole.residence_region, Person.residence_region)
    found: dict[bytes, Known] = {}
    for batch in _batches(hashes):
        query = (
            select(Person.id_no_hash, _Whole.id, Person.name, region, has_account)
            .join(_Whole, _Whole.id == func.coalesce(Person.merged_into, Person.id))
            .where(Person.id_no_hash.in_(batch))
        )
        for hashed, person_id, name, lives_in, account in session.execute(query):
            found[hashed] = Known(person_id, name, lives_in, account)
    return found


def add_people(
    session: Session,
    identities: Iterable[Identity],
    *,
    status: str,
    residence_region: str | None,
    now: datetime,
) -> None:
    """Make rows for persons who have none, without accounts; who is there already stays as is."""
    rows = [
        values_of(one, now=now) | {"identity_status": status, "residence_region": residence_region}
        for one in identities
    ]
    for batch in _batches(rows):
        session.execute(insert(Person).on_conflict_do_nothing(index_elements=["id_no_hash"]), batch)


def whole_of(session: Session, person: Person) -> Person:
    """The record that stands for a person whose document was found: another, once merged."""
    return session.get_one(Person, person.merged_into) if person.merged_into else person


def claim(session: Session, person: Person, identity: Identity) -> None:
    """Let whoever registers have a person row that nobody has an account for.

    Raises AccountExists when somebody has, whatever the name, and BadInput("name") when the
    document belongs to another name: half an identity opens nothing. ``person`` must be locked.
    A record that was merged into another is nobody's to claim, BadInput("id_no"): its number may
    have been wrong, and then belongs to a stranger. NotVouched while one officer alone says that
    the number is this record's.
    """
    if person.merged_into is not None:
        raise BadInput("id_no", "register.merged_record")
    # The login of a record that was merged into this one opens this one: nobody gets a second.
    whole = select(Person.id).where(or_(Person.id == person.id, Person.merged_into == person.id))
    if session.scalar(select(Account.id).where(Account.person_id.in_(whole), IS_KEPT).limit(1)):
        raise AccountExists
    if person.name_key != name_key(identity.name):
        raise BadInput("name", "register.name_differs")
    last = last_correction(session, person.id)
    if last is not None and last.vouched_at is None:
        raise NotVouched
    person.phone_enc = get_vault().seal("phone", identity.phone)
    person.birth_date = person.birth_date or identity.document.birth_date
    person.sex_code = person.sex_code or identity.document.sex_code
    if former_account(session, person) is not None:
        # Who comes back says who they are; that it is so was known of the login that ended.
        person.identity_status = DECLARED
    if person.identity_status == LISTED:
        # The list speaks of a person; that this is the one, only he or she says so far.
        person.identity_status = DECLARED


def has_account(session: Session, person: Person) -> bool:
    """Whether the record has an account of its own, whatever is merged with it."""
    query = select(Account.id).where(Account.person_id == person.id, IS_KEPT).limit(1)
    return session.scalar(query) is not None


def last_correction(session: Session, person_id: UUID) -> IdCorrection | None:
    """The newest correction of a record's number, as it stands in the database."""
    query = select(IdCorrection).where(IdCorrection.person_id == person_id)
    query = query.order_by(IdCorrection.at.desc(), IdCorrection.id.desc()).limit(1)
    return session.scalar(query.execution_options(populate_existing=True))


def hold_open(session: Session, actor: Actor) -> None:
    """Let nobody close the actor's account meanwhile; raises Unauthenticated once it is closed.

    The actor was read before the locks were had: what is kept for a closed account nobody ends.
    """
    own = select(Account.status).where(Account.id == actor.the_account())
    if session.scalar(own.with_for_update(read=True)) != "active":
        raise Unauthenticated


def former_account(session: Session, person: Person) -> Account | None:
    """The account that this person once closed, which coming back opens anew."""
    return session.scalar(
        select(Account).where(Account.person_id == person.id, Account.status == CLOSED)
    )


def _batches(items: Iterable[Any]) -> Iterable[list[Any]]:
    listed = list(items)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]
