"""An officer looks up one archive for a reason; every look, also a vain one, leaves a row."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import AuditEvent, Person
from portal.domain.errors import BadInput, Forbidden
from portal.domain.permissions import Actor, Role
from portal.domain.person_errors import SearchLimit
from portal.services import archive_chain, archive_lookup, person_finding, social_cards
from portal.services.archive_lookup import LookedUp
from portal.services.person_finding import MOST_AN_HOUR
from tests.support import factories as make
from tests.support import persons
from tests.support.acts import together
from tests.support.certificates import learned, put_on_record
from tests.support.factories import NOW
from tests.support.persons import number_of, officer, resident

WHY = "本人来窗口打印培训经历"


def look(session: Session, who: Actor, number: str, **fields: Any) -> LookedUp | None:
    values: dict[str, Any] = {"by": "id", "number": number, "reason": WHY, "now": NOW}
    return archive_lookup.look_up(session, who, **values | fields)


def found(session: Session, who: Actor, number: str, **fields: Any) -> LookedUp:
    answer = look(session, who, number, **fields)
    assert answer is not None
    return answer


def trail(session: Session, by: Actor) -> list[AuditEvent]:
    query = select(AuditEvent).filter_by(actor_account_id=by.account_id).order_by(AuditEvent.id)
    return list(session.scalars(query))


def test_the_whole_number_leads_to_the_archive(session: Session) -> None:
    person = resident(session)
    me = persons.trainee(session, person)
    learned(session, me, NOW)
    put_on_record(session, me, NOW)
    seen = found(session, officer(session), number_of(person))
    assert (seen.person.id, seen.person.name) == (person.id, "王小强")
    assert seen.person.id_no_masked == "*" * 14 + number_of(person)[-4:]
    assert [one.line.subject for one in seen.lines] == ["certificate", "class"]
    assert (seen.totals.person_times, seen.totals.hours, seen.certificates) == (1, 40, 1)
    assert seen.intact
    assert (seen.records, seen.card) == (1, None)


def test_a_line_that_was_superseded_is_seen_beside_the_later_one(session: Session) -> None:
    person = resident(session)
    first = learned(session, persons.trainee(session, person), NOW)
    archive_chain.append(
        session,
        person_id=person.id,
        kind=archive_chain.CORRECTION,
        ref_id=first.id,
        occurred_on=first.occurred_on,
        title=first.title,
        institution_name=first.institution_name,
        hours=36,
        detail=first.detail | {"reason": "漏记一次早退"},
        now=NOW,
        supersedes=first.id,
    )
    seen = found(session, officer(session), number_of(person))
    assert [(one.line.hours, one.is_superseded) for one in seen.lines] == [(36, False), (40, True)]
    assert seen.totals.hours == 36


def test_a_card_leads_there_until_it_is_replaced(session: Session) -> None:
    person = resident(session)
    me = persons.trainee(session, person)
    social_cards.bind(session, me, number="11111111A", region="650000", now=NOW)
    by = officer(session)
    seen = found(session, by, "1111 1111 a", by="card")
    assert seen.person.id == person.id
    assert seen.card is not None
    assert seen.card.number_masked == "*****111A"
    social_cards.reissue(session, me, number="11111112B", region="650000", now=NOW)
    assert look(session, by, "11111111A", by="card") is None
    assert found(session, by, "11111112B", by="card").person.id == person.id


def test_of_a_merged_person_all_chains_are_seen_by_either_number(session: Session) -> None:
    one, two = resident(session), resident(session)
    for who in (one, two):
        learned(session, persons.trainee(session, who), NOW)
    session.commit()
    persons.merged(session, one, two)
    by = officer(session)
    for who in (one, two):
        seen = found(session, by, number_of(who))
        assert (seen.person.id, seen.records, seen.totals.hours) == (one.id, 2, 80)
        assert [line.line.subject for line in seen.lines] == ["merge", "class", "class"]


def test_a_look_is_audited_with_what_was_read_for_whom_and_why(session: Session) -> None:
    person, by = resident(session), officer(session)
    found(session, by, number_of(person))
    search, read = trail(session, by)
    assert (search.action, search.on_behalf_of) == ("person.find", person.id)
    assert (read.action, read.on_behalf_of, read.reason) == ("archive.look_up", person.id, WHY)
    assert set(read.fields_read or []) >= {"name", "id_no", "archive", "certificates"}
    for row in (search, read):
        assert number_of(person) not in f"{row.detail} {row.reason} {row.object_id}"


def test_a_search_that_finds_nobody_is_audited_without_the_number(session: Session) -> None:
    by, number = officer(session), persons.fresh_number()
    assert look(session, by, number) is None
    (row,) = trail(session, by)
    assert (row.action, row.reason, row.object_id) == ("person.find_nobody", WHY, None)
    assert number not in str(row.detail)


def test_somebody_elsewhere_is_answered_like_nobody(session: Session) -> None:
    person, by = resident(session, residence_region="150102"), officer(session)
    assert look(session, by, number_of(person)) is None
    (row,) = trail(session, by)
    assert (row.action, row.on_behalf_of) == ("person.find_nobody", None)
    assert look(session, officer(session, region_code="000000"), number_of(person)) is not None


def test_nobody_looks_up_their_own(session: Session) -> None:
    me = resident(session)
    with pytest.raises(Forbidden):
        look(session, officer(session, person=me), number_of(me))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": "看看"}, "reason"),
        ({"by": "name"}, "by"),
        ({"number": "王小强"}, "id_no"),
        ({"by": "card", "number": "123"}, "card"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_costs_no_search(
    session: Session, fields: dict[str, str], field: str
) -> None:
    by = officer(session)
    with pytest.raises(BadInput) as refused:
        look(session, by, **{"number": persons.fresh_number()} | fields)
    assert refused.value.field == field
    assert trail(session, by) == []


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.HELPER, Role.EMPLOYER])
def test_only_officers_look_up_archives(session: Session, role: Role) -> None:
    with pytest.raises(Forbidden):
        look(session, make.make_actor(session, role), persons.fresh_number())


def test_an_hour_has_so_many_searches(session: Session) -> None:
    by, person = officer(session), resident(session)
    for _ in range(MOST_AN_HOUR - 1):
        look(session, by, persons.fresh_number())
    assert look(session, by, number_of(person)) is not None
    with pytest.raises(SearchLimit):
        look(session, by, number_of(person))
    assert look(session, officer(session), number_of(person)) is not None
    assert look(session, by, number_of(person), now=NOW + timedelta(hours=1)) is not None


def test_searches_at_once_do_not_pass_the_limit(engine: Engine, session: Session) -> None:
    by = officer(session)
    for _ in range(MOST_AN_HOUR - 3):
        look(session, by, persons.fresh_number())
    session.commit()
    numbers = [persons.fresh_number() for _ in range(8)]

    def act(number: str) -> LookedUp | None:
        return in_transaction(lambda s: look(s, by, number))

    answers = together([partial(act, number) for number in numbers])
    assert sum(isinstance(one, SearchLimit) for one in answers) == 5


def test_one_who_was_found_before_is_out_of_reach_once_they_moved(session: Session) -> None:
    person, by = resident(session), officer(session)
    assert person_finding.in_reach(session, by, person.id) is not None
    person.residence_region = "150102"
    session.flush()
    assert person_finding.in_reach(session, by, person.id) is None
    assert person_finding.in_reach(session, by, new_id()) is None


def test_a_record_of_the_person_that_is_in_reach_is_enough(session: Session) -> None:
    one, two = resident(session), resident(session)
    session.commit()
    persons.merged(session, one, two)
    session.get_one(Person, one.id).residence_region = "150102"
    session.commit()
    assert found(session, officer(session), number_of(one)).person.id == UUID(str(one.id))
