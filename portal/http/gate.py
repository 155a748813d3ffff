"""The first wall for pages: whoever opens a private page without a login is led to it at once,
before any script is loaded. Services check again; this only saves a detour."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from portal.domain.permissions import Actor, Permission
from portal.http.context import login_token, now
from portal.services.unit import guarded, run_unit

# Page prefix -> what its visitor must be allowed to do.
PRIVATE_PAGES = {
    "/me": Permission.SIGNED_IN,
    "/teach": Permission.RUN_SESSION,
    "/admin": Permission.SIGNED_IN,
    "/employer": Permission.SUBMIT_ROSTER,
}
# Pages that say nothing about anybody: what a phone keeps is shown without a login, too.
OPEN_PAGES = frozenset({"/me/pass", "/me/pass/time"})


def page_permission(path: str) -> Permission:
    """What the page at ``path`` asks of its visitor."""
    if path in OPEN_PAGES:
        return Permission.PUBLIC
    for prefix, permission in PRIVATE_PAGES.items():
        if path == prefix or path.startswith(prefix + "/"):
            return permission
    return Permission.PUBLIC


def _who(session: object, actor: Actor) -> Actor:
    return actor


@guarded(Permission.PUBLIC)
async def _actor(request: Request) -> Actor:
    return await run_unit(_who, login_token(request), now())


class PageGate:
    """Redirects visitors of private pages who are not signed in, or not the right role."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or lead to the log-in page or home."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        permission = page_permission(scope["path"])
        if permission is Permission.PUBLIC:
            await self.app(scope, receive, send)
            return
        actor = await _actor(Request(scope))
        if not actor.is_signed_in:
            target = f"/login?next={quote(scope['path'])}"
            await RedirectResponse(target, 303)(scope, receive, send)
        elif not actor.may(permission):
            await RedirectResponse("/me", 303)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
