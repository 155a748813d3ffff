"""The people of an institution, as its managers see them; and what happens when one goes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import Account, Institution, Person, TrainingClass, TrainingSession
from portal.db.vault import get_vault
from portal.domain.errors import Forbidden, NotFound
from portal.domain.masking import mask_phone
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.staff_errors import LastManager, OwnAccount
from portal.locale import t
from portal.services import audit, notices, staff_told
from portal.services.reasons import clean_reason
from portal.services.scope import REAL_CLASS
from portal.services.staff import factors, logins
from portal.services.staff.invitations import role_name
from portal.services.times import span_text

_TEACH = (Role.INSTRUCTOR.value, Role.MANAGER.value)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who works at the institution; ``ahead`` counts sessions still to be taught."""

    account_id: UUID
    name: str
    role: Role
    role_name: str
    phone_masked: str
    since: datetime
    ahead: int
    has_factor: bool
    is_self: bool


@dataclass(frozen=True, slots=True)
class Leaving:
    """What it means that somebody goes: told before it is confirmed."""

    account_id: UUID
    name: str
    sessions: tuple[str, ...]
    sentences: tuple[str, ...]


def members(session: Session, actor: Actor, *, now: datetime) -> tuple[Member, ...]:
    """Everybody with an account of the actor's institution, by name. The reading is logged."""
    home = _home(actor)
    rows = session.execute(
        select(Account, Person.name, Person.phone_enc)
        .join(Person, Person.id == Account.person_id)
        .where(Account.institution_id == home, Account.role.in_(_TEACH))
        .order_by(Account.role.desc(), Person.name_key, Account.id)
    ).all()
    audit.record(
        session,
        actor,
        "staff.read",
        now=now,
        object_type="institution",
        object_id=home,
        fields_read=("name", "phone"),
    )
    return tuple(_member(session, actor, *row, now=now) for row in rows)


def _home(actor: Actor) -> UUID:
    actor.require(Permission.KEEP_STAFF)
    if actor.institution_id is None:
        raise Forbidden
    return actor.institution_id


def _member(
    session: Session,
    actor: Actor,
    account: Account,
    name: str,
    phone: bytes | None,
    *,
    now: datetime,
) -> Member:
    return Member(
        account_id=account.id,
        name=name,
        role=Role(account.role),
        role_name=role_name(Role(account.role)),
        phone_masked=mask_phone(get_vault().open("phone", phone)) if phone else "",
        since=account.created_at,
        ahead=session.scalar(select(func.count()).select_from(_sessions(account.id, now))) or 0,
        has_factor=factors.has_factor(session, account.id),
        is_self=account.id == actor.account_id,
    )


def _teaches(account_id: UUID) -> ColumnElement[bool]:
    """Sessions of somebody: their own, or a class of theirs where no other is named."""
    by_class = TrainingSession.instructor_id.is_(None) & (TrainingClass.instructor_id == account_id)
    return or_(TrainingSession.instructor_id == account_id, by_class)


def _sessions(account_id: UUID, now: datetime) -> Subquery:
    return (
        select(TrainingSession.id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(_teaches(account_id), REAL_CLASS, TrainingSession.starts_at > now)
        .subquery()
    )


def leaving(session: Session, actor: Actor, *, account_id: UUID, now: datetime) -> Leaving:
    """What the removal of somebody would do. Raises NotFound, OwnAccount, LastManager."""
    account = _other(session, actor, account_id)
    rows = _ahead(session, account.id, now)
    titles = tuple(
        t("staff.leaving.session", title=made.title, no=meeting.seq_no, when=when)
        for meeting, made in rows
        for when in (span_text(meeting.starts_at, meeting.ends_at),)
    )
    name = session.get_one(Person, account.person_id).name
    told = [t("staff.leaving.login", name=name), t("staff.leaving.account")]
    if rows:
        told.insert(0, t("staff.leaving.sessions", n=len(rows)))
    return Leaving(account.id, name, titles, tuple(told))


def remove(session: Session, actor: Actor, *, account_id: UUID, reason: str, now: datetime) -> int:
    """Take somebody out of the institution; returns how many sessions are without a teacher now.

    The account becomes a trainee's, which keeps the person's archive. Sessions that were already
    held keep their teacher. Raises NotFound, OwnAccount, LastManager, BadInput.
    """
    account = _other(session, actor, account_id, lock=True)
    told = clean_reason(reason, shortest=4)
    rows = _ahead(session, account.id, now)
    for meeting, made in rows:
        # The class's own teacher takes over, unless that is who goes.
        meeting.instructor_id = None
        if made.instructor_id in (None, account.id):
            _tell_managers(session, actor, meeting, made, now)
    for made in session.scalars(
        select(TrainingClass).where(
            TrainingClass.instructor_id == account.id,
            TrainingClass.status.not_in(("closed", "cancelled")),
        )
    ):
        made.instructor_id = None
    former = account.role
    account.role, account.institution_id = Role.TRAINEE.value, None
    logins.end_all(session, account.id, now)
    name = session.get_one(Institution, actor.institution_id).name
    notices.tell(session, account.person_id, "staff_removed", params={"name": name}, now=now)
    audit.record(
        session,
        actor,
        "staff.remove",
        now=now,
        object_type="account",
        object_id=account.id,
        on_behalf_of=account.person_id,
        reason=told,
        detail={"former": former, "sessions": len(rows)},
    )
    return len(rows)


def _ahead(
    session: Session, account_id: UUID, now: datetime
) -> list[tuple[TrainingSession, TrainingClass]]:
    rows = session.execute(
        select(TrainingSession, TrainingClass)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(_teaches(account_id), REAL_CLASS, TrainingSession.starts_at > now)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    return list(rows.tuples())


def _tell_managers(
    session: Session, actor: Actor, meeting: TrainingSession, made: TrainingClass, now: datetime
) -> None:
    words = {"title": made.title, "no": meeting.seq_no}
    for person_id in staff_told.managers_and(session, made.institution_id, set()):
        notices.tell(
            session,
            person_id,
            "session_without_teacher",
            params=words,
            ref=("session", meeting.id),
            now=now,
        )


def _other(session: Session, actor: Actor, account_id: UUID, *, lock: bool = False) -> Account:
    """Somebody else of the own institution. Its managers are locked, so that one stays."""
    home = _home(actor)
    query = select(Account).where(Account.institution_id == home, Account.role.in_(_TEACH))
    if lock:
        query = query.order_by(Account.id).with_for_update()
    staff = {
        row.id: row for row in session.scalars(query.execution_options(populate_existing=lock))
    }
    account = staff.get(account_id)
    if account is None:
        raise NotFound
    if account.id == actor.account_id:
        raise OwnAccount
    others = [
        row for row in staff.values() if row.role == Role.MANAGER.value and row is not account
    ]
    if account.role == Role.MANAGER.value and not any(row.status == "active" for row in others):
        raise LastManager
    return account
