"""The certificate's PDF as a small PNG for phones.

PDFium draws what the page says upon a picture of what many pages have in common, which is drawn
once; a palette that is fixed beforehand saves looking for colours. Only PDFs made here a moment
ago are read, and PDFium is no friend of threads: one page at a time.
"""

import ctypes
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from io import BytesIO

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image, ImageColor

from portal.documents import embedding, palette_png, typesetter

# The widest phones have as many pixels. Paper is printed from the PDF.
WIDTH = 1440
_PAGE_MM = (297, 210)
_SCALE = WIDTH / _PAGE_MM[0]
_HEIGHT = round(_PAGE_MM[1] * _SCALE)
_DPI = 25.4 * _SCALE
# Inside the frame, in millimetres: left, top, right, bottom. Outside of it nothing is written.
_LEFT, _TOP, _RIGHT, _BOTTOM = (round(mm * _SCALE) for mm in (32, 24, 266, 193))
_INSIDE = (_LEFT, _TOP, _RIGHT, _BOTTOM)

_FLAGS = pdfium_c.FPDF_REVERSE_BYTE_ORDER
_FORMAT = pdfium_c.FPDFBitmap_BGRx
_BYTES_A_PIXEL = 4

# Inks and grounds as ``templates/look.typ`` has them, and how many shades between the two.
INKS = ("#1d2a2a", "#5a6867", "#0b6b60", "#7a4a12", "#b42318", "#000000")
PAPER, WASH = "#fdfcf8", "#edf4f1"
_SHADES = {PAPER: 14, WASH: 7}
_WATERMARK = ("#e2ece7", "#f0e9df", "#9dc4bd", "#f1f4f0", "#f6f2ec")
# What is left of the 256 colours for photo and seal.
_PICTURE_COLOURS = 100

# Colours here are those of screens already: converting them anew for each page takes longer than
# drawing it. The same number of bytes keeps every offset of the file.
_CALIBRATED = re.compile(rb"\[/ICCBased (\d+) 0 R\]")

# Whoever uses PDFium holds this.
PDFIUM = threading.Lock()


@dataclass(frozen=True)
class Ground:
    """What lies beneath: the pixels inside the frame, and how many things on a page drew them.

    They come first on every page that is drawn upon this.
    """

    inside: bytes
    objects: int


def draw(
    pdf: bytes,
    fixed: Mapping[str, object],
    credential: str | None,
    pictures: Sequence[bytes] = (),
) -> bytes:
    """The first page of ``pdf``, a certificate, as PNG with ``credential`` in a text chunk.

    ``fixed`` is what stands first on the page, the same for many; ``pictures`` are those on it:
    they get colours of their own.
    """
    beneath = _standing(json.dumps(fixed, sort_keys=True))
    with PDFIUM:
        pixels = _upon(beneath, pdf)[0]
    inside = _image(pixels, (_RIGHT - _LEFT, _BOTTOM - _TOP))
    palette = _palette(pictures)
    page = frame().copy()
    # The first colours are the same in every palette, so that the frame stays as it is.
    page.paste(inside.quantize(palette=palette, dither=Image.Dither.NONE), (_LEFT + 1, _TOP))
    text = None if credential is None else (embedding.KEYWORD, credential)
    return palette_png.write(page, bytes(palette.getpalette() or []), dpi=_DPI, text=text)


@cache
def frame() -> Image.Image:
    """The empty certificate in the fixed palette, drawn once in each process."""
    few = _whole_frame().quantize(palette=_palette(()), dither=Image.Dither.NONE)
    return palette_png.with_margin(few)


@cache
def _whole_frame() -> Image.Image:
    pixels = bytearray(b"\xff" * (WIDTH * _HEIGHT * _BYTES_A_PIXEL))
    with PDFIUM, _page(_beneath("empty-certificate", {})) as page:
        _paint(page, pixels, (0, 0, WIDTH, _HEIGHT))
    return _image(pixels, (WIDTH, _HEIGHT))


@cache
def _empty() -> Ground:
    inside = _whole_frame().crop(_INSIDE).tobytes("raw", "RGBX")
    with PDFIUM, _page(_beneath("empty-certificate", {})) as page:
        return Ground(inside, pdfium_c.FPDFPage_CountObjects(page))


# Three megabytes each: a class needs one, and few classes are drawn at a time.
@lru_cache(maxsize=8)
def _standing(fixed: str) -> Ground:
    """The frame with what stands on all certificates of a kind and an issuer."""
    pdf, empty = _beneath("standing-certificate", json.loads(fixed)), _empty()
    with PDFIUM:
        pixels, objects = _upon(empty, pdf)
    return Ground(bytes(pixels), objects)


def _beneath(function: str, data: Mapping[str, object]) -> bytes:
    return typesetter.call_to_pdf("certificate.typ", function, data, dated=date(2026, 1, 1))


def _upon(beneath: Ground, pdf: bytes) -> tuple[bytearray, int]:
    """The page without what lies beneath drawn upon it, and how many things are on the page."""
    with _page(pdf) as page:
        objects = pdfium_c.FPDFPage_CountObjects(page)
        for _ in range(beneath.objects):
            thing = pdfium_c.FPDFPage_GetObject(page, 0)
            pdfium_c.FPDFPage_RemoveObject(page, thing)
            pdfium_c.FPDFPageObj_Destroy(thing)
        pixels = bytearray(beneath.inside)
        _paint(page, pixels, _INSIDE)
    return pixels, objects


@contextmanager
def _page(pdf: bytes) -> "Iterator[pdfium_c.FPDF_PAGE]":
    document = pdfium.PdfDocument(_uncalibrated(pdf))
    try:
        page = document[0]
        try:
            yield page.raw
        finally:
            page.close()
    finally:
        document.close()


def _paint(
    page: "pdfium_c.FPDF_PAGE", pixels: bytearray, window: tuple[int, int, int, int]
) -> None:
    """Draw the ``window`` of the page over ``pixels``, which hold what lies beneath."""
    left, top, right, bottom = window
    width, height = right - left, bottom - top
    first = (ctypes.c_char * len(pixels)).from_buffer(pixels)
    stride = width * _BYTES_A_PIXEL
    bitmap = pdfium_c.FPDFBitmap_CreateEx(width, height, _FORMAT, first, stride)
    try:
        pdfium_c.FPDF_RenderPageBitmap(bitmap, page, -left, -top, WIDTH, _HEIGHT, 0, _FLAGS)
    finally:
        pdfium_c.FPDFBitmap_Destroy(bitmap)


def _image(pixels: bytearray, size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("RGB", size, pixels, "raw", "RGBX")


def _uncalibrated(pdf: bytes) -> bytes:
    for number in set(_CALIBRATED.findall(pdf)):
        profile = pdf.find(b"\n%s 0 obj" % number)
        grey = b"/N 1/" in pdf[profile : profile + 100]
        before = b"[/ICCBased %s 0 R]" % number
        plain = b"/DeviceGray" if grey else b"/DeviceRGB"
        pdf = pdf.replace(before, plain.ljust(len(before)))
    return pdf


@cache
def _fixed_colours() -> list[int]:
    """What the fixed palette holds: every ink fading into every ground it stands upon."""
    colours = [_rgb(one) for one in ("#ffffff", PAPER, WASH, *_WATERMARK)]
    for below, shades in _SHADES.items():
        for ink in INKS:
            colours += [_between(_rgb(ink), _rgb(below), step / shades) for step in range(shades)]
    return [value for colour in dict.fromkeys(colours) for value in colour]


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _between(
    above: tuple[int, int, int], below: tuple[int, int, int], share: float
) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(above, below, strict=True))
    return red, green, blue


def _palette(pictures: Sequence[bytes]) -> Image.Image:
    """An image with the palette for a certificate that bears ``pictures``."""
    colours = list(_fixed_colours())
    for content in pictures:
        with Image.open(BytesIO(content)) as picture:
            layered = picture.convert("RGBA")
            flat = Image.new("RGB", layered.size, PAPER)
            flat.paste(layered, (0, 0), layered)
        few = flat.quantize(_PICTURE_COLOURS // len(pictures), dither=Image.Dither.NONE)
        colours += (few.getpalette() or [])[: 3 * _PICTURE_COLOURS // len(pictures)]
    image = Image.new("P", (1, 1))
    image.putpalette(colours)
    return image
