"""What people write into a file: longer than a reason, cleaned the same way."""

from portal.domain.errors import BadInput

LONGEST = 2_000
TITLE = 60
DOCUMENT = 60


def clean_text(raw: str, field: str, *, shortest: int = 4, longest: int = LONGEST) -> str:
    """Readable text in one line; raises BadInput naming the field."""
    text = " ".join(raw.split())
    if len(text) < shortest:
        raise BadInput(field, "casework.too_short", shortest=shortest)
    if len(text) > longest:
        raise BadInput(field, "casework.too_long", longest=longest)
    # Control characters and halves of surrogate pairs cannot be stored as text.
    if not text.isprintable():
        raise BadInput(field, "reason.unreadable")
    return text


def clean_document(raw: str) -> str:
    """The number of a document; raises BadInput."""
    return clean_text(raw, "document_no", shortest=2, longest=DOCUMENT)
