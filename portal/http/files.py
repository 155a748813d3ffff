"""Downloads of the owner's own documents."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.services import archive, archive_prints, certificate_files, own_data
from portal.services.unit import guarded, in_thread, run_unit

router = APIRouter(include_in_schema=False)

_MEDIA = {"pdf": "application/pdf", "png": "image/png", "json": "application/json"}


def _file(content: bytes, media_type: str, name: str, *, inline: bool) -> Response:
    kind = "inline" if inline else "attachment"
    return Response(
        content,
        media_type=media_type,
        headers={
            "content-disposition": f'{kind}; filename="{name}"',
            "cache-control": "private, no-store",
        },
    )


@router.get("/files/certificates/{certificate_id}.{extension}")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def certificate(
    request: Request, certificate_id: str, extension: Literal["pdf", "png", "json"]
) -> Response:
    """The own certificate as PDF, PNG or signed JSON."""
    moment, token = now(), login_token(request)
    wanted = parse_id(certificate_id)
    order, kept = await run_unit(
        certificate_files.own_paper, token, moment, certificate_id=wanted, now=moment
    )
    if extension == "json":
        content = certificate_files.credential_file(order.document, order.jws)
    elif extension in kept:
        content = kept[extension]
    else:
        drawn = await in_thread(lambda: certificate_files.draw(order))
        await run_unit(
            certificate_files.keep_own, token, moment, order=order, files=drawn, now=moment
        )
        content = drawn[extension]
    name = certificate_files.file_name(order.document, extension)
    return _file(content, _MEDIA[extension], name, inline=extension == "png")


@router.get("/files/archive.json")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def archive_json(request: Request) -> Response:
    """The own archive as data."""
    moment = now()
    found = await run_unit(archive.archive_json, login_token(request), moment, now=moment)
    return JSONResponse(
        found,
        headers={
            "content-disposition": 'attachment; filename="archive.json"',
            "cache-control": "private, no-store",
        },
    )


@router.get("/files/data.json")
@guarded(Permission.SIGNED_IN)
async def data_json(request: Request) -> Response:
    """What is held about me, as data."""
    moment = now()
    found = await run_unit(own_data.my_data_json, login_token(request), moment, now=moment)
    return JSONResponse(
        found,
        headers={
            "content-disposition": 'attachment; filename="data.json"',
            "cache-control": "private, no-store",
        },
    )


@router.get("/files/archive.pdf")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def archive_pdf(request: Request) -> Response:
    """The own archive on paper."""
    moment = now()
    token = login_token(request)
    job = await run_unit(archive_prints.archive_document, token, moment, now=moment)
    content = await in_thread(lambda: archive_prints.archive_pdf(job))
    return _file(content, "application/pdf", "archive.pdf", inline=False)
