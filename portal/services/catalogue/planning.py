"""Planning a class: the one place that writes a class, its sessions and its search entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from uuid import UUID

from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.domain.attendance import WindowRules, windows_for
from portal.domain.errors import BadInput
from portal.domain.permissions import Actor
from portal.domain.schedule import overlaps
from portal.policies import reference
from portal.services import (
    attendance_rules,
    audit,
    checkin_settings,
    queue,
    search_index,
    times,
)
from portal.services.catalogue.class_rules import check_rules
from portal.services.catalogue.taken import check_taken

# At most 50 in a class: Sichuan, Heilongjiang (reference B11.1, C-59, C-60); larger halls exist.
MAX_CAPACITY = 500
# A later first day is a slip of the pen.
_HORIZON = timedelta(days=3 * 366)


@dataclass(frozen=True)
class SessionPlan:
    """One session as it is planned. ``kind`` is theory, practice, online or exam."""

    starts_at: datetime
    ends_at: datetime
    hours: int
    kind: str
    room: str
    topic: str
    instructor_id: UUID | None = None


@dataclass(frozen=True)
class ClassPlan:
    """A class as it is filed. Times are aware; ``windows`` are its own where they are tighter
    than the region's attendance parameters, by their names, in minutes."""

    programme_id: UUID
    institution_id: UUID
    class_no: str
    title: str
    region_code: str
    site: str
    address: str
    capacity: int
    enrol_from: datetime
    enrol_until: datetime
    sessions: Sequence[SessionPlan]
    group_codes: Sequence[str] = ()
    instructor_id: UUID | None = None
    schedule_note: str = ""
    access_note: str = ""
    status: str = "enrolling"
    windows: Mapping[str, int] = field(default_factory=dict)


def create_class(session: Session, actor: Actor, *, plan: ClassPlan, now: datetime) -> UUID:
    """Write a class with its sessions, windows and search entry; returns its id.

    Raises BadInput when the hours are not those of the programme or fewer than its policy plan
    demands (R20, R21), when another rule of its region refuses it (R22, R53), when sessions
    overlap, when a teacher or room is taken, or when its windows are not within the region's.
    """
    programme = session.get_one(TrainingProgramme, plan.programme_id)
    _check_frame(plan, now)
    _check_hours(session, plan, programme)
    _check_sessions(plan)
    days = sorted(times.day_of(each.starts_at) for each in plan.sessions)
    check_rules(
        session,
        programme,
        institution_id=plan.institution_id,
        region_code=plan.region_code,
        starts_on=days[0],
        ends_on=days[-1],
        today=times.day_of(now),
    )
    check_taken(
        session,
        plan.sessions,
        [_teacher(plan, each) for each in plan.sessions],
        institution_id=plan.institution_id,
        site=plan.site,
    )
    made = _class_row(plan, programme, now)
    session.add(made)
    session.flush()
    # Every programme of the catalogue is taught with a subsidy; online there is no room's screen.
    in_rooms = all(each.kind != "online" for each in plan.sessions)
    checkin_settings.begin(session, actor, made, relay_trap=in_rooms, windows=plan.windows, now=now)
    rules = attendance_rules.rules_of(session, made)
    session.add_all(_session_rows(plan, made.id, rules))
    session.flush()
    search_index.reindex_class(session, made.id)
    if made.status == "enrolling" and plan.enrol_until > now:
        # Whoever wished for it is told when it can be had.
        at = plan.enrol_from if plan.enrol_from > now else None
        queue.defer(session, "match_needs", key=str(made.id), run_at=at, class_id=made.id)
    audit.record(
        session,
        actor,
        "catalogue.create_class",
        now=now,
        object_type="training_class",
        object_id=made.id,
    )
    return made.id


def _check_frame(plan: ClassPlan, now: datetime) -> None:
    if not plan.sessions:
        raise BadInput("sessions", "catalogue.plan.no_sessions")
    if not 1 <= plan.capacity <= MAX_CAPACITY:
        raise BadInput("capacity", "catalogue.plan.capacity", most=MAX_CAPACITY)
    if reference.region(plan.region_code) is None:
        raise BadInput("region_code", "catalogue.plan.unknown_region")
    first = min(each.starts_at for each in plan.sessions)
    if first > now + _HORIZON:
        raise BadInput("sessions", "catalogue.plan.too_far")
    if plan.enrol_from >= plan.enrol_until:
        raise BadInput("enrol_until", "catalogue.plan.window_reversed")
    if plan.enrol_until > first:
        raise BadInput("enrol_until", "catalogue.plan.enrols_too_long")


def _check_hours(session: Session, plan: ClassPlan, programme: TrainingProgramme) -> None:
    planned = sum(each.hours for each in plan.sessions)
    policy = session.get_one(TrainingPlan, programme.plan_id)
    if policy.min_hours is not None and planned < policy.min_hours:
        raise BadInput(
            "sessions",
            "catalogue.plan.hours_below_plan",
            plan=policy.name,
            least=policy.min_hours,
            clause=policy.clause,
            planned=planned,
        )
    if planned != programme.planned_hours:
        raise BadInput(
            "sessions",
            "catalogue.plan.hours_differ",
            planned=planned,
            wanted=programme.planned_hours,
        )


def _check_sessions(plan: ClassPlan) -> None:
    numbered = list(enumerate(plan.sessions, 1))
    for number, each in numbered:
        if each.starts_at >= each.ends_at:
            raise BadInput("sessions", "catalogue.plan.times_reversed", number=number)
    for (first, one), (second, other) in combinations(numbered, 2):
        if overlaps(one, other):
            raise BadInput("sessions", "catalogue.plan.overlap", first=first, second=second)


def _teacher(plan: ClassPlan, each: SessionPlan) -> UUID | None:
    return each.instructor_id or plan.instructor_id


def _class_row(plan: ClassPlan, programme: TrainingProgramme, now: datetime) -> TrainingClass:
    ordered = sorted(plan.sessions, key=lambda each: each.starts_at)
    meets = [TimestamptzRange(each.starts_at, each.ends_at, "[)") for each in ordered]
    return TrainingClass(
        id=new_id(),
        class_no=plan.class_no,
        programme_id=programme.id,
        institution_id=plan.institution_id,
        title=plan.title,
        region_code=plan.region_code,
        site=plan.site,
        address=plan.address,
        access_note=plan.access_note,
        capacity=plan.capacity,
        seats_taken=0,
        enrol_from=plan.enrol_from,
        enrol_until=plan.enrol_until,
        starts_on=times.day_of(ordered[0].starts_at),
        ends_on=times.day_of(ordered[-1].ends_at),
        hours=programme.planned_hours,
        occupation_code=programme.occupation_code,
        level=programme.level,
        group_codes=list(plan.group_codes),
        schedule_note=plan.schedule_note,
        meets=TimestamptzMultirange(meets),
        instructor_id=plan.instructor_id,
        status=plan.status,
        published_at=now,
    )


def _session_rows(plan: ClassPlan, class_id: UUID, rules: WindowRules) -> list[TrainingSession]:
    rows = []
    for number, each in enumerate(sorted(plan.sessions, key=lambda each: each.starts_at), 1):
        windows = windows_for(each.starts_at, each.ends_at, rules)
        rows.append(
            TrainingSession(
                class_id=class_id,
                seq_no=number,
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                hours=each.hours,
                kind=each.kind,
                room=each.room,
                topic=each.topic,
                instructor_id=_teacher(plan, each),
                sign_in_from=windows.sign_in_from,
                late_after=windows.late_after,
                sign_in_until=windows.sign_in_until,
                sign_out_from=windows.sign_out_from,
                sign_out_until=windows.sign_out_until,
            )
        )
    return rows
