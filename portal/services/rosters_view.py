"""Rosters as whoever sent them sees them: how far they are, what is wrong, who is who."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, RosterRow, RosterUpload, TrainingClass
from portal.db.vault import get_vault
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor
from portal.services import audit
from portal.services.paging import Page, bounds
from portal.services.rosters_scope import own_upload, the_owner
from portal.services.rosters_words import ENTERS, IN_ORDER, problem_sentence, sentences

_READ = ("name", "id_no_masked", "outcome")


@dataclass(frozen=True, slots=True)
class RosterCard:
    """A roster in the list. ``total`` counts its people, ``entered`` those offered or in line."""

    id: UUID
    state: str
    sent_at: datetime
    class_title: str
    total: int
    entered: int


@dataclass(frozen=True, slots=True)
class RosterProgress:
    """How far a roster is: ``done`` of ``total`` rows in the step that ``state`` names."""

    id: UUID
    state: str
    done: int
    total: int

    @property
    def is_moving(self) -> bool:
        """Whether the background works on it."""
        return self.state in ("waiting", "checking", "committing")


@dataclass(frozen=True, slots=True)
class RosterView:
    """A roster. ``outcomes`` count all rows, ``chosen`` those that would be entered now, of whom
    ``would_wait``; ``offered``, ``waitlisted`` and ``refused`` those that were. ``is_gone``: its
    people were deleted after a month."""

    progress: RosterProgress
    sent_at: datetime
    class_title: str
    problems: tuple[str, ...]
    outcomes: Mapping[str, int]
    chosen: int
    would_wait: int
    offered: int
    waitlisted: int
    refused: int
    is_gone: bool


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """A row. ``place`` is the state of the enrolment that was made of it, empty before;
    ``can_choose`` while it may still be taken in or out."""

    id: UUID
    row_no: int
    name: str
    id_no_masked: str
    class_title: str
    outcome: str
    reasons: tuple[str, ...]
    chosen: bool
    can_choose: bool
    commit_state: str
    place: str


def my_rosters(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20
) -> Page[RosterCard]:
    """The owner's rosters, the latest first."""
    limit, offset = bounds(page, size)
    mine = the_owner(actor).uploads
    rows = (
        select(RosterRow.upload_id, func.count().label("people"))
        .add_columns(
            func.count().filter(RosterRow.commit_state.in_(("offered", "waitlisted"))).label("made")
        )
        .group_by(RosterRow.upload_id)
        .subquery()
    )
    query = (
        select(RosterUpload, TrainingClass.title, rows.c.people, rows.c.made)
        .outerjoin(TrainingClass, TrainingClass.id == RosterUpload.class_id)
        .outerjoin(rows, rows.c.upload_id == RosterUpload.id)
        .where(mine)
        .order_by(RosterUpload.created_at.desc(), RosterUpload.id.desc())
    )
    found = session.execute(query.limit(limit).offset(offset))
    total = session.scalar(select(func.count()).select_from(RosterUpload).where(mine)) or 0
    return Page(tuple(_card(row) for row in found), max(page, 1), limit, total)


def _card(row: Row[*tuple[Any, ...]]) -> RosterCard:
    upload, title, people, made = row
    return RosterCard(
        id=upload.id,
        state=upload.state,
        sent_at=upload.created_at,
        class_title=title or "",
        total=people or 0,
        entered=made or 0,
    )


def progress(session: Session, actor: Actor, *, upload_id: UUID) -> RosterProgress:
    """How far it is; raises NotFound for a roster of somebody else."""
    return _progress(own_upload(session, actor, upload_id))


def _progress(upload: RosterUpload) -> RosterProgress:
    return RosterProgress(upload.id, upload.state, upload.done, upload.total)


def roster(session: Session, actor: Actor, *, upload_id: UUID) -> RosterView:
    """A roster with its numbers; raises NotFound."""
    upload = own_upload(session, actor, upload_id)
    of = session.get(TrainingClass, upload.class_id) if upload.class_id else None
    outcomes = _counts(session, upload_id, RosterRow.outcome)
    made = _counts(session, upload_id, RosterRow.commit_state)
    chosen = _chosen(session, upload_id)
    was_read = upload.state in ("checked", "done") and upload.total > 0
    return RosterView(
        progress=_progress(upload),
        sent_at=upload.created_at,
        class_title=of.title if of else "",
        problems=tuple(problem_sentence(one) for one in upload.problems),
        outcomes=outcomes,
        chosen=sum(chosen.values()),
        would_wait=chosen.get("waiting", 0),
        offered=made.get("offered", 0),
        waitlisted=made.get("waitlisted", 0),
        refused=made.get("refused", 0),
        is_gone=was_read and not outcomes,
    )


def _chosen(session: Session, upload_id: UUID) -> dict[str, int]:
    """How many of each kind would be entered now."""
    query = (
        select(RosterRow.outcome, func.count())
        .where(
            RosterRow.upload_id == upload_id,
            RosterRow.chosen,
            RosterRow.commit_state == "none",
            RosterRow.outcome.in_(ENTERS),
        )
        .group_by(RosterRow.outcome)
    )
    return dict(session.execute(query).tuples().all())


def _counts(session: Session, upload_id: UUID, column: Any) -> dict[str, int]:
    query = select(column, func.count()).where(RosterRow.upload_id == upload_id).group_by(column)
    return dict(session.execute(query).tuples().all())


def people(
    session: Session,
    actor: Actor,
    *,
    upload_id: UUID,
    outcome: str = "",
    page: int = 1,
    size: int = 20,
    now: datetime,
) -> Page[RosterPerson]:
    """The people of a roster, those to be mended first; ``outcome`` keeps only one kind.

    Every look is written down. Raises NotFound.
    """
    own_upload(session, actor, upload_id)
    limit, offset = bounds(page, size)
    wanted = (RosterRow.upload_id == upload_id) & (RosterRow.outcome != "unread")
    if outcome in IN_ORDER:
        wanted &= RosterRow.outcome == outcome
    order = case({name: place for place, name in enumerate(IN_ORDER)}, value=RosterRow.outcome)
    query = (
        select(RosterRow, TrainingClass.title, Enrolment.status)
        .outerjoin(TrainingClass, TrainingClass.id == RosterRow.class_id)
        .outerjoin(Enrolment, Enrolment.id == RosterRow.enrolment_id)
        .where(wanted)
        .order_by(order, RosterRow.row_no)
    )
    rows = session.execute(query.limit(limit).offset(offset)).all()
    total = session.scalar(select(func.count()).select_from(RosterRow).where(wanted)) or 0
    if rows:
        _trace(session, actor, upload_id, len(rows), now)
    return Page(tuple(_person(row) for row in rows), max(page, 1), limit, total)


def _person(found: Row[*tuple[Any, ...]]) -> RosterPerson:
    row, title, status = found
    number = get_vault().open("id_no", row.id_no_enc) if row.id_no_enc else ""
    return RosterPerson(
        id=row.id,
        row_no=row.row_no,
        name=row.name,
        id_no_masked=mask_id_no(number) if number else "",
        class_title=title or "",
        outcome=row.outcome,
        reasons=sentences(row.reasons),
        chosen=row.chosen,
        can_choose=row.outcome in ENTERS and row.commit_state == "none",
        commit_state=row.commit_state,
        place=status or "",
    )


def _trace(session: Session, actor: Actor, upload_id: UUID, count: int, now: datetime) -> None:
    audit.record(
        session,
        actor,
        "roster.read",
        now=now,
        object_type="roster_upload",
        object_id=upload_id,
        fields_read=_READ,
        detail={"rows": count},
    )
