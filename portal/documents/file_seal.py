"""The seal of a file: whether the PNG or PDF itself is what the issuer drew, bit by bit.

The credential inside a file says that the certificate is genuine, not that the picture around it
is. A seal is a small JWS over the digest of the whole file; it stands where taking it out again
gives back exactly the bytes that were digested, so a sealed file has one spelling only.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.documents import signature

TYP = "file-seal+jwt"
Sign = Callable[[dict[str, object]], str]

# A PDF says this twice as its keywords (document information and XMP); Typst writes both as they
# are. The seal takes its place without moving a byte, filled up to the same length.
_PREFIX, _FILL, _ROOM = "portal-seal:", "~", 600
PLACEHOLDER = _PREFIX + _FILL * _ROOM
_SEALED_TEXT = re.compile(rb"portal-seal:([\w.-]*)(~*)", re.ASCII)

PNG_KEYWORD = b"portal-seal"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
# Keyword, not compressed, no language, no translated keyword (PNG, 11.3.3.4).
_ITXT_HEAD = PNG_KEYWORD + b"\x00\x00\x00\x00\x00"

ABSENT, GOOD, BROKEN, UNKNOWN = "absent", "good", "broken", "unknown_issuer"


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What the seal of a file says. ``state`` is good, absent, broken or unknown_issuer (sealed
    with a key that is not on the list); ``kid`` names the key that claims to have sealed it."""

    state: str
    kid: str = ""


def seal_png(content: bytes, sign: Sign, *, credential: str | None = None) -> bytes:
    """``content`` (a PNG without a seal) with its seal in the last chunk before the end.

    ``sign`` gives a compact JWS of type ``file-seal+jwt``; ``credential`` is the one inside.
    """
    if not content.endswith(_PNG_END) or PNG_KEYWORD + b"\x00" in content:
        raise ValueError("not a PNG to seal")
    return _png_with(content, sign(_payload("png", content, credential)))


def seal_pdf(content: bytes, sign: Sign, *, credential: str | None = None) -> bytes:
    """``content`` (a PDF whose keywords are ``PLACEHOLDER``) with its seal in that place."""
    if PLACEHOLDER.encode() not in content:
        raise ValueError("a PDF without room for a seal")
    return _pdf_with(content, sign(_payload("pdf", content, credential)))


def check_png(
    content: bytes, jwks: Sequence[Mapping[str, Any]], *, credential: str | None = None
) -> SealCheck:
    """Whether a PNG is what was sealed with one of ``jwks``; ``credential`` is the one found."""
    token = next(_png_seals(content), None)
    if token is None:
        return SealCheck(ABSENT)
    bare = content.replace(_png_chunk(token), b"")
    whole = bare.endswith(_PNG_END) and _png_with(bare, token) == content
    return _judge("png", bare, token, jwks, credential, whole=whole)


def check_pdf(
    content: bytes, jwks: Sequence[Mapping[str, Any]], *, credential: str | None = None
) -> SealCheck:
    """Whether a PDF is what was sealed with one of ``jwks``; ``credential`` is the one found."""
    found = _SEALED_TEXT.search(content)
    if found is None:
        return SealCheck(ABSENT)
    token = found[1].decode()
    place = _filled(token)
    bare = content.replace(place, PLACEHOLDER.encode())
    # Otherwise two different files could share one digest.
    whole = _pdf_with(bare, token) == content
    return _judge("pdf", bare, token, jwks, credential, whole=whole)


def _judge(
    form: str,
    bare: bytes,
    token: str,
    jwks: Sequence[Mapping[str, Any]],
    credential: str | None,
    *,
    whole: bool,
) -> SealCheck:
    try:
        signed = signature.verify_compact(token, jwks, typ=(TYP,))
        kid = signature.kid_of(token)
    except signature.UnknownIssuer as unknown:
        return SealCheck(UNKNOWN, str(unknown.params.get("kid", "")))
    except signature.SignatureInvalid:
        return SealCheck(BROKEN)
    expected = _payload(form, bare, credential)
    # A file may have been sealed without naming its credential: the digest covers it anyway.
    same = all(signed.get(name) == expected.get(name) for name in ("form", "digest"))
    bound = signed.get("credential") in (None, expected.get("credential"))
    return SealCheck(GOOD if whole and same and bound else BROKEN, kid)


def _payload(form: str, bare: bytes, credential: str | None) -> dict[str, object]:
    made: dict[str, object] = {"form": form, "digest": hashlib.sha256(bare).hexdigest()}
    if credential is not None:
        made["credential"] = hashlib.sha256(credential.encode()).hexdigest()
    return made


def _filled(token: str) -> bytes:
    return (_PREFIX + token.ljust(_ROOM, _FILL)).encode()


def _pdf_with(bare: bytes, token: str) -> bytes:
    if len(token) > _ROOM:
        return b""
    return bare.replace(PLACEHOLDER.encode(), _filled(token))


def _png_with(bare: bytes, token: str) -> bytes:
    return bare[: -len(_PNG_END)] + _png_chunk(token) + _PNG_END


def _png_chunk(token: str) -> bytes:
    data = _ITXT_HEAD + token.encode()
    check = struct.pack(">I", zlib.crc32(b"iTXt" + data))
    return struct.pack(">I", len(data)) + b"iTXt" + data + check


def _png_seals(content: bytes) -> Iterator[str]:
    """The texts of chunks that begin as a seal does; forged ones fail when put in again."""
    at = content.find(b"iTXt" + PNG_KEYWORD)
    while at >= 4:
        length = struct.unpack(">I", content[at - 4 : at])[0]
        text = content[at + 4 + len(_ITXT_HEAD) : at + 4 + length][: signature.LONGEST]
        yield text.decode("ascii", "replace")
        at = content.find(b"iTXt" + PNG_KEYWORD, at + 4)
