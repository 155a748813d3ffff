"""Certificates that others issued, in their owner's hands: added with a picture, unverified until
somebody entitled verified them (``external_checks``), taken back by the owner.

They do not count in R02 ("no repeat"), verified or not: that rule counts what was subsidised and
recorded here (reference D3), and a certificate says nothing of who paid for it.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Certificate, ExternalCertificate, Person
from portal.db.vault import get_vault
from portal.documents import pictures
from portal.domain.certificate_kinds import (
    KINDS,
    CertificateKind,
    NumberForm,
    Source,
    kind_of,
)
from portal.domain.errors import BadInput, NotFound, NotReady, PortalError
from portal.domain.foreign_number import ForeignNumber
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, credentials, external_entry, one_person, people
from portal.services.times import day_of
from portal.services.verification import LIVE

MOST = 30
# What a phone's photo of a paper has; nobody reads more off it than 1600 pixels show.
MOST_BYTES = 5_000_000
_LONGEST_SIDE = 1_600
_PERMISSION = Permission.SEE_OWN_ARCHIVE
SEALED_AS = "external_image"
NUMBER_SEALED_AS = "external_number"
_LIVE_STATES = ("unverified", "verified")


class TooManyExternal(PortalError):
    """A person keeps ``most`` external certificates here."""

    key = "external.too_many"
    status = 409


@dataclass(frozen=True, slots=True)
class ExternalView:
    """An external certificate. ``number`` is masked, ``odd`` says in sentences what should be
    looked at, ``look_up`` is the address of the issuers' own look-up or empty."""

    id: UUID
    kind: str
    kind_name: str
    number: str
    title: str
    occupation: str
    level: str
    rank: int
    issuer: str
    issued_on: date
    expires_on: date | None
    is_expired: bool
    review_due_on: date | None
    state: str
    odd: tuple[str, ...]
    look_up: str
    has_image: bool
    note: str
    added_at: datetime


def as_stored_picture(raw: bytes) -> bytes:
    """A photo of a paper as it is kept: small, upright, without what the phone wrote into it.

    Not in a transaction: it takes a while. Raises BadInput("image").
    """
    if len(raw) > MOST_BYTES:
        raise BadInput("image", "external.image_large")
    try:
        return pictures.as_photo(raw, longest=_LONGEST_SIDE)
    except pictures.NotAPicture:
        raise BadInput("image", "external.image_unreadable") from None


def add(
    session: Session,
    actor: Actor,
    *,
    form: Mapping[str, str],
    image: bytes | None,
    now: datetime,
) -> UUID:
    """Keep a certificate that the actor brought; ``image`` comes from ``as_stored_picture``.

    Odd numbers are kept with a hint, impossible ones refused (BadInput). Raises TooManyExternal.
    """
    actor.require(_PERMISSION)
    person = _hold(session, actor)
    kind = kind_of(form.get("kind", ""), Source.OWNER)
    values = external_entry.read_entry(kind, form, today=day_of(now))
    id_no = get_vault().open("id_no", person.id_no_enc)
    number = external_entry.read_number(kind, form, values, id_no)
    hashed = number_hash(number.number)
    _check_new(session, person.id, kind, number, hashed)
    made = ExternalCertificate(
        id=new_id(),
        person_id=person.id,
        kind=kind.code,
        number_enc=get_vault().seal(NUMBER_SEALED_AS, number.number),
        number_hash=hashed,
        number_masked=mask_id_no(number.number),
        image_enc=_sealed(image) if image else None,
        image_type="image/jpeg" if image else None,
        problems=list(number.problems),
        state="unverified",
        created_at=now,
        **values,
    )
    session.add(made)
    session.flush()
    trace(session, actor, "external.add", made, now)
    return made.id


def my_external(session: Session, actor: Actor, *, now: datetime) -> tuple[ExternalView, ...]:
    """The actor's own, whatever became of them, newest first; what was withdrawn is gone."""
    actor.require(_PERMISSION)
    ids = one_person.ids_of(session, actor.the_person())
    rows = session.scalars(
        select(ExternalCertificate)
        .where(ExternalCertificate.person_id.in_(ids), ExternalCertificate.state != "withdrawn")
        .order_by(ExternalCertificate.created_at.desc(), ExternalCertificate.id.desc())
    )
    return tuple(view_of(row, today=day_of(now)) for row in rows)


def my_image(session: Session, actor: Actor, *, external_id: UUID) -> tuple[bytes, str]:
    """The picture of the actor's own, and its type. Raises NotFound."""
    actor.require(_PERMISSION)
    return image_of(_own(session, actor, external_id))


def withdraw(session: Session, actor: Actor, *, external_id: UUID, now: datetime) -> None:
    """Take one back: it disappears, its picture is deleted. Again changes nothing.

    Raises NotFound, and NotReady for a verified one, which stands in the archive.
    """
    actor.require(_PERMISSION)
    _hold(session, actor)
    row = _own(session, actor, external_id)
    session.refresh(row, with_for_update=True)
    if row.state == "verified":
        raise NotReady(reason="external.verified_stays")
    if row.state == "withdrawn":
        return
    row.state = "withdrawn"
    row.image_enc = row.image_type = None
    session.flush()
    trace(session, actor, "external.withdraw", row, now)


def number_hash(number: str) -> bytes:
    """What a number is found by."""
    return get_vault().lookup_hash("external_number", number)


def image_of(row: ExternalCertificate) -> tuple[bytes, str]:
    """The opened picture of a row and its type; raises NotFound when it has none."""
    if row.image_enc is None:
        raise NotFound
    sealed = get_vault().open(SEALED_AS, row.image_enc)
    return base64.b64decode(sealed), row.image_type or "image/jpeg"


def view_of(row: ExternalCertificate, *, today: date) -> ExternalView:
    """A row as its owner and officers see it."""
    kind = KINDS[row.kind]
    review = kind.review_years
    return ExternalView(
        id=row.id,
        kind=row.kind,
        kind_name=t(f"certificate.kind.{row.kind}"),
        number=row.number_masked,
        title=row.title,
        occupation=row.occupation_name or "",
        level=credentials.level_name(row.level) or "",
        rank=row.level or 0,
        issuer=row.issuer_name,
        issued_on=row.issued_on,
        expires_on=row.expires_on,
        is_expired=row.expires_on is not None and row.expires_on < today,
        review_due_on=external_entry.years_after(row.issued_on, review) if review else None,
        state=row.state,
        odd=tuple(t(key) for key in row.problems),
        look_up=kind.look_up,
        has_image=row.image_enc is not None,
        note=row.decision_note or "",
        added_at=row.created_at,
    )


def trace(
    session: Session,
    actor: Actor,
    action: str,
    row: ExternalCertificate,
    now: datetime,
    *,
    fields_read: tuple[str, ...] | None = None,
    reason: str | None = None,
) -> None:
    """Write down what was done with an external certificate, or read of it."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="external_certificate",
        object_id=row.id,
        on_behalf_of=row.person_id,
        fields_read=fields_read,
        reason=reason,
    )


def _check_new(
    session: Session, person_id: UUID, kind: CertificateKind, number: ForeignNumber, hashed: bytes
) -> None:
    """Refuse one too many, one that is there, and one that the register here knows better."""
    ids = one_person.ids_of(session, person_id)
    mine = ExternalCertificate.person_id.in_(ids)
    kept = select(func.count()).where(mine, ExternalCertificate.state != "withdrawn")
    if (session.scalar(kept) or 0) >= MOST:
        raise TooManyExternal(most=MOST)
    same = select(ExternalCertificate.id).where(
        mine,
        ExternalCertificate.kind == kind.code,
        ExternalCertificate.number_hash == hashed,
        ExternalCertificate.state.in_(_LIVE_STATES),
    )
    if session.scalar(same.limit(1)) is not None:
        raise BadInput("number", "external.there_already")
    if kind.number is not NumberForm.SPECIAL_OP:
        ours = select(Certificate.id).where(
            Certificate.number == number.number,
            Certificate.status.in_(LIVE),
            Certificate.person_id.in_(ids),
        )
        if session.scalar(ours.limit(1)) is not None:
            raise BadInput("number", "external.ours")


def _hold(session: Session, actor: Actor) -> Person:
    """The actor's own record, held: what is counted next stays so."""
    people.hold_open(session, actor)
    query = select(Person).where(Person.id == actor.the_person())
    return session.scalars(query.with_for_update(key_share=True)).one()


def _own(session: Session, actor: Actor, external_id: UUID) -> ExternalCertificate:
    row = session.get(ExternalCertificate, external_id)
    ids = one_person.ids_of(session, actor.the_person())
    if row is None or row.person_id not in ids:
        raise NotFound
    return row


def _sealed(image: bytes) -> bytes:
    return get_vault().seal(SEALED_AS, base64.b64encode(image).decode())
