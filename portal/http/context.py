"""What a route needs from a request: who calls, from where, when."""

import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import Request, Response

from portal.db.vault import get_vault
from portal.settings import get_settings

LOGIN_COOKIE = "portal_login"
# A right password whose second step is still to come; worth nothing as a login.
SECOND_COOKIE = "portal_second"
TICKET_COOKIE = "portal_scan"
# Our own addresses are shorter by far; proxies refuse a header of some thousand characters.
_LONGEST_NEXT = 1000


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
    return get_vault().lookup_hash("source", _network(address))


def _network(address: str) -> str:
    """Whose address it is: an IPv6 household has 2^64 of them and may use one for each try."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped or ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))


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
    if len(raw) > _LONGEST_NEXT:
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
    # Not request.url: that is put together with the Host header, which may be anything.
    if request.scope["path"].startswith("/api/"):
        return True
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept
