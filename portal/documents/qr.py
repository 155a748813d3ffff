"""QR codes: small SVG for screens and paper, PNG for images.

Error correction M (15 %): what a cracked phone screen or a creased page needs, without making
the modules too small for a cheap camera. An address that would need more than version 6 at that
gets error correction L (7 %), which makes room for another 28 bytes.
"""

from io import BytesIO
from itertools import groupby

from PIL import Image
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
from qrcode.main import QRCode

# The standard asks for 4; readers manage with 2 on a white card, and the code gets larger.
BORDER = 2

# What version 6 holds at correction M, in bytes. It has 41 modules a side: on paper of 29 mm each
# is 0.6 mm, which every phone resolves.
_MOST_M = 106


def version_of(text: str) -> int:
    """The QR version (1 to 40; 17 + 4 * version modules a side) that ``text`` needs."""
    return (len(_matrix(text)) - 17) // 4


def svg(text: str, *, border: int = BORDER, hurried: bool = False) -> str:
    """``text`` as an SVG of one path, in modules, with ``border`` modules of white around it.

    It has no width, no height and nothing external: the page decides how large it is. A
    ``hurried`` one takes the first of the eight masks instead of comparing them all, which costs
    ten times as long; readers undo any of them alike.
    """
    matrix = _matrix(text, hurried=hurried)
    side = len(matrix) + 2 * border
    path = "".join(_row(cells, border, border + y) for y, cells in enumerate(matrix))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path stroke="#000" d="{path}"/></svg>'
    )


def png(text: str, *, scale: int = 8, border: int = BORDER) -> bytes:
    """``text`` as a black and white PNG, ``scale`` pixels a module."""
    matrix = _matrix(text)
    side = len(matrix) + 2 * border
    image = Image.new("1", (side, side), 1)
    for y, cells in enumerate(matrix):
        for x, dark in enumerate(cells):
            if dark:
                image.putpixel((x + border, y + border), 0)
    out = BytesIO()
    image.resize((side * scale, side * scale), Image.Resampling.NEAREST).save(
        out, "PNG", optimize=True
    )
    return out.getvalue()


def _matrix(text: str, *, hurried: bool = False) -> list[list[bool]]:
    size = len(text.encode())
    code: QRCode[object] = QRCode(
        error_correction=ERROR_CORRECT_L if size > _MOST_M else ERROR_CORRECT_M,
        border=0,
        mask_pattern=0 if hurried else None,
    )
    code.add_data(text)
    code.make(fit=True)
    return [[bool(cell) for cell in row] for row in code.get_matrix()]


def _row(cells: list[bool], x: int, y: int) -> str:
    """The dark runs of one row as strokes through the middle of the modules."""
    steps, at, pen = "", x, x
    for dark, run in groupby(cells):
        length = len(list(run))
        if dark:
            move = f"m{at - pen} 0" if steps else f"M{at} {y}.5"
            steps += f"{move}h{length}"
            pen = at + length
        at += length
    return steps
