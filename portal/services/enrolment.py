"""Enrolling: the hot act that takes a seat in one SQL statement.

The database keeps the promises, not this code: never more seats than the class has, one live
enrolment a person and class, no two that meet at the same time. What the statement could not do
is told apart here, one refusal a reason.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from portal.db.engine import in_transaction, violated_constraint
from portal.db.ids import new_id
from portal.db.models.classes import LIVE
from portal.domain.errors import (
    AlreadyEnrolled,
    BadInput,
    EnrolmentClosed,
    Forbidden,
    NotFound,
    SeatsGone,
    TimeConflict,
    Unauthenticated,
)
from portal.domain.permissions import GRANTS, Permission, Role
from portal.locale import t
from portal.services import commitment, times
from portal.services.enrolment_cards import EnrolmentCard
from portal.services.hot import WHO, run_statement
from portal.services.own_enrolments import (
    ClassStanding,
    EnrolmentDetail,
    already,
    cancel,
    my_enrolment,
    my_enrolments,
)
from portal.services.own_sessions import OwnMeeting, today

__all__ = [
    "ClassStanding",
    "EnrolmentCard",
    "EnrolmentDetail",
    "EnrolmentView",
    "OwnMeeting",
    "already",
    "cancel",
    "enrol_now",
    "my_enrolment",
    "my_enrolments",
    "today",
]

_KEY_LENGTH = 200
# A try is lost only to somebody else's act in the same instant.
_TRIES = 10

_ENROLLING = "c.status = 'enrolling' AND c.enrol_from <= :now AND :now < c.enrol_until"

# The institution's latest listing decides. Removed or suspended, it takes nobody new, while
# those enrolled already may finish (reference C4, 15).
_LISTED = """COALESCE((
    SELECT g.status IN ('listed', 'warning') AND COALESCE(g.effective_to >= :today, TRUE)
      FROM institution_listing g
     WHERE g.institution_id = c.institution_id AND g.effective_from <= :today
     ORDER BY g.effective_from DESC, g.id DESC LIMIT 1), FALSE)"""

# A later issue checks the subsidy rules between ``mine`` and ``seat``: a CTE that answers the
# pack's verdict for (who, class), a further condition on ``seat``, and the reservation inserted
# beside ``new``, so that seat and reservation are had together or not at all. The waiting list
# takes the place of the refusal in ``_refuse`` when ``has_seat`` is false.
_ENROL = text(
    f"""
WITH {WHO}, class AS (
    SELECT c.id, c.title, c.status, c.enrol_from, c.enrol_until, c.starts_on, c.site, c.address,
           lower(c.meets) AS first_meeting, c.seats_taken < c.capacity AS has_seat,
           i.name AS institution_name, {_LISTED} AS listed
      FROM training_class c JOIN institution i ON i.id = c.institution_id
     WHERE c.id = :class_id
), mine AS (
    SELECT e.id, e.class_id, e.status, e.signed_at, e.idempotency_key
      FROM who JOIN enrolment e ON e.person_id = who.person_id
     WHERE (e.class_id = :class_id AND e.{LIVE})
        OR e.idempotency_key = CAST(:key AS text)
     ORDER BY e.idempotency_key = CAST(:key AS text) DESC NULLS LAST LIMIT 1
), seat AS (
    UPDATE training_class c SET seats_taken = seats_taken + 1 FROM who, class
     WHERE c.id = class.id AND class.listed AND who.role = ANY(:roles)
       AND {_ENROLLING} AND c.seats_taken < c.capacity AND NOT EXISTS (SELECT FROM mine)
    RETURNING c.id, c.meets
), new AS (
    INSERT INTO enrolment (id, person_id, person_no, class_id, busy, status, channel,
           commitment_version, commitment_text_hash, signed_at, idempotency_key, created_at)
    SELECT :enrolment_id, who.person_id, who.person_no, seat.id, seat.meets, 'accepted', :channel,
           :version, :text_hash, :now, CAST(:key AS text), :now
      FROM who, seat
    RETURNING id
), trace AS (
    INSERT INTO audit_event
           (id, at, actor_account_id, actor_role, on_behalf_of, action, object_type, object_id)
    SELECT :audit_id, :now, who.account_id, who.role, who.person_id, 'enrolment.enrol',
           'enrolment', CAST(new.id AS text)
      FROM who, new
)
SELECT who.role, who.person_id, class.*, class.id AS class_id, new.id AS new_id,
       mine.id AS mine_id, mine.class_id AS mine_class_id, mine.status AS mine_status,
       mine.signed_at AS mine_signed_at, mine.idempotency_key = CAST(:key AS text) AS same_key
  FROM (SELECT) AS nothing
  LEFT JOIN who ON TRUE LEFT JOIN class ON TRUE LEFT JOIN mine ON TRUE LEFT JOIN new ON TRUE
"""  # noqa: S608 - only constants of our own
)

_CONFLICT = text(
    f"""
SELECT other.title
  FROM enrolment e JOIN training_class other ON other.id = e.class_id
 WHERE e.person_id = (SELECT a.person_id FROM login_session l JOIN account a ON a.id = l.account_id
                       WHERE l.token_hash = :token_hash)
   AND e.{LIVE} AND e.class_id <> :class_id
   AND e.busy && (SELECT meets FROM training_class WHERE id = :class_id)
 ORDER BY e.created_at LIMIT 1
"""  # noqa: S608 - only constants of our own
)

_ROLES = [role.value for role in Role if Permission.ENROL in GRANTS[role]]


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """A place in a class, as the person is told. ``repeated``: an earlier answer, given again."""

    id: UUID
    class_id: UUID
    status: str
    waitlist_position: int | None
    repeated: bool
    title: str
    institution_name: str
    site: str
    address: str
    starts_on: date
    first_meeting: datetime | None
    signed_at: datetime


def enrol_now(
    token_hash: bytes,
    class_id: UUID,
    *,
    commitment_version: str | None,
    idempotency_key: str | None,
    channel: str,
    now: datetime,
) -> EnrolmentView:
    """Take a seat for whoever holds the login token, who has signed the commitment.

    The same ``idempotency_key`` again answers the same enrolment. ``channel`` says through which
    door it came (``web``, ``page``, ``api``). Raises Unauthenticated, Forbidden, NotFound,
    BadInput (commitment, key), AlreadyEnrolled, EnrolmentClosed, SeatsGone, TimeConflict.
    """
    signed = commitment.current()
    if commitment_version != signed.version:
        raise BadInput("commitment", "enrol.commitment_outdated")
    params: dict[str, Any] = {
        "token_hash": token_hash,
        "class_id": class_id,
        "key": _key(idempotency_key),
        "channel": channel,
        "now": now,
        "today": times.day_of(now),
        "version": signed.version,
        "text_hash": signed.text_hash,
        "roles": _ROLES,
    }
    for _ in range(_TRIES):
        row = _try(params)
        if row is None:
            continue
        if row.new_id is not None:
            return _view(row, row.new_id, "accepted", now, repeated=False)
        if row.mine_id is not None and _is_repeat(row, class_id):
            return _view(row, row.mine_id, row.mine_status, row.mine_signed_at, repeated=True)
        _refuse(row, now)
    raise SeatsGone


def _key(raw: str | None) -> str | None:
    """The key as it is stored: none for an empty one. Raises BadInput."""
    if raw and (len(raw) > _KEY_LENGTH or not raw.isprintable()):
        raise BadInput("idempotency_key", "enrol.key_length")
    return raw or None


def _try(params: dict[str, Any]) -> Row[Any] | None:
    """One run of the statement; None when it must be run again. Raises TimeConflict."""
    try:
        return run_statement(_ENROL, params | {"enrolment_id": new_id(), "audit_id": new_id()})
    except IntegrityError as error:
        match violated_constraint(error):
            case "ex_enrolment_time" | "uq_enrolment_open" | "uq_enrolment_idempotency":
                other = run_statement(_CONFLICT, params)
                if other is not None:
                    raise TimeConflict(title=other.title) from None
            case "fk_enrolment_commitment_version_commitment_template":
                in_transaction(lambda session: commitment.ensure_stored(session, params["now"]))
            case _:
                raise
    return None


def _is_repeat(row: Row[Any], class_id: UUID) -> bool:
    """Whether the enrolment found is the one that this key made; raises when it says no."""
    if row.role not in _ROLES:
        return False
    if not row.same_key:
        raise AlreadyEnrolled(enrolment_id=row.mine_id)
    if row.mine_class_id != class_id:
        raise BadInput("idempotency_key", "enrol.key_reused")
    if row.mine_status in ("withdrawn", "removed"):
        raise BadInput("idempotency_key", "enrol.key_spent")
    return True


def _refuse(row: Row[Any], now: datetime) -> None:
    """Raise what stood in the way; nothing when it was only a race, to be run again."""
    if row.person_id is None:
        raise Unauthenticated
    if row.role not in _ROLES:
        raise Forbidden
    if row.class_id is None or row.status == "draft":
        raise NotFound
    if not row.listed:
        raise EnrolmentClosed(why=t("enrol.closed_institution"))
    if row.status != "enrolling":
        raise EnrolmentClosed(why=t("enrol.closed_class"))
    if now < row.enrol_from:
        opens = times.moment_text(row.enrol_from)
        raise EnrolmentClosed(why=t("enrol.closed_not_yet", opens=opens))
    if now >= row.enrol_until:
        raise EnrolmentClosed(why=t("enrol.closed_over"))
    if not row.has_seat:
        raise SeatsGone


def _view(
    row: Row[Any], enrolment_id: UUID, status: str, signed_at: datetime, *, repeated: bool
) -> EnrolmentView:
    return EnrolmentView(
        id=enrolment_id,
        class_id=row.class_id,
        status=status,
        waitlist_position=None,
        repeated=repeated,
        title=row.title,
        institution_name=row.institution_name,
        site=row.site,
        address=row.address,
        starts_on=row.starts_on,
        first_meeting=row.first_meeting,
        signed_at=signed_at,
    )
