"""Forgetting what a page held before: a shared phone may have another person in hand now."""

from typing import Any, cast

import reflex as rx


def forget(state: rx.State) -> None:
    """Put every variable of the state back to its beginning, before a page loads anew.

    A browser tab keeps its state through logging out and in again, so what one person saw must
    not stand there when loading for the next one is refused.
    """
    cast(Any, state).reset()
