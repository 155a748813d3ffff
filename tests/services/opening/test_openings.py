"""An application from the first step to the class: who may, what is kept, what is refused."""

from collections.abc import Callable
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal.db.engine import in_transaction
from portal.db.ids import new_id
from portal.db.models import (
    AuditEvent,
    ClassOpening,
    ClassOpeningDecision,
    ClassOpeningVersion,
    ClassSearchEntry,
    Notice,
    RosterRow,
    TrainingClass,
    TrainingPlan,
)
from portal.domain import working_days
from portal.domain.errors import BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.opening_errors import OpeningRefused
from portal.domain.permissions import ANONYMOUS, Permission, Role
from portal.locale import t
from portal.services.opening import choices, drafting, sending, views
from portal.services.opening.content import content_hash, read
from portal.services.opening.deciding import approve, reject, send_back
from portal.services.times import ZONE, day_of
from tests.services.opening.test_checks import roster
from tests.support import factories as make
from tests.support.acts import together
from tests.support.factories import NOW
from tests.support.openings import (
    EXAM,
    WHERE,
    filled,
    in_force,
    officer,
    put,
    row,
    school,
    seen,
    sent,
    week,
)

LATER = NOW + timedelta(days=1)
WHY = "场地照片和地址对不上"


def why_of(act: Callable[[], object]) -> str:
    """The sentence of a refusal."""
    with pytest.raises(OpeningRefused) as refused:
        act()
    return str(refused.value.params["why"])


def acts_on(session: Session, key: UUID) -> list[str]:
    query = select(AuditEvent.action).where(AuditEvent.object_id == str(key))
    return list(session.scalars(query.order_by(AuditEvent.at, AuditEvent.id)))


def write(session: Session, made: list[ClassOpeningDecision]) -> None:
    """Write rows or none of them."""
    with session.begin_nested():
        session.add_all(made)
        session.flush()


# Drafts


def test_what_is_saved_is_there_on_another_device(session: Session) -> None:
    at = school(session)
    key = drafting.start(session, at.manager, programme_id=at.programme.id, now=NOW)
    put(session, at, key, "where", **WHERE)
    colleague = make.make_actor(session, Role.MANAGER, institution=at.institution)
    found = views.own_opening(session, colleague, opening_id=key, now=LATER)
    assert found.content.what.title == "电工(五级)班"
    assert found.content.where.capacity == 30
    assert found.is_editable
    assert [one.id for one in views.own_openings(session, colleague, now=LATER)] == [key]


def test_two_steps_saved_at_once_overwrite_nothing_of_each_other(engine: Engine) -> None:
    with Session(engine) as session:
        at = school(session)
        key = drafting.start(session, at.manager, now=NOW)
        session.commit()
    acts = [
        partial(
            in_transaction,
            partial(
                drafting.save_part,
                actor=at.manager,
                opening_id=key,
                step=step,
                fields=fields,
                now=NOW,
            ),
        )
        for step, fields in (("where", WHERE), ("exam", EXAM))
    ]
    together([lambda act=act: act() for act in acts])  # type: ignore[misc]
    with Session(engine) as session:
        content = read(row(session, key).content)
    assert (content.where.capacity, content.exam.form) == (30, "both")


def test_the_week_makes_the_sessions_and_a_session_is_moved_added_and_removed(
    session: Session,
) -> None:
    at = school(session)
    key = filled(session, at)
    change = partial(drafting.save_meeting, session, at.manager, opening_id=key, now=NOW)
    fields: dict[str, Any] = {"hours": 2, "kind": "exam", "topic": "结业考核"}
    change(key="w1", day=date(2026, 12, 19), starts=time(10), ends=time(12), fields=fields)
    change(key="", day=date(2026, 12, 20), starts=time(10), ends=time(12), fields=fields)
    meetings = read(row(session, key).content).when.meetings
    assert [one.key for one in meetings[-2:]] == ["w1", "a1"]
    assert meetings[-1].starts_at.astimezone(ZONE).hour == 10
    drafting.remove_meeting(session, at.manager, opening_id=key, key="a1", now=NOW)
    drafting.remove_meeting(session, at.manager, opening_id=key, key="a1", now=NOW)
    assert "a1" not in {one.key for one in read(row(session, key).content).when.meetings}
    with pytest.raises(BadInput):
        change(key="w1", day=date(2026, 12, 19), starts=time(12), ends=time(10), fields=fields)
    assert why_of(
        partial(
            change, key="x", day=date(2026, 12, 19), starts=time(9), ends=time(10), fields=fields
        )
    ) == t("opening.refused.no_meeting")


def test_days_left_out_are_shown_with_their_reason(session: Session) -> None:
    at = school(session)
    key = filled(session, at, when={"first_day": date(2026, 12, 28)})
    found = views.own_opening(session, at.manager, opening_id=key, now=NOW)
    assert [(one.day, one.name) for one in found.skipped] == [(date(2027, 1, 1), "元旦")]


def test_a_week_needs_a_programme_first(session: Session) -> None:
    at = school(session)
    key = drafting.start(session, at.manager, now=NOW)
    with pytest.raises(BadInput) as refused:
        drafting.save_week(session, at.manager, opening_id=key, pattern=week(), now=NOW)
    assert refused.value.reason == "opening.pattern.programme_first"


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("where", {"resources": ("bomb",)}),
        ("where", {"site": "长" * 81}),
        ("where", {"unknown": 1}),
        ("exam", {"form": "guess"}),
        ("people", {"mode": "secret"}),
        ("what", {"title": "x"}),
    ],
)
def test_what_cannot_be_stored_is_refused(
    session: Session, step: str, fields: dict[str, Any]
) -> None:
    at = school(session)
    key = drafting.start(session, at.manager, now=NOW)
    with pytest.raises(BadInput):
        put(session, at, key, step, **fields)


def test_saving_the_same_again_leaves_no_trace(session: Session) -> None:
    at = school(session)
    key = filled(session, at)
    before = acts_on(session, key)
    put(session, at, key, "where", **WHERE)
    assert acts_on(session, key) == before


def test_nobody_heaps_up_drafts_without_end(session: Session) -> None:
    at = school(session)
    for _ in range(drafting.MOST_DRAFTS):
        drafting.start(session, at.manager, now=NOW)
    assert "20" in why_of(partial(drafting.start, session, at.manager, now=NOW))


def test_a_copy_takes_place_and_teacher_but_no_days(session: Session) -> None:
    at = school(session)
    key = drafting.copy(session, at.manager, opening_id=sent(session, at), now=NOW)
    content = read(row(session, key).content)
    assert content.where.capacity == 30
    assert content.who.instructor_id == at.teacher
    assert not content.when.meetings
    assert content.people.enrol_from is None


# Where

# The institutions of these tests are at home in 650402.
AWAY = {"region_code": "650422", "address": "托克逊县示范村"}


def test_a_class_in_another_county_is_decided_and_taught_there(session: Session) -> None:
    at = school(session)
    key = sent(session, at, where=AWAY)
    there, home = officer(session, region="650422"), officer(session, region="650402")
    assert [one.id for one in views.queue(session, there, now=NOW).items] == [key]
    assert views.queue(session, home, now=NOW).items == ()
    found = views.desk(session, there, opening_id=key, now=NOW)
    told = {one.name: one.sentence for one in found.checks if one.outcome == "warn"}
    assert told["region"] == t("opening.check.region.away", home="高昌区", here="托克逊县")
    assert "托克逊县" in [one.text for one in found.lines]
    made = approve(session, there, opening_id=key, seen=found.seen, now=NOW)
    of = session.get_one(TrainingClass, made)
    assert (of.region_code, of.class_no[:6]) == ("650422", "650422")
    terms = session.get_one(ClassSearchEntry, made).terms
    assert any("650422" in one for one in terms)
    assert [one.region_code for one in views.places(session, at.manager)] == ["650422"]


def test_what_the_class_is_taught_by_reaches_its_place(session: Session) -> None:
    at = school(session, catalog_version_id=in_force(session, "650402").id)
    key = filled(session, at)
    for where, reaches in ((WHERE, True), (WHERE | AWAY, False)):
        put(session, at, key, "where", **where)
        found = views.programmes(session, at.manager, opening_id=key, now=NOW)
        assert (at.programme.id in [one.id for one in found]) is reaches
        checked = views.own_opening(session, at.manager, opening_id=key, now=NOW).checks
        told = {one.name: one.outcome for one in checked}
        assert told["programme"] == ("pass" if reaches else "fail")


def test_a_copy_stays_away_and_the_way_home_leaves_no_trace(session: Session) -> None:
    at = school(session)
    before = filled(session, at)
    key = filled(session, at, where=AWAY)
    copied = drafting.copy(session, at.manager, opening_id=key, now=NOW)
    assert row(session, copied).region_code == "650422"
    put(session, at, key, "where", **WHERE | {"region_code": "650402"})
    assert row(session, key).region_code == "650402"
    # As an application of before one could choose: the same words, the same hash.
    assert "region_code" not in row(session, key).content["where"]
    hashes = [content_hash(read(row(session, one).content)) for one in (before, key)]
    assert hashes[0] == hashes[1]


def test_what_was_sent_to_one_office_is_not_taken_to_another(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    by = officer(session)
    steps = {"seen": seen(session, by, key), "steps": ["where"], "reason": WHY}
    send_back(session, by, opening_id=key, **steps, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(BadInput) as refused:
        put(session, at, key, "where", **WHERE | AWAY)
    assert refused.value.reason == "opening.where.sent"
    put(session, at, key, "where", **WHERE | {"capacity": 20})


def test_an_office_reads_how_often_others_turned_the_institution_down(session: Session) -> None:
    at, home, there = school(session), officer(session), officer(session, "650422")
    key = sent(session, at)
    reject(session, home, opening_id=key, seen=seen(session, home, key), reason=WHY, now=NOW)
    other = sent(session, at, where=AWAY)
    told = {one.name: one.sentence for one in views.desk(
        session, there, opening_id=other, now=NOW).checks}  # fmt: skip
    assert told["refused"] == t("opening.check.refused.elsewhere", count=1, here="托克逊县")
    own = {one.name for one in views.desk(session, home, opening_id=key, now=NOW).checks}
    assert "refused" not in own


def test_an_institution_that_moved_away_files_anew(session: Session) -> None:
    at, by = school(session), officer(session)
    key = sent(session, at)
    at.institution.region_code = "650500"
    session.flush()
    told = {one.name: one.outcome for one in views.desk(
        session, by, opening_id=key, now=NOW).checks}  # fmt: skip
    assert told["region"] == "fail"
    with pytest.raises(OpeningRefused):
        approve(session, by, opening_id=key, seen=seen(session, by, key), now=NOW)


@pytest.mark.parametrize("code", ["650500", "650502", "110105", "650400", "000000", "65", "托克逊"])
def test_nobody_opens_a_class_out_of_reach(session: Session, code: str) -> None:
    at = school(session)
    key = filled(session, at)
    with pytest.raises(BadInput) as refused:
        put(session, at, key, "where", **WHERE | {"region_code": code})
    assert refused.value.field == "region_code"
    assert row(session, key).region_code == "650402"


@pytest.mark.parametrize(
    ("home", "count", "some"),
    [
        ("650402", 3, "650421"),
        ("650400", 4, "650402"),
        ("430102", 9, "430104"),
        ("659001", 1, "659001"),
        # A county that the table does not hold.
        ("152502", 1, "152502"),
        ("000000", 1, "000000"),
    ],
)
def test_an_institution_teaches_within_its_own_prefecture(home: str, count: int, some: str) -> None:
    found = [one.code for one in choices.regions(home)]
    assert found[0] == home
    assert some in found
    assert len(set(found)) == len(found) == count


def test_an_institution_of_a_province_teaches_in_all_of_it() -> None:
    found = choices.regions("650000")
    assert {one.code[:2] for one in found} == {"65"}
    assert {"650402", "659001"} <= {one.code for one in found}
    assert {one.code: one.name for one in found}["650422"] == "吐鲁番市托克逊县"


# Who may


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.SYSTEM])
def test_only_those_who_may_apply_or_decide_do(session: Session, role: Role) -> None:
    at = school(session)
    key = sent(session, at)
    staff = role in (Role.MANAGER, Role.INSTRUCTOR)
    by = (
        ANONYMOUS
        if role is Role.ANONYMOUS
        else make.make_actor(session, role, institution=at.institution if staff else None)
    )
    refused = Unauthenticated if role is Role.ANONYMOUS else Forbidden
    applying = [
        partial(drafting.start, session, by, now=NOW),
        partial(drafting.copy, session, by, opening_id=key, now=NOW),
        partial(sending.submit, session, by, opening_id=key, now=NOW),
        partial(sending.withdraw, session, by, opening_id=key, now=NOW),
        partial(views.own_openings, session, by, now=NOW),
        partial(views.own_opening, session, by, opening_id=key, now=NOW),
        partial(views.programmes, session, by, opening_id=key, now=NOW),
        partial(views.places, session, by),
        partial(views.regions, session, by),
        partial(drafting.save_part, session, by, opening_id=key, step="exam", fields={}, now=NOW),
        partial(drafting.save_who, session, by, opening_id=key, instructor_id=None, now=NOW),
        partial(drafting.save_week, session, by, opening_id=key, pattern=week(), now=NOW),
        partial(drafting.remove_meeting, session, by, opening_id=key, key="w1", now=NOW),
    ]
    deciding = [
        partial(views.queue, session, by, now=NOW),
        partial(views.decided, session, by, now=NOW),
        partial(views.desk, session, by, opening_id=key, now=NOW),
        partial(approve, session, by, opening_id=key, seen="", now=NOW),
        partial(reject, session, by, opening_id=key, seen="", reason=WHY, now=NOW),
        partial(
            send_back, session, by, opening_id=key, seen="", steps=["who"], reason=WHY, now=NOW
        ),
    ]
    if not by.may(Permission.APPLY_FOR_CLASS):
        for act in applying:
            with pytest.raises(refused):
                act()
    if not by.may(Permission.DECIDE_OPENINGS):
        for act in deciding:
            with pytest.raises(refused):
                act()


def test_another_institutions_application_does_not_exist(session: Session) -> None:
    key = filled(session, school(session))
    other = school(session).manager
    for act in (
        partial(views.own_opening, session, other, opening_id=key, now=NOW),
        partial(views.programmes, session, other, opening_id=key, now=NOW),
        partial(drafting.copy, session, other, opening_id=key, now=NOW),
        partial(sending.submit, session, other, opening_id=key, now=NOW),
        partial(sending.withdraw, session, other, opening_id=key, now=NOW),
        partial(drafting.save_who, session, other, opening_id=key, instructor_id=None, now=NOW),
    ):
        with pytest.raises(NotFound):
            act()
    assert views.own_openings(session, other, now=NOW) == ()


def test_another_regions_application_does_not_exist(session: Session) -> None:
    key = sent(session, school(session))
    for region in ("653200", "650421", "430000"):
        other = officer(session, region)
        assert key not in {one.id for one in views.queue(session, other, now=NOW).items}
        for act in (
            partial(views.desk, session, other, opening_id=key, now=NOW),
            partial(approve, session, other, opening_id=key, seen="", now=NOW),
            partial(reject, session, other, opening_id=key, seen="", reason=WHY, now=NOW),
        ):
            with pytest.raises(NotFound):
                act()
    for region in ("650402", "650400", "650000", "000000"):
        assert views.desk(session, officer(session, region), opening_id=key, now=NOW)


def test_a_draft_is_nobody_elses_business(session: Session) -> None:
    key = filled(session, school(session))
    by = officer(session)
    with pytest.raises(NotFound):
        views.desk(session, by, opening_id=key, now=NOW)
    assert key not in {one.id for one in views.queue(session, by, now=NOW).items}


# Sending


def test_what_is_sent_is_kept_word_for_word_and_has_a_deadline(session: Session) -> None:
    key = sent(session, school(session))
    stored = row(session, key)
    assert (stored.state, stored.version_no) == ("submitted", 1)
    assert stored.due_on == working_days.after(day_of(NOW), 3)
    query = select(ClassOpeningVersion).where(ClassOpeningVersion.opening_id == key)
    version = session.scalars(query).one()
    assert version.content == stored.content
    assert version.content_hash == content_hash(read(stored.content))
    assert {one["outcome"] for one in version.checks} == {"pass"}
    version.content_hash = "0"
    with pytest.raises(DBAPIError, match="append-only"):
        session.flush()


def test_sending_twice_is_sending_once(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    assert sending.submit(session, at.manager, opening_id=key, now=LATER) == 1


def test_an_application_that_fails_a_check_is_not_sent(session: Session) -> None:
    at = school(session)
    key = filled(session, at, exam={"form": ""}, where={"site": ""})
    said = why_of(partial(sending.submit, session, at.manager, opening_id=key, now=NOW))
    assert "2 处" in said
    assert row(session, key).state == "draft"


@pytest.mark.parametrize("status", ["suspended", "removed"])
def test_an_institution_off_the_list_cannot_send(session: Session, status: str) -> None:
    at = school(session)
    key = filled(session, at)
    at.listing.status = status
    session.flush()
    said = why_of(partial(sending.submit, session, at.manager, opening_id=key, now=NOW))
    assert t(f"opening.check.listing.{status}") in said


def test_what_was_sent_cannot_be_changed_until_it_is_back(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    said = why_of(partial(put, session, at, key, "where", **WHERE | {"capacity": 99}))
    assert said == t("opening.refused.not_editable_submitted")


def test_whoever_withdraws_may_apply_anew_but_not_go_on(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    sending.withdraw(session, at.manager, opening_id=key, now=NOW)
    sending.withdraw(session, at.manager, opening_id=key, now=NOW)
    assert row(session, key).state == "withdrawn"
    by = officer(session)
    assert why_of(partial(approve, session, by, opening_id=key, seen="", now=NOW)) == t(
        "opening.refused.decided_withdrawn"
    )
    assert why_of(partial(sending.submit, session, at.manager, opening_id=key, now=NOW)) == t(
        "opening.refused.not_editable_withdrawn"
    )
    assert drafting.copy(session, at.manager, opening_id=key, now=NOW) != key


# Deciding


def test_the_queue_shows_the_oldest_deadline_first(session: Session) -> None:
    by = officer(session, "650402")
    late, soon = sent(session, school(session)), sent(session, school(session))
    row(session, late).due_on = date(2026, 12, 20)
    session.flush()
    order = [one.id for one in views.queue(session, by, now=NOW).items]
    assert order.index(soon) < order.index(late)


def test_an_approval_opens_the_class_with_its_sessions(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    by = officer(session)
    class_id = approve(session, by, opening_id=key, seen=seen(session, by, key), now=LATER)
    made = session.get_one(TrainingClass, class_id)
    session.refresh(made)
    meetings = make.sessions_of(session, made)
    assert sum(one.hours for one in meetings) == made.hours == 40
    assert {one.instructor_id for one in meetings} == {at.teacher}
    assert {one.room for one in meetings} == {"2号实训室"}
    assert (made.status, made.capacity, made.starts_on) == ("enrolling", 30, date(2026, 12, 14))
    assert made.group_codes == ["MIGRANT_NEWGEN"]
    assert made.enrol_until.astimezone(ZONE).date() == date(2026, 12, 13)
    assert made.class_no.startswith("650402-2026-")
    stored = row(session, key)
    assert (stored.state, stored.class_id, stored.due_on) == ("approved", class_id, None)
    again = approve(session, by, opening_id=key, seen="", now=LATER)
    assert again == class_id
    told = select(Notice).where(Notice.ref_id == class_id)
    assert {one.kind for one in session.scalars(told)} == {"opening_approved"}
    assert acts_on(session, key)[-1] == "opening.approved"


@pytest.mark.parametrize(
    ("of_plan", "of_class"),
    [
        (["UNEMPLOYED", "JUSTICE"], ["UNEMPLOYED"]),
        (["JUSTICE"], ["JUSTICE"]),
    ],
)
def test_a_class_is_offered_to_the_open_groups_of_its_plan(
    session: Session, of_plan: list[str], of_class: list[str]
) -> None:
    at = school(session)
    session.get_one(TrainingPlan, at.programme.plan_id).group_codes = of_plan
    key, by = sent(session, at), officer(session)
    class_id = approve(session, by, opening_id=key, seen=seen(session, by, key), now=LATER)
    assert session.get_one(TrainingClass, class_id).group_codes == of_class
    shown = session.get(ClassSearchEntry, class_id) is not None
    assert shown == ("JUSTICE" not in of_class)


def test_a_return_marks_steps_and_the_next_version_shows_what_changed(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    by = officer(session)
    send_back(
        session,
        by,
        opening_id=key,
        seen=seen(session, by, key),
        steps=["where", "nonsense"],
        reason=WHY,
        now=NOW,
    )
    back = views.own_opening(session, at.manager, opening_id=key, now=NOW)
    assert back.is_editable
    assert back.card.state == "returned"
    assert [(one.act, one.steps, one.reason) for one in back.answers] == [
        ("returned", ("where",), WHY)
    ]
    assert why_of(partial(sending.submit, session, at.manager, opening_id=key, now=LATER)) == t(
        "opening.refused.unchanged"
    )
    put(session, at, key, "where", **WHERE | {"capacity": 28})
    drafting.save_meeting(
        session,
        at.manager,
        opening_id=key,
        key="w1",
        day=date(2026, 12, 14),
        starts=time(9),
        ends=time(13),
        fields={"hours": 5, "kind": "theory"},
        now=NOW,
    )
    assert sending.submit(session, at.manager, opening_id=key, now=LATER) == 2
    found = views.desk(session, by, opening_id=key, now=LATER)
    assert [(one.step, one.before, one.after) for one in found.changes if one.step == "where"] == [
        ("where", "30 人", "28 人")
    ]
    moved = [one for one in found.changes if one.step == "when"]
    assert len(moved) == 1
    assert "09:30" in moved[0].before
    assert "09:00" in moved[0].after


def test_a_rejection_is_for_good_and_says_why(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    by = officer(session)
    reject(session, by, opening_id=key, seen=seen(session, by, key), reason=WHY, now=NOW)
    reject(session, by, opening_id=key, seen="", reason=WHY, now=NOW)
    query = select(ClassOpeningDecision).where(ClassOpeningDecision.opening_id == key)
    assert session.scalars(query).one().reason == WHY
    assert why_of(partial(put, session, at, key, "where", **WHERE)) == t(
        "opening.refused.not_editable_rejected"
    )


def test_a_no_needs_a_reason_and_a_return_a_step(session: Session) -> None:
    key = sent(session, school(session))
    by = officer(session)
    hashed = seen(session, by, key)
    with pytest.raises(BadInput):
        reject(session, by, opening_id=key, seen=hashed, reason="不行", now=NOW)
    for steps, reason in ((["where"], "改"), ([], WHY), (["nonsense"], WHY)):
        with pytest.raises(BadInput):
            send_back(session, by, opening_id=key, seen=hashed, steps=steps, reason=reason, now=NOW)
    assert row(session, key).state == "submitted"


def test_nobody_decides_what_they_made(session: Session) -> None:
    key = sent(session, school(session))
    by = officer(session)
    stored = row(session, key)
    stored.created_by = by.the_account()
    session.flush()
    hashed = seen(session, by, key)
    for act in (
        partial(approve, session, by, opening_id=key, seen=hashed, now=NOW),
        partial(reject, session, by, opening_id=key, seen=hashed, reason=WHY, now=NOW),
    ):
        assert why_of(act) == t("opening.refused.own")
    assert views.desk(session, by, opening_id=key, now=NOW).is_own


def test_the_database_lets_nobody_decide_what_they_sent_nor_twice(session: Session) -> None:
    key = sent(session, school(session))
    by = officer(session).the_account()

    def decision(**fields: Any) -> ClassOpeningDecision:
        values: dict[str, Any] = {
            "id": new_id(),
            "opening_id": key,
            "version_no": 1,
            "act": "rejected",
            "reason": WHY,
            "steps": [],
            "checks": [],
            "submitted_by": row(session, key).created_by,
            "decided_by": by,
            "decided_at": NOW,
        }
        return ClassOpeningDecision(**values | fields)

    for wrong in ([decision(submitted_by=by)], [decision(reason="")], [decision(), decision()]):
        with session.begin_nested() as point:
            session.add_all(wrong)
            with pytest.raises(IntegrityError):
                session.flush()
            point.rollback()


def test_what_changed_since_the_sending_is_noticed_at_approval(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    by = officer(session)
    hashed = seen(session, by, key)
    at.listing.status = "suspended"
    session.flush()
    said = why_of(partial(approve, session, by, opening_id=key, seen=hashed, now=NOW))
    assert t("opening.check.listing.suspended") in said
    assert row(session, key).state == "submitted"
    found = views.desk(session, by, opening_id=key, now=NOW)
    assert next(one.name for one in found.checks if one.outcome == "fail") == "listing"


def test_the_catalogue_in_force_at_approval_counts(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    by = officer(session)
    hashed = seen(session, by, key)
    at.programme.catalog_version_id = make.make_catalog(
        session, "programme", region_code="650400"
    ).id
    session.flush()
    said = why_of(partial(approve, session, by, opening_id=key, seen=hashed, now=NOW))
    assert "已经失效" in said


def test_an_officer_decides_on_what_was_read(session: Session) -> None:
    at = school(session)
    key = sent(session, at)
    by = officer(session)
    hashed = seen(session, by, key)
    send_back(session, by, opening_id=key, seen=hashed, steps=["where"], reason=WHY, now=NOW)
    put(session, at, key, "where", **WHERE | {"capacity": 28})
    sending.submit(session, at.manager, opening_id=key, now=NOW)
    other = officer(session)
    assert why_of(partial(approve, session, other, opening_id=key, seen=hashed, now=NOW)) == t(
        "opening.refused.sent_anew"
    )


def test_the_people_of_a_roster_are_judged_once_there_is_a_class(session: Session) -> None:
    at = school(session)
    sheet = roster(session, at, people=2, bad=1)
    key = sent(session, at, people={"mode": "roster", "roster_id": sheet.id})
    by = officer(session)
    class_id = approve(session, by, opening_id=key, seen=seen(session, by, key), now=NOW)
    session.refresh(sheet)
    assert (sheet.class_id, sheet.state) == (class_id, "checking")
    query = select(RosterRow).where(RosterRow.upload_id == sheet.id).order_by(RosterRow.row_no)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    assert [(one.outcome, one.class_id) for one in rows] == [
        ("unread", class_id),
        ("unread", class_id),
        ("bad", None),
    ]
    made = session.get_one(TrainingClass, class_id)
    assert made.enrol_from == NOW


# Races


def waiting(engine: Engine, number: int = 1) -> tuple[list[UUID], Any, str]:
    with Session(engine, expire_on_commit=False) as session:
        at = school(session)
        keys = [sent(session, at) for _ in range(number)]
        by = officer(session)
        hashed = seen(session, by, keys[0])
        session.commit()
    return keys, at, hashed


def test_two_officers_at_once_give_one_decision(engine: Engine) -> None:
    (key,), _, hashed = waiting(engine)
    with Session(engine) as session:
        one, two = officer(session), officer(session)
        session.commit()

    def yes() -> object:
        return in_transaction(
            lambda session: approve(session, one, opening_id=key, seen=hashed, now=NOW)
        )

    def no() -> object:
        return in_transaction(
            lambda session: reject(session, two, opening_id=key, seen=hashed, reason=WHY, now=NOW)
        )

    answers = together([yes, no])
    assert sum(isinstance(one, OpeningRefused) for one in answers) == 1
    with Session(engine) as session:
        query = select(ClassOpeningDecision).where(ClassOpeningDecision.opening_id == key)
        decision = session.scalars(query).one()
        stored = row(session, key)
        assert stored.state == decision.act
        assert (stored.class_id is not None) == (decision.act == "approved")


def test_one_approval_sent_twice_at_once_opens_one_class(engine: Engine) -> None:
    (key,), _, hashed = waiting(engine)
    with Session(engine) as session:
        by = officer(session)
        session.commit()

    def yes() -> object:
        return in_transaction(
            lambda session: approve(session, by, opening_id=key, seen=hashed, now=NOW)
        )

    first, second = together([yes, yes])
    assert first == second


def test_two_classes_that_want_one_teacher_are_not_both_opened(engine: Engine) -> None:
    keys, _, hashed = waiting(engine, 2)
    with Session(engine) as session:
        one, two = officer(session), officer(session)
        session.commit()
    acts = [
        lambda key=key, by=by: in_transaction(
            lambda session: approve(session, by, opening_id=key, seen=hashed, now=NOW)
        )
        for key, by in zip(keys, (one, two), strict=True)
    ]
    answers = together(acts)  # type: ignore[arg-type]
    assert sum(isinstance(one, OpeningRefused) for one in answers) == 1
    with Session(engine) as session:
        states = sorted(row(session, key).state for key in keys)
    assert states == ["approved", "submitted"]


def test_withdrawing_and_approving_at_once_is_one_of_the_two(engine: Engine) -> None:
    (key,), at, hashed = waiting(engine)
    with Session(engine) as session:
        by = officer(session)
        session.commit()

    def yes() -> object:
        return in_transaction(
            lambda session: approve(session, by, opening_id=key, seen=hashed, now=NOW)
        )

    def back() -> object:
        return in_transaction(
            lambda session: sending.withdraw(session, at.manager, opening_id=key, now=NOW)
        )

    answers = together([yes, back])
    assert sum(isinstance(one, OpeningRefused) for one in answers) == 1
    with Session(engine) as session:
        found = session.get_one(ClassOpening, key)
        assert found.state in ("approved", "withdrawn")
