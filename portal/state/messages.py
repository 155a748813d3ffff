"""What the portal has to tell me."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.parsing import parse_id
from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.messages import Message, my_messages
from portal.services.notices import mark_all_read, mark_read
from portal.services.times import day_of, moment_text, span_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.texts import date_text


@dataclass(frozen=True)
class MessageRow:
    """A message: heading, sentence, where it leads. ``tone`` chooses its sign: session,
    certificate, act, good, bad or news; ``notice_id`` is empty for one that is not stored."""

    tone: str
    heading: str
    sentence: str
    when: str
    href: str
    notice_id: str = ""
    unread: bool = False
    # A page of the plain door: the whole page is loaded.
    is_plain: bool = False


_TONES = {"session": "session", "certificate": "certificate", "cancelled": "bad"}


def row_of(message: Message) -> MessageRow:
    """A message in words."""
    if (notice := message.notice) is not None:
        return MessageRow(
            tone=notice.tone,
            heading=notice.heading,
            sentence=notice.sentence,
            when=moment_text(notice.at),
            href=notice.href,
            notice_id=str(notice.id),
            unread=notice.unread,
            is_plain=notice.href == "/complaints",
        )
    kind = message.kind
    sentence = t(f"trainee.messages.{kind}.sentence", title=message.title, place=message.place)
    if message.more:
        sentence += t("trainee.messages.session.more", count=message.more)
    return MessageRow(
        tone=_TONES[kind],
        heading=t(f"trainee.messages.{kind}.heading"),
        sentence=sentence,
        when=span_text(message.at, message.until)
        if message.until is not None
        else date_text(day_of(message.at)),
        href=f"/me/enrolments/{message.ref_id}" if kind != "certificate" else "/me/certificates",
    )


class MessagesState(PageState, rx.State):
    """The list of messages."""

    rows: list[MessageRow] = []
    has_unread: bool = False

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def load(self) -> None:
        """Load my messages."""
        forget(self)
        await self._show()

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def opened(self, notice_id: str) -> None:
        """A message was opened; only a stored one remembers it."""
        if notice_id:
            await self._run(mark_read, notice_id=parse_id(notice_id), now=self._now())

    @rx.event
    @handler(Permission.SIGNED_IN)
    async def all_read(self) -> None:
        """Everything on the page has been seen."""
        await self._run(mark_all_read, now=self._now())
        await self._show()

    async def _show(self) -> None:
        messages = await self._run(my_messages, now=self._now())
        self.rows = [row_of(message) for message in messages]
        self.has_unread = any(row.unread for row in self.rows)
