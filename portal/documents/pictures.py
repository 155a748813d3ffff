"""Pictures that people send: read without trust, and made anew from nothing but their pixels.

What comes out is small, of one format, and holds no trace of where and when it was taken.
"""

import io
import threading
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

# A phone's photo has 12 to 50 million pixels; a bomb of a few bytes claims a thousand million.
_MOST_PIXELS = 60_000_000
# What is decoded whole takes four bytes a pixel. A PNG cannot be decoded smaller, and a plain one
# of sixty million pixels has some kilobytes: ten of those sent at once would fill a machine.
_MOST_DECODED = 25_000_000
_room = threading.BoundedSemaphore(2)
_JPEG_QUALITY = 82
_KINDS = ("JPEG", "PNG")


class NotAPicture(ValueError):
    """The bytes are no JPEG or PNG that can be read, or one of absurd size."""


def as_photo(raw: bytes, *, longest: int) -> bytes:
    """A JPEG of at most ``longest`` pixels a side, upright, without metadata.

    Raises NotAPicture.
    """
    picture = _opened(raw, _KINDS)
    try:
        # A JPEG is decoded at a fraction of its size where that is enough.
        picture.draft("RGB", (longest, longest))
        if picture.width * picture.height > _MOST_DECODED:
            raise NotAPicture
        with _room:
            picture.thumbnail((longest, longest))
            upright = _on_white(ImageOps.exif_transpose(picture))
        return _saved(upright, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    except _FAULTS as error:
        raise NotAPicture from error


def as_seal(raw: bytes, *, side: int, most_bytes: int) -> bytes:
    """A PNG with a clear ground, ``side`` pixels at most, without metadata.

    Raises NotAPicture, also for one that is not about square, has no clear ground or is all clear.
    """
    picture = _opened(raw, ("PNG",))
    if max(picture.size) > _LARGEST_SEAL:
        raise NotAPicture
    try:
        # Of all the pixels, not of the header: a palette may say that it is clear, and not be.
        with _room:
            seal = picture.convert("RGBA")
        if not _is_seal(seal):
            raise NotAPicture
        seal.thumbnail((side, side))
        plain = Image.new("RGBA", seal.size)
        plain.paste(seal, (0, 0))
        made = _saved(plain, "PNG", optimize=True)
        if len(made) > most_bytes:
            few = plain.quantize(64, method=Image.Quantize.FASTOCTREE)
            made = _saved(few, "PNG", optimize=True)
    except _FAULTS as error:
        raise NotAPicture from error
    if len(made) > most_bytes:
        raise NotAPicture
    return made


# Pillow raises these for files that are broken in one way or another.
_FAULTS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_SMALLEST, _LARGEST_SEAL = 40, 4_000


def _opened(raw: bytes, kinds: tuple[str, ...]) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # The size is looked at below, before a single pixel is decoded.
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(raw), formats=kinds)
    except _FAULTS as error:
        raise NotAPicture from error
    width, height = picture.size
    if width * height > _MOST_PIXELS or min(width, height) < _SMALLEST:
        raise NotAPicture
    return picture


def _is_seal(picture: Image.Image) -> bool:
    width, height = picture.size
    if not 0.8 <= width / height <= 1.25:
        return False
    clear = picture.getchannel("A").histogram()
    share = sum(clear[:16]) / (width * height)
    return 0.02 <= share <= 0.98


def _on_white(picture: Image.Image) -> Image.Image:
    """The pixels alone, on white where they were clear."""
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, (0, 0), layered)
    return ground


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()
