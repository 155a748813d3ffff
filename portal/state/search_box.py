"""A search box whose text stands in the page's address.

Typing changes the address, and a changed address asks the page to load again. In between the
person has typed on: what comes back late must neither show older rows nor overwrite the box.
"""

from typing import Any

import reflex as rx

# Addresses that typing set and that have not come back; more were lost with the link.
_MOST_PENDING = 8


class SearchBox(rx.State, mixin=True):
    """``box`` is what the search box begins with. A new ``box_no`` makes a new box; with the old
    one a browser keeps what somebody is typing."""

    box: str = ""
    box_no: int = 0
    _typed: str = ""
    _pending: list[str] = []

    def _follow(self, typed: str, address: str) -> Any:
        """Lead the address after what was typed."""
        self._typed = self.box = typed
        self._pending = [*self._pending, address][-_MOST_PENDING:]
        return rx.redirect(address, replace=True)

    def _is_echo(self, address: str) -> bool:
        """Whether the address came from typing; forgets it and all before it."""
        if address not in self._pending:
            return False
        self._pending = self._pending[self._pending.index(address) + 1 :]
        return True

    def _fill(self, text: str) -> None:
        """Show in the box what the address says, after a link or the way back."""
        if text != self._typed:
            self._typed = self.box = text
            self.box_no += 1
