"""What a route needs from a request: who calls, from where, when."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import Request, Response

from portal.db.vault import get_vault
from portal.settings import get_settings

LOGIN_COOKIE = "portal_login"
TICKET_COOKIE = "portal_scan"


def now() -> datetime:
    """The clock of the edge."""
    return datetime.now(UTC)


def login_token(request: Request) -> str | None:
    """The login token of a browser (cookie) or a device (bearer)."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value:
        return value.strip()
    return request.cookies.get(LOGIN_COOKIE)


def source_key(request: Request) -> bytes:
    """A keyed hash of the network address, for throttling only; the address is not kept."""
    address = request.client.host if request.client else ""
    if get_settings().trusted_proxy:
        address = request.headers.get("x-forwarded-for", address).split(",")[-1].strip()
    return get_vault().lookup_hash("source", address)


def device_label(request: Request) -> str:
    """A short word for the list of logged-in devices; the browser's own string is not kept."""
    agent = request.headers.get("user-agent", "")
    for word, label in (
        ("MicroMessenger", "wechat"),
        ("Android", "android"),
        ("iPhone", "iphone"),
        ("Windows", "windows"),
        ("Macintosh", "mac"),
    ):
        if word in agent:
            return label
    return "other"


def safe_next(raw: str | None, default: str = "/") -> str:
    """A path of this site to go on to; anything else becomes ``default``."""
    if not raw or not raw.startswith("/") or raw.startswith("//") or "\\" in raw:
        return default
    parts = urlsplit(raw)
    if parts.scheme or parts.netloc or any(ord(char) < 33 for char in raw):
        return default
    return raw


def set_cookie(response: Response, name: str, value: str, *, max_age: int) -> None:
    """A cookie that scripts cannot read and other sites cannot send along with a post."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        samesite="lax",
        secure=get_settings().public_url.startswith("https://"),
        path="/",
    )


def wants_json(request: Request) -> bool:
    """Whether the client is a program rather than a person with a browser."""
    if request.url.path.startswith("/api/"):
        return True
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept
