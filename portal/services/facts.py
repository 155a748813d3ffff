"""What a person tells about himself or herself: groups, pension, work, school, household.

A person states; an authority verifies (``facts_checks``) or imports a list (``facts_import``).
What was verified the person cannot change, only report as wrong.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Person, PersonFact, PersonGroup
from portal.domain.errors import BadInput, NotFound, NotReady
from portal.domain.permissions import Actor, Permission
from portal.policies import reference
from portal.services import audit, facts_rows, facts_terms, facts_values
from portal.services.facts_own import OwnFact, OwnFacts, OwnGroup, PastFact, read_own_facts
from portal.services.facts_rows import FactRow, Teller
from portal.services.facts_values import Job, Line
from portal.services.reasons import clean_reason
from portal.services.times import day_of

__all__ = [
    "Job",
    "Line",
    "OwnFact",
    "OwnFacts",
    "OwnGroup",
    "PastFact",
    "declare_education",
    "declare_employment",
    "declare_group",
    "declare_origin",
    "declare_pension",
    "declare_residence",
    "end_fact",
    "end_group",
    "my_facts",
    "report_wrong",
    "state_groups",
]

_EARLIEST = date(1940, 1, 1)


def my_facts(session: Session, actor: Actor, *, now: datetime) -> OwnFacts:
    """What the actor has stated and what an authority has found, with its history."""
    actor.require(Permission.ENROL)
    person = session.get_one(Person, actor.the_person())
    return read_own_facts(session, person, today=day_of(now))


def declare_group(
    session: Session, actor: Actor, *, code: str, since: date | None = None, now: datetime
) -> OwnFacts:
    """State that the actor belongs to a group, from a day on or from today; again changes nothing.

    Raises BadInput for a group that nobody can state and for a day to come.
    """
    person = _own(session, actor)
    term, today = facts_terms.statable(code), day_of(now)
    first = since or today
    if not _EARLIEST <= first <= today:
        raise BadInput("since", "facts.since_range")
    made = facts_rows.add_group(
        session, person.id, term.code, since=first, by=Teller(actor.account_id), now=now
    )
    return _told(session, actor, person, "facts.declare_group", made, now)


def end_group(session: Session, actor: Actor, *, code: str, now: datetime) -> OwnFacts:
    """Take back a group that the actor stated; nothing to take back changes nothing.

    Raises NotReady when an authority has verified it.
    """
    person = _own(session, actor)
    term, today = facts_terms.statable(code), day_of(now)
    query = facts_rows.groups_holding(person.id, today).where(PersonGroup.group_code == term.code)
    row = session.scalar(query.limit(1))
    if row is not None:
        facts_rows.only_declared(row)
        facts_rows.end(row, last=today)
    return _told(session, actor, person, "facts.end_group", row, now)


def state_groups(
    session: Session, actor: Actor, *, codes: Collection[str], now: datetime
) -> OwnFacts:
    """State all groups at once: these, and none of the others that the actor stated before.

    What an authority verified is not asked and stays. Raises BadInput, and then changes nothing.
    """
    person = _own(session, actor)
    wanted, today = {facts_terms.statable(code).code for code in codes}, day_of(now)
    standing = session.scalars(facts_rows.groups_holding(person.id, today)).all()
    for row in standing:
        if row.status == "declared" and row.group_code not in wanted and _shown(row):
            facts_rows.end(row, last=today)
            _trace(session, actor, person, "facts.end_group", row, now)
    for code in sorted(wanted - {row.group_code for row in standing}):
        made = facts_rows.add_group(
            session, person.id, code, since=today, by=Teller(actor.account_id), now=now
        )
        if made is not None:
            _trace(session, actor, person, "facts.declare_group", made, now)
    session.flush()
    return read_own_facts(session, person, today=today)


def declare_pension(session: Session, actor: Actor, *, draws: str, now: datetime) -> OwnFacts:
    """State what the actor draws every month: one of ``facts_values.DRAWS``."""
    return _declare(session, actor, "pension", facts_values.pension_value(draws), now)


def declare_employment(session: Session, actor: Actor, *, job: Job, now: datetime) -> OwnFacts:
    """State where the actor works; parts that are not known stay out."""
    value = facts_values.employment_value(job, today=day_of(now))
    return _declare(session, actor, "employment", value, now)


def declare_education(
    session: Session,
    actor: Actor,
    *,
    school_kind: str,
    school_name: str = "",
    graduates_on: date | None = None,
    now: datetime,
) -> OwnFacts:
    """State where the actor studies or studied last."""
    value = facts_values.education_value(
        school_kind=school_kind,
        school_name=school_name,
        graduates_on=graduates_on,
        today=day_of(now),
    )
    return _declare(session, actor, "education", value, now)


def declare_origin(
    session: Session, actor: Actor, *, origin: str, urban_dibao: bool | None = None, now: datetime
) -> OwnFacts:
    """State whether the actor's household is registered in the country or in town."""
    value = facts_values.origin_value(origin, urban_dibao=urban_dibao)
    return _declare(session, actor, "origin", value, now)


def end_fact(session: Session, actor: Actor, *, kind: str, now: datetime) -> OwnFacts:
    """Take back a statement: "no longer so", or "not known after all".

    Raises NotReady when an authority has verified it.
    """
    person = _own(session, actor)
    today, row = day_of(now), None
    if kind in facts_terms.KINDS:
        row = facts_rows.open_fact(session, person.id, kind, today=today)
    if row is not None:
        facts_rows.only_declared(row)
        facts_rows.end(row, last=today)
    return _told(session, actor, person, "facts.end", row, now)


def report_wrong(
    session: Session, actor: Actor, *, fact_id: UUID, reason: str, now: datetime
) -> OwnFacts:
    """Tell the authority that something it verified is wrong or over; an officer looks at it.

    Raises NotFound for what is not the actor's own and NotReady for what is not verified.
    """
    person = _own(session, actor)
    row: FactRow | None = session.get(PersonGroup, fact_id) or session.get(PersonFact, fact_id)
    if row is None or row.person_id != person.id or not _shown(row):
        raise NotFound
    if row.status != "verified":
        raise NotReady(reason="facts.not_verified")
    row.note = clean_reason(reason, shortest=4)
    return _told(session, actor, person, "facts.report_wrong", row, now)


def declare_residence(
    session: Session, actor: Actor, *, region_code: str, now: datetime
) -> OwnFacts:
    """State where the actor lives; raises BadInput for what is no place of today.

    The officers of that region verify what the actor states, and its policies apply: a province
    would leave open which.
    """
    person = _own(session, actor)
    found = reference.region(region_code)
    if found is None or not found.current:
        raise BadInput("region", "facts.no_such_region")
    if reference.child_regions(found.code):
        raise BadInput("region", "facts.region_too_wide")
    if person.residence_region == found.code:
        return read_own_facts(session, person, today=day_of(now))
    person.residence_region = found.code
    audit.record(
        session,
        actor,
        "facts.declare_residence",
        now=now,
        object_type="person",
        object_id=person.id,
        on_behalf_of=person.id,
    )
    return read_own_facts(session, person, today=day_of(now))


def _own(session: Session, actor: Actor) -> Person:
    actor.require(Permission.ENROL)
    return facts_rows.hold(session, actor.the_person())


def _shown(row: FactRow) -> bool:
    return isinstance(row, PersonFact) or facts_terms.open_channel(row.group_code)


def _declare(
    session: Session, actor: Actor, kind: str, value: dict[str, object], now: datetime
) -> OwnFacts:
    person = _own(session, actor)
    by = Teller(actor.account_id)
    made = facts_rows.put_fact(session, person.id, kind, value, by=by, now=now)
    return _told(session, actor, person, "facts.declare", made, now)


def _told(
    session: Session,
    actor: Actor,
    person: Person,
    action: str,
    row: FactRow | None,
    now: datetime,
) -> OwnFacts:
    """Write down what was done, if anything was, and answer how everything stands."""
    if row is not None:
        _trace(session, actor, person, action, row, now)
        session.flush()
    return read_own_facts(session, person, today=day_of(now))


def _trace(
    session: Session, actor: Actor, person: Person, action: str, row: FactRow, now: datetime
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type=row.__tablename__,
        object_id=row.id,
        on_behalf_of=person.id,
    )
