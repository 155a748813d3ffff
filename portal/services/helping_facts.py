"""What a helper fills in for somebody: a statement like the person's own, by another hand.

A helper learns nothing by it: the answer is the same whether the statement is new, stands
already, or an authority knows better. Shown again is only what this helper stated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Mandate, PersonFact, PersonGroup
from portal.domain.errors import BadInput, NotReady
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import audit, facts_rows, facts_terms, facts_values, mandates
from portal.services.facts_own import text_of
from portal.services.facts_rows import FactRow, Teller
from portal.services.facts_values import Job
from portal.services.times import day_of

SOURCE = "helper"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the person says, as it came from the form: ``kind`` is group or one of
    ``facts_terms.KINDS``; ``code`` the group, what is drawn, where the household is, the school."""

    kind: str
    code: str = ""
    name: str = ""
    day: str = ""


def declare(
    session: Session, actor: Actor, *, mandate_id: UUID, statement: Statement, now: datetime
) -> None:
    """Write down what the person says. Raises NotFound (mandate), BadInput."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    today, by = day_of(now), Teller(actor.account_id, SOURCE)
    # Read before the lock is taken: a fault of the form holds nobody up.
    code = facts_terms.statable(statement.code).code if statement.kind == "group" else ""
    value = {} if code else _value(statement, today)
    facts_rows.hold(session, mandate.person_id)
    row: FactRow | None
    if code:
        row = facts_rows.add_group(session, mandate.person_id, code, since=today, by=by, now=now)
    else:
        try:
            row = facts_rows.put_fact(
                session, mandate.person_id, statement.kind, value, by=by, now=now
            )
        except NotReady:
            # An authority has verified something else, which is not for the helper to know.
            row = None
    audit.record(
        session,
        actor,
        "helping.declare",
        now=now,
        object_type="mandate",
        object_id=mandate.id,
        on_behalf_of=mandate.person_id,
        detail={"kind": statement.kind, "written": row is not None},
    )
    session.flush()


def stated_by(session: Session, mandate: Mandate) -> tuple[str, ...]:
    """What the helper of a mandate stated for its person and still stands, in words."""
    found: list[Any] = []
    for table in (PersonGroup, PersonFact):
        query = select(table).where(
            table.person_id == mandate.person_id,
            table.source == SOURCE,
            table.created_by == mandate.helper_account_id,
            table.status.in_(facts_rows.HOLDING),
        )
        found += session.scalars(query.order_by(table.created_at)).all()
    return tuple(_line(row) for row in found)


def _line(row: FactRow) -> str:
    if isinstance(row, PersonGroup):
        return text_of(row)
    return t("helping.stated", kind=facts_terms.kind_name(row.kind), text=text_of(row))


def _value(statement: Statement, today: date) -> Mapping[str, object]:
    """The value of a fact from the form's fields. Raises BadInput."""
    match statement.kind:
        case "pension":
            return facts_values.pension_value(statement.code)
        case "origin":
            return facts_values.origin_value(statement.code)
        case "education":
            return facts_values.education_value(
                school_kind=statement.code,
                school_name=statement.name,
                graduates_on=_day(statement.day, "graduates_on"),
                today=today,
            )
        case "employment":
            job = Job(employer_name=statement.name, hired_on=_day(statement.day, "hired_on"))
            return facts_values.employment_value(job, today=today)
    raise BadInput("kind", "facts.choose_one")


def _day(raw: str, field: str) -> date | None:
    if not raw.strip():
        return None
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        raise BadInput(field, "helping.bad_day") from None
