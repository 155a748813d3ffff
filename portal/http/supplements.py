"""Local supplements by the plain door: what an officer sees, as a file."""

from fastapi import APIRouter, Request, Response

from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.services.supplements import exporting
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/admin/supplements/export.{suffix}")
@guarded(Permission.FILE_SUPPLEMENTS)
async def exported(request: Request, suffix: str) -> Response:
    """The supplements in the officer's sight as CSV, XLSX or JSON."""
    moment = now()
    made = await run_unit(
        exporting.export, login_token(request), moment, suffix=suffix[:10], now=moment
    )
    headers = {
        "content-disposition": f'attachment; filename="{made.file_name}"',
        "cache-control": "no-store",
    }
    return Response(made.content, media_type=made.media_type, headers=headers)
