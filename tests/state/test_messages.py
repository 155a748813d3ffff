"""The messages page: what stands first, what is new, and whose it is."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.db.models import Account, Enrolment, Person, TrainingClass
from portal.domain.permissions import Role
from portal.services import notices
from portal.state.base import PageState
from portal.state.me import MeState
from portal.state.messages import MessagesState
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.tab import Tab


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PageState, "_now", staticmethod(lambda: NOW))


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """What a page shall see must be saved."""
    with Session(engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


class Somebody:
    """A person with an account and a login."""

    def __init__(self, session: Session, role: Role = Role.TRAINEE) -> None:
        account: Account = make.make_account(session, role)
        self.session = session
        self.token = make.log_in(session, account)
        self.person = session.get_one(Person, account.person_id)

    def enrol(self, training_class: TrainingClass) -> Enrolment:
        return make.enrol(self.session, self.person, training_class)


@pytest.fixture
def me(session: Session) -> Somebody:
    return Somebody(session)


def told(session: Session, person: Person, kind: str, hours_ago: int = 0) -> None:
    """A stored notice about a class."""
    notices.tell(
        session,
        person.id,
        kind,
        params=dict.fromkeys(notices.placeholders(kind), "电工班"),
        ref=("enrolment", UUID(int=7)),
        now=NOW - timedelta(hours=hours_ago),
    )


def test_what_wants_an_answer_stands_first_until_it_is_opened(
    session: Session, me: Somebody
) -> None:
    me.enrol(make.make_class(session, first_start=NOW + timedelta(days=2)))
    told(session, me.person, "offer_made", hours_ago=30)
    told(session, me.person, "claim_stopped", hours_ago=1)
    told(session, Somebody(session).person, "offer_made")
    session.commit()
    tab = Tab(me.token)
    rows = tab.call(MessagesState, "load").rows
    assert [row.tone for row in rows] == ["act", "session", "bad"]
    assert [row.unread for row in rows] == [True, False, True]
    assert rows[0].href == f"/me/enrolments/{UUID(int=7)}"
    tab.call(MessagesState, "opened", rows[0].notice_id)
    tab.call(MessagesState, "opened", rows[1].notice_id)
    rows = tab.call(MessagesState, "load").rows
    assert [row.tone for row in rows] == ["session", "bad", "act"]
    assert [row.unread for row in rows] == [False, True, False]


def test_all_messages_can_be_marked_as_seen(session: Session, me: Somebody) -> None:
    told(session, me.person, "offer_made")
    told(session, me.person, "offer_expired")
    session.commit()
    tab = Tab(me.token)
    assert tab.call(MeState, "load").unread == "2 条新消息"
    assert tab.call(MessagesState, "load").has_unread
    state = tab.call(MessagesState, "all_read")
    assert (state.has_unread, [row.unread for row in state.rows]) == (False, [False, False])
    assert tab.call(MeState, "load").unread == ""


def test_nobody_opens_the_message_of_another(session: Session, me: Somebody) -> None:
    other = Somebody(session)
    told(session, other.person, "offer_made")
    session.commit()
    [theirs] = Tab(other.token).call(MessagesState, "load").rows
    assert Tab(me.token).call(MessagesState, "opened", theirs.notice_id).problem
    assert Tab(other.token).call(MessagesState, "load").has_unread


def test_staff_have_messages_too(session: Session) -> None:
    officer = Somebody(session, Role.OFFICER)
    told(session, officer.person, "offer_made")
    session.commit()
    assert Tab(officer.token).call(MeState, "load").unread == "1 条新消息"
    assert len(Tab(officer.token).call(MessagesState, "load").rows) == 1
