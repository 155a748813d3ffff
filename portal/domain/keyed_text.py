"""Short keyed texts for codes, passes and tickets: a MAC for a purpose, and one spelling each."""

import binascii
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from portal.domain.errors import CodeInvalid


def mac(key: bytes, label: bytes, message: bytes) -> bytes:
    """HMAC-SHA256; labels are of different purposes and end in a NUL, so none is a prefix."""
    return hmac.digest(key, label + b"\0" + message, "sha256")


def encode(raw: bytes) -> str:
    """URL- and cookie-safe text, without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str, size: int) -> bytes:
    """Exactly ``size`` bytes in their one spelling, or CodeInvalid."""
    if len(text) != -(-size * 8 // 6) or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise CodeInvalid
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise CodeInvalid from None
    # The last character may have bits to spare; a second spelling of one ticket is a forgery.
    if len(raw) != size or encode(raw) != text:
        raise CodeInvalid
    return raw
