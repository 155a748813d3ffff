"""Tasks have one name each, services ask for those that exist, the clock's are spelled right."""

import ast
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter

from portal.settings import ROOT
from portal.tasks import registry

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_tasks", registry.all_tasks())


def deferred_names() -> Iterator[tuple[str, str]]:
    """Every ``defer(session, "literal", ...)`` of the package."""
    for file in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) >= 2:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                asked = node.args[1]
                if name == "defer" and isinstance(asked, ast.Constant):
                    yield str(asked.value), f"{file.name}:{node.lineno}"


def test_every_deferred_name_is_a_task() -> None:
    known = registry.all_tasks()
    assert {where for name, where in deferred_names() if name not in known} == set()


def test_every_task_stands_in_a_listed_module() -> None:
    modules = {one.function.__module__ for one in registry.all_tasks().values()}
    assert modules <= set(registry.MODULES)


def test_a_task_runs_with_its_arguments_and_the_given_time() -> None:
    seen = []

    @registry.task("look")
    def look(*, what: str, now: datetime) -> None:
        seen.append((what, now))

    registry.run_task("look", {"what": "there"}, now=NOW)
    assert seen == [("there", NOW)]


def test_two_tasks_may_not_share_a_name() -> None:
    registry.task("look")(lambda **_: None)

    def other(**_: object) -> None: ...

    with pytest.raises(ValueError, match="two tasks"):
        registry.task("look")(other)


def test_a_name_that_nobody_has_is_told() -> None:
    with pytest.raises(registry.UnknownTask):
        registry.run_task("nobody", {}, now=NOW)


@pytest.mark.parametrize("seconds", [10, 30, 60, 300, 600, 1800, 3600, 86400])
def test_a_clock_comes_as_often_as_it_says(seconds: int) -> None:
    every = timedelta(seconds=seconds)
    cron = registry.Task("look", lambda **_: None, every).cron
    ticks = croniter(cron, NOW)
    moments = [ticks.get_next(datetime) for _ in range(30)]
    assert {after - before for before, after in itertools.pairwise(moments)} == {every}


def test_a_clock_that_would_not_tick_evenly_is_refused() -> None:
    with pytest.raises(ValueError, match="does not tick"):
        registry.periodic("odd", every=timedelta(seconds=42))
