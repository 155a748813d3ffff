"""A workbook of plain texts whose bytes depend on nothing but the texts: no clock, no program.

Office programs and openpyxl write the moment of saving into a file; a published catalogue must be
the same file whenever and wherever it is fetched.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from openpyxl.utils import get_column_letter

from portal.documents.plain_cells import plain

# The first day that a ZIP archive can name.
_STAMP = (1980, 1, 1, 0, 0, 0)
# What XML cannot hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST_NAME = 31
_NAME_UNFIT = re.compile(r"[\[\]:*?/\\]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
    "</Types>"
)


def workbook(sheet: str, rows: Iterable[Sequence[str]]) -> bytes:
    """An .xlsx with one sheet; every cell is text, none begins a formula."""
    name = quoteattr(_NAME_UNFIT.sub(" ", _UNFIT.sub("", sheet))[:_LONGEST_NAME] or "1")
    book = (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={name} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": _worksheet(rows),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for path, text in parts.items():
            info = zipfile.ZipInfo(path, _STAMP)
            # The system that packed it would stand in the archive otherwise.
            info.create_system = 0
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, text.encode())
    return stream.getvalue()


def _relation(kind: str, target: str) -> str:
    return (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/></Relationships>'
    )


def _worksheet(rows: Iterable[Sequence[str]]) -> str:
    lines = [f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>']
    for number, row in enumerate(rows, 1):
        cells = "".join(
            f'<c r="{get_column_letter(at)}{number}" t="inlineStr"><is>'
            f'<t xml:space="preserve">{escape(_UNFIT.sub("", plain(text)))}</t></is></c>'
            for at, text in enumerate(row, 1)
            if text
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    lines.append("</sheetData></worksheet>")
    return "".join(lines)
