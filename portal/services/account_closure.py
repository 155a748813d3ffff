"""Closing one's account: what ends at once, what the law keeps, what must be done first.

The person's row stays with its sealed document, so that the archive is found again: whoever
registers later with the same document and name opens the account anew (``accounts.register``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    ArchiveEntry,
    Certificate,
    ClaimLine,
    Enrolment,
    Person,
    SubsidyClaim,
    TrainingClass,
)
from portal.db.models.classes import OPEN
from portal.db.vault import get_vault
from portal.domain.errors import NotReady, PortalError, Unauthenticated
from portal.domain.passwords import normalise_password
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import account_closure_ends as ends
from portal.services import audit, login_throttle
from portal.services.hot import LOCK_PERSON
from portal.services.passwords import verify_password

# A claim that is paid, or will not be, needs its person no more.
_OVER = ("paid", "closed", "rejected")


class StaffAccount(PortalError):
    """An account of somebody's work: whoever gave it ends it."""

    key = "rights.close.staff"
    code = "forbidden"
    status = 403


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something that must be ended first, and where."""

    text: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What stands in the way, and how much stays for good."""

    first: tuple[ToDo, ...]
    lines: int
    certificates: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try to close ended: closed, or seconds to wait, or neither (wrong password)."""

    closed: bool = False
    wait_seconds: int = 0


def closing(session: Session, actor: Actor) -> Closing:
    """What the actor should know before closing. Raises StaffAccount."""
    _must_be_own(actor)
    ids = actor.the_records()
    lines = select(func.count()).where(ArchiveEntry.person_id.in_(ids))
    held = select(func.count()).where(
        Certificate.person_id.in_(ids), Certificate.status == "issued"
    )
    return Closing(
        first=tuple(_first(session, ids)),
        lines=session.scalar(lines) or 0,
        certificates=session.scalar(held) or 0,
    )


def close(
    session: Session, actor: Actor, *, password: str, source: bytes, now: datetime
) -> Outcome:
    """Close the actor's account in one transaction; every login of it ends.

    Wrong and too early are values, because an error would roll the record of the try back.
    Raises StaffAccount, NotReady while something must be ended first.
    """
    _must_be_own(actor)
    numbers = select(Person.no).where(Person.id.in_(actor.the_records())).order_by(Person.no)
    for number in session.scalars(numbers).all():
        # Enrolling takes the same lock: a seat is either seen below or not taken any more.
        session.execute(text(LOCK_PERSON), {"person_no": number})
    account = session.get_one(
        Account, actor.the_account(), with_for_update=True, populate_existing=True
    )
    if account.status != "active":
        raise Unauthenticated  # closed in another window while this one waited
    key = get_vault().lookup_hash("login", str(account.id))
    tries = login_throttle.Tries(login_key=key, source_key=source, now=now)
    if seconds := login_throttle.seconds_to_wait(session, tries):
        return Outcome(wait_seconds=seconds)
    if not verify_password(normalise_password(password), account.password_hash):
        login_throttle.note(session, tries, login_throttle.FAILED)
        return Outcome()
    if _first(session, actor.the_records()):
        raise NotReady(reason="rights.close.not_yet")
    ended = ends.end_everything(session, actor, now=now)
    audit.record(
        session,
        actor,
        "account.close",
        now=now,
        object_type="account",
        object_id=account.id,
        on_behalf_of=actor.the_person(),
        detail=ended,
    )
    return Outcome(closed=True)


def _must_be_own(actor: Actor) -> None:
    actor.require(Permission.SIGNED_IN)
    if not actor.may(Permission.SEE_OWN_ARCHIVE):
        raise StaffAccount


def _first(session: Session, ids: Sequence[UUID]) -> list[ToDo]:
    """What must be ended first: seats, answers that are waited for, money on its way."""
    return [*_enrolments(session, ids), *_claims(session, ids)]


def _enrolments(session: Session, ids: Sequence[UUID]) -> list[ToDo]:
    rows = session.execute(
        select(Enrolment.id, Enrolment.status, TrainingClass.title)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(Enrolment.person_id.in_(ids), Enrolment.status.in_(OPEN))
        .order_by(Enrolment.id)
    )
    found = []
    for key, status, title in rows:
        kind = "offer" if status == "offered" else "enrolment"
        words = "" if status == "offered" else t(f"rights.close.status_{status}")
        found.append(_to_do(kind, f"/me/enrolments/{key}", title=title, status=words))
    return found


def _claims(session: Session, ids: Sequence[UUID]) -> list[ToDo]:
    mine = select(Enrolment.id).where(Enrolment.person_id.in_(ids))
    asked = ClaimLine.state == "asked"
    own = SubsidyClaim.payee_person_id.in_(ids) & SubsidyClaim.state.not_in(_OVER)
    rows = session.execute(
        select(asked, TrainingClass.title)
        .select_from(ClaimLine)
        .join(SubsidyClaim, SubsidyClaim.id == ClaimLine.claim_id)
        .join(TrainingClass, TrainingClass.id == SubsidyClaim.class_id)
        .where(ClaimLine.enrolment_id.in_(mine), ClaimLine.state != "dropped", asked | own)
        .order_by(ClaimLine.id)
    )
    return [
        _to_do("claim" if is_asked else "payment", "/me/claims", title=title)
        for is_asked, title in rows
    ]


def _to_do(kind: str, href: str, **words: str) -> ToDo:
    return ToDo(t(f"rights.close.first_{kind}", **words), t(f"rights.close.first_{kind}_go"), href)
