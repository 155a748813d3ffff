"""The trainee's own code: a page that a phone keeps for days without a link, and its key.

``/me/pass`` itself says nothing about anybody, so that the service worker may keep it and a phone
may open it without a login: whose passes stand on it is known to the phone alone, which got
each key once, over its owner's login, by ``POST /me/pass/key``.

What logging out does. Families share phones: a sibling who logs in must not cost the other the
way to sign in, so a kept pass stays on the phone until somebody removes it there. That gives
little away: a pass is worth something only when its owner stands before the staff, who see the
name; it opens no account. Whoever does not want it there taps "remove": the key is deleted at
once, the phone remembers only that it must not be kept again, and from then on the pass is shown
while its owner is logged in, from memory. So nothing of it outlives the log-out. And whoever has
lost a phone draws a new pass, which ends all that were kept before.
"""

from base64 import urlsafe_b64encode
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from portal.documents import qr
from portal.domain.permissions import Permission
from portal.http.context import login_token, now, wants_json
from portal.http.pages import page
from portal.locale import t
from portal.services import passes
from portal.services.passes import PhonePass
from portal.services.unit import guarded, public, run_unit
from portal.settings import get_settings

router = APIRouter(include_in_schema=False)

# What the page's script says, by its keys under "pass.".
_TEXTS = (
    "own",
    "next",
    "switch",
    "kept",
    "not_kept",
    "cannot_keep",
    "removed",
    "renewed",
    "clock_wrong",
    "clock_jumped",
    "never_online",
)


@router.get("/me/pass")
@public
async def shell(request: Request) -> Response:
    """The page that shows the passes kept on this phone; the same for everybody."""
    texts = {name: t(f"pass.{name}") for name in _TEXTS}
    return page(request, "pass", base=get_settings().public_url, texts=texts)


@router.post("/me/pass/key")
@guarded(Permission.CHECK_IN)
async def key(request: Request) -> Response:
    """What the owner's phone keeps. A post, since the first call makes the pass."""
    moment = now()
    own = await run_unit(passes.my_pass, login_token(request), moment, now=moment)
    return _json(_kept(own) | _shown(own))


@router.get("/me/pass/time")
@public
async def time(request: Request) -> Response:
    """The server's clock in milliseconds, and whether there is a key to ask for: a phone that only
    keeps passes, or on which staff are logged in, has none."""
    moment = now()
    who = await run_unit(passes.who_asks, login_token(request), moment, now=moment)
    return _json({"now": now().timestamp() * 1000, "who": who})


@router.get("/me/pass/now")
@guarded(Permission.CHECK_IN)
async def shown_now(request: Request) -> Response:
    """The pass of this moment, for a browser without a script or without cryptography."""
    moment = now()
    own = await run_unit(passes.my_pass, login_token(request), moment, now=moment)
    if wants_json(request):
        return _json(_shown(own))
    return _now_page(request, own)


@router.post("/me/pass/renew")
@guarded(Permission.CHECK_IN)
async def renew(request: Request) -> Response:
    """A new pass; those kept on any phone before are worthless from now on."""
    moment = now()
    own = await run_unit(passes.renew, login_token(request), moment, now=moment)
    if wants_json(request):
        return _json(_kept(own) | _shown(own))
    return _now_page(request, own, renewed=True)


@router.get("/p/{token}")
@public
async def about(request: Request, token: str) -> Response:
    """What a stranger reads who scans a pass or a card: what it is, and nothing of the person.

    The code is not even looked at, so that nobody learns here whether it is genuine.
    """
    return page(request, "pass_about")


def _now_page(request: Request, own: PhonePass, *, renewed: bool = False) -> Response:
    left = (own.code.expires_at - own.now).total_seconds()
    return page(
        request,
        "pass_now",
        own=own,
        svg=qr.svg(own.url),
        seconds=max(1, int(left) + 1),
        renewed=renewed,
    )


def _kept(own: PhonePass) -> dict[str, Any]:
    return {
        "pass_id": own.pass_id.hex,
        "key": urlsafe_b64encode(own.key).rstrip(b"=").decode(),
        "generation": own.generation,
    }


def _shown(own: PhonePass) -> dict[str, Any]:
    return {
        "name": own.name_masked,
        "url": own.url,
        "numeric": own.code.numeric,
        "seconds": (own.code.expires_at - own.now).total_seconds(),
        "now": own.now.timestamp() * 1000,
    }


def _json(body: dict[str, Any]) -> Response:
    return JSONResponse(body, headers={"cache-control": "no-store"})
