"""How often one source may do something that nobody must do a thousand times.

Each process counts by itself and in memory: with several, a source may do it so many times each.
"""

import threading
from collections import OrderedDict
from datetime import datetime
from math import ceil

from portal.domain.errors import TooManyAttempts

# The sources remembered; the one that came longest ago is forgotten first.
_SOURCES = 20_000


class Throttle:
    """``burst`` times at once, and then one every ``seconds``."""

    def __init__(self, burst: int, seconds: float) -> None:
        self._burst, self._seconds = float(burst), seconds
        self._left: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, source: bytes, *, now: datetime) -> None:
        """Count one; raises TooManyAttempts with the seconds to wait."""
        moment = now.timestamp()
        with self._lock:
            left, before = self._left.pop(source, (self._burst, moment))
            left = min(self._burst, left + max(0.0, moment - before) / self._seconds)
            wait = 0 if left >= 1 else ceil((1 - left) * self._seconds)
            self._left[source] = (left if wait else left - 1, moment)
            if len(self._left) > _SOURCES:
                self._left.popitem(last=False)
        if wait:
            raise TooManyAttempts(seconds=wait)

    def forget(self) -> None:
        """Start counting anew; for tests."""
        with self._lock:
            self._left.clear()
