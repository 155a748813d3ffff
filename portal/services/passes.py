"""The pass on a person's own phone: handed out, renewed, and how it is recognised.

The phone gets the key once, over the person's own login, and shows a pass from then on without
a link. Nothing secret is stored here: keys come from the master key, the pass's id and its
generation. Another generation makes what a lost phone keeps worthless. No key reaches anybody else:
staff would make passes that nobody ever showed.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import PersonPass
from portal.db.vault import get_vault
from portal.domain import person_pass
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.domain.person_pass import PassCode
from portal.services import audit
from portal.settings import get_settings


@dataclass(frozen=True, slots=True)
class PhonePass:
    """What a person's phone keeps, and the pass of this moment for one that can keep nothing.

    ``key`` must reach nothing but the answer to its owner: no log, no address, no message.
    """

    pass_id: UUID
    key: bytes = field(repr=False)
    generation: int
    name_masked: str
    now: datetime
    code: PassCode = field(repr=False)

    @property
    def url(self) -> str:
        """The address that the QR code of this moment holds."""
        return pass_url(self.code.token)


def who_asks(_: Session, actor: Actor, *, now: datetime) -> str:
    """Who is logged in where a pass is to be shown: ``owner`` (may have one), ``other`` (an
    account that has none), ``nobody``. Raises nothing, so that the page need not ask in vain."""
    if not actor.is_signed_in:
        return "nobody"
    return "owner" if actor.may(Permission.CHECK_IN) else "other"


def my_pass(session: Session, actor: Actor, *, now: datetime) -> PhonePass:
    """The own pass, made at the first call. Raises Unauthenticated, Forbidden."""
    actor.require(Permission.CHECK_IN)
    made = session.scalar(
        insert(PersonPass)
        .values(person_id=actor.the_person(), pass_id=new_id(), issued_at=now)
        .on_conflict_do_nothing()
        .returning(PersonPass.pass_id)
    )
    row = _own(session, actor)
    if made is not None:
        _note(session, actor, "pass.issue", row, now)
    return _phone_pass(actor, row, now)


def renew(session: Session, actor: Actor, *, now: datetime) -> PhonePass:
    """Make every pass handed out before worthless: a phone was lost or lent. Answers the new one.

    Raises Unauthenticated, Forbidden.
    """
    my_pass(session, actor, now=now)
    row = _own(session, actor, lock=True)
    row.generation += 1
    row.issued_at = now
    session.flush()
    _note(session, actor, "pass.renew", row, now)
    return _phone_pass(actor, row, now)


def pass_ids(session: Session, person_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose pass is which, by person; whoever has none is left out.

    An id tells a device whose pass it reads, and makes none: it stands in every pass.
    """
    query = select(PersonPass.person_id, PersonPass.pass_id)
    rows = session.execute(query.where(PersonPass.person_id.in_(person_ids)))
    return dict(rows.tuples().all())


def day_keys(session: Session, person_ids: Collection[UUID], *, day: date) -> dict[UUID, bytes]:
    """What passes of a Shanghai day are judged by, by person; whoever has none is left out.

    Must not leave the server: the keys make passes of that day.
    """
    rows = session.execute(
        select(PersonPass.person_id, PersonPass.pass_id, PersonPass.generation).where(
            PersonPass.person_id.in_(person_ids)
        )
    )
    return {
        person_id: person_pass.day_key(key_of(pass_id, generation), day)
        for person_id, pass_id, generation in rows
    }


def key_of(pass_id: UUID, generation: int) -> bytes:
    """The key of a generation of a pass."""
    return person_pass.pass_key(get_vault().subkey("pass"), pass_id, generation)


def sheet_master() -> bytes:
    """What the codes on printed sheets are signed with."""
    return get_vault().subkey("sheet")


def pass_url(token: str) -> str:
    """The address that the QR code of a pass or of a printed sheet holds."""
    return f"{get_settings().public_url}/p/{token}"


def _own(session: Session, actor: Actor, *, lock: bool = False) -> PersonPass:
    query = select(PersonPass).where(PersonPass.person_id == actor.the_person())
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def _phone_pass(actor: Actor, row: PersonPass, now: datetime) -> PhonePass:
    key = key_of(row.pass_id, row.generation)
    return PhonePass(
        pass_id=row.pass_id,
        key=key,
        generation=row.generation,
        name_masked=mask_name(actor.name),
        now=now,
        code=person_pass.pass_at(key, row.pass_id, now),
    )


def _note(session: Session, actor: Actor, action: str, row: PersonPass, now: datetime) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="person_pass",
        object_id=row.pass_id,
        on_behalf_of=row.person_id,
        detail={"generation": row.generation},
    )
