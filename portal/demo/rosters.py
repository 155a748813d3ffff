"""Rosters of the demo: one of the enterprise, entered and partly confirmed, and one of the school
that waits to be looked at. They go through the product's own door, faults and all."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import RosterRow, RosterUpload, TrainingClass
from portal.demo import cast, employers, seeds
from portal.demo.cast import HOME, REGION, Cast
from portal.demo.seeds import PersonSeed
from portal.domain.permissions import SYSTEM, Actor
from portal.locale import t
from portal.services import rosters, rosters_check, rosters_commit, rosters_desk
from portal.services.rosters_sheet import COLUMNS

# An offer lasts three days; a demo that is older gets a new roster when it is loaded again.
_FRESH_FOR = timedelta(days=2)
_LEAD = timedelta(days=5)
_SEATS = 16
_WORKERS, _PUPILS = 9, 14
_ENTERED = 6
# Indexes that neither trainees nor residents nor staff have.
_FIRST_WORKER, _FIRST_PUPIL = 420, 440
# The demo's telephone shows messages to numbers of this range.
_FIRST_PHONE = 13900000000


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """Send both rosters unless there are fresh ones; again changes nothing."""
    employer = employers.ensure(session, now=now)
    manager = everybody.staff[HOME].manager
    classes = _classes(session, manager, now)
    if _is_fresh(session, employer, now) or len(classes) < 2:
        return
    _of_employer(session, employer, manager, classes[0], now)
    _send(session, manager, classes[1], _pupils(), now=now)


def _is_fresh(session: Session, employer: Actor, now: datetime) -> bool:
    latest = select(RosterUpload.id).where(
        RosterUpload.account_id == employer.account_id, RosterUpload.created_at > now - _FRESH_FOR
    )
    return session.scalar(latest.limit(1)) is not None


def _classes(session: Session, manager: Actor, now: datetime) -> Sequence[TrainingClass]:
    """Classes of the accounts' own school with many free seats that do not begin too soon."""
    query = (
        select(TrainingClass)
        .where(
            TrainingClass.institution_id == manager.institution_id,
            TrainingClass.class_no.startswith(seeds.OPEN),
            TrainingClass.status == "enrolling",
            # Whom the classes for veterans are for, a random list does not know.
            ~TrainingClass.group_codes.contains(["VETERAN"]),
            TrainingClass.enrol_from <= now,
            TrainingClass.enrol_until > now + _LEAD,
            TrainingClass.capacity - TrainingClass.seats_taken >= _SEATS,
        )
        .order_by(TrainingClass.starts_on, TrainingClass.id)
        .limit(2)
    )
    return session.scalars(query).all()


def _of_employer(
    session: Session, employer: Actor, manager: Actor, of: TrainingClass, now: datetime
) -> None:
    """Six are entered, of whom two have confirmed at the school's desk."""
    upload_id = _send(session, employer, of, _workers(now.date()), now=now)
    rows = session.scalars(
        select(RosterRow)
        .where(RosterRow.upload_id == upload_id, RosterRow.chosen)
        .order_by(RosterRow.row_no)
    ).all()
    # Always the same people, so that a demo that is loaded again makes no new ones.
    for row in rows:
        row.chosen = row.row_no <= 1 + _ENTERED
    session.flush()
    if not any(row.chosen for row in rows):
        return
    rosters.commit(session, employer, upload_id=upload_id, now=now)
    while rosters_commit.commit_next(session, SYSTEM, upload_id=upload_id, now=now):
        session.flush()
    for row in rows[:2]:
        if row.commit_state == "offered" and row.enrolment_id:
            rosters_desk.confirm(
                session,
                manager,
                enrolment_id=row.enrolment_id,
                is_present=True,
                paper=t("demo.employer.paper"),
                now=now,
            )


def _send(
    session: Session, actor: Actor, of: TrainingClass, lines: list[list[str]], *, now: datetime
) -> UUID:
    """A sheet sent and checked."""
    upload_id = rosters.submit(
        session,
        actor,
        upload_id=new_id(),
        filename="roster.csv",
        content=_sheet(lines),
        class_id=of.id,
        now=now,
    )
    session.flush()
    rosters_check.read(session, SYSTEM, upload_id=upload_id, now=now)
    while rosters_check.check_batch(session, SYSTEM, upload_id=upload_id, now=now):
        session.flush()
    return upload_id


def _sheet(lines: list[list[str]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows([[column.name for column in COLUMNS], *lines])
    return stream.getvalue().encode("utf-8-sig")


def _line(seed: PersonSeed, phone: str, hired_on: date | None = None) -> list[str]:
    hired = hired_on.isoformat() if hired_on else ""
    return [seed.name, "", seed.id_no, phone, "", hired]


def _people(first: int, count: int) -> list[PersonSeed]:
    rng = random.Random(f"portal demo: roster from {first}")  # noqa: S311 - not a secret
    return [
        PersonSeed(
            index=first + number,
            region=REGION,
            name=seeds.teacher_name(rng, REGION),
            birth=date(1980 + number, 1 + number % 12, 3 + number),
            sex=rng.choice("12"),
        )
        for number in range(count)
    ]


def _workers(today: date) -> list[list[str]]:
    """People of the enterprise, one number mistyped, one line twice, one who draws a pension."""
    people = _people(_FIRST_WORKER, _WORKERS)
    lines = [
        _line(seed, str(_FIRST_PHONE + seed.index), today - timedelta(days=30 + 9 * number))
        for number, seed in enumerate(people)
    ]
    mistyped = _line(people[0], "", today)
    mistyped[0], mistyped[2] = t("demo.employer.mistyped"), people[0].id_no[:-1] + "?"
    pensioner = _line(seeds.trainees()[3], cast.phone(4), today - timedelta(days=400))
    return [*lines, mistyped, lines[1], pensioner]


def _pupils() -> list[list[str]]:
    """People whom the school would like to enter, a few without a phone."""
    return [
        _line(seed, "" if number % 4 == 3 else str(_FIRST_PHONE + seed.index))
        for number, seed in enumerate(_people(_FIRST_PUPIL, _PUPILS))
    ]
