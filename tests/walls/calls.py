"""Every act of the services, found by looking, and called as somebody with the ids of a region."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from datetime import time, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from portal import services
from portal.db.models import Base
from portal.domain.errors import Forbidden, PortalError, Unauthenticated
from portal.domain.permissions import GRANTS, Actor, Permission
from portal.services.times import day_of
from tests.support import factories as make

NOW = make.NOW
_HOME = services.__name__ + "."
_WRITES = re.compile(
    r"\b(?:INSERT INTO|DELETE FROM|UPDATE(?=\s+\w+\s+(?:AS\s+\w+\s+)?SET))\s+(\w+)"
)
# What any parameter of a type is given where no name says better: long enough for a reason.
_BY_TYPE: dict[str, Any] = {
    "str": "按规定核对了材料",
    "int": 1,
    "bool": True,
    "bytes": b"0",
    "float": 0.0,
    "datetime": NOW,
    "date": day_of(NOW),
    "time": time(9, 0),
    "timedelta": timedelta(days=1),
}


@dataclass(frozen=True)
class Act:
    """A function ``f(session, actor, ...)`` of the services that asks for nothing but values."""

    name: str
    run: Callable[..., Any]
    takes: tuple[inspect.Parameter, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of a call. ``lacks`` is the permission that the role is not granted, ``words``
    all that the answer says, ``wrote`` the tables that were written to."""

    error: Exception | None
    lacks: Permission | None
    words: str
    wrote: frozenset[str]

    @property
    def is_refused(self) -> bool:
        return isinstance(self.error, PortalError) and self.error.status in (401, 403, 404)

    def __str__(self) -> str:
        said = repr(self.error) if self.error else f"answered, wrote {sorted(self.wrote)}"
        return said[:300]


def all_acts() -> Iterator[Act]:
    """The acts, by module and name. What wants a loaded row comes after somebody checked it."""
    for module in pkgutil.walk_packages(services.__path__, _HOME):
        loaded = importlib.import_module(module.name)
        for name, function in list(vars(loaded).items()):
            if not inspect.isfunction(function) or function.__module__ != module.name:
                continue
            first, *rest = [*inspect.signature(function).parameters.values()] or [None]
            if name.startswith("_") or not rest or (first and first.name != "session"):
                continue
            if rest[0].name == "actor" and not any(map(_is_loaded, rest)):
                yield Act(f"{module.name.removeprefix(_HOME)}.{name}", function, tuple(rest[1:]))


def _is_loaded(needed: inspect.Parameter) -> bool:
    """Whether a parameter wants more than values: a row, or a row's own view."""
    kind = needed.annotation
    if needed.kind is not needed.POSITIONAL_OR_KEYWORD or kind in (Actor, UUID):
        return False
    return inspect.isclass(kind) and (issubclass(kind, Base) or is_dataclass(kind))


def arguments(act: Act, given: Mapping[str, Any]) -> dict[str, Any]:
    """What an act is called with: the longest name that is known, or else something of the type.

    What need not be said is said only where a name tells of this act alone.
    """
    module, values = act.name.rpartition(".")[0], {}
    for one in act.takes:
        names = [f"{act.name}.{one.name}"]
        if one.default is one.empty:
            names += [f"{module}.{one.name}", one.name]
            values[one.name] = _by_type(one.annotation)
        for name in reversed(names):
            if name in given:
                values[one.name] = given[name]
    return values


def _by_type(kind: Any) -> Any:
    return uuid4() if kind is UUID else _BY_TYPE.get(getattr(kind, "__name__", ""))


@contextmanager
def noting(engine: Engine) -> Iterator[set[str]]:
    """The tables that are written to meanwhile."""
    wrote: set[str] = set()

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        wrote.update(_WRITES.findall(statement))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield wrote
    finally:
        event.remove(engine, "before_cursor_execute", note)


def attempt(engine: Engine, act: Act, actor: Actor, values: Mapping[str, Any]) -> Outcome:
    """Call an act as an actor and take back whatever it did."""
    lacks: list[Permission] = []

    def require(self: Actor, permission: Permission) -> None:
        if permission not in GRANTS[self.role]:
            lacks.append(permission)
            raise Forbidden if self.is_signed_in else Unauthenticated

    error: Exception | None = None
    with noting(engine) as wrote, Session(engine) as session:
        try:
            with patch.object(Actor, "require", require):
                answer = act.run(session, actor, **values)
            session.flush()
            words = " ".join(words_of(answer))
        except Exception as raised:
            error, words = raised, ""
        session.rollback()
    lost = lacks[-1] if lacks and error is not None else None
    return Outcome(error, lost, words, frozenset(wrote))


def words_of(value: Any, depth: int = 0) -> Iterator[str]:
    """Whatever an answer says, however deep."""
    if depth > 12 or value is None or callable(value):
        return
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from words_of(getattr(value, one.name), depth + 1)
    elif isinstance(value, Base):
        for one in list(value.__mapper__.column_attrs.keys()):
            yield from words_of(getattr(value, one, None), depth + 1)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from words_of(key, depth + 1)
            yield from words_of(one, depth + 1)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "ignore")
    elif isinstance(value, (Sequence, Set)) and not isinstance(value, str):
        for one in value:
            yield from words_of(one, depth + 1)
    else:
        yield str(value)
