"""Bringing one's archive along: the export to take away, the form that takes one, the preview.

Plain HTTP: whoever changes city does it on whatever phone is at hand.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from portal.domain.errors import (
    BadInput,
    Forbidden,
    NotFound,
    PortalError,
    TooManyAttempts,
    Unauthenticated,
)
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.http.uploads import read_upload
from portal.locale.errors import sentence_for
from portal.services import (
    archive_export,
    archive_import,
    import_views,
    remote_lists,
    verify_throttle,
)
from portal.services.unit import guarded, in_thread, run_unit, token_hash

router = APIRouter(include_in_schema=False)

PATH = "/me/import"
# A preview has a tick for each line at most.
_MOST_TICKS = 1_000
# Six at once, and then one in ten seconds.
_FETCH_WEIGHT = 10


@router.get("/files/archive-export.json")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def export(request: Request) -> Response:
    """The own archive for another portal."""
    moment = now()
    found = await run_unit(archive_export.export, login_token(request), moment, now=moment)
    return JSONResponse(
        found,
        headers={
            "content-disposition": 'attachment; filename="archive-export.json"',
            "cache-control": "private, no-store",
        },
    )


@router.get(PATH)
@guarded(Permission.SEE_OWN_ARCHIVE)
async def form(request: Request) -> Response:
    """Where a file is chosen."""
    try:
        return await _form(request)
    except Unauthenticated:
        return RedirectResponse(f"/login?next={PATH}", 303)


@router.post(PATH)
@guarded(Permission.SEE_OWN_ARCHIVE)
async def take_file(request: Request) -> Response:
    """Check a file; its lines come next, or the sentence why it is not taken."""
    # Nobody's file is read who may not send any.
    moment = now()
    await run_unit(import_views.home, login_token(request), moment, now=moment)
    try:
        sent = await read_upload(request, name="file")
        if not sent.content:
            raise BadInput("file", "carry.choose")
        made = await _read(request, sent.content)
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return await _form(request, error)
    return RedirectResponse(f"{PATH}/{made}", 303)


@router.get(PATH + "/{import_id}")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def preview(request: Request, import_id: str) -> Response:
    """Every line of a file with what we found."""
    wanted = parse_id(import_id)
    try:
        return await _preview(request, wanted)
    except Unauthenticated:
        return RedirectResponse(f"/login?next={PATH}/{wanted}", 303)


@router.post(PATH + "/{import_id}")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def decide(request: Request, import_id: str) -> Response:
    """Take what was ticked, or put the file away."""
    wanted, moment = parse_id(import_id), now()
    sent = await request.form(max_files=0, max_fields=_MOST_TICKS)
    ticks = {
        name: {parse_id(value) for value in sent.getlist(name) if isinstance(value, str)}
        for name in ("take", "ask")
    }
    token = login_token(request)
    try:
        if sent.get("act") == "drop":
            await run_unit(archive_import.drop, token, moment, import_id=wanted, now=moment)
            return RedirectResponse(PATH, 303)
        await run_unit(
            archive_import.decide,
            token,
            moment,
            import_id=wanted,
            take=ticks["take"],
            ask=ticks["ask"],
            now=moment,
        )
    except (Unauthenticated, Forbidden, NotFound):
        raise
    except PortalError as error:
        return await _preview(request, wanted, error)
    return RedirectResponse(f"{PATH}/{wanted}", 303)


async def _read(request: Request, content: bytes) -> UUID:
    """Look at a file, ask its portal for news, keep its lines. Nothing is asked for while a
    transaction waits."""
    moment, token = now(), login_token(request)
    who = await run_unit(archive_import.whom_to_ask, token, moment, content=content, now=moment)
    fetched = remote_lists.Fetched()
    if who.url:
        # Also for a file that turns out to be nobody's: whoever hands in such ones has us ask
        # another portal each time.
        wait = verify_throttle.allow(token_hash(token or ""), now=moment, weight=_FETCH_WEIGHT)
        if wait:
            raise TooManyAttempts(seconds=wait)
        fetched = await in_thread(lambda: remote_lists.fetch(who.url, who.lists))
    return await run_unit(
        archive_import.open_import, token, moment, content=content, fetched=fetched, now=moment
    )


async def _form(request: Request, error: PortalError | None = None) -> Response:
    moment = now()
    home = await run_unit(import_views.home, login_token(request), moment, now=moment)
    problem = sentence_for(error) if error else ""
    return page(request, "archive_import", error=error, home=home, problem=problem, path=PATH)


async def _preview(request: Request, import_id: UUID, error: PortalError | None = None) -> Response:
    moment = now()
    item = await run_unit(
        import_views.one, login_token(request), moment, import_id=import_id, now=moment
    )
    problem = sentence_for(error) if error else ""
    return page(request, "archive_import_lines", error=error, item=item, problem=problem, path=PATH)
