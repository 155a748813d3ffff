"""The tasks by name, and how one is run.

A task is a function ``(*, now, **args)`` that opens its own transactions, mostly by one line::

    @task("expire_offer")
    def expire_offer(*, offer_id: str, now: datetime) -> None:
        as_actor(waiting.expire_offer, SYSTEM, offer_id=UUID(offer_id), now=now)

    @periodic("sweep_offers", every=timedelta(seconds=30))
    def sweep_offers(*, now: datetime) -> None:
        as_actor(waiting.expire_due, SYSTEM, now=now)

Modules that hold tasks stand in ``MODULES``; arguments are as ``services.queue`` wrote them.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

TaskFunction = Callable[..., None]
F = TypeVar("F", bound=TaskFunction)

# Where tasks are defined; each module registers its own when it is imported.
MODULES = (
    "portal.tasks.archive",
    "portal.tasks.attendance",
    "portal.tasks.catalogues",
    "portal.tasks.audit_trail",
    "portal.tasks.certificates",
    "portal.tasks.claims",
    "portal.tasks.classes",
    "portal.tasks.housekeeping",
    "portal.tasks.listings",
    "portal.tasks.messaging",
    "portal.tasks.needs",
    "portal.tasks.offers",
    "portal.tasks.oversight",
    "portal.tasks.portals",
    "portal.tasks.reports",
    "portal.tasks.reviews",
    "portal.tasks.risk",
    "portal.tasks.rosters",
)

# A tick must fall on the same moments in every process, whenever it was started.
_TICKS = {timedelta(seconds=s) for s in (10, 30)} | {timedelta(minutes=m) for m in (1, 5, 10, 30)}
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class UnknownTask(LookupError):
    """A job names a task that no module has: written by another version of the portal."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task; ``every`` is set for one that comes by the clock."""

    name: str
    function: TaskFunction
    every: timedelta | None = None

    @property
    def cron(self) -> str:
        """When it comes, as croniter reads it (a sixth field is seconds); UTC."""
        if self.every is None:
            raise ValueError(f"{self.name} does not come by the clock")
        seconds = int(self.every.total_seconds())
        if self.every == _DAY:
            # 03:20 in Beijing: the quietest hour.
            return "20 19 * * *"
        if self.every == _HOUR:
            return "7 * * * *"
        return f"*/{seconds // 60} * * * *" if seconds >= 60 else f"* * * * * */{seconds}"


_tasks: dict[str, Task] = {}


def task(name: str) -> Callable[[F], F]:
    """Register a task that services defer by ``name``."""
    return _registering(name, None)


def periodic(name: str, *, every: timedelta) -> Callable[[F], F]:
    """Register a task that comes by the clock: every 10 or 30 s; 1, 5, 10 or 30 min; hour; day.

    It takes ``now`` only. It may be deferred by name, too.
    """
    if every not in _TICKS | {_HOUR, _DAY}:
        raise ValueError(f"{name}: the clock does not tick every {every}")
    return _registering(name, every)


def _registering(name: str, every: timedelta | None) -> Callable[[F], F]:
    def register(function: F) -> F:
        known = _tasks.get(name)
        if known is not None and known.function.__qualname__ != function.__qualname__:
            raise ValueError(f"two tasks are called {name}")
        _tasks[name] = Task(name, function, every)
        return function

    return register


def all_tasks() -> dict[str, Task]:
    """Every task by name."""
    for module in MODULES:
        importlib.import_module(module)
    return dict(_tasks)


def run_task(name: str, args: dict[str, Any], *, now: datetime) -> None:
    """Run a task here and now; raises UnknownTask, and whatever the task raises."""
    found = all_tasks().get(name)
    if found is None:
        raise UnknownTask(name)
    found.function(**args, now=now)
