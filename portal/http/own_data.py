"""Everything that is held about me, in one download."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.locale import t
from portal.services import own_data_files
from portal.services.unit import guarded, in_thread, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/files/data.zip")
@guarded(Permission.SIGNED_IN)
async def data_zip(request: Request) -> Response:
    """The data, my pictures, and what the parts mean."""
    moment = now()
    pack = await run_unit(own_data_files.my_pack, login_token(request), moment, now=moment)
    content = await in_thread(lambda: own_data_files.as_zip(pack, now=moment))
    name = quote(t("rights.file.name"))
    return Response(
        content,
        media_type="application/zip",
        headers={
            "content-disposition": f"attachment; filename=\"data.zip\"; filename*=UTF-8''{name}",
            "cache-control": "private, no-store",
        },
    )
