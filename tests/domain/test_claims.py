"""The steps of a claim: from where, by whom, and what is in the way."""

from dataclasses import replace
from datetime import date
from typing import Any, get_args
from uuid import UUID

import pytest

from portal.domain import claim_errors, claims
from portal.domain.claim_errors import (
    AnsweredInIt,
    AnswersOpen,
    ClaimLate,
    ClaimRefused,
    ClaimStopped,
    ConfirmedTheClass,
    FiledIt,
    NoAdvance,
    NothingToClaim,
    NoticeRuns,
    NotOverYet,
    ReviewedIt,
    WrongStep,
)
from portal.domain.claim_ledger import Ledger, Line
from portal.domain.claims import STEPS, Act, Claim, Doer, Party, State
from portal.locale import has

ME, OTHER = UUID(int=1), UUID(int=2)
TODAY = date(2026, 12, 1)
YES = Line(120_000, "confirmed")


def claim(state: State, *lines: Line, **fields: Any) -> Claim:
    """A claim of one confirmed line whose notice is over; nothing is in its way."""
    base = Claim(
        state=state, lines=lines or (YES,), ledger=Ledger(), today=TODAY,
        file_by=date(2027, 1, 1), filed_by=OTHER, reviewed_by=OTHER,
        public_until=date(2026, 11, 30),
    )  # fmt: skip
    return replace(base, **fields)


def refused(act: Act, of: Claim, party: Party) -> ClaimRefused | None:
    return claims.refusal(act, of, Doer(party, ME))


# One row an act: the states it begins in, the sides that may, and where it leads.
TABLE: list[tuple[Act, set[str], set[str], str | None]] = [
    ("refresh", {"draft", "returned"}, {"claimer"}, None),
    ("submit", {"draft", "returned"}, {"claimer"}, "submitted"),
    ("withdraw", {"draft", "submitted", "returned"}, {"claimer"}, "closed"),
    ("check", {"submitted"}, {"institution"}, "institution_checked"),
    ("take_up", {"institution_checked"}, {"office"}, "county_review"),
    ("pay_advance", {"county_review"}, {"office"}, None),
    ("settle", {"county_review"}, {"claimer"}, "returned"),
    ("excuse", {"submitted", "institution_checked", "county_review"}, {"office"}, None),
    ("publish", {"county_review"}, {"office"}, "public_notice"),
    ("approve", {"public_notice"}, {"office"}, "approved"),
    ("pay", {"approved"}, {"office"}, "paid"),
    ("close", {"paid"}, {"office"}, "closed"),
    (
        "reject",
        {"submitted", "institution_checked", "county_review", "public_notice", "approved"}
        | {"returned"},
        {"office"},
        "rejected",
    ),
    (
        "deny",
        {"submitted", "institution_checked", "county_review", "public_notice", "approved"}
        | {"returned"},
        {"trainee"},
        "returned",
    ),
    ("claw_back", {"paid", "closed"}, {"office"}, "recovering"),
    ("recover", {"recovering"}, {"office"}, None),
    ("write_off", {"recovering"}, {"office"}, None),
]


def test_the_table_names_every_act_but_sending_back() -> None:
    assert {row[0] for row in TABLE} | {"send_back"} == set(STEPS) == set(get_args(Act))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("party", get_args(Party))
def test_an_act_is_for_its_side_in_its_state_only(
    row: tuple[Act, set[str], set[str], str | None], state: State, party: Party
) -> None:
    act, sources, parties, target = row
    found = refused(act, claim(state), party)
    if state in sources and party in parties and act == "pay_advance":
        # What is due is known by now.
        assert isinstance(found, NoAdvance)
        assert refused(act, claim(state, is_over=False), party) is None
    elif state in sources and party in parties:
        assert found is None
        if target is not None:
            assert claims.after(act, claim(state)) == target
    else:
        assert isinstance(found, WrongStep)


@pytest.mark.parametrize("state", get_args(State))
def test_the_institution_sends_back_only_what_it_has_to_check(state: State) -> None:
    institution = refused("send_back", claim(state), "institution")
    office = refused("send_back", claim(state), "office")
    assert (institution is None) == (state == "submitted")
    assert (office is None) == (state in claims.STOPPABLE)


def test_the_straight_way_is_that_of_the_reference() -> None:
    way: list[tuple[Act, State]] = [
        ("submit", "submitted"),
        ("check", "institution_checked"),
        ("take_up", "county_review"),
        ("publish", "public_notice"),
        ("approve", "approved"),
        ("pay", "paid"),
        ("close", "closed"),
    ]
    state: State = "draft"
    for act, target in way:
        state = claims.after(act, claim(state))
        assert state == target


@pytest.mark.parametrize("act", ["submit", "settle", "refresh"])
def test_whoever_confirmed_the_class_does_not_file_its_claim(act: Act) -> None:
    state: State = "county_review" if act == "settle" else "draft"
    own = claim(state, confirmers=frozenset({ME}))
    assert isinstance(refused(act, own, "claimer"), ConfirmedTheClass)
    assert refused(act, claim(state, confirmers=frozenset({OTHER})), "claimer") is None


def test_whoever_filed_a_claim_does_not_check_it() -> None:
    assert isinstance(refused("check", claim("submitted", filed_by=ME), "institution"), FiledIt)


def test_whoever_reviewed_a_claim_does_not_approve_it() -> None:
    own = claim("public_notice", reviewed_by=ME)
    assert isinstance(refused("approve", own, "office"), ReviewedIt)


@pytest.mark.parametrize(
    ("act", "state"),
    [("publish", "county_review"), ("approve", "public_notice"), ("pay_advance", "county_review")],
)
def test_whoever_answered_in_a_claim_does_not_decide_it(act: Act, state: State) -> None:
    is_over = act != "pay_advance"
    own = claim(state, answerers=frozenset({ME}), is_over=is_over)
    assert isinstance(refused(act, own, "office"), AnsweredInIt)
    other = claim(state, answerers=frozenset({OTHER}), is_over=is_over)
    assert refused(act, other, "office") is None


@pytest.mark.parametrize(
    ("act", "state", "party"),
    [
        ("submit", "returned", "claimer"),
        ("take_up", "institution_checked", "office"),
        ("publish", "county_review", "office"),
        ("approve", "public_notice", "office"),
        ("pay", "approved", "office"),
    ],
)
def test_an_open_case_stops_a_claim(act: Act, state: State, party: Party) -> None:
    assert isinstance(refused(act, claim(state, open_cases=1), party), ClaimStopped)


def test_an_open_case_keeps_nobody_from_rejecting() -> None:
    assert refused("reject", claim("returned", open_cases=1), "office") is None


@pytest.mark.parametrize("state", ["asked", "draft", "denied", "no_answer"])
def test_nothing_is_published_while_an_answer_is_missing(state: Any) -> None:
    waiting = claim("county_review", YES, Line(1, state))
    assert isinstance(refused("publish", waiting, "office"), AnswersOpen)
    decided = claim("county_review", YES, Line(1, "no_answer", excused=True), Line(1, "dropped"))
    assert refused("publish", decided, "office") is None


def test_a_claim_of_a_class_that_runs_can_be_filed_and_not_published() -> None:
    assert refused("submit", claim("draft", is_over=False, file_by=None), "claimer") is None
    running = claim("county_review", is_over=False)
    assert isinstance(refused("publish", running, "office"), NotOverYet)
    assert isinstance(refused("settle", running, "claimer"), NotOverYet)


def test_the_last_day_to_file_counts() -> None:
    assert refused("submit", claim("draft", file_by=TODAY), "claimer") is None
    late = claim("draft", file_by=date(2026, 11, 30))
    assert isinstance(refused("submit", late, "claimer"), ClaimLate)


def test_a_claim_in_time_is_not_made_late_by_being_sent_back() -> None:
    late = claim("returned", file_by=date(2026, 11, 30))
    assert refused("submit", late, "claimer") is None


def test_the_last_day_of_the_notice_is_still_notice() -> None:
    running = claim("public_notice", public_until=TODAY)
    assert isinstance(refused("approve", running, "office"), NoticeRuns)


def test_a_claim_for_nobody_is_not_filed_unless_money_is_out() -> None:
    empty = claim("draft", Line(5, "dropped"))
    assert isinstance(refused("submit", empty, "claimer"), NothingToClaim)
    out = claim("county_review", Line(5, "dropped"), ledger=Ledger(advance_fen=2))
    assert refused("submit", replace(out, state="returned"), "claimer") is None
    assert refused("publish", out, "office") is None
    assert claims.after("pay", out) == "recovering"


@pytest.mark.parametrize(("act", "state"), [("reject", "county_review"), ("withdraw", "submitted")])
def test_a_claim_that_ends_with_money_out_takes_it_back_first(act: Act, state: State) -> None:
    out = claim(state, Line(5, "dropped"), ledger=Ledger(advance_fen=2))
    assert claims.after(act, out) == "recovering"


def test_a_side_is_offered_what_it_may_do_in_the_order_of_the_way() -> None:
    assert claims.acts_of(claim("draft"), Doer("claimer", ME)) == ("refresh", "submit", "withdraw")
    running = claim("county_review", is_over=False)
    assert claims.acts_of(running, Doer("office", ME))[:2] == ("pay_advance", "excuse")
    assert claims.acts_of(claim("county_review"), Doer("office", ME)) == (
        "excuse",
        "publish",
        "send_back",
        "reject",
    )
    assert claims.acts_of(claim("closed"), Doer("claimer", ME)) == ()


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for kind in vars(claim_errors).values()
        if isinstance(kind, type) and issubclass(kind, ClaimRefused)
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_refusal_has_a_sentence(kind: type[ClaimRefused]) -> None:
    assert has(kind.key)


@pytest.mark.parametrize("state", get_args(State))
def test_the_next_act_leads_on_from_where_a_claim_stands(state: State) -> None:
    act = claims.next_act(claim(state))
    if act is None:
        assert state in ("closed", "rejected", "recovering")
    else:
        assert state in STEPS[act].sources
        assert claims.after(act, claim(state)) != state
