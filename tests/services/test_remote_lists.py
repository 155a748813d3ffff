"""Fetching from a real server on this machine: what is read, and what is not followed."""

import http.server
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from portal.domain.portal_page import PAGE_PATH
from portal.services import remote_lists
from portal.services.remote_lists import Fetched, NotFetched, fetch, is_list_of, read


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers by path; counts what it was asked for."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("location", "/page")
            self.end_headers()
            return
        self.send_response(200 if self.path != "/broken" else 500)
        self.end_headers()
        self.wfile.write(b"x" * (5000 if self.path == "/large" else 5))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Pages.asked.clear()
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    thread.join()
    made.server_close()


def test_an_answer_is_read(server: str) -> None:
    assert read(f"{server}/page", most=10) == b"xxxxx"


@pytest.mark.parametrize("path", ["/large", "/moved", "/broken"])
def test_what_is_too_large_or_leads_elsewhere_is_not(server: str, path: str) -> None:
    with pytest.raises(NotFetched):
        read(server + path, most=4000)
    assert Pages.asked == [path]


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(NotFetched):
        read("http://127.0.0.1:1/page", most=10)
    assert fetch("http://127.0.0.1:1", []) == Fetched()


def test_only_the_portals_own_lists_are_asked_for(server: str) -> None:
    lists = [f"{server}/status/0", f"{server}/admin", "http://127.0.0.1:1/status/0"]
    found = fetch(server, lists)
    assert Pages.asked == [PAGE_PATH, "/status/0"]
    assert list(found.lists) == [f"{server}/status/0"]


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://a.example/status/0", True),
        ("https://a.example/status/12", True),
        ("https://a.example/status/../admin", False),
        ("https://a.example/status/0?x", False),
        ("https://a.example/status/", False),
        ("https://a.example.evil/status/0", False),
        ("https://a.example/status/1234567", False),
        ("https://a.example/status/٣", False),
    ],
)
def test_an_address_of_a_list(url: str, is_one: bool) -> None:
    assert is_list_of("https://a.example", url) is is_one


def test_one_asking_of_a_portal_at_a_time(server: str) -> None:
    remote_lists._asking.add(server)
    try:
        assert fetch(server, []) == Fetched()
        assert Pages.asked == []
    finally:
        remote_lists._asking.discard(server)
