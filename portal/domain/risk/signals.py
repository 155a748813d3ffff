"""All signals of a session. Each looks at one thing and answers with one reason or none."""

from collections.abc import Callable

from portal.domain.risk import patterns, phones, staff, times
from portal.domain.risk.reasons import Reason
from portal.domain.risk.seen import Seen

Signal = Callable[[Seen], Reason | None]

SIGNALS: tuple[Signal, ...] = (*phones.ALL, *times.ALL, *patterns.ALL, *staff.ALL)
