"""The demo enterprise's self-evaluation: one trade in force, one returned, one that waits."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import SelfEvaluation
from portal.demo import employers, officers
from portal.locale import t
from portal.services.self_evaluation import assessing, filing
from portal.services.self_evaluation.filing import EvaluationForm
from portal.services.times import day_of

# Trade, levels, people, days since it was filed, answer.
_FILINGS = (
    ("6-31-01-03", (2, 3, 4), 60, 90, "accept"),
    ("6-18-02-04", (2, 3), 25, 20, "return"),
    ("6-05-01-03", (2,), 40, 1, ""),
)


def ensure(session: Session, *, now: datetime) -> None:
    """File and answer once; again changes nothing."""
    boss = employers.ensure(session, now=now)
    officer, _ = officers.ensure(session, now=now)
    known = select(SelfEvaluation.id).where(SelfEvaluation.employer_id == boss.employer_id)
    if session.scalar(known.limit(1)) is not None:
        return
    for number, (trade, levels, staff, ago, answer) in enumerate(_FILINGS, 1):
        at = now - timedelta(days=ago)
        form = EvaluationForm(trade, levels, t("demo.evaluation.plan"), staff, True)
        made = filing.file(session, boss, form=form, now=at)
        then = at + timedelta(days=2)
        if answer == "accept":
            assessing.accept(
                session,
                officer,
                filing_id=made,
                points=assessing.POINTS,
                doc_no=t("demo.evaluation.doc", year=at.year, number=number),
                valid_until=date(day_of(then).year + 3, 12, 31),
                now=then,
            )
        elif answer == "return":
            why = t("demo.evaluation.returned")
            assessing.send_back(session, officer, filing_id=made, reason=why, now=then)
