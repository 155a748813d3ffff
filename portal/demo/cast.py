"""Who appears in the demo: accounts of the contract, staff of every institution, trainees."""

import hashlib
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, ConsentRecord, Institution, Person, PersonFact, PersonGroup
from portal.db.vault import get_vault
from portal.demo import seeds
from portal.demo.seeds import InstitutionSeed, PersonSeed
from portal.domain.identity import IdDocument, IdType
from portal.domain.permissions import Actor, Role
from portal.services import accounts, audit
from portal.services.passwords import hash_password

PASSWORD = "Demo-2026!"  # noqa: S105 - the contract publishes it
HOME = "tlf"
REGION = "650400"
HOME_COUNTY = "650402"
TEACHERS = 4
_FIRST_PHONE = 13900000000


@dataclass(frozen=True, slots=True)
class Staff:
    """Who may act for an institution, and the institution's row."""

    seed: InstitutionSeed
    institution_id: UUID
    manager: Actor
    teachers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody. ``people`` gives the person's id and seed by id; the instructor teaches trials."""

    trainees: tuple[UUID, ...]
    people: Mapping[UUID, PersonSeed]
    staff: Mapping[str, Staff]
    instructor: UUID

    def residents(self, region: str) -> list[UUID]:
        """The fictional persons of a region, without accounts."""
        own = (p for p, seed in self.people.items() if seed.region == region)
        return [person for person in own if person not in self.trainees]


def phone(number: int) -> str:
    """The phone of a demo account: 1 is 13900000001."""
    return str(_FIRST_PHONE + number)


def is_loaded(session: Session) -> bool:
    """Whether the persons of the demo are in this database, whatever else has changed."""
    first = _document_hash(seeds.trainees()[0])
    return session.scalar(select(Person.id).where(Person.id_no_hash == first)) is not None


def ensure(session: Session, *, now: datetime) -> Cast:
    """Everybody of the demo, made at the first call."""
    if not is_loaded(session):
        _Maker(session, now).make()
        session.flush()
    return _load(session)


def document(seed: PersonSeed) -> IdDocument:
    """The fictional person's identity card."""
    return IdDocument(IdType.RESIDENT_ID, seed.id_no, seed.birth, seed.sex)


def consent(person_id: UUID, now: datetime) -> ConsentRecord:
    """What somebody agreed to when an account was made for them."""
    return ConsentRecord(
        person_id=person_id,
        purpose="account",
        version=accounts.NOTICE_VERSION,
        text_hash=hashlib.sha256(accounts.notice_text().encode()).hexdigest(),
        granted_at=now,
    )


def trace(session: Session, account: Account, now: datetime) -> None:
    """Write in the audit that somebody made their account."""
    own = Actor(Role(account.role), account_id=account.id, person_id=account.person_id)
    audit.record(
        session, own, "account.register", now=now, object_type="account", object_id=account.id
    )


def _document_hash(seed: PersonSeed) -> bytes:
    return accounts.document_hash(document(seed))


class _Maker:
    """Makes all rows of persons and accounts; the password is hashed once for all."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.password_hash = hash_password(PASSWORD)
        self.persons: list[Person] = []
        self.accounts: list[Account] = []
        self.facts: list[ConsentRecord | PersonGroup | PersonFact] = []
        hashes = [get_vault().lookup_hash("phone", phone(n)) for n in _PHONES]
        self.taken = set(
            session.scalars(select(Account.phone_hash).where(Account.phone_hash.in_(hashes)))
        )

    def make(self) -> None:
        """Trainees, officers, staff of all institutions, residents."""
        for seed in seeds.trainees():
            person = self._person(seed, number=seed.index)
            self._account(person, Role.TRAINEE, number=seed.index)
            self._groups(person, seed)
        for seed in seeds.residents():
            self._person(seed)
        names = seeds.staff_names()
        for serial, (role, number) in enumerate(((Role.OFFICER, 201), (Role.AUDITOR, 202))):
            person = self._person(_staff_seed(serial, names[role.value]), number=number)
            self._account(person, role, number=number, region_code=REGION)
        for serial, institution in enumerate(seeds.institutions().values(), 1):
            self._institution(institution, serial * 10)
        # Persons before accounts before what refers to both: nothing else orders the inserts.
        for rows in (self.persons, self.accounts, self.facts):
            self.session.add_all(rows)
            self.session.flush()
        for account in self.accounts:
            trace(self.session, account, self.now)

    def _institution(self, seed: InstitutionSeed, serial: int) -> None:
        query = select(Institution.id).where(Institution.uscc == seed.uscc)
        row_id = self.session.execute(query).scalar_one()
        names, home = seeds.staff_names(), seed.key == HOME
        rng = random.Random(f"portal demo: staff of {seed.key}")  # noqa: S311 - not a secret
        number = 101 if home else None
        name = names["manager"] if home else seeds.teacher_name(rng, seed.catalogue)
        manager = self._person(_staff_seed(serial, name), number=number)
        self._account(manager, Role.MANAGER, number=number, institution_id=row_id)
        for each in range(1, TEACHERS + 1):
            name = seeds.teacher_name(rng, seed.catalogue)
            person = self._person(_staff_seed(serial + each, name))
            self._account(person, Role.INSTRUCTOR, institution_id=row_id)
        if home:
            person = self._person(_staff_seed(serial + 9, names["instructor"]), number=102)
            self._account(person, Role.INSTRUCTOR, number=102, institution_id=row_id)

    def _person(self, seed: PersonSeed, *, number: int | None = None) -> Person:
        form = accounts.Registration(document(seed), seed.name, phone(number or 0), "")
        person = accounts.new_person(form, now=self.now)
        if seed.pension != "unknown":
            self.facts.append(self._fact(person, "pension", {"draws": seed.pension}))
        person.residence_region = HOME_COUNTY if seed.region == REGION else seed.region or None
        if number is None:
            person.phone_enc = None
        self.persons.append(person)
        return person

    def _account(
        self,
        person: Person,
        role: Role,
        *,
        number: int | None = None,
        institution_id: UUID | None = None,
        region_code: str | None = None,
    ) -> None:
        hashed = get_vault().lookup_hash("phone", phone(number)) if number else None
        account = Account(
            id=new_id(),
            person_id=person.id,
            role=role.value,
            institution_id=institution_id,
            region_code=region_code,
            phone_hash=None if hashed in self.taken else hashed,
            # Only the accounts of the contract can be logged in to.
            password_hash=self.password_hash if number else "!",
            created_at=self.now,
        )
        self.accounts.append(account)
        if number:
            self.facts.append(consent(person.id, self.now))

    def _groups(self, person: Person, seed: PersonSeed) -> None:
        for code in seed.groups:
            group = PersonGroup(
                person_id=person.id,
                group_code=code,
                valid_from=date(self.now.year - 1, 1, 1),
                # Aided families stand in the authority's list; the rest is their own word.
                status="verified" if code == "AIDED_FAMILY" else "declared",
                source="roster" if code == "AIDED_FAMILY" else "demo",
                verified_at=self.now if code == "AIDED_FAMILY" else None,
                created_at=self.now,
            )
            self.facts.append(group)

    def _fact(self, person: Person, kind: str, value: dict[str, Any]) -> PersonFact:
        return PersonFact(
            person_id=person.id,
            kind=kind,
            value=value,
            valid_from=date(self.now.year - 1, 1, 1),
            status="declared",
            source="demo",
            created_at=self.now,
        )


_PHONES = (*range(1, 21), 101, 102, 201, 202)


def _staff_seed(serial: int, name: str) -> PersonSeed:
    # Beyond the indexes of those who learn, in years of their own.
    birth = date(1970 + serial % 25, 1 + serial % 12, 1 + serial % 28)
    return PersonSeed(index=600 + serial % 400, region="", name=name, birth=birth, sex="1")


def _load(session: Session) -> Cast:
    learners = {_document_hash(seed): seed for seed in (*seeds.trainees(), *seeds.residents())}
    rows = _ids(session, learners)
    people = {rows[hashed]: seed for hashed, seed in learners.items()}
    trainees = tuple(rows[_document_hash(seed)] for seed in seeds.trainees())
    staff = _staff(session)
    instructor_hash = get_vault().lookup_hash("phone", phone(102))
    instructor = session.scalar(select(Account.id).where(Account.phone_hash == instructor_hash))
    return Cast(trainees, people, staff, instructor or staff[HOME].teachers[0])


def _ids(session: Session, hashes: Iterable[bytes]) -> dict[bytes, UUID]:
    query = select(Person.id_no_hash, Person.id).where(Person.id_no_hash.in_(list(hashes)))
    return dict(session.execute(query).tuples().all())


def _staff(session: Session) -> dict[str, Staff]:
    by_uscc = {seed.uscc: seed for seed in seeds.institutions().values()}
    rows = session.execute(
        select(Institution.uscc, Institution.id, Account, Person.name)
        .join(Account, Account.institution_id == Institution.id)
        .join(Person, Person.id == Account.person_id)
        .where(Institution.uscc.in_(by_uscc))
        .order_by(Account.id)
    ).all()
    made: dict[str, Staff] = {}
    for code, seed in by_uscc.items():
        own = [row for row in rows if row.uscc == code]
        head = next(row for row in own if row.Account.role == Role.MANAGER.value)
        manager = Actor(
            Role.MANAGER,
            account_id=head.Account.id,
            person_id=head.Account.person_id,
            institution_id=head.id,
            name=head.name,
        )
        teachers = [r.Account.id for r in own if r.Account.role == Role.INSTRUCTOR.value]
        made[seed.key] = Staff(seed, head.id, manager, tuple(teachers[:TEACHERS]))
    return made
