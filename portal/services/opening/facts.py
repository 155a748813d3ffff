"""What the checks of an application look at, read once."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    CatalogVersion,
    ClassOpening,
    Institution,
    Person,
    TrainingPlan,
    TrainingProgramme,
)
from portal.domain.permissions import GRANTS, Permission
from portal.services import times
from portal.services.listing import ListingView, listing_of
from portal.services.opening.content import Content, PlannedMeeting

# Whoever runs sessions teaches them.
_TEACH = tuple(role.value for role, may in GRANTS.items() if Permission.RUN_SESSION in may)


@dataclass(frozen=True)
class Facts:
    """An application and what stands around it. ``teachers`` are names by account."""

    opening_id: UUID
    # Whose office has it.
    filed_in: str
    content: Content
    institution: Institution
    listing: ListingView
    programme: TrainingProgramme | None
    plan: TrainingPlan | None
    version: CatalogVersion | None
    teachers: dict[UUID, str]
    now: datetime

    @property
    def region_code(self) -> str:
        """Where it would be taught: its office decides, and its rules apply."""
        return region_of(self.content, self.institution)

    @property
    def today(self) -> date:
        """The day in Beijing."""
        return times.day_of(self.now)

    @cached_property
    def meetings(self) -> tuple[PlannedMeeting, ...]:
        """The sessions in order of time."""
        return tuple(sorted(self.content.when.meetings, key=lambda one: (one.starts_at, one.key)))

    @property
    def first_day(self) -> date:
        """The day of the first session; there must be one."""
        return times.day_of(self.meetings[0].starts_at)

    @property
    def last_day(self) -> date:
        """The day of the last session; there must be one."""
        return max(times.day_of(one.ends_at) for one in self.meetings)

    def teacher_of(self, meeting: PlannedMeeting) -> UUID | None:
        """Who teaches a session."""
        return meeting.instructor_id or self.content.who.instructor_id

    def room_of(self, meeting: PlannedMeeting) -> str:
        """Where it meets; "" online and where nothing is said."""
        return "" if meeting.kind == "online" else meeting.room or self.content.where.room


def region_of(content: Content, institution: Institution) -> str:
    """The region in which an application wants to teach: the institution's, unless it says."""
    return content.where.region_code or institution.region_code


def facts_of(session: Session, opening: ClassOpening, content: Content, now: datetime) -> Facts:
    """The facts of an application with this content."""
    key = content.what.programme_id
    programme = session.get(TrainingProgramme, key) if key else None
    return Facts(
        opening_id=opening.id,
        filed_in=opening.region_code,
        content=content,
        institution=session.get_one(Institution, opening.institution_id),
        listing=listing_of(session, opening.institution_id, today=times.day_of(now)),
        programme=programme,
        plan=session.get(TrainingPlan, programme.plan_id) if programme else None,
        version=session.get(CatalogVersion, programme.catalog_version_id) if programme else None,
        teachers=teachers_of(session, opening.institution_id),
        now=now,
    )


def teachers_of(session: Session, institution_id: UUID) -> dict[UUID, str]:
    """Who may teach for an institution: names by account, in the order of names."""
    query = (
        select(Account.id, Person.name)
        .join(Person, Person.id == Account.person_id)
        .where(
            Account.institution_id == institution_id,
            Account.status == "active",
            Account.role.in_(_TEACH),
        )
        .order_by(Person.name, Account.id)
    )
    return dict(session.execute(query).tuples().all())
