"""The kinds of money that a claim may ask for, as ``ClaimFacts.kind`` and packs name them."""

VOCATIONAL_SUBSIDY = "vocational_subsidy"
INSURED_SKILL_UP_SUBSIDY = "insured_skill_up_subsidy"
ASSESSMENT_SUBSIDY = "assessment_subsidy"
PROMOTION_GRANT = "promotion_grant"
LIVING_ALLOWANCE = "living_allowance"
WORK_AS_TRAINING = "work_as_training"
APPRENTICESHIP = "apprenticeship"

# Paid beside a training subsidy; having had one is not having been trained (R02), nor does it
# draw on the yearly allowance (reference.md D2).
ADDED_PAYMENTS = frozenset({ASSESSMENT_SUBSIDY, PROMOTION_GRANT, LIVING_ALLOWANCE})
