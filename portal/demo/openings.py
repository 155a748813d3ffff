"""Class openings in the demo: one half filled in, one returned, two that wait for an officer."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ClassOpening, Institution
from portal.demo import officers
from portal.demo.cast import HOME, Cast
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services.opening import choices, deciding, drafting, sending, views
from portal.services.opening.choices import ProgrammeChoice
from portal.services.opening.content import Pattern, read
from portal.services.times import day_of

# The calendar of the demo reaches eight weeks ahead, and a class may last for some: by then
# teachers and rooms are free.
_WEEKS_AHEAD = 16
_LONGEST = 100
# What the school certifies itself; for the rest a body assesses.
_OWN = "TRAINING"


def ensure(session: Session, cast: Cast, *, now: datetime) -> None:
    """Once, whatever became of them since."""
    manager = cast.staff[HOME].manager
    home = session.get_one(Institution, manager.institution_id)
    mine = ClassOpening.institution_id == home.id
    if session.scalar(select(ClassOpening.id).where(mine).limit(1)) is not None:
        return
    found = [
        one
        for one in choices.programmes(session, home, home.region_code, now=now)
        if one.in_scope and one.hours <= _LONGEST
    ][:3]
    if len(found) < 3:
        return
    half = drafting.start(session, manager, programme_id=found[0].id, now=now)
    _week(session, manager, half, now, weeks=_WEEKS_AHEAD)
    for number, programme in enumerate(found):
        key = _sent(session, cast, programme, number, now - timedelta(days=3 - number))
        if number == 0:
            _returned(session, key, now - timedelta(days=1))


def _sent(
    session: Session, cast: Cast, programme: ProgrammeChoice, number: int, at: datetime
) -> UUID:
    """A whole application; each has weeks of its own."""
    manager = cast.staff[HOME].manager
    key = drafting.start(session, manager, programme_id=programme.id, now=at)
    _week(session, manager, key, at, weeks=_WEEKS_AHEAD + 3 * number)
    meetings = read(session.get_one(ClassOpening, key).content).when.meetings
    first, last = day_of(meetings[0].starts_at), day_of(meetings[-1].ends_at)
    teacher = cast.staff[HOME].teachers[number % len(cast.staff[HOME].teachers)]
    drafting.save_who(session, manager, opening_id=key, instructor_id=teacher, now=at)
    home = session.get_one(Institution, manager.institution_id)
    place = choices.rooms(session, home.id)[number]
    parts: dict[str, dict[str, object]] = {
        "where": {
            "site": place.site,
            "room": place.room,
            "address": place.address,
            "capacity": 30 + 12 * number,
            "resources": ("textbook", "equipment"),
            "resource_note": t("demo.opening.resources"),
            "safety_note": t("demo.opening.safety"),
        },
        "exam": {
            "on": last,
            "form": "both",
            "place": place.room,
            "certificate_kind": programme.certificate_kind,
            "body": "" if programme.certificate_kind == _OWN else t("demo.opening.body"),
        },
        "people": {
            "mode": "open",
            "enrol_from": day_of(at) + timedelta(days=7),
            "enrol_until": first - timedelta(days=2),
        },
    }
    for step, fields in parts.items():
        drafting.save_part(
            session,
            manager,
            opening_id=key,
            step=step,  # type: ignore[arg-type]
            fields=fields,
            now=at,
        )
    sending.submit(session, manager, opening_id=key, now=at)
    return key


def _week(session: Session, manager: Actor, key: UUID, at: datetime, *, weeks: int) -> None:
    today = day_of(at)
    monday = today + timedelta(days=7 * weeks - today.weekday())
    opening = session.get_one(ClassOpening, key)
    pattern = Pattern(
        first_day=monday,
        weekdays=(0, 1, 2, 3, 4),
        spans=choices.usual_spans(session, opening.region_code, at),
        hours_per_day=8,
    )
    drafting.save_week(session, manager, opening_id=key, pattern=pattern, now=at)


def _returned(session: Session, key: UUID, at: datetime) -> None:
    first, _ = officers.ensure(session, now=at)
    seen = views.desk(session, first, opening_id=key, now=at).seen
    deciding.send_back(
        session,
        first,
        opening_id=key,
        seen=seen,
        steps=["where"],
        reason=t("demo.opening.reason"),
        now=at,
    )
