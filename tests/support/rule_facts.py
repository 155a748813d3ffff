"""Any facts at all: hypothesis strategies over what the rule engine reads."""

from datetime import date

from hypothesis import strategies as st

from portal.domain.rules.facts import (
    ClaimFacts,
    Education,
    Employment,
    Facts,
    GroupFact,
    OutcomeFacts,
    PastSubsidy,
    PersonFacts,
    TrainingFacts,
)
from portal.policies import reference
from portal.policies.loader import load_packs

DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
MAYBE = st.none() | st.booleans()
FEN = st.integers(0, 10**9)
BUCKETS = st.none() | st.sampled_from(["vocational", "entrepreneurship", "national_language"])
SKILLS = st.none() | st.sampled_from(["6-31-01-03", "4-03-02-01", "topic:SYB"])
LEVELS = st.none() | st.integers(1, 8)
REGIONS = st.sampled_from(["650402", "150202", "430102", "370202", "540100", "000000"])
GROUPS = st.sampled_from([group.code for group in reference.groups()])
TYPES = st.sampled_from([kind.code for kind in reference.training_types()])
PLANS = st.sampled_from(
    [(pack_id, plan.plan_no) for pack_id, pack in load_packs().items() for plan in pack.plans]
)
EMPLOYERS = st.none() | st.sampled_from(
    ["enterprise", "cooperative", "workshop", "household", "other"]
)
PAYMENTS = st.sampled_from(
    [
        "vocational_subsidy", "insured_skill_up_subsidy", "assessment_subsidy",
        "promotion_grant", "living_allowance", "work_as_training", "apprenticeship",
    ]
)  # fmt: skip
LISTED = st.sampled_from(["programme", "institution", "assessment_body", "supplement", "shortage"])
FUNDS = st.sampled_from(["", "就业补助资金", "失业保险基金", "企业职工教育经费", "私人借款"])
CERTIFICATES = st.none() | st.sampled_from(["TRAINING", "LEVEL", "SPECIAL", "ENT_SELF"])


def some(words: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Some of these words, in any order."""
    return st.lists(st.sampled_from(words), unique=True).map(tuple)


group_facts = st.builds(GroupFact, GROUPS, DAYS, st.none() | DAYS, st.booleans())
persons = st.builds(
    PersonFacts,
    birth_date=st.none() | st.dates(date(1930, 1, 1), date(2015, 1, 1)),
    pension=st.sampled_from(["none", "resident", "employee", "public_institution", "unknown"]),
    groups=st.lists(group_facts, max_size=4).map(tuple),
    employment=st.none() | st.builds(Employment, EMPLOYERS, st.none() | DAYS, MAYBE, MAYBE, MAYBE),
    education=st.none()
    | st.builds(
        Education,
        st.none() | st.sampled_from(["university", "vocational", "technical", "other"]),
        st.none() | DAYS,
    ),
    residence_region=st.none() | REGIONS,
    origin=st.sampled_from(["rural", "urban", "unknown"]),
    urban_dibao=MAYBE,
)
past_subsidies = st.builds(
    PastSubsidy, BUCKETS, st.integers(2024, 2027), SKILLS, LEVELS, PAYMENTS, st.text(max_size=5),
    st.booleans(),
)  # fmt: skip
histories = st.lists(past_subsidies, max_size=6).map(tuple)


@st.composite
def trainings(draw: st.DrawFn) -> TrainingFacts:
    """A class of some plan of some shipped pack, or of none."""
    pack_id, plan_no = draw(PLANS | st.just((None, None)))
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return TrainingFacts(
        region_code=draw(REGIONS),
        starts_on=first,
        ends_on=last,
        hours=draw(st.integers(0, 400)),
        training_type=draw(TYPES),
        bucket=draw(BUCKETS),
        pack_id=pack_id,
        plan_no=plan_no,
        skill_key=draw(SKILLS),
        level=draw(LEVELS),
        fee_fen=draw(FEN),
        listed=draw(st.dictionaries(LISTED, st.booleans())),
        marks=draw(some(["digital", "green", "shortage", "enterprise_self_evaluation"])),
        delivery_mode=draw(st.none() | st.sampled_from(["mentor", "online", "classroom"])),
        record_fields=draw(some(["enterprise_mentor", "school_mentor"])),
        contents=draw(some(["skill", "national_language", "quality", "safety"])),
    )


outcomes = st.none() | st.builds(OutcomeFacts, MAYBE, CERTIFICATES, LEVELS)
claims = st.none() | st.builds(
    ClaimFacts,
    payee=st.sampled_from(["person", "institution", "employer"]),
    kind=PAYMENTS,
    amount_fen=FEN,
    months=st.integers(0, 24),
    monthly_fen=FEN,
    payee_kind=EMPLOYERS,
    payee_insured=MAYBE,
    level_linked_pay=MAYBE,
    kinds_paid=st.lists(PAYMENTS, max_size=2).map(tuple),
    expense_kinds=some(["building", "staff", "teaching"]),
    fund=FUNDS,
    months_before=st.integers(0, 8),
    advance_fen=FEN,
)
any_facts = st.builds(
    Facts,
    on=DAYS,
    person=persons,
    training=trainings(),
    history=histories,
    outcome=outcomes,
    claim=claims,
)
places = st.sampled_from(["enrol", "attendance", "finish", "claim", "listing"])
