"""What the policy packs demand of a class before it may be published (rules at ``listing``)."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, TrainingPlan, TrainingProgramme
from portal.domain.errors import BadInput
from portal.domain.rules.engine import evaluate
from portal.domain.rules.facts import Facts, PersonFacts, TrainingFacts
from portal.locale.rules import sentence
from portal.policies import reference
from portal.services import listing, rule_book
from portal.services.eligibility_facts import skill_key


def check_rules(
    session: Session,
    programme: TrainingProgramme,
    *,
    institution_id: UUID,
    region_code: str,
    starts_on: date,
    ends_on: date,
    today: date,
) -> None:
    """Ask the rules of the region about a class that is filed on a day.

    The catalogues count as they stand on that day, and a running class keeps them (R53). What
    the rules leave open is for the officer who approves the class. Raises BadInput with the
    first rule that refuses, or when the trade is of a local supplement that the province has not
    accepted, or has ended, or has in its own catalogue by now: only accepted entries are live (R52,
    reference C8).
    """
    if programme.filing not in (None, "accepted"):
        gone = programme.filing if programme.filing in ("covered", "ended") else "waiting"
        raise BadInput("programme_id", f"catalogue.plan.supplement_{gone}", title=programme.title)
    training = _facts(session, programme, institution_id, region_code, starts_on, ends_on, today)
    book = rule_book.book_for(session, region_code, starts_on)
    facts = Facts(on=today, person=PersonFacts(), training=training)
    for result in evaluate(book.rules, facts, where="listing").results:
        if result.outcome == "fail":
            raise BadInput(
                "sessions",
                "catalogue.plan.rule_refuses",
                why=sentence(result),
                document=result.rule.document,
                clause=result.rule.clause,
            )


def _facts(
    session: Session,
    programme: TrainingProgramme,
    institution_id: UUID,
    region_code: str,
    starts_on: date,
    ends_on: date,
    today: date,
) -> TrainingFacts:
    plan = session.get_one(TrainingPlan, programme.plan_id)
    version = session.get_one(CatalogVersion, programme.catalog_version_id)
    kind = reference.training_type(programme.training_type)
    code = programme.occupation_code
    occupation = reference.occupation(code) if code else None
    return TrainingFacts(
        region_code=region_code,
        starts_on=starts_on,
        ends_on=ends_on,
        hours=programme.planned_hours,
        training_type=programme.training_type,
        bucket=kind.bucket if kind else None,
        pack_id=plan.pack_id,
        plan_no=plan.plan_no,
        skill_key=skill_key(code, programme.topic_code),
        level=programme.level,
        fee_fen=programme.fee_fen,
        listed={
            "programme": version.status == "published",
            "institution": listing.listing_of(session, institution_id, today=today).takes_trainees,
        },
        marks=("digital",) if occupation and occupation.is_digital else (),
    )
