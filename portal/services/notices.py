"""What an act tells a person, kept in that act's transaction until it is read or over.

Which kinds there are, and where each leads, is data (``KINDS``); the words are
``notice.<kind>.heading``, ``.sentence`` and ``.sms`` in ``locale/``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import Formatter
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, text, update
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Notice, Person
from portal.db.vault import get_vault
from portal.domain.errors import NotFound, TooManyAttempts
from portal.domain.permissions import Actor, Permission
from portal.locale import has, sentences, t
from portal.services.sms import send
from portal.services.times import moment_text

# News for half a year; then only the facts themselves tell of it.
SHOWN_FOR = timedelta(days=180)
KEPT_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """Where a kind of notice leads: a page, with ``{id}`` of the thing that it is about.

    ``tone`` is how it looks: ``act`` wants something of the person, ``good`` and ``bad`` news.
    """

    page: str
    tone: str


_ENROLMENT = "/me/enrolments/{id}"
_SESSION = "/me/sessions/{id}"
_CLAIM = "/me/claims"
_HELPERS = "/me/data"
_APPEALS = "/teach/appeals"
_CORRECTIONS = "/me/corrections"
_SHEET = "/teach/sessions/{id}"
_CASE = "/teach/cases/{id}"
KINDS: Mapping[str, NoticeKind] = {
    "offer_made": NoticeKind(_ENROLMENT, "act"),
    "offer_expired": NoticeKind(_ENROLMENT, "bad"),
    "offer_gone": NoticeKind(_ENROLMENT, "bad"),
    "review_approved": NoticeKind(_ENROLMENT, "good"),
    "review_refused": NoticeKind(_ENROLMENT, "bad"),
    "review_waiting": NoticeKind(_ENROLMENT, "news"),
    "roster_invited": NoticeKind(_ENROLMENT, "act"),
    "roster_waiting": NoticeKind(_ENROLMENT, "news"),
    "desk_confirmed": NoticeKind(_ENROLMENT, "news"),
    "mandate_asked": NoticeKind(_HELPERS, "act"),
    "mandate_given": NoticeKind(_HELPERS, "news"),
    "helped_enrolment": NoticeKind(_ENROLMENT, "news"),
    "need_met": NoticeKind("/classes/{id}", "good"),
    "claim_confirm_asked": NoticeKind(_CLAIM, "act"),
    "claim_stopped": NoticeKind(_CLAIM, "bad"),
    "claim_case_upheld": NoticeKind(_CLAIM, "good"),
    "claim_case_dismissed": NoticeKind(_CLAIM, "bad"),
    "claim_paid": NoticeKind(_CLAIM, "good"),
    "group_verified": NoticeKind("/me/subsidies", "good"),
    "group_refused": NoticeKind("/me/facts", "bad"),
    "fact_ended": NoticeKind("/me/facts", "news"),
    "fact_kept": NoticeKind("/me/facts", "news"),
    "waiting_closed": NoticeKind(_ENROLMENT, "bad"),
    "inspected": NoticeKind("/teach/sessions/{id}", "news"),
    "inspected_yellow": NoticeKind("/teach/sessions/{id}", "bad"),
    "inspected_red": NoticeKind("/teach/sessions/{id}", "bad"),
    "seat_lost_not_eligible": NoticeKind(_ENROLMENT, "bad"),
    "appeal_upheld": NoticeKind(_ENROLMENT, "good"),
    "appeal_refused": NoticeKind(_ENROLMENT, "bad"),
    "attendance_near": NoticeKind(_ENROLMENT, "act"),
    "attendance_short_class": NoticeKind(_ENROLMENT, "news"),
    "attendance_last": NoticeKind(_ENROLMENT, "act"),
    "attendance_lost": NoticeKind(_ENROLMENT, "bad"),
    "attendance_lost_at_once": NoticeKind(_ENROLMENT, "bad"),
    "appeal_received": NoticeKind(_APPEALS, "act"),
    "appeal_overdue": NoticeKind(_APPEALS, "act"),
    "sheets_overdue": NoticeKind("/teach", "act"),
    "correction_waits": NoticeKind(_SHEET, "act"),
    "correction_approved": NoticeKind(_SHEET, "good"),
    "correction_refused": NoticeKind(_SHEET, "bad"),
    "leave_granted": NoticeKind(_SESSION, "good"),
    "leave_refused": NoticeKind(_SESSION, "bad"),
    "talent_wanted": NoticeKind("/me/shares", "news"),
    "makeup_counted": NoticeKind(_SESSION, "good"),
    "makeup_missed": NoticeKind(_SESSION, "bad"),
    "id_corrected": NoticeKind("/me/data", "news"),
    "records_merged": NoticeKind("/me/archive", "news"),
    "records_parted": NoticeKind("/me/archive", "news"),
    "record_asked": NoticeKind("/teach/corrections", "act"),
    "record_accepted": NoticeKind(_CORRECTIONS, "good"),
    "record_refused": NoticeKind(_CORRECTIONS, "bad"),
    "record_passed_on": NoticeKind(_CORRECTIONS, "news"),
    "certificate_corrected": NoticeKind("/me/certificates", "news"),
    "certificate_printed": NoticeKind("/me/certificates", "news"),
    "opening_approved": NoticeKind("/teach/classes/{id}", "good"),
    "opening_returned": NoticeKind("/teach/openings/{id}", "act"),
    "opening_rejected": NoticeKind("/teach/openings/{id}", "bad"),
    "external_verified": NoticeKind("/me/external", "good"),
    "external_refused": NoticeKind("/me/external", "bad"),
    "advancement_recommended": NoticeKind("/me/archive", "good"),
    "advancement_declined": NoticeKind("/me/archive", "bad"),
    "evaluation_accepted": NoticeKind("/employer/evaluations", "good"),
    "evaluation_returned": NoticeKind("/employer/evaluations", "act"),
    "evaluation_ended": NoticeKind("/employer/evaluations", "bad"),
    "supplement_filed": NoticeKind("/admin/supplements", "act"),
    "supplement_accepted": NoticeKind("/admin/supplements/{id}", "good"),
    "supplement_rejected": NoticeKind("/admin/supplements/{id}", "act"),
    "supplement_covered": NoticeKind("/admin/supplements/{id}", "news"),
    "supplement_restored": NoticeKind("/admin/supplements/{id}", "news"),
    "supplement_ended": NoticeKind("/admin/supplements/{id}", "news"),
    "case_hearing": NoticeKind(_CASE, "act"),
    "case_rectify": NoticeKind(_CASE, "act"),
    "case_warning": NoticeKind(_CASE, "bad"),
    "case_suspend": NoticeKind(_CASE, "bad"),
    "case_remove": NoticeKind(_CASE, "bad"),
    "case_appeal_upheld": NoticeKind(_CASE, "good"),
    "case_appeal_refused": NoticeKind(_CASE, "bad"),
    "complaint_answered": NoticeKind("/complaints", "news"),
    "institution_off_seat": NoticeKind(_ENROLMENT, "bad"),
    "institution_off_wait": NoticeKind(_ENROLMENT, "bad"),
    "institution_suspended": NoticeKind(_ENROLMENT, "news"),
    "institution_goes_on": NoticeKind(_ENROLMENT, "news"),
    "institution_resumed": NoticeKind(_ENROLMENT, "good"),
    "institution_back": NoticeKind(_ENROLMENT, "good"),
    "class_off_seat": NoticeKind(_ENROLMENT, "bad"),
    "class_off_wait": NoticeKind(_ENROLMENT, "bad"),
    "class_off_guest": NoticeKind(_SESSION, "act"),
    "class_off_staff": NoticeKind("/teach/classes/{id}", "bad"),
    "listing_decided": NoticeKind("/teach", "act"),
    "staff_removed": NoticeKind("/me", "news"),
    "session_without_teacher": NoticeKind(_SHEET, "act"),
    "second_factor_reset": NoticeKind("/me/security", "act"),
    "account_looked_after": NoticeKind("/me/security", "news"),
    "consent_asked": NoticeKind("/admin/security", "act"),
    "consent_given": NoticeKind("/admin/accounts", "good"),
    "consent_refused": NoticeKind("/admin/accounts", "bad"),
}

# Sentences may say until when: from the notice's own end, unless the act words it.
_FILLED_HERE = {"until"}


def placeholders(kind: str) -> set[str]:
    """What ``params`` of a kind must hold, all of it and nothing else."""
    wanted: set[str] = set()
    for part in ("heading", "sentence", "sms"):
        key = f"notice.{kind}.{part}"
        if has(key):
            wanted |= {name for _, name, _, _ in Formatter().parse(sentences()[key]) if name}
    return wanted - _FILLED_HERE


def tell(
    session: Session,
    person_id: UUID,
    kind: str,
    *,
    params: Mapping[str, object] | None = None,
    ref: tuple[str, UUID] | None = None,
    now: datetime,
    until: datetime | None = None,
    sms: bool = False,
) -> None:
    """Tell a person something in this transaction; with ``sms`` on their phone, too.

    ``params`` fill the sentences: titles, dates and amounts as they are read, never what
    identifies a person. ``ref`` is what it is about, ``("enrolment", id)``; its id goes into the
    link. After ``until`` it is not shown. A phone that was written to often enough this hour gets
    no message; the notice stands all the same. Raises ValueError for a fault of the caller.
    """
    given = dict(params or {})
    _check(kind, given, ref)
    session.add(
        Notice(
            id=new_id(),
            person_id=person_id,
            kind=kind,
            params=given,
            ref_type=ref[0] if ref else None,
            ref_id=ref[1] if ref else None,
            created_at=now,
            until=until,
        )
    )
    session.flush()
    if sms:
        _text(session, person_id, kind, given, now, until)


def tell_all(
    session: Session, kind: str, whom: Sequence[tuple[UUID, tuple[str, UUID]]], *, now: datetime
) -> None:
    """Tell many people the same in one statement: each a person and what it is about.

    For kinds whose sentences need no filling. Raises ValueError for a fault of the caller.
    """
    for _, ref in whom[:1]:
        _check(kind, {}, ref)
    rows = [
        {
            "id": new_id(),
            "person_id": person_id,
            "kind": kind,
            "params": {},
            "ref_type": ref[0],
            "ref_id": ref[1],
            "created_at": now,
        }
        for person_id, ref in whom
    ]
    if rows:
        session.execute(insert(Notice), rows)


def _check(kind: str, params: dict[str, object], ref: tuple[str, UUID] | None) -> None:
    """Refuse what could not be shown later, and what no sentence needs: it need not be kept."""
    if kind not in KINDS:
        raise ValueError(f"no notice is called {kind}")
    wanted = placeholders(kind)
    if set(params) - _FILLED_HERE != wanted:
        raise ValueError(f"{kind} is filled by {sorted(wanted)}, got {sorted(params)}")
    if not all(isinstance(value, str | int) for value in params.values()):
        raise ValueError(f"{kind} is filled by texts and numbers")
    if "{id}" in KINDS[kind].page and ref is None:
        raise ValueError(f"{kind} leads to the page of something: say of what")


def _text(
    session: Session,
    person_id: UUID,
    kind: str,
    params: dict[str, object],
    now: datetime,
    until: datetime | None,
) -> None:
    """Send the kind's short sentence to the person's phone, if there is one."""
    sealed = session.scalar(select(Person.phone_enc).where(Person.id == person_id))
    if sealed is None:
        return
    filled = _filled(params, until)
    try:
        send(
            session,
            get_vault().open("phone", sealed),
            f"notice.{kind}.sms",
            filled,
            now,
            until=until,
        )
    except TooManyAttempts:
        return


def _filled(params: Mapping[str, object], until: datetime | None) -> dict[str, object]:
    return {"until": moment_text(until) if until else "", **params}


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice in words; ``href`` leads to what it is about."""

    id: UUID
    kind: str
    tone: str
    heading: str
    sentence: str
    href: str
    at: datetime
    unread: bool


def my_notices(session: Session, actor: Actor, *, now: datetime) -> tuple[NoticeView, ...]:
    """The actor's own notices that still matter, newest first."""
    actor.require(Permission.SIGNED_IN)
    rows = session.scalars(
        select(Notice)
        .where(Notice.person_id.in_(actor.the_records()), _still_matters(now))
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(100)
    )
    return tuple(_view(row) for row in rows)


def _still_matters(now: datetime) -> ColumnElement[bool]:
    return and_(
        Notice.created_at > now - SHOWN_FOR,
        or_(Notice.until.is_(None), Notice.until > now),
        Notice.kind.in_(KINDS),
    )


def _view(row: Notice) -> NoticeView:
    kind = KINDS[row.kind]
    filled = _filled(row.params, row.until)
    return NoticeView(
        id=row.id,
        kind=row.kind,
        tone=kind.tone,
        heading=t(f"notice.{row.kind}.heading", **filled),
        sentence=t(f"notice.{row.kind}.sentence", **filled),
        href=kind.page.format(id=row.ref_id),
        at=row.created_at,
        unread=row.read_at is None,
    )


def unread_count(session: Session, actor: Actor, *, now: datetime) -> int:
    """How many notices the actor has not opened."""
    actor.require(Permission.SIGNED_IN)
    mine = (Notice.person_id.in_(actor.the_records()), Notice.read_at.is_(None))
    return (
        session.scalar(select(func.count()).select_from(Notice).where(*mine, _still_matters(now)))
        or 0
    )


def mark_read(session: Session, actor: Actor, *, notice_id: UUID, now: datetime) -> None:
    """The actor opened one; the first time counts. Raises NotFound for another's."""
    actor.require(Permission.SIGNED_IN)
    row = session.get(Notice, notice_id)
    if row is None or row.person_id not in actor.the_records():
        raise NotFound
    row.read_at = row.read_at or now


def mark_all_read(session: Session, actor: Actor, *, now: datetime) -> None:
    """The actor has seen them all."""
    actor.require(Permission.SIGNED_IN)
    session.execute(
        update(Notice)
        .where(Notice.person_id.in_(actor.the_records()), Notice.read_at.is_(None))
        .values(read_at=now)
    )


def forget(session: Session, actor: Actor, *, now: datetime) -> None:
    """Delete notices of more than a year ago."""
    actor.require(Permission.RUN_TASKS)
    session.execute(text("DELETE FROM notice WHERE created_at < :at"), {"at": now - KEPT_FOR})
