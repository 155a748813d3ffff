"""Two administrators for each account of the authority: one proposes, another kind agrees.

Whoever may make an officer alone may be one under another name (ADR 0037). What waits is told to
those who may agree, and the answer to whoever proposed it; neither names anybody.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Account, Person
from portal.domain.permissions import Actor, Role
from portal.domain.staff_errors import ProposerGone, SameKind
from portal.policies.regions import NATIONAL, ancestors
from portal.services import notices
from portal.services.scope import region_prefix

# So long a refusal stands on the pages of both.
SHOWN_FOR = timedelta(days=30)


def another_person(session: Session, actor: Actor, proposer: UUID | None) -> None:
    """Raise SameKind where the actor proposed it, with whatever account."""
    person = session.scalar(
        select(Person).join(Account, Account.person_id == Person.id).where(Account.id == proposer)
    )
    if person is not None and {person.id, person.merged_into} & set(actor.the_records()):
        raise SameKind


def still_proposed(session: Session, proposer: UUID | None, *, regions: tuple[str, ...]) -> None:
    """Raise ProposerGone unless whoever proposed it could propose it today."""
    found = session.get(Account, proposer, populate_existing=True) if proposer else None
    keeps = found is not None and (found.role, found.status) == (Role.SYSTEM_ADMIN.value, "active")
    prefix = region_prefix((found.region_code if found else None) or NATIONAL)
    if not keeps or not all(code.startswith(prefix) for code in regions):
        raise ProposerGone


def ask(
    session: Session,
    *,
    what: str,
    regions: tuple[str, ...],
    but: UUID | None = None,
    now: datetime,
) -> None:
    """Tell each security administrator who has all of the regions that something waits.

    ``but``: the account that it is about, which never agrees to it.
    """
    query = select(Account.id, Account.person_id).where(
        Account.role == Role.SECURITY_ADMIN.value,
        Account.status == "active",
        *(Account.region_code.in_((NATIONAL, *ancestors(code))) for code in regions),
    )
    for account_id, person_id in session.execute(query.order_by(Account.id)):
        if account_id != but:
            notices.tell(session, person_id, "consent_asked", params={"what": what}, now=now)


def given(session: Session, proposer: UUID | None, *, what: str, now: datetime) -> None:
    """Tell whoever proposed it that it is agreed to."""
    _answer(session, proposer, "consent_given", {"what": what}, now)


def refused(
    session: Session, proposer: UUID | None, *, what: str, reason: str, now: datetime
) -> None:
    """Tell whoever proposed it that it is not, and why."""
    _answer(session, proposer, "consent_refused", {"what": what, "reason": reason}, now)


def _answer(
    session: Session, proposer: UUID | None, kind: str, words: dict[str, object], now: datetime
) -> None:
    if proposer is not None:
        person_id = session.get_one(Account, proposer).person_id
        notices.tell(session, person_id, kind, params=words, now=now)
