"""An issuer's seal by the plain door, and a draft as it will be printed."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, Forbidden, NotFound, PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.external import picture
from portal.http.pages import page
from portal.http.uploads import read_upload
from portal.locale.errors import sentence_for
from portal.services import certificate_preview, issuer_keeping
from portal.services.issuer_keeping import IssuerDetail
from portal.services.unit import guarded, in_thread, run_unit

router = APIRouter(include_in_schema=False)

PATH = "/admin/issuers/{issuer_id}/seal"
_DONE = ("saved", "removed")


@router.get(PATH)
@guarded(Permission.KEEP_ISSUERS)
async def form(request: Request, issuer_id: str, done: str = "") -> Response:
    """The seal that there is, and the form for another."""
    return _page(request, await _issuer(request, issuer_id), done=done if done in _DONE else "")


@router.post(PATH)
@guarded(Permission.KEEP_ISSUERS)
async def save(request: Request, issuer_id: str) -> Response:
    """Take the picture that was sent, or the seal away."""
    # Nobody's picture is read who may not send one.
    found = await _issuer(request, issuer_id)
    try:
        sent = await read_upload(request, name="image")
        removes = sent.fields.get("act") == "remove"
        if not removes and not sent.content:
            raise BadInput("image", "issuers.seal_choose")
        image = None
        if not removes:
            image = await in_thread(lambda: issuer_keeping.as_stored_seal(sent.content))
        moment = now()
        await run_unit(
            issuer_keeping.set_seal,
            login_token(request),
            moment,
            issuer_id=found.line.id,
            image=image,
            now=moment,
        )
    except (Unauthenticated, Forbidden, NotFound):
        raise
    except PortalError as error:
        return _page(request, found, error)
    return RedirectResponse(f"{_path(found)}?done={'removed' if removes else 'saved'}", 303)


@router.get(f"{PATH}.png")
@guarded(Permission.KEEP_ISSUERS)
async def show(request: Request, issuer_id: str) -> Response:
    """The seal itself."""
    found = await run_unit(
        issuer_keeping.seal_of, login_token(request), now(), issuer_id=parse_id(issuer_id)
    )
    return picture(found, "image/png")


@router.get("/admin/certificates/{draft_id}/preview.png")
@guarded(Permission.ISSUE_CERTIFICATES)
async def preview(request: Request, draft_id: str) -> Response:
    """A draft as it will be printed."""
    document = await run_unit(
        certificate_preview.draft_document,
        login_token(request),
        now(),
        draft_id=parse_id(draft_id),
    )
    content = await in_thread(lambda: certificate_preview.preview_png(document))
    return picture(content, "image/png")


async def _issuer(request: Request, issuer_id: str) -> IssuerDetail:
    return await run_unit(
        issuer_keeping.see_issuer, login_token(request), now(), issuer_id=parse_id(issuer_id)
    )


def _path(found: IssuerDetail) -> str:
    return PATH.replace("{issuer_id}", str(found.line.id))


def _page(
    request: Request, found: IssuerDetail, error: PortalError | None = None, *, done: str = ""
) -> Response:
    return page(
        request,
        "issuer_seal",
        error=error,
        path=_path(found),
        issuer=found.line,
        done=done,
        problem=sentence_for(error) if error else "",
    )
