"""Rosters: an institution or employer sends a sheet of people, looks at the answers, enters them.

Reading and checking run in the background (``rosters_check``), and so does entering
(``rosters_commit``); this module takes what a person does.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import RosterRow, RosterUpload
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotFound, NotReady, RosterLimit
from portal.domain.permissions import Actor, Permission
from portal.services import audit, queue
from portal.services.rosters_scope import (
    RosterClass,
    named_classes,
    own_choices,
    own_upload,
    the_owner,
)
from portal.services.rosters_sheet import MAX_BYTES
from portal.services.rosters_words import ENTERS

# Who may upload without end may ask about everybody. A school enters a few classes a day.
UPLOADS_A_DAY = 12
ROWS_A_DAY = 20_000
_DAY = timedelta(days=1)
# Uploads of one account come one after the other, or all would be within the limit.
_ONE_AT_A_TIME = text("SELECT id FROM account WHERE id = :id FOR NO KEY UPDATE")


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What the form needs: a fresh id for the roster, and the classes to choose from."""

    upload_id: UUID
    is_employer: bool
    choices: tuple[RosterClass, ...]


def upload_form(session: Session, actor: Actor, *, now: datetime) -> UploadForm:
    """An empty form for whoever may send rosters; raises Unauthenticated, Forbidden."""
    owner = the_owner(actor)
    return UploadForm(new_id(), owner.is_employer, own_choices(session, actor, now=now))


def submit(
    session: Session,
    actor: Actor,
    *,
    upload_id: UUID,
    filename: str,
    content: bytes,
    class_id: UUID | None,
    now: datetime,
    told: bool = True,
) -> UUID:
    """Take a sheet, to be read in the background; answers the roster's id.

    ``upload_id`` was drawn by the form, so that sending it twice makes one roster. ``class_id``
    is the class of every row that names none. ``told``: whoever sends it says that the people
    know. Only the file's kind is kept of its name, which may be a person's. Raises BadInput
    (sheet, class_id, told), RosterLimit, NotFound.
    """
    owner = the_owner(actor)
    if not told:
        raise BadInput("told", "roster.upload.tell_first")
    session.execute(_ONE_AT_A_TIME, {"id": actor.the_account()})
    if (known := session.get(RosterUpload, upload_id)) is not None:
        return _same(known, actor)
    kind = _kind(filename, content)
    if class_id is not None:
        found = named_classes(session, owner, ids=[class_id], now=now)
        if refusal := found[0].refusal if found else "unknown_class":
            raise BadInput("class_id", f"roster.fault.{refusal}")
    _must_be_within_limits(session, actor, now)
    sealed = get_vault().seal("roster", base64.b64encode(content).decode())
    values = {
        "id": upload_id,
        "account_id": actor.the_account(),
        "institution_id": owner.institution_id,
        "employer_id": owner.employer_id,
        "class_id": class_id,
        "state": "waiting",
        "content": sealed,
        "content_kind": kind,
        "created_at": now,
    }
    session.execute(insert(RosterUpload).values(values))
    queue.defer(session, "check_roster", key=str(upload_id), upload_id=upload_id)
    detail = {"bytes": len(content), "kind": kind}
    _trace(session, actor, "roster.upload", upload_id, now, detail)
    return upload_id


def _same(known: RosterUpload, actor: Actor) -> UUID:
    if known.account_id != actor.account_id:
        raise NotFound
    return known.id


def _kind(filename: str, content: bytes) -> str:
    """xlsx or csv; the reader says what is wrong with anything else."""
    if not content:
        raise BadInput("sheet", "roster.upload.no_file")
    if len(content) > MAX_BYTES:
        raise BadInput("sheet", "publish.sheet.too_big", limit_mb=MAX_BYTES // (1024 * 1024))
    is_text = filename.lower().endswith((".csv", ".txt")) and not content.startswith(b"PK")
    return "csv" if is_text else "xlsx"


def _must_be_within_limits(session: Session, actor: Actor, now: datetime) -> None:
    query = select(func.count()).where(
        RosterUpload.account_id == actor.account_id, RosterUpload.created_at > now - _DAY
    )
    uploads = session.scalar(query) or 0
    if uploads >= UPLOADS_A_DAY or rows_today(session, actor.the_account(), now) >= ROWS_A_DAY:
        raise RosterLimit(uploads=UPLOADS_A_DAY, rows=ROWS_A_DAY)


def rows_today(session: Session, account_id: UUID, now: datetime) -> int:
    """How many people an account has asked about in the last 24 hours."""
    query = (
        select(func.count(RosterRow.id))
        .join(RosterUpload, RosterUpload.id == RosterRow.upload_id)
        .where(RosterUpload.account_id == account_id, RosterUpload.created_at > now - _DAY)
    )
    return session.scalar(query) or 0


def choose(
    session: Session, actor: Actor, *, upload_id: UUID, row_id: UUID, chosen: bool, now: datetime
) -> None:
    """Take one row among those to be entered, or out of them. Raises NotFound, NotReady."""
    _must_rest(own_upload(session, actor, upload_id, lock=True))
    changed = session.execute(_open_rows(upload_id, chosen=chosen).where(RosterRow.id == row_id))
    if not changed.all():
        raise NotFound


def choose_all(
    session: Session,
    actor: Actor,
    *,
    upload_id: UUID,
    outcome: str,
    chosen: bool,
    now: datetime,
) -> None:
    """The same for all rows with an outcome. Raises NotFound, NotReady."""
    _must_rest(own_upload(session, actor, upload_id, lock=True))
    session.execute(_open_rows(upload_id, chosen=chosen).where(RosterRow.outcome == outcome))


def _open_rows(upload_id: UUID, *, chosen: bool) -> Any:
    """Rows that can be entered and were not yet."""
    return (
        update(RosterRow)
        .where(
            RosterRow.upload_id == upload_id,
            RosterRow.outcome.in_(ENTERS),
            RosterRow.commit_state == "none",
        )
        .values(chosen=chosen)
        .returning(RosterRow.id)
    )


def commit(session: Session, actor: Actor, *, upload_id: UUID, now: datetime) -> int:
    """Have the chosen rows entered in the background; answers how many. Again changes nothing.

    Everybody is judged anew when their turn comes. Raises NotFound, NotReady when nothing is
    chosen or the sheet is still being checked.
    """
    actor.require(Permission.SUBMIT_ROSTER)
    upload = own_upload(session, actor, upload_id, lock=True)
    if upload.state == "committing":
        return upload.total - upload.done
    _must_rest(upload)
    wanted = session.scalar(
        select(func.count()).where(
            RosterRow.upload_id == upload_id,
            RosterRow.chosen,
            RosterRow.outcome.in_(ENTERS),
            RosterRow.commit_state == "none",
        )
    )
    if not wanted:
        raise NotReady(reason="roster.commit.nothing_chosen")
    upload.state, upload.done, upload.total, upload.finished_at = "committing", 0, wanted, None
    # The account that answers for what is entered is the one that pressed the button.
    upload.account_id = actor.the_account()
    queue.defer(session, "commit_roster", key=str(upload_id), upload_id=upload_id)
    _trace(session, actor, "roster.commit", upload_id, now, {"rows": wanted})
    return wanted


def _must_rest(upload: RosterUpload) -> None:
    """Raise NotReady while the background works on the roster."""
    if upload.state not in ("checked", "done"):
        raise NotReady(reason="roster.commit.not_checked")


def _trace(
    session: Session,
    actor: Actor,
    action: str,
    upload_id: UUID,
    now: datetime,
    detail: dict[str, Any],
) -> None:
    audit.record(
        session,
        actor,
        action,
        now=now,
        object_type="roster_upload",
        object_id=upload_id,
        detail=detail,
    )
