"""Enrolment: read the commitment, sign it, have the seat. One page, one post."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from portal.domain.errors import PortalError, Unauthenticated
from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.http.context import login_token, now
from portal.http.hot import run_hot_steps
from portal.http.pages import page
from portal.locale.errors import sentence_for
from portal.services import catalogue, commitment, enrolment
from portal.services.unit import guarded, run_unit

router = APIRouter(include_in_schema=False)


@router.get("/enrol/{class_id}")
@guarded(Permission.ENROL)
async def commitment_page(request: Request, class_id: str) -> Response:
    """What is promised and told, and the button that signs it."""
    moment = now()
    wanted = parse_id(class_id)
    try:
        detail = await run_unit(
            catalogue.class_detail, login_token(request), moment, class_id=wanted, now=moment
        )
    except Unauthenticated:
        # Not a failure: most who come here for the first time have no account yet.
        return RedirectResponse(f"/login?why=enrol&next=/enrol/{wanted}", 303)
    return page(request, "enrol", item=detail, paper=commitment.current(), key=uuid4().hex)


@router.post("/enrol/{class_id}")
@guarded(Permission.ENROL)
async def sign(
    request: Request,
    class_id: str,
    version: Annotated[str, Form()] = "",
    agreed: Annotated[str, Form()] = "",
    key: Annotated[str, Form()] = "",
) -> Response:
    """Take the seat; a refusal says why and what would help."""
    wanted = parse_id(class_id)
    try:
        made = await run_hot_steps(
            enrolment.enrolling,
            request,
            wanted,
            commitment_version=version if agreed else None,
            idempotency_key=key or None,
            channel="page",
            now=now(),
        )
    except Unauthenticated:
        raise
    except PortalError as error:
        return page(
            request,
            "enrol_refused",
            error=error,
            class_id=wanted,
            sentence=sentence_for(error),
            code=error.code,
        )
    return page(request, "enrol_done", made=made)
