"""An application is sent, and may be taken back until it is decided."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import ClassOpening, ClassOpeningVersion
from portal.domain import working_days
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import rule_book
from portal.services.opening import checks, rows
from portal.services.opening.check import kept
from portal.services.opening.content import content_hash, read, stored
from portal.services.times import day_of


def submit(session: Session, actor: Actor, *, opening_id: UUID, now: datetime) -> int:
    """Send it to the authority; answers the number of the version. Again changes nothing.

    What is sent is kept word for word. Raises NotFound, OpeningRefused: a check fails, or nothing
    was changed since it was returned.
    """
    opening = rows.own(session, actor, opening_id, lock=True)
    if opening.state == "submitted":
        return opening.version_no
    opening = rows.editable(session, actor, opening_id)
    content = read(opening.content)
    found = checks.check(session, opening, content, now)
    if failed := checks.refusals(found):
        raise OpeningRefused(
            why=t("opening.refused.checks", count=len(failed), first=failed[0].sentence)
        )
    before = rows.version(session, opening, opening.version_no)
    hashed = content_hash(content)
    if before is not None and before.content_hash == hashed:
        raise OpeningRefused(why=t("opening.refused.unchanged"))
    opening.version_no += 1
    session.add(
        ClassOpeningVersion(
            id=new_id(),
            opening_id=opening.id,
            version_no=opening.version_no,
            content=stored(content),
            content_hash=hashed,
            checks=kept(found),
            submitted_at=now,
            submitted_by=actor.the_account(),
        )
    )
    opening.state, opening.due_on = "submitted", _due_on(session, opening, now)
    opening.updated_at, opening.updated_by = now, actor.the_account()
    session.flush()
    rows.trace(session, actor, "submit", opening, now, version=opening.version_no, hash=hashed)
    return opening.version_no


def _due_on(session: Session, opening: ClassOpening, now: datetime) -> date:
    """By when the region's officers answer what waits for them."""
    book = rule_book.book_for(session, opening.region_code, day_of(now))
    return working_days.after(day_of(now), book.review.due_working_days)


def withdraw(session: Session, actor: Actor, *, opening_id: UUID, now: datetime) -> None:
    """Give it up, sent or not; again changes nothing. Raises NotFound, OpeningRefused once it is
    decided for good."""
    opening = rows.own(session, actor, opening_id, lock=True)
    if opening.state == "withdrawn":
        return
    if opening.state in ("approved", "rejected"):
        raise OpeningRefused(why=t(f"opening.refused.not_editable_{opening.state}"))
    opening.state, opening.due_on = "withdrawn", None
    opening.updated_at, opening.updated_by = now, actor.the_account()
    session.flush()
    rows.trace(session, actor, "withdraw", opening, now)
