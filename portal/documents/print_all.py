"""Several of our PDFs as one, for the printer."""

from collections.abc import Sequence
from io import BytesIO

import pypdfium2 as pdfium

from portal.documents.page_picture import PDFIUM


def joined(papers: Sequence[bytes]) -> bytes:
    """Their pages one after the other. Attachments and seals stay behind: paper carries none."""
    out = BytesIO()
    with PDFIUM:
        whole = pdfium.PdfDocument.new()
        try:
            for content in papers:
                paper = pdfium.PdfDocument(content)
                whole.import_pages(paper)
                paper.close()
            whole.save(out)
        finally:
            whole.close()
    return out.getvalue()
