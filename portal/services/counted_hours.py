"""The 课时 that count for the people of a class, loaded by kind of session."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceRecord,
    CarriedHours,
    Enrolment,
    TrainingClass,
    TrainingSession,
)
from portal.domain.attendance import AttendanceState, Part
from portal.domain.hours import Counted, CountRules, KindHours, count
from portal.locale import t
from portal.policies import models
from portal.services.attendance_rules import attendance_of


class ClassHours:
    """The hours of a class. ``of`` answers for any enrolment in it, also one without a record."""

    def __init__(
        self,
        rules: CountRules,
        planned: int,
        by_kind: Mapping[str, int],
        had: "_Had",
        carried: Mapping[UUID, int],
    ) -> None:
        self._rules, self._planned, self._by_kind, self._had = rules, planned, by_kind, had
        self._carried = carried

    def of(self, enrolment_id: UUID) -> Counted:
        """What counts for one person."""
        had = self._had.get(enrolment_id, {})
        rows = [KindHours(kind, hours, *had.get(kind, ())) for kind, hours in self._by_kind.items()]
        carried = self._carried.get(enrolment_id, 0)
        return count(rows, self._rules, planned=self._planned, carried=carried)


# By enrolment and kind: credited, made up, excused.
_Had = Mapping[UUID, Mapping[str, tuple[int, int, int]]]


def class_hours(
    session: Session, made: TrainingClass, *, enrolment_id: UUID | None = None
) -> ClassHours:
    """The hours of everybody in a class, or of one of them. No rights are checked here."""
    planned = session.execute(
        select(TrainingSession.kind, func.sum(TrainingSession.hours))
        .where(TrainingSession.class_id == made.id)
        .group_by(TrainingSession.kind)
    ).tuples()
    rules = count_rules(attendance_of(session, made))
    had = _loaded(session, made, enrolment_id)
    by_kind = {kind: int(hours) for kind, hours in planned}
    carried = carried_in(session, made.id, enrolment_id=enrolment_id)
    return ClassHours(rules, made.hours, by_kind, had, carried)


def carried_in(
    session: Session, class_id: UUID, *, enrolment_id: UUID | None = None
) -> Mapping[UUID, int]:
    """The hours from elsewhere that the institution has accepted, by enrolment."""
    query = (
        select(CarriedHours.enrolment_id, func.sum(CarriedHours.hours))
        .join(Enrolment, Enrolment.id == CarriedHours.enrolment_id)
        .where(Enrolment.class_id == class_id, CarriedHours.withdrawn_at.is_(None))
        .group_by(CarriedHours.enrolment_id)
    )
    if enrolment_id is not None:
        query = query.where(CarriedHours.enrolment_id == enrolment_id)
    return {who: int(hours) for who, hours in session.execute(query)}


def count_rules(given: models.Attendance) -> CountRules:
    """What counts under these parameters; ratios exactly as they are written."""

    def exact(share: float | None) -> Fraction | None:
        return None if share is None else Fraction(str(share))

    return CountRules(
        excused_in_denominator=given.excused_in_denominator,
        makeup_counts=given.makeup_counts,
        theory_min_ratio=exact(given.theory_min_ratio),
        practice_min_ratio=exact(given.practice_min_ratio),
    )


def part_lines(counted: Counted) -> tuple[str, ...]:
    """What the total does not say, in words: 理论课 12/16 课时，须满 13 课时; 其中转入 20 课时."""
    parts: tuple[tuple[str, Part], ...] = (
        ("theory", counted.theory),
        ("practice", counted.practice),
    )
    lines = [
        t(
            f"results.part_{name}",
            credited=part.credited,
            planned=part.planned,
            needed=part.needed,
        )
        for name, part in parts
        if part.needed > 0
    ]
    if counted.carried:
        lines.append(t("carry.of_them", hours=counted.carried))
    return tuple(lines)


def _loaded(session: Session, made: TrainingClass, enrolment_id: UUID | None) -> _Had:
    record, hours = AttendanceRecord, AttendanceRecord.credited_hours
    makeup = record.state == AttendanceState.MAKEUP.value
    excused = record.state == AttendanceState.EXCUSED.value
    query = (
        select(
            record.enrolment_id,
            TrainingSession.kind,
            func.sum(hours),
            func.coalesce(func.sum(hours).filter(makeup), 0),
            func.coalesce(func.sum(TrainingSession.hours).filter(excused), 0),
        )
        .join(TrainingSession, TrainingSession.id == record.session_id)
        .where(TrainingSession.class_id == made.id)
        .group_by(record.enrolment_id, TrainingSession.kind)
    )
    if enrolment_id is not None:
        query = query.where(record.enrolment_id == enrolment_id)
    found: dict[UUID, dict[str, tuple[int, int, int]]] = defaultdict(dict)
    for who, kind, credited, made_up, missed in session.execute(query):
        found[who][kind] = (int(credited), int(made_up), int(missed))
    return found
