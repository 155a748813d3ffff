"""What the portal has to tell me."""

from dataclasses import dataclass

import reflex as rx

from portal.domain.permissions import Permission
from portal.locale import t
from portal.services.messages import Message, my_messages
from portal.services.times import day_of, span_text
from portal.state.base import PageState, handler
from portal.state.fresh import forget
from portal.state.texts import date_text


@dataclass(frozen=True)
class MessageRow:
    """A message: heading, sentence, where it leads."""

    kind: str
    heading: str
    sentence: str
    when: str
    href: str


def row_of(message: Message) -> MessageRow:
    """A message in words."""
    kind = message.kind
    sentence = t(f"trainee.messages.{kind}.sentence", title=message.title, place=message.place)
    if message.more:
        sentence += t("trainee.messages.session.more", count=message.more)
    return MessageRow(
        kind=kind,
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

    @rx.event
    @handler(Permission.SEE_OWN_ARCHIVE)
    async def load(self) -> None:
        """Load my messages."""
        forget(self)
        messages = await self._run(my_messages, now=self._now())
        self.rows = [row_of(message) for message in messages]
