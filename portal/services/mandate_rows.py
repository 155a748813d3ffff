"""What happens to a mandate's row: what it is worth, put in force, ended, held."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db.models import ConsentRecord, Mandate
from portal.domain.errors import NotFound
from portal.domain.mandate import State, state_of
from portal.domain.permissions import Actor
from portal.services import audit, mandate_asking
from portal.services.times import day_of


def state_at(mandate: Mandate, now: datetime) -> State:
    """What a mandate is worth at a moment."""
    return state_of(
        asked_at=mandate.created_at,
        confirmed_at=mandate.confirmed_at,
        revoked_at=mandate.revoked_at,
        expires_on=mandate.expires_on,
        now=now,
        today=day_of(now),
    )


def put_in_force(
    session: Session, actor: Actor, mandate: Mandate, evidence: str, now: datetime
) -> None:
    """The person has said yes, as ``evidence`` shows; the caller holds the mandate's row."""
    mandate.granted_on = day_of(now)
    mandate.evidence, mandate.confirmed_at, mandate.code_hash = evidence, now, None
    session.add(
        ConsentRecord(
            person_id=mandate.person_id,
            purpose="mandate",
            version=mandate.text_version,
            text_hash=mandate.text_hash,
            granted_at=now,
        )
    )
    own = actor.person_id is not None and mandate.person_id in actor.the_records()
    audit.record(
        session,
        actor,
        "mandate.grant" if not own and evidence != "code" else "mandate.confirm",
        now=now,
        object_type="mandate",
        object_id=mandate.id,
        on_behalf_of=mandate.person_id,
        detail={"evidence": evidence, "text": mandate.text_version},
    )
    mandate_asking.tell_given(session, mandate, now)


def end(
    session: Session,
    actor: Actor,
    mandate: Mandate,
    action: str,
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    """End a mandate at once; the caller holds its row."""
    mandate.revoked_at, mandate.code_hash = now, None
    session.execute(
        update(ConsentRecord)
        .where(
            ConsentRecord.person_id == mandate.person_id,
            ConsentRecord.purpose == "mandate",
            ConsentRecord.granted_at == mandate.confirmed_at,
        )
        .values(withdrawn_at=now)
    )
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="mandate",
        object_id=mandate.id,
        on_behalf_of=mandate.person_id,
        reason=reason,
    )
    session.flush()


def own_mandate(
    session: Session, actor: Actor, mandate_id: UUID, *, share: bool = False
) -> Mandate:
    """A mandate to this helper, held. Raises NotFound."""
    query = select(Mandate).where(
        Mandate.id == mandate_id, Mandate.helper_account_id == actor.the_account()
    )
    query = query.with_for_update(read=share).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound
    return found
