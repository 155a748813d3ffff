"""What gets in by the websocket."""

import asyncio
from typing import Any

import pytest

from portal.pages.table import all_pages
from portal.state import door

SEARCH = "reflex___state____state.portal___state___classes____classes_state.search"


@pytest.fixture(autouse=True)
def _states() -> None:
    all_pages()
    door.handlers.cache_clear()


def sent(*events: object, clock: float = 0.0) -> list[Any]:
    """Those of the events of one connection that get in."""
    passed: list[Any] = []

    async def let_in(sid: str, data: Any) -> None:
        passed.append(data)

    async def send() -> None:
        guarded = door.Door(let_in, clock=lambda: clock)
        for event in events:
            await guarded.on_event("tab", event)

    asyncio.run(send())
    return passed


def event(name: object = SEARCH, **fields: object) -> dict[str, object]:
    return {"name": name, "payload": {"text": "dg"}, "router_data": {"pathname": "/"}, **fields}


def test_an_event_of_a_page_gets_in() -> None:
    assert sent(event()) == [event()]


def test_an_argument_of_another_type_is_left_to_the_handler() -> None:
    assert len(sent(event(payload={"text": {"a": [1]}}))) == 1


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        ["list"],
        {},
        event(name=5),
        event(name=["unhashable"]),
        event(name="reflex___state____state.portal___state___gone.load"),
        event(name="reflex___state____state.setvar", payload={"var_name": "x", "value": 1}),
        event(payload=None),
        event(payload=[]),
        event(payload={}),
        event(payload={"text": "dg", "more": 1}),
        event(payload={"self": 1}),
        event(router_data="text"),
        event(router_data={"pathname": 5}),
        event(router_data={"asPath": "/" * 9000}),
    ],
)
def test_what_no_page_sends_is_dropped(data: object) -> None:
    assert sent(data) == []


def test_what_every_page_sends_when_it_opens_gets_in() -> None:
    opening = {
        "reflex___state____state.hydrate_and_load": {"vars": {}, "hashes": []},
        "reflex___state____state.hydrate": {},
        "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal": {},
    }
    events = [event(name=name, payload=payload) for name, payload in opening.items()]
    assert sent(*events) == events


def test_no_way_to_set_a_variable_is_known() -> None:
    names = [name.rpartition(".")[2] for name in door.handlers()]
    assert names.count("load") > 15
    assert "setvar" not in names


def test_a_connection_that_floods_is_let_in_no_faster_than_it_may() -> None:
    assert len(sent(*[event()] * 500)) == door.BURST


def test_a_connection_that_waited_may_go_on() -> None:
    allowance = door._Allowance(0, 0.0)
    assert not allowance.spend(0.0)
    assert allowance.spend(1.0)
