"""Every event handler of every state says who may call it, and the table here says the same."""

import inspect
from functools import cache

import pytest
import reflex as rx

from portal.domain.permissions import Permission
from portal.pages.table import all_pages
from portal.services.unit import required_permission
from portal.state.base import PageState

P = Permission


@cache
def states() -> tuple[type[rx.State], ...]:
    """All states of ours; the page table imports them."""
    all_pages()
    stack: list[type[rx.State]] = [rx.State]
    found = []
    while stack:
        below = stack.pop().__subclasses__()
        stack += below
        found += [child for child in below if child.__module__.startswith("portal.")]
    return tuple(found)


def public_methods(state: type[rx.State]) -> dict[str, object]:
    """What a client can call: Reflex takes every public method for a handler."""
    return {
        name: getattr(handler, "fn", handler)
        for name, handler in state.event_handlers.items()
        if not hasattr(rx.State, name)
    }


ALL = sorted(set(states()), key=lambda state: (state.__module__, state.__name__))


def test_there_are_states_to_check() -> None:
    assert len(ALL) > 5


@pytest.mark.parametrize("state", ALL, ids=lambda state: state.__name__)
def test_every_handler_declares_a_permission(state: type[rx.State]) -> None:
    silent = [
        name for name, method in public_methods(state).items() if not required_permission(method)
    ]
    assert silent == []


@pytest.mark.parametrize("state", ALL, ids=lambda state: state.__name__)
def test_every_handler_is_asynchronous(state: type[rx.State]) -> None:
    """A sync handler would run its query on the event loop."""
    sync = [
        name
        for name, method in public_methods(state).items()
        if not inspect.iscoroutinefunction(inspect.unwrap(method))  # type: ignore[arg-type]
        and not inspect.isasyncgenfunction(inspect.unwrap(method))  # type: ignore[arg-type]
    ]
    assert sync == []


@pytest.mark.parametrize("state", ALL, ids=lambda state: state.__name__)
def test_no_state_keeps_a_token_or_an_identifier_in_a_public_variable(
    state: type[rx.State],
) -> None:
    for name in state.base_vars:
        assert not any(word in name for word in ("token", "password", "secret")), name


def test_page_states_are_mixins_of_flat_states() -> None:
    for state in ALL:
        if issubclass(state, PageState):
            assert rx.State in state.__bases__, state
