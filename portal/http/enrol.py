"""Enrolment: see what the rules say, sign the commitment, have the seat. One page, one post."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import NotEligible, PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.eligibility import declare_pension
from portal.http.hot import run_hot_steps
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import commitment, enrolment, own_check
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/enrol/{class_id}")
@guarded(Permission.ENROL)
async def commitment_page(request: Request, class_id: str) -> Response:
    """What the rules say, what is promised and told, and the button that signs it."""
    moment = now()
    wanted = parse_id(class_id)
    try:
        detail, seen = await run_unit(
            own_check.visit, login_token(request), moment, class_id=wanted, now=moment
        )
    except Unauthenticated:
        # Not a failure: most who come here for the first time have no account yet.
        return RedirectResponse(f"/login?why=enrol&next=/enrol/{wanted}", 303)
    paper, key = commitment.current(), uuid4().hex
    return page(request, "enrol", item=detail, check=seen.check, paper=paper, key=key)


@router.post("/enrol/{class_id}")
@guarded(Permission.ENROL)
async def sign(
    request: Request,
    class_id: str,
    version: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
    pension: Annotated[str, Form()] = "",
    ask_review: Annotated[str, Form()] = "",
) -> Response:
    """Take the seat, or a place in the queue of officers or of the waiting list; a refusal says
    why and what would help."""
    wanted = parse_id(class_id)
    try:
        if agreed:
            await declare_pension(request, pension)
        made = await run_hot_steps(
            enrolment.enrolling,
            request,
            wanted,
            commitment_version=version if agreed else None,
            idempotency_key=key or None,
            channel="page",
            ask_review=bool(ask_review),
            now=now(),
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return await _refused(request, wanted, error)
    return page(request, "enrol_done", made=made)


async def _refused(request: Request, class_id: UUID, error: PortalError) -> Response:
    """Which rule stands in the way, why, and what would help; other refusals say it themselves."""
    check = None
    if isinstance(error, NotEligible):
        moment = now()
        check = await run_unit(
            own_check.own_check, login_token(request), moment, class_id=class_id, now=moment
        )
    return page(
        request,
        "enrol_refused",
        error=error,
        class_id=class_id,
        sentence=sentence_for(error),
        code=error.code,
        mine=error.params.get("enrolment_id"),
        check=check,
    )
