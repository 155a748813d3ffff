"""Frozen reports as files, and what the public is told of money."""

from fastapi import APIRouter, Request, Response

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.services.reports import funds, reading
from portal.services.unit import guarded, public, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/files/reports/{report_id}.{form}")
@guarded(Permission.SIGNED_IN)
async def report_file(request: Request, report_id: str, form: str) -> Response:
    """The workbook or the paper, for officers and auditors of its region."""
    moment = now()
    made = await run_unit(
        reading.download, login_token(request), moment,
        report_id=parse_id(report_id), form=form, now=moment,
    )  # fmt: skip
    headers = {
        "content-disposition": f'attachment; filename="{made.name}"',
        "cache-control": "private, no-store",
    }
    return Response(made.content, media_type=made.media_type, headers=headers)


@router.get("/funds")
@public
async def funds_page(request: Request) -> Response:
    """资金公开: the money of published reports, for anybody."""
    moment = now()
    found = await run_unit(funds.published, login_token(request), moment, now=moment)
    return page(request, "funds", items=found, money=_yuan)


def _yuan(fen: int) -> str:
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"
