"""The rows of a merge: both persons held still, what the archive and the audit say of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, ArchiveEntry, Person, PersonMerge, PersonMergeRequest
from portal.db.vault import get_vault
from portal.domain.errors import NotFound
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor
from portal.domain.person_errors import MergeRefused
from portal.locale import t
from portal.services import archive_chain, audit, notices, people, person_finding
from portal.services.hot import LOCK_PERSON
from portal.services.id_corrections import authority_name
from portal.services.times import day_of


def in_reach_or_raise(session: Session, actor: Actor, person_id: UUID) -> Person:
    """The person; raises NotFound for one elsewhere, Forbidden for the officer's own."""
    found = person_finding.in_reach(session, actor, person_id)
    if found is None:
        raise NotFound
    return found


def locked(session: Session, actor: Actor, kept_id: UUID, merged_id: UUID) -> tuple[Person, Person]:
    """Both, held still: whoever enrols or merges one of them waits.

    First the locks of persons, then the rows, each in one order, so that nobody waits in a circle.
    """
    for one in (kept_id, merged_id):
        in_reach_or_raise(session, actor, one)
    both = Person.id.in_((kept_id, merged_id))
    for no in session.scalars(select(Person.no).where(both).order_by(Person.no)).all():
        session.execute(text(LOCK_PERSON), {"person_no": no})
    rows = select(Person).where(both).order_by(Person.id).with_for_update(key_share=True)
    found = session.scalars(rows.execution_options(populate_existing=True)).all()
    people = {one.id: one for one in found}
    return people[kept_id], people[merged_id]


def must_be_mergeable(session: Session, kept: Person, merged: Person) -> None:
    """One step is enough to find the kept record, and there are no rings. Raises MergeRefused."""
    if kept.id == merged.id:
        raise MergeRefused(why=t("persons.refused.same"))
    if merged.merged_into is not None:
        raise MergeRefused(why=t("persons.refused.is_merged"))
    if kept.merged_into is not None:
        raise MergeRefused(why=t("persons.refused.kept_is_merged"))
    others = select(Person.id).where(Person.merged_into == merged.id).limit(1)
    if session.scalar(others) is not None:
        raise MergeRefused(why=t("persons.refused.has_merged"))
    # Either login would open what hangs on both: no officer alone gives one person's archive to
    # whoever holds the other login. Closing an account asks its holder's password, so that is
    # how they agree.
    held = select(func.count(func.distinct(Account.person_id))).where(
        Account.person_id.in_((kept.id, merged.id)), people.IS_KEPT
    )
    if (session.scalar(held) or 0) > 1:
        raise MergeRefused(why=t("persons.refused.two_accounts"))


def link(
    session: Session,
    actor: Actor,
    asked: PersonMergeRequest,
    kept: Person,
    merged: Person,
    *,
    undo_until: datetime,
    now: datetime,
) -> PersonMerge:
    """The merge that was asked for, confirmed by the actor: link, line and word to the person.

    The caller holds both persons and has asked whether they can be merged.
    """
    made = PersonMerge(
        id=new_id(),
        kept_id=kept.id,
        merged_id=merged.id,
        reason=asked.reason,
        conflicts=asked.conflicts,
        at=now,
        officer_account_id=asked.officer_account_id,
        confirmed_by=actor.the_account(),
        undo_until=undo_until,
    )
    session.add(made)
    merged.merged_into = kept.id
    session.flush()
    merged_line(session, actor, made, now)
    tell_all_of(session, kept, merged, "records_merged", now)
    return made


def tell_all_of(session: Session, kept: Person, merged: Person, kind: str, now: datetime) -> None:
    """Tell it where the person reads, and by message on the phone of each record: whoever has
    only one of the logins, or none, is warned, too."""
    numbers = [
        get_vault().open("phone", one.phone_enc) if one.phone_enc else "" for one in (kept, merged)
    ]
    notices.tell(session, kept.id, kind, now=now, sms=True)
    if numbers[1] and numbers[1] != numbers[0]:
        notices.tell(session, merged.id, kind, now=now, sms=True)


def merged_line(session: Session, actor: Actor, made: PersonMerge, now: datetime) -> None:
    """A line of the kept archive that names where the other one stood: nothing of it can be
    exchanged afterwards without a trace here."""
    entries = archive_chain.entries_of(session, made.merged_id)
    archive_chain.append(
        session,
        person_id=made.kept_id,
        kind=archive_chain.MERGE,
        ref_id=made.id,
        occurred_on=day_of(now),
        title=t("persons.line.merge"),
        institution_name=authority_name(actor),
        hours=None,
        detail={
            "subject": archive_chain.MERGE,
            "status": "recorded",
            "other_record": str(made.merged_id),
            "other_lines": len(entries),
            "other_head": entries[-1].hash if entries else None,
        },
        now=now,
    )


def undone_line(session: Session, actor: Actor, made: PersonMerge, now: datetime) -> None:
    """A line that takes the place of the one about the merge."""
    line = session.scalars(
        select(ArchiveEntry).where(
            ArchiveEntry.kind == archive_chain.MERGE, ArchiveEntry.ref_id == made.id
        )
    ).one()
    archive_chain.append(
        session,
        person_id=made.kept_id,
        kind=archive_chain.CORRECTION,
        ref_id=line.id,
        occurred_on=day_of(now),
        title=t("persons.line.unmerge"),
        institution_name=authority_name(actor),
        hours=None,
        detail={
            "subject": archive_chain.MERGE,
            "status": "undone",
            "other_record": str(made.merged_id),
        },
        now=now,
        supersedes=line.id,
    )


def trace(
    session: Session,
    actor: Actor,
    action: str,
    person: Person,
    object_id: UUID,
    now: datetime,
    *,
    reason: str | None = None,
    fields_read: tuple[str, ...] | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down what an officer did with one of the two."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="person",
        object_id=object_id,
        on_behalf_of=person.id,
        reason=reason,
        fields_read=fields_read,
        detail=detail,
    )


def masked_names(session: Session, kept_id: UUID, merged_id: UUID) -> tuple[str, str]:
    """The names of both records as officers see them."""
    return (
        mask_name(session.get_one(Person, kept_id).name),
        mask_name(session.get_one(Person, merged_id).name),
    )
