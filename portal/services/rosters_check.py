"""Reads a roster and judges its people, in the background and batch by batch.

Every step is a transaction of its own that leaves the roster in a state from which anybody can go
on, so a process that dies takes nothing with it but the step at hand. Rows are written before
they are judged: after that the file itself is not needed any more, and gone.
"""

import base64
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent, RosterRow, RosterUpload
from portal.db.vault import get_vault
from portal.documents.sheets import SheetError
from portal.domain.permissions import Actor, Permission
from portal.services import people, rosters
from portal.services.people import Known
from portal.services.rosters_judging import Candidate, judge
from portal.services.rosters_reading import identity_of, write_rows
from portal.services.rosters_scope import named_classes, owner_of
from portal.services.rosters_sheet import as_reason, read_roster
from portal.services.rosters_words import ENTERS, Shown, reason
from portal.services.times import day_of

BATCH = 500
_MOST_PROBLEMS = 50
# Rows with one of these outcomes are counted on a seat.
_SEATED = ("eligible", "needs_review")


def read(session: Session, actor: Actor, *, upload_id: UUID, now: datetime) -> None:
    """Turn the file into rows and forget it; does nothing for a roster that was read before.

    A file that cannot be read leaves the roster ``failed`` with what is wrong.
    """
    actor.require(Permission.RUN_TASKS)
    upload = _locked(session, upload_id)
    if upload is None or upload.state != "waiting" or upload.content is None:
        return
    content = base64.b64decode(get_vault().open("roster", upload.content))
    upload.content = None
    try:
        lines = list(read_roster(upload.content_kind, content, today=day_of(now)))
    except SheetError as error:
        _fail(upload, [_problem(problem) for problem in error.problems[:_MOST_PROBLEMS]], now)
        return
    if rosters.rows_today(session, upload.account_id, now) + len(lines) > rosters.ROWS_A_DAY:
        _fail(upload, [reason("sheet.limit", rows=rosters.ROWS_A_DAY)], now)
        return
    bad = write_rows(session, upload, lines, now=now)
    upload.state, upload.total, upload.done = "checking", len(lines), bad


def _problem(problem: Any) -> dict[str, Any]:
    return as_reason(problem) | {"sheet": problem.sheet, "row": problem.row}


def _fail(upload: RosterUpload, problems: list[dict[str, Any]], now: datetime) -> None:
    upload.state, upload.problems, upload.finished_at = "failed", problems, now


def _locked(session: Session, upload_id: UUID) -> RosterUpload | None:
    query = select(RosterUpload).where(RosterUpload.id == upload_id).with_for_update()
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def check_batch(
    session: Session, actor: Actor, *, upload_id: UUID, now: datetime, size: int = BATCH
) -> bool:
    """Judge the next rows of a roster; False when all are judged, and the roster is ``checked``."""
    actor.require(Permission.RUN_TASKS)
    upload = _locked(session, upload_id)
    if upload is None or upload.state != "checking":
        return False
    query = select(RosterRow).where(RosterRow.upload_id == upload_id, RosterRow.outcome == "unread")
    rows = session.scalars(query.order_by(RosterRow.row_no).limit(size)).all()
    if rows:
        _judge(session, upload, rows, now)
    left = select(func.count()).where(
        RosterRow.upload_id == upload_id, RosterRow.outcome == "unread"
    )
    upload.done = upload.total - (session.scalar(left) or 0)
    if upload.done < upload.total:
        return True
    upload.state, upload.finished_at = "checked", now
    return False


def _judge(
    session: Session, upload: RosterUpload, rows: Sequence[RosterRow], now: datetime
) -> None:
    today = day_of(now)
    identities = [identity_of(row, today=today) for row in rows]
    known = people.known_people(session, {row.id_no_hash for row in rows if row.id_no_hash})
    same = [_same_person(row, known) for row in rows]
    candidates = [
        Candidate(who.document.birth_date, row.hired_on, _class_of(row), person)
        for row, who, person in zip(rows, identities, same, strict=True)
    ]
    found = judge(session, owner_of(upload), candidates, now=now)
    found = _seated(session, upload, candidates, found, now)
    changes = [
        {
            "row": row.id,
            "found": one.outcome,
            "why": list(one.reasons),
            "who": person.id if person else None,
            "is_chosen": one.outcome in ENTERS,
        }
        for row, one, person in zip(rows, found, same, strict=True)
    ]
    session.connection().execute(_JUDGED, changes)
    _trace(session, upload, [person.id for person in same if person], now)


_JUDGED = (
    update(RosterRow)
    .where(RosterRow.id == bindparam("row"))
    .values(
        outcome=bindparam("found"),
        reasons=bindparam("why"),
        person_id=bindparam("who"),
        chosen=bindparam("is_chosen"),
    )
)


def _class_of(row: RosterRow) -> UUID:
    if row.class_id is None:
        raise ValueError("a row without a class is bad and not judged")
    return row.class_id


def _same_person(row: RosterRow, known: dict[bytes, Known]) -> Known | None:
    """Who is meant; nobody when the document is on record under another name, which is nothing
    that whoever sent the sheet may learn."""
    found = known.get(row.id_no_hash) if row.id_no_hash else None
    return found if found is not None and found.is_called(row.name) else None


def _seated(
    session: Session,
    upload: RosterUpload,
    candidates: Sequence[Candidate],
    found: Sequence[Shown],
    now: datetime,
) -> list[Shown]:
    """Those beyond the free seats of their class would wait; seats go by the order of rows."""
    ids = {one.class_id for one in candidates}
    left = {
        one.id: one.seats_left for one in named_classes(session, owner_of(upload), ids=ids, now=now)
    }
    query = (
        select(RosterRow.class_id, func.count())
        .where(RosterRow.upload_id == upload.id, RosterRow.outcome.in_(_SEATED))
        .group_by(RosterRow.class_id)
    )
    taken = Counter(dict(session.execute(query).tuples().all()))
    answers = []
    for candidate, one in zip(candidates, found, strict=True):
        if one.outcome in _SEATED:
            taken[candidate.class_id] += 1
            if taken[candidate.class_id] > left.get(candidate.class_id, 0):
                answers.append(Shown("waiting", (reason("why.waiting"), *one.reasons)))
                continue
        answers.append(one)
    return answers


def _trace(
    session: Session, upload: RosterUpload, asked_about: Sequence[UUID], now: datetime
) -> None:
    """Write down about whom the portal was asked, so that each of them can be told."""
    if not asked_about:
        return
    events = [
        {
            "id": new_id(),
            "at": now,
            "actor_account_id": upload.account_id,
            "actor_role": "employer" if upload.employer_id else "manager",
            "on_behalf_of": person_id,
            "action": "roster.preflight",
            "object_type": "roster_upload",
            "object_id": str(upload.id),
            "fields_read": ["eligibility"],
        }
        for person_id in asked_about
    ]
    session.execute(insert(AuditEvent), events)


def purge(session: Session, actor: Actor, *, before: datetime) -> int:
    """Delete the people of rosters older than ``before``; answers of how many rosters.

    What was entered stays with the enrolments; of the roster only its numbers are left.
    """
    actor.require(Permission.RUN_TASKS)
    old = select(RosterUpload.id).where(RosterUpload.created_at < before)
    gone = session.execute(
        delete(RosterRow).where(RosterRow.upload_id.in_(old)).returning(RosterRow.upload_id)
    )
    aged = update(RosterUpload).where(RosterUpload.created_at < before)
    # A sheet without a header is quoted by its first row, and that may be a person.
    session.execute(aged.where(RosterUpload.problems != []).values(problems=[]))
    session.execute(
        aged.where(RosterUpload.content.is_not(None)).values(
            content=None, state="failed", finished_at=before
        )
    )
    return len(set(gone.scalars()))
