"""Accounts: register, log in, log out, and what a person sees of the own account."""

import contextlib
import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import Account, ConsentRecord, Employer, Institution, LoginSession, Person
from portal.db.vault import get_vault
from portal.domain.errors import AccountExists, BadInput, PortalError
from portal.domain.identity import IdDocument, IdType, normalise_phone, parse_id_document
from portal.domain.masking import mask_id_no, mask_phone
from portal.domain.names import normalise_name
from portal.domain.passwords import check_password, normalise_password
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.policies.reference import regions
from portal.services import audit, login_throttle, people
from portal.services.passwords import hash_password, verify_password
from portal.services.people import document_hash as document_hash
from portal.services.staff import challenges
from portal.services.staff.challenges import Challenge
from portal.services.times import day_of
from portal.services.unit import token_hash

# A trainee's phone is often the only device and rarely cleaned of cookies; an office computer
# is shared by a room.
TRAINEE_LOGIN = timedelta(days=30)
STAFF_LOGIN = timedelta(hours=12)
NOTICE_VERSION = "2026-11"
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Registration:
    """A checked registration form."""

    document: IdDocument
    name: str
    phone: str
    password: str


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh login: the token goes to the client once and is stored only as a hash."""

    token: str
    expires_at: datetime
    role: Role


@dataclass(frozen=True, slots=True)
class LoginOutcome:
    """How a try to log in ended: a login, or seconds to wait, or a second step that is asked, or
    none of them (wrong)."""

    login: Login | None = None
    wait_seconds: int = 0
    challenge: Challenge | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """What a person sees of the own account."""

    name: str
    role: str
    id_no_masked: str
    phone_masked: str
    # Or the employer's, for an account of one.
    institution_name: str
    devices: int
    phone_logs_in: bool


def notice_text() -> str:
    """The privacy notice that registration shows; its hash is stored with the consent."""
    return "\n".join((t("register.notice_title"), t("register.notice_text")))


def _text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def check_registration(
    *, id_type: str, id_no: str, name: str, phone: str, password: str, agreed: bool, today: date
) -> Registration:
    """Check every field; raises the first BadInput, which names its field."""
    clean_name = normalise_name(name)
    if id_type not in set(IdType):
        raise BadInput("id_type", "register.id_type")
    known = {region.code for region in regions()}
    document = parse_id_document(IdType(id_type), id_no, today=today, known_regions=known)
    clean_phone = normalise_phone(phone)
    check_password(password, name=clean_name, phone=clean_phone)
    if not agreed:
        raise BadInput("agreed", "register.agree_first")
    return Registration(document, clean_name, clean_phone, password)


def register(session: Session, actor: Actor, *, form: Registration, now: datetime) -> UUID:
    """Create person and trainee account; returns the account's id.

    A person whom a list or a helper named before becomes the account's owner, with everything
    that hangs on that row; the name must be the same. Raises AccountExists when the document is
    registered already, BadInput("name") when it belongs to another name, NotVouched while another
    officer has yet to check the corrected number. A phone that is taken
    (families share one) is kept as contact only: that account logs in with the document number.
    """
    person = _person_of(session, form, now=now)
    back = people.former_account(session, person) is not None
    account = _new_account(session, person, form, now=now)
    session.add(
        ConsentRecord(
            person_id=person.id,
            purpose="account",
            version=NOTICE_VERSION,
            text_hash=_text_hash(notice_text()),
            granted_at=now,
        )
    )
    session.flush()
    own = Actor(role=Role.TRAINEE, account_id=account.id, person_id=person.id)
    act = "account.reopen" if back else "account.register"
    audit.record(session, own, act, now=now, object_type="account", object_id=account.id)
    return account.id


def _person_of(session: Session, form: Registration, *, now: datetime) -> Person:
    """The person of a document: a new row, or the one that nobody has an account for yet."""
    identity = people.Identity(form.document, form.name, form.phone)
    query = select(Person).where(Person.id_no_hash == identity.hash).with_for_update()
    # Somebody else may register or list the same document between the look and the insert.
    for _ in range(2):
        if found := session.scalar(query):
            people.claim(session, found, identity)
            return found
        person = new_person(form, now=now)
        try:
            with session.begin_nested():
                session.add(person)
        except IntegrityError as error:
            if violated_constraint(error) != "uq_person_id_no_hash":
                raise
        else:
            return person
    raise AccountExists


def _new_account(session: Session, person: Person, form: Registration, *, now: datetime) -> Account:
    """The trainee account of a person, the one that they closed if there is one, without the
    phone as a login when it is taken.

    The database decides whether it is: two of a family may register in the same second.
    """
    password_hash = hash_password(normalise_password(form.password))
    for phone_hash in (get_vault().lookup_hash("phone", form.phone), None):
        account = people.former_account(session, person)
        account = account or Account(person_id=person.id, created_at=now)
        try:
            with session.begin_nested():
                account.role, account.status = Role.TRAINEE.value, "active"
                account.phone_hash, account.password_hash = phone_hash, password_hash
                session.add(account)
        except IntegrityError as error:
            if violated_constraint(error) != "uq_account_phone_hash":
                raise
        else:
            return account
    raise AssertionError("an account without a phone takes nobody's phone")


def new_person(form: Registration, *, now: datetime) -> Person:
    """A person row from checked facts, identifiers sealed."""
    identity = people.Identity(form.document, form.name, form.phone)
    return Person(**people.values_of(identity, now=now))


def _login_hashes(raw: str, today: date) -> tuple[bytes, list[bytes]]:
    """The look-up hashes that a typed login may mean: (phone, documents)."""
    vault = get_vault()
    phone = b""
    documents: list[bytes] = []
    with contextlib.suppress(PortalError):
        phone = vault.lookup_hash("phone", normalise_phone(raw))
    for id_type in IdType:
        try:
            documents.append(document_hash(parse_id_document(id_type, raw, today=today)))
        except PortalError:
            continue
    return phone, documents


def find_account(session: Session, raw: str, *, today: date) -> Account | None:
    """The account that a phone or document number means; None when there is none."""
    phone, documents = _login_hashes(raw, today)
    return session.scalar(
        select(Account)
        .join(Person, Person.id == Account.person_id)
        .where(or_(Account.phone_hash == phone, Person.id_no_hash.in_(documents)))
        .where(Account.status == "active")
    )


def log_in(
    session: Session,
    actor: Actor,
    *,
    login: str,
    password: str,
    source: bytes,
    kind: str,
    device: str,
    device_hash: bytes | None = None,
    now: datetime,
) -> LoginOutcome:
    """Check a password and open a login.

    Wrong and too early are values here and not errors, because an error would roll the record
    of the try back.
    """
    key = get_vault().lookup_hash("login", login.strip().lower())
    account = find_account(session, login, today=day_of(now))
    if account is not None:
        key = get_vault().lookup_hash("login", str(account.id))
    tries = login_throttle.Tries(login_key=key, source_key=source, now=now)
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return LoginOutcome(wait_seconds=seconds)
    hashed = account.password_hash if account else None
    right = verify_password(normalise_password(password), hashed)
    outcome = login_throttle.SUCCEEDED if right else login_throttle.FAILED
    login_throttle.note(session, tries, outcome)
    if account is None or not right:
        return LoginOutcome()
    asked = challenges.needed(
        session, account, kind=kind, device=device, device_hash=device_hash, now=now
    )
    if asked is not None:
        return LoginOutcome(challenge=asked)
    opened = open_login(
        session, account, kind=kind, device=device, device_hash=device_hash, now=now
    )
    return LoginOutcome(opened)


def open_login(
    session: Session,
    account: Account,
    *,
    kind: str,
    device: str,
    device_hash: bytes | None = None,
    now: datetime,
) -> Login:
    """A new login of an account whose owner has just proven to be it.

    ``device`` is a word for the list of logins, ``device_hash`` tells the browser from others.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    trainee = account.role == Role.TRAINEE.value
    expires_at = now + (TRAINEE_LOGIN if trainee else STAFF_LOGIN)
    row = LoginSession(
        account_id=account.id,
        token_hash=token_hash(token),
        kind=kind,
        device=device,
        device_hash=device_hash,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    who = Actor(role=Role(account.role), account_id=account.id, person_id=account.person_id)
    audit.record(
        session, who, "account.log_in", now=now, object_type="login_session", object_id=row.id
    )
    return Login(token, expires_at, Role(account.role))


def log_out(session: Session, actor: Actor, *, everywhere: bool, now: datetime) -> int:
    """End this login, or all logins of the account; returns how many ended. Idempotent."""
    if not actor.is_signed_in:
        return 0
    query = update(LoginSession).where(
        LoginSession.account_id == actor.account_id, LoginSession.revoked_at.is_(None)
    )
    if not everywhere:
        query = query.where(LoginSession.id == actor.login_id)
    ended = session.execute(query.values(revoked_at=now).returning(LoginSession.id)).all()
    audit.record(
        session,
        actor,
        "account.log_out_everywhere" if everywhere else "account.log_out",
        now=now,
        object_type="account",
        object_id=actor.account_id,
    )
    return len(ended)


def my_account(session: Session, actor: Actor, *, now: datetime) -> AccountView:
    """The own account, identifiers masked (reference B8.3)."""
    account = session.get_one(Account, actor.the_account())
    person = session.get_one(Person, account.person_id)
    vault = get_vault()
    devices = session.scalars(
        select(LoginSession.id).where(
            LoginSession.account_id == account.id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now,
        )
    ).all()
    phone = vault.open("phone", person.phone_enc) if person.phone_enc else ""
    return AccountView(
        name=person.name,
        role=account.role,
        id_no_masked=mask_id_no(vault.open("id_no", person.id_no_enc)),
        phone_masked=mask_phone(phone) if phone else "",
        institution_name=_works_for(session, account),
        devices=len(devices),
        phone_logs_in=account.phone_hash is not None,
    )


def _works_for(session: Session, account: Account) -> str:
    """The name of the institution or employer behind an account; empty for all others."""
    if account.institution_id:
        return session.get_one(Institution, account.institution_id).name
    if account.employer_id:
        return session.get_one(Employer, account.employer_id).name
    return ""
