"""Invitations, the people of an institution, and administrators who cannot cover for each other."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Account,
    AuditEvent,
    Institution,
    LoginSession,
    Notice,
    Person,
    SmsMessage,
    StaffInvitation,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.domain.staff_errors import (
    AlreadyInvited,
    InvitationOver,
    NoSuchHold,
    NotSetUp,
    NotTheInvited,
    OtherRole,
    OutOfReach,
    OwnAccount,
    ProposerGone,
    SameKind,
    StillLearning,
)
from portal.services import accounts
from portal.services.staff import (
    accounts_desk,
    consent,
    factors,
    invitations,
    joining,
    moves,
    security_desk,
    team,
)
from portal.services.unit import as_actor, load_actor
from tests.support import factories as make
from tests.support.acts import together
from tests.support.persons import fresh_number

NOW = make.NOW
WHY = "岗位调整，有通知"
PASSWORD = "Reservoir-41"
NAME, PHONE = "阿依古丽·艾山", "13966660001"


@pytest.fixture
def saved(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def home(session: Session) -> Institution:
    return make.make_institution(session)


def manager(session: Session, home: Institution) -> Actor:
    return make.make_actor(session, Role.MANAGER, institution=home)


def invite(session: Session, by: Actor, role: str = "instructor", **more: Any) -> UUID:
    values = {"role": role, "name": NAME, "phone": PHONE, "now": NOW}
    return invitations.invite(session, by, **values | more)


def link(session: Session, key: UUID) -> str:
    """The word that went to the phone with the newest message."""
    message = session.scalars(select(SmsMessage).order_by(SmsMessage.id.desc()).limit(1)).one()
    body = get_vault().open("sms_body", message.body_enc)
    return body.split("/join/")[1].split(" ")[0]


def accept(session: Session, token: str, **more: Any) -> joining.Acceptance:
    values: dict[str, Any] = {
        "token": token,
        "id_type": "resident_id",
        "id_no": fresh_number(),
        "name": NAME,
        "phone": PHONE,
        "password": PASSWORD,
        "agreed": True,
        "source": b"s" * 32,
        "now": NOW,
    }
    return joining.accept(session, ANONYMOUS, **values | more)


def joined(session: Session, key: UUID) -> Account:
    made = session.get_one(StaffInvitation, key)
    return session.get_one(Account, made.account_id)


def test_somebody_new_joins_the_institution_that_invited(
    session: Session, home: Institution
) -> None:
    key = invite(session, manager(session, home))
    assert accept(session, link(session, key)).role is Role.INSTRUCTOR
    account = joined(session, key)
    assert (account.role, account.institution_id) == ("instructor", home.id)


def test_a_link_works_once_and_not_after_its_week(session: Session, home: Institution) -> None:
    key = invite(session, manager(session, home))
    token = link(session, key)
    with pytest.raises(InvitationOver):
        accept(session, token, now=NOW + invitations.LASTS)
    accept(session, token)
    with pytest.raises(InvitationOver):
        accept(session, token)


def test_what_was_taken_back_opens_nothing(session: Session, home: Institution) -> None:
    by = manager(session, home)
    key = invite(session, by)
    token = link(session, key)
    invitations.revoke(session, by, invitation_id=key, now=NOW)
    with pytest.raises(InvitationOver):
        accept(session, token)


@pytest.mark.parametrize("wrong", [{"name": "别人"}, {"phone": "13966660002"}])
def test_an_invitation_is_bound_to_name_and_phone(
    session: Session, home: Institution, wrong: dict[str, str]
) -> None:
    token = link(session, invite(session, manager(session, home)))
    with pytest.raises(NotTheInvited):
        accept(session, token, **wrong)


def registered(session: Session, **more: Any) -> tuple[Account, str]:
    """A trainee's account and its document number."""
    number = fresh_number()
    form = accounts.check_registration(
        id_type="resident_id",
        id_no=number,
        name=NAME,
        phone=PHONE,
        password=PASSWORD,
        agreed=True,
        today=NOW.date(),
    )
    key = accounts.register(session, ANONYMOUS, form=form, now=NOW)
    return session.get_one(Account, key), number


def test_a_trainee_who_learns_nowhere_turns_the_account_into_one_for_work(
    session: Session, home: Institution
) -> None:
    account, number = registered(session)
    token = make.log_in(session, account)
    word = link(session, invite(session, manager(session, home)))
    assert accept(session, word, id_no=number, password="Another-77").role is None
    accept(session, word, id_no=number)
    assert (account.role, account.institution_id) == ("instructor", home.id)
    assert not load_actor(session, token, now=NOW).is_signed_in


def test_whoever_still_learns_is_told_so(session: Session, home: Institution) -> None:
    account, number = registered(session)
    from portal.db.models import Person

    make.enrol(session, session.get_one(Person, account.person_id), make.make_class(session))
    word = link(session, invite(session, manager(session, home)))
    with pytest.raises(StillLearning):
        accept(session, word, id_no=number)


def test_whoever_works_elsewhere_is_told_so(session: Session, home: Institution) -> None:
    account, number = registered(session)
    account.role, account.institution_id = "instructor", make.make_institution(session).id
    word = link(session, invite(session, manager(session, home)))
    with pytest.raises(OtherRole):
        accept(session, word, id_no=number)


def test_an_instructor_of_the_house_may_become_its_manager(
    session: Session, home: Institution
) -> None:
    account, number = registered(session)
    account.role, account.institution_id = "instructor", home.id
    word = link(session, invite(session, manager(session, home), "manager"))
    accept(session, word, id_no=number)
    assert account.role == "manager"


def test_one_link_taken_by_two_at_once_gives_one_account(saved: Session) -> None:
    by = manager(saved, make.make_institution(saved))
    key = invite(saved, by, phone="13966660077")
    token = link(saved, key)
    saved.commit()

    def one() -> object:
        act = lambda session, actor: accept(session, token, phone="13966660077")  # noqa: E731
        return as_actor(act, ANONYMOUS).role

    answers = together([one] * 4)
    assert sorted(type(answer).__name__ for answer in answers) == ["InvitationOver"] * 3 + ["Role"]


def test_the_same_phone_is_not_invited_twice_while_the_first_is_open(
    session: Session, home: Institution
) -> None:
    by = manager(session, home)
    invite(session, by)
    with session.begin_nested(), pytest.raises(AlreadyInvited):
        invite(session, by)


def test_a_manager_invites_to_the_own_house_and_nothing_else(
    session: Session, home: Institution
) -> None:
    by = manager(session, home)
    for role in ("officer", "auditor", "reviewer", "system_admin", "trainee"):
        with pytest.raises(OutOfReach):
            invite(session, by, role, region_code="650400")
    other = manager(session, make.make_institution(session))
    key = invite(session, by)
    with pytest.raises(NotFound):
        invitations.revoke(session, other, invitation_id=key, now=NOW)


def admin(session: Session, role: Role = Role.SYSTEM_ADMIN, region: str = "650400") -> Actor:
    return make.make_actor(session, role, region_code=region)


@pytest.mark.parametrize(
    "typed", ["650402", "高昌区", "吐鲁番市高昌区", "650402 吐鲁番市高昌区", " 650402 "]
)
def test_a_region_is_named_as_people_name_it(session: Session, typed: str) -> None:
    by = admin(session)
    assert "650402 吐鲁番市高昌区" in accounts_desk.regions(session, by)
    key = propose(session, by, "officer", region_code=typed)
    assert session.get_one(StaffInvitation, key).region_code == "650402"


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        *((typed, OutOfReach) for typed in ("650000", "653100", "000000")),
        *((typed, BadInput) for typed in ("", "6504", "高昌", "喀什地区", "650402 长沙市")),
    ],
)
def test_a_region_that_is_elsewhere_or_none_is_refused(
    session: Session, typed: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        propose(session, admin(session), "officer", region_code=typed)


def test_the_country_is_the_first_of_all_regions(session: Session) -> None:
    found = accounts_desk.regions(session, admin(session, region="000000"))
    assert found[0] == "000000 全国"
    assert "650000 新疆维吾尔自治区" in found


def propose(session: Session, by: Actor, role: str = "auditor", **more: Any) -> UUID:
    return invite(session, by, role, **{"region_code": "650400", "reason": WHY} | more)


@pytest.mark.parametrize("role", ["officer", "reviewer"])
def test_whoever_works_for_the_authority_is_of_the_admins_region_or_below(
    session: Session, role: str
) -> None:
    by = admin(session)
    key = propose(session, by, role, region_code="650402")
    invitations.agree(session, admin(session, Role.SECURITY_ADMIN), invitation_id=key, now=NOW)
    accept(session, link(session, key))
    assert (joined(session, key).role, joined(session, key).region_code) == (role, "650402")
    for code in ("653100", "650000", "000000"):
        with pytest.raises(OutOfReach):
            propose(session, by, role, region_code=code, phone="13966660009")
    with pytest.raises(BadInput):
        propose(session, by, role, reason="")


def told(session: Session, to: Actor) -> list[str]:
    return list(session.scalars(select(Notice.kind).filter_by(person_id=to.person_id)))


@pytest.mark.parametrize(
    "role", ["officer", "reviewer", "system_admin", "security_admin", "auditor"]
)
def test_whoever_works_for_the_authority_takes_the_consent_of_another_kind(
    session: Session, role: str
) -> None:
    by, second = admin(session), admin(session, Role.SECURITY_ADMIN)
    before = session.scalars(select(SmsMessage.id)).all()
    key = propose(session, by, role)
    assert session.get_one(StaffInvitation, key).state == "proposed"
    assert session.scalars(select(SmsMessage.id)).all() == before
    with pytest.raises(Forbidden):
        invitations.agree(session, admin(session), invitation_id=key, now=NOW)
    stranger = admin(session, Role.SECURITY_ADMIN, "653100")
    with pytest.raises(NotFound):
        invitations.agree(session, stranger, invitation_id=key, now=NOW)
    assert told(session, second) == ["consent_asked"]
    invitations.agree(session, second, invitation_id=key, now=NOW)
    assert told(session, by) == ["consent_given"]
    accept(session, link(session, key))
    assert joined(session, key).role == role


def test_only_who_may_agree_is_told_that_something_waits(session: Session) -> None:
    places = ("000000", "650000", "650400", "650402", "650421", "653100")
    all_of_them = {place: admin(session, Role.SECURITY_ADMIN, place) for place in places}
    stopped = admin(session, Role.SECURITY_ADMIN)
    session.get_one(Account, stopped.account_id).status = "held"
    propose(session, admin(session), "officer", region_code="650402")
    asked = {place for place, who in all_of_them.items() if told(session, who)}
    assert asked == {"000000", "650000", "650400", "650402"}
    assert told(session, stopped) == []


def test_nobody_agrees_to_what_they_proposed_in_another_office(session: Session) -> None:
    by = admin(session)
    key = propose(session, by, "officer")
    account = session.get_one(Account, by.account_id)
    account.role = "security_admin"
    session.flush()
    since = Actor(Role.SECURITY_ADMIN, by.account_id, by.person_id, region_code="650400")
    with pytest.raises(SameKind):
        invitations.agree(session, since, invitation_id=key, now=NOW)


def test_two_records_of_one_person_are_not_two_administrators(session: Session) -> None:
    by = admin(session)
    key = propose(session, by, "officer")
    second = admin(session, Role.SECURITY_ADMIN)
    session.get_one(Person, by.person_id).merged_into = second.person_id
    session.flush()
    with pytest.raises(SameKind):
        invitations.agree(session, second, invitation_id=key, now=NOW)


@pytest.mark.parametrize(
    "change",
    [{"status": "held"}, {"role": "auditor"}, {"region_code": "653100"}],
    ids=["held", "another role", "elsewhere"],
)
def test_what_nobody_could_propose_today_is_not_agreed_to(
    session: Session, change: dict[str, str]
) -> None:
    by, second = admin(session), admin(session, Role.SECURITY_ADMIN)
    key = propose(session, by, "officer")
    for name, value in change.items():
        setattr(session.get_one(Account, by.account_id), name, value)
    session.flush()
    with pytest.raises(ProposerGone):
        invitations.agree(session, second, invitation_id=key, now=NOW)
    invitations.decline(session, second, invitation_id=key, reason="提议人已离任", now=NOW)
    assert session.get_one(StaffInvitation, key).state == "declined"


def test_nobody_agrees_to_their_own_invitation(session: Session) -> None:
    second = admin(session, Role.SECURITY_ADMIN)
    key = propose(session, admin(session), "officer")
    row = session.get_one(StaffInvitation, key)
    session.get_one(Account, second.account_id).phone_hash = row.phone_hash
    session.flush()
    with pytest.raises(OwnAccount):
        invitations.agree(session, second, invitation_id=key, now=NOW)


def test_two_who_agree_at_once_send_one_link(saved: Session) -> None:
    there = "653100"
    by = admin(saved, region=there)
    key = propose(saved, by, "officer", phone="13966660078", region_code=there)
    both = [admin(saved, Role.SECURITY_ADMIN, there) for _ in range(2)]
    before = len(saved.scalars(select(SmsMessage.id)).all())
    saved.commit()
    answers = together(
        [partial(as_actor, invitations.agree, one, invitation_id=key, now=NOW) for one in both]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["InvitationOver", "NoneType"]
    assert len(saved.scalars(select(SmsMessage.id)).all()) == before + 1


def test_whoever_installs_the_portal_invites_the_first_of_each_kind_and_no_second(
    session: Session,
) -> None:
    for role in ("system_admin", "security_admin", "auditor"):
        invite_first = partial(
            invitations.first_administrator,
            session,
            SYSTEM,
            role=role,
            name=NAME,
            phone=PHONE,
            region_code="650400",
            now=NOW,
        )
        session.execute(update(Account).where(Account.role == role).values(status="held"))
        invite_first()
        word = invite_first().split("/join/")[1]
        number = fresh_number()
        form = {"id_no": number, "phone": PHONE}
        accept(session, word, **form)
        with pytest.raises(OutOfReach):
            invite_first()


def test_administrators_who_stopped_each_other_are_begun_anew(session: Session) -> None:
    """Each lifts only the own kind of hold: else nobody could ever work again."""
    both = Account.role.in_(("system_admin", "security_admin"))
    session.execute(update(Account).where(both).values(status="held"))
    system = make.make_actor(session, Role.SYSTEM_ADMIN)
    security = make.make_actor(session, Role.SECURITY_ADMIN)
    begin = partial(
        invitations.first_administrator, session, SYSTEM, name=NAME, phone=PHONE,
        region_code="650400", now=NOW,
    )  # fmt: skip
    for role in ("system_admin", "security_admin"):
        with pytest.raises(OutOfReach):
            begin(role=role)
    held = {"reason": WHY, "now": NOW}
    accounts_desk.suspend(session, system, account_id=security.the_account(), **held)
    security_desk.lock(session, security, account_id=system.the_account(), **held)
    assert "/join/" in begin(role="system_admin")
    assert "/join/" in begin(role="security_admin")


@pytest.mark.parametrize("role", ["officer", "reviewer", "auditor"])
@pytest.mark.parametrize("state", ["open", "accepted"])
def test_the_database_knows_no_account_of_the_authority_without_consent(
    session: Session, role: str, state: str
) -> None:
    made = session.get_one(StaffInvitation, propose(session, admin(session), role))
    made.state, made.token_hash = state, b"x" if state == "open" else None
    with pytest.raises(IntegrityError, match="ck_staff_invitation_agreed"):
        session.flush()
    session.rollback()


def test_the_database_lets_nobody_be_the_first_officer(session: Session) -> None:
    made = session.get_one(StaffInvitation, propose(session, admin(session), "officer"))
    made.state, made.token_hash, made.invited_by = "open", b"x", None
    with pytest.raises(IntegrityError, match="ck_staff_invitation_agreed"):
        session.flush()
    session.rollback()


@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_consent_may_be_refused_and_both_read_why(session: Session, role: str) -> None:
    by, second = admin(session), admin(session, Role.SECURITY_ADMIN)
    key = propose(session, by, role)
    invitations.decline(session, second, invitation_id=key, reason="编制已满", now=NOW)
    assert told(session, by) == ["consent_refused"]
    for who in (by, second):
        (seen,) = invitations.open_ones(session, who, now=NOW)
        assert (seen.state, seen.answer, seen.reason) == ("declined", "编制已满", WHY)
        assert (seen.can_agree, seen.can_revoke) == (False, False)
        assert invitations.open_ones(session, who, now=NOW + consent.SHOWN_FOR) == ()
    with pytest.raises(InvitationOver):
        invitations.agree(session, second, invitation_id=key, now=NOW)
    propose(session, by, role)


# Everybody's acts: who may do what. Each is called with an id that is nobody's.
def _acts(session: Session, by: Actor) -> dict[str, Callable[[], object]]:
    one = new_id()
    on: dict[str, Any] = {"account_id": one, "reason": WHY, "now": NOW}
    return {
        "team.members": partial(team.members, session, by, now=NOW),
        "team.remove": partial(team.remove, session, by, **on),
        "invite.instructor": partial(invite, session, by, "instructor"),
        "invite.officer": partial(propose, session, by, "officer"),
        "invite.auditor": partial(propose, session, by, "auditor"),
        "accounts.kept": partial(accounts_desk.kept, session, by, now=NOW),
        "accounts.suspend": partial(accounts_desk.suspend, session, by, **on),
        "accounts.reinstate": partial(accounts_desk.reinstate, session, by, **on),
        "accounts.region": partial(moves.propose, session, by, region_code="650402", **on),
        "security.secured": partial(security_desk.secured, session, by, now=NOW),
        "security.reset_factor": partial(security_desk.reset_factor, session, by, **on),
        "security.log_out": partial(security_desk.log_out, session, by, **on),
        "security.lock": partial(security_desk.lock, session, by, **on),
        "security.unlock": partial(security_desk.unlock, session, by, **on),
        "security.start_reset": partial(security_desk.start_reset, session, by, **on),
        "agree": partial(invitations.agree, session, by, invitation_id=one, now=NOW),
    }


_TEAM = {"team.members", "team.remove", "invite.instructor"}
_ACCOUNTS = {"invite.officer", "invite.auditor", "accounts.kept", "accounts.suspend"}
_ACCOUNTS |= {"accounts.reinstate", "accounts.region"}
_SECURITY = {"security.secured", "security.reset_factor", "security.log_out", "security.lock"}
_SECURITY |= {"security.unlock", "security.start_reset", "agree"}
MAY = {Role.MANAGER: _TEAM, Role.SYSTEM_ADMIN: _ACCOUNTS, Role.SECURITY_ADMIN: _SECURITY}


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_do_its_own_acts_and_no_others(session: Session, role: Role) -> None:
    place = make.make_institution(session) if role in (Role.MANAGER, Role.INSTRUCTOR) else None
    by = Actor(role=role)
    if role not in (Role.ANONYMOUS, Role.SYSTEM):
        by = make.make_actor(session, role, institution=place)
    done = set()
    for name, act in _acts(session, by).items():
        try:
            act()
        except (Forbidden, Unauthenticated, OutOfReach):
            continue
        except NotFound:
            pass
        done.add(name)
    assert done == MAY.get(role, set())


def test_administrators_cannot_act_on_their_own_accounts(session: Session) -> None:
    system, security = admin(session), admin(session, Role.SECURITY_ADMIN)
    on: dict[str, Any] = {"reason": WHY, "now": NOW}
    for act in (accounts_desk.suspend, accounts_desk.reinstate):
        with pytest.raises(OwnAccount):
            act(session, system, account_id=system.the_account(), **on)
    for other in (
        security_desk.reset_factor,
        security_desk.log_out,
        security_desk.lock,
        security_desk.unlock,
        security_desk.start_reset,
    ):
        with pytest.raises(OwnAccount):
            other(session, security, account_id=security.the_account(), **on)


def test_another_region_is_out_of_reach(session: Session) -> None:
    there = make.make_account(session, Role.OFFICER, region_code="653100")
    on: dict[str, Any] = {"account_id": there.id, "reason": WHY, "now": NOW}
    for act in (
        partial(accounts_desk.suspend, session, admin(session)),
        partial(security_desk.lock, session, admin(session, Role.SECURITY_ADMIN)),
    ):
        with pytest.raises(NotFound):
            act(**on)


def test_a_suspension_and_a_lock_are_lifted_by_who_set_them(session: Session) -> None:
    officer = make.make_account(session, Role.OFFICER)
    token = make.log_in(session, officer)
    system, security = admin(session), admin(session, Role.SECURITY_ADMIN)
    on: dict[str, Any] = {"account_id": officer.id, "reason": WHY, "now": NOW}
    accounts_desk.suspend(session, system, **on)
    assert not load_actor(session, token, now=NOW).is_signed_in
    security_desk.lock(session, security, **on)
    with pytest.raises(NoSuchHold):
        security_desk.lock(session, security, **on)
    accounts_desk.reinstate(session, system, **on)
    assert officer.status == "held"
    security_desk.unlock(session, security, **on)
    assert officer.status == "active"


def test_a_reset_is_told_and_logged_and_ends_logins(session: Session) -> None:
    officer = make.make_account(session, Role.OFFICER)
    token = make.log_in(session, officer)
    by = admin(session, Role.SECURITY_ADMIN)
    on: dict[str, Any] = {"account_id": officer.id, "reason": WHY, "now": NOW}
    with pytest.raises(NotSetUp):
        security_desk.reset_factor(session, by, **on)
    factors.begin(session, officer, now=NOW)
    security_desk.reset_factor(session, by, **on)
    assert not load_actor(session, token, now=NOW).is_signed_in
    told = session.scalars(select(Notice.kind).filter_by(person_id=officer.person_id)).all()
    assert told == ["second_factor_reset"]
    event = session.scalars(select(AuditEvent).filter_by(action="second_factor.reset")).one()
    assert (event.reason, event.actor_account_id) == (WHY, by.account_id)


def test_a_new_password_is_set_by_the_owner_alone(session: Session) -> None:
    account, _ = registered(session)
    account.role, account.region_code = "officer", "650400"
    session.flush()
    by = admin(session, Role.SECURITY_ADMIN)
    security_desk.start_reset(session, by, account_id=account.id, reason=WHY, now=NOW)
    message = session.scalars(select(SmsMessage).order_by(SmsMessage.id.desc()).limit(1)).one()
    # Where it goes nobody chooses: to the phone of whose account it is.
    assert get_vault().open("sms_phone", message.phone_enc) == PHONE
    word = get_vault().open("sms_body", message.body_enc).split("/reset/")[1].split(" ")[0]
    make.log_in(session, account)
    former = account.password_hash
    set_it = partial(security_desk.reset_password, session, ANONYMOUS, token=word)
    with pytest.raises(BadInput):
        set_it(password="1", now=NOW)
    with pytest.raises(InvitationOver):
        set_it(password="Mountain-99", now=NOW + security_desk.RESET_LASTS)
    set_it(password="Mountain-99", now=NOW)
    assert account.password_hash != former
    rows = session.scalars(select(LoginSession).filter_by(account_id=account.id)).all()
    assert all(row.revoked_at for row in rows)
    with pytest.raises(InvitationOver):
        set_it(password="Mountain-98", now=NOW)


def test_whoever_goes_leaves_the_sessions_to_come(session: Session, home: Institution) -> None:
    by = manager(session, home)
    gone = make.make_account(session, Role.INSTRUCTOR, institution=home)
    token = make.log_in(session, gone)
    made = make.make_class(session, institution=home, instructor_id=gone.id)
    meetings = make.sessions_of(session, made)
    meetings[0].starts_at, meetings[0].ends_at = NOW - timedelta(days=2), NOW - timedelta(days=1)
    for meeting in meetings:
        meeting.instructor_id = gone.id
    session.flush()
    seen = team.leaving(session, by, account_id=gone.id, now=NOW)
    assert len(seen.sessions) == 1
    assert team.remove(session, by, account_id=gone.id, reason=WHY, now=NOW) == 1
    ids = [session.get_one(TrainingSession, one.id).instructor_id for one in meetings]
    assert ids == [gone.id, None]
    assert (gone.role, gone.institution_id, made.instructor_id) == ("trainee", None, None)
    assert not load_actor(session, token, now=NOW).is_signed_in


def test_one_manager_stays_and_nobody_removes_themself(session: Session, home: Institution) -> None:
    by = manager(session, home)
    remove = partial(team.remove, session, by, reason=WHY, now=NOW)
    with pytest.raises(OwnAccount):
        remove(account_id=by.the_account())
    stranger = make.make_account(
        session, Role.INSTRUCTOR, institution=make.make_institution(session)
    )
    with pytest.raises(NotFound):
        remove(account_id=stranger.id)


def test_two_managers_who_remove_each_other_leave_one(saved: Session) -> None:
    place = make.make_institution(saved)
    both = [manager(saved, place) for _ in range(2)]
    saved.commit()

    def one(by: Actor, other: Actor) -> object:
        return as_actor(team.remove, by, account_id=other.the_account(), reason=WHY, now=NOW)

    answers = together([partial(one, both[0], both[1]), partial(one, both[1], both[0])])
    assert sorted(type(answer).__name__ for answer in answers) in (
        ["LastManager", "int"],
        ["NotFound", "int"],
    )


def test_the_people_of_the_house_are_listed_with_masked_phones(
    session: Session, home: Institution
) -> None:
    by = manager(session, home)
    make.make_account(session, Role.INSTRUCTOR, institution=home)
    found = team.members(session, by, now=NOW)
    assert [member.role for member in found] == [Role.MANAGER, Role.INSTRUCTOR]
