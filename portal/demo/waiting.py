"""Life on the waiting lists of the demo: a trainee in line, a trainee who was offered a seat."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import Enrolment, TrainingClass
from portal.db.models.classes import OPEN
from portal.demo import seeds
from portal.demo.cast import HOME, REGION, Cast
from portal.domain.errors import PortalError
from portal.domain.permissions import SYSTEM, Actor
from portal.services import commitment, offering, seats
from portal.services.desk_enrolment import By, enrol_person
from portal.services.enrolment_locks import locked_enrolment
from portal.services.scope import in_area

# The accounts 13900000019 and 13900000020.
_IN_LINE, _OFFERED = 18, 19
_BEFORE, _BEHIND = 3, 2
# Far enough from the start that an offer lasts its whole time.
_LEAD = timedelta(days=5)
_SMALL = 4


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """One trainee in line and one with an offer, unless they are busy; again changes nothing."""
    demo = _Demo(session, everybody, now)
    if not demo.is_busy(_IN_LINE):
        demo.stand_in_line()
    if not demo.is_busy(_OFFERED):
        demo.be_offered()


class _Demo:
    """Fills lists by the services, as a school's desk would."""

    def __init__(self, session: Session, everybody: Cast, now: datetime) -> None:
        self.session, self.cast, self.now = session, everybody, now
        self.manager: Actor = everybody.staff[HOME].manager
        self.signed = commitment.ensure_stored(session, now)

    def is_busy(self, index: int) -> bool:
        mine = Enrolment.person_id == self.cast.trainees[index]
        query = select(Enrolment.id).where(mine, Enrolment.status.in_(OPEN))
        return self.session.scalar(query.limit(1)) is not None

    def stand_in_line(self) -> None:
        """The trainee behind three others, with two behind them."""
        for of in (*self._with_somewhere_to_go(), *self._full_classes()):
            of.capacity = of.seats_taken
            self.session.flush()
            people = iter(self.cast.residents(REGION))
            before = self._queue(of, people, _BEFORE)
            if not before or not self._enter(of, self.cast.trainees[_IN_LINE]):
                continue
            self._queue(of, people, _BEHIND)
            return

    def be_offered(self) -> None:
        """The trainee alone in line, and somebody who gives a seat back."""
        for of in self._full_classes():
            if not self._enter(of, self.cast.trainees[_OFFERED]):
                continue
            sits = select(Enrolment.id).where(
                Enrolment.class_id == of.id, Enrolment.status == "accepted"
            )
            gone = self.session.scalars(sits.order_by(Enrolment.id).limit(1)).one()
            enrolment = locked_enrolment(self.session, gone)
            seats.end(self.session, enrolment, status="withdrawn", now=self.now)
            offering.offer_next(self.session, SYSTEM, class_id=of.id, now=self.now)
            self.session.flush()
            return

    def _classes(self, *wanted: ColumnElement[bool]) -> Sequence[TrainingClass]:
        """Classes of the region that nobody waits for and that do not begin too soon, the
        fullest first."""
        query = select(TrainingClass).where(
            TrainingClass.class_no.startswith(seeds.OPEN),
            TrainingClass.status == "enrolling",
            TrainingClass.enrol_from <= self.now,
            TrainingClass.enrol_until > self.now + _LEAD,
            TrainingClass.waiting == 0,
            in_area(REGION),
            *wanted,
        )
        free = TrainingClass.capacity - TrainingClass.seats_taken
        order = (free, TrainingClass.starts_on, TrainingClass.id)
        return self.session.scalars(query.order_by(*order)).all()

    def _full_classes(self) -> Sequence[TrainingClass]:
        return self._classes(TrainingClass.seats_taken >= TrainingClass.capacity)

    def _with_somewhere_to_go(self) -> Sequence[TrainingClass]:
        """Those whose subject is taught elsewhere with free seats. A class with some pupils
        becomes a small one, where none of them is full."""
        other = aliased(TrainingClass)
        elsewhere = exists().where(
            other.id != TrainingClass.id,
            other.occupation_code == TrainingClass.occupation_code,
            other.level.is_not_distinct_from(TrainingClass.level),
            other.status == "enrolling",
            other.enrol_from <= self.now,
            other.enrol_until > self.now + _LEAD,
            other.seats_taken < other.capacity,
        )
        return self._classes(elsewhere, TrainingClass.seats_taken >= _SMALL)

    def _queue(self, of: TrainingClass, people: Iterator[UUID], count: int) -> int:
        """So many more in line; answers how many there were to be found."""
        entered = 0
        for person in people:
            entered += self._enter(of, person)
            if entered == count:
                break
        return entered

    def _enter(self, of: TrainingClass, person_id: UUID) -> bool:
        """A person in line, unless they sit in the class or a rule or their time forbids it."""
        by = By("desk", self.manager.the_account())
        try:
            entered = enrol_person(
                self.session,
                self.manager,
                person_id=person_id,
                class_id=of.id,
                by=by,
                signed=self.signed,
                now=self.now,
            )
        except PortalError:
            return False
        return entered.status == "waitlisted"
