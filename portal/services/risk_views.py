"""A scored session or class as an officer or auditor reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Person
from portal.domain.checkin_code import Phase
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.domain.risk.parameters import Parameters
from portal.domain.risk.reasons import Reason
from portal.locale import t
from portal.locale.risk import innocent, sentence
from portal.services.sign_ins import SignIn
from portal.services.times import local


@dataclass(frozen=True, slots=True)
class RiskPerson:
    """Somebody behind a reason, with their own sign-in and sign-out in words."""

    name: str
    signed: str


@dataclass(frozen=True, slots=True)
class RiskReason:
    """A reason: ``name`` of what it measures, what was seen, what explains it without fraud."""

    code: str
    name: str
    points: int
    most: int
    seen: str
    innocent: str
    people: tuple[RiskPerson, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What an officer found: odd or explained."""

    finding: str
    note: str
    officer: str
    when: str
    points: int


@dataclass(frozen=True, slots=True)
class ScoredSession:
    """A session in the list of its class; ``points`` None before it was scored."""

    session_id: UUID
    when: str
    points: int | None
    above: bool


@dataclass(frozen=True, slots=True)
class RiskDetail:
    """A scored session or class. ``stage`` is day, final or class; ``methods`` counts sign-ins by
    the way they came about."""

    title: str
    class_id: UUID
    class_no: str
    institution_name: str
    when: str
    room: str
    stage: str
    points: int
    line: int
    above: bool
    scored_at: str
    reasons: tuple[RiskReason, ...]
    methods: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...]
    sessions: tuple[ScoredSession, ...]
    can_note: bool


def reasons_with_people(
    session: Session,
    actor: Actor,
    reasons: Iterable[Reason],
    parameters: Parameters,
    signed: Iterable[SignIn],
) -> tuple[RiskReason, ...]:
    """The reasons in words, each with whom it speaks of: full names for officers."""
    told = tuple(reasons)
    names, times = _names(session, actor, told), _times(signed)
    return tuple(_reason(one, parameters, names, times) for one in told)


def _reason(
    one: Reason, parameters: Parameters, names: Mapping[str, str], times: Mapping[str, str]
) -> RiskReason:
    lines = {**parameters.session, **parameters.of_class}
    people = [RiskPerson(names[key], times.get(key, "")) for key in one.people if key in names]
    return RiskReason(
        code=one.code,
        name=t(f"risk_page.name.{one.code}"),
        points=one.points,
        most=lines[one.code].points,
        seen=sentence(one),
        innocent=innocent(one),
        people=tuple(sorted(people, key=lambda person: (person.signed, person.name))),
    )


def _names(session: Session, actor: Actor, reasons: Iterable[Reason]) -> Mapping[str, str]:
    ids = {UUID(key) for one in reasons for key in one.people}
    if not ids:
        return {}
    rows = session.execute(
        select(Enrolment.id, Person.name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.id.in_(ids))
    )
    full = actor.may(Permission.SUPERVISE)
    return {str(key): name if full else mask_name(name) for key, name in rows}


def _times(signed: Iterable[SignIn]) -> Mapping[str, str]:
    """For each person when they came and left, to the second, and how."""
    said: dict[str, list[str]] = {}
    ways: dict[str, list[str]] = {}
    for one in signed:
        if one.phase is not Phase.MID:
            key, clock = str(one.enrolment_id), f"{local(one.at):%H:%M:%S}"
            said.setdefault(key, []).append(t(f"risk_page.signed_{one.phase.value}", time=clock))
            ways.setdefault(key, []).append(t(f"risk_page.method.{one.method.value}"))
    return {key: " · ".join([*words, *dict.fromkeys(ways[key])]) for key, words in said.items()}


def methods_of(signed: Iterable[SignIn]) -> tuple[tuple[str, int], ...]:
    """How people signed in, the commonest way first."""
    counts: dict[str, int] = {}
    for one in signed:
        if one.phase is Phase.IN:
            word = t(f"risk_page.method.{one.method.value}")
            counts[word] = counts.get(word, 0) + 1
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
