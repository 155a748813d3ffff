"""Bitstring Status Lists (W3C Recommendation, 2025-05-15): many certificates, one bit each.

Bit 0 is the leftmost of the first byte; a set bit means revoked. The list travels packed in a
signed credential of its own.
"""

import base64
import binascii
import gzip
import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

# The standard's least: a verifier who fetches a list must not learn which certificate is meant.
PLACES = 131_072
BYTES = PLACES // 8

# How long a list may be relied on after it was signed, without a newer one.
GOOD_FOR = timedelta(days=7)

REVOCATION = "revocation"
_ENTRY, _LIST, _CREDENTIAL = (
    "BitstringStatusListEntry",
    "BitstringStatusList",
    "BitstringStatusListCredential",
)


class BadStatusList(ValueError):
    """Signed or not, this is no status list that we can read."""


def entry(list_url: str, index: int) -> dict[str, str]:
    """``credentialStatus`` of the certificate at ``index`` of the list at ``list_url``."""
    return {
        "id": f"{list_url}#{index}",
        "type": _ENTRY,
        "statusPurpose": REVOCATION,
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }


def entry_of(payload: Mapping[str, Any]) -> tuple[str, int] | None:
    """Address of the list and place in it, as a credential names them; None when it names none.

    Raises BadStatusList when what it names makes no sense: nobody may talk a verifier out of
    asking.
    """
    named = payload.get("credentialStatus")
    if named is None:
        return None
    try:
        url, index = str(named["statusListCredential"]), int(named["statusListIndex"])
        known = named["type"] == _ENTRY and named["statusPurpose"] == REVOCATION
    except (TypeError, KeyError, ValueError) as error:
        raise BadStatusList("status entry") from error
    if not known or not 0 <= index < PLACES or str(index) != named["statusListIndex"]:
        raise BadStatusList("status entry")
    return url, index


def credential(
    list_url: str, issuer: str, bits: bytes, *, version: int, now: datetime
) -> dict[str, object]:
    """The list as a credential to sign. ``version`` grows with every change."""
    packed = gzip.compress(bits, mtime=0)
    encoded = "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": list_url,
        "type": ["VerifiableCredential", _CREDENTIAL],
        "issuer": issuer,
        "validFrom": now.isoformat(timespec="seconds"),
        "validUntil": (now + GOOD_FOR).isoformat(timespec="seconds"),
        "credentialSubject": {
            "id": f"{list_url}#list",
            "type": _LIST,
            "statusPurpose": REVOCATION,
            "encodedList": encoded,
        },
        "version": version,
    }


def bits_of(payload: Mapping[str, Any]) -> bytes:
    """The bits of a list whose signature has been checked. Raises BadStatusList."""
    try:
        subject = payload["credentialSubject"]
        encoded = subject["encodedList"]
        known = (
            _CREDENTIAL in payload["type"]
            and subject["type"] == _LIST
            and subject["statusPurpose"] == REVOCATION
            and encoded.startswith("u")
        )
        packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
        unpack = zlib.decompressobj(wbits=31)
        bits = unpack.decompress(packed, 8 * BYTES)
    except (TypeError, KeyError, AttributeError, binascii.Error, ValueError, zlib.error) as error:
        raise BadStatusList("status list") from error
    if not known or len(bits) < BYTES or not unpack.eof:
        raise BadStatusList("status list")
    return bits


def is_set(bits: bytes, index: int) -> bool:
    """Whether the certificate at ``index`` is revoked. Raises BadStatusList beyond the end."""
    if not 0 <= index < len(bits) * 8:
        raise BadStatusList("status index")
    return bool(bits[index // 8] >> (7 - index % 8) & 1)
