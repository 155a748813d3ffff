"""Importing a list of group members: the form, and the post that checks or imports the sheet.

Plain HTTP, so that it works on an office's old browser; a script only shows how far the file is.
"""

from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, Forbidden, PortalError, Unauthenticated
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.http.uploads import Upload, read_upload
from portal.locale.errors import sentence_for
from portal.services import facts_import, facts_sheet
from portal.services.facts_import import ImportForm, ImportReport
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

PATH = "/admin/facts/import"
# More faults than this are one fault: the wrong column was copied.
_SHOWN = 200


@dataclass(frozen=True)
class Typed:
    """What somebody chose, to show it again: the file must be chosen anew."""

    group: str = ""
    valid_from: str = ""


def _page(
    request: Request,
    form: ImportForm,
    typed: Typed | None = None,
    *,
    report: ImportReport | None = None,
    error: PortalError | None = None,
) -> Response:
    return page(
        request,
        "fact_import",
        error=error,
        form=form,
        typed=typed or Typed(),
        report=report,
        shown=_SHOWN,
        path=PATH,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )


async def _form(request: Request) -> ImportForm:
    moment = now()
    return await run_unit(facts_import.import_form, login_token(request), moment, now=moment)


@router.get(PATH)
@guarded(Permission.VERIFY_FACTS)
async def import_page(request: Request) -> Response:
    """The form."""
    try:
        return _page(request, await _form(request))
    except Unauthenticated:
        return RedirectResponse(f"/login?next={PATH}", 303)


@router.post(PATH)
@guarded(Permission.VERIFY_FACTS)
async def take_list(request: Request) -> Response:
    """Check or import the sheet; the answer names every fault, or counts what came of it."""
    # Nobody's megabytes are read who may not send any.
    form, sent = await _form(request), Upload({}, "", b"")
    try:
        sent = await read_upload(request, name="sheet")
        report = await _run(request, sent)
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return _page(request, form, _typed(sent), error=error)
    return _page(request, form, _typed(sent), report=report)


@router.get(f"{PATH}/template.csv")
@guarded(Permission.VERIFY_FACTS)
async def empty_sheet(request: Request) -> Response:
    """The columns of a list, to fill in."""
    await _form(request)
    return Response(
        facts_sheet.template_csv(),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": 'attachment; filename="list.csv"',
            "cache-control": "private, no-store",
        },
    )


async def _run(request: Request, sent: Upload) -> ImportReport:
    moment = now()
    if not sent.content:
        raise BadInput("sheet", "facts_import.choose_file")
    return await run_unit(
        facts_import.import_group,
        login_token(request),
        moment,
        group_code=sent.fields.get("group", ""),
        file_name=sent.filename,
        content=sent.content,
        valid_from=_day(sent.fields.get("valid_from", "")),
        dry_run=sent.fields.get("act") != "import",
        now=moment,
    )


def _day(raw: str) -> date | None:
    try:
        return date.fromisoformat(raw.strip()) if raw.strip() else None
    except ValueError:
        raise BadInput("valid_from", "facts.bad_date") from None


def _typed(sent: Upload) -> Typed:
    return Typed(sent.fields.get("group", "")[:40], sent.fields.get("valid_from", "")[:10])
