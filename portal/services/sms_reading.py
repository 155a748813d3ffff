"""Text messages as they are seen: by whoever tries the demo, and in figures by operators."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.db.models import SmsMessage
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotFound
from portal.domain.identity import normalise_phone
from portal.domain.permissions import Actor, Permission
from portal.services.sms import NO_GATEWAY, THROTTLED, phone_hash_of
from portal.settings import get_settings

# The phones of demo accounts (``demo/cast.py``); everybody knows their password.
_DEMO_PHONE = re.compile(r"13900000\d{3}")


@dataclass(frozen=True, slots=True)
class SmsView:
    """A text message as its phone shows it."""

    at: datetime
    body: str


def demo_inbox(session: Session, actor: Actor, *, phone: str) -> tuple[SmsView, ...]:
    """What a phone of the demo received, newest first; nobody else's is ever shown.

    Raises NotFound in production, BadInput for a phone that is not one of the demo.
    """
    actor.require(Permission.PUBLIC)
    if get_settings().is_production:
        raise NotFound
    phone = normalise_phone(phone)
    if not _DEMO_PHONE.fullmatch(phone):
        raise BadInput("phone", "demo_phone.not_demo")
    vault = get_vault()
    rows = session.scalars(
        select(SmsMessage)
        .where(
            SmsMessage.phone_hash == phone_hash_of(phone),
            SmsMessage.state == "sent",
        )
        .order_by(SmsMessage.sent_at.desc(), SmsMessage.id.desc())
        .limit(20)
    )
    return tuple(
        SmsView(row.sent_at or row.created_at, vault.open("sms_body", row.body_enc)) for row in rows
    )


@dataclass(frozen=True, slots=True)
class SmsStatus:
    """How messages fare: those that wait for a gateway, and failures of the last day but for
    messages that were one too many."""

    waiting: int
    failed: int


def status(session: Session, *, now: datetime) -> SmsStatus:
    """Text messages at a glance, for operators."""
    waiting = and_(SmsMessage.state == "queued", SmsMessage.problem == NO_GATEWAY)
    failed = and_(
        SmsMessage.state == "failed",
        SmsMessage.problem != THROTTLED,
        SmsMessage.created_at > now - timedelta(days=1),
    )
    counts = select(func.count().filter(waiting), func.count().filter(failed))
    row = session.execute(counts.select_from(SmsMessage)).one()
    return SmsStatus(*row)
