"""The institution's side before sending: a draft is saved after every step, and by every manager.

Each step is saved by itself, so that two people or two phones at two steps overwrite nothing of
each other's. The checks say what is still missing; only what cannot be stored is refused here.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ClassOpening, Institution, TrainingProgramme
from portal.domain.errors import BadInput
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import Actor
from portal.domain.weekly_plan import Meeting, plan_weeks
from portal.locale import t
from portal.services.opening import choices, rows
from portal.services.opening.content import (
    Content,
    Pattern,
    PlannedMeeting,
    Step,
    Where,
    part_of,
    read,
    stored,
)
from portal.services.opening.facts import region_of
from portal.services.times import ZONE

# Somebody who starts and starts has lost something; the list would not be read any more.
MOST_DRAFTS = 20


def start(
    session: Session, actor: Actor, *, programme_id: UUID | None = None, now: datetime
) -> UUID:
    """Begin an application; answers its id. Raises OpeningRefused with too many drafts."""
    mine = rows.the_institution(actor)
    return _begin(session, actor, mine, _what(session, programme_id, ""), now)


def copy(session: Session, actor: Actor, *, opening_id: UUID, now: datetime) -> UUID:
    """Begin one like another of the institution, without its days. Raises NotFound."""
    of = rows.own(session, actor, opening_id)
    old = read(of.content)
    content = Content(what=old.what, who=old.who, where=old.where)
    return _begin(session, actor, of.institution_id, content, now)


def _begin(
    session: Session, actor: Actor, institution_id: UUID, content: Content, now: datetime
) -> UUID:
    drafts = select(func.count()).where(
        ClassOpening.institution_id == institution_id, ClassOpening.state == "draft"
    )
    if (session.scalar(drafts) or 0) >= MOST_DRAFTS:
        raise OpeningRefused(why=t("opening.refused.many_drafts", most=MOST_DRAFTS))
    account = actor.the_account()
    made = ClassOpening(
        id=new_id(),
        institution_id=institution_id,
        region_code=region_of(content, session.get_one(Institution, institution_id)),
        state="draft",
        content=stored(content),
        created_at=now,
        created_by=account,
        updated_at=now,
        updated_by=account,
    )
    session.add(made)
    session.flush()
    rows.trace(session, actor, "start", made, now)
    return made.id


def save_what(
    session: Session,
    actor: Actor,
    *,
    opening_id: UUID,
    programme_id: UUID | None,
    title: str,
    now: datetime,
) -> None:
    """Step 1: an entry of the catalogue, and what the class is called.

    Raises NotFound, OpeningRefused, BadInput (programme_id, title), as all steps do.
    """
    opening = rows.editable(session, actor, opening_id)
    what = _what(session, programme_id, title).what
    _save(session, actor, opening, "what", what, now)


def _what(session: Session, programme_id: UUID | None, title: str) -> Content:
    if programme_id is None:
        return Content(what=part_of("what", title=title))
    programme = session.get(TrainingProgramme, programme_id)
    if programme is None:
        raise BadInput("programme_id", "opening.check.programme.missing")
    named = title or t("opening.what.title_default", title=programme.title)
    return Content(what=part_of("what", programme_id=programme_id, title=named))


def save_week(
    session: Session, actor: Actor, *, opening_id: UUID, pattern: Pattern, now: datetime
) -> None:
    """Step 2: make the sessions anew out of a week. What was moved by hand is made anew, too.

    Raises BadInput also for a week that gives no sessions, or without a programme.
    """
    opening = rows.editable(session, actor, opening_id)
    content = read(opening.content)
    week = choices.week_of(session, content, pattern)
    made = plan_weeks(week, tz=ZONE).meetings
    when = part_of(
        "when",
        pattern=pattern,
        meetings=tuple(_meeting(number, one) for number, one in enumerate(made, 1)),
    )
    _save(session, actor, opening, "when", when, now)


def _meeting(number: int, of: Meeting) -> PlannedMeeting:
    return PlannedMeeting(
        key=f"w{number}", starts_at=of.starts_at, ends_at=of.ends_at, hours=of.hours, kind=of.kind
    )


def save_meeting(
    session: Session,
    actor: Actor,
    *,
    opening_id: UUID,
    key: str,
    day: date,
    starts: time,
    ends: time,
    fields: Mapping[str, Any],
    now: datetime,
) -> None:
    """Move or change one session, or add one (``key`` empty). Beijing time; ``fields`` hold
    hours, kind, topic, room, instructor_id."""
    opening = rows.editable(session, actor, opening_id)
    when = read(opening.content).when
    if starts >= ends:
        raise BadInput("ends", "opening.meeting.reversed")
    kept = [one for one in when.meetings if one.key != key]
    if key and len(kept) == len(when.meetings):
        raise OpeningRefused(why=t("opening.refused.no_meeting"))
    values = {
        **fields,
        "key": key or _free_key(when.meetings),
        "starts_at": datetime.combine(day, starts, ZONE),
        "ends_at": datetime.combine(day, ends, ZONE),
    }
    changed = part_of("when", pattern=when.pattern, meetings=(*kept, values))
    ordered = sorted(changed.meetings, key=lambda one: (one.starts_at, one.key))
    when = part_of("when", pattern=when.pattern, meetings=tuple(ordered))
    _save(session, actor, opening, "when", when, now)


def remove_meeting(
    session: Session, actor: Actor, *, opening_id: UUID, key: str, now: datetime
) -> None:
    """Take one session out; again changes nothing."""
    opening = rows.editable(session, actor, opening_id)
    when = read(opening.content).when
    kept = tuple(one for one in when.meetings if one.key != key)
    if len(kept) < len(when.meetings):
        part = part_of("when", pattern=when.pattern, meetings=kept)
        _save(session, actor, opening, "when", part, now)


def _free_key(meetings: tuple[PlannedMeeting, ...]) -> str:
    taken = {one.key for one in meetings}
    return next(key for key in (f"a{number}" for number in range(1, 500)) if key not in taken)


def save_who(
    session: Session, actor: Actor, *, opening_id: UUID, instructor_id: UUID | None, now: datetime
) -> None:
    """Step 3: who teaches; single sessions may say otherwise. One of the institution's own."""
    opening = rows.editable(session, actor, opening_id)
    part = part_of("who", instructor_id=instructor_id)
    _save(session, actor, opening, "who", part, now)


def save_part(
    session: Session,
    actor: Actor,
    *,
    opening_id: UUID,
    step: Step,
    fields: Mapping[str, Any],
    now: datetime,
) -> None:
    """Steps 4 to 6: where, exam, people; ``fields`` are those of the step's part.

    Raises BadInput (region_code) for a place where the institution may not open a class.
    """
    opening = rows.editable(session, actor, opening_id)
    if step not in ("where", "exam", "people"):
        raise BadInput("step", "opening.bad_field")
    part = part_of(step, **fields)
    if step == "where":
        part = _settle(session, opening, part)
    _save(session, actor, opening, step, part, now)


def _settle(session: Session, opening: ClassOpening, where: Where) -> Where:
    """The application goes to the office of the place; the home region is not written down.

    Once it was sent, it stays with the office that has it: nobody looks for a milder one with the
    answer in hand.
    """
    home = session.get_one(Institution, opening.institution_id).region_code
    wanted = where.region_code or home
    if wanted not in {one.code for one in choices.regions(home)}:
        raise BadInput("region_code", "opening.where.far")
    if opening.version_no and wanted != opening.region_code:
        raise BadInput("region_code", "opening.where.sent")
    opening.region_code = wanted
    return where.model_copy(update={"region_code": "" if wanted == home else wanted})


def _save(
    session: Session, actor: Actor, opening: ClassOpening, step: Step, part: Any, now: datetime
) -> None:
    content = read(opening.content)
    if getattr(content, step) == part:
        return
    opening.content = stored(content.with_part(step, part))
    opening.updated_at, opening.updated_by = now, actor.the_account()
    session.flush()
    rows.trace(session, actor, "save", opening, now, step=step)
