"""The list of classes as it is asked for, with its first rows already in the page.

The built page knows no rows until its scripts have run and its websocket is open; on a phone with
a weak link that is seconds. The rows are written into the place that the page keeps for them
(``components.parts.first_rows``); the page replaces them by its own list as soon as it lives.
"""

import gzip
import re
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from portal.domain.errors import NotFound, PortalError
from portal.http.context import login_token, now
from portal.http.pages import fragment
from portal.services.catalogue import ClassQuery
from portal.services.class_badges import find_rows
from portal.services.class_rows import found_text
from portal.services.unit import in_thread, public, run_unit
from portal.settings import BUILT_PAGES

router = APIRouter(include_in_schema=False)

# What fits on the tallest phone; the page brings the rest.
ROWS = 6
_PLACE = re.compile("<!--rows-->.*?<!--/rows-->", re.DOTALL)


@lru_cache(maxsize=4)
def _built(file: Path, changed: float) -> str:
    return file.read_text("utf-8")


def _query(request: Request) -> ClassQuery:
    """The filters as the page itself reads them from the address."""
    asked = {name: value[:60].strip() for name, value in request.query_params.items()}
    page = asked.get("page", "")
    return ClassQuery(
        q=asked.get("q", ""),
        region=asked.get("region", ""),
        occupation=asked.get("occupation", ""),
        level=asked.get("level") or None,
        group=asked.get("group", ""),
        has_seats=asked.get("has_seats") == "1",
        starts_within_days=asked.get("starts_within_days") or None,
        institution_id=asked.get("institution_id") or None,
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


async def _rows(request: Request) -> str | None:
    """The first rows as HTML; None when there are none to show, or the filter makes no sense."""
    moment = now()
    try:
        found, rows = await run_unit(
            find_rows, login_token(request), moment, query=_query(request), now=moment
        )
    except PortalError:
        return None
    return fragment("rows", rows=rows[:ROWS], found=found_text(found)) or None


@router.get("/classes")
@public
async def classes(request: Request) -> Response:
    """The built page with rows in it."""
    file = BUILT_PAGES / "classes" / "index.html"
    if not file.exists():
        raise NotFound
    html = _built(file, file.stat().st_mtime)
    if rows := await _rows(request):
        html = _PLACE.sub(lambda _: rows, html, count=1)
    # The rows say what the rules answer to one person: no shared cache may keep them.
    headers = {"cache-control": "private, no-cache", "vary": "Accept-Encoding, Cookie"}
    content = html.encode()
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        content = await in_thread(lambda: gzip.compress(content, 6))
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)
