"""Notices are kept with the act, shown to their person only, and hold what sentences need."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import Notice, Person, SmsMessage
from portal.db.vault import get_vault
from portal.domain.errors import Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.locale import has
from portal.services import notices
from portal.settings import get_settings
from tests.support.factories import make_actor, make_person

ENROLMENT = ("enrolment", UUID(int=7))


@pytest.fixture
def me(session: Session) -> Actor:
    return make_actor(session)


def tell(session: Session, actor: Actor, now: datetime, **options: object) -> None:
    values: dict[str, object] = {
        "params": {"title": "电工班"},
        "ref": ENROLMENT,
        "now": now,
    }
    kind = str(options.pop("kind", "offer_made"))
    notices.tell(session, actor.the_person(), kind, **values | options)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", sorted(notices.KINDS))
def test_every_kind_has_its_sentences(kind: str) -> None:
    assert [has(f"notice.{kind}.{part}") for part in ("heading", "sentence", "sms")] == [True] * 3


@pytest.mark.parametrize("kind", sorted(notices.KINDS))
def test_every_kind_can_be_told_and_read(
    session: Session, me: Actor, now: datetime, kind: str
) -> None:
    params = dict.fromkeys(notices.placeholders(kind), "示例")
    tell(session, me, now, kind=kind, params=params)
    [found] = notices.my_notices(session, me, now=now)
    assert (found.kind, found.unread, found.at) == (kind, True, now)
    assert found.tone in {"act", "good", "bad", "news"}
    assert "{" not in found.heading + found.sentence + found.href


def test_a_notice_tells_until_when_and_where_it_leads(
    session: Session, me: Actor, now: datetime
) -> None:
    tell(session, me, now, until=now + timedelta(hours=2))
    [found] = notices.my_notices(session, me, now=now)
    assert "12月1日 周二 11:40" in found.sentence
    assert found.href == f"/me/enrolments/{ENROLMENT[1]}"


def test_an_act_that_rolls_back_tells_nothing(session: Session, me: Actor, now: datetime) -> None:
    session.commit()
    tell(session, me, now, sms=True)
    session.rollback()
    assert notices.my_notices(session, me, now=now) == ()


def test_the_newest_stands_first(session: Session, me: Actor, now: datetime) -> None:
    tell(session, me, now - timedelta(days=2), kind="offer_expired")
    tell(session, me, now)
    assert [one.kind for one in notices.my_notices(session, me, now=now)] == [
        "offer_made",
        "offer_expired",
    ]


def test_what_is_over_or_long_ago_is_not_shown(session: Session, me: Actor, now: datetime) -> None:
    tell(session, me, now - timedelta(hours=3), until=now)
    tell(session, me, now - notices.SHOWN_FOR)
    assert notices.my_notices(session, me, now=now) == ()
    assert notices.unread_count(session, me, now=now) == 0


@pytest.mark.parametrize(
    ("kind", "params", "ref"),
    [
        ("no_such_kind", {}, ENROLMENT),
        ("offer_made", {}, ENROLMENT),
        ("offer_made", {"title": "电工班", "id_no": "990000199001010017"}, ENROLMENT),
        ("offer_made", {"title": None}, ENROLMENT),
        ("offer_made", {"title": "电工班"}, None),
    ],
    ids=["unknown", "unfilled", "more-than-needed", "no-text", "about-nothing"],
)
def test_what_could_not_be_shown_is_refused(
    session: Session, me: Actor, now: datetime, kind: str, params: object, ref: object
) -> None:
    with pytest.raises(ValueError, match=kind):
        tell(session, me, now, kind=kind, params=params, ref=ref)


def test_everybody_sees_their_own_only(session: Session, me: Actor, now: datetime) -> None:
    other = make_actor(session)
    tell(session, other, now)
    [theirs] = notices.my_notices(session, other, now=now)
    assert notices.my_notices(session, me, now=now) == ()
    assert notices.unread_count(session, me, now=now) == 0
    with pytest.raises(NotFound):
        notices.mark_read(session, me, notice_id=theirs.id, now=now)
    notices.mark_all_read(session, me, now=now)
    assert notices.unread_count(session, other, now=now) == 1


def test_staff_are_told_things_too(session: Session, now: datetime) -> None:
    officer = make_actor(session, Role.OFFICER)
    tell(session, officer, now)
    assert notices.unread_count(session, officer, now=now) == 1


def test_opening_one_makes_it_read_since_the_first_time(
    session: Session, me: Actor, now: datetime
) -> None:
    tell(session, me, now)
    tell(session, me, now, kind="offer_expired")
    newest = notices.my_notices(session, me, now=now)[0]
    later = now + timedelta(hours=1)
    notices.mark_read(session, me, notice_id=newest.id, now=now)
    notices.mark_read(session, me, notice_id=newest.id, now=later)
    assert session.get_one(Notice, newest.id).read_at == now
    assert notices.unread_count(session, me, now=now) == 1
    notices.mark_all_read(session, me, now=later)
    assert notices.unread_count(session, me, now=now) == 0
    assert session.get_one(Notice, newest.id).read_at == now


def test_nobody_reads_without_a_login(session: Session, now: datetime) -> None:
    for ask in (notices.my_notices, notices.unread_count, notices.mark_all_read):
        with pytest.raises(Unauthenticated):
            ask(session, ANONYMOUS, now=now)


def texts(session: Session) -> list[tuple[str, str]]:
    vault = get_vault()
    rows = session.scalars(select(SmsMessage).order_by(SmsMessage.created_at)).all()
    return [
        (vault.open("sms_phone", row.phone_enc), vault.open("sms_body", row.body_enc))
        for row in rows
    ]


def test_a_notice_goes_to_the_phone_when_asked(session: Session, now: datetime) -> None:
    person = make_person(session, phone_enc=get_vault().seal("phone", "13900000001"))
    notices.tell(
        session,
        person.id,
        "offer_made",
        params={"title": "电工班"},
        ref=ENROLMENT,
        now=now,
        until=now + timedelta(hours=2),
        sms=True,
    )
    [(phone, body)] = texts(session)
    assert phone == "13900000001"
    assert body.startswith("【培训通】“电工班”有名额了，给您留到12月1日")
    assert session.scalars(select(SmsMessage.until)).one() == now + timedelta(hours=2)


def test_who_has_no_phone_has_the_notice_alone(session: Session, me: Actor, now: datetime) -> None:
    tell(session, me, now, sms=True)
    assert texts(session) == []
    assert notices.unread_count(session, me, now=now) == 1


def test_too_many_messages_keep_no_notice_back(session: Session, now: datetime) -> None:
    person = make_person(session, phone_enc=get_vault().seal("phone", "13900000002"))
    actor = Actor(role=Role.TRAINEE, account_id=UUID(int=1), person_id=person.id)
    most = get_settings().sms_per_hour
    for _ in range(most + 2):
        tell(session, actor, now, sms=True)
    assert len(texts(session)) == most
    assert notices.unread_count(session, actor, now=now) == most + 2


def test_only_notices_of_long_ago_are_forgotten(session: Session, me: Actor, now: datetime) -> None:
    tell(session, me, now - notices.KEPT_FOR - timedelta(days=1))
    tell(session, me, now - notices.KEPT_FOR + timedelta(days=1))
    notices.forget(session, SYSTEM, now=now)
    mine = select(func.count()).select_from(Notice).where(Notice.person_id == me.person_id)
    assert session.scalar(mine) == 1
    with pytest.raises(Forbidden):
        notices.forget(session, me, now=now)
    assert session.get(Person, me.person_id) is not None
