"""The authority sees the institutions of its own region, and is seen reading."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, TrainingClass
from portal.domain.errors import Forbidden, Unauthenticated
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.locale import has
from portal.services import audit, certificates
from portal.services.scope import group_width, region_prefix
from portal.services.supervision_institutions import institutions
from portal.services.supervision_trail import SIZE, read_trail
from portal.settings import ROOT
from tests.support import factories as make
from tests.support.factories import NOW

TURPAN, HOTAN, XINJIANG, COUNTRY = "650400", "653200", "650000", "000000"


def officer(session: Session, region: str = TURPAN) -> Actor:
    return make.make_actor(session, Role.OFFICER, region_code=region)


def auditor(session: Session, region: str = TURPAN) -> Actor:
    return make.make_actor(session, Role.AUDITOR, region_code=region)


def past_class(session: Session, **fields: object) -> TrainingClass:
    """A class that began a week ago and whose sessions are over."""
    return make.make_class(session, first_start=NOW - timedelta(days=7), **fields)


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("000000", ""),
        ("650000", "65"),
        ("650400", "6504"),
        ("650402", "650402"),
        ("500000", "50"),
        ("131000", "1310"),
    ],
)
def test_a_region_code_is_cut_in_pairs_so_that_a_zero_of_a_number_stays(
    code: str, prefix: str
) -> None:
    assert region_prefix(code) == prefix


def test_parts_of_a_region_are_told_apart_one_level_down() -> None:
    assert [group_width(code) for code in (COUNTRY, XINJIANG, TURPAN, "650402")] == [2, 4, 6, 6]


def test_institutions_are_listed_by_place_and_name_whoever_owns_them(session: Session) -> None:
    make.make_institution(session, name="乙校", ownership="public", region_code="650421")
    first = make.make_institution(session, name="甲校", ownership="private", region_code="650402")
    make.make_institution(session, name="外地", region_code="653201")
    make.list_institution(session, first)
    past_class(session, institution=first)
    page = institutions(session, officer(session), now=NOW)
    assert [row.name for row in page.items] == ["甲校", "乙校"]
    assert [row.listing for row in page.items] == ["listed", "unlisted"]
    assert (page.items[0].classes, page.items[0].overdue, page.total) == (1, 2, 2)


def test_a_listing_that_has_run_out_lists_nobody(session: Session) -> None:
    made = make.make_institution(session)
    make.list_institution(session, made).effective_to = NOW.date() - timedelta(days=1)
    session.flush()
    assert institutions(session, officer(session), now=NOW).items[0].listing == "unlisted"


def test_institutions_come_in_pages_that_never_overlap(session: Session) -> None:
    for _ in range(5):
        make.make_institution(session)
    who = officer(session)
    pages = [institutions(session, who, page=n, size=2, now=NOW) for n in (1, 2, 3, 4)]
    assert [len(page.items) for page in pages] == [2, 2, 1, 0]
    assert len({row.id for page in pages for row in page.items}) == 5


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.INSTRUCTOR, Role.MANAGER])
def test_nobody_else_sees_figures_institutions_or_the_trail(session: Session, role: Role) -> None:
    staff = role is not Role.TRAINEE
    school = make.make_institution(session) if staff else None
    who = make.make_actor(session, role, institution=school)
    for act in (institutions, read_trail):
        with pytest.raises(Forbidden):
            act(session, who, now=NOW)
        with pytest.raises(Unauthenticated):
            act(session, ANONYMOUS, now=NOW)


def test_an_officer_does_not_see_the_trail(session: Session) -> None:
    with pytest.raises(Forbidden):
        read_trail(session, officer(session), now=NOW)


def touch(
    session: Session, actor: Actor, made: TrainingClass, action: str = "class.finish"
) -> None:
    audit.record(session, actor, action, now=NOW, object_type="training_class", object_id=made.id)
    session.flush()


def test_the_trail_shows_what_was_done_to_things_of_the_region_in_words(session: Session) -> None:
    school = make.make_institution(session)
    person = make.make_person(session, name="买买提·阿不都")
    manager = make.make_actor(session, Role.MANAGER, institution=school, person=person)
    touch(session, manager, make.make_class(session, institution=school))
    (entry,) = read_trail(session, auditor(session), now=NOW).entries
    assert (entry.action, entry.role, entry.who) == ("班级结业", "机构负责人", "买*·阿*")
    assert entry.when == "2026年12月1日 周二 09:40"


def test_every_kind_of_thing_has_the_region_of_its_class(session: Session) -> None:
    made = past_class(session)
    enrolment = make.enrol(session, make.make_person(session), made)
    things = {
        "training_class": made.id,
        "training_session": make.sessions_of(session, made)[0].id,
        "enrolment": enrolment.id,
    }
    for kind, key in things.items():
        audit.record(session, ANONYMOUS, "x.y", now=NOW, object_type=kind, object_id=key)
    session.flush()
    certificates.issue(session, ANONYMOUS, enrolment_id=enrolment.id, hours_credited=8, now=NOW)
    session.flush()
    assert len(read_trail(session, auditor(session), now=NOW).entries) == 4
    assert read_trail(session, auditor(session, HOTAN), now=NOW).entries == ()


def test_the_thing_decides_and_not_where_the_actor_works(session: Session) -> None:
    elsewhere = make.make_class(session, region_code="653201")
    touch(session, officer(session), elsewhere)
    assert read_trail(session, auditor(session), now=NOW).entries == ()
    assert len(read_trail(session, auditor(session, HOTAN), now=NOW).entries) == 1


def test_what_touched_no_class_belongs_to_the_region_of_who_acted(session: Session) -> None:
    school = make.make_institution(session, region_code="650402")
    manager = make.make_actor(session, Role.MANAGER, institution=school)
    trainee = make.make_actor(session)
    for who in (manager, trainee):
        audit.record(
            session, who, "account.log_in", now=NOW, object_type="login_session", object_id="x"
        )
    session.flush()
    assert [e.role for e in read_trail(session, auditor(session), now=NOW).entries] == [
        "机构负责人"
    ]
    national = read_trail(session, auditor(session, COUNTRY), now=NOW).entries
    assert {e.role for e in national} == {"机构负责人", "学员", "审计人员"}


def test_reading_the_trail_leaves_a_row_in_it(session: Session) -> None:
    who = auditor(session)
    read_trail(session, who, now=NOW)
    session.flush()
    (row,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "audit.read"))
    assert (row.actor_account_id, row.fields_read) == (
        who.account_id,
        ["name", "action", "reason"],
    )
    assert [entry.action for entry in read_trail(session, who, now=NOW).entries] == ["查看操作记录"]


def test_the_trail_pages_backwards_without_gap_or_repeat(session: Session) -> None:
    made = make.make_class(session)
    who = auditor(session)
    for _ in range(SIZE + 3):
        touch(session, ANONYMOUS, made)
    first = read_trail(session, who, now=NOW)
    assert len(first.entries) == SIZE
    rest = read_trail(session, who, before=first.older, now=NOW)
    assert (len(rest.entries), rest.older) == (3, None)
    assert len({entry.id for entry in (*first.entries, *rest.entries)}) == SIZE + 3


# How acts are written down: by a call, or within one of the hot statements.
_RECORDED = re.compile(r'(?:record|_audit|note)\(\s*session,\s*\w+,\s*"([a-z_]+\.[a-z_]+)"')
_IN_SQL = re.compile(r"'((?:checkin|enrolment)\.[a-z_]+)'")


def test_every_act_that_the_product_writes_down_has_a_word_for_auditors() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "portal" / "services").rglob("*.py")]
    acts = {
        name
        for source in sources
        for pattern in (_RECORDED, _IN_SQL)
        for found in pattern.finditer(source)
        for name in found.groups()
        if name
    }
    assert {"attendance.confirm", "checkin.sign_in", "certificate.revoke"} <= acts
    assert {act for act in acts if not has(f"admin.action.{act}")} == set()


def test_an_act_without_a_word_of_its_own_is_shown_as_another_one(session: Session) -> None:
    touch(session, ANONYMOUS, make.make_class(session), action="brand.new")
    (entry,) = read_trail(session, auditor(session), now=NOW).entries
    assert (entry.action, entry.role, entry.who) == ("其他操作", "未登录", "")
