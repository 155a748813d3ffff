"""Typst, warmed once and shared: a template and a value in, bytes out.

What a user typed never becomes Typst source. It travels as one JSON string, either in
``sys.inputs`` or inside a string literal of ASCII, and the templates only ever place it as text.
"""

import json
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).parent / "fonts"
TEMPLATES = Path(__file__).parent / "templates"

# Long-lived files: PDF/A-3 embeds every font and allows the signed credential as an attachment.
# It refuses a page with a character that no shipped font can draw.
ARCHIVAL: "typst.PDFStandard" = "a-3b"
_PLAIN: "typst.PDFStandard" = "1.7"

# One compiler keeps fonts and templates parsed between documents. It is not safe to share without
# a lock, and a page takes about 25 ms, so callers simply queue here.
_lock = threading.Lock()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=TEMPLATES, font_paths=_fonts())


# Compilers without inputs, as many as there are cores: they let Python go while they work. The
# one used last comes first, because it is the warm one.
_idle: "queue.LifoQueue[typst.Compiler]" = queue.LifoQueue()
_seats = threading.BoundedSemaphore(os.cpu_count() or 1)


@contextmanager
def _own_compiler() -> Iterator[typst.Compiler]:
    with _seats:
        try:
            compiler = _idle.get_nowait()
        except queue.Empty:
            compiler = typst.Compiler(root=TEMPLATES, font_paths=_fonts())
        try:
            yield compiler
        finally:
            _idle.put(compiler)


def warm_up() -> None:
    """Parse the fonts now, so that the first person does not wait for it."""
    with _lock:
        _compiler().compile(input=b"#set page(width: 1cm, height: 1cm)\n.", format="svg")


def to_pdf(template: str, data: Mapping[str, object], *, dated: date) -> bytes:
    """The PDF of ``template`` filled with ``data``; equal inputs give equal bytes.

    ``dated`` becomes the creation date inside the file. A page with a character that no shipped
    font can draw is still made, as plain PDF 1.7: a rare name must not cost its owner the paper.
    """
    inputs = _inputs(data)
    with _lock:
        return _archival(_compiler(), TEMPLATES / template, inputs, dated)


def call_to_pdf(template: str, function: str, data: Mapping[str, object], *, dated: date) -> bytes:
    """As ``to_pdf``, of a template that holds a function of the data.

    What does not depend on the data stays laid out from one document to the next, which
    ``sys.inputs`` would prevent: three times as fast. Several threads work at once.
    """
    with _own_compiler() as compiler:
        return _archival(compiler, _call(template, function, data), None, dated)


def to_png(template: str, data: Mapping[str, object], *, ppi: float) -> bytes:
    """The first page of ``template`` filled with ``data``, at ``ppi`` pixels an inch."""
    with _lock:
        pages = _compiler().compile(
            input=TEMPLATES / template, format="png", ppi=ppi, sys_inputs=_inputs(data)
        )
    return _first(pages)


def _archival(
    compiler: typst.Compiler, source: Path | bytes, inputs: dict[str, str] | None, dated: date
) -> bytes:
    stamp = datetime.combine(dated, time(), UTC)
    try:
        return _compile(compiler, source, inputs, stamp, ARCHIVAL)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return _compile(compiler, source, inputs, stamp, _PLAIN)


def _compile(
    compiler: typst.Compiler,
    source: Path | bytes,
    inputs: dict[str, str] | None,
    stamp: datetime,
    standard: "typst.PDFStandard",
) -> bytes:
    # The signature of ``compile`` wants to know which of the two it gets.
    given: Any = source
    # Setting no inputs is not the same as setting them empty, which makes the library anew.
    asked: dict[str, Any] = {} if inputs is None else {"sys_inputs": inputs}
    pages = compiler.compile(
        input=given, format="pdf", pdf_standards=[standard], timestamp=stamp, **asked
    )
    return _first(pages)


def _first(pages: bytes | list[bytes] | None) -> bytes:
    """A PDF is one file; images come one a page."""
    return pages[0] if isinstance(pages, list) else pages or b""


def _inputs(data: Mapping[str, object]) -> dict[str, str]:
    return {"data": json.dumps(data, ensure_ascii=False)}


def _call(template: str, function: str, data: Mapping[str, object]) -> bytes:
    # JSON in ASCII holds no control character, and of the two characters that mean something
    # inside a string literal, backslash and quotation mark, both are escaped here.
    literal = json.dumps(data, ensure_ascii=True).replace("\\", "\\\\").replace('"', '\\"')
    return (f'#import "{template}": {function}\n#{function}(json(bytes("{literal}")))\n').encode(
        "ascii"
    )
