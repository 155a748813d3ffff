"""The photo for certificates by the plain door: choose, agree, save, delete."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, Forbidden, PortalError, Unauthenticated
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.external import picture
from portal.http.pages import page
from portal.http.uploads import read_upload
from portal.locale.errors import sentence_for
from portal.services import own_photo
from portal.services.unit import guarded, in_thread, run_unit

router = APIRouter(include_in_schema=False)

PATH = "/me/photo"


@router.get(PATH)
@guarded(Permission.SEE_OWN_ARCHIVE)
async def form(request: Request, done: str = "") -> Response:
    """The photo that there is, and the form for another."""
    return _page(request, await _has(request), done="saved" if done == "saved" else "")


@router.post(PATH)
@guarded(Permission.SEE_OWN_ARCHIVE)
async def save(request: Request) -> Response:
    """Keep the photo that was sent."""
    # Nobody's megabytes are read who may not send any.
    has = await _has(request)
    try:
        sent = await read_upload(request, name="image")
        if not sent.content:
            raise BadInput("image", "own_photo.choose")
        image = await in_thread(lambda: own_photo.as_stored_photo(sent.content))
        moment = now()
        await run_unit(
            own_photo.set_photo,
            login_token(request),
            moment,
            image=image,
            agreed=bool(sent.fields.get("agreed")),
            now=moment,
        )
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return _page(request, has, error)
    return RedirectResponse(f"{PATH}?done=saved", 303)


@router.post(f"{PATH}/delete")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def delete(request: Request) -> Response:
    """Delete the photo."""
    moment = now()
    await run_unit(own_photo.delete_photo, login_token(request), moment, now=moment)
    return _page(request, False, done="deleted")


@router.get(f"{PATH}/picture")
@guarded(Permission.SEE_OWN_ARCHIVE)
async def show(request: Request) -> Response:
    """The photo itself."""
    return picture(await run_unit(own_photo.my_photo, login_token(request), now()), "image/jpeg")


async def _has(request: Request) -> bool:
    return await run_unit(own_photo.has_photo, login_token(request), now())


def _page(
    request: Request, has: bool, error: PortalError | None = None, *, done: str = ""
) -> Response:
    return page(
        request,
        "own_photo",
        error=error,
        path=PATH,
        has=has,
        done=done,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )
