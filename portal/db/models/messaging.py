"""What the portal tells a person: notices kept for them, text messages sent to a phone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.models.base import Base, Key, ref


class Notice(Base):
    """Something that was told to a person by an act, in that act's transaction.

    ``kind`` names the sentence (``services.notices``), ``params`` fill it and hold nothing that
    identifies a person: titles, dates, amounts. After ``until`` it is not shown any more.
    """

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("(ref_type IS NULL) = (ref_id IS NULL)", name="ref"),
        Index("ix_notice_person_id_created_at", "person_id", "created_at"),
        Index("ix_notice_unread", "person_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[Key]
    person_id: Mapped[UUID] = ref("person.id", index=False)
    kind: Mapped[str]
    params: Mapped[dict[str, Any]]
    ref_type: Mapped[str | None]
    ref_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    until: Mapped[datetime | None]


class SmsMessage(Base):
    """A text message: queued, then sent or failed. Phone and text are encrypted.

    ``tried_at`` is when it was first handed to the gateway; the throttle counts by it.
    ``problem`` is a word for why it failed or waits, never what a gateway answered.
    """

    __tablename__ = "sms_message"
    __table_args__ = (
        CheckConstraint("state IN ('queued','sent','failed')", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        Index("ix_sms_message_phone_hash_created_at", "phone_hash", "created_at"),
        Index("ix_sms_message_queued", "created_at", postgresql_where=text("state = 'queued'")),
    )

    id: Mapped[Key]
    phone_hash: Mapped[bytes]
    phone_enc: Mapped[bytes]
    body_enc: Mapped[bytes]
    # The sentence's key: what the message is for.
    purpose: Mapped[str]
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    created_at: Mapped[datetime]
    # Nobody wants it after this: a code that has expired, an offer that is gone.
    until: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    problem: Mapped[str | None]
