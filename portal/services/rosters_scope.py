"""Whose rosters these are, and which classes they may name.

An institution sends people to its own classes, an employer to any open class of its prefecture;
what another owner uploaded is answered like what does not exist.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.db.models import Employer, Institution, RosterUpload, TrainingClass
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import Actor, Permission
from portal.services.listing import listings_of
from portal.services.times import day_of

# A county's enterprise sends its people to the schools of the whole prefecture.
_PREFECTURE = 4
# More than a list to choose from can show; the sheet may name any other class by its number.
_MOST_CHOICES = 60


@dataclass(frozen=True, slots=True)
class Owner:
    """Who sends rosters: an institution or an employer, one of the two."""

    institution_id: UUID | None
    employer_id: UUID | None

    @property
    def is_employer(self) -> bool:
        return self.employer_id is not None

    @property
    def uploads(self) -> ColumnElement[bool]:
        """Rosters of this owner."""
        if self.employer_id is not None:
            return RosterUpload.employer_id == self.employer_id
        return RosterUpload.institution_id == self.institution_id


@dataclass(frozen=True, slots=True)
class RosterClass:
    """A class that a roster names. ``refusal`` is a key below ``roster.fault`` when nobody can
    be entered for it; seats are those free beyond the people who wait already."""

    id: UUID
    class_no: str
    title: str
    institution_id: UUID
    institution_name: str
    starts_on: date
    seats_left: int
    refusal: str = ""


def the_owner(actor: Actor) -> Owner:
    """For whom the actor sends rosters; raises Unauthenticated, Forbidden."""
    actor.require(Permission.SUBMIT_ROSTER)
    if (actor.institution_id is None) == (actor.employer_id is None):
        raise Forbidden
    return Owner(actor.institution_id, actor.employer_id)


def may_send(session: Session, actor: Actor) -> bool:
    """Whether the actor sends rosters at all."""
    return actor.may(Permission.SUBMIT_ROSTER)


def owner_of(upload: RosterUpload) -> Owner:
    """For whom a roster was sent."""
    return Owner(upload.institution_id, upload.employer_id)


def own_upload(
    session: Session, actor: Actor, upload_id: UUID, *, lock: bool = False
) -> RosterUpload:
    """A roster of the actor's institution or employer; raises NotFound."""
    query = select(RosterUpload).where(RosterUpload.id == upload_id, the_owner(actor).uploads)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def own_choices(session: Session, actor: Actor, *, now: datetime) -> tuple[RosterClass, ...]:
    """Open classes that the actor may send people to, the next to begin first."""
    owner = the_owner(actor)
    query = (
        _classes()
        .where(_within(session, owner), TrainingClass.status == "enrolling")
        .where(TrainingClass.enrol_from <= now, TrainingClass.enrol_until > now)
        .order_by(TrainingClass.starts_on, TrainingClass.id)
        .limit(_MOST_CHOICES)
    )
    found = _read(session, query, None, now)
    return tuple(one for one in found if not one.refusal)


def named_classes(
    session: Session,
    owner: Owner,
    *,
    numbers: Collection[str] = (),
    ids: Collection[UUID] = (),
    now: datetime,
) -> list[RosterClass]:
    """The classes of these numbers and ids, each with what forbids this owner to use it."""
    wanted = TrainingClass.class_no.in_(numbers) | TrainingClass.id.in_(ids)
    query = _classes().where(wanted, TrainingClass.status != "draft")
    return _read(session, query, owner, now)


def _classes() -> Select[*tuple[Any, ...]]:
    return select(TrainingClass, Institution.name).join(
        Institution, Institution.id == TrainingClass.institution_id
    )


def _within(session: Session, owner: Owner) -> ColumnElement[bool]:
    if owner.institution_id is not None:
        return TrainingClass.institution_id == owner.institution_id
    prefix = session.get_one(Employer, owner.employer_id).region_code[:_PREFECTURE]
    return TrainingClass.region_code.startswith(prefix, autoescape=True)


def _read(
    session: Session, query: Select[*tuple[Any, ...]], owner: Owner | None, now: datetime
) -> list[RosterClass]:
    """The classes; ``owner`` None when the query is within what the owner may name."""
    rows = session.execute(query).all()
    own: set[UUID] = {row[0].id for row in rows}
    if owner is not None and rows:
        within = select(TrainingClass.id).where(TrainingClass.id.in_(own))
        own = set(session.scalars(within.where(_within(session, owner))))
    schools = listings_of(session, {row[0].institution_id for row in rows}, today=day_of(now))
    found = []
    for of, institution_name in rows:
        refusal = _closed(of, now, listed=schools[of.institution_id].takes_trainees)
        if of.id not in own:
            refusal = "class_elsewhere" if owner and owner.is_employer else "class_not_yours"
        found.append(_roster_class(of, institution_name, refusal))
    return found


def _closed(of: TrainingClass, now: datetime, *, listed: bool) -> str:
    open_now = of.status == "enrolling" and of.enrol_from <= now < of.enrol_until
    return "" if open_now and listed else "class_closed"


def _roster_class(of: TrainingClass, institution_name: str, refusal: str) -> RosterClass:
    return RosterClass(
        id=of.id,
        class_no=of.class_no,
        title=of.title,
        institution_id=of.institution_id,
        institution_name=institution_name,
        starts_on=of.starts_on,
        # Whoever comes now stands behind those who wait.
        seats_left=0 if of.waiting else of.capacity - of.seats_taken,
        refusal=refusal,
    )
