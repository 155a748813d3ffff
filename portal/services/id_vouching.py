"""Another officer vouches for a corrected ID number of a record that nobody has an account for.

Whoever may correct alone may give such a record the number of an accomplice, who registers with
it and has the archive. So the correction stands, but nobody registers with the record before this
(``people.claim``).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from portal.db.models import Account, IdCorrection, Person
from portal.db.vault import get_vault
from portal.domain.errors import NotFound
from portal.domain.masking import mask_id_no, mask_name
from portal.domain.permissions import Actor, Permission
from portal.domain.person_errors import MergeRefused
from portal.locale import t
from portal.services import audit, people, person_finding
from portal.services.person_merge_asked import reaches

_LISTED = 50


@dataclass(frozen=True, slots=True)
class VouchView:
    """A correction as the other officer sees it, the numbers masked."""

    id: UUID
    name_masked: str
    old_masked: str
    new_masked: str
    reason: str
    made_by: str
    at: datetime


def to_vouch(session: Session, actor: Actor, *, now: datetime) -> tuple[VouchView, ...]:
    """Corrections in reach that others made and nobody vouched for, the oldest first; only the
    newest of a record, since nothing hangs on those before."""
    actor.require(Permission.KEEP_PERSONS)
    made, later = IdCorrection, aliased(IdCorrection)
    # Not ``Person`` itself, which is that of ``reaches``.
    whom, own = aliased(Person), aliased(Account)
    query = (
        select(made)
        .join(whom, whom.id == made.person_id)
        .where(
            made.vouched_at.is_(None),
            made.at <= now,
            whom.merged_into.is_(None),
            ~exists().where(
                later.person_id == made.person_id,
                tuple_(later.at, later.id) > tuple_(made.at, made.id),
            ),
            ~exists().where(
                own.id == made.officer_account_id,
                or_(own.id == actor.the_account(), own.person_id.in_(actor.the_records())),
            ),
            reaches(actor, made.person_id),
        )
        .order_by(made.at, made.id)
        .limit(_LISTED)
    )
    return tuple(_view(session, one) for one in session.scalars(query).all())


def vouch(session: Session, actor: Actor, *, correction_id: UUID, now: datetime) -> VouchView:
    """Say that the number is the record's own, as another officer put it; the same again changes
    nothing.

    Raises NotFound, Forbidden (the officer's own record), MergeRefused: the officer's own
    correction, with whatever account, or one that another has followed.
    """
    actor.require(Permission.KEEP_PERSONS)
    made = session.get(IdCorrection, correction_id, with_for_update=True, populate_existing=True)
    if made is None or person_finding.in_reach(session, actor, made.person_id) is None:
        raise NotFound
    officer = _officer_of(session, made)
    if made.officer_account_id == actor.the_account() or officer.id in actor.the_records():
        raise MergeRefused(why=t("persons.refused.own_correction"))
    if made.vouched_at is not None:
        return _view(session, made)
    last = people.last_correction(session, made.person_id)
    if last is None or last.id != made.id:
        raise MergeRefused(why=t("persons.refused.changed"))
    made.vouched_by, made.vouched_at = actor.the_account(), now
    session.flush()
    audit.record(
        session,
        actor,
        "person.vouch",
        now=now,
        object_type="person",
        object_id=made.person_id,
        on_behalf_of=made.person_id,
        detail={"correction": str(made.id)},
    )
    return _view(session, made)


def _officer_of(session: Session, made: IdCorrection) -> Person:
    query = select(Person).join(Account, Account.person_id == Person.id)
    return session.scalars(query.where(Account.id == made.officer_account_id)).one()


def _view(session: Session, made: IdCorrection) -> VouchView:
    vault = get_vault()
    return VouchView(
        id=made.id,
        name_masked=mask_name(session.get_one(Person, made.person_id).name),
        old_masked=mask_id_no(vault.open("id_no", made.old_enc)),
        new_masked=mask_id_no(vault.open("id_no", made.new_enc)),
        reason=made.reason,
        made_by=_officer_of(session, made).name,
        at=made.at,
    )
