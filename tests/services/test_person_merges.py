"""Two records become one person, and can become two again; nothing is rewritten by either."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Account,
    ArchiveEntry,
    AuditEvent,
    Enrolment,
    Notice,
    Person,
    PersonMerge,
    SmsMessage,
    SocialCardBinding,
    SubsidyReservation,
)
from portal.db.vault import get_vault
from portal.domain.errors import AccountExists, BadInput, Forbidden, NotFound, Unauthenticated
from portal.domain.identity import IdType, parse_id_document
from portal.domain.permissions import ANONYMOUS, Actor, Role
from portal.domain.person_errors import MergeRefused
from portal.services import accounts, archive_chain
from portal.services.one_person import ids_of, kept
from portal.services.person_merge_requests import ask
from portal.services.person_merges import UNDO_FOR, MergeView, preview, recent, undo
from portal.services.sms import phone_hash_of
from tests.support import factories as make
from tests.support import persons
from tests.support.certificates import learned, put_on_record
from tests.support.factories import NOW
from tests.support.persons import CHECKED, WHY, merged, officer, resident
from tests.support.policy import had_subsidy

LATER = NOW + timedelta(days=3)


def pair(session: Session, **other: Any) -> tuple[Person, Person]:
    one, two = resident(session), resident(session, **other)
    session.commit()
    return one, two


def join(session: Session, by: Actor, one: Person, two: Person, now: Any = NOW) -> MergeView:
    return merged(session, one, two, by=by, now=now)


def kinds(session: Session, by: Actor, one: Person, two: Person) -> set[str]:
    found = preview(session, by, kept_id=one.id, merged_id=two.id, now=NOW)
    return {conflict.kind for conflict in found.conflicts}


# Merging


def test_two_records_count_as_one_from_then_on(session: Session) -> None:
    one, two = pair(session)
    assert ids_of(session, one.id) == (one.id,)
    join(session, officer(session), one, two)
    assert set(ids_of(session, two.id)) == set(ids_of(session, one.id)) == {one.id, two.id}
    assert ids_of(session, two.id)[0] == kept(session, two.id) == one.id


def test_whoever_logs_in_with_either_acts_as_the_kept_one(session: Session) -> None:
    one, two = pair(session, name="王晓强")
    join(session, officer(session), one, two)
    actor = persons.trainee(session, two)
    assert (actor.person_id, actor.name) == (one.id, "王小强")
    assert actor.the_records() == (one.id, two.id)


def test_nothing_is_rewritten_by_a_merge(session: Session) -> None:
    one, two = pair(session)
    make.enrol(session, two, make.make_class(session))
    had_subsidy(session, two.id)
    learned(session, persons.trainee(session, two), NOW)
    tables = ("enrolment", "subsidy_reservation", "archive_entry")
    before = {name: rows_of(session, name, two.id) for name in tables}
    join(session, officer(session), one, two)
    assert {name: rows_of(session, name, two.id) for name in tables} == before
    assert all(before.values())


def rows_of(session: Session, table: str, person_id: UUID) -> list[str]:
    query = text(f"SELECT CAST(t AS text) FROM {table} t WHERE person_id = :id ORDER BY 1")
    return list(session.scalars(query, {"id": person_id}))


def test_the_kept_archive_names_where_the_other_one_stood(session: Session) -> None:
    one, two = pair(session)
    head = learned(session, persons.trainee(session, two), NOW).hash
    join(session, officer(session), one, two)
    line = archive_chain.entries_of(session, one.id)[-1]
    assert (line.kind, line.detail["other_head"]) == ("merge", head)
    assert (line.detail["other_lines"], line.detail["other_record"]) == (1, str(two.id))
    assert line.institution_name.startswith("吐鲁番市")
    assert archive_chain.verify_chain(session, one.id) is None
    assert archive_chain.verify_chain(session, two.id) is None


def test_a_merge_is_told_to_the_person_and_audited_for_both(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    join(session, by, one, two)
    told = session.scalars(select(Notice.kind).where(Notice.person_id == one.id)).all()
    assert told == ["records_merged"]
    query = select(AuditEvent.on_behalf_of).where(
        AuditEvent.actor_account_id == by.account_id,
        AuditEvent.action == "person.merge",
        AuditEvent.reason == CHECKED,
    )
    assert set(session.scalars(query)) == {one.id, two.id}


def test_a_merge_names_both_officers_and_why(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = join(session, by, one, two)
    row = session.get_one(PersonMerge, done.id)
    assert row.confirmed_by == by.account_id != row.officer_account_id
    assert (row.reason, row.conflicts) == (WHY, {"found": []})


def test_a_merge_of_before_two_were_needed_stands_and_can_be_undone(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = join(session, by, one, two)
    session.get_one(PersonMerge, done.id).confirmed_by = None
    session.commit()
    assert done.id in [view.id for view in recent(session, by, now=LATER)]
    undo(session, by, merge_id=done.id, reason=WHY, now=LATER)
    assert ids_of(session, two.id) == (two.id,)


# What both have at once


def test_two_plain_duplicates_contradict_each_other_nowhere(session: Session) -> None:
    one, two = pair(session)
    assert kinds(session, officer(session), one, two) == set()


def test_every_contradiction_is_told_before(session: Session) -> None:
    one, two = pair(
        session, name="李四", name_key="李四", birth_date=persons.BORN + timedelta(days=400)
    )
    one.sex_code, two.sex_code = "1", "2"
    same = make.make_class(session)
    make.enrol(session, one, same)
    make.enrol(session, two, same)
    make.enrol(session, two, make.make_class(session, first_start=NOW + timedelta(days=90)))
    make.enrol(session, two, make.make_class(session, first_start=NOW))
    make.enrol(session, one, make.make_class(session, first_start=NOW))
    for who in (one, two):
        had_subsidy(session, who.id)
        put_on_record(session, persons.trainee(session, who), NOW)
        session.add(card_row(who))
    close_account(session, two)
    found = preview(session, officer(session), kept_id=one.id, merged_id=two.id, now=NOW)
    assert [conflict.kind for conflict in found.conflicts] == [
        *("name", "birth", "sex", "time", "class", "subsidy", "certificate", "card")
    ]
    assert all(conflict.text for conflict in found.conflicts)
    assert (found.merged.enrolments, found.merged.subsidies, found.merged.cards) == (3, 1, 1)
    assert (found.merged.certificates, found.merged.lines, found.kept.has_account) == (1, 1, True)


def close_account(session: Session, who: Person) -> None:
    session.flush()
    session.execute(update(Account).where(Account.person_id == who.id).values(status="closed"))
    session.commit()


def card_row(person: Person) -> SocialCardBinding:
    return SocialCardBinding(
        person_id=person.id,
        number_enc=b"sealed",
        number_hash=new_id().bytes,
        issuing_region="650000",
        status="bound",
        source="self",
        bound_at=NOW,
    )


def test_classes_at_different_times_and_years_are_no_contradiction(session: Session) -> None:
    one, two = pair(session)
    make.enrol(session, one, make.make_class(session, first_start=NOW))
    make.enrol(session, two, make.make_class(session, first_start=NOW + timedelta(days=30)))
    had_subsidy(session, one.id)
    had_subsidy(session, two.id, year=2025)
    put_on_record(session, persons.trainee(session, one), NOW)
    put_on_record(session, persons.trainee(session, two), NOW, level=4)
    close_account(session, two)
    assert kinds(session, officer(session), one, two) == set()


def test_only_a_few_of_a_kind_are_listed_and_the_rest_counted(session: Session) -> None:
    one, two = pair(session)
    for day in range(7):
        at = NOW + timedelta(days=10 * day)
        make.enrol(session, one, make.make_class(session, first_start=at, title=f"电工{day}班"))
        make.enrol(session, two, make.make_class(session, first_start=at, title=f"焊工{day}班"))
    found = preview(session, officer(session), kept_id=one.id, merged_id=two.id, now=NOW)
    assert [conflict.text for conflict in found.conflicts][-2:] == [
        "两份档案在同一时间上过不同的课：电工4班；焊工4班。",
        "同类情况还有 2 处。",
    ]


def test_what_came_up_after_the_look_must_be_seen_first(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    seen = preview(session, by, kept_id=one.id, merged_id=two.id, now=NOW).seen
    same = make.make_class(session)
    make.enrol(session, one, same)
    make.enrol(session, two, same)
    with pytest.raises(MergeRefused):
        ask(session, by, kept_id=one.id, merged_id=two.id, reason=WHY, seen=seen, now=NOW)


def test_looking_at_both_is_audited_for_both(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    preview(session, by, kept_id=one.id, merged_id=two.id, now=NOW)
    query = select(AuditEvent).where(AuditEvent.action == "person.compare")
    rows = session.scalars(query.where(AuditEvent.actor_account_id == by.account_id)).all()
    assert {row.on_behalf_of for row in rows} == {one.id, two.id}
    assert all("id_no" in (row.fields_read or []) for row in rows)


# Refusals


def test_a_record_is_not_merged_with_itself(session: Session) -> None:
    one = resident(session)
    with pytest.raises(MergeRefused):
        ask(
            session, officer(session), kept_id=one.id, merged_id=one.id, reason=WHY, seen="",
            now=NOW,
        )  # fmt: skip


def test_no_chains_and_no_rings(session: Session) -> None:
    by = officer(session)
    (one, two), third = pair(session), resident(session)
    join(session, by, one, two)
    refused = [(two, one), (third, one), (third, two), (two, third)]
    for keeps, goes in refused:
        with pytest.raises(MergeRefused):
            preview(session, by, kept_id=keeps.id, merged_id=goes.id, now=NOW)
        with pytest.raises(MergeRefused):
            ask(session, by, kept_id=keeps.id, merged_id=goes.id, reason=WHY, seen="", now=NOW)
    join(session, by, one, third)
    assert set(ids_of(session, third.id)) == {one.id, two.id, third.id}


def test_two_with_a_login_each_are_not_merged_over_their_heads(session: Session) -> None:
    victim, accomplice = pair(session)
    for one in (victim, accomplice):
        make.make_account(session, person=one)
    session.commit()
    by = officer(session)
    for keeps, goes in ((victim, accomplice), (accomplice, victim)):
        ids = {"kept_id": keeps.id, "merged_id": goes.id}
        with pytest.raises(MergeRefused) as refused:
            preview(session, by, **ids, now=NOW)
        assert "注销" in refused.value.params["why"]
        with pytest.raises(MergeRefused):
            ask(session, by, **ids, reason=WHY, seen="", now=NOW)
    close_account(session, accomplice)
    join(session, by, victim, accomplice)  # its holder closed it, with the password
    assert ids_of(session, accomplice.id)[0] == victim.id


def test_nobody_registers_for_a_record_whose_merged_login_opens_it(session: Session) -> None:
    listed, owned = pair(session)
    make.make_account(session, person=owned)
    session.commit()
    join(session, officer(session), listed, owned)
    identity = parse_id_document(IdType.RESIDENT_ID, persons.number_of(listed), today=NOW.date())
    form = accounts.Registration(identity, listed.name, "13900990099", "Demo-2026!")
    with pytest.raises(AccountExists):
        accounts.register(session, ANONYMOUS, form=form, now=NOW)


def test_the_phones_of_both_records_hear_of_a_merge(session: Session) -> None:
    vault = get_vault()
    one, two = pair(session)
    for person, phone in ((one, "13900990011"), (two, "13900990012")):
        person.phone_enc = vault.seal("phone", phone)
    session.commit()
    join(session, officer(session), one, two)
    sent = select(SmsMessage).where(SmsMessage.purpose == "notice.records_merged.sms")
    told = {row.phone_hash for row in session.scalars(sent)}
    wanted = ("13900990011", "13900990012")
    assert told == {phone_hash_of(phone) for phone in wanted}


def test_one_elsewhere_is_not_found(session: Session) -> None:
    one, two = pair(session, residence_region="150102")
    by = officer(session)
    for ids in ((one.id, two.id), (two.id, one.id), (one.id, new_id())):
        with pytest.raises(NotFound):
            preview(session, by, kept_id=ids[0], merged_id=ids[1], now=NOW)
        with pytest.raises(NotFound):
            ask(session, by, kept_id=ids[0], merged_id=ids[1], reason=WHY, seen="", now=NOW)
    national = officer(session, region_code="000000")
    assert preview(session, national, kept_id=one.id, merged_id=two.id, now=NOW).conflicts == ()


def test_nobody_merges_their_own_record(session: Session) -> None:
    one = resident(session)
    me = resident(session)
    by = officer(session, person=me)
    for ids in ((one.id, me.id), (me.id, one.id)):
        with pytest.raises(Forbidden):
            preview(session, by, kept_id=ids[0], merged_id=ids[1], now=NOW)


def test_a_reason_is_asked(session: Session) -> None:
    one, two = pair(session)
    with pytest.raises(BadInput):
        ask(
            session, officer(session), kept_id=one.id, merged_id=two.id, reason=" 是 ", seen="",
            now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.MANAGER, Role.AUDITOR, Role.HELPER])
def test_only_officers_merge(session: Session, role: Role) -> None:
    one, two = pair(session)
    who = (
        make.make_actor(session, role, institution=make.make_institution(session))
        if role is Role.MANAGER
        else make.make_actor(session, role)
    )
    done = {"kept_id": one.id, "merged_id": two.id, "now": NOW}
    for act in (
        partial(preview, session, who, **done),
        partial(ask, session, who, **done, reason=WHY, seen=""),
        partial(undo, session, who, merge_id=new_id(), reason=WHY, now=NOW),
        partial(recent, session, who, now=NOW),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(Unauthenticated):
        recent(session, ANONYMOUS, now=NOW)


# Undoing


def test_within_thirty_days_they_become_two_again(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = join(session, by, one, two)
    assert done.id in [view.id for view in recent(session, by, now=LATER)]
    undone = undo(session, by, merge_id=done.id, reason=WHY, now=NOW + UNDO_FOR - timedelta(1))
    assert undone.undone_at is not None
    assert not undone.can_undo
    assert ids_of(session, two.id) == (two.id,)
    assert persons.trainee(session, two).person_id == two.id
    assert done.id not in [view.id for view in recent(session, by, now=LATER)]


def test_the_archive_keeps_both_lines_and_the_latter_takes_the_place(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = join(session, by, one, two)
    undo(session, by, merge_id=done.id, reason=WHY, now=LATER)
    entries = archive_chain.entries_of(session, one.id)
    assert [entry.kind for entry in entries] == ["merge", "correction"]
    assert entries[1].supersedes == entries[0].id
    assert [entry.detail["status"] for entry in entries] == ["recorded", "undone"]
    assert archive_chain.verify_chain(session, one.id) is None


def test_undoing_is_told_to_both_and_audited(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = join(session, by, one, two)
    undo(session, by, merge_id=done.id, reason=WHY, now=LATER)
    query = select(Notice.person_id).where(Notice.kind == "records_parted")
    assert set(session.scalars(query.where(Notice.person_id.in_((one.id, two.id))))) == {
        one.id,
        two.id,
    }
    acts = select(func.count()).where(
        AuditEvent.actor_account_id == by.account_id, AuditEvent.action == "person.unmerge"
    )
    assert session.scalar(acts) == 2


def test_after_thirty_days_it_stands(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = join(session, by, one, two)
    with pytest.raises(MergeRefused):
        undo(session, by, merge_id=done.id, reason=WHY, now=NOW + UNDO_FOR)
    assert done.id not in [view.id for view in recent(session, by, now=NOW + UNDO_FOR)]


def test_what_was_begun_under_each_goes_with_it_and_what_came_since_stays(
    session: Session,
) -> None:
    one, two = pair(session)
    by = officer(session)
    before = make.enrol(session, two, make.make_class(session)).id
    done = join(session, by, one, two)
    assert done.stays.enrolments == 0
    since = make.enrol(session, one, make.make_class(session, first_start=NOW + timedelta(days=60)))
    since.created_at = LATER
    session.flush()
    assert stays_of(session, by, done) == 1
    undo(session, by, merge_id=done.id, reason=WHY, now=LATER)
    whose = dict(session.execute(select(Enrolment.id, Enrolment.person_id)).tuples().all())
    assert (whose[before], whose[since.id]) == (two.id, one.id)


def stays_of(session: Session, by: Actor, done: MergeView) -> int:
    listed = {view.id: view for view in recent(session, by, now=LATER)}
    return listed[done.id].stays.enrolments


def test_undoing_again_changes_nothing_and_another_merge_may_follow(session: Session) -> None:
    one, two = pair(session)
    by = officer(session)
    done = join(session, by, one, two)
    first = undo(session, by, merge_id=done.id, reason=WHY, now=LATER)
    again = undo(session, by, merge_id=done.id, reason=WHY, now=LATER + timedelta(days=1))
    assert again.undone_at == first.undone_at == LATER
    assert join(session, by, two, one, now=LATER).id != done.id
    assert kept(session, one.id) == two.id


def test_an_unknown_merge_and_one_elsewhere_are_not_found(session: Session) -> None:
    one, two = pair(session)
    done = join(session, officer(session), one, two)
    elsewhere = officer(session, region_code="150000")
    for by, merge_id in ((officer(session), new_id()), (elsewhere, done.id)):
        with pytest.raises(NotFound):
            undo(session, by, merge_id=merge_id, reason=WHY, now=LATER)
    assert done.id not in [view.id for view in recent(session, elsewhere, now=LATER)]


def test_the_database_allows_one_open_merge_of_a_record(session: Session) -> None:
    one, two = pair(session)
    done = join(session, officer(session), one, two)
    row = session.get_one(PersonMerge, done.id)
    assert row.conflicts == {"found": []}
    assert row.undo_until == NOW + UNDO_FOR
    lines = select(func.count()).where(ArchiveEntry.person_id.in_((one.id, two.id)))
    assert session.scalar(lines) == 1
    taken = select(func.count()).where(SubsidyReservation.person_id == one.id)
    assert session.scalar(taken) == 0
