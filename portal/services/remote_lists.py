"""Fetching what another portal publishes, from its registered address and from nowhere else.

A portal is asked only for its page of issuers and its status lists. No redirect is followed, no
more is read than such a file may hold, and in production no address inside a network is opened,
whatever a name resolves to: the address that was checked is the one that is connected to.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from portal.documents import signature
from portal.domain import portal_page
from portal.settings import get_settings

# Seconds for one answer, and for one read of it.
_WHOLE, _STEP = 8.0, 4.0
# Lists that are asked for at once: a portal needs a second one after 131,072 certificates.
MOST_LISTS = 8


class NotFetched(Exception):
    """No usable answer; what was known before stays in force."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the page, and signed lists by address. Nothing of it has been checked."""

    page: bytes | None = None
    lists: dict[str, str] = field(default_factory=dict)


# One asking of a portal at a time: whoever comes meanwhile goes on with what is known.
_asking: set[str] = set()
_lock = threading.Lock()


def fetch(address: str, list_urls: Iterable[str]) -> Fetched:
    """The page of the portal at ``address`` and its lists; what could not be had is left out."""
    with _lock:
        if address in _asking:
            return Fetched()
        _asking.add(address)
    try:
        return _fetch(address, [url for url in list_urls if is_list_of(address, url)][:MOST_LISTS])
    finally:
        with _lock:
            _asking.discard(address)


def is_list_of(address: str, url: str) -> bool:
    """Whether a status list lies where the portal at ``address`` has its lists."""
    number = url.removeprefix(f"{address}/status/")
    return number != url and number.isascii() and number.isdigit() and len(number) <= 6


def _fetch(address: str, list_urls: list[str]) -> Fetched:
    try:
        page = read(address + portal_page.PAGE_PATH, most=portal_page.LARGEST)
    except NotFetched:
        # A portal that does not show its page will not show its lists either.
        return Fetched()
    lists = {}
    for url in list_urls:
        try:
            lists[url] = read(url, most=signature.LONGEST).decode("ascii", "replace").strip()
        except NotFetched:
            continue
    return Fetched(page, lists)


def read(url: str, *, most: int) -> bytes:
    """What ``url`` answers, at most ``most`` bytes. Raises NotFetched."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    until = time.monotonic() + _WHOLE
    try:
        connection = _Checked(host, port, secure=secure)
        try:
            connection.request("GET", parts.path, headers={"accept": "*/*"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise NotFetched(f"status {answer.status}")
            return _body(answer, most, until)
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotFetched(type(error).__name__) from error


def _body(answer: http.client.HTTPResponse, most: int, until: float) -> bytes:
    """The whole body; a trickle that never ends is cut off."""
    parts, size = [], 0
    while piece := answer.read1(65536):
        size += len(piece)
        if size > most or time.monotonic() > until:
            raise NotFetched("too much, or too slow")
        parts.append(piece)
    return b"".join(parts)


class _Checked(http.client.HTTPConnection):
    """A connection to the very address that was checked."""

    def __init__(self, host: str, port: int, *, secure: bool) -> None:
        super().__init__(host, port, timeout=_STEP)
        self._secure = secure

    def connect(self) -> None:
        """Resolve, check, connect; under TLS to the name that was asked for."""
        made = socket.create_connection((allowed_address(self.host, self.port), self.port), _STEP)
        if not self._secure:
            self.sock = made
            return
        try:
            self.sock = ssl.create_default_context().wrap_socket(made, server_hostname=self.host)
        except BaseException:
            made.close()
            raise


def allowed_address(host: str, port: int) -> str:
    """The address of a host, if we may connect to it: raises NotFetched when any is inside a
    network, for a real portal is on the open one."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(row[4][0]) for row in found]
    if not addresses:
        raise NotFetched("no address")
    if get_settings().is_production and not all(map(_is_public, addresses)):
        raise NotFetched("an address inside a network")
    return addresses[0]


# Addresses of the old kind within addresses of the new: a gateway leads from these to those.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    meant: list[ipaddress.IPv4Address | ipaddress.IPv6Address | None] = [parsed]
    if isinstance(parsed, ipaddress.IPv6Address):
        within = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        is_translated = parsed in _TRANSLATED or int(parsed) >> 32 == 0
        meant = [
            parsed.ipv4_mapped or parsed,
            parsed.sixtofour,
            *(parsed.teredo or ()),
            within if is_translated else None,
        ]
    return all(one is None or (one.is_global and not one.is_multicast) for one in meant)
