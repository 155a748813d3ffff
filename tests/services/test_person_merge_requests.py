"""A merge is asked for by one officer and happens once another has read the same and confirms."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    ArchiveEntry,
    AuditEvent,
    Notice,
    Person,
    PersonMerge,
    PersonMergeRequest,
)
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.domain.person_errors import MergeRefused
from portal.locale import t
from portal.services import archive_chain
from portal.services.one_person import ids_of
from portal.services.person_merge_asked import OPEN_FOR, RequestView, open_requests
from portal.services.person_merge_requests import ask, check, confirm, decline, take_back
from portal.services.person_merges import UNDO_FOR, MergeView, preview, undo
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW
from tests.support.persons import CHECKED, WHY, asked, confirmed, officer, resident

LATER = NOW + timedelta(days=3)


def pair(session: Session, **other: Any) -> tuple[Person, Person]:
    one, two = resident(session), resident(session, **other)
    session.commit()
    return one, two


def why_of(act: Callable[[], object]) -> str:
    """The sentence of a refusal."""
    with pytest.raises(MergeRefused) as refused:
        act()
    return str(refused.value.params["why"])


def listed(session: Session, by: Actor, *, now: datetime = NOW) -> dict[UUID, RequestView]:
    return {view.id: view for view in open_requests(session, by, now=now)}


def same_class(session: Session, one: Person, two: Person) -> None:
    """Something that both have at once, and that nobody has seen."""
    same = make.make_class(session)
    make.enrol(session, one, same)
    make.enrol(session, two, same)
    session.commit()


# Asking


def test_nothing_follows_from_asking(session: Session) -> None:
    one, two = pair(session)
    asked(session, officer(session), one, two)
    session.expire_all()
    assert two.merged_into is None
    assert ids_of(session, one.id) == (one.id,)
    both = (one.id, two.id)
    for table in (ArchiveEntry, Notice):
        hangs = select(func.count()).where(table.person_id.in_(both))
        assert session.scalar(hangs) == 0
    assert session.scalar(select(PersonMerge.id).where(PersonMerge.merged_id == two.id)) is None


def test_asking_is_audited_for_both(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    made = asked(session, by, one, two)
    rows = session.scalars(select(AuditEvent).where(AuditEvent.object_id == str(made.id))).all()
    assert {(row.action, row.on_behalf_of, row.reason) for row in rows} == {
        ("person.merge_ask", one.id, WHY),
        ("person.merge_ask", two.id, WHY),
    }


def test_the_same_request_again_changes_nothing(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    first = asked(session, by, one, two)
    assert asked(session, by, one, two, now=LATER) == first
    acts = select(func.count()).where(AuditEvent.object_id == str(first.id))
    assert session.scalar(acts) == 2


def test_asking_anew_with_what_came_up_takes_the_place_of_the_earlier_request(
    session: Session,
) -> None:
    one, two = pair(session)
    by, other = officer(session), officer(session)
    first = asked(session, by, one, two)
    same_class(session, one, two)
    again = asked(session, by, one, two, now=LATER)
    assert again.id != first.id
    assert set(listed(session, other)) & {first.id, again.id} == {again.id}
    assert confirmed(session, other, again, now=LATER).id


def test_one_request_at_a_time_is_open_about_a_record_that_would_go(session: Session) -> None:
    one, two = pair(session)
    third = resident(session)
    by, other = officer(session), officer(session)
    asked(session, by, one, two)
    # The same by another, the other way round, elsewhere, and what would make a chain.
    for keeps, goes in ((one, two), (two, one), (third, two), (two, third), (third, one)):
        assert why_of(partial(asked, session, other, keeps, goes)) == t("persons.refused.asked")
    assert asked(session, other, one, third).state == "open"


def test_the_database_allows_one_open_request_about_a_record(session: Session) -> None:
    one, two = pair(session)
    made = asked(session, officer(session), one, two)
    row = session.get_one(PersonMergeRequest, made.id)
    fields = ("kept_id", "merged_id", "reason", "conflicts", "at", "officer_account_id")
    twin = {name: getattr(row, name) for name in (*fields, "lapses_at", "state")}
    session.add(PersonMergeRequest(id=new_id(), **twin))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_the_database_lets_nobody_confirm_their_own_merge(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = confirmed(session, by, asked(session, officer(session), one, two))
    for model in (PersonMerge, PersonMergeRequest):
        row = session.scalars(select(model).where(model.merged_id == two.id)).one()
        row.officer_account_id = by.the_account()
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
    assert done.can_undo


# Confirming


def test_another_officer_confirms_and_then_the_two_are_one(session: Session) -> None:
    one, two = pair(session)
    made = asked(session, officer(session), one, two)
    done = confirmed(session, officer(session), made, now=LATER)
    assert ids_of(session, two.id) == (one.id, two.id)
    assert (done.at, done.reason) == (LATER, WHY)
    row = session.get_one(PersonMerge, done.id)
    assert row.undo_until == LATER + UNDO_FOR  # from the confirmation, not from the asking
    told = session.scalars(select(Notice.kind).where(Notice.person_id == one.id)).all()
    assert told == ["records_merged"]


def test_whoever_asked_does_not_decide(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    made = asked(session, by, one, two)
    own = t("persons.refused.own_request")
    done: dict[str, Any] = {"request_id": made.id, "reason": CHECKED, "now": NOW}
    seen = preview(session, by, kept_id=one.id, merged_id=two.id, now=NOW).seen
    assert why_of(partial(check, session, by, request_id=made.id, now=NOW)) == own
    assert why_of(partial(confirm, session, by, seen=seen, **done)) == own
    assert why_of(partial(decline, session, by, **done)) == own
    assert two.merged_into is None


def test_nor_does_the_same_person_with_another_account(session: Session) -> None:
    one, two = pair(session)
    me, twin = pair(session)
    first, second = officer(session, person=me), officer(session, person=twin)
    made = asked(session, first, one, two)
    # The officer's own two records count as one: whatever the account, it is the same person.
    twin.merged_into = me.id
    session.commit()
    again = Actor(Role.OFFICER, second.account_id, me.id, region_code="650400", merged=(twin.id,))
    own = t("persons.refused.own_request")
    assert why_of(partial(check, session, again, request_id=made.id, now=NOW)) == own
    assert listed(session, again)[made.id].is_own


def test_neither_of_the_two_decides_about_themselves(session: Session) -> None:
    one, two = pair(session)
    made = asked(session, officer(session), one, two)
    by = officer(session, person=two)
    done: dict[str, Any] = {"request_id": made.id, "reason": CHECKED, "now": NOW}
    for act in (
        partial(check, session, by, request_id=made.id, now=NOW),
        partial(confirm, session, by, seen="", **done),
        partial(decline, session, by, **done),
    ):
        with pytest.raises(Forbidden):
            act()
    assert made.id not in listed(session, by)


def test_who_asked_and_became_one_of_the_two_since_has_asked_in_vain(session: Session) -> None:
    one, two = pair(session)
    me = resident(session)
    by, other = officer(session, person=me), officer(session)
    made = asked(session, by, one, two)
    confirmed(session, other, asked(session, officer(session), one, me))
    with pytest.raises(Forbidden):
        check(session, other, request_id=made.id, now=NOW)


def test_who_is_elsewhere_finds_no_request(session: Session) -> None:
    one, two = pair(session, residence_region="150102")
    made = asked(session, officer(session, region_code="000000"), one, two)
    done: dict[str, Any] = {"reason": CHECKED, "now": NOW}
    for by, which in ((officer(session), made.id), (officer(session), new_id())):
        with pytest.raises(NotFound):
            check(session, by, request_id=which, now=NOW)
        with pytest.raises(NotFound):
            confirm(session, by, request_id=which, seen="", **done)
        with pytest.raises(NotFound):
            decline(session, by, request_id=which, **done)
        assert which not in listed(session, by)
    assert made.id in listed(session, officer(session, region_code="000000"))


def test_the_one_who_checks_reads_the_same_and_it_is_audited(session: Session) -> None:
    one, two = pair(session, name="李四", name_key="李四")
    made = asked(session, officer(session), one, two)
    by = officer(session)
    found = check(session, by, request_id=made.id, now=NOW)
    assert [conflict.kind for conflict in found.preview.conflicts] == ["name"]
    assert (found.request.reason, found.is_stale) == (WHY, False)
    rows = session.scalars(
        select(AuditEvent).where(
            AuditEvent.action == "person.compare", AuditEvent.actor_account_id == by.account_id
        )
    ).all()
    assert {row.on_behalf_of for row in rows} == {one.id, two.id}
    assert all("certificates" in (row.fields_read or []) for row in rows)


def test_what_came_up_since_the_asking_is_not_confirmed(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    made = asked(session, officer(session), one, two)
    before = check(session, by, request_id=made.id, now=NOW).preview.seen
    same_class(session, one, two)
    found = check(session, by, request_id=made.id, now=NOW)
    assert found.is_stale
    for seen in (before, found.preview.seen):
        act = partial(confirm, session, by, request_id=made.id, reason=CHECKED, seen=seen, now=NOW)
        assert why_of(act) == t("persons.refused.changed")
    assert two.merged_into is None


def test_an_account_on_each_stops_it_also_when_it_came_since(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    made = asked(session, officer(session), one, two)
    seen = check(session, by, request_id=made.id, now=NOW).preview.seen
    for each in (one, two):
        make.make_account(session, person=each)
    session.commit()
    act = partial(confirm, session, by, request_id=made.id, reason=CHECKED, seen=seen, now=NOW)
    assert why_of(act) == t("persons.refused.two_accounts")


def test_after_thirty_days_a_request_has_lapsed(session: Session) -> None:
    one, two = pair(session)
    by, over = officer(session), NOW + OPEN_FOR
    made = asked(session, by, one, two)
    other = officer(session)
    assert made.id in listed(session, other, now=over - timedelta(seconds=1))
    assert made.id not in listed(session, other, now=over)
    seen = preview(session, other, kept_id=one.id, merged_id=two.id, now=NOW).seen
    done: dict[str, Any] = {"request_id": made.id, "reason": CHECKED, "now": over}
    lapsed = t("persons.refused.lapsed", days=30)
    assert why_of(partial(check, session, other, request_id=made.id, now=over)) == lapsed
    assert why_of(partial(confirm, session, other, seen=seen, **done)) == lapsed
    assert why_of(partial(decline, session, other, **done)) == lapsed
    # Nothing stands in the way of another one.
    again = asked(session, other, one, two, now=over)
    assert confirmed(session, by, again, now=over).can_undo


def test_confirming_again_changes_nothing_for_the_same_officer_only(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    made = asked(session, officer(session), one, two)
    first = confirmed(session, by, made)
    act: dict[str, Any] = {"request_id": made.id, "reason": CHECKED, "seen": "", "now": LATER}
    assert confirm(session, by, **act).id == first.id
    refused = why_of(partial(confirm, session, officer(session), **act))
    assert refused == t("persons.refused.decided")
    undo(session, by, merge_id=first.id, reason=WHY, now=LATER)
    assert why_of(partial(confirm, session, by, **act)) == t("persons.refused.decided")
    assert two.merged_into is None


@pytest.mark.parametrize("act", [confirm, decline])
def test_a_reason_is_asked_of_both_officers(session: Session, act: Any) -> None:
    one, two = pair(session)
    made = asked(session, officer(session), one, two)
    more = {"seen": ""} if act is confirm else {}
    with pytest.raises(BadInput):
        act(session, officer(session), request_id=made.id, reason=" 是 ", now=NOW, **more)


# Declining, taking back


def test_a_declined_request_leaves_them_two_and_says_why_to_whoever_asked(
    session: Session,
) -> None:
    one, two = pair(session)
    by, other = officer(session), officer(session)
    made = asked(session, by, one, two)
    first = decline(session, other, request_id=made.id, reason=CHECKED, now=NOW)
    again = decline(session, other, request_id=made.id, reason=WHY, now=LATER)
    assert (first.state, first.answer, again.answer) == ("declined", CHECKED, CHECKED)
    assert two.merged_into is None
    assert listed(session, by)[made.id].answer == CHECKED
    assert made.id not in listed(session, other)
    assert made.id not in listed(session, by, now=NOW + OPEN_FOR)
    acts = select(AuditEvent.on_behalf_of).where(AuditEvent.action == "person.merge_decline")
    told = session.scalars(acts.where(AuditEvent.actor_account_id == other.account_id))
    assert sorted(told) == sorted((one.id, two.id))
    again = asked(session, by, one, two, now=LATER)
    assert set(listed(session, by, now=LATER)) & {made.id, again.id} == {again.id}


def test_only_whoever_asked_takes_a_request_back(session: Session) -> None:
    one, two = pair(session)
    by, other = officer(session), officer(session)
    made = asked(session, by, one, two)
    with pytest.raises(NotFound):
        take_back(session, other, request_id=made.id, now=NOW)
    assert take_back(session, by, request_id=made.id, now=NOW).state == "withdrawn"
    assert take_back(session, by, request_id=made.id, now=LATER).state == "withdrawn"
    acts = select(func.count()).where(AuditEvent.action == "person.merge_take_back")
    assert session.scalar(acts.where(AuditEvent.actor_account_id == by.account_id)) == 2
    refused = why_of(partial(check, session, other, request_id=made.id, now=NOW))
    assert refused == t("persons.refused.decided")
    assert made.id not in listed(session, by)


def test_what_is_decided_is_not_taken_back(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    made = asked(session, by, one, two)
    confirmed(session, officer(session), made)
    refused = why_of(partial(take_back, session, by, request_id=made.id, now=NOW))
    assert refused == t("persons.refused.decided")


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.HELPER])
def test_only_officers_decide(session: Session, role: Role) -> None:
    one, two = pair(session)
    made = asked(session, officer(session), one, two)
    who = (
        make.make_actor(session, role, institution=make.make_institution(session))
        if role is Role.MANAGER
        else make.make_actor(session, role)
    )
    done: dict[str, Any] = {"request_id": made.id, "now": NOW}
    for act in (
        partial(check, session, who, **done),
        partial(confirm, session, who, **done, reason=CHECKED, seen=""),
        partial(decline, session, who, **done, reason=CHECKED),
        partial(take_back, session, who, **done),
        partial(open_requests, session, who, now=NOW),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Unauthenticated):
        open_requests(session, ANONYMOUS, now=NOW)


# Races


class Race:
    """Acts of several officers on one request at once, each in a transaction of its own."""

    def __init__(self, session: Session) -> None:
        self.one, self.two = pair(session)
        self.by = [officer(session) for _ in range(3)]
        self.request = asked(session, self.by[0], self.one, self.two)
        checker = self.by[1]
        self.seen = check(session, checker, request_id=self.request.id, now=NOW).preview.seen
        session.commit()

    def confirm(self, which: int) -> MergeView:
        act: dict[str, Any] = {"request_id": self.request.id, "reason": CHECKED}
        by = self.by[which]
        return in_transaction(lambda s: confirm(s, by, seen=self.seen, now=NOW, **act))

    def decline(self, which: int) -> RequestView:
        act: dict[str, Any] = {"request_id": self.request.id, "reason": CHECKED}
        return in_transaction(lambda s: decline(s, self.by[which], now=NOW, **act))

    def take_back(self) -> RequestView:
        which = self.request.id
        return in_transaction(lambda s: take_back(s, self.by[0], request_id=which, now=NOW))

    def undo(self, merge_id: UUID) -> MergeView:
        act: dict[str, Any] = {"merge_id": merge_id, "reason": WHY}
        return in_transaction(lambda s: undo(s, self.by[2], now=NOW, **act))

    def merges(self, session: Session) -> int:
        """How many merges of the pair there ever were, after a look that they fit the link."""
        session.expire_all()
        rows = session.scalars(select(PersonMerge).where(PersonMerge.merged_id == self.two.id))
        found = rows.all()
        linked = session.get_one(Person, self.two.id).merged_into is not None
        assert sum(row.undone_at is None for row in found) == int(linked)
        assert archive_chain.verify_chain(session, self.one.id) is None
        return len(found)


def sentences(answers: list[Any]) -> set[str]:
    """What the losers are told."""
    lost = [one for one in answers if not isinstance(one, MergeView | RequestView)]
    assert all(isinstance(one, MergeRefused) for one in lost)
    return {str(one.params["why"]) for one in lost}


def test_of_two_who_confirm_at_once_one_merges(engine: Engine, session: Session) -> None:
    race = Race(session)
    answers = together([partial(race.confirm, which) for which in (1, 2)])
    assert sum(isinstance(one, MergeView) for one in answers) == 1
    assert sentences(answers) == {t("persons.refused.decided")}
    assert race.merges(session) == 1
    told = select(func.count()).where(Notice.person_id == race.one.id)
    assert session.scalar(told) == 1


def test_of_confirming_and_declining_at_once_one_counts(engine: Engine, session: Session) -> None:
    race = Race(session)
    answers = together([partial(race.confirm, 1), partial(race.decline, 2)])
    (won,) = [one for one in answers if isinstance(one, MergeView | RequestView)]
    assert sentences(answers) == {t("persons.refused.decided")}
    assert race.merges(session) == int(isinstance(won, MergeView))


def test_of_confirming_and_taking_back_at_once_one_counts(engine: Engine, session: Session) -> None:
    race = Race(session)
    answers: list[Any] = together([partial(race.confirm, 1), race.take_back])
    (won,) = [one for one in answers if isinstance(one, MergeView | RequestView)]
    assert sentences(answers) == {t("persons.refused.decided")}
    assert race.merges(session) == int(isinstance(won, MergeView))


def test_confirming_again_while_it_is_undone_does_not_merge_again(
    engine: Engine, session: Session
) -> None:
    race = Race(session)
    done = race.confirm(1)
    acts = [partial(race.undo, done.id), partial(race.confirm, 1), partial(race.confirm, 2)]
    answers = together(acts * 2)
    assert sentences(answers) == {t("persons.refused.decided")}
    assert race.merges(session) == 1
    assert session.get_one(Person, race.two.id).merged_into is None


def test_of_requests_in_both_directions_and_in_a_chain_one_is_open(
    engine: Engine, session: Session
) -> None:
    (one, two), third = pair(session), resident(session)
    officers = [officer(session) for _ in range(6)]
    session.commit()
    seen = preview(session, officers[0], kept_id=one.id, merged_id=two.id, now=NOW).seen
    session.commit()

    def act(by: Actor, keeps: UUID, goes: UUID) -> RequestView:
        ids = {"kept_id": keeps, "merged_id": goes}
        return in_transaction(lambda s: ask(s, by, **ids, reason=WHY, seen=seen, now=NOW))

    ways = [(one.id, two.id), (two.id, one.id), (third.id, two.id)] * 2
    answers = together([partial(act, by, *way) for by, way in zip(officers, ways, strict=True)])
    assert sum(isinstance(answer, RequestView) for answer in answers) == 1
    assert sentences(answers) == {t("persons.refused.asked")}


def test_asking_while_a_merge_is_undone_leaves_one_clear_state(
    engine: Engine, session: Session
) -> None:
    race = Race(session)
    done = race.confirm(1)
    ids = {"kept_id": race.one.id, "merged_id": race.two.id}

    def again() -> RequestView:
        return in_transaction(
            lambda s: ask(s, race.by[0], **ids, reason=WHY, seen=race.seen, now=NOW)
        )

    answers = together([partial(race.undo, done.id), again, again])
    assert sentences(answers) <= {t("persons.refused.is_merged")}
    assert race.merges(session) == 1
    assert session.get_one(Person, race.two.id).merged_into is None
