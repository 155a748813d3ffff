"""Published packs, classes under their plans, and facts about people, for tests of the rules."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    LoginSession,
    Person,
    PersonFact,
    PersonGroup,
    SubsidyReservation,
    TrainingClass,
    TrainingPlan,
)
from portal.domain.permissions import Actor, Role
from portal.policies.loader import PACKS
from portal.services import publishing
from tests.support import factories as make
from tests.support.acts import listed_class, trainee

NOW = make.NOW
_slot = itertools.count(1)


def publish_packs(session: Session, pattern: str = "turpan-*.toml", *, commit: bool = True) -> None:
    """Publish shipped packs and save."""
    files = [(path.name, path.read_bytes()) for path in PACKS.glob(pattern)]
    assert not publishing.publish(session, publishing.OPERATOR, files=files, now=NOW).problems
    if commit:
        session.commit()


def publish_attendance(session: Session, **changed: Any) -> None:
    """Publish Turpan's pack with other attendance parameters; nothing is saved."""
    text = (PACKS / "turpan-2019.toml").read_text("utf-8")
    head, table, rest = text.partition("[attendance]\n")
    lines, mark, tail = rest.partition("source_note")
    kept = [line for line in lines.splitlines() if line.split(" = ")[0] not in changed]
    new = [f"{name} = {str(value).lower()}" for name, value in changed.items()]
    whole = head + table + "\n".join([*kept, *new, ""]) + mark + tail
    files = [("turpan-2019.toml", whole.encode())]
    report = publishing.publish(session, publishing.OPERATOR, files=files, now=NOW)
    assert not report.problems, report.problems


def plan_class(
    session: Session,
    *,
    training_type: str = "JOB_SKILL",
    plan_no: str = "6",
    pack_id: str = "turpan-2019",
    occupation_code: str | None = "6-31-01-03",
    topic_code: str | None = None,
    level: int | None = 1,
    starts: datetime | None = None,
    **fields: Any,
) -> TrainingClass:
    """An open class of a listed institution under a plan of a published pack, saved.

    Each class meets at a time of its own, so that one person can be in several.
    """
    plan = session.scalar(
        select(TrainingPlan).where(TrainingPlan.pack_id == pack_id, TrainingPlan.plan_no == plan_no)
    )
    assert plan is not None, "publish the pack first"
    programme = make.make_programme(
        session,
        plan_id=plan.id,
        training_type=training_type,
        occupation_code=None if topic_code else occupation_code,
        topic_code=topic_code,
        level=level,
    )
    start = starts or NOW + timedelta(days=7, hours=next(_slot))
    return listed_class(
        session,
        programme_id=programme.id,
        occupation_code=None if topic_code else occupation_code,
        level=level,
        first_start=start,
        sessions=1,
        session_length=timedelta(minutes=45),
        **fields,
    )


def person_behind(session: Session, token_hash: bytes) -> Person:
    """The person of a login."""
    found = session.scalar(
        select(Person)
        .join(Account, Account.person_id == Person.id)
        .join(LoginSession, LoginSession.account_id == Account.id)
        .where(LoginSession.token_hash == token_hash)
    )
    assert found is not None
    return found


def learner(
    session: Session, *, draws: str | None = "none", born: date = date(1970, 5, 1)
) -> bytes:
    """The login of a trainee, 56 unless told otherwise, who says what pension they draw (None:
    says nothing); nothing else is known of them. Saved."""
    who = trainee(session)
    person = person_behind(session, who)
    person.birth_date = born
    session.commit()
    if draws:
        set_fact(session, person.id, "pension", draws=draws)
    return who


def actor_of(session: Session, token_hash: bytes) -> Actor:
    """The trainee behind a login."""
    person = person_behind(session, token_hash)
    account = session.scalar(select(Account).where(Account.person_id == person.id))
    assert account is not None
    return Actor(Role.TRAINEE, account_id=account.id, person_id=person.id)


def set_fact(session: Session, person_id: UUID, kind: str, **value: Any) -> None:
    """A declared fact that holds since the beginning of the year, saved."""
    session.add(
        PersonFact(
            person_id=person_id,
            kind=kind,
            value=value,
            valid_from=date(2026, 1, 1),
            status="declared",
            source="self",
            created_at=NOW,
        )
    )
    session.commit()


def set_group(session: Session, person_id: UUID, code: str, *, verified: bool = True) -> None:
    """Membership of a group since the beginning of the year, saved."""
    session.add(
        PersonGroup(
            person_id=person_id,
            group_code=code,
            valid_from=date(2026, 1, 1),
            status="verified" if verified else "declared",
            source="officer" if verified else "self",
            created_at=NOW,
            verified_at=NOW if verified else None,
        )
    )
    session.commit()


def had_subsidy(session: Session, person_id: UUID, **fields: Any) -> None:
    """A vocational subsidy of this year, for cooking unless told otherwise, saved."""
    values: dict[str, Any] = {
        "state": "consumed",
        "year": 2026,
        "bucket": "vocational",
        "bucket_no": 1,
        "total_no": 1,
        "skill_key": "4-03-02-01",
        "level": 1,
        "repeat_no": 1,
        "title": "中式烹调班",
        "created_at": NOW,
    }
    session.add(SubsidyReservation(person_id=person_id, **values | fields))
    session.commit()
