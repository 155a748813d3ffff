"""What each side sees in its lists, and what everybody sees on public notice."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent, PersonFact
from portal.domain.errors import Forbidden, NotFound
from portal.domain.permissions import ANONYMOUS, Role
from portal.locale import t
from portal.services.claims import board, claimable, filing, lists, opening, own, review, views
from tests.support import claims
from tests.support import factories as make
from tests.support.claims import NOW, School, add_learner, claim_of, taught
from tests.support.policy import set_fact


def test_the_queue_shows_the_region_by_the_day_due(saved: Session, school: School) -> None:
    of = taught(saved, school)
    claim_id = claims.filed(saved, of)
    first = lists.queue(saved, school.officer, now=NOW)
    assert claim_id not in {row.claim_id for row in first.page.items}
    assert dict(first.counts)["submitted"] >= 1
    review.check(saved, school.instructor, claim_id=claim_id, now=NOW)
    found = lists.queue(saved, school.officer, size=100, now=NOW + timedelta(days=9))
    (row,) = [one for one in found.page.items if one.claim_id == claim_id]
    assert (row.people, row.waiting, row.amount_fen, row.late) == (2, 2, 240_000, True)
    assert row.payee == school.institution.name
    days = [one.due_on for one in found.page.items]
    assert days == sorted(days)
    far = make.make_actor(saved, Role.OFFICER, region_code="430000")
    assert lists.queue(saved, far, now=NOW).page.total == 0
    with pytest.raises(Forbidden):
        lists.queue(saved, school.manager, now=NOW)


def test_staff_see_their_own_claims_and_those_they_must_check(
    saved: Session, school: School
) -> None:
    of = taught(saved, school, people=1, fee_fen=30_000)
    mine = opening.open_claim(saved, of.actors[0], class_id=of.made.id, now=NOW)
    assert lists.own_claims(saved, school.instructor, now=NOW).items == ()
    filing.submit(saved, of.actors[0], claim_id=mine, now=NOW)
    (row,) = lists.own_claims(saved, school.instructor, now=NOW).items
    assert (row.claim_id, row.payee_type, row.payee) == (mine, "person", "王*强")
    (own_row,) = lists.own_claims(saved, of.actors[0], now=NOW).items
    assert own_row.claim_id == mine


def test_classes_with_money_left_are_offered_until_all_are_claimed_for(
    saved: Session, school: School
) -> None:
    of = taught(saved, school)
    (offer,) = claimable.claimable(saved, school.manager, now=NOW)
    assert (offer.class_id, offer.people, offer.ahead) == (of.made.id, 2, False)
    assert claimable.claimable(saved, school.manager, now=NOW + timedelta(days=400)) == []
    claims.filed(saved, of)
    assert claimable.claimable(saved, school.manager, now=NOW) == []


def test_a_running_class_is_offered_only_where_an_advance_is_possible(
    saved: Session, school: School
) -> None:
    claims.standard(saved, 120_000, training_type="PROJECT")
    taught(saved, school, status="running")
    of = taught(saved, school, status="running", training_type="PROJECT")
    (offer,) = claimable.claimable(saved, school.manager, now=NOW)
    assert (offer.class_id, offer.ahead) == (of.made.id, True)


def test_an_employer_is_offered_the_classes_of_its_people(saved: Session, school: School) -> None:
    claims.standard(saved, 120_000, training_type="ON_JOB_UP")
    _, boss, account = claims.employer(saved)
    of = taught(saved, school, people=1, training_type="ON_JOB_UP", plan_no="9")
    assert claimable.claimable(saved, boss, now=NOW) == []
    add_learner(saved, of, employer=account)
    (offer,) = claimable.claimable(saved, boss, now=NOW)
    assert (offer.class_id, offer.people) == (of.made.id, 1)
    claim_id = opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)
    assert claim_of(saved, claim_id).payee_employer_id == boss.employer_id


@pytest.mark.parametrize(("source", "seen"), [("employer", 0), ("self", 1)])
def test_an_employers_own_word_shows_it_nobodys_class(
    saved: Session, school: School, source: str, seen: int
) -> None:
    """Whoever knows a stranger's number could otherwise find out where the stranger learns."""
    claims.standard(saved, 120_000, training_type="ON_JOB_UP")
    named, boss, _ = claims.employer(saved)
    of = taught(saved, school, people=1, training_type="ON_JOB_UP", plan_no="9")
    set_fact(saved, of.people[0].id, "employment", employer_uscc=named.uscc)
    fact = saved.scalars(
        select(PersonFact).where(
            PersonFact.person_id == of.people[0].id, PersonFact.kind == "employment"
        )
    ).one()
    fact.source = source
    saved.commit()
    assert len(claimable.claimable(saved, boss, now=NOW)) == seen
    if not seen:
        with pytest.raises(NotFound):
            opening.open_claim(saved, boss, class_id=of.made.id, now=NOW)


def test_a_person_is_offered_the_money_that_is_the_persons_own(
    saved: Session, school: School
) -> None:
    claims.standard(saved, 3_000, kind="living_allowance", unit="day")
    of = taught(saved, school, people=1)
    add_learner(saved, of, group="POOR_LABOUR")
    plain, poor = of.actors
    assert own.my_claims(saved, plain, now=NOW).rights == ()
    (right,) = own.my_claims(saved, poor, now=NOW).rights
    assert (right.kind, right.amount_fen, right.days) == ("living_allowance", 3_000, 1)
    for _ in range(2):
        own.claim_own(saved, poor, class_id=of.made.id, kind=right.kind, now=NOW)
    mine = own.my_claims(saved, poor, now=NOW)
    assert (mine.rights, mine.asked) == ((), ())
    assert [(one.kind, one.state) for one in mine.own] == [("living_allowance", "confirmed")]


def test_a_notice_masks_names_and_ends_by_itself(saved: Session, school: School) -> None:
    of = taught(saved, school, people=0)
    add_learner(saved, of, name="阿依古丽·买买提")
    add_learner(saved, of, name="王小强")
    claim_id = claims.filed(saved, of)
    claims.all_agree(saved, of, claim_id)
    claims.reviewed(saved, of, claim_id)
    number = claim_of(saved, claim_id).claim_no

    def shown(days: int = 0) -> list[board.PublicNotice]:
        found = board.notices(saved, ANONYMOUS, now=NOW + timedelta(days=days))
        return [one for one in found if one.claim_no == number]

    assert shown() == []
    review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    (notice,) = shown()
    assert (notice.people, notice.amount_fen, notice.payee) == (
        2,
        240_000,
        school.institution.name,
    )
    assert sorted(line.name for line in notice.lines) == ["王*强", "阿*·买*"]
    assert "阿依古丽" not in repr(notice)
    assert len(shown(7)) == 1
    assert shown(8) == []


def test_money_for_people_in_need_is_published_without_names(
    saved: Session, school: School
) -> None:
    claims.standard(saved, 3_000, kind="living_allowance", unit="day")
    of = taught(saved, school, people=0)
    add_learner(saved, of, name="王小强", group="POOR_LABOUR")
    claim_id = opening.open_claim(
        saved, of.actors[0], class_id=of.made.id, kind="living_allowance", now=NOW
    )
    filing.submit(saved, of.actors[0], claim_id=claim_id, now=NOW)
    claims.reviewed(saved, of, claim_id)
    review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    number = claim_of(saved, claim_id).claim_no
    (notice,) = [one for one in board.notices(saved, ANONYMOUS, now=NOW) if one.claim_no == number]
    assert (notice.people, notice.lines, notice.payee) == (1, (), "")
    assert "王" not in repr(notice)


def test_an_institution_never_sees_who_asks_for_money_of_people_in_need(
    saved: Session, school: School
) -> None:
    claims.standard(saved, 3_000, kind="living_allowance", unit="day")
    of = taught(saved, school, people=0)
    add_learner(saved, of, group="POOR_LABOUR")
    claim_id = opening.open_claim(
        saved, of.actors[0], class_id=of.made.id, kind="living_allowance", now=NOW
    )
    filing.submit(saved, of.actors[0], claim_id=claim_id, now=NOW)
    # Its own confirmed sheets stand for its check.
    assert claim_of(saved, claim_id).state == "institution_checked"
    for staff in (school.manager, school.instructor):
        assert lists.own_claims(saved, staff, now=NOW).items == ()
        with pytest.raises(NotFound):
            views.claim(saved, staff, claim_id=claim_id, now=NOW)
        with pytest.raises(NotFound):
            review.check(saved, staff, claim_id=claim_id, now=NOW)


def test_a_class_for_a_sensitive_group_is_published_without_names(
    saved: Session, school: School
) -> None:
    of = taught(saved, school, people=2, group_codes=["YOUTH", "VETERAN"])
    claim_id = claims.filed(saved, of)
    claims.all_agree(saved, of, claim_id)
    claims.reviewed(saved, of, claim_id)
    review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    number = claim_of(saved, claim_id).claim_no
    (notice,) = [one for one in board.notices(saved, ANONYMOUS, now=NOW) if one.claim_no == number]
    assert (notice.people, notice.lines) == (2, ())
    assert notice.payee == school.institution.name


def test_the_office_reads_why_it_cannot_go_on_and_what_is_left_open(
    saved: Session, school: School
) -> None:
    of = taught(saved, school, people=1)
    claim_id = claims.filed(saved, of)
    claims.reviewed(saved, of, claim_id)
    seen = views.claim(saved, school.officer, claim_id=claim_id, now=NOW)
    assert seen.blocked == t("claims.refused.answers_open", count=1)
    (line,) = seen.lines
    assert any("养老金" in text for text in line.open_rules)
    # The rules speak to the person; an officer reads the same about somebody.
    assert "您" not in "".join(line.open_rules)
    theirs = views.claim(saved, school.manager, claim_id=claim_id, now=NOW)
    assert (theirs.blocked, theirs.lines[0].open_rules) == ("", ())
    claims.all_agree(saved, of, claim_id)
    review.publish(saved, school.officer, claim_id=claim_id, now=NOW)
    published = saved.scalars(
        select(AuditEvent).where(
            AuditEvent.object_id == str(claim_id), AuditEvent.action == "claims.publish"
        )
    ).one()
    assert (published.detail or {})["decided_on"] == {"R04": 1}
