"""A complaint as both sides need it: found by its receipt and secret, or in the region; sealed."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.db.models import Complaint, ComplaintMessage
from portal.db.vault import get_vault
from portal.domain.case_errors import WrongReceipt
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.domain.receipt import parse_receipt, parse_secret
from portal.services import audit
from portal.services.scope import in_area, the_area

OBJECT = "complaint"
KINDS = ("teaching", "attendance", "fees", "money", "certificate", "staff", "other")
# What the complainant reads; the rest is the office's own.
SHOWN = ("accept", "ask", "reply", "answer", "reopen")
_TEXT = "complaint"


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was said; ``kind`` as in the table."""

    kind: str
    text: str
    at: datetime


def seal(text: str) -> bytes:
    """What somebody wrote, unreadable at rest."""
    return get_vault().seal(_TEXT, text)


def opened(sealed: bytes | None) -> str:
    """The text again; "" for none."""
    return get_vault().open(_TEXT, sealed) if sealed is not None else ""


def secret_hash(receipt: str, secret: str) -> bytes:
    """What is kept of a secret; bound to its receipt."""
    return get_vault().lookup_hash("complaint_secret", f"{receipt}:{parse_secret(secret)}")


def by_secret(session: Session, receipt: str, secret: str, *, lock: bool = False) -> Complaint:
    """The complaint that a receipt and its secret open; raises WrongReceipt, BadInput."""
    query = select(Complaint).where(
        Complaint.receipt == (number := parse_receipt(receipt)),
        Complaint.secret_hash == secret_hash(number, secret),
    )
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalar(query)
    if row is None:
        raise WrongReceipt
    return row


def within(actor: Actor) -> Select[Complaint]:
    """The complaints of the officer's region; raises Forbidden for everybody else."""
    actor.require(Permission.HANDLE_CASES)
    return select(Complaint).where(in_area(the_area(actor), Complaint.region_code))


def locked(session: Session, actor: Actor, complaint_id: UUID) -> Complaint:
    """One of them, held until the act ends; raises NotFound."""
    query = within(actor).where(Complaint.id == complaint_id)
    row = session.scalar(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def messages(session: Session, complaint_id: UUID, kinds: tuple[str, ...]) -> tuple[Said, ...]:
    """What was said of some kinds, in order."""
    query = (
        select(ComplaintMessage)
        .where(ComplaintMessage.complaint_id == complaint_id, ComplaintMessage.kind.in_(kinds))
        .order_by(ComplaintMessage.at, ComplaintMessage.id)
    )
    return tuple(Said(one.kind, opened(one.text_enc), one.at) for one in session.scalars(query))


def say(
    session: Session, row: Complaint, kind: str, text: str, *, by: UUID | None, now: datetime
) -> None:
    """Add to what was said."""
    session.add(
        ComplaintMessage(
            complaint_id=row.id, kind=kind, text_enc=seal(text), by_account_id=by, at=now
        )
    )
    session.flush()


def trail(
    session: Session,
    actor: Actor,
    row: Complaint,
    act: str,
    *,
    now: datetime,
    fields: tuple[str, ...] = (),
    detail: dict[str, object] | None = None,
) -> None:
    """A line in the trail; it names no complainant, unless their own login is on the complaint."""
    audit.record(
        session, actor, f"complaint.{act}", now=now, object_type=OBJECT, object_id=row.id,
        on_behalf_of=row.person_id if fields else None, fields_read=fields or None, detail=detail,
    )  # fmt: skip


def is_late(row: Complaint, today: date) -> bool:
    """Whether the office is overdue; not while the complainant was asked back."""
    return row.state in ("sent", "accepted") and row.due_on < today
