"""The signed credential inside the files that people keep: PNG text chunk, PDF attachment."""

import re
import zlib
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile, PngInfo

# The iTXt keyword that Open Badges 3.0 prescribes for baked PNG files.
KEYWORD = "openbadgecredential"

# A certificate has few colours: a palette looks the same and is a quarter of the size.
COLOURS = 255

# A credential is a few kilobytes; anything larger is no credential, or a decompression bomb.
LARGEST = 64 * 1024

_JWS = re.compile(rb"[\w-]{2,}\.[\w-]{2,}\.[\w-]{2,}", re.ASCII)
_STREAM = re.compile(rb"stream\r?\n")


def repack(picture: bytes, credential: str | None) -> bytes:
    """``picture`` (PNG) in a small palette, with ``credential`` in its text chunk if given."""
    info = PngInfo()
    if credential is not None:
        info.add_itxt(KEYWORD, credential)
    out = BytesIO()
    with Image.open(BytesIO(picture)) as image:
        resolution = image.info.get("dpi")
        small = image.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        options = {"dpi": resolution} if resolution else {}
        small.save(out, "PNG", pnginfo=info, **options)
    return out.getvalue()


def extract_from_png(content: bytes) -> str | None:
    """The credential inside ``content``; None when there is none or it is no PNG."""
    try:
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            image.load()
            found = image.text.get(KEYWORD) if isinstance(image, PngImageFile) else None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    return str(found) if found is not None else None


def extract_from_pdf(content: bytes) -> str | None:
    """The credential attached to ``content``; None when there is none or it is no PDF.

    Looks through the streams themselves instead of the file's structure: what it finds still has
    to pass the signature, so a lenient reader can do no harm.
    """
    if not content.startswith(b"%PDF-"):
        return None
    return next((s.decode() for s in _streams(content) if _JWS.fullmatch(s)), None)


def _streams(content: bytes) -> Iterator[bytes]:
    for start in _STREAM.finditer(content):
        unpack = zlib.decompressobj()
        try:
            yield unpack.decompress(content[start.end() : start.end() + LARGEST], LARGEST)
        except zlib.error:
            end = content.find(b"endstream", start.end(), start.end() + LARGEST)
            yield content[start.end() : max(end, start.end())].strip()
