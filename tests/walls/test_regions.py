"""Who stands outside a region sees nothing of it and changes nothing, whatever act is called.

Acts are found by looking: a new one is tried like the others. It fails here when it answers a
stranger, or when nobody of the region gets past it with the ids that ``region`` has: then it needs
a row there, words in ``words``, or a reason in ``explained``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Base
from portal.domain.errors import PortalError
from portal.domain.permissions import Actor, Role
from portal.settings import ROOT
from tests.support import factories as make
from tests.walls.calls import Act, Outcome, all_acts, arguments, attempt
from tests.walls.explained import EXPLAINED, INNER
from tests.walls.region import build
from tests.walls.words import VALUES

# The city, its province, the country; and whoever made a row.
INSIDE = ("650400", "650000", "000000")
# Another city, a county of the same city, another province.
OUTSIDE = ("370200", "650421", "370000")
ACTS = tuple(all_acts())


@dataclass
class Wall:
    """The region, officers on both sides of the wall, and how to know what is of the region."""

    engine: Engine
    values: dict[str, Any]
    inside: list[Actor]
    outside: list[Actor]
    auditors: list[Actor]
    marks: re.Pattern[str]

    def call(self, act: Act, actor: Actor) -> Outcome:
        return attempt(self.engine, act, actor, arguments(act, self.values))

    def tells(self, outcome: Outcome) -> bool:
        return self.marks.search(outcome.words) is not None

    def best(self, act: Act) -> Outcome:
        """What the first of those inside gets who is not turned away."""
        found = self.call(act, self.inside[0])
        for actor in self.inside[1:]:
            if not found.is_refused or found.lacks:
                return found
            found = self.call(act, actor)
        return found


@pytest.fixture(scope="module")
def wall(engine: Engine) -> Wall:
    with Session(engine, expire_on_commit=False) as session:
        given = build(session)
        made = [one for one in given.values() if isinstance(one, Actor)]
        inside = [_officer(session, region) for region in (*INSIDE, INSIDE[0])]
        session.commit()
        marks = [*_ids(session), "王小强", r"王\*强", "示例职业培训学校"]
        outside = [_officer(session, region, name="外人") for region in OUTSIDE]
        auditors = [
            make.make_actor(session, Role.AUDITOR, region_code=region, person=_person(session))
            for region in (INSIDE[0], OUTSIDE[0])
        ]
        session.commit()
    inside += [one for one in made if one.role is Role.OFFICER]
    return Wall(engine, VALUES | given, inside, outside, auditors, re.compile("|".join(marks)))


def _person(session: Session, name: str = "外人") -> Any:
    return make.make_person(session, name=name)


def _officer(session: Session, region: str, name: str = "王小强") -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region, person=_person(session, name))


def _ids(session: Session) -> Iterator[str]:
    """The ids of all rows that there are."""
    for table in Base.metadata.tables.values():
        for column in table.primary_key.columns:
            if "UUID" in str(column.type).upper():
                yield from map(str, session.scalars(select(column)))


def test_an_officer_of_another_region_sees_and_changes_nothing(wall: Wall) -> None:
    wrong = []
    for act in ACTS:
        if act.name in EXPLAINED:
            continue
        own = wall.best(act)
        if own.lacks:
            continue
        theirs = [wall.call(act, actor) for actor in wall.outside]
        if not own.is_refused and all(one.is_refused for one in theirs):
            wrong += [] if _got_through(own) else [(act.name, "cannot be called", str(own))]
            continue
        wrong += [(act.name, "nobody gets past it", str(own))] if not wall.tells(own) else []
        for one in theirs:
            if one.is_refused:
                continue
            if one.error or wall.tells(one) or one.wrote - {"audit_event"}:
                wrong.append((act.name, "answers a stranger", str(one)))
    if wrong:
        pytest.fail("\n".join(map(str, wrong)))


def _got_through(own: Outcome) -> bool:
    """Whether an act did something, or said why not: no call of ours that was never right."""
    return own.error is None or isinstance(own.error, PortalError)


def test_what_is_explained_is_there_and_does_need_explaining() -> None:
    assert EXPLAINED - {act.name for act in ACTS} == set()


def test_no_page_route_or_task_calls_what_checks_nothing_itself() -> None:
    texts = [
        path.read_text("utf-8")
        for layer in ("state", "http", "pages", "tasks")
        for path in (ROOT / "portal" / layer).rglob("*.py")
    ]
    called = {
        name
        for name in INNER
        for module, _, function in [name.rpartition(".")]
        if any(re.search(rf"\b{module.rpartition('.')[2]}\.{function}\b", one) for one in texts)
    }
    assert called == set()
