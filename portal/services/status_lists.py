"""Which certificates are revoked, in lists that anybody may keep and check against without us."""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Certificate, StatusList, certificate_status_serial
from portal.db.vault import get_vault
from portal.documents import status_list
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.services import issuers
from portal.settings import get_settings

# A copy may be handed out so long before it is signed anew.
FRESH_FOR = timedelta(minutes=5)
# Numbers of lists are PostgreSQL integers; what is larger is an error there, not a missing row.
_NUMBERS = 2**31


def list_url(no: int) -> str:
    """The public address of a list."""
    return f"{get_settings().public_url}/status/{no}"


def take_place(session: Session, *, now: datetime) -> tuple[int, int]:
    """A place for a new certificate: number of the list, index in it. Nobody gets it twice.

    Places are handed out in an order that only we know, so that a bit tells nothing of when a
    certificate was issued or whose neighbour it is.
    """
    serial = session.execute(certificate_status_serial.next_value()).scalar_one()
    no, place = divmod(serial, status_list.PLACES)
    if place == 0 or session.scalar(select(StatusList.id).where(StatusList.no == no)) is None:
        empty = insert(StatusList).values(
            id=new_id(), no=no, bits=bytes(status_list.BYTES), version=1, updated_at=now
        )
        session.execute(empty.on_conflict_do_nothing())
    return no, _scatter(no, place)


def revoke(session: Session, certificate: Certificate, *, now: datetime) -> None:
    """Set the bit of a certificate for good; one without a place is known to the register only."""
    no, index = certificate.status_list_no, certificate.status_index
    if no is None or index is None:
        return
    # PostgreSQL counts bits from the right of each byte, the standard from the left.
    theirs = index - index % 8 + (7 - index % 8)
    session.execute(
        update(StatusList)
        .where(StatusList.no == no)
        .values(
            bits=func.set_bit(StatusList.bits, theirs, 1),
            version=StatusList.version + 1,
            updated_at=now,
        )
    )


def signed_list(session: Session, actor: Actor, *, no: int, now: datetime) -> str:
    """A list as a signed credential (JWS). Raises NotFound."""
    if not 0 <= no < _NUMBERS:
        raise NotFound
    found = session.scalar(select(StatusList).where(StatusList.no == no))
    if found is None:
        raise NotFound
    key = issuers.of_portal(session, now=now)
    url = list_url(no)
    payload = status_list.credential(
        url, issuers.portal_url(), found.bits, version=found.version, now=now
    )
    return key.sign(payload)


# A Feistel network over 18 bits, walked on until it falls among the places, is one-to-one.
_HALF, _ROUNDS = 9, 4


def _scatter(no: int, place: int) -> int:
    """A one-to-one shuffle of the places of a list, keyed with a secret."""
    key = get_vault().subkey("status_list") + str(no).encode()
    while True:
        left, right = place >> _HALF, place & (1 << _HALF) - 1
        for turn in range(_ROUNDS):
            mixed = hmac.digest(key, bytes([turn, right >> 8, right & 255]), "sha256")
            left, right = right, left ^ int.from_bytes(mixed[:2]) >> 16 - _HALF
        place = left << _HALF | right
        if place < status_list.PLACES:
            return place
