"""Complaints at the office: taken, asked back, answered, passed on. Every reading is logged."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from portal.db.models import Complaint, Institution, ViolationCase
from portal.db.vault import get_vault
from portal.domain.case_errors import SaidBefore
from portal.domain.errors import BadInput, NotFound
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.policies import deadlines
from portal.policies.reference import region, region_name
from portal.services import notices
from portal.services.casework import case_rows, complaint_rows
from portal.services.casework.complaint_rows import Said, trail
from portal.services.casework.texts import clean_text
from portal.services.paging import Page, bounds
from portal.services.reasons import clean_reason
from portal.services.scope import in_area
from portal.services.times import day_of

_OFFICE_KINDS = ("accept", "ask", "reply", "answer", "reopen", "forward", "note", "content")
SHOWS = ("open", "asked", "answered", "all")


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """A complaint in the list: what it is about and until when, nobody's name and no text."""

    complaint_id: UUID
    receipt: str
    kind: str
    region: str
    about: str
    state: str
    sent_at: datetime
    due_on: date
    late: bool
    again: bool


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """One complaint at the office. ``name`` is masked; "" for whoever gave none."""

    row: ComplaintRow
    text: str
    name: str
    has_phone: bool
    has_photo: bool
    institution_id: UUID | None
    institution: str
    case_id: UUID | None
    case_no: str
    satisfied: bool | None
    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """Who complained, revealed for a reason."""

    name: str
    phone: str


def listed(
    session: Session, actor: Actor, *, show: str = "open", page: int = 1, size: int = 20,
    now: datetime,
) -> Page[ComplaintRow]:  # fmt: skip
    """The complaints of the officer's region, the most urgent first. Raises BadInput."""
    query = complaint_rows.within(actor).where(_shown(show))
    limit, offset = bounds(page, size)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (Complaint.due_on, Complaint.created_at, Complaint.id)
    found = session.scalars(query.order_by(*order).limit(limit).offset(offset))
    items = tuple(_row(one, day_of(now)) for one in found)
    return Page(items, offset // limit + 1, limit, total)


def complaint(
    session: Session, actor: Actor, *, complaint_id: UUID, now: datetime
) -> ComplaintView:
    """One of them, whole but for who complained. Raises NotFound."""
    row = _found(session, actor, complaint_id)
    trail(session, actor, row, "read", now=now, fields=("complaint",))
    institution = session.get(Institution, row.institution_id) if row.institution_id else None
    case = session.get(ViolationCase, row.case_id) if row.case_id else None
    name = complaint_rows.opened(row.name_enc)
    return ComplaintView(
        row=_row(row, day_of(now)),
        text=complaint_rows.opened(row.text_enc),
        name=mask_name(name) if name else "",
        has_phone=row.phone_enc is not None,
        has_photo=row.photo_enc is not None,
        institution_id=row.institution_id,
        institution=institution.name if institution else "",
        case_id=row.case_id,
        case_no=case.case_no if case else "",
        satisfied=row.satisfied,
        said=complaint_rows.messages(session, row.id, _OFFICE_KINDS),
    )


def contact(
    session: Session, actor: Actor, *, complaint_id: UUID, reason: str, now: datetime
) -> Contact:
    """Name and phone in full, for a reason that is written down. Raises NotFound, BadInput."""
    row = _found(session, actor, complaint_id)
    why = clean_reason(reason, shortest=4)
    fields = ("name", "phone")
    trail(session, actor, row, "contact", now=now, fields=fields, detail={"why": why})
    return Contact(complaint_rows.opened(row.name_enc), complaint_rows.opened(row.phone_enc))


def photo(session: Session, actor: Actor, *, complaint_id: UUID, now: datetime) -> bytes:
    """The photo, a JPEG. Raises NotFound."""
    row = _found(session, actor, complaint_id)
    if row.photo_enc is None:
        raise NotFound
    trail(session, actor, row, "photo", now=now, fields=("complaint",))
    return bytes.fromhex(get_vault().open("complaint_photo", row.photo_enc))


def take(session: Session, actor: Actor, *, complaint_id: UUID, note: str, now: datetime) -> None:
    """Take it up; the days to answer begin. By the same officer again changes nothing.

    Raises NotFound, SaidBefore (somebody took it).
    """
    row = complaint_rows.locked(session, actor, complaint_id)
    if row.state == "accepted" and row.officer_account_id == actor.account_id:
        return
    if row.state != "sent":
        raise SaidBefore
    row.state, row.officer_account_id, row.accepted_at = "accepted", actor.the_account(), now
    row.due_on = deadlines.last_day("complaint_answer", day_of(now))
    _say(session, actor, row, "accept", clean_text(note, "text", shortest=0, longest=200), now)


def ask_back(
    session: Session, actor: Actor, *, complaint_id: UUID, text: str, now: datetime
) -> None:
    """Ask the complainant; meanwhile the office is not late. Raises NotFound, SaidBefore."""
    row = _taken(session, actor, complaint_id)
    row.state = "asked"
    _say(session, actor, row, "ask", clean_text(text, "text"), now)
    _tell(session, row, now)


def answer(session: Session, actor: Actor, *, complaint_id: UUID, text: str, now: datetime) -> None:
    """Answer it. Raises NotFound, SaidBefore (not taken, or answered), BadInput."""
    row = _taken(session, actor, complaint_id, asked_too=True)
    row.state, row.answered_at = "answered", now
    _say(session, actor, row, "answer", clean_text(text, "text"), now)
    _tell(session, row, now)


def forward(
    session: Session, actor: Actor, *, complaint_id: UUID, region_code: str, why: str, now: datetime
) -> None:
    """Pass it on to where it belongs; its days to be taken begin anew there.

    Raises NotFound, SaidBefore (answered), BadInput (no such place, or where it lies).
    """
    row = complaint_rows.locked(session, actor, complaint_id)
    if row.state in ("answered", "closed"):
        raise SaidBefore
    if region(region_code) is None or region_code == row.region_code:
        raise BadInput("region", "casework.choose")
    told = clean_reason(why, shortest=4)
    row.region_code, row.state = region_code, "sent"
    row.officer_account_id = row.accepted_at = None
    row.case_id = row.institution_id = None
    row.due_on = deadlines.last_day("complaint_accept", day_of(now))
    _say(session, actor, row, "forward", f"{region_name(region_code)}：{told}", now)


def name_institution(
    session: Session, actor: Actor, *, complaint_id: UUID, institution_id: UUID, now: datetime
) -> None:
    """Say which institution it is about: one of the officer's region. Raises NotFound."""
    row = complaint_rows.locked(session, actor, complaint_id)
    inside = in_area(actor.region_code or "", Institution.region_code)
    query = select(Institution).where(Institution.id == institution_id, inside)
    institution = session.scalar(query)
    if institution is None:
        raise NotFound
    row.institution_id = institution.id
    _say(session, actor, row, "note", institution.name, now)


def link_case(
    session: Session, actor: Actor, *, complaint_id: UUID, case_id: UUID, now: datetime
) -> None:
    """Work on it within a case that is there. Raises NotFound."""
    row = complaint_rows.locked(session, actor, complaint_id)
    case = case_rows.found(session, actor, case_id)
    row.case_id, row.institution_id = case.id, case.institution_id
    _say(session, actor, row, "note", case.case_no, now)


def _shown(show: str) -> ColumnElement[bool]:
    if show not in SHOWS:
        raise BadInput("show", "casework.choose")
    match show:
        case "open":
            return or_(Complaint.state == "sent", Complaint.state == "accepted")
        case "asked":
            return Complaint.state == "asked"
        case "answered":
            return Complaint.state.in_(("answered", "closed"))
        case _:
            return Complaint.id.is_not(None)


def _found(session: Session, actor: Actor, complaint_id: UUID) -> Complaint:
    row = session.scalar(complaint_rows.within(actor).where(Complaint.id == complaint_id))
    if row is None:
        raise NotFound
    return row


def _taken(
    session: Session, actor: Actor, complaint_id: UUID, *, asked_too: bool = False
) -> Complaint:
    actor.require(Permission.HANDLE_CASES)
    row = complaint_rows.locked(session, actor, complaint_id)
    if row.state not in (("accepted", "asked") if asked_too else ("accepted",)):
        raise SaidBefore
    return row


def _say(
    session: Session, actor: Actor, row: Complaint, kind: str, text: str, now: datetime
) -> None:
    complaint_rows.say(session, row, kind, text, by=actor.the_account(), now=now)
    trail(session, actor, row, kind, now=now)


def _tell(session: Session, row: Complaint, now: datetime) -> None:
    """Whoever was signed in hears that there is something to read; never what."""
    if row.person_id is not None:
        params = {"receipt": row.receipt}
        notices.tell(session, row.person_id, "complaint_answered", params=params, now=now)


def _row(row: Complaint, today: date) -> ComplaintRow:
    return ComplaintRow(
        complaint_id=row.id,
        receipt=row.receipt,
        kind=row.kind,
        region=region_name(row.region_code),
        about=row.about,
        state=row.state,
        sent_at=row.created_at,
        due_on=row.due_on,
        late=complaint_rows.is_late(row, today),
        again=row.reopened_at is not None,
    )
