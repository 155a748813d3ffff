"""Everything that the machine looks at in an application, in the order of the steps."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.db.models import ClassOpening
from portal.services.opening import checks_catalogue, checks_plan, checks_rest, checks_taken
from portal.services.opening.check import Check
from portal.services.opening.content import STEPS, Content
from portal.services.opening.facts import Facts, facts_of


def check_facts(session: Session, facts: Facts) -> tuple[Check, ...]:
    """All checks of an application whose facts are read."""
    found = [
        *checks_catalogue.checks(session, facts),
        *checks_plan.checks(facts),
        *checks_taken.checks(session, facts),
        *checks_rest.checks(session, facts),
    ]
    return tuple(sorted(found, key=lambda one: STEPS.index(one.step)))


def check(
    session: Session, opening: ClassOpening, content: Content, now: datetime
) -> tuple[Check, ...]:
    """All checks of an application with this content."""
    return check_facts(session, facts_of(session, opening, content, now))


def refusals(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Those that keep it from being sent or approved."""
    return tuple(one for one in checks if one.outcome == "fail")
