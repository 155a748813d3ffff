"""What a saved status list says of a credential, and whether that list may be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.documents import signature, status_list
from portal.services.trust import Jwk, Trust, moment

GOOD, REVOKED = "good", "revoked"
UNKNOWN, STALE, ROLLED_BACK, FORGED = (
    "status_unknown",
    "status_stale",
    "status_rolled_back",
    "status_forged",
)
# Clocks of two machines differ a little.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class StatusAnswer:
    """``outcome`` is good, revoked, or why nobody can tell. ``url`` and ``version`` are of the
    list that was believed, for whoever keeps in mind which was the newest."""

    outcome: str
    url: str = ""
    version: int = 0
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _List:
    payload: Mapping[str, Any]
    bits: bytes
    version: int
    signed_at: datetime
    good_until: datetime


def ask(
    payload: Mapping[str, Any],
    signer: Jwk,
    issued_at: datetime,
    trust: Trust,
    *,
    seen: Mapping[str, int],
    now: datetime,
) -> StatusAnswer:
    """The status of a credential signed by ``signer``, by the newest list that is at hand.

    ``seen`` holds the highest version met before of each list. A credential that names no list
    cannot be revoked through one; where its portal publishes lists, nothing can be said of it.
    """
    try:
        place = status_list.entry_of(payload)
    except status_list.BadStatusList:
        return StatusAnswer(UNKNOWN)
    if place is None:
        return StatusAnswer(UNKNOWN if trust.publishes(signer) else GOOD)
    url, index = place
    found, forged = _newest(url, signer, trust)
    if found is None:
        return StatusAnswer(FORGED if forged else UNKNOWN, url)
    outcome = _judged(found, index, issued_at, seen.get(url, 0), now)
    return StatusAnswer(outcome, url, found.version, found.signed_at)


def _judged(found: _List, index: int, issued_at: datetime, seen: int, now: datetime) -> str:
    if found.version < seen:
        return ROLLED_BACK
    try:
        # A set bit is never taken back: even an old list is right about it.
        if status_list.is_set(found.bits, index):
            return REVOKED
    except status_list.BadStatusList:
        return UNKNOWN
    # A list from before the certificate cannot speak for it.
    fresh = issued_at - SKEW <= found.signed_at <= now + SKEW and now <= found.good_until
    return GOOD if fresh else STALE


def _newest(url: str, signer: Jwk, trust: Trust) -> tuple[_List | None, bool]:
    """The newest list of this address that its issuer signed; whether another was shown too."""
    newest, forged = None, False
    for token in trust.lists:
        if claimed_address(token) != url:
            continue
        read = _read(token, url, signer, trust)
        forged = forged or read is None
        if read is not None and (newest is None or read.version > newest.version):
            newest = read
    return newest, forged


def _read(token: str, url: str, signer: Jwk, trust: Trust) -> _List | None:
    try:
        payload = signature.verify_compact(token, trust.keys)
        kid = signature.kid_of(token, trust.keys)
        bits = status_list.bits_of(payload)
    except (signature.SignatureInvalid, signature.UnknownIssuer, status_list.BadStatusList):
        return None
    key, signed_at = trust.speaker(kid, signer), moment(payload.get("validFrom"))
    if signed_at is None or payload.get("id") != url or not key:
        return None
    if "revoked" in key or ("exp" in key and signed_at.timestamp() > key["exp"]):
        return None
    version = payload.get("version")
    until = moment(payload.get("validUntil")) or signed_at + status_list.GOOD_FOR
    return _List(
        payload=payload,
        bits=bits,
        version=version if type(version) is int else int(signed_at.timestamp()),
        signed_at=signed_at,
        good_until=min(until, signed_at + status_list.GOOD_FOR),
    )


def claimed_address(token: str) -> str | None:
    """The address that a list says it has, before anybody has checked who says so."""
    try:
        _, payload = signature.unverified(token)
    except signature.SignatureInvalid:
        return None
    found = payload.get("id")
    return found if isinstance(found, str) else None
