"""How a refusal leaves: RFC 9457 problems for programs, a page with a way on for people."""

import logging
import traceback
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from portal.domain.errors import BadInput, NotFound, PortalError, Unauthenticated
from portal.http.context import wants_json
from portal.http.pages import page, refusal_headers
from portal.locale.errors import sentence_for

logger = logging.getLogger("portal.http")
# Of a chain of causes the first few tell what happened.
_CAUSES = 4


class Unexpected(PortalError):
    """A fault of ours; the sentence says that nothing has changed."""

    code = "unexpected"
    status = 500


class BodyTooLarge(BadInput):
    """More than the gatekeeper lets in."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__("body", "error.body_too_large", limit_mb=limit // 1_000_000)


class BadRequest(BadInput):
    """What the framework refused: a method, a body that is none, whatever comes next."""

    def __init__(self, status: int) -> None:
        super().__init__("request", "error.bad_request")
        self.status = status  # type: ignore[misc]  # of this one error


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
    headers = {"cache-control": "no-store", **refusal_headers(error)}
    return JSONResponse(body, error.status, headers, media_type="application/problem+json")


def answer(request: Request, error: PortalError) -> Response:
    """The right kind of refusal for who asked."""
    if wants_json(request):
        return problem(error)
    sign_in = None
    if isinstance(error, Unauthenticated):
        target = _way_back(request)
        sign_in = f"/login?next={quote(target)}"
    return page(request, "message", error=error, sentence=sentence_for(error), sign_in=sign_in)


def unexpected(request: Request, error: Exception) -> Response:
    """The answer to a fault of ours, which is written down without what a person typed.

    Messages of the database quote rows and parameters, so only types and places are logged;
    of the request only the path, because query strings and bodies hold what nobody should log.
    """
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < _CAUSES:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        chain.append(f"{type(cause).__module__}.{type(cause).__qualname__}\n{frames}")
        cause = cause.__cause__ or cause.__context__
    where = f"{request.method} {request.scope['path']!r}"
    logger.error("unexpected error at %s: %s", where, "caused by ".join(chain))
    return answer(request, Unexpected())


def _way_back(request: Request) -> str:
    """Where to go on after logging in: the same page, or the page that the form stood on."""
    path = str(request.scope["path"])
    if request.method == "GET" or path.startswith(("/enrol/", "/offers/")):
        return path
    return "/scan" if path.startswith("/checkin") else "/"


def install(app: FastAPI) -> None:
    """Nothing reaches a user as a trace or an English framework message."""

    @app.exception_handler(PortalError)
    async def refused(request: Request, error: PortalError) -> Response:
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        places = [part for part in error.errors()[0]["loc"] if isinstance(part, str)]
        if places[:1] == ["path"]:  # to its user a malformed link is one that leads nowhere
            return answer(request, NotFound())
        field = places[-1] if places else "body"
        return answer(request, BadInput(field, "error.field_unreadable", name=field))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == NotFound.status:
            return answer(request, NotFound())
        if error.status_code == BodyTooLarge.status:
            limit = error.detail if error.detail.isdigit() else "1000000"
            return answer(request, BodyTooLarge(int(limit)))
        response = answer(request, BadRequest(error.status_code))
        response.headers.update(error.headers or {})  # 405 names the methods that are allowed
        return response

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        return unexpected(request, error)
