"""How often one source may ask whether certificates are genuine.

Numbers can be counted up, and each answer tells a little of somebody. An office that checks a pile
of certificates is never stopped; whoever tries a million numbers is. Each process counts by
itself and in memory: with several, a source may ask so many times each.
"""

import threading
from collections import OrderedDict
from datetime import datetime
from math import ceil

# So many questions at once, and then so many a second.
BURST, PER_SECOND = 60, 1.0
# The sources remembered; the one that asked longest ago is forgotten first.
_SOURCES = 20_000

_asked: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
_lock = threading.Lock()


def allow(source: bytes, *, now: datetime, weight: int = 1) -> int:
    """Count a question of ``source`` (a keyed hash); 0, or the seconds it has to wait.

    One that costs us more than a look into the database counts as ``weight`` of them.
    """
    moment = now.timestamp()
    with _lock:
        left, before = _asked.pop(source, (float(BURST), moment))
        left = min(float(BURST), left + max(0.0, moment - before) * PER_SECOND)
        wait = 0 if left >= weight else ceil((weight - left) / PER_SECOND)
        _asked[source] = (left if wait else left - weight, moment)
        if len(_asked) > _SOURCES:
            _asked.popitem(last=False)
    return wait


def forget() -> None:
    """Start counting anew; for tests."""
    with _lock:
        _asked.clear()
