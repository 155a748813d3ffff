"""Enters the chosen people of a roster, in the background: one person, one transaction.

Whoever holds a class must not ask for a person any more (``enrolment_locks``), so a batch cannot
share a transaction; and a process that dies has entered some people wholly and the others not at
all. Everybody is judged anew, since minutes or days have passed since the check.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.db.models import Account, Person, RosterRow, RosterUpload
from portal.domain.permissions import Actor, Permission, Role
from portal.services import people, rosters_employment
from portal.services.hot import LOCK_PERSON
from portal.services.people import Known
from portal.services.rosters_judging import Candidate, judge
from portal.services.rosters_place import Entered, Entry, place
from portal.services.rosters_reading import identity_of
from portal.services.rosters_scope import owner_of
from portal.services.rosters_words import ENTERS, reason
from portal.services.times import day_of


def commit_next(session: Session, actor: Actor, *, upload_id: UUID, now: datetime) -> bool:
    """Enter one more person; False when there is nobody left that this task could enter."""
    actor.require(Permission.RUN_TASKS)
    upload = session.get(RosterUpload, upload_id)
    if upload is None or upload.state != "committing":
        return False
    row = session.scalars(_waiting(upload_id).with_for_update(skip_locked=True)).first()
    if row is None:
        _finish(session, upload_id, now)
        return False
    uploader = _uploader(session, upload)
    if uploader is None:
        _stop(session, upload_id, now)
        return False
    identity = identity_of(row, today=day_of(now))
    entry = Entry(session, uploader, owner_of(upload), upload_id, identity, now)
    entered = _enter(entry, row)
    row.commit_state, row.enrolment_id = entered.state, entered.enrolment_id
    row.reasons = list(entered.reasons)
    session.flush()
    # Last, and for an instant: others who enter people of this roster wait for it.
    session.refresh(upload, with_for_update=True)
    upload.done += 1
    return True


def _waiting(upload_id: UUID) -> Any:
    """The next row that is to be entered, in the order of the sheet."""
    return (
        select(RosterRow)
        .where(
            RosterRow.upload_id == upload_id,
            RosterRow.chosen,
            RosterRow.outcome.in_(ENTERS),
            RosterRow.commit_state == "none",
        )
        .order_by(RosterRow.row_no)
        .limit(1)
    )


def _finish(session: Session, upload_id: UUID, now: datetime) -> None:
    """The roster is done, unless another task holds a row of it at this moment."""
    upload = session.get_one(RosterUpload, upload_id, with_for_update=True, populate_existing=True)
    left = session.scalar(select(func.count()).select_from(_waiting(upload_id).subquery()))
    if not left and upload.state == "committing":
        upload.state, upload.finished_at = "done", now


def _stop(session: Session, upload_id: UUID, now: datetime) -> None:
    """Nobody answers for the roster any more: what was entered stays, the rest is left."""
    upload = session.get_one(RosterUpload, upload_id, with_for_update=True, populate_existing=True)
    upload.state, upload.finished_at = "done", now
    upload.problems = [reason("commit.account_gone")]


def _uploader(session: Session, upload: RosterUpload) -> Actor | None:
    """Who acts: the account that pressed the button, if it still may."""
    account = session.get_one(Account, upload.account_id)
    found = Actor(
        role=Role(account.role),
        account_id=account.id,
        person_id=account.person_id,
        institution_id=account.institution_id,
        employer_id=account.employer_id,
    )
    owner = owner_of(upload)
    same = (found.institution_id, found.employer_id) == (owner.institution_id, owner.employer_id)
    may = account.status == "active" and found.may(Permission.SUBMIT_ROSTER)
    return found if may and same else None


def _enter(entry: Entry, row: RosterRow) -> Entered:
    """The person held, judged and placed, or the reason why not."""
    person = _person(entry)
    if person is None:
        return Entered("refused", (reason("refused.ask_person"),))
    if row.class_id is None:
        raise ValueError("a row without a class is bad and never entered")
    row.person_id = person.id
    entry.session.execute(text(LOCK_PERSON), {"person_no": person.no})
    born = entry.identity.document.birth_date
    candidate = Candidate(born, row.hired_on, row.class_id, _known(person))
    (found,) = judge(entry.session, entry.owner, [candidate], now=entry.now)
    if found.outcome not in ENTERS:
        return Entered("refused", found.reasons)
    rosters_employment.put(
        entry.session,
        entry.uploader,
        person_id=person.id,
        hired_on=row.hired_on,
        now=entry.now,
    )
    return place(entry, person, row.class_id)


def _person(entry: Entry) -> Person | None:
    """The person of the row's document, made when nobody knows it; None under another name."""
    who = entry.identity
    query = select(Person).where(Person.id_no_hash == who.hash)
    found = entry.session.scalar(query)
    if found is None:
        people.add_people(
            entry.session, [who], status=people.LISTED, residence_region=None, now=entry.now
        )
        found = entry.session.scalars(query).one()
    return people.whole_of(entry.session, found) if _known(found).is_called(who.name) else None


def _known(person: Person) -> Known:
    return Known(person.id, person.name, person.residence_region, has_account=False)
