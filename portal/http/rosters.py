"""Sending a roster: the form, the empty sheet to fill in, and the post that takes the file."""

from dataclasses import replace

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, Forbidden, NotFound, PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.http.uploads import Upload, read_upload
from portal.locale.errors import sentence_for
from portal.services import rosters, rosters_template
from portal.services.rosters import UploadForm
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def _form(request: Request) -> UploadForm:
    moment = now()
    return await run_unit(rosters.upload_form, login_token(request), moment, now=moment)


def _page(
    request: Request,
    form: UploadForm,
    *,
    chosen: str = "",
    told: bool = False,
    error: PortalError | None = None,
) -> Response:
    return page(
        request,
        "roster_upload",
        error=error,
        form=form,
        chosen=chosen,
        told=told,
        home=_home(form),
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )


def _home(form: UploadForm) -> str:
    return "/employer/rosters" if form.is_employer else "/teach/rosters"


@router.get("/rosters/new")
@guarded(Permission.SUBMIT_ROSTER)
async def upload_form(request: Request, chosen: str = Query("", alias="for")) -> Response:
    """The form; ``?for=`` names a class to begin with."""
    try:
        form = await _form(request)
    except Unauthenticated:
        return RedirectResponse("/login?next=/rosters/new", 303)
    return _page(request, form, chosen=chosen[:36])


@router.post("/rosters/new")
@guarded(Permission.SUBMIT_ROSTER)
async def upload(request: Request) -> Response:
    """Take the sheet; a refusal keeps what was chosen, all but the file."""
    # Nobody's megabytes are read who may not send any.
    form = await _form(request)
    sent = Upload({}, "", b"")
    try:
        sent = await read_upload(request, name="sheet")
        upload_id = await _submit(request, sent)
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        wanted = sent.fields.get("upload_id", "")
        form = replace(form, upload_id=parse_id(wanted)) if _is_id(wanted) else form
        chosen, told = sent.fields.get("class_id", ""), bool(sent.fields.get("told"))
        return _page(request, form, chosen=chosen, told=told, error=error)
    return RedirectResponse(f"{_home(form)}/{upload_id}", 303)


async def _submit(request: Request, sent: Upload) -> object:
    moment = now()
    class_id = sent.fields.get("class_id", "")
    return await run_unit(
        rosters.submit,
        login_token(request),
        moment,
        upload_id=parse_id(sent.fields.get("upload_id", "")),
        filename=sent.filename,
        content=sent.content,
        class_id=parse_id(class_id) if class_id else None,
        told=bool(sent.fields.get("told")),
        now=moment,
    )


def _is_id(raw: str) -> bool:
    try:
        parse_id(raw)
    except NotFound:
        return False
    return True


@router.get("/rosters/template.xlsx")
@guarded(Permission.SUBMIT_ROSTER)
async def empty_xlsx(request: Request) -> Response:
    """The workbook to fill in, with the numbers of the classes that may be named."""
    moment = now()
    content = await run_unit(
        rosters_template.template_xlsx, login_token(request), moment, now=moment
    )
    return _download(content, _XLSX, "roster.xlsx")


@router.get("/rosters/template.csv")
@guarded(Permission.SUBMIT_ROSTER)
async def empty_csv(request: Request) -> Response:
    """The same headings as text."""
    moment = now()
    content = await run_unit(
        rosters_template.template_csv, login_token(request), moment, now=moment
    )
    return _download(content, "text/csv; charset=utf-8", "roster.csv")


def _download(content: bytes, media_type: str, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "private, no-store",
    }
    return Response(content, media_type=media_type, headers=headers)
