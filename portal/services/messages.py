"""Messages to a person: what acts have told them, and what their facts say at this moment.

A stored notice (``services.notices``) tells of something that happened. What is coming, and what
stands for as long as its fact holds, is derived when it is read: it cannot be missed or outlive
its fact.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Certificate, Enrolment, TrainingClass, TrainingSession
from portal.db.models.classes import OPEN
from portal.domain.permissions import Actor, Permission
from portal.services.notices import NoticeView, my_notices
from portal.services.one_person import same_person
from portal.services.times import day_bounds, day_of

# How far ahead sessions are announced, and for how long news stays.
_AHEAD = timedelta(days=7)
_NEWS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``kind`` is session, certificate, cancelled or notice; ``ref_id`` names its
    subject: the enrolment, the certificate or the notice. ``at`` and ``until`` are the session's
    times, or when the news arose (for a class called off: when the person enrolled). ``place`` is
    empty but for a session; ``more`` counts the further sessions of its class in the announced
    days. ``notice`` is there for a stored one."""

    kind: str
    ref_id: UUID
    title: str
    at: datetime
    until: datetime | None
    place: str
    more: int = 0
    notice: NoticeView | None = None

    @property
    def wants_an_answer(self) -> bool:
        """Whether something is asked of the person that they have not opened yet."""
        return self.notice is not None and self.notice.tone == "act" and self.notice.unread


def my_messages(session: Session, actor: Actor, *, now: datetime) -> tuple[Message, ...]:
    """The actor's messages: what wants an answer; what is coming, soonest first; then news,
    newest first."""
    actor.require(Permission.SIGNED_IN)
    person_id = actor.the_person()
    told = [
        Message("notice", one.id, one.heading, one.at, None, "", notice=one)
        for one in my_notices(session, actor, now=now)
    ]
    news = _certificates(session, person_id, now) + _cancelled(session, person_id, now)
    news += [message for message in told if not message.wants_an_answer]
    news.sort(key=lambda message: message.at, reverse=True)
    asked = [message for message in told if message.wants_an_answer]
    return (*asked, *_coming(session, person_id, now), *news)


def _coming(session: Session, person_id: UUID, now: datetime) -> list[Message]:
    end = day_bounds(now)[1] + _AHEAD
    rows = session.execute(
        select(TrainingSession, TrainingClass, Enrolment.id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(
            same_person(Enrolment.person_id, person_id),
            Enrolment.status.in_(("accepted", "active")),
            TrainingClass.status.not_in(("draft", "cancelled")),
            TrainingSession.ends_at > now,
            TrainingSession.starts_at < end,
        )
        .order_by(TrainingSession.starts_at)
    )
    # One message a class: its next session, and how many follow.
    found: dict[UUID, Message] = {}
    for row, made, enrolment_id in rows:
        first = found.get(enrolment_id)
        found[enrolment_id] = (
            replace(first, more=first.more + 1)
            if first
            else Message(
                "session",
                enrolment_id,
                made.title,
                row.starts_at,
                row.ends_at,
                row.room or made.site,
            )
        )
    return list(found.values())


def _certificates(session: Session, person_id: UUID, now: datetime) -> list[Message]:
    rows = session.scalars(
        select(Certificate).where(
            same_person(Certificate.person_id, person_id),
            Certificate.status == "issued",
            Certificate.created_at > now - _NEWS,
        )
    )
    return [Message("certificate", row.id, row.title, row.created_at, None, "") for row in rows]


def _cancelled(session: Session, person_id: UUID, now: datetime) -> list[Message]:
    rows = session.execute(
        select(TrainingClass, Enrolment.id, Enrolment.created_at)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(
            same_person(Enrolment.person_id, person_id),
            # Whoever is out of the class already has been told why, or never was in it.
            Enrolment.status.in_(OPEN),
            TrainingClass.status == "cancelled",
            TrainingClass.starts_on > day_of(now) - _NEWS,
        )
    )
    return [
        Message("cancelled", enrolment_id, made.title, enrolled_at, None, "")
        for made, enrolment_id, enrolled_at in rows
    ]
