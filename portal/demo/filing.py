"""Filing the demo's classes: a free teacher, a free room, then the catalogue's own service."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    CatalogVersion,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.demo import calendar, seeds
from portal.demo.calendar import Slot
from portal.demo.cast import Cast, Staff
from portal.domain.schedule import PlannedSession
from portal.locale import t
from portal.policies.reference import occupation, topic
from portal.services.catalogue.planning import ClassPlan, SessionPlan, create_class
from portal.services.times import ZONE

T = TypeVar("T")
_ENROL_DAYS = timedelta(days=45)
_TRIES = 20
ONLINE = "ONLINE_PLATFORM"


@dataclass(frozen=True, slots=True)
class Filed:
    """A class that has just been filed, with what the roster needs to know."""

    class_id: UUID
    slot: Slot
    sessions: Sequence[PlannedSession]
    enrol_from: datetime
    enrol_until: datetime


@dataclass(slots=True)
class Filing:
    """Files classes one after the other and remembers who teaches where and when."""

    session: Session
    cast: Cast
    now: datetime
    programmes: dict[str, TrainingProgramme] = field(default_factory=dict)
    groups: dict[UUID, list[str]] = field(default_factory=dict)
    taken: set[tuple[object, int]] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def load(self) -> "Filing":
        """Read what stands already."""
        rows = self.session.execute(
            select(TrainingProgramme, TrainingPlan.group_codes)
            .join(CatalogVersion, CatalogVersion.id == TrainingProgramme.catalog_version_id)
            .join(TrainingPlan, TrainingPlan.id == TrainingProgramme.plan_id)
            # Under a catalogue that is no longer in force nobody may open a class (R53).
            .where(CatalogVersion.status == "published")
        ).tuples()
        wanted = {seed.code for seed in seeds.programmes()}
        for programme, groups in rows:
            if programme.code in wanted:
                self.programmes[programme.code] = programme
                self.groups[programme.id] = groups
        self.known = set(
            self.session.scalars(
                select(TrainingClass.class_no).where(TrainingClass.class_no.like("Y_-%"))
            )
        )
        return self

    def load_taken(self) -> None:
        """Read which teachers and rooms are taken, once there is something to file."""
        staff = [one.institution_id for one in self.cast.staff.values()]
        rows = self.session.execute(
            select(
                TrainingSession.starts_at,
                TrainingSession.instructor_id,
                TrainingSession.room,
                TrainingClass.institution_id,
            )
            .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
            .where(TrainingClass.institution_id.in_(staff))
        )
        for starts_at, teacher, room, institution_id in rows:
            self.taken |= {
                (teacher, half_day(starts_at)),
                ((institution_id, room), half_day(starts_at)),
            }

    def file(self, slots: Iterable[Slot]) -> list[Filed]:
        """File those that are not there yet."""
        wanted = [
            slot
            for slot in slots
            if slot.class_no not in self.known and slot.programme.code in self.programmes
        ]
        if wanted and not self.taken:
            self.load_taken()
        return [filed for slot in wanted if (filed := self._one(slot)) is not None]

    def _one(self, slot: Slot) -> Filed | None:
        keys = slot.programme.institutions
        for later in range(_TRIES):
            moved = replace(
                slot, first_day=slot.first_day + timedelta(days=7 * (later // len(keys)))
            )
            staff = self.cast.staff[keys[(slot.choice + later) % len(keys)]]
            sessions = calendar.sessions_of(moved)
            place = self._free(staff, sessions, moved.programme.title)
            if place is not None:
                return self._write(moved, staff, sessions, *place)
        return None

    def _free(
        self, staff: Staff, sessions: Sequence[PlannedSession], title: str
    ) -> tuple[UUID, str] | None:
        halves = [half_day(each.starts_at) for each in sessions]
        rooms = sorted(staff.seed.rooms, key=lambda name: _fits(name, title))
        teacher = self._first(staff.teachers, halves)
        room = self._first([(staff.institution_id, name) for name in rooms], halves)
        return None if teacher is None or room is None else (teacher, room[1])

    def _first(self, choices: Sequence[T], halves: Sequence[int]) -> T | None:
        for choice in choices:
            if not any((choice, half) in self.taken for half in halves):
                return choice
        return None

    def _write(
        self,
        slot: Slot,
        staff: Staff,
        sessions: Sequence[PlannedSession],
        teacher: UUID,
        room: str,
    ) -> Filed:
        first = sessions[0].starts_at
        opened = datetime.combine(first.date() - _ENROL_DAYS, time(9, 30), ZONE)
        until = first - timedelta(minutes=30)
        programme = self.programmes[slot.programme.code]
        online = staff.seed.kind == ONLINE
        plan = ClassPlan(
            programme_id=programme.id,
            institution_id=staff.institution_id,
            class_no=slot.class_no,
            title=t(
                "demo.class.title",
                programme=slot.programme.title.removesuffix(t("demo.class.training")),
                year=slot.year,
                number=slot.period,
            ),
            region_code=staff.seed.region_code,
            site=t("demo.class.site_online") if online else room,
            address=staff.seed.address,
            capacity=slot.capacity,
            enrol_from=opened,
            enrol_until=until,
            sessions=session_plans(slot.programme, sessions, room, online=online),
            group_codes=self.groups[programme.id],
            instructor_id=teacher,
            schedule_note=t(f"demo.schedule.{slot.pattern}"),
            access_note=t("demo.class.access_online" if online else "demo.class.access"),
            status="running" if until <= self.now else "enrolling",
        )
        self.taken |= {(teacher, half_day(each.starts_at)) for each in sessions}
        self.taken |= {
            ((staff.institution_id, room), half_day(each.starts_at)) for each in sessions
        }
        filed_at = min(opened, self.now)
        class_id = create_class(self.session, staff.manager, plan=plan, now=filed_at)
        self.known.add(slot.class_no)
        return Filed(class_id, slot, sessions, filed_at, min(until, self.now))


def _fits(room: str, title: str) -> int:
    """How well a room suits a programme: 0 shares a word with it, 1 suits anything, 2 neither."""
    if any(title[at : at + 2] in room for at in range(len(title) - 1)):
        return 0
    return 1 if room.endswith(tuple(t("demo.class.any_room").split("、"))) else 2


def half_day(moment: datetime) -> int:
    """A number for each morning and afternoon in Beijing; regional hours never straddle two."""
    local = moment.astimezone(ZONE)
    return local.toordinal() * 2 + (local.hour >= 13)


def session_plans(
    programme: seeds.ProgrammeSeed,
    sessions: Sequence[PlannedSession],
    room: str,
    *,
    online: bool = False,
) -> list[SessionPlan]:
    """Theory first, then practice, an exam at the end."""
    found = occupation(programme.occupation) or topic(programme.topic)
    subject = found.name if found else programme.title
    plans, taught = [], 0
    for number, each in enumerate(sessions, 1):
        kind = "theory" if taught < programme.theory else "practice"
        if number == len(sessions) and number > 1:
            kind = "exam"
        taught += each.hours
        plans.append(
            SessionPlan(
                starts_at=each.starts_at,
                ends_at=each.ends_at,
                hours=each.hours,
                kind="online" if online and kind != "exam" else kind,
                room=room,
                topic=t(f"demo.topic.{kind}", subject=subject),
            )
        )
    return plans
