"""Typst, warmed once and shared: a template and a value in, bytes out.

What a user typed never becomes Typst source. It travels as one JSON string in ``sys.inputs``,
and the templates only ever place it as text.
"""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import typst

FONTS = Path(__file__).parent / "fonts"
TEMPLATES = Path(__file__).parent / "templates"

# Long-lived files: PDF/A-3 embeds every font and allows the signed credential as an attachment.
# It refuses a page with a character that no shipped font can draw.
ARCHIVAL: "typst.PDFStandard" = "a-3b"

# One compiler keeps fonts and templates parsed between documents. It is not safe to share without
# a lock, and a page takes about 25 ms, so callers simply queue here.
_lock = threading.Lock()


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
    )
    return typst.Compiler(root=TEMPLATES, font_paths=fonts)


def warm_up() -> None:
    """Parse the fonts now, so that the first person does not wait for it."""
    with _lock:
        _compiler().compile(input=b"#set page(width: 1cm, height: 1cm)\n.", format="svg")


def to_pdf(template: str, data: Mapping[str, object], *, dated: date) -> bytes:
    """The PDF of ``template`` filled with ``data``; equal inputs give equal bytes.

    ``dated`` becomes the creation date inside the file. A page with a character that no shipped
    font can draw is still made, as plain PDF 1.7: a rare name must not cost its owner the paper.
    """
    stamp = datetime.combine(dated, time(), UTC)
    inputs = _inputs(data)
    with _lock:
        try:
            pages = _compile(template, inputs, stamp, ARCHIVAL)
        except typst.TypstError as error:
            if "could not be displayed" not in str(error):
                raise
            pages = _compile(template, inputs, stamp, "1.7")
    return _first(pages)


def to_png(template: str, data: Mapping[str, object], *, ppi: float) -> bytes:
    """The first page of ``template`` filled with ``data``, at ``ppi`` pixels an inch."""
    with _lock:
        pages = _compiler().compile(
            input=TEMPLATES / template, format="png", ppi=ppi, sys_inputs=_inputs(data)
        )
    return _first(pages)


def _compile(
    template: str, inputs: dict[str, str], stamp: datetime, standard: "typst.PDFStandard"
) -> bytes | list[bytes] | None:
    return _compiler().compile(
        input=TEMPLATES / template,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=[standard],
        timestamp=stamp,
    )


def _first(pages: bytes | list[bytes] | None) -> bytes:
    """A PDF is one file; images come one a page."""
    return pages[0] if isinstance(pages, list) else pages or b""


def _inputs(data: Mapping[str, object]) -> dict[str, str]:
    return {"data": json.dumps(data, ensure_ascii=False)}
