"""The page on which another portal says who signs there, as we keep it.

A page is taken over only in the parts that we understand. Keys never leave it: one that the
portal no longer shows stays, marked, since what it signed is still in people's hands.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from portal.domain.errors import BadInput

PAGE_PATH = "/.well-known/portal-issuer.json"
LARGEST = 300_000
_MOST_KEYS = 2_000
_X = re.compile(r"[A-Za-z0-9_-]{43}")
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_KINDS = ("portal", "authority", "institution")


class BadPage(BadInput):
    """No issuer page, or one that contradicts itself."""

    def __init__(self, reason: str = "portals.bad_page", **params: object) -> None:
        super().__init__("page", reason, **params)


def portal_address(raw: str, *, local: bool) -> str:
    """``https://host[:port]`` as it is registered; plain http for this machine only if ``local``.

    Raises BadInput("url", ...) for whatever else: a path, a login, another scheme.
    """
    text = raw.strip().removesuffix(PAGE_PATH).rstrip("/")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput("url", "portals.bad_address") from None
    own = (":" in host and f"[{host}]") or host
    plain = text == text.lower() and text.isascii() and len(text) <= 200
    if not host or not plain or parts.netloc != (f"{own}:{port}" if port else own):
        raise BadInput("url", "portals.bad_address")
    if parts.path or parts.query or parts.fragment or any(char <= " " for char in text):
        raise BadInput("url", "portals.bad_address")
    if parts.scheme != "https" and not (local and parts.scheme == "http" and own in _LOCAL):
        raise BadInput("url", "portals.needs_https")
    return text


def read_page(content: bytes, address: str) -> dict[str, Any]:
    """The page of the portal at ``address``, with what we understand of it. Raises BadPage."""
    if len(content) > LARGEST:
        raise BadPage
    try:
        raw = json.loads(content)
        found = _clean(raw)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadPage from None
    if found["id"] != address + PAGE_PATH:
        raise BadPage("portals.other_address", said=found["id"][:100])
    if found["status_lists"] != f"{address}/status/":
        raise BadPage("portals.other_lists")
    return found


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What is known after a new page has come: no key vanishes, none becomes good again."""
    issuers = {one["id"]: one for one in (*old["issuers"], *new["issuers"])}
    shown = {one["kid"]: one for one in new["keys"]}
    keys = [_merged_key(one, shown.pop(one["kid"], None)) for one in old["keys"]]
    return {
        "id": old["id"],
        "name": new["name"],
        "status_lists": old["status_lists"],
        "issuers": list(issuers.values()),
        "keys": [*keys, *shown.values()],
    }


def portal_keys(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The keys of the portal itself: those that sign archive files and status lists."""
    own = {one["id"] for one in page["issuers"] if one["kind"] == "portal"}
    return [key for key in page["keys"] if key["iss"] in own]


def _merged_key(old: dict[str, Any], new: dict[str, Any] | None) -> dict[str, Any]:
    if new is None:
        return old | {"dropped": True}
    made = {name: value for name, value in old.items() if name != "dropped"}
    # A key stays whose it was; an end once told is never put off.
    if "exp" in new:
        made["exp"] = min(new["exp"], old.get("exp", new["exp"]))
    if "revoked_at" in new:
        made["revoked_at"] = min(new["revoked_at"], old.get("revoked_at", new["revoked_at"]))
    return made


def _clean(raw: Any) -> dict[str, Any]:
    keys = [_key(one) for one in raw["keys"]]
    issuers = [
        {"id": _text(one["id"]), "name": _text(one["name"]), "kind": _kind(one["kind"])}
        for one in raw["issuers"]
    ]
    known = {one["id"] for one in issuers}
    kids = {key["kid"] for key in keys}
    if not keys or len(keys) > _MOST_KEYS or len(kids) != len(keys):
        raise ValueError("keys")
    if any(key["iss"] not in known for key in keys):
        raise ValueError("a key without its issuer")
    if sum(one["kind"] == "portal" for one in issuers) != 1:
        raise ValueError("one portal")
    return {
        "id": _text(raw["id"]),
        "name": _text(raw["name"]),
        "status_lists": _text(raw["status_lists"]),
        "issuers": issuers,
        "keys": keys,
    }


def _key(raw: Any) -> dict[str, Any]:
    x = raw["x"]
    if raw["kty"] != "OKP" or raw["crv"] != "Ed25519" or not _X.fullmatch(x):
        raise ValueError("key")
    if raw["kid"] != thumbprint(x):
        raise ValueError("a key under another's name")
    made = {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": raw["kid"], "iss": _text(raw["iss"])}
    made["nbf"] = _moment(raw["nbf"])
    if "exp" in raw:
        made["exp"] = _moment(raw["exp"])
    if "revoked" in raw:
        made["revoked_at"] = _moment(raw["revoked"]["revoked_at"])
    return made


def thumbprint(x: str) -> str:
    """The name of an Ed25519 key (RFC 7638): nobody can publish another key under it."""
    plain = f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'
    digest = hashlib.sha256(plain.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 300 or not value.isprintable():
        raise ValueError("text")
    return value


def _kind(value: Any) -> str:
    if value not in _KINDS:
        raise ValueError("kind")
    return str(value)


def _moment(value: Any) -> int:
    if type(value) is not int or not 0 < value < 2**40:
        raise ValueError("moment")
    return int(value)
