"""Putting another portal on the list: its saved page, the keys to compare, the confirmation."""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, Forbidden, PortalError, Unauthenticated
from portal.domain.permissions import Permission
from portal.domain.portal_page import LARGEST, PAGE_PATH
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.http.uploads import read_upload
from portal.locale.errors import sentence_for
from portal.services import trusted_portals
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

PATH = "/admin/portals/new"
_LIST = "/admin/portals"


def _page(
    request: Request,
    *,
    url: str = "",
    seen: trusted_portals.PageSeen | None = None,
    saved: str = "",
    error: PortalError | None = None,
) -> Response:
    return page(
        request,
        "portal_new",
        error=error,
        url=url,
        seen=seen,
        saved=saved,
        path=PATH,
        page_path=PAGE_PATH,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )


@router.get(PATH)
@guarded(Permission.KEEP_ISSUERS)
async def form(request: Request) -> Response:
    """Where the saved page is chosen."""
    try:
        await _may(request)
    except Unauthenticated:
        return RedirectResponse(f"/login?next={PATH}", 303)
    return _page(request)


@router.post(PATH)
@guarded(Permission.KEEP_ISSUERS)
async def look(request: Request) -> Response:
    """Show what the saved page says, to compare it."""
    await _may(request)
    url = ""
    try:
        sent = await read_upload(request, name="page")
        url = sent.fields.get("url", "")[:200]
        if not sent.content:
            raise BadInput("page", "portals.choose")
        seen = await _look(request, url, sent.content)
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return _page(request, url=url, error=error)
    return _page(request, url=url, seen=seen, saved=base64.b64encode(sent.content).decode())


@router.post(PATH + "/confirm")
@guarded(Permission.KEEP_ISSUERS)
async def confirm(
    request: Request,
    url: Annotated[str, Form()] = "",
    saved: Annotated[str, Form()] = "",
    compared: Annotated[str, Form()] = "",
) -> Response:
    """Put it on the list, once somebody says that the keys were compared."""
    await _may(request)
    moment, url, saved = now(), url[:200], saved[: 2 * LARGEST]
    seen = None
    try:
        content = _content(saved)
        seen = await _look(request, url, content)
        if not compared:
            raise BadInput("compared", "portals.compared_missing")
        await run_unit(
            trusted_portals.add,
            login_token(request),
            moment,
            url=url,
            content=content,
            now=moment,
        )
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return _page(request, url=url, seen=seen, saved=saved if seen else "", error=error)
    return RedirectResponse(_LIST, 303)


def _content(saved: str) -> bytes:
    try:
        return base64.b64decode(saved, validate=True)
    except (binascii.Error, ValueError):
        raise BadInput("page", "portals.bad_page") from None


async def _look(request: Request, url: str, content: bytes) -> trusted_portals.PageSeen:
    moment = now()
    return await run_unit(
        trusted_portals.look, login_token(request), moment, url=url, content=content, now=moment
    )


async def _may(request: Request) -> None:
    moment = now()
    await run_unit(trusted_portals.check_keeper, login_token(request), moment, now=moment)
