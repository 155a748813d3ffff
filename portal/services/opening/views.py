"""What both sides see of an application."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    ClassOpening,
    ClassOpeningDecision,
    ClassOpeningVersion,
    Institution,
    TrainingProgramme,
)
from portal.domain.permissions import Actor, Permission
from portal.domain.weekly_plan import SkippedDay
from portal.locale import t
from portal.services import audit, scope
from portal.services.opening import bodies, checks, choices, rosters, rows, words
from portal.services.opening.check import Check
from portal.services.opening.content import Content, Span, content_hash, read
from portal.services.opening.facts import Facts, facts_of
from portal.services.paging import Page, bounds
from portal.services.public_catalogues.links import Link
from portal.services.public_catalogues.ways import of_programme
from portal.services.times import day_of

_MOST_OWN = 60


@dataclass(frozen=True, slots=True)
class OpeningCard:
    """An application in a list; ``title`` is empty while it has none."""

    id: UUID
    number: int
    title: str
    institution_name: str
    state: str
    version_no: int
    updated_at: datetime
    first_day: date | None
    due_on: date | None
    class_id: UUID | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision on a version."""

    version_no: int
    act: str
    reason: str
    steps: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class OpeningView:
    """An application with all that its page needs. ``seen`` names exactly this content."""

    card: OpeningCard
    content: Content
    seen: str
    programme: TrainingProgramme | None
    lines: tuple[words.Line, ...]
    meetings: tuple[words.MeetingLine, ...]
    checks: tuple[Check, ...]
    changes: tuple[words.Change, ...]
    answers: tuple[Answer, ...]
    skipped: tuple[SkippedDay, ...]
    teachers: tuple[tuple[UUID, str], ...]
    usual_spans: tuple[Span, ...]
    bodies: tuple[str, ...]
    is_editable: bool
    is_own: bool
    # The public pages of what it is about: entry, institution, and the class once it is open.
    ways: tuple[Link, ...]


def own_openings(session: Session, actor: Actor, *, now: datetime) -> tuple[OpeningCard, ...]:
    """The institution's applications: those that want something first, then the latest."""
    mine = rows.the_institution(actor)
    order = {"returned": 0, "draft": 1, "submitted": 2}
    query = (
        _cards()
        .where(ClassOpening.institution_id == mine)
        .order_by(ClassOpening.updated_at.desc(), ClassOpening.id.desc())
        .limit(_MOST_OWN)
    )
    found = [_card(*row) for row in session.execute(query)]
    return tuple(sorted(found, key=lambda one: order.get(one.state, 3)))


def own_opening(session: Session, actor: Actor, *, opening_id: UUID, now: datetime) -> OpeningView:
    """One of them with its checks as they stand now; raises NotFound."""
    opening = rows.own(session, actor, opening_id)
    content = read(opening.content)
    return _view(session, actor, opening, content, opening.version_no, now)


def programmes(
    session: Session, actor: Actor, *, opening_id: UUID, now: datetime
) -> tuple[choices.ProgrammeChoice, ...]:
    """What an application may be for, that of the institution's scope first; raises NotFound."""
    opening = rows.own(session, actor, opening_id)
    institution = session.get_one(Institution, opening.institution_id)
    return choices.programmes(session, institution, opening.region_code, now=now)


def places(session: Session, actor: Actor) -> tuple[choices.Place, ...]:
    """Where the institution has taught before."""
    return choices.rooms(session, rows.the_institution(actor))


def regions(session: Session, actor: Actor) -> tuple[choices.RegionChoice, ...]:
    """Where the institution may teach, its own region first."""
    institution = session.get_one(Institution, rows.the_institution(actor))
    return choices.regions(institution.region_code)


def own_rosters(session: Session, actor: Actor) -> tuple[rosters.RosterChoice, ...]:
    """The institution's sheets that wait for a class."""
    return rosters.choices(session, rows.the_institution(actor))


def queue(
    session: Session, actor: Actor, *, now: datetime, page: int = 1, size: int = 20
) -> Page[OpeningCard]:
    """What waits for the officer's region, the oldest deadline first."""
    actor.require(Permission.DECIDE_OPENINGS)
    limit, offset = bounds(page, size)
    area = scope.in_area(scope.the_area(actor), ClassOpening.region_code)
    wanted = (ClassOpening.state == "submitted") & area
    total = session.scalar(select(func.count()).select_from(ClassOpening).where(wanted)) or 0
    order = (ClassOpening.due_on, ClassOpening.updated_at, ClassOpening.id)
    found = session.execute(_cards().where(wanted).order_by(*order).limit(limit).offset(offset))
    return Page(tuple(_card(*row) for row in found), max(page, 1), limit, total)


def decided(session: Session, actor: Actor, *, now: datetime) -> tuple[OpeningCard, ...]:
    """What was decided last in the officer's region."""
    actor.require(Permission.DECIDE_OPENINGS)
    area = scope.in_area(scope.the_area(actor), ClassOpening.region_code)
    wanted = ClassOpening.state.in_(("approved", "returned", "rejected")) & area
    order = (ClassOpening.updated_at.desc(), ClassOpening.id.desc())
    return tuple(
        _card(*row) for row in session.execute(_cards().where(wanted).order_by(*order).limit(10))
    )


def desk(session: Session, actor: Actor, *, opening_id: UUID, now: datetime) -> OpeningView:
    """One application as it was sent last, with what changed since the time before. The reading
    is logged. Raises NotFound."""
    opening = rows.in_area(session, actor, opening_id)
    sent = rows.the_version(session, opening)
    audit.record(
        session, actor, "opening.read", now=now, object_type=rows.OBJECT, object_id=opening.id
    )
    before = sent.version_no - 1
    return _view(session, actor, opening, read(sent.content), before, now)


def _cards() -> Select[ClassOpening, str]:
    return select(ClassOpening, Institution.name).join(
        Institution, Institution.id == ClassOpening.institution_id
    )


def _card(opening: ClassOpening, institution_name: str) -> OpeningCard:
    content = read(opening.content)
    starts = [one.starts_at for one in content.when.meetings]
    return OpeningCard(
        id=opening.id,
        number=opening.serial,
        title=content.what.title,
        institution_name=institution_name,
        state=opening.state,
        version_no=opening.version_no,
        updated_at=opening.updated_at,
        first_day=day_of(min(starts)) if starts else None,
        due_on=opening.due_on,
        class_id=opening.class_id,
    )


def _view(
    session: Session,
    actor: Actor,
    opening: ClassOpening,
    content: Content,
    before: int,
    now: datetime,
) -> OpeningView:
    """With what changed since the version numbered ``before``."""
    facts = facts_of(session, opening, content, now)
    earlier = rows.version(session, opening, before) if before else None
    sent_by = _sender(session, opening)
    return OpeningView(
        card=_card(opening, facts.institution.name),
        content=content,
        seen=content_hash(content),
        programme=facts.programme,
        lines=words.lines(facts),
        meetings=words.meeting_lines(facts),
        checks=checks.check_facts(session, facts),
        changes=words.changes(_facts(session, opening, earlier, now), facts) if earlier else (),
        answers=tuple(_answer(one) for one in rows.decisions(session, opening)),
        skipped=choices.skipped(session, content),
        teachers=tuple(facts.teachers.items()),
        usual_spans=choices.usual_spans(session, opening.region_code, now),
        bodies=_bodies(session, facts),
        is_editable=opening.state in rows.EDITABLE,
        is_own=actor.account_id in (opening.created_by, sent_by),
        ways=tuple(_ways(session, opening, facts)),
    )


def _ways(session: Session, opening: ClassOpening, facts: Facts) -> Iterator[Link]:
    institution = facts.institution
    if facts.programme is not None and facts.version is not None:
        yield from of_programme(session, facts.programme, facts.version)
    note = t("opening.ways.institution")
    yield Link(f"/institutions/{institution.id}", institution.name, note)
    if opening.class_id is not None:
        title = facts.content.what.title
        yield Link(f"/classes/{opening.class_id}", title, t("opening.ways.class"))


def _bodies(session: Session, facts: Facts) -> tuple[str, ...]:
    """Who may assess the programme, as the catalogue has it."""
    if facts.programme is None:
        return ()
    on = facts.content.exam.on or facts.today
    return bodies.bodies_for(session, facts.programme, facts.region_code, on=on).names


def _facts(
    session: Session, opening: ClassOpening, sent: ClassOpeningVersion, now: datetime
) -> Facts:
    return facts_of(session, opening, read(sent.content), now)


def _sender(session: Session, opening: ClassOpening) -> UUID | None:
    sent = rows.version(session, opening, opening.version_no)
    return sent.submitted_by if sent else None


def _answer(of: ClassOpeningDecision) -> Answer:
    return Answer(of.version_no, of.act, of.reason, tuple(of.steps), of.decided_at)
