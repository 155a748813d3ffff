"""Nobody registers with a corrected record until another officer has vouched for the number."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import Account, AuditEvent, IdCorrection, Person
from portal.domain.errors import AccountExists, BadInput, Forbidden, NotFound
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.domain.person_errors import MergeRefused, NotVouched
from portal.locale import t
from portal.services import accounts, id_corrections
from portal.services.id_vouching import VouchView, to_vouch, vouch
from tests.support import factories as make
from tests.support import persons
from tests.support.acts import together
from tests.support.factories import NOW
from tests.support.persons import WHY, fresh_number, number_of, officer, resident

LATER = NOW + timedelta(hours=1)


def put_right(session: Session, person: Person, by: Actor, number: str = "") -> IdCorrection:
    """The newest correction of the person."""
    id_corrections.correct(
        session,
        by,
        person_id=person.id,
        id_type="resident_id",
        number=number or fresh_number(),
        reason=WHY,
        now=NOW,
    )
    query = select(IdCorrection).filter_by(person_id=person.id).order_by(IdCorrection.id.desc())
    return session.scalars(query.limit(1)).one()


def register(session: Session, person: Person, name: str = "") -> UUID:
    """Whoever holds the document with the record's number registers."""
    form = accounts.check_registration(
        id_type="resident_id",
        id_no=number_of(person),
        name=name or person.name,
        phone="13911112222",
        password="Reservoir-41",
        agreed=True,
        today=NOW.date(),
    )
    return accounts.register(session, ANONYMOUS, form=form, now=LATER)


def account_of(session: Session, person: Person) -> Account | None:
    return session.scalar(select(Account).filter_by(person_id=person.id, status="active"))


def why_of(act: Callable[[], object]) -> str:
    with pytest.raises(MergeRefused) as refused:
        act()
    return str(refused.value.params["why"])


def listed(session: Session, by: Actor) -> dict[UUID, VouchView]:
    return {view.id: view for view in to_vouch(session, by, now=LATER)}


def test_an_accomplice_does_not_register_with_what_one_officer_changed(session: Session) -> None:
    victim = resident(session)
    put_right(session, victim, officer(session))
    phone = victim.phone_enc
    with pytest.raises(NotVouched):
        register(session, victim)
    assert account_of(session, victim) is None
    assert victim.phone_enc == phone


def test_who_does_not_know_the_name_does_not_learn_of_the_correction(session: Session) -> None:
    victim = resident(session)
    put_right(session, victim, officer(session))
    with pytest.raises(BadInput) as refused:
        register(session, victim, name="李大明")
    assert refused.value.field == "name"


def test_once_another_officer_has_vouched_registering_works(session: Session) -> None:
    person, other = resident(session), officer(session)
    made = put_right(session, person, officer(session))
    vouch(session, other, correction_id=made.id, now=LATER)
    assert (made.vouched_by, made.vouched_at) == (other.account_id, LATER)
    owner = session.get_one(Account, register(session, person))
    assert owner.person_id == person.id
    row = session.scalars(select(AuditEvent).filter_by(actor_account_id=other.account_id)).one()
    assert (row.action, row.on_behalf_of) == ("person.vouch", person.id)
    assert t("admin.action.person.vouch")


def test_whoever_made_the_correction_does_not_vouch(session: Session) -> None:
    person, by = resident(session), officer(session)
    made = put_right(session, person, by)
    own = t("persons.refused.own_correction")
    assert why_of(partial(vouch, session, by, correction_id=made.id, now=LATER)) == own
    assert made.id not in listed(session, by)
    assert made.vouched_at is None


def test_nor_does_the_same_person_with_another_account(session: Session) -> None:
    person, me, twin = resident(session), resident(session), resident(session)
    first, second = officer(session, person=me), officer(session, person=twin)
    made = put_right(session, person, first)
    twin.merged_into = me.id
    session.flush()
    again = Actor(Role.OFFICER, second.account_id, me.id, region_code="650400", merged=(twin.id,))
    own = t("persons.refused.own_correction")
    assert why_of(partial(vouch, session, again, correction_id=made.id, now=LATER)) == own
    assert made.id not in listed(session, again)


def test_nor_does_an_officer_elsewhere_nor_the_person_themself(session: Session) -> None:
    person = resident(session)
    made = put_right(session, person, officer(session))
    far = officer(session, region_code="150100")
    with pytest.raises(NotFound):
        vouch(session, far, correction_id=made.id, now=LATER)
    themself = officer(session, person=person)
    with pytest.raises(Forbidden):
        vouch(session, themself, correction_id=made.id, now=LATER)
    for by in (far, themself):
        assert made.id not in listed(session, by)
    with pytest.raises(NotFound):
        vouch(session, officer(session), correction_id=new_id(), now=LATER)


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.AUDITOR, Role.HELPER, Role.EMPLOYER])
def test_only_officers_vouch(session: Session, role: Role) -> None:
    by = make.make_actor(session, role)
    with pytest.raises(Forbidden):
        vouch(session, by, correction_id=new_id(), now=LATER)
    with pytest.raises(Forbidden):
        to_vouch(session, by, now=LATER)


def test_a_record_with_an_account_needs_nobody(session: Session) -> None:
    person = resident(session)
    make.make_account(session, person=person)
    made = put_right(session, person, officer(session))
    assert (made.vouched_by, made.vouched_at) == (None, NOW)
    assert made.id not in listed(session, officer(session))
    with pytest.raises(AccountExists):
        register(session, person)


def test_a_closed_account_or_that_of_another_record_is_none(session: Session) -> None:
    person, other = resident(session), resident(session)
    make.make_account(session, person=person).status = "closed"
    make.make_account(session, person=other)
    other.merged_into = person.id
    session.flush()
    put_right(session, person, officer(session))
    with pytest.raises(AccountExists):
        register(session, person)
    other.merged_into = None
    session.flush()
    with pytest.raises(NotVouched):
        register(session, person)


def test_each_number_is_vouched_for_anew(session: Session) -> None:
    person, one, two = resident(session), officer(session), officer(session)
    first = put_right(session, person, one)
    vouch(session, two, correction_id=first.id, now=LATER)
    second = put_right(session, person, one)
    with pytest.raises(NotVouched):
        register(session, person)
    vouch(session, two, correction_id=second.id, now=LATER)
    assert register(session, person)


def test_what_another_correction_followed_is_neither_listed_nor_vouched_for(
    session: Session,
) -> None:
    person, by, other = resident(session), officer(session), officer(session)
    first, second = put_right(session, person, by), put_right(session, person, by)
    assert first.id not in listed(session, other)
    assert second.id in listed(session, other)
    changed = t("persons.refused.changed")
    assert why_of(partial(vouch, session, other, correction_id=first.id, now=LATER)) == changed


def test_it_is_listed_with_masked_numbers_until_somebody_vouched(session: Session) -> None:
    person, number, by = resident(session), fresh_number(), officer(session)
    old, other = number_of(person), officer(session)
    made = put_right(session, person, by, number)
    view = listed(session, other)[made.id]
    assert (view.name_masked, view.reason, view.at) == ("王*强", WHY, NOW)
    assert (view.old_masked[-4:], view.new_masked[-4:]) == (old[-4:], number[-4:])
    assert old not in str(view)
    assert number not in str(view)
    assert view.made_by
    vouch(session, other, correction_id=made.id, now=LATER)
    assert made.id not in listed(session, other)


def test_a_merged_record_waits_until_it_stands_alone(session: Session) -> None:
    one, two = resident(session), resident(session)
    made = put_right(session, two, officer(session))
    session.commit()
    persons.merged(session, one, two)
    assert made.id not in listed(session, officer(session))


def test_twice_is_the_same(engine: Engine, session: Session) -> None:
    person, others = resident(session), [officer(session) for _ in range(4)]
    made = put_right(session, person, officer(session))
    session.commit()

    def act(by: Actor) -> VouchView:
        return in_transaction(lambda s: vouch(s, by, correction_id=made.id, now=LATER))

    answers = together([partial(act, by) for by in others])
    assert [one.id for one in answers if isinstance(one, VouchView)] == [made.id] * 4
    count = select(func.count()).select_from(AuditEvent)
    rows = count.where(AuditEvent.on_behalf_of == person.id, AuditEvent.action == "person.vouch")
    assert session.scalar(rows) == 1


def test_the_database_keeps_a_vouching_and_wants_another_account(session: Session) -> None:
    made = put_right(session, resident(session), officer(session))
    act = text("UPDATE id_correction SET vouched_by = :by, vouched_at = now() WHERE id = :id")
    with pytest.raises(DBAPIError, match="another"), session.begin_nested():
        session.execute(act, {"by": made.officer_account_id, "id": made.id})
    session.execute(act, {"by": officer(session).account_id, "id": made.id})
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(act, {"by": officer(session).account_id, "id": made.id})
