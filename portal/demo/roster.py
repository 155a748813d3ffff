"""Who sits in the demo's classes: nobody in two at once, some classes full, some nearly."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, TrainingClass, TrainingSession
from portal.demo import seeds, store
from portal.demo.cast import REGION, Cast
from portal.demo.filing import Filed, half_day
from portal.demo.store import Seat
from portal.services import commitment

# Trainees with accounts who have studied before; the others are free for trying things out.
_ALUMNI = 12
# History is written for so many a class, or it would take longer than the demo is worth.
_PAST_SEATS = (8, 13)
_RUNNING_SEATS = 14
# Their present is left free for the class of today.
_LONG_AGO = timedelta(days=75)
_LIVE = ("accepted", "active")


@dataclass(slots=True)
class Roster:
    """Gives out seats; ``busy`` holds the mornings and afternoons that a person has taken."""

    session: Session
    cast: Cast
    now: datetime
    busy: dict[UUID, set[int]] = field(default_factory=dict)
    load: dict[UUID, int] = field(default_factory=dict)
    alumni: int = 0

    def fill(self, classes: Iterable[Filed]) -> None:
        """Enrol people in classes that were just filed."""
        classes = list(classes)
        if not classes:
            return
        self._read_busy()
        seats = [seat for filed in classes for seat in self._seats(filed)]
        store.enrol(self.session, commitment.ensure_stored(self.session, self.now), seats)

    def _read_busy(self) -> None:
        rows = self.session.execute(
            select(Enrolment.person_id, TrainingSession.starts_at, TrainingClass.class_no)
            .join(TrainingSession, TrainingSession.class_id == Enrolment.class_id)
            .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
            .where(Enrolment.person_id.in_(self.cast.people), Enrolment.status.in_(_LIVE))
        )
        for person, starts_at, class_no in rows:
            half = half_day(starts_at)
            # Trial classes meet at odd hours, across noon and midnight.
            odd = class_no.startswith((seeds.NOW, seeds.DAYLONG))
            self.busy.setdefault(person, set()).update(
                (half - 1, half, half + 1) if odd else (half,)
            )

    def _seats(self, filed: Filed) -> list[Seat]:
        rng = random.Random(f"portal demo: roster {filed.slot.class_no}")  # noqa: S311
        halves = {half_day(each.starts_at) for each in filed.sessions}
        region = filed.slot.programme.catalogue
        people = self.cast.residents(region)
        rng.shuffle(people)
        people.sort(key=lambda person: self.load.get(person, 0))
        chosen = [p for p in self._alumni(filed) if halves.isdisjoint(self.busy.get(p, ()))]
        for person in people:
            if len(chosen) >= self._wanted(filed, rng):
                break
            if halves.isdisjoint(self.busy.get(person, ())):
                chosen.append(person)
        for person in chosen:
            self.busy.setdefault(person, set()).update(halves)
            self.load[person] = self.load.get(person, 0) + 1
        return list(_seats_at(filed, chosen, rng))

    def _wanted(self, filed: Filed, rng: random.Random) -> int:
        slot = filed.slot
        if slot.class_no.startswith(seeds.PAST):
            return _PAST_SEATS[0] + filed.slot.choice % (_PAST_SEATS[1] - _PAST_SEATS[0])
        seats = round(slot.capacity * slot.fill)
        return seats if filed.enrol_until >= self.now else min(seats, _RUNNING_SEATS)

    def _alumni(self, filed: Filed) -> Sequence[UUID]:
        slot = filed.slot
        recent = slot.first_day > self.now.date() - _LONG_AGO
        if not slot.class_no.startswith(seeds.PAST) or recent or slot.programme.catalogue != REGION:
            return ()
        first = self.alumni % _ALUMNI
        self.alumni += 2
        return self.cast.trainees[first : first + 2]


def _seats_at(filed: Filed, people: Sequence[UUID], rng: random.Random) -> Iterable[Seat]:
    span = max(filed.enrol_until - filed.enrol_from, timedelta(minutes=1))
    for person in people:
        yield Seat(filed.class_id, person, filed.enrol_from + span * rng.random())
