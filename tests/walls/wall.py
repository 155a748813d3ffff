"""The region of the tests, everybody who stands around it, and how to know what is of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Base, Person
from portal.domain.permissions import ANONYMOUS, Actor, Role
from tests.support import factories as make
from tests.walls.calls import Act, Outcome, arguments, attempt
from tests.walls.region import build
from tests.walls.words import VALUES

# The city, its province, the country; and whoever made a row.
INSIDE = ("650400", "650000", "000000")
# Another city, a county of the same city, another province.
OUTSIDE = ("370200", "650421", "370000")


@dataclass
class Wall:
    """The region, officers on both sides of the wall, and how to know what is of the region."""

    engine: Engine
    values: dict[str, Any]
    inside: list[Actor]
    outside: list[Actor]
    others: dict[str, Actor]
    marks: re.Pattern[str]

    def call(self, act: Act, actor: Actor) -> Outcome:
        return attempt(self.engine, act, actor, arguments(act, self.values))

    def tells(self, outcome: Outcome) -> bool:
        return self.marks.search(outcome.words) is not None

    def log_in(self, actor: Actor) -> str | None:
        """A token of an actor's account, for pages and routes; None for nobody."""
        if actor.account_id is None:
            return None
        with Session(self.engine) as session:
            token = make.log_in(session, session.get_one(Account, actor.account_id))
            session.commit()
            return token

    def best(self, act: Act) -> Outcome:
        """What the first of those inside gets who is not turned away."""
        found = self.call(act, self.inside[0])
        for actor in self.inside[1:]:
            if not found.is_refused or found.lacks:
                return found
            found = self.call(act, actor)
        return found


def raise_wall(engine: Engine) -> Wall:
    """The region, made and saved."""
    with Session(engine, expire_on_commit=False) as session:
        given = build(session)
        _person_of(session, given["reviewer"]).name = "外人"
        made = [one for one in given.values() if isinstance(one, Actor)]
        inside = [_officer(session, region) for region in (*INSIDE, INSIDE[0])]
        session.commit()
        marks = [*_ids(session), "王小强", r"王\*强", "示例职业培训学校"]
        outside = [_officer(session, region, name="外人") for region in OUTSIDE]
        others = _others(session)
        session.commit()
    others |= {"its reviewer": given["reviewer"], "anonymous": ANONYMOUS}
    inside += [one for one in made if one.role is Role.OFFICER]
    return Wall(engine, VALUES | given, inside, outside, others, re.compile("|".join(marks)))


def _others(session: Session) -> dict[str, Actor]:
    """Everybody else who has nothing to do with what is in the region."""
    school = make.make_institution(session, name="外校")
    wanted: dict[str, tuple[Role, dict[str, Any]]] = {
        "auditor": (Role.AUDITOR, {"region_code": INSIDE[0]}),
        "auditor elsewhere": (Role.AUDITOR, {"region_code": OUTSIDE[0]}),
        "system": (Role.SYSTEM_ADMIN, {"region_code": INSIDE[0]}),
        "system elsewhere": (Role.SYSTEM_ADMIN, {"region_code": OUTSIDE[0]}),
        "security": (Role.SECURITY_ADMIN, {"region_code": INSIDE[0]}),
        "security elsewhere": (Role.SECURITY_ADMIN, {"region_code": OUTSIDE[0]}),
        "reviewer": (Role.REVIEWER, {}),
        "manager": (Role.MANAGER, {"institution": school}),
        "instructor": (Role.INSTRUCTOR, {"institution": school}),
        "employer": (Role.EMPLOYER, {}),
        "helper": (Role.HELPER, {"region_code": OUTSIDE[0]}),
        "trainee": (Role.TRAINEE, {}),
    }
    return {
        name: make.make_actor(session, role, person=_person(session), **more)
        for name, (role, more) in wanted.items()
    }


def _person_of(session: Session, actor: Actor) -> Person:
    return session.get_one(Person, actor.the_person())


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
