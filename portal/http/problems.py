"""How a refusal leaves: RFC 9457 problems for programs, a page with a way on for people."""

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from portal.domain.errors import (
    BadInput,
    NotFound,
    PortalError,
    TooManyAttempts,
    Unauthenticated,
)
from portal.http.context import wants_json
from portal.http.pages import page
from portal.locale.errors import sentence_for

logger = logging.getLogger("portal.http")


def problem(error: PortalError) -> JSONResponse:
    """An application/problem+json answer with a stable ``code``."""
    body: dict[str, object] = {
        "type": f"/problems/{error.code}",
        "title": sentence_for(error),
        "status": error.status,
        "code": error.code,
        "detail": sentence_for(error),
    }
    if isinstance(error, BadInput):
        body["field"] = error.field
    response = JSONResponse(body, error.status, media_type="application/problem+json")
    _add_headers(response, error)
    return response


def _add_headers(response: Response, error: PortalError) -> None:
    response.headers["cache-control"] = "no-store"
    if isinstance(error, TooManyAttempts):
        response.headers["retry-after"] = str(error.params.get("seconds", 60))


def answer(request: Request, error: PortalError) -> Response:
    """The right kind of refusal for who asked."""
    if wants_json(request):
        return problem(error)
    sign_in = None
    if isinstance(error, Unauthenticated):
        target = request.url.path if request.method == "GET" else "/"
        sign_in = f"/login?next={quote(target)}"
    response = page(
        request, "message", status=error.status, sentence=sentence_for(error), sign_in=sign_in
    )
    _add_headers(response, error)
    return response


def install(app: FastAPI) -> None:
    """Nothing reaches a user as a trace or an English framework message."""

    @app.exception_handler(PortalError)
    async def refused(request: Request, error: PortalError) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        places = [str(part) for item in error.errors() for part in item["loc"]]
        field = places[-1] if places else "body"
        return answer(request, BadInput(field, "error.field_unreadable", name=field))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == NotFound.status:
            return answer(request, NotFound())
        response = answer(request, BadInput("request", "error.bad_request"))
        response.status_code = error.status_code
        return response

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        # The path only: query strings and bodies may hold what nobody should log.
        logger.exception("unexpected error at %s %s", request.method, request.url.path)
        response = answer(request, PortalError())
        response.status_code = 500
        return response
