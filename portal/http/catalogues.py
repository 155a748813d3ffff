"""Catalogues by the plain door: published versions as files, and sending a sheet to import."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, Forbidden, NotFound, PortalError, Unauthenticated
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.http.uploads import Upload, read_upload
from portal.locale.errors import sentence_for
from portal.services.publication import exporting, imports
from portal.services.publication.imports import ImportForm
from portal.services.unit import guarded, public, run_unit

router = APIRouter(include_in_schema=False)

IMPORT = "/admin/catalogues/import"
# Files that were published are asked for again and again, and change seldom.
_CACHED = "public, max-age=300"


@router.get("/catalogues/{kind}/{region}/v{number}.{suffix}")
@public
async def exported(request: Request, kind: str, region: str, number: str, suffix: str) -> Response:
    """A published version as CSV, XLSX or JSON."""
    if not (number.isascii() and number.isdigit() and len(number) <= 6):
        raise NotFound
    made = await run_unit(
        exporting.export,
        login_token(request),
        now(),
        kind=kind[:40],
        region_code=region[:6],
        number=int(number),
        suffix=suffix,
    )
    headers = {
        "content-disposition": f'attachment; filename="{made.file_name}"',
        "cache-control": _CACHED,
    }
    return Response(made.content, media_type=made.media_type, headers=headers)


@router.get(IMPORT)
@guarded(Permission.PUBLISH_CATALOGUES)
async def import_page(request: Request) -> Response:
    """The form that sends a sheet."""
    try:
        return _page(request, await _form(request), Upload({}, "", b""))
    except Unauthenticated:
        return RedirectResponse(f"/login?next={IMPORT}", 303)


@router.post(IMPORT)
@guarded(Permission.PUBLISH_CATALOGUES)
async def take_sheet(request: Request) -> Response:
    """Take the sheet; a refusal keeps what was chosen, all but the file."""
    # Nobody's megabytes are read who may not send any.
    form, sent = await _form(request), Upload({}, "", b"")
    try:
        sent = await read_upload(request, name="sheet")
        moment = now()
        import_id = await run_unit(
            imports.start,
            login_token(request),
            moment,
            kind=sent.fields.get("kind", ""),
            region_code=sent.fields.get("region", ""),
            file_name=sent.filename,
            content=sent.content,
            now=moment,
        )
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return _page(request, form, sent, error)
    return RedirectResponse(f"/admin/catalogues/imports/{import_id}", 303)


async def _form(request: Request) -> ImportForm:
    return await run_unit(imports.import_form, login_token(request), now())


def _page(
    request: Request, form: ImportForm, sent: Upload, error: PortalError | None = None
) -> Response:
    return page(
        request,
        "catalogue_import",
        error=error,
        form=form,
        path=IMPORT,
        kind=sent.fields.get("kind", "")[:40],
        region=sent.fields.get("region", form.area)[:6],
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )
