"""Text messages: written down with the act that sends them, handed to a gateway afterwards.

``send`` keeps a message, encrypted, in the act's transaction and defers the task ``send_sms``.
The task takes the message, hands it to the gateway outside any transaction
(``services.sms_gateway``), and settles it. A message may reach the gateway twice, under one
idempotency key; it is never sent after its ``until``.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import SmsMessage
from portal.db.vault import get_vault
from portal.domain.errors import TooManyAttempts
from portal.domain.identity import normalise_phone
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import queue
from portal.settings import get_settings

# A message that could not be sent for a day would only confuse.
_VALID_FOR = timedelta(days=1)
_WINDOW = timedelta(hours=1)
# Shown to nobody after this; a code or an offer is long past.
KEPT_FOR = timedelta(days=30)

# Words in ``problem``: why a message waits or failed.
NO_GATEWAY, BUSY, REFUSED, EXPIRED, THROTTLED = (
    "no_gateway",
    "busy",
    "refused",
    "expired",
    "throttled",
)

_LOCK_PHONE = text("SELECT pg_advisory_xact_lock(7462, :number)")


def new_code() -> str:
    """Six random digits for a person to type."""
    return f"{secrets.randbelow(10**6):06d}"


def hash_code(code: str, *, subject: UUID | str = "") -> bytes:
    """What is kept of a code: a keyed hash. With a ``subject``, an offer's id say, it is worth
    nothing for another."""
    return get_vault().lookup_hash("sms_code", f"{subject}:{code}")


def code_matches(code: str, kept: bytes, *, subject: UUID | str = "") -> bool:
    """Whether this is the code; whoever asks counts the tries."""
    return hmac.compare_digest(hash_code(code, subject=subject), kept)


def send(
    session: Session,
    phone: str,
    key: str,
    params: Mapping[str, object],
    now: datetime,
    *,
    until: datetime | None = None,
    per_hour: int | None = None,
) -> UUID:
    """Send the sentence ``key`` to a phone once this transaction commits; answers the message.

    It is not sent after ``until`` (a day from now by default). Raises BadInput for what is no
    phone, TooManyAttempts (``seconds``) when the phone was written to ``per_hour`` times within
    the hour (``PORTAL_SMS_PER_HOUR`` by default). Two acts at the same instant may both pass;
    the task then sends no more than the limit.
    """
    phone = normalise_phone(phone)
    vault = get_vault()
    phone_hash = phone_hash_of(phone)
    _refuse_too_many(session, phone_hash, now, _limit(per_hour))
    body = t("sms.signed", text=t(key, **params))
    message = SmsMessage(
        id=new_id(),
        phone_hash=phone_hash,
        phone_enc=vault.seal("sms_phone", phone),
        body_enc=vault.seal("sms_body", body),
        purpose=key,
        state="queued",
        tries=0,
        created_at=now,
        until=until or now + _VALID_FOR,
    )
    session.add(message)
    session.flush()
    queue.defer(session, "send_sms", message_id=message.id)
    return message.id


def phone_hash_of(phone: str) -> bytes:
    """By what messages to a phone (eleven digits) are found."""
    return get_vault().lookup_hash("sms_phone", phone)


def _limit(per_hour: int | None) -> int:
    return get_settings().sms_per_hour if per_hour is None else per_hour


def _refuse_too_many(session: Session, phone_hash: bytes, now: datetime, per_hour: int) -> None:
    recent = session.scalars(
        select(SmsMessage.created_at)
        .where(
            SmsMessage.phone_hash == phone_hash,
            SmsMessage.created_at > now - _WINDOW,
            SmsMessage.state != "failed",
        )
        .order_by(SmsMessage.created_at.desc())
        .limit(per_hour)
    ).all()
    if len(recent) >= per_hour:
        free_at = recent[-1] + _WINDOW if recent else now + _WINDOW
        raise TooManyAttempts(seconds=int((free_at - now).total_seconds()) + 1)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way to the gateway; nothing of it belongs into a log."""

    message_id: UUID
    phone: str
    body: str
    purpose: str


def take(session: Session, actor: Actor, *, message_id: UUID, now: datetime) -> Outgoing | None:
    """The message to hand over now; None when it is sent, given up, too late or one too many."""
    actor.require(Permission.RUN_TASKS)
    message = session.get(SmsMessage, message_id, with_for_update=True)
    if message is None or message.state != "queued":
        return None
    if now >= message.until:
        message.state, message.problem = "failed", EXPIRED
        return None
    if message.tried_at is None:
        if _sent_lately(session, message, now) >= _limit(None):
            message.state, message.problem = "failed", THROTTLED
            return None
        message.tried_at = now
    message.tries += 1
    vault = get_vault()
    return Outgoing(
        message.id,
        vault.open("sms_phone", message.phone_enc),
        vault.open("sms_body", message.body_enc),
        message.purpose,
    )


def _sent_lately(session: Session, message: SmsMessage, now: datetime) -> int:
    """How many others to this phone were handed over within the hour, one taker at a time."""
    number = int.from_bytes(message.phone_hash[:4], signed=True)
    session.execute(_LOCK_PHONE, {"number": number})
    return (
        session.scalar(
            select(func.count())
            .select_from(SmsMessage)
            .where(
                SmsMessage.phone_hash == message.phone_hash,
                SmsMessage.tried_at > now - _WINDOW,
                SmsMessage.id != message.id,
            )
        )
        or 0
    )


def settle(
    session: Session, actor: Actor, *, message_id: UUID, problem: str, now: datetime
) -> None:
    """Write down how the hand-over went: no problem, BUSY (again later), REFUSED or NO_GATEWAY."""
    actor.require(Permission.RUN_TASKS)
    message = session.get_one(SmsMessage, message_id, with_for_update=True)
    if message.state != "queued":
        return
    message.problem = problem or None
    if not problem:
        message.state, message.sent_at = "sent", now
    elif problem == REFUSED:
        message.state = "failed"


def sweep(session: Session, actor: Actor, *, now: datetime, has_gateway: bool) -> None:
    """Give up what is too late; send what waited for a gateway or lost its task; forget the old."""
    actor.require(Permission.RUN_TASKS)
    waiting = SmsMessage.state == "queued"
    session.execute(
        update(SmsMessage)
        .where(waiting, SmsMessage.until <= now)
        .values(state="failed", problem=EXPIRED)
    )
    session.execute(text("DELETE FROM sms_message WHERE created_at < :at"), {"at": now - KEPT_FOR})
    if not has_gateway:
        return
    left = select(SmsMessage.id).where(waiting, SmsMessage.problem == NO_GATEWAY)
    for message_id in session.scalars(left.order_by(SmsMessage.created_at).limit(500)):
        queue.defer(session, "send_sms", key=str(message_id), message_id=message_id)
