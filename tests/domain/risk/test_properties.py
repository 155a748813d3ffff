"""What holds for any session, however odd its facts."""

import json
from dataclasses import asdict, replace
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.risk.facts import Band, ClassFacts, Elsewhere, Mark, Relay, SessionFacts
from portal.domain.risk.parameters import DEFAULT
from portal.domain.risk.phones import ALL as PHONES
from portal.domain.risk.score import score_class, score_session
from portal.domain.risk.seen import look
from portal.locale.risk import headline, innocent, sentence
from tests.support.risk import IN, START, any_session, sessions

NEWCOMER = "somebody else"
counts = st.integers(0, 60)
ended = st.builds(
    ClassFacts,
    roster=counts,
    session_scores=st.lists(st.integers(0, 100), max_size=30).map(tuple),
    dropped=counts,
    finished=st.none() | counts,
    examined=st.none() | counts,
    passed=st.none() | counts,
    certified=st.none() | counts,
    appeals_upheld=counts,
    denials=counts,
)
# Each is odd in one way or several, and says nothing else about itself.
suspicious = st.builds(
    Mark,
    person=st.just(NEWCOMER),
    phase=st.just(IN),
    moment=st.integers(-1_800, 12_000).map(lambda s: START + timedelta(seconds=s)),
    device=st.sampled_from([f"device{n}" for n in range(6)]),
    band=st.sampled_from([Band.FAR, Band.UNKNOWN]),
    relay=st.none() | st.builds(Relay, st.just(False), st.floats(0, 20)),
    code_age=st.none() | st.floats(21, 60),
    elsewhere=st.none() | st.just(Elsewhere(START, 4_000)),
)


@given(sessions)
def test_any_session_is_scored_by_reasons_that_can_be_read_and_kept(facts: SessionFacts) -> None:
    score = score_session(facts)
    assert score.value == min(100, sum(reason.points for reason in score.reasons))
    assert len({reason.code for reason in score.reasons}) == len(score.reasons)
    for reason in score.reasons:
        assert 0 < reason.points <= DEFAULT.session[reason.code].points
        assert "{" not in sentence(reason)
        assert innocent(reason).endswith("。")
        json.dumps(asdict(reason))
    assert str(score.value) in headline(score, 40) or not score.reasons


def test_the_facts_drawn_here_set_every_signal_off() -> None:
    fired = {
        reason.code for seed in range(1_000) for reason in score_session(any_session(seed)).reasons
    }
    assert fired == DEFAULT.session.keys()


@given(ended)
def test_any_class_is_scored_by_reasons_that_can_be_read(facts: ClassFacts) -> None:
    score = score_class(facts)
    assert score.value == min(100, sum(reason.points for reason in score.reasons))
    for reason in score.reasons:
        assert 0 < reason.points <= DEFAULT.of_class[reason.code].points
        assert "{" not in sentence(reason)
        assert innocent(reason).endswith("。")


@given(sessions, st.integers(0, 99))
def test_the_order_in_which_marks_are_told_changes_nothing(facts: SessionFacts, seed: int) -> None:
    told = Random(seed).sample(facts.marks, len(facts.marks))
    assert score_session(replace(facts, marks=tuple(told))) == score_session(facts)


def roomy(facts: SessionFacts) -> SessionFacts:
    """The newcomer stands on the roster as well: the server lets nobody else sign in."""
    people = {mark.person for mark in facts.marks}
    return replace(facts, roster=max(facts.roster, len(people) + 1))


@given(sessions.map(roomy), suspicious, st.integers(1, 600))
def test_a_suspicious_sign_in_that_comes_next_never_lowers_the_score(
    facts: SessionFacts, mark: Mark, after: int
) -> None:
    last = max((one.moment for one in facts.marks), default=START)
    late = replace(mark, moment=last + timedelta(seconds=after))
    more = replace(facts, marks=(*facts.marks, late))
    before = {reason.code: reason.points for reason in score_session(facts).reasons}
    now = {reason.code: reason.points for reason in score_session(more).reasons}
    assert all(now.get(code, 0) >= weight for code, weight in before.items())
    assert score_session(more).value >= score_session(facts).value


@given(sessions.map(roomy), suspicious)
def test_a_suspicious_sign_in_at_any_time_lowers_no_reason_of_phones_and_places(
    facts: SessionFacts, mark: Mark
) -> None:
    def of_phones(one: SessionFacts) -> dict[str, int]:
        seen = look(one, DEFAULT)
        reasons = filter(None, (signal(seen) for signal in PHONES))
        return {reason.code: reason.points for reason in reasons}

    before = of_phones(facts)
    now = of_phones(replace(facts, marks=(*facts.marks, mark)))
    assert all(now.get(code, 0) >= weight for code, weight in before.items())
