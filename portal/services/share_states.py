"""How certificates stand now that somebody was shown at another time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from portal.db.models import ArchiveEntry, Certificate, Issuer, IssuerKey
from portal.locale import t
from portal.services import archive_chain, credentials, issuers
from portal.services.times import day_of

# Made once: an alias of a class costs milliseconds each time.
_Later = aliased(Certificate)


@dataclass(frozen=True, slots=True)
class State:
    """``status`` is valid, revoked, expired, replaced or unknown; the rest says it in words.

    The public reason of a revocation is empty where there is none.
    """

    status: str
    label: str
    sentence: str
    since: date | None = None
    reason: str = ""


def state(status: str, *, since: date | None = None, reason: str | None = None) -> State:
    """A state in words."""
    return State(
        status,
        t(f"shares.state.{status}"),
        t(f"shares.state_text.{status}"),
        since,
        reason or "",
    )


def states_of(session: Session, ids: Sequence[UUID], *, now: datetime) -> tuple[State, ...]:
    """The state of each of these certificates now, in their order."""
    rows = session.execute(
        select(Certificate, IssuerKey, Issuer, _Later)
        .outerjoin(IssuerKey, IssuerKey.id == Certificate.issuer_key_id)
        .outerjoin(Issuer, Issuer.id == IssuerKey.issuer_id)
        # Of a version that was replaced, the later one of its number tells whether it was revoked.
        .outerjoin(_Later, (_Later.number == Certificate.number) & (_Later.status == "revoked"))
        .where(Certificate.id.in_(ids))
    ).all()
    on_record = _revoked_on_record(session, ids)
    found = {
        row[0].id: _state(session, *row, on_record=row[0].id in on_record, today=day_of(now))
        for row in rows
    }
    return tuple(found.get(one) or state("unknown") for one in ids)


def by_place(session: Session, list_no: int, index: int, *, now: datetime) -> State:
    """The state of the certificate at a place of a status list."""
    found = session.scalar(
        select(Certificate.id).where(
            Certificate.status_list_no == list_no, Certificate.status_index == index
        )
    )
    return states_of(session, [found], now=now)[0] if found else state("unknown")


def _revoked_on_record(session: Session, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Whose revocation the archive knows of, which is append-only."""
    query = select(ArchiveEntry.ref_id).where(
        ArchiveEntry.kind == archive_chain.REVOCATION, ArchiveEntry.ref_id.in_(ids)
    )
    return frozenset(session.scalars(query))


def _state(
    session: Session,
    one: Certificate,
    key: IssuerKey | None,
    issuer: Issuer | None,
    revoked: Certificate | None,
    *,
    on_record: bool,
    today: date,
) -> State:
    if one.status == "replaced":
        return _revoked(revoked) if revoked is not None else state("replaced")
    keys = (
        issuers.public_keys(session)
        if key is None or issuer is None
        else issuers.sealed_jwk(key, issuer)
    )
    if not credentials.check(one, keys).genuine:
        return state("unknown")
    if on_record or one.status == "revoked":
        return _revoked(one)
    if one.expires_on is not None and one.expires_on < today:
        return state("expired", since=one.expires_on)
    return state("valid")


def _revoked(one: Certificate) -> State:
    since = day_of(one.revoked_at) if one.revoked_at else None
    return state("revoked", since=since, reason=one.revoke_reason)
