"""Generated histories of one class, step by step beside a model that a child could keep.

The model: so many seats, a line, a list of offers. Whoever comes has a seat when one is free and
nobody waits; else stands at the end. Background work gives free seats to the front of the line.
"""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from portal.db.models import Enrolment
from portal.db.models.classes import OPEN
from tests.support import factories as make
from tests.support import lines
from tests.support.acts import listed_class, trainee
from tests.support.lines import HOUR, check_books
from tests.support.tasks import forget_all, run_pending, tick

NOW = make.NOW
PEOPLE = 7
DAY = 24 * HOUR
# What the clock does to lines and offers; the rest of its work is none of theirs.
CLOCK = ("sweep_offers", "sweep_lines")
_slot = itertools.count(1)


class OneClass(RuleBasedStateMachine):
    """A class and the people around it."""

    session: Session
    people: list[bytes]

    def __init__(self) -> None:
        super().__init__()
        forget_all()
        # Each history has a class at a time of its own, so that the same people can be in all.
        start = NOW + timedelta(days=30, hours=next(_slot))
        self.klass = listed_class(
            self.session,
            capacity=2,
            first_start=start,
            sessions=1,
            session_length=timedelta(minutes=45),
        )
        self.now, self.late = NOW, timedelta()
        self.ids: dict[int, UUID] = {}
        self.accepted: list[int] = []
        self.offered: dict[int, Any] = {}
        self.line: list[int] = []

    def teardown(self) -> None:
        # Nobody waits for many classes at once, and the same people come in the next history.
        self.session.execute(
            update(Enrolment)
            .where(Enrolment.class_id == self.klass.id, Enrolment.status.in_(OPEN))
            .values(status="withdrawn")
        )
        self.session.commit()

    @property
    def free(self) -> int:
        return 2 - len(self.accepted) - len(self.offered)

    def known(self, who: int) -> bool:
        return who in self.accepted or who in self.offered or who in self.line

    @rule(who=st.integers(0, PEOPLE - 1))
    def join(self, who: int) -> None:
        if self.known(who):
            return
        view = lines.wait(self.people[who], self.klass.id, now=self.now)
        self.ids[who] = view.id
        if self.free > 0 and not self.line:
            assert view.status == "accepted"
            self.accepted.append(who)
        else:
            self.line.append(who)
            assert (view.status, view.waitlist_position) == ("waitlisted", len(self.line))

    @rule(who=st.integers(0, PEOPLE - 1))
    def cancel(self, who: int) -> None:
        if self.known(who):
            lines.cancel(self.session, self.people[who], self.ids[who], now=self.now)
            self.forget(who)

    @rule(who=st.integers(0, PEOPLE - 1))
    def leave(self, who: int) -> None:
        if who in self.ids:
            lines.leave(self.session, self.people[who], self.ids[who], now=self.now)
            if who not in self.accepted:
                self.forget(who)

    @precondition(lambda self: self.offered)
    @rule(pick=st.integers(0, 1), yes=st.booleans())
    def answer(self, pick: int, yes: bool) -> None:
        who = sorted(self.offered)[pick % len(self.offered)]
        act = lines.accept if yes else lines.decline
        act(self.session, self.people[who], self.ids[who], now=self.now)
        self.forget(who)
        if yes:
            self.accepted.append(who)

    @rule()
    def work(self) -> None:
        run_pending(now=self.now)
        self.serve()

    @rule(hours=st.sampled_from([1, 12, 23]))
    def wait(self, hours: int) -> None:
        # Logins last a day; a history is shorter than that.
        if self.now + hours * HOUR < NOW + DAY:
            self.now += hours * HOUR

    @rule()
    def clock(self) -> None:
        """Within the day of a history no offer ends by itself."""
        tick(*CLOCK, now=self.now)
        self.serve()

    @precondition(lambda self: self.offered and self.late < 20 * DAY)
    @rule()
    def nobody_answers(self) -> None:
        # An offer lasts a day at most, also one that was made when the clock last ran late.
        self.late += 2 * DAY
        tick(*CLOCK, now=NOW + self.late)
        for who in list(self.offered):
            self.forget(who)
        self.serve()

    def serve(self) -> None:
        while self.free > 0 and self.line:
            who = self.line.pop(0)
            self.offered[who] = self.now

    def forget(self, who: int) -> None:
        self.offered.pop(who, None)
        for names in (self.accepted, self.line):
            if who in names:
                names.remove(who)

    @invariant()
    def the_books_are_right(self) -> None:
        check_books(self.klass.id)
        self.session.rollback()
        rows = self.session.execute(
            select(Enrolment.id, Enrolment.status)
            .where(Enrolment.class_id == self.klass.id)
            .order_by(Enrolment.waiting_rank, Enrolment.waiting_no)
        ).all()
        states = {row.id: row.status for row in rows}
        for who, enrolment_id in self.ids.items():
            expected = (
                {"accepted"} if who in self.accepted
                else {"offered"} if who in self.offered
                else {"waitlisted"} if who in self.line
                else {"withdrawn", "expired"}
            )  # fmt: skip
            assert states[enrolment_id] in expected
        waiting = [row.id for row in rows if row.status == "waitlisted"]
        assert waiting == [self.ids[who] for who in self.line]


@pytest.fixture
def machine(engine: Engine) -> Iterator[type[OneClass]]:
    with Session(engine, expire_on_commit=False) as session:
        people = [trainee(session) for _ in range(PEOPLE)]
        yield type("Machine", (OneClass,), {"session": session, "people": people})
    forget_all()


def test_no_history_parts_from_the_model(machine: type[OneClass]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
