"""The demo: what it holds, that a second run changes nothing, and what a later day adds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text, update
from sqlalchemy.orm import Session

from portal.db.models import (
    Account,
    AttendanceCorrection,
    AttendanceEvent,
    AttendanceRecord,
    AuditEvent,
    Base,
    CatalogueEntry,
    CatalogVersion,
    Certificate,
    Enrolment,
    Institution,
    Person,
    PersonFact,
    PersonGroup,
    SubsidyClaim,
    SubsidyStandard,
    TrainingClass,
    TrainingPlan,
    TrainingProgramme,
    TrainingSession,
)
from portal.db.vault import get_vault
from portal.demo import calendar, cast, files, loader, seeds
from portal.demo.loader import DemoRefused
from portal.domain.identity import is_demo_number
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.policies.loader import pack_for_region
from portal.services import accounts, archive, commitment, teaching_day, verification
from portal.services.catalogue import ClassQuery, find_classes
from portal.services.enrolment import enrol_now
from portal.services.times import ZONE, day_of
from portal.services.unit import token_hash
from portal.settings import get_settings
from tests.support.demo import NOW, load

TRIALS = (seeds.NOW, seeds.DAYLONG)


@pytest.fixture(scope="module")
def loaded(engine: Engine) -> loader.DemoReport:
    return load()


@pytest.fixture
def demo(loaded: loader.DemoReport, session: Session) -> Session:
    """A session on the loaded demo."""
    return session


# Loading counts anew what was changed before it; nothing is added.
_TALLIES = {"class_change", "class_member", "class_outcome", "class_tally", "people_tally"}


def counts(session: Session) -> dict[str, int]:
    tables = [one for one in Base.metadata.sorted_tables if one.name not in _TALLIES]
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
    }


def log_in(session: Session, number: int, now: datetime = NOW) -> str:
    outcome = accounts.log_in(
        session,
        ANONYMOUS,
        login=cast.phone(number),
        password=cast.PASSWORD,
        source=b"test",
        kind="web",
        device="test",
        now=now,
    )
    assert outcome.login is not None
    return outcome.login.token


def account(session: Session, number: int) -> Account:
    hashed = get_vault().lookup_hash("phone", cast.phone(number))
    return session.scalars(select(Account).where(Account.phone_hash == hashed)).one()


def actor(session: Session, number: int) -> Actor:
    row = account(session, number)
    return Actor(
        Role(row.role),
        account_id=row.id,
        person_id=row.person_id,
        institution_id=row.institution_id,
        region_code=row.region_code,
    )


def test_every_amount_of_the_demo_says_that_it_is_an_example(demo: Session) -> None:
    rows = demo.execute(
        select(SubsidyStandard.note, CatalogVersion.doc_no).join(
            CatalogVersion, CatalogVersion.id == SubsidyStandard.catalog_version_id
        )
    ).all()
    assert len(rows) == len(seeds.standards())
    assert all("示例" in row.note and "示例" in row.doc_no for row in rows)


def test_a_demo_of_an_earlier_release_gets_the_amounts(demo: Session) -> None:
    versions = select(CatalogVersion.id).where(CatalogVersion.kind == "subsidy_standard")
    demo.execute(delete(SubsidyStandard))
    demo.execute(delete(CatalogueEntry).where(CatalogueEntry.version_id.in_(versions)))
    demo.execute(delete(CatalogVersion).where(CatalogVersion.id.in_(versions)))
    loader.load(demo, now=NOW)
    count = select(func.count()).select_from(SubsidyStandard)
    assert demo.scalar(count) == len(seeds.standards())


def test_the_demo_is_refused_in_production(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "env", "production")
    with pytest.raises(DemoRefused):
        load()


def test_at_least_sixty_classes_take_enrolments_in_all_five_regions(demo: Session) -> None:
    rows = demo.execute(
        select(TrainingClass.region_code, TrainingClass.starts_on).where(
            TrainingClass.status == "enrolling", TrainingClass.enrol_until > NOW
        )
    ).all()
    assert len(rows) >= 60
    provinces = {code[:2] for code, _ in rows}
    assert provinces == {"65", "15", "43", "37", "54"}
    days = [day - day_of(NOW) for _, day in rows]
    assert min(days) == timedelta(0)
    assert timedelta(weeks=6) <= max(days) <= timedelta(weeks=14)


def test_some_classes_are_full_and_some_nearly(demo: Session) -> None:
    left = demo.scalars(
        select(TrainingClass.capacity - TrainingClass.seats_taken).where(
            TrainingClass.status == "enrolling"
        )
    ).all()
    assert left.count(0) >= 4
    assert sum(0 < seats <= 3 for seats in left) >= 4
    assert sum(seats > 10 for seats in left) >= 30


def test_about_thirty_classes_are_over_with_certificates_that_verify(demo: Session) -> None:
    closed = select(func.count()).where(TrainingClass.status == "closed")
    assert (demo.scalar(closed) or 0) >= 30
    issued = select(Certificate.number).where(Certificate.status == "issued")
    numbers = demo.scalars(issued.order_by(Certificate.number)).all()
    assert len(numbers) >= 150
    for number in numbers[::25]:
        found = verification.verify_number(demo, ANONYMOUS, number=number, now=NOW)
        assert found.status == "valid"


def test_history_holds_every_state_of_a_sheet_and_corrections_with_reasons(demo: Session) -> None:
    states = set(demo.scalars(select(AttendanceRecord.state).distinct()))
    assert states >= {"present", "late", "absent", "excused"}
    reasons = demo.scalars(select(AttendanceCorrection.reason)).all()
    assert len(reasons) > 20
    events = demo.scalar(select(func.count()).select_from(AttendanceEvent)) or 0
    assert events > 5000


def test_nothing_is_credited_beyond_the_session(demo: Session) -> None:
    beyond = (
        select(func.count())
        .select_from(AttendanceRecord)
        .join(TrainingSession, TrainingSession.id == AttendanceRecord.session_id)
        .where(AttendanceRecord.credited_hours > TrainingSession.hours)
    )
    assert demo.scalar(beyond) == 0


def test_turpans_plans_add_up_to_105000(demo: Session) -> None:
    total = select(func.sum(TrainingPlan.target_person_times))
    assert demo.scalar(total.where(TrainingPlan.pack_id == "turpan-2019")) == 105_000


def test_no_class_is_shorter_than_its_plan_demands_nor_longer_than_its_programme(
    demo: Session,
) -> None:
    rows = demo.execute(
        select(
            TrainingClass.class_no,
            TrainingClass.hours,
            TrainingPlan.min_hours,
            func.sum(TrainingSession.hours),
        )
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .join(TrainingPlan, TrainingPlan.id == TrainingProgramme.plan_id)
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .group_by(TrainingClass.id, TrainingPlan.min_hours)
    ).all()
    assert any(minimum for *_, minimum, _ in rows)
    assert [no for no, hours, minimum, _ in rows if hours < (minimum or 0)] == []
    assert [no for no, hours, _, taught in rows if hours != taught] == []


def test_sessions_keep_to_the_hours_of_their_region_and_eight_a_day(demo: Session) -> None:
    rows = demo.execute(
        select(TrainingClass.class_no, TrainingClass.region_code, TrainingSession)
        .join(TrainingSession, TrainingSession.class_id == TrainingClass.id)
        .order_by(TrainingClass.id, TrainingSession.starts_at)
    ).all()
    taught: dict[tuple[str, Any], int] = {}
    for class_no, region, meeting in rows:
        if class_no.startswith(TRIALS):
            continue
        start, end = meeting.starts_at.astimezone(ZONE), meeting.ends_at.astimezone(ZONE)
        # Xinjiang's day begins later than the national document's default says.
        pack = pack_for_region("650400" if region[:2] == "65" else region, start.date(), demo=True)
        assert pack is not None
        blocks = [(block.starts, block.ends) for block in pack.hours.blocks]
        assert any(a <= start.time() and end.time() <= b for a, b in blocks), class_no
        taught[class_no, start.date()] = taught.get((class_no, start.date()), 0) + meeting.hours
    assert max(taught.values()) == 8


def test_turpan_teaches_from_half_past_nine_and_until_eight(demo: Session) -> None:
    rows = demo.scalars(
        select(TrainingSession)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(TrainingClass.region_code == "650402", TrainingClass.class_no.not_like("YA%"))
        .where(TrainingClass.class_no.not_like("YB%"))
    ).all()
    begins = {meeting.starts_at.astimezone(ZONE).strftime("%H:%M") for meeting in rows}
    assert begins == {"09:30", "16:30"}


def test_no_room_is_taken_twice_and_one_teacher_for_the_officer_to_find(demo: Session) -> None:
    rows = demo.execute(
        select(
            TrainingSession.instructor_id,
            TrainingClass.institution_id,
            TrainingSession.room,
            TrainingSession.starts_at,
            TrainingSession.ends_at,
        ).join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
    ).all()
    keys: list[tuple[Callable[[Any], Any], int]] = [
        (lambda row: row[0], 1),
        (lambda row: row[1:3], 0),
    ]
    for key, twice in keys:
        own: dict[Any, list[tuple[datetime, datetime]]] = {}
        for row in rows:
            own.setdefault(key(row), []).append((row[3], row[4]))
        clashes = [
            (one, two)
            for spans in own.values()
            for one, two in pairwise(sorted(spans))
            if one[1] > two[0]
        ]
        assert len(clashes) == twice


def test_institutions_are_public_private_and_online_and_unlisted_nowhere(demo: Session) -> None:
    rows = demo.execute(select(Institution.name, Institution.kind, Institution.ownership)).all()
    names = {row.name for row in rows}
    assert names >= {"吐鲁番市职业技术学院", "鄯善县技工学校", "托克逊县技工学校"}
    assert {row.ownership for row in rows} == {"public", "private"}
    assert "ONLINE_PLATFORM" in {row.kind for row in rows}
    in_force = select(func.count()).where(CatalogVersion.status == "published")
    assert (
        demo.scalar(in_force) == 12 + len(files.standard_files()) + 1 + 6
    )  # a supplement, other kinds


def test_every_person_has_a_number_that_nobody_can_hold(demo: Session) -> None:
    sealed = demo.scalars(select(Person.id_no_enc)).all()
    assert len(sealed) > 150
    assert all(is_demo_number(get_vault().open("id_no", one)) for one in sealed)


def test_names_of_every_people_and_rare_characters_occur(demo: Session) -> None:
    names = "".join(demo.scalars(select(Person.name)))
    assert all(char in names for char in "·䶮㛃𬭚")


@pytest.mark.parametrize(
    ("number", "role"),
    [
        *((number, "trainee") for number in (1, 2, 3, 4, 20)),
        *((101, "manager"), (102, "instructor"), (201, "officer"), (202, "auditor")),
    ],
)
def test_the_accounts_of_the_contract_log_in(demo: Session, number: int, role: str) -> None:
    log_in(demo, number)
    assert account(demo, number).role == role


def test_the_accounts_are_who_the_contract_says(demo: Session) -> None:
    def groups(number: int) -> set[str]:
        person = account(demo, number).person_id
        query = select(PersonGroup.group_code).where(PersonGroup.person_id == person)
        return set(demo.scalars(query))

    assert "MIGRANT" in groups(1)
    assert "VETERAN" in groups(2)
    assert "AIDED_FAMILY" in groups(3)
    pensions = select(PersonFact.value).where(
        PersonFact.person_id == account(demo, 4).person_id, PersonFact.kind == "pension"
    )
    assert demo.scalar(pensions) == {"draws": "employee"}
    home = demo.get_one(Institution, account(demo, 101).institution_id)
    assert home.name == "吐鲁番市职业技术学院"
    assert account(demo, 102).institution_id == home.id
    assert account(demo, 201).region_code == account(demo, 202).region_code == "650400"


def test_nobody_had_more_subsidies_than_the_rules_allow_and_the_first_may_still_enrol(
    demo: Session,
) -> None:
    rows = demo.execute(
        text(
            "SELECT person_id, year, bucket, count(*) AS had FROM subsidy_reservation"
            " WHERE bucket IS NOT NULL GROUP BY 1, 2, 3"
        )
    ).all()
    assert {row.had for row in rows} == {1}
    this_year = {row.person_id for row in rows if row.year == day_of(NOW).year}
    mine = [account(demo, number).person_id for number in range(1, 21)]
    assert this_year.isdisjoint(mine[:4] + mine[12:])
    assert this_year & set(mine[4:12])


def test_the_first_trainee_has_a_certificate_and_a_running_class_with_hours(demo: Session) -> None:
    view = archive.my_archive(demo, actor(demo, 1), now=NOW)
    lines = {line.status: line for line in view.lines}
    assert any(line.certificate_number for line in view.lines)
    assert view.intact
    running = [line for line in view.lines if line.status == "running" and line.hours]
    assert running, lines
    assert 0 < running[0].hours < running[0].hours_planned


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_first_three_can_sign_in_now_and_again_within_the_hour(
    demo: Session, number: int
) -> None:
    person = account(demo, number).person_id
    meetings = demo.scalars(
        select(TrainingSession)
        .join(Enrolment, Enrolment.class_id == TrainingSession.class_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .where(Enrolment.person_id == person, Enrolment.status == "accepted")
        .where(TrainingClass.institution_id == account(demo, 102).institution_id)
        .where(TrainingSession.instructor_id == account(demo, 102).id)
    ).all()
    for minutes in range(0, 8 * 60, 7):
        at = NOW + timedelta(minutes=minutes)
        assert any(each.sign_in_from <= at < each.sign_in_until for each in meetings), minutes


def test_the_instructor_finds_todays_sessions_and_sheets_to_confirm(demo: Session) -> None:
    day = teaching_day.today_sessions(demo, actor(demo, 102), now=NOW)
    assert any(card.phase == "in" and card.is_mine for card in day.today)
    assert any(card.present_count for card in day.today)
    assert day.unconfirmed


def test_whoever_is_there_already_scanned_a_screen_that_was_on(demo: Session) -> None:
    day = teaching_day.today_sessions(demo, actor(demo, 102), now=NOW)
    (first,) = (card for card in day.today if card.phase == "in" and card.present_count)
    meeting = demo.get_one(TrainingSession, first.session_id)
    came = demo.scalars(
        select(AttendanceEvent.occurred_at).where(AttendanceEvent.session_id == meeting.id)
    )
    assert meeting.screen_opened_at is not None
    assert meeting.screen_opened_at <= min(came)


def test_a_trainee_without_classes_can_enrol_in_an_open_one(demo: Session) -> None:
    token = log_in(demo, 20)
    demo.commit()
    found = find_classes(demo, ANONYMOUS, query=ClassQuery(has_seats=True), now=NOW)
    assert found.total >= 40
    view = enrol_now(
        token_hash(token),
        found.items[-1].id,
        commitment_version=commitment.current().version,
        idempotency_key=None,
        channel="web",
        now=NOW,
    )
    assert view.status == "accepted"


def test_claims_stand_at_every_stage_of_their_way(demo: Session) -> None:
    states = set(demo.scalars(select(SubsidyClaim.state)))
    assert states == {
        "submitted", "returned", "county_review", "public_notice", "approved", "closed",
    }  # fmt: skip


def test_every_change_of_the_demo_left_a_trace(demo: Session) -> None:
    found = set(demo.scalars(select(AuditEvent.action).distinct()))
    assert found >= {
        *("publishing.publish", "account.register", "catalogue.create_class", "enrolment.enrol"),
        *("attendance.confirm", "attendance.correct", "results.record", "class.finish"),
        "certificate.issue",
    }


def test_again_at_the_same_moment_changes_nothing(demo: Session) -> None:
    before = counts(demo)
    load()
    assert counts(demo) == before


def test_the_same_day_later_changes_nothing_while_a_trial_is_running(demo: Session) -> None:
    before = counts(demo)
    load(NOW + timedelta(hours=1))
    assert counts(demo) == before


def test_a_catalogue_that_the_authority_published_since_is_left_in_force(demo: Session) -> None:
    in_force = select(CatalogVersion.id).where(
        CatalogVersion.kind == "programme", CatalogVersion.status == "published"
    )
    withdrawn = update(CatalogVersion).where(CatalogVersion.id.in_(demo.scalars(in_force).all()))
    demo.execute(withdrawn.values(status="superseded"))
    demo.commit()
    load()
    assert demo.scalars(in_force).all() == []
    demo.execute(withdrawn.values(status="published"))
    demo.commit()


def test_later_days_add_trials_and_classes_and_finish_what_is_over(demo: Session) -> None:
    # The last test of this module: time does not run backwards.
    before = counts(demo)
    for days in (1, 2, 9):
        load(NOW + timedelta(days=days))
    later = NOW + timedelta(days=9)
    fresh = select(func.count()).where(
        TrainingClass.class_no.like(f"{seeds.NOW}%"),
        TrainingClass.starts_on == day_of(later),
    )
    assert demo.scalar(fresh) == 1
    open_now = select(func.count()).where(
        TrainingClass.status == "enrolling", TrainingClass.enrol_until > later
    )
    assert (demo.scalar(open_now) or 0) >= 60
    after = counts(demo)
    assert after["certificate"] > before["certificate"]
    assert after["person"] == before["person"]


def test_the_calendar_depends_on_the_day_alone() -> None:
    day = day_of(NOW)
    assert list(calendar.upcoming(day)) == list(calendar.upcoming(day))
    tomorrow = {slot.class_no: slot for slot in calendar.upcoming(day + timedelta(days=1))}
    for slot in calendar.upcoming(day):
        assert tomorrow.get(slot.class_no, slot) == slot
