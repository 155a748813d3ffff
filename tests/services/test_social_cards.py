"""A card carries the archive for a time: bound, reissued, unbound; the archive never moves."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.models import Account, AuditEvent, SocialCardBinding
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.domain.person_errors import CardBound, CardOfAnother, CardTaken
from portal.domain.social_card import parse_card_number
from portal.services import archive_chain, card_registry, social_cards
from portal.services.card_registry import DemoRegistry, NoRegistry
from portal.services.social_cards import Cards
from portal.services.unit import load_actor
from tests.support import factories as make
from tests.support import persons
from tests.support.acts import together
from tests.support.certificates import learned
from tests.support.factories import NOW

_used = iter(range(10_000_000, 90_000_000))
LATER = NOW + timedelta(days=400)
HERE = "650000"


def fresh_card() -> str:
    return f"{next(_used)}A"


def somebody(session: Session) -> Actor:
    return persons.trainee(session, persons.resident(session))


def bind(session: Session, me: Actor, number: str, **fields: Any) -> Cards:
    return social_cards.bind(session, me, **{"number": number, "region": HERE, "now": NOW} | fields)


def rows(session: Session, me: Actor) -> list[SocialCardBinding]:
    query = select(SocialCardBinding).filter_by(person_id=me.person_id)
    return list(session.scalars(query.order_by(SocialCardBinding.bound_at)))


# Numbers


@pytest.mark.parametrize(
    "typed", ["12345678A", " 1234 5678 a", "１２３４５６７８Ａ", "1234-5678-A"]
)
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert parse_card_number(typed) == "12345678A"


@pytest.mark.parametrize("typed", ["", "1234567", "1234567890", "A23456789", "12345678*", "1" * 99])
def test_what_is_no_card_number_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_card_number(typed)
    assert (refused.value.field, refused.value.reason) == ("card", "cards.number_refused")


def test_the_id_number_on_the_same_card_is_told_apart() -> None:
    with pytest.raises(BadInput) as refused:
        parse_card_number(persons.fresh_number())
    assert refused.value.reason == "cards.is_id_number"


# Binding


def test_a_card_is_bound_and_shown_by_its_last_four(session: Session) -> None:
    me = somebody(session)
    shown = bind(session, me, "12345678a").current
    assert shown is not None
    assert (shown.number_masked, shown.region, shown.status) == ("*****678A", "新疆", "bound")
    assert shown.is_vouched_for
    (row,) = rows(session, me)
    assert b"12345678A" not in row.number_enc
    assert get_vault().open("social_card", row.number_enc) == "12345678A"


def test_the_same_card_again_changes_nothing(session: Session) -> None:
    me, card = somebody(session), fresh_card()
    bind(session, me, card)
    bind(session, me, card, now=LATER)
    assert len(rows(session, me)) == 1


def test_a_second_card_does_not_join_the_first(session: Session) -> None:
    me = somebody(session)
    bind(session, me, fresh_card())
    with pytest.raises(CardBound):
        bind(session, me, fresh_card())


def test_another_s_card_is_refused(session: Session) -> None:
    card = fresh_card()
    bind(session, somebody(session), card)
    me = somebody(session)
    with pytest.raises(CardTaken):
        bind(session, me, card)
    assert rows(session, me) == []


def test_a_place_of_issue_is_asked(session: Session) -> None:
    for region in ("", "650", "999999"):
        with pytest.raises(BadInput) as refused:
            bind(session, somebody(session), fresh_card(), region=region)
        assert refused.value.field == "region"


def test_every_act_is_audited_without_the_number(session: Session) -> None:
    me, card = somebody(session), fresh_card()
    bind(session, me, card)
    social_cards.reissue(session, me, number=fresh_card(), region=HERE, now=LATER)
    social_cards.unbind(session, me, reason="卡丢了", now=LATER)
    query = select(AuditEvent).filter_by(actor_account_id=me.account_id).order_by(AuditEvent.id)
    told = session.scalars(query).all()
    assert [one.action for one in told] == ["card.bind", "card.reissue", "card.unbind"]
    assert card not in str([one.detail for one in told])


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.HELPER])
def test_only_those_who_have_an_archive_bind_cards(session: Session, role: Role) -> None:
    who = make.make_actor(session, role)
    for act in (
        partial(bind, session, who, fresh_card()),
        partial(social_cards.my_cards, session, who),
        partial(social_cards.unbind, session, who, reason="卡丢了", now=NOW),
        partial(social_cards.recheck, session, who, now=NOW),
        partial(social_cards.reissue, session, who, number="1", region=HERE, now=NOW),
    ):
        with pytest.raises(Forbidden):
            act()


def test_nobody_goes_through_cards_in_a_day(session: Session) -> None:
    me = somebody(session)
    for _ in range(5):
        bind(session, me, fresh_card())
        social_cards.unbind(session, me, reason="卡丢了", now=NOW)
    with pytest.raises(BadInput) as refused:
        bind(session, me, fresh_card())
    assert refused.value.reason == "cards.too_many"
    assert bind(session, me, fresh_card(), now=NOW + timedelta(days=2)).current is not None


# Reissuing and unbinding


def test_a_new_card_takes_the_place_and_the_old_one_stays_as_history(session: Session) -> None:
    me = somebody(session)
    bind(session, me, "22345678A")
    shown = social_cards.reissue(session, me, number="32345678B", region="110000", now=LATER)
    assert shown.current is not None
    assert (shown.current.number_masked, shown.current.region) == ("*****678B", "北京")
    (old,) = shown.earlier
    assert (old.number_masked, old.status) == ("*****678A", "reissued")
    assert (old.since, old.until) == (NOW.date(), LATER.date())


def test_the_same_reissue_again_changes_nothing(session: Session) -> None:
    me, card = somebody(session), fresh_card()
    bind(session, me, fresh_card())
    for _ in range(2):
        social_cards.reissue(session, me, number=card, region=HERE, now=LATER)
    assert [row.status for row in rows(session, me)] == ["reissued", "bound"]


def test_without_a_card_there_is_nothing_to_reissue(session: Session) -> None:
    with pytest.raises(NotFound):
        social_cards.reissue(session, somebody(session), number=fresh_card(), region=HERE, now=NOW)


def test_a_reissue_that_is_refused_leaves_the_old_card(session: Session) -> None:
    me, hers = somebody(session), fresh_card()
    bind(session, somebody(session), hers)
    bind(session, me, fresh_card())
    session.commit()
    with pytest.raises(CardTaken):
        social_cards.reissue(session, me, number=hers, region=HERE, now=LATER)
    session.rollback()
    assert [row.status for row in rows(session, me)] == ["bound"]


def test_an_unbound_card_leads_nowhere_and_may_be_bound_by_another(session: Session) -> None:
    me, card = somebody(session), fresh_card()
    bind(session, me, card)
    assert social_cards.person_of_card(session, card) == me.person_id
    shown = social_cards.unbind(session, me, reason="卡丢了", now=LATER)
    assert (shown.current, shown.earlier[0].reason) == (None, "卡丢了")
    assert social_cards.person_of_card(session, card) is None
    other = somebody(session)
    bind(session, other, card)
    assert social_cards.person_of_card(session, card) == other.person_id
    assert social_cards.unbind(session, me, reason="卡丢了", now=LATER).current is None


def test_unbinding_asks_why(session: Session) -> None:
    me = somebody(session)
    bind(session, me, fresh_card())
    with pytest.raises(BadInput):
        social_cards.unbind(session, me, reason="", now=NOW)


def test_no_act_on_a_card_touches_the_archive(session: Session) -> None:
    me = somebody(session)
    learned(session, me, NOW)
    before = archive_chain.entries_of(session, me.the_person())
    bind(session, me, fresh_card())
    social_cards.reissue(session, me, number=fresh_card(), region=HERE, now=LATER)
    social_cards.unbind(session, me, reason="卡丢了", now=LATER)
    assert archive_chain.entries_of(session, me.the_person()) == before


# The register


def test_a_register_that_is_silent_keeps_the_card_as_declared(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = somebody(session)
    shown = bind(session, me, "99345678A")
    assert shown.current is not None
    assert not shown.current.is_vouched_for
    again = social_cards.recheck(session, me, now=LATER)
    assert again.current is not None
    assert not again.current.is_vouched_for

    class Answers(DemoRegistry):
        def belongs(self, *, card: str, id_no: str) -> card_registry.Answer:
            return "yes"

    monkeypatch.setattr(social_cards, "registry", Answers)
    done = social_cards.recheck(session, me, now=LATER)
    assert done.current is not None
    assert done.current.is_vouched_for


def test_a_card_that_the_register_knows_as_another_s_is_refused(session: Session) -> None:
    me = somebody(session)
    with pytest.raises(CardOfAnother):
        bind(session, me, "98345678A")
    assert rows(session, me) == []


def test_the_register_is_asked_with_the_person_s_own_number(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = persons.resident(session)
    asked: list[tuple[str, str]] = []

    class Listens(DemoRegistry):
        def belongs(self, *, card: str, id_no: str) -> card_registry.Answer:
            asked.append((card, id_no))
            return "yes"

    monkeypatch.setattr(social_cards, "registry", Listens)
    bind(session, persons.trainee(session, person), "42345678A")
    assert asked == [("42345678A", persons.number_of(person))]


def test_where_no_register_is_connected_none_pretends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(card_registry.registry(), DemoRegistry)
    settings = card_registry.get_settings().model_copy(update={"env": "production"})
    monkeypatch.setattr(card_registry, "get_settings", lambda: settings)
    assert isinstance(card_registry.registry(), NoRegistry)
    assert card_registry.registry().belongs(card="12345678A", id_no="1") == "silent"


# Merged records


def test_a_merged_person_has_one_card_and_a_new_one_replaces_both(session: Session) -> None:
    one, two = persons.resident(session), persons.resident(session)
    mine, theirs = (persons.trainee(session, who) for who in (one, two))
    bind(session, theirs, "52345678A")
    bind(session, mine, "62345678B")
    session.commit()
    persons.merged(session, one, two)
    token = make.log_in(session, session.get_one(Account, theirs.account_id))
    me = load_actor(session, token, now=NOW)
    shown = social_cards.my_cards(session, me)
    assert shown.current is not None
    assert shown.current.number_masked == "*****678B"
    assert [card.number_masked for card in shown.earlier] == ["*****678A"]
    new = social_cards.reissue(session, me, number="72345678C", region=HERE, now=LATER)
    assert new.current is not None
    assert [card.status for card in new.earlier] == ["reissued", "reissued"]
    assert social_cards.person_of_card(session, "72345678C") == one.id


# Races


def test_of_people_who_bind_one_card_at_once_one_has_it(engine: Engine, session: Session) -> None:
    people, card = [somebody(session) for _ in range(6)], fresh_card()
    session.commit()

    def act(me: Actor) -> Cards:
        return in_transaction(lambda s: bind(s, me, card))

    answers = together([partial(act, me) for me in people])
    assert sum(isinstance(one, Cards) for one in answers) == 1
    assert sum(isinstance(one, CardTaken) for one in answers) == 5


def test_of_cards_that_one_person_binds_at_once_one_applies(
    engine: Engine, session: Session
) -> None:
    me = somebody(session)
    session.commit()

    def act(card: str) -> Cards:
        return in_transaction(lambda s: bind(s, me, card))

    answers = together([partial(act, fresh_card()) for _ in range(5)])
    assert sum(isinstance(one, Cards) for one in answers) == 1
    assert sum(isinstance(one, CardBound) for one in answers) == 4
    session.expire_all()
    live = select(func.count()).where(
        SocialCardBinding.person_id == me.person_id, SocialCardBinding.status == "bound"
    )
    assert session.scalar(live) == 1
