"""The audit trail as a file for the disciplinary office, by the plain door."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response

from portal.domain.errors import BadInput, Forbidden, PortalError, Unauthenticated
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.services.audit_trail.export import Exported, export
from portal.services.audit_trail.wanted import Wanted, said
from portal.services.times import day_of
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)

PATH = "/admin/audit/export"
_LONGEST = 60
_Field = Annotated[str, Form(max_length=200)]


@router.post(PATH)
@guarded(Permission.READ_AUDIT)
async def take_out(
    request: Request,
    person: _Field = "",
    way: _Field = "",
    action: _Field = "",
    purpose: _Field = "",
    thing: _Field = "",
    since: _Field = "",
    until: _Field = "",
    reason: _Field = "",
    doc_no: _Field = "",
    act: _Field = "",
) -> Response:
    """First the form, with the search that it is for; then the file. No address names anybody."""
    typed = (person, way, action, purpose, thing, since, until)
    wanted = Wanted(*(" ".join(one.split())[:_LONGEST] for one in typed))
    if act != "export":
        return await _form(request, wanted)
    moment = now()
    try:
        found: Exported = await run_unit(
            export,
            login_token(request),
            moment,
            wanted=wanted,
            reason=reason,
            doc_no=doc_no,
            now=moment,
        )
    except (Unauthenticated, Forbidden):
        raise
    except PortalError as error:
        return await _form(request, wanted, error, reason=reason, doc_no=doc_no)
    name = quote(t("trail.export.file", day=f"{day_of(moment):%Y%m%d}"))
    return Response(
        found.content,
        media_type="application/zip",
        headers={
            "content-disposition": f"attachment; filename=\"audit.zip\"; filename*=UTF-8''{name}",
            "cache-control": "private, no-store",
        },
    )


async def _form(
    request: Request,
    wanted: Wanted,
    error: PortalError | None = None,
    *,
    reason: str = "",
    doc_no: str = "",
) -> Response:
    await run_unit(_may_read, login_token(request), now())
    return page(
        request,
        "audit_export",
        error=error,
        action=PATH,
        wanted=wanted,
        said=said(wanted),
        reason=reason,
        doc_no=doc_no,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
    )


def _may_read(session: object, actor: object) -> None:
    """Nothing but the permission that every unit asks first."""
