"""The page of those who sign: their keys with history, their seals; ``issuers`` rotates."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Certificate, Issuer, IssuerKey, Person
from portal.documents import pictures
from portal.domain.errors import BadInput, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services import audit
from portal.services.issuers import in_reach
from portal.services.paging import Page, bounds

_PERMISSION = Permission.KEEP_ISSUERS
MOST_SEAL_BYTES = 500_000
# Sharp in print at 4 cm, and little beside the 300 kB that a certificate's file may have.
_SEAL_SIDE, _STORED_SEAL = 480, 60_000


@dataclass(frozen=True, slots=True)
class IssuerLine:
    """One of those who sign; ``keys`` counts all it ever had."""

    id: UUID
    kind: str
    name: str
    uscc: str
    has_seal: bool
    keys: int
    key_since: datetime | None
    is_any_compromised: bool


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key with its history; ``signed`` counts the certificates that stand with its signature."""

    kid: str
    state: str
    since: datetime
    until: datetime | None
    reason: str
    retired_by: str
    signed: int


@dataclass(frozen=True, slots=True)
class IssuerDetail:
    """One of them with all its keys, newest first."""

    line: IssuerLine
    keys: tuple[KeyLine, ...]


def issuers_in_reach(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20
) -> Page[IssuerLine]:
    """Those whom the officer keeps: the portal first, then authorities, then institutions."""
    actor.require(_PERMISSION)
    limit, offset = bounds(page, size)
    mine = in_reach(actor)
    total = session.scalar(select(func.count()).select_from(Issuer).where(mine)) or 0
    rank = case({"portal": 0, "authority": 1}, value=Issuer.kind, else_=2)
    order = (rank, Issuer.name, Issuer.id)
    rows = session.scalars(
        select(Issuer).where(mine).order_by(*order).limit(limit).offset(offset)
    ).all()
    keys = _keys_of(session, [row.id for row in rows])
    lines = tuple(_line(row, keys.get(row.id, [])) for row in rows)
    return Page(lines, offset // limit + 1, limit, total)


def see_issuer(session: Session, actor: Actor, *, issuer_id: UUID) -> IssuerDetail:
    """One of them. Raises NotFound outside the officer's region."""
    row = _find(session, actor, issuer_id)
    keys = _keys_of(session, [row.id]).get(row.id, [])
    ids = [key.id for key in keys]
    counted = select(Certificate.issuer_key_id, func.count()).where(
        Certificate.issuer_key_id.in_(ids), Certificate.status == "issued"
    )
    per_key = session.execute(counted.group_by(Certificate.issuer_key_id))
    signed = {row[0]: int(row[1]) for row in per_key}
    names = _names(session, [key.retired_by for key in keys if key.retired_by])
    lines = tuple(
        KeyLine(
            kid=key.kid,
            state=_state(key),
            since=key.active_from,
            until=key.retired_at,
            reason=key.reason or "",
            retired_by=names.get(key.retired_by, "") if key.retired_by else "",
            signed=signed.get(key.id, 0),
        )
        for key in keys
    )
    return IssuerDetail(_line(row, keys), lines)


def as_stored_seal(raw: bytes) -> bytes:
    """A seal's picture as it is kept. Not in a transaction. Raises BadInput("image")."""
    if len(raw) > MOST_SEAL_BYTES:
        raise BadInput("image", "issuers.seal_large")
    try:
        return pictures.as_seal(raw, side=_SEAL_SIDE, most_bytes=_STORED_SEAL)
    except pictures.NotAPicture:
        raise BadInput("image", "issuers.seal_unfit") from None


def set_seal(
    session: Session, actor: Actor, *, issuer_id: UUID, image: bytes | None, now: datetime
) -> None:
    """Give an issuer a seal (from ``as_stored_seal``), or take it away: a drawn one stands in.

    Certificates that are printed from now on bear it. Raises NotFound.
    """
    row = _find(session, actor, issuer_id)
    if row.seal_image == image:
        return
    row.seal_image = image
    session.flush()
    audit.record(
        session,
        actor,
        "issuer.seal" if image else "issuer.unseal",
        now=now,
        object_type="issuer",
        object_id=row.id,
    )


def seal_of(session: Session, actor: Actor, *, issuer_id: UUID) -> bytes:
    """The seal's picture (PNG). Raises NotFound where there is none."""
    found = _find(session, actor, issuer_id).seal_image
    if found is None:
        raise NotFound
    return found


def _find(session: Session, actor: Actor, issuer_id: UUID) -> Issuer:
    actor.require(_PERMISSION)
    row = session.scalar(select(Issuer).where(Issuer.id == issuer_id, in_reach(actor)))
    if row is None:
        raise NotFound
    return row


def _keys_of(session: Session, issuers: list[UUID]) -> dict[UUID, list[IssuerKey]]:
    found: dict[UUID, list[IssuerKey]] = {}
    query = select(IssuerKey).where(IssuerKey.issuer_id.in_(issuers))
    for key in session.scalars(query.order_by(IssuerKey.active_from.desc(), IssuerKey.id.desc())):
        found.setdefault(key.issuer_id, []).append(key)
    return found


def _line(row: Issuer, keys: list[IssuerKey]) -> IssuerLine:
    active = next((key for key in keys if key.retired_at is None), None)
    return IssuerLine(
        id=row.id,
        kind=row.kind,
        name=row.name,
        uscc=row.uscc or "",
        has_seal=row.seal_image is not None,
        keys=len(keys),
        key_since=active.active_from if active else None,
        is_any_compromised=any(key.compromised_at for key in keys),
    )


def _state(key: IssuerKey) -> str:
    if key.compromised_at is not None:
        return "compromised"
    return "active" if key.retired_at is None else "retired"


def _names(session: Session, accounts: list[UUID]) -> dict[UUID, str]:
    query = select(Account.id, Person.name).join(Person, Person.id == Account.person_id)
    return {row.id: row.name for row in session.execute(query.where(Account.id.in_(accounts)))}
