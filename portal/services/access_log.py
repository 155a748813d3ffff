"""Who read a person's file or acted on it, when and why, told to that person (PIPL art. 44, 45).

The source is the audit trail, from three sides: events that name the person, reads of a list on
which the person stood at that time (a class, a session, a claim, an uploaded roster), and the
person's own share links that somebody opened. What the person did alone is left out.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Select,
    String,
    Text,
    and_,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    Account,
    AuditEvent,
    ClaimLine,
    Employer,
    Enrolment,
    Institution,
    MakeUp,
    Person,
    RosterRow,
    ShareLink,
    ShareView,
    TrainingSession,
)
from portal.domain.permissions import Actor, Permission, Role
from portal.services import access_words, one_person
from portal.services.claims.rows import OBJECT as CLAIM
from portal.services.paging import Page, bounds
from portal.services.times import ZONE

SIZE = 20
# A link that a stranger opened is no act of an account; the trail does not hold it.
SHARED = "share.view"
_LINK = "share_link"
# An enrolment that came to its end by the class itself: later lists of results still show it.
_LEARNED = ("completed", "failed")


@dataclass(frozen=True, slots=True)
class Access:
    """What one account did with the file on one day: ``times`` the same, the last one at ``at``.

    ``fields`` and ``why`` are words; ``typed`` tells whether the reason was written for this one
    case or is the standing purpose of its kind; ``ask`` says to whom one turns.
    """

    key: str
    day: date
    at: datetime
    who: str
    role: str
    what: str
    fields: str
    why: str
    typed: bool
    times: int
    ask: str


def my_access(
    session: Session, actor: Actor, *, page: int = 1, size: int = SIZE, now: datetime
) -> Page[Access]:
    """A page of everybody else's reads and acts on the actor's file, newest first."""
    actor.require(Permission.SIGNED_IN)
    limit, offset = bounds(page, size)
    ids = one_person.ids_of(session, actor.the_person())
    rows = session.execute(page_query(ids, limit=limit, offset=offset)).all()
    total = rows[0].total if rows else _count(session, ids, offset)
    items = tuple(_view(row, offset + n) for n, row in enumerate(rows))
    return Page(items, max(page, 1), limit, total)


def page_query(ids: tuple[UUID, ...], *, limit: int, offset: int) -> Select[Any]:
    """The lines of a page with the names behind them, and how many there are in all."""
    return _with_names(_folded(ids), limit, offset)


def _count(session: Session, ids: tuple[UUID, ...], offset: int) -> int:
    """The number of lines behind a page that holds none, so that the way back is told."""
    every = select(func.count()).select_from(_folded(ids))
    return (session.scalar(every) or 0) if offset else 0


def _folded(ids: tuple[UUID, ...]) -> Any:
    """All events of the three sides, the same of one day in one line."""
    events = union_all(_named(ids), *_listed(ids), _shared(ids)).subquery("events")
    day = cast(func.timezone(str(ZONE), events.c.at), Date).label("day")
    names = ("account_id", "role", "action", "fields", "reason", "title")
    same: tuple[Any, ...] = (day, *(events.c[name] for name in names))
    return (
        select(*same, func.max(events.c.at).label("at"), func.count().label("times"))
        .group_by(*same)
        .subquery("seen")
    )


def _with_names(seen: Any, limit: int, offset: int) -> Select[Any]:
    """A page of the lines; names are looked up for that page alone."""
    staff = aliased(Person)
    # The last terms only keep pages apart that share an instant.
    order = ("action", "account_id", "fields", "reason", "title")
    shown = (
        select(seen, func.count().over().label("total"))
        .order_by(seen.c.at.desc(), *(seen.c[name] for name in order))
        .limit(limit)
        .offset(offset)
        .subquery("shown")
    )
    return (
        select(
            shown,
            staff.name.label("name"),
            Account.region_code.label("region"),
            Institution.name.label("institution"),
            Institution.contact_phone.label("phone"),
            Employer.name.label("employer"),
        )
        .outerjoin(Account, Account.id == shown.c.account_id)
        .outerjoin(staff, staff.id == Account.person_id)
        .outerjoin(Institution, Institution.id == Account.institution_id)
        .outerjoin(Employer, Employer.id == Account.employer_id)
        .order_by(shown.c.at.desc(), *(shown.c[name] for name in order))
    )


def _columns(title: Any = None) -> tuple[Any, ...]:
    return (
        AuditEvent.at.label("at"),
        AuditEvent.actor_account_id.label("account_id"),
        AuditEvent.actor_role.label("role"),
        AuditEvent.action.label("action"),
        AuditEvent.fields_read.label("fields"),
        AuditEvent.reason.label("reason"),
        (cast(null(), Text) if title is None else title).label("title"),
    )


def _not_me(ids: tuple[UUID, ...]) -> Any:
    mine = select(Account.id).where(Account.person_id.in_(ids))
    # The portal itself and holders of a code act without an account; that is somebody else, too.
    # A trainee acts for nobody but themselves.
    nobody = AuditEvent.actor_account_id.is_(None)
    others = nobody & (AuditEvent.actor_role != Role.TRAINEE.value)
    return or_(others, AuditEvent.actor_account_id.not_in(mine))


def _named(ids: tuple[UUID, ...]) -> Select[Any]:
    """Events that name the person."""
    return select(*_columns()).where(AuditEvent.on_behalf_of.in_(ids), _not_me(ids))


def _listed(ids: tuple[UUID, ...]) -> list[Select[Any]]:
    """Reads of lists on which the person stood when they were read."""
    then = and_(
        Enrolment.person_id.in_(ids),
        AuditEvent.at >= Enrolment.created_at,
        or_(
            Enrolment.ended_at.is_(None),
            Enrolment.status.in_(_LEARNED),
            AuditEvent.at <= Enrolment.ended_at,
        ),
    )
    of_class = _read_of("training_class", Enrolment.class_id)
    of_session = _read_of("training_session", TrainingSession.id)
    lessons = TrainingSession.class_id == Enrolment.class_id
    guest = and_(MakeUp.person_id.in_(ids), AuditEvent.at >= MakeUp.created_at)
    # By the enrolment, because an index finds lines by that.
    mine = select(Enrolment.id).where(Enrolment.person_id.in_(ids))
    claimed = and_(ClaimLine.enrolment_id.in_(mine), ClaimLine.state != "dropped")
    # A roster is gone after thirty days; until then its readers saw the person's row.
    rostered = RosterRow.person_id.in_(ids)
    listed = select(*_columns())
    sides = [
        listed.join_from(Enrolment, AuditEvent, of_class).where(then),
        listed.join_from(Enrolment, TrainingSession, lessons)
        .join(AuditEvent, of_session)
        .where(then),
        listed.join_from(
            MakeUp, AuditEvent, _read_of("training_session", MakeUp.at_session_id)
        ).where(guest),
        listed.join_from(ClaimLine, AuditEvent, _read_of(CLAIM, ClaimLine.claim_id)).where(claimed),
        listed.join_from(
            RosterRow, AuditEvent, _read_of("roster_upload", RosterRow.upload_id)
        ).where(rostered),
    ]
    return [side.where(_not_me(ids)) for side in sides]


def _read_of(kind: str, key: Any) -> Any:
    """The condition of the partial index on reads of lists."""
    return and_(
        AuditEvent.object_type == kind,
        AuditEvent.object_id == cast(key, String),
        AuditEvent.fields_read.is_not(None),
        AuditEvent.on_behalf_of.is_(None),
    )


def _shared(ids: tuple[UUID, ...]) -> Any:
    """Openings of the person's own share links."""
    return (
        select(
            ShareView.at.label("at"),
            cast(null(), PG_UUID(as_uuid=True)).label("account_id"),
            literal(_LINK).label("role"),
            literal(SHARED).label("action"),
            cast(ShareLink.fields, ARRAY(Text)).label("fields"),
            cast(ShareView.outcome, Text).label("reason"),
            ShareLink.title.label("title"),
        )
        .join(ShareLink, ShareLink.id == ShareView.link_id)
        .where(ShareLink.person_id.in_(ids))
    )


def _view(row: Any, number: int) -> Access:
    shared = row.role == _LINK
    place = row.institution or row.employer or access_words.office(row.region)
    typed = bool(row.reason) and not shared
    return Access(
        key=f"{row.day:%Y%m%d}-{number}",
        day=row.day,
        at=row.at,
        who=access_words.who(place, row.name, helper=row.role == Role.HELPER.value, role=row.role),
        role=access_words.role(row.role),
        what=access_words.opened(row.reason) if shared else access_words.act(row.action),
        fields=row.title if shared else access_words.fields(row.fields),
        why=row.reason if typed else access_words.purpose(row.action),
        typed=typed,
        times=row.times,
        ask=access_words.about_link()
        if shared
        else access_words.whom_to_ask(row.institution, row.phone, place),
    )
