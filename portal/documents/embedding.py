"""The signed credential inside the files that people keep: PNG text chunk, PDF attachment."""

import re
import zlib
from collections.abc import Iterator
from itertools import islice

# The iTXt keyword that Open Badges 3.0 prescribes for baked PNG files.
KEYWORD = "openbadgecredential"

# A credential is a few kilobytes; anything larger is no credential, or a decompression bomb.
LARGEST = 64 * 1024

MAGIC = b"\x89PNG\r\n\x1a\n"

# Chunks of a picture, streams of a paper: ours have dozens. Whoever sends more is not read on.
_MOST_PARTS = 5_000
_BEGINNING = b"ey"
# Ours hold one token; of a file that is full of them only the first are looked at.
_MOST_TOKENS = 20
_JWS = re.compile(rb"[\w-]{2,}\.[\w-]{2,}\.[\w-]{2,}", re.ASCII)
_STREAM = re.compile(rb"stream\r?\n")


def extract_from_png(content: bytes) -> str | None:
    """The credential inside ``content``; None when there is none or it is no PNG.

    Only the chunks are walked: no pixel of a stranger's picture is ever unpacked.
    """
    found = {text for text in islice(_texts(content), _MOST_TOKENS) if text is not None}
    # Two different ones are none: nobody could say which of them the picture shows.
    return found.pop() if len(found) == 1 else None


def extract_from_pdf(content: bytes) -> str | None:
    """The credential attached to ``content``; None when there is none or it is no PDF.

    Looks through the streams themselves instead of the file's structure: what it finds still has
    to pass the signature, so a lenient reader can do no harm.
    """
    if not content.startswith(b"%PDF-"):
        return None
    found = {text for text in islice(_attached(content), _MOST_TOKENS) if text is not None}
    return found.pop() if len(found) == 1 else None


def _texts(content: bytes) -> Iterator[str | None]:
    """What stands under our keyword in the text chunks of a PNG."""
    if not content.startswith(MAGIC):
        return
    at = len(MAGIC)
    for _ in range(_MOST_PARTS):
        if at + 12 > len(content):
            return
        length = int.from_bytes(content[at : at + 4], "big")
        if content[at + 4 : at + 8] == b"iTXt" and length <= LARGEST:
            yield _international(content[at + 8 : at + 8 + length])
        at += 12 + length


def _international(data: bytes) -> str | None:
    """The text of an iTXt chunk (PNG, 11.3.3.4) whose keyword is ours, packed or not."""
    keyword, _, rest = data.partition(b"\x00")
    parts = rest[2:].split(b"\x00", 2)
    if keyword != KEYWORD.encode() or len(parts) != 3 or rest[:2] not in (b"\0\0", b"\1\0"):
        return None
    text = parts[2] if rest[0] == 0 else _unpacked(parts[2])
    return text.decode("ascii") if text is not None and text.isascii() else None


def _attached(content: bytes) -> Iterator[str | None]:
    """The streams of a PDF that are a compact JWS and nothing else, packed or not."""
    for stream in islice(_STREAM.finditer(content), _MOST_PARTS):
        start = stream.end()
        # Every JWS begins alike: its header is a JSON object, in base64url.
        if content.startswith(_BEGINNING, start):
            end = content.find(b"endstream", start, start + LARGEST)
            plain: bytes | None = content[start : max(end, start)].strip()
        elif _first_bytes(content[start : start + 64]) == _BEGINNING:
            plain = _unpacked(content[start : start + LARGEST])
        else:
            continue
        yield plain.decode() if plain is not None and _JWS.fullmatch(plain) else None


def _first_bytes(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, len(_BEGINNING))
    except zlib.error:
        return b""


def _unpacked(packed: bytes) -> bytes | None:
    unpack = zlib.decompressobj()
    try:
        plain = unpack.decompress(packed, LARGEST)
    except zlib.error:
        return None
    return plain if unpack.eof else None
