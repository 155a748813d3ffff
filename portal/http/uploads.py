"""A form with a file: read into memory, never onto the disk, where a sheet of people would lie
open; how much may come is the gatekeeper's to say (``security.LARGE_BODIES``)."""

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from portal.domain.errors import BadInput

_MOST_FIELDS = 10
_LONGEST_FIELD = 2_000
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """What was sent: the form's texts by name, and one file. No file: empty name and content."""

    fields: dict[str, str]
    filename: str
    content: bytes


class _InMemory(MultiPartParser):
    # Far above every body that is let in: nothing is ever moved to a temporary file.
    spool_max_size = 1 << 30


async def read_upload(request: Request, *, name: str) -> Upload:
    """The form of a request whose file field is ``name``; raises BadInput for what is no form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BadInput(name, "error.bad_request")
    parser = _InMemory(
        request.headers,
        request.stream(),
        max_files=1,
        max_fields=_MOST_FIELDS,
        max_part_size=_LONGEST_FIELD,
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise BadInput(name, "error.bad_request") from None
    fields: dict[str, str] = {}
    filename, content = "", b""
    for key, value in form.multi_items():
        if not isinstance(value, UploadFile):
            fields[key] = value
        elif key == name:
            filename, content = (value.filename or "")[:_LONGEST_NAME], await value.read()
    await form.close()
    return Upload(fields, filename, content)
