"""The desk's list of people who have not confirmed yet, and the post that confirms for one."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import BadInput, Forbidden, NotFound, PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import commitment, rosters_desk
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


async def _list(
    request: Request,
    class_id: UUID,
    *,
    opened: str = "",
    paper: str = "",
    error: PortalError | None = None,
) -> Response:
    moment = now()
    found = await run_unit(
        rosters_desk.unconfirmed, login_token(request), moment, class_id=class_id, now=moment
    )
    return page(
        request,
        "roster_desk",
        error=error,
        item=found,
        commitment=commitment.current(),
        opened=opened,
        paper=paper,
        field=error.field if isinstance(error, BadInput) else "",
        problem=sentence_for(error) if error else "",
        done=request.query_params.get("done") == "1",
    )


@router.get("/teach/classes/{class_id}/confirm")
@guarded(Permission.RUN_SESSION)
async def desk(request: Request, class_id: str) -> Response:
    """Who has not confirmed yet."""
    wanted = parse_id(class_id)
    try:
        return await _list(request, wanted)
    except Unauthenticated:
        return RedirectResponse(f"/login?next=/teach/classes/{wanted}/confirm", 303)


@router.post("/teach/classes/{class_id}/confirm")
@guarded(Permission.RUN_SESSION)
async def confirm(
    request: Request,
    class_id: str,
    enrolment: Annotated[str, Form()] = "",
    present: Annotated[str, Form()] = "",
    paper: Annotated[str, Form()] = "",
) -> Response:
    """Confirm for somebody who is present and has signed; then the list again."""
    wanted, moment = parse_id(class_id), now()
    try:
        await run_unit(
            rosters_desk.confirm,
            login_token(request),
            moment,
            enrolment_id=parse_id(enrolment),
            is_present=present != "",
            paper=paper[:400],
            now=moment,
        )
    except (Unauthenticated, Forbidden, NotFound):
        raise
    except PortalError as error:
        return await _list(request, wanted, opened=enrolment[:36], paper=paper[:400], error=error)
    return RedirectResponse(f"/teach/classes/{wanted}/confirm?done=1", 303)
