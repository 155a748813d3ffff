"""Downloads of a whole class's certificates, for its institution."""

import zipfile
from collections.abc import AsyncIterator
from typing import IO, cast
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from portal.documents import print_all
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.services import certificate_batches, certificate_files
from portal.services.unit import guarded, in_thread, run_unit

router = APIRouter(include_in_schema=False)


class _Pipe:
    """What a ZIP writer writes, taken away piece by piece: no class is held in memory whole."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


@router.get("/files/classes/{class_id}/certificates.zip")
@guarded(Permission.FINISH_CLASS)
async def zipped(request: Request, class_id: str) -> StreamingResponse:
    """A PDF and a PNG of everybody; the names are certificate numbers."""
    wanted, token = parse_id(class_id), login_token(request)
    moment = now()
    ids = await run_unit(certificate_batches.download, token, moment, class_id=wanted, now=moment)

    async def pieces() -> AsyncIterator[bytes]:
        pipe = _Pipe()
        with zipfile.ZipFile(cast("IO[bytes]", pipe), "w") as folder:
            for certificate_id in ids:
                for name, content in (await _files(token, wanted, certificate_id)).items():
                    folder.writestr(zipfile.ZipInfo(name), content)
                yield pipe.take()
        yield pipe.take()

    return _download(pieces(), "application/zip", "certificates.zip")


@router.get("/files/classes/{class_id}/certificates.pdf")
@guarded(Permission.FINISH_CLASS)
async def printed(request: Request, class_id: str) -> StreamingResponse:
    """Everybody's certificates in one PDF, a page each."""
    wanted, token = parse_id(class_id), login_token(request)
    moment = now()
    ids = await run_unit(certificate_batches.download, token, moment, class_id=wanted, now=moment)

    async def pieces() -> AsyncIterator[bytes]:
        papers = []
        for certificate_id in ids:
            found = await _files(token, wanted, certificate_id)
            papers += [content for name, content in found.items() if name.endswith(".pdf")]
        whole = await in_thread(lambda: print_all.joined(papers))
        for start in range(0, len(whole), 1 << 18):
            yield whole[start : start + (1 << 18)]

    return _download(pieces(), "application/pdf", "certificates.pdf")


@guarded(Permission.FINISH_CLASS)
async def _files(token: str | None, class_id: UUID, certificate_id: UUID) -> dict[str, bytes]:
    """Both files of one certificate by their names, drawn now if they are not there."""
    moment = now()
    found = await run_unit(
        certificate_batches.paper_of,
        token,
        moment,
        class_id=class_id,
        certificate_id=certificate_id,
        now=moment,
    )
    if found is None:
        return {}
    order, files = found
    if not set(certificate_files.FORMS) <= files.keys():
        files = await in_thread(lambda: certificate_files.draw(order))
        await run_unit(
            certificate_batches.keep_of,
            token,
            moment,
            class_id=class_id,
            order=order,
            files=files,
            now=moment,
        )
    return {
        certificate_files.file_name(order.document, form): files[form]
        for form in certificate_files.FORMS
    }


def _download(pieces: AsyncIterator[bytes], media_type: str, name: str) -> StreamingResponse:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
    }
    return StreamingResponse(pieces, media_type=media_type, headers=headers)
