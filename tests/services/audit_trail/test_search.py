"""An auditor finds rows by person, act, thing and time, and is seen searching."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Role
from portal.services.audit_trail.wanted import (
    Wanted,
    action_options,
    purpose_options,
    understand,
)
from portal.services.supervision_trail import SIZE, read_trail
from tests.support import factories as make
from tests.support.audit_trail import close_all, reach_in, write
from tests.support.factories import NOW

TURPAN, HOTAN, COUNTRY = "650400", "653200", "000000"


@pytest.fixture(autouse=True)
def nothing_before(session: Session) -> None:
    reach_in(session, "DELETE FROM audit_event")


def auditor(session: Session, region: str = TURPAN) -> Actor:
    return make.make_actor(session, Role.AUDITOR, region_code=region)


def numbers(session: Session, who: Actor, **wanted: str) -> list[int]:
    found = read_trail(session, who, wanted=Wanted(**wanted), now=NOW + timedelta(days=9)).entries
    return [entry.no for entry in found if entry.action not in ("查看操作记录",)]


@pytest.fixture(params=["closed", "open", "some of each"])
def rows(session: Session, request: pytest.FixtureRequest) -> dict[str, AuditEvent]:
    """Rows of two officers about two people and a class, found alike whether closed or not."""
    ours = make.make_account(session, Role.OFFICER, person=make.make_person(session, name="张三"))
    theirs = make.make_account(session, Role.OFFICER, region_code=HOTAN)
    wang = make.make_person(session, name="王二小")
    made = make.make_class(session)
    found = {
        "about": write(
            session,
            NOW,
            actor_account_id=ours.id,
            on_behalf_of=wang.id,
            action="facts.verify",
            object_type="person_fact",
            object_id="x",
        ),
        "class": write(
            session, NOW + timedelta(days=1), actor_account_id=ours.id, object_id=str(made.id)
        ),
        "elsewhere": write(
            session, NOW, actor_account_id=theirs.id, on_behalf_of=wang.id, object_type="x"
        ),
    }
    if request.param == "some of each":
        close_all(session, NOW)
    found["person"] = write(
        session,
        NOW + timedelta(days=2),
        actor_account_id=ours.id,
        object_type="person",
        object_id=str(wang.id),
        action="archive.look_up",
    )
    if request.param == "closed":
        close_all(session, NOW, most=2)
    found["made"] = made  # type: ignore[assignment]
    return found


def test_by_who_acted(session: Session, rows: dict[str, AuditEvent]) -> None:
    own = [rows[name].no for name in ("person", "class", "about")]
    assert numbers(session, auditor(session), person="张三") == own
    assert numbers(session, auditor(session), person="张三", way="by") == own
    assert numbers(session, auditor(session), person="张三", way="about") == []
    assert numbers(session, auditor(session, HOTAN), person="张三") == []


def test_by_about_whom_and_only_in_the_own_region(
    session: Session, rows: dict[str, AuditEvent]
) -> None:
    own = [rows["person"].no, rows["about"].no]
    assert numbers(session, auditor(session), person="王二小") == own
    assert numbers(session, auditor(session), person="王二小", way="about") == own
    assert numbers(session, auditor(session), person="王二小", way="by") == []
    assert numbers(session, auditor(session, HOTAN), person="王二小") == [rows["elsewhere"].no]
    everywhere = numbers(session, auditor(session, COUNTRY), person="王二小")
    assert everywhere == [rows["person"].no, rows["elsewhere"].no, rows["about"].no]


def test_by_act_and_by_purpose(session: Session, rows: dict[str, AuditEvent]) -> None:
    who = auditor(session)
    assert numbers(session, who, action="facts.verify") == [rows["about"].no]
    assert numbers(session, who, purpose="facts") == [rows["about"].no]
    assert numbers(session, who, purpose="facts", action="class.finish") == []
    assert numbers(session, who, action="nothing.known") == []


def test_by_thing(session: Session, rows: dict[str, AuditEvent]) -> None:
    who, made = auditor(session), rows["made"]
    for typed in (made.class_no, str(made.id)):  # type: ignore[attr-defined]
        assert numbers(session, who, thing=typed) == [rows["class"].no]
    assert numbers(session, who, thing="没有这个编号") == []
    assert numbers(session, who, thing=str(made.id), person="张三") == [rows["class"].no]
    assert numbers(session, who, thing=str(made.id), person="王二小") == []


def test_by_days_both_counted(session: Session, rows: dict[str, AuditEvent]) -> None:
    who = auditor(session)
    assert numbers(session, who, since="2026-12-02", until="2026-12-02") == [rows["class"].no]
    assert numbers(session, who, until="2026-12-01") == [rows["about"].no]
    assert numbers(session, who, since="2026-12-03") == [rows["person"].no]
    assert numbers(session, who, since="2026-12-02", person="张三") == [
        rows["person"].no,
        rows["class"].no,
    ]


def test_by_phone_and_by_id_number(session: Session) -> None:
    person = make.make_person(
        session, id_no_hash=get_vault().lookup_hash("id_no", "resident_id:990000199001010016")
    )
    account = make.make_account(session, Role.OFFICER, person=person)
    account.phone_hash = get_vault().lookup_hash("phone", "13911112222")
    no = write(session, NOW, actor_account_id=account.id).no
    assert numbers(session, auditor(session), person="13911112222") == [no]
    found = understand(session, Wanted(person="990000199001010016"), now=NOW)
    assert found.people in ((person.id,), ())


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(since="x"),
        Wanted(until="2026-02-30"),
        Wanted(since="0001-01-01"),
        Wanted(since="2026-12-02", until="2026-12-01"),
    ],
)
def test_days_that_are_none_are_refused(session: Session, wanted: Wanted) -> None:
    with pytest.raises(BadInput):
        read_trail(session, auditor(session), wanted=wanted, now=NOW)


def test_of_too_many_of_one_name_a_number_tells_who(session: Session) -> None:
    for _ in range(21):
        make.make_person(session, name="李小明")
    with pytest.raises(BadInput, match="bad_input"):
        read_trail(session, auditor(session), wanted=Wanted(person="李小明"), now=NOW)


def test_every_search_for_a_person_leaves_a_row_about_that_person(session: Session) -> None:
    wang, who = make.make_person(session, name="王二小"), auditor(session)
    read_trail(session, who, wanted=Wanted(person="王二小"), now=NOW)
    read_trail(session, who, wanted=Wanted(person="没有这个人"), now=NOW)
    session.flush()
    rows = session.scalars(select(AuditEvent).order_by(AuditEvent.no)).all()
    assert [(row.action, row.actor_account_id) for row in rows] == [
        ("audit.read", who.account_id)
    ] * 2
    assert [row.on_behalf_of for row in rows] == [wang.id, None]
    # What was typed is not kept.
    assert [row.detail["by"] for row in rows if row.detail] == [["person"]] * 2
    assert "王二小" not in str([row.detail for row in rows])


@pytest.mark.parametrize("closed", [True, False])
def test_pages_follow_each_other_without_gap_or_repeat(session: Session, closed: bool) -> None:
    officer = make.make_account(
        session, Role.OFFICER, person=make.make_person(session, name="张三")
    )
    for count in range(SIZE + 3):
        # Two at each moment.
        write(session, NOW + timedelta(minutes=count // 2), actor_account_id=officer.id)
    if closed:
        close_all(session, NOW, most=5)
    who = auditor(session)
    for wanted in (Wanted(), Wanted(person="张三"), Wanted(action="class.finish")):
        seen, before = [], None
        while True:
            page = read_trail(session, who, wanted=wanted, before=before, now=NOW)
            seen += [one.no for one in page.entries if one.action == "班级结业"]
            before = page.older
            if before is None:
                break
        assert len(seen) == len(set(seen)) == SIZE + 3
        assert seen == sorted(seen, reverse=True)


def test_a_place_that_is_no_event_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        read_trail(session, auditor(session), before=new_id(), now=NOW)


def test_each_row_says_how_it_stands(session: Session) -> None:
    officer = make.make_account(session, Role.OFFICER)
    rows = [write(session, NOW, actor_account_id=officer.id) for _ in range(3)]
    close_all(session, NOW)
    rows.append(write(session, NOW, actor_account_id=officer.id))
    reach_in(session, "UPDATE audit_event SET reason = 'x' WHERE no = :no", no=rows[1].no)
    shown = read_trail(session, auditor(session), now=NOW).entries
    assert [one.standing for one in shown] == ["open", "sealed", "bad", "sealed"]


def test_options_are_words_each_once() -> None:
    for options in (action_options(), purpose_options()):
        words = [word for _, word in options]
        assert len(words) == len(set(words)) > 10


@pytest.mark.parametrize("role", [role for role in Role if role.value not in ("auditor", "system")])
def test_no_officer_and_no_administrator_reads_it(session: Session, role: Role) -> None:
    who = Actor(role=role, account_id=UUID(int=1), region_code=COUNTRY)
    with pytest.raises(Forbidden):
        read_trail(session, who, wanted=Wanted(person="张三"), now=NOW)
