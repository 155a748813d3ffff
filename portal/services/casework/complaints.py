"""Anybody may complain, also without a name; receipt and secret open the answer.

The institution that it is about never learns who complained: nothing here is reachable for it.
Nothing of it stands in an address or a log: receipt and secret travel in the body of a form.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import violated_constraint
from portal.db.models import Complaint, Institution
from portal.db.vault import get_vault
from portal.domain import receipt as receipts
from portal.domain.case_errors import SaidBefore
from portal.domain.errors import BadInput
from portal.domain.permissions import ANONYMOUS, Actor, Permission
from portal.policies import deadlines
from portal.policies.reference import region, region_name
from portal.services.casework import complaint_rows as rows
from portal.services.casework.texts import clean_text
from portal.services.throttle import Throttle
from portal.services.times import day_of

_SHORTEST, _NAME, _PHONE = 10, 40, 20
_NONCE = (16, 64)
# A household complains of one thing at a time; whoever guesses secrets needs far more tries.
_sending = Throttle(burst=6, seconds=600)
_looking = Throttle(burst=12, seconds=20)
_guessing = Throttle(burst=8, seconds=60)


@dataclass(frozen=True, slots=True)
class ComplaintForm:
    """What was typed. ``nonce`` is the form's own random number: sent twice, it is one complaint.

    ``unknown``: the complainant wants nobody to know who they are, signed in or not.
    """

    nonce: str
    kind: str
    region_code: str
    about: str
    text: str
    name: str = ""
    phone: str = ""
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What the complainant keeps; the secret is shown this once."""

    receipt: str
    secret: str
    accept_by: date


@dataclass(frozen=True, slots=True)
class OwnComplaint:
    """A complaint as its complainant reads it. ``can_reopen``: once, after an answer."""

    receipt: str
    kind: str
    region: str
    about: str
    text: str
    state: str
    sent_at: datetime
    due_on: date
    said: tuple[rows.Said, ...]
    satisfied: bool | None
    can_reply: bool
    can_judge: bool
    can_reopen: bool


def send(
    session: Session,
    actor: Actor,
    *,
    form: ComplaintForm,
    photo: bytes | None = None,
    source: bytes,
    now: datetime,
) -> Sent:
    """Take a complaint in; ``photo`` is a JPEG made anew, ``source`` a keyed hash.

    The same form again answers the same receipt. Raises BadInput, TooManyAttempts.
    """
    actor.require(Permission.PUBLIC)
    keys = _keys(form.nonce)
    values = _values(form)
    known = session.scalar(select(Complaint).where(Complaint.receipt == keys.receipt))
    if known is not None:
        return _sent(known, keys.secret)
    _sending.take(source, now=now)
    made = Complaint(
        receipt=keys.receipt,
        secret_hash=rows.secret_hash(keys.receipt, keys.secret),
        photo_enc=get_vault().seal("complaint_photo", photo.hex()) if photo else None,
        person_id=None if form.unknown else actor.person_id,
        state="sent",
        due_on=deadlines.last_day("complaint_accept", day_of(now)),
        created_at=now,
        **values,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        if violated_constraint(error) != "uq_complaint_receipt":
            raise
        return Sent(keys.receipt, keys.secret, deadlines.last_day("complaint_accept", day_of(now)))
    # Whoever wants to stay unknown is not in the trail, either.
    rows.trail(session, ANONYMOUS if form.unknown else actor, made, "send", now=now)
    return _sent(made, keys.secret)


def look_up(
    session: Session, actor: Actor, *, receipt: str, secret: str, source: bytes, now: datetime
) -> OwnComplaint:
    """The complaint that receipt and secret open. Raises WrongReceipt, BadInput,
    TooManyAttempts."""
    actor.require(Permission.PUBLIC)
    return _own(session, _opened(session, receipt, secret, source, now))


def reply(
    session: Session,
    actor: Actor,
    *,
    receipt: str,
    secret: str,
    text: str,
    source: bytes,
    now: datetime,
) -> OwnComplaint:
    """Answer what the office asked; its days begin anew. Raises SaidBefore (nothing is asked)."""
    actor.require(Permission.PUBLIC)
    row = _opened(session, receipt, secret, source, now)
    if row.state != "asked":
        raise SaidBefore
    rows.say(session, row, "reply", clean_text(text, "text"), by=None, now=now)
    row.state = "accepted"
    row.due_on = deadlines.last_day("complaint_answer", day_of(now))
    session.flush()
    return _own(session, row)


def judge(
    session: Session,
    actor: Actor,
    *,
    receipt: str,
    secret: str,
    satisfied: bool,
    why: str = "",
    source: bytes,
    now: datetime,
) -> OwnComplaint:
    """Say whether the answer will do. A "no" opens it again, once, and the second time ends it.

    The same again changes nothing. Raises SaidBefore (there is no answer), BadInput (no reason).
    """
    actor.require(Permission.PUBLIC)
    row = _opened(session, receipt, secret, source, now)
    if row.state == "closed" and row.satisfied is satisfied:
        return _own(session, row)
    if row.state != "answered":
        raise SaidBefore
    if satisfied or row.reopened_at is not None:
        row.state, row.satisfied = "closed", satisfied
        if why.strip():
            rows.say(session, row, "content", clean_text(why, "text"), by=None, now=now)
    else:
        rows.say(session, row, "reopen", clean_text(why, "text"), by=None, now=now)
        row.state, row.satisfied, row.reopened_at = "accepted", False, now
        row.due_on = deadlines.last_day("complaint_answer", day_of(now))
    session.flush()
    return _own(session, row)


def regions_offered(session: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    """The counties in which an institution is known, as code and name."""
    actor.require(Permission.PUBLIC)
    codes = session.scalars(
        select(Institution.region_code).distinct().order_by(Institution.region_code)
    )
    return tuple((code, region_name(code)) for code in codes)


def _keys(nonce: str) -> Sent:
    """Receipt and secret of a form: made from its nonce, so that a form sent twice names one."""
    shortest, longest = _NONCE
    if not (shortest <= len(nonce) <= longest and nonce.isascii() and nonce.isalnum()):
        raise BadInput("nonce", "error.bad_request")
    vault = get_vault()
    receipt = receipts.receipt_of(vault.lookup_hash("complaint_receipt", nonce))
    digest = vault.lookup_hash("complaint_secret_of", nonce)
    return Sent(receipt, receipts.signs(digest, receipts.SECRET_LENGTH), date.min)


def _sent(row: Complaint, secret: str) -> Sent:
    return Sent(row.receipt, secret, row.due_on)


def _values(form: ComplaintForm) -> dict[str, object]:
    if form.kind not in rows.KINDS:
        raise BadInput("kind", "casework.choose")
    if region(form.region_code) is None:
        raise BadInput("region", "casework.choose")
    name = clean_text(form.name, "name", shortest=0, longest=_NAME)
    phone = clean_text(form.phone, "phone", shortest=0, longest=_PHONE)
    unknown = form.unknown
    return {
        "kind": form.kind,
        "region_code": form.region_code,
        "about": clean_text(form.about, "about", shortest=0, longest=100),
        "text_enc": rows.seal(clean_text(form.text, "text", shortest=_SHORTEST)),
        "name_enc": rows.seal(name) if name and not unknown else None,
        "phone_enc": rows.seal(phone) if phone and not unknown else None,
    }


def _opened(session: Session, receipt: str, secret: str, source: bytes, now: datetime) -> Complaint:
    number = receipts.parse_receipt(receipt)
    _looking.take(source, now=now)
    # However many sources somebody has, one receipt is guessed at slowly.
    _guessing.take(number.encode(), now=now)
    return rows.by_secret(session, number, secret, lock=True)


def _own(session: Session, row: Complaint) -> OwnComplaint:
    return OwnComplaint(
        receipt=row.receipt,
        kind=row.kind,
        region=region_name(row.region_code),
        about=row.about,
        text=rows.opened(row.text_enc),
        state=row.state,
        sent_at=row.created_at,
        due_on=row.due_on,
        said=rows.messages(session, row.id, rows.SHOWN),
        satisfied=row.satisfied,
        can_reply=row.state == "asked",
        can_judge=row.state == "answered",
        can_reopen=row.state == "answered" and row.reopened_at is None,
    )


def forget_tries() -> None:
    """Start counting anew; for tests."""
    for one in (_sending, _looking, _guessing):
        one.forget()
