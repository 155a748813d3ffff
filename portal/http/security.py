"""What every answer and every request goes through, whichever door it uses."""

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal.domain.errors import OriginRefused
from portal.http.problems import BodyTooLarge, answer, unexpected
from portal.settings import BUILT_PAGES, get_settings

MAX_BODY = 1_000_000
# Routes that take a file, and how much of one.
LARGE_BODIES = {
    "/rosters/new": 4_000_000,
    "/admin/facts/import": 4_000_000,
    # 10 MB of sheet, and what a form puts around it.
    "/admin/catalogues/import": 10_600_000,
    # A photo of 5 MB at most, and what a form puts around it; whoever is refused reads whole MB.
    "/me/external/new": 5_900_000,
    "/me/photo": 5_900_000,
    # The same for a certificate.
    "/verify/file": 5_900_000,
    "/complaints/new": 5_900_000,
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=()",
}


@lru_cache
def pages_policy(folder: Path = BUILT_PAGES) -> str:
    """The Content-Security-Policy of the built pages: their inline scripts by hash, no eval."""
    hashes = set()
    for file in folder.rglob("*.html"):
        for script in _INLINE_SCRIPT.findall(file.read_text("utf-8")):
            digest = hashlib.sha256(script.encode()).digest()
            hashes.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    return (
        f"default-src 'self'; script-src 'self' {' '.join(sorted(hashes))};"
        " style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:;"
        " worker-src 'self' blob:; connect-src 'self' ws: wss:; object-src 'none';"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def is_own_origin(headers: Headers) -> bool:
    """Whether a writing request came from our own pages, or from a program without an origin."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
    try:
        parts = urlsplit(origin)
    except ValueError:  # an address in brackets that is none
        return False
    own = {headers.get("host", "").lower(), urlsplit(get_settings().public_url).netloc.lower()}
    host = parts.netloc.lower()
    return parts.scheme in {"http", "https"} and bool(host) and host in own


class Gatekeeper:
    """Pure ASGI: origin and size checks before, security and cache headers after."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what must not come in, then pass on."""
        if scope["type"] == "websocket" and not is_own_origin(Headers(scope=scope)):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        outgoing = _with_headers(scope, send)
        if scope["method"] not in SAFE_METHODS and not is_own_origin(headers):
            await answer(Request(scope), OriginRefused())(scope, receive, outgoing)
            return
        limit = LARGE_BODIES.get(scope["path"], MAX_BODY)
        if _declared_length(headers) > limit:
            await answer(Request(scope), BodyTooLarge(limit))(scope, receive, outgoing)
            return
        await self._pass_on(scope, receive, outgoing)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application. No fault of it reaches the server, which would log its message."""
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            limit = LARGE_BODIES.get(scope["path"], MAX_BODY)
            await self.app(scope, _limited(receive, limit), noting)
        except Exception as error:
            if not started:
                await unexpected(Request(scope), error)(scope, receive, send)
            # Otherwise problems.py has answered and logged it, and Starlette raised it again.


def _declared_length(headers: Headers) -> int:
    """How long the body says it is; one that says nothing we can read is counted as it comes."""
    declared = headers.get("content-length", "")
    return int(declared[:20]) if declared.isascii() and declared.isdigit() else 0


def _limited(receive: Receive, limit: int) -> Receive:
    """Count a body as it comes, whatever length it declared."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                # The number goes with the refusal: who answers it does not know the route's.
                raise HTTPException(BodyTooLarge.status, detail=str(limit))
        return message

    return limited


@lru_cache
def _fixed_headers(*, https: bool) -> dict[bytes, bytes]:
    """What every answer carries."""
    found = {name.encode(): value.encode() for name, value in _HEADERS.items()}
    if https:
        found[b"strict-transport-security"] = b"max-age=31536000"
    return found


def _headers_for(path: str, content_type: bytes) -> dict[bytes, bytes]:
    """What an answer carries by its path and kind."""
    if path.startswith("/assets/"):
        return {b"cache-control": b"public, max-age=31536000, immutable"}
    found = {b"cache-control": b"no-cache"}
    if content_type.startswith(b"text/html"):
        found[b"content-security-policy"] = pages_policy().encode()
    return found


def _with_headers(scope: Scope, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.setdefault("headers", [])
            there = dict(headers)
            https = get_settings().public_url.startswith("https://")
            kind = there.get(b"content-type", b"")
            wanted = _fixed_headers(https=https) | _headers_for(scope["path"], kind)
            headers.extend(pair for pair in wanted.items() if pair[0] not in there)
        await send(message)

    return sending
