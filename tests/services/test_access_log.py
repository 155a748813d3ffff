"""Who looked at my file: everybody else's reads and acts, folded by day, mine left out."""

import ast
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    AuditEvent,
    MakeUp,
    RosterRow,
    RosterUpload,
    ShareLink,
    ShareView,
    TrainingClass,
)
from portal.domain.errors import Unauthenticated
from portal.domain.permissions import ANONYMOUS, SYSTEM, Actor, Role
from portal.locale import has, sentences
from portal.services import access_log, audit
from portal.services.access_log import Access
from portal.settings import ROOT
from tests.support import factories as make
from tests.support.rights import claimed, manager_of


@pytest.fixture
def me(session: Session) -> Actor:
    return make.make_actor(session)


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER, person=make.make_person(session, name="赵建国"))


@pytest.fixture
def made(session: Session) -> TrainingClass:
    return make.make_class(session)


def read(
    session: Session, by: Actor, now: datetime, *, of: UUID | None = None, **more: Any
) -> None:
    """A read that names the person, unless told otherwise."""
    values: dict[str, Any] = {
        "action": "facts.read_person",
        "object_type": "person_fact",
        "fields_read": ("name", "phone", "facts"),
        "on_behalf_of": of,
    } | more
    audit.record(session, by, now=now, **values)


def read_list(session: Session, by: Actor, kind: str, key: UUID, now: datetime) -> None:
    audit.record(
        session,
        by,
        "attendance.read",
        now=now,
        object_type=kind,
        object_id=key,
        fields_read=("name", "attendance"),
    )


def seen(session: Session, me: Actor, now: datetime, **more: Any) -> list[Access]:
    session.flush()
    return list(access_log.my_access(session, me, now=now, **more).items)


def test_a_read_tells_who_what_and_what_for(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    read(session, officer, now, of=me.the_person())
    [one] = seen(session, me, now)
    assert one.who == "吐鲁番市人力资源和社会保障部门 赵*国"
    assert (one.role, one.fields) == ("人社经办", "姓名、手机号、申报的情况")
    assert (one.why, one.typed) == (sentences()["rights.purpose.facts"], False)
    assert one.times == 1


def test_a_reason_that_was_typed_is_shown_as_typed(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    more = {"action": "facts.reveal", "reason": "电话核对身份", "fields_read": ("id_no",)}
    read(session, officer, now, of=me.the_person(), **more)
    [one] = seen(session, me, now)
    assert (one.why, one.typed, one.fields) == ("电话核对身份", True, "证件号码")


def test_the_same_of_one_day_is_one_line(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    for minutes in range(3):
        read(session, officer, now + timedelta(minutes=minutes), of=me.the_person())
    read(session, officer, now + timedelta(days=1), of=me.the_person())
    assert [one.times for one in seen(session, me, now)] == [1, 3]


def test_a_day_ends_at_midnight_in_beijing(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    late = now.replace(hour=15, minute=59)
    for moment in (late, late + timedelta(minutes=1)):
        read(session, officer, moment, of=me.the_person())
    assert [one.day.day for one in seen(session, me, now)] == [2, 1]


def test_what_one_did_alone_is_no_look_of_somebody_else(
    session: Session, me: Actor, now: datetime
) -> None:
    read(session, me, now, of=me.the_person(), action="enrolment.enrol")
    assert seen(session, me, now) == []


def test_the_portal_and_holders_of_a_code_are_somebody_else(
    session: Session, me: Actor, now: datetime
) -> None:
    read(session, SYSTEM, now, of=me.the_person(), action="offer.expire", fields_read=None)
    read(session, ANONYMOUS, now, of=me.the_person(), action="offer.accept", fields_read=None)
    who = {one.who for one in seen(session, me, now)}
    words = sentences()
    assert who == {words["rights.access.by_system"], words["rights.access.by_anonymous"]}


def test_a_trainee_who_acts_without_an_account_is_nobody_else(
    session: Session, me: Actor, now: datetime
) -> None:
    own = Actor(role=Role.TRAINEE, person_id=me.person_id)
    read(session, own, now, of=me.the_person(), action="enrolment.enrol", fields_read=None)
    assert seen(session, me, now) == []


def test_a_helper_is_named_in_full(session: Session, me: Actor, now: datetime) -> None:
    helper = make.make_actor(
        session, Role.HELPER, person=make.make_person(session, name="艾合买提")
    )
    read(session, helper, now, of=me.the_person(), action="helping.read")
    assert seen(session, me, now)[0].who.endswith("艾合买提")


def test_an_institution_is_named_with_its_phone_to_ask(
    session: Session, me: Actor, made: TrainingClass, now: datetime
) -> None:
    read(session, manager_of(session, made), now, of=me.the_person(), action="review.read")
    [one] = seen(session, me, now)
    assert "示例职业培训学校" in one.who
    assert "0995-0000000" in one.ask


@pytest.mark.parametrize("kind", ["training_class", "training_session"])
def test_a_list_of_ones_class_was_a_look_at_oneself(
    session: Session, me: Actor, made: TrainingClass, now: datetime, kind: str
) -> None:
    make.enrol(session, make.person_of(session, me), made)
    key = made.id if kind == "training_class" else make.sessions_of(session, made)[0].id
    read_list(session, manager_of(session, made), kind, key, now)
    read_list(session, manager_of(session, made), kind, new_id(), now)
    [one] = seen(session, me, now)
    assert one.fields == "姓名、考勤"


def test_lists_before_enrolling_and_after_leaving_did_not_show_me(
    session: Session, me: Actor, made: TrainingClass, now: datetime
) -> None:
    enrolment = make.enrol(session, make.person_of(session, me), made)
    enrolment.status, enrolment.ended_at = "withdrawn", now + timedelta(hours=2)
    by = manager_of(session, made)
    for hours in (-1, 1, 3):
        moment = now + timedelta(hours=hours)
        read_list(session, by, "training_class", made.id, moment)
    assert [one.at for one in seen(session, me, now)] == [now + timedelta(hours=1)]


def test_who_completed_a_class_stays_on_its_lists(
    session: Session, me: Actor, made: TrainingClass, now: datetime
) -> None:
    enrolment = make.enrol(session, make.person_of(session, me), made)
    enrolment.status, enrolment.ended_at = "completed", now
    moment = now + timedelta(days=30)
    read_list(session, manager_of(session, made), "training_class", made.id, moment)
    assert len(seen(session, me, now)) == 1


def test_a_guest_stood_on_the_sheet_of_another_class(
    session: Session, me: Actor, made: TrainingClass, now: datetime
) -> None:
    other = make.make_class(session, first_start=now + timedelta(days=20))
    enrolment = make.enrol(session, make.person_of(session, me), other)
    at = make.sessions_of(session, made)[0]
    session.add(
        MakeUp(
            enrolment_id=enrolment.id,
            person_id=me.the_person(),
            missed_session_id=make.sessions_of(session, other)[0].id,
            at_session_id=at.id,
            state="planned",
            created_at=now,
            created_by=me.the_account(),
        )
    )
    read_list(session, manager_of(session, made), "training_session", at.id, now)
    assert len(seen(session, me, now)) == 1


def test_a_claim_and_a_roster_with_ones_name_were_looks_too(
    session: Session, me: Actor, officer: Actor, made: TrainingClass, now: datetime
) -> None:
    enrolment = make.enrol(session, make.person_of(session, me), made)
    line = claimed(session, enrolment.id, now)
    read_list(session, officer, "subsidy_claim", line.claim_id, now)
    by = manager_of(session, made)
    upload = RosterUpload(
        account_id=by.the_account(),
        institution_id=made.institution_id,
        state="checked",
        content_kind="csv",
        created_at=now,
    )
    session.add(upload)
    session.flush()
    session.add(
        RosterRow(
            upload_id=upload.id,
            row_no=1,
            name="王小强",
            id_type="resident_id",
            person_id=me.the_person(),
            outcome="eligible",
        )
    )
    read_list(session, by, "roster_upload", upload.id, now)
    assert {one.role for one in seen(session, me, now)} == {"人社经办", "机构负责人"}


def test_an_opened_share_link_is_told(session: Session, me: Actor, now: datetime) -> None:
    link = ShareLink(
        person_id=me.the_person(),
        token_hash=b"1",
        token_enc=b"1",
        title="给工地老板看的",
        fields=["title"],
        certificate_ids=[],
        presentation_enc=b"1",
        created_at=now,
        expires_at=now + timedelta(days=7),
    )
    session.add(link)
    session.flush()
    session.add(ShareView(link_id=link.id, at=now, outcome="shown", device="android"))
    [one] = seen(session, me, now)
    assert (one.who, one.fields) == (
        sentences()["rights.access.by_share_link"],
        "给工地老板看的",
    )


def test_looks_at_a_merged_record_are_looks_at_me(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    twin = make.make_person(session, merged_into=me.the_person())
    read(session, officer, now, of=twin.id)
    assert len(seen(session, me, now)) == 1


def test_nobody_sees_looks_at_somebody_else(
    session: Session, me: Actor, officer: Actor, made: TrainingClass, now: datetime
) -> None:
    other = make.make_actor(session)
    make.enrol(session, make.person_of(session, other), made)
    read(session, officer, now, of=other.the_person())
    read_list(session, officer, "training_class", made.id, now)
    assert seen(session, me, now) == []
    with pytest.raises(Unauthenticated):
        access_log.my_access(session, ANONYMOUS, now=now)


def test_pages_hold_each_line_once(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    for days in range(5):
        read(session, officer, now - timedelta(days=days), of=me.the_person())
    session.flush()
    pages = [access_log.my_access(session, me, page=n, size=2, now=now) for n in (1, 2, 3, 4)]
    shown = [one.day for page in pages for one in page.items]
    assert shown == sorted(set(shown), reverse=True)
    assert len(shown) == 5
    assert {page.total for page in pages} == {5}


def test_thousands_of_looks_are_found_by_their_indexes(
    session: Session, me: Actor, officer: Actor, made: TrainingClass, now: datetime
) -> None:
    make.enrol(session, make.person_of(session, me), made)
    session.execute(
        text(
            "INSERT INTO audit_event (id, at, actor_account_id, actor_role, on_behalf_of, action,"
            " object_type, object_id, fields_read)"
            " SELECT gen_random_uuid(), CAST(:now AS timestamptz) - n * interval '1 hour', :by,"
            "  'officer', CASE WHEN n % 10 = 0 THEN CAST(:me AS uuid) END,"
            "  'facts.read_person', 'person_fact', gen_random_uuid()::text, ARRAY['name']"
            " FROM generate_series(1, 20000) n"
        ),
        {"now": now, "by": officer.the_account(), "me": me.the_person()},
    )
    session.execute(text("ANALYZE audit_event"))
    ids = (me.the_person(),)
    query = access_log.page_query(ids, limit=20, offset=0)
    sql = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    plan = "\n".join(session.scalars(text(f"EXPLAIN {sql}".replace(":", "\\:"))))
    assert "Seq Scan on audit_event" not in plan
    assert "ix_audit_event_on_behalf_of" in plan
    found = access_log.my_access(session, me, now=now)
    assert found.total == 833


def literals(name: str) -> set[str]:
    """Every text given as this keyword argument, or in a list of it, anywhere in the services."""
    found: set[str] = set()
    for file in (ROOT / "portal" / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == name:
                inner = ast.walk(node.value)
                found |= {
                    str(one.value)
                    for one in inner
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                }
    return found


def test_every_field_that_the_trail_names_has_a_word() -> None:
    assert {one for one in literals("fields_read") if not has(f"rights.field.{one}")} == set()


def test_every_kind_of_act_has_a_purpose() -> None:
    prefix = "admin.action."
    parts = {
        key.removeprefix(prefix).partition(".")[0]
        for key in sentences()
        if key.startswith(prefix) and "." in key.removeprefix(prefix)
    }
    # Done by their own account only, or about no person.
    own = {"data", "publishing", "staff", "checkin_settings"}
    assert {one for one in parts - own if not has(f"rights.purpose.{one}")} == set()


def test_an_event_that_names_nobody_and_no_list_is_nobodys(
    session: Session, me: Actor, officer: Actor, now: datetime
) -> None:
    session.add(
        AuditEvent(
            at=now,
            actor_account_id=officer.account_id,
            actor_role="officer",
            action="appeals.read",
            object_type="appeal",
            fields_read=["name"],
        )
    )
    assert seen(session, me, now) == []
