"""Classes in which a person can check in right now, whatever the hour at which the demo starts.

One meets in this minute, another every hour after it, and a third has met for weeks, so that an
archive shows hours that are still growing. The first two ignore the regional day and say so.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from psycopg.types.multirange import TimestamptzMultirange
from psycopg.types.range import TimestamptzRange
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, TrainingClass, TrainingSession
from portal.demo import calendar, seeds, store
from portal.demo.cast import HOME, Cast
from portal.demo.filing import Filing, session_plans
from portal.demo.store import Scan, Seat
from portal.domain.attendance import CLASS_HOUR_MINUTES
from portal.domain.schedule import PlannedSession, plan_sessions
from portal.locale import t
from portal.services import commitment
from portal.services.catalogue.planning import ClassPlan, create_class
from portal.services.times import ZONE

_ONE_HOUR = timedelta(minutes=CLASS_HOUR_MINUTES)
_SOON = timedelta(minutes=5)
_STEP = timedelta(minutes=60)
_DAYLONG_HOURS = 8
_GUESTS = 14
_ALREADY_HERE = 6
_CAPACITY = 30
_LIVE = ("accepted", "active")
_WEEKLY_CODE = "T-0601"
_WEEKS_DONE = 5


def ensure_weekly(session: Session, cast: Cast, filing: Filing, *, now: datetime) -> None:
    """Make the weekly class of the first trainee unless one is still meeting."""
    if not _has_weekly(session, cast, now):
        _weekly(session, cast, filing, now)


def ensure_trials(session: Session, cast: Cast, filing: Filing, *, now: datetime) -> None:
    """Make trial classes unless somebody can sign in to one."""
    if not _has_trial(session, now):
        _trials(session, cast, filing, now)


def _has_weekly(session: Session, cast: Cast, now: datetime) -> bool:
    query = (
        select(Enrolment.id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Enrolment.person_id == cast.trainees[0],
            TrainingClass.class_no.like(f"{seeds.WEEKLY}%"),
            TrainingClass.ends_on >= now.astimezone(ZONE).date(),
        )
    )
    return session.scalar(query.limit(1)) is not None


def _has_trial(session: Session, now: datetime) -> bool:
    """Whether somebody can sign in to a trial class now or within the hour."""
    query = (
        select(TrainingSession.id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(
            TrainingClass.class_no.like(f"{seeds.DAYLONG}%"),
            TrainingSession.sign_in_from <= now + _STEP,
            TrainingSession.sign_in_until > now,
        )
    )
    return session.scalar(query.limit(1)) is not None


def _weekly(session: Session, cast: Cast, filing: Filing, now: datetime) -> None:
    """Meets once a week, four days before today the last time: today stays free for trials."""
    if _WEEKLY_CODE not in filing.programmes:
        return
    today = now.astimezone(ZONE).date()
    first = today - timedelta(days=4 + 7 * (_WEEKS_DONE - 1))
    seed = _seed(_WEEKLY_CODE)
    sessions = plan_sessions(
        first_day=first,
        total_hours=seed.hours,
        day_hours=calendar.day_hours(seed),
        weekdays={first.weekday()},
        tz=ZONE,
    )
    opened = datetime.combine(first - timedelta(days=30), time(9, 30), ZONE)
    class_no = f"{seeds.WEEKLY}{today:%y%m%d}"
    title, note = t("demo.class.running"), t("demo.schedule.weekly")
    class_id = _file(session, cast, filing, seed, class_no, title, note, sessions, opened)
    people = [cast.trainees[0], *_free(session, cast.residents("650400"), sessions)[:_GUESTS]]
    _enrol(session, class_id, people, opened + timedelta(days=3), now)


def _trials(session: Session, cast: Cast, filing: Filing, now: datetime) -> None:
    local = now.astimezone(ZONE).replace(second=0, microsecond=0)
    slots = _slots(session, cast, local + _SOON, 1 + _DAYLONG_HOURS)
    opened = local - timedelta(days=1)
    # The number names the minute, so that another trial can follow on the same day.
    mark, day = f"{local:%y%m%d%H%M}", f"{local:%m-%d %H:%M}"
    trainees = list(cast.trainees[:3])
    guests = _free(session, cast.residents("650400"), slots)[:_GUESTS]
    for prefix, code, key, sessions in (
        (seeds.NOW, "T-9901", "demo.class.now", slots[:1]),
        (seeds.DAYLONG, "T-9902", "demo.class.daylong", slots[1:]),
    ):
        if code not in filing.programmes:
            continue
        title, note = t(key, day=day), t("demo.schedule.demo")
        class_no = f"{prefix}{mark}"
        class_id = _file(
            session, cast, filing, _seed(code), class_no, title, note, sessions, opened
        )
        people = _free(session, trainees, sessions) + guests
        _enrol(session, class_id, people, opened, now)
        if prefix == seeds.NOW:
            _arrive(session, class_id, guests[:_ALREADY_HERE], sessions[0], now)


def _slots(session: Session, cast: Cast, start: datetime, count: int) -> list[PlannedSession]:
    """Class hours from ``start`` on, one an hour, in which the instructor is free.

    The first is followed by the second without a break, so that a sign-in is always open.
    """
    rows = session.execute(
        select(TrainingSession.starts_at, TrainingSession.ends_at).where(
            TrainingSession.instructor_id == cast.instructor,
            TrainingSession.ends_at > start,
        )
    ).all()
    slots: list[PlannedSession] = []
    at = start
    while len(slots) < count:
        each = PlannedSession(at, at + _ONE_HOUR, 1)
        if all(row.ends_at <= each.starts_at or each.ends_at <= row.starts_at for row in rows):
            slots.append(each)
        at += _ONE_HOUR if len(slots) == 1 else _STEP
    return slots


def _file(
    session: Session,
    cast: Cast,
    filing: Filing,
    seed: seeds.ProgrammeSeed,
    class_no: str,
    title: str,
    note: str,
    sessions: Sequence[PlannedSession],
    opened: datetime,
) -> UUID:
    home, room = cast.staff[HOME], t("demo.class.room")
    programme = filing.programmes[seed.code]
    plan = ClassPlan(
        programme_id=programme.id,
        institution_id=home.institution_id,
        class_no=class_no,
        title=title,
        region_code=home.seed.region_code,
        site=room,
        address=home.seed.address,
        capacity=_CAPACITY,
        enrol_from=opened,
        enrol_until=min(each.starts_at for each in sessions) - timedelta(minutes=30),
        sessions=session_plans(seed, sessions, room),
        group_codes=filing.groups[programme.id],
        instructor_id=cast.instructor,
        schedule_note=note,
        access_note=t("demo.class.access"),
        status="running",
    )
    return create_class(session, home.manager, plan=plan, now=opened)


def _seed(code: str) -> seeds.ProgrammeSeed:
    return next(seed for seed in seeds.programmes() if seed.code == code)


def _free(
    session: Session, people: Sequence[UUID], sessions: Sequence[PlannedSession]
) -> list[UUID]:
    """Those of the people who have no live enrolment at these times."""
    meets = TimestamptzMultirange(
        [TimestamptzRange(each.starts_at, each.ends_at, "[)") for each in sessions]
    )
    taken = set(
        session.scalars(
            select(Enrolment.person_id).where(
                Enrolment.person_id.in_(people),
                Enrolment.status.in_(_LIVE),
                Enrolment.busy.op("&&")(meets),
            )
        )
    )
    return [person for person in people if person not in taken]


def _enrol(
    session: Session, class_id: UUID, people: Sequence[UUID], at: datetime, now: datetime
) -> None:
    signed = commitment.ensure_stored(session, now)
    store.enrol(session, signed, [Seat(class_id, person, at) for person in people])


def _arrive(
    session: Session, class_id: UUID, people: Sequence[UUID], meeting: PlannedSession, now: datetime
) -> None:
    """Some sit there already when the demo opens: they scanned the screen, so it was on."""
    rows = session.execute(
        select(TrainingSession.id, Enrolment.id, Enrolment.person_id)
        .join(Enrolment, Enrolment.class_id == TrainingSession.class_id)
        .where(TrainingSession.class_id == class_id, Enrolment.person_id.in_(people))
        .order_by(Enrolment.id)
    ).all()
    early = meeting.starts_at - timedelta(minutes=24)
    session.execute(
        update(TrainingSession)
        .where(TrainingSession.id.in_([row[0] for row in rows]))
        .values(screen_opened_at=early)
    )
    steps = (now - early) / (len(rows) + 1)
    store.scan(
        session,
        [Scan(*row, "in", early + steps * number) for number, row in enumerate(rows, 1)],
    )
