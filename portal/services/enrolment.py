"""Enrolling: the hot act that takes a seat, or a place on the waiting list.

One statement reads what the rules want to know, the rules answer, one statement takes the seat.
The database keeps the promises, not this code: never more seats than the class has, one open
enrolment a person and class, no two seats that meet at the same time, no subsidy beyond a limit.
What the statement could not do is told apart here, one refusal a reason.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.domain import working_days
from portal.domain.errors import (
    AlreadyEnrolled,
    BadInput,
    EnrolmentClosed,
    Forbidden,
    NotEligible,
    NotFound,
    SeatsGone,
    TimeConflict,
    TooManyPlaces,
    Unauthenticated,
)
from portal.domain.permissions import GRANTS, Permission, Role
from portal.locale import t
from portal.services import (
    commitment,
    eligibility,
    reservations,
    review_asks,
    rule_book,
    times,
)
from portal.services.eligibility import Judged
from portal.services.eligibility_facts import known_person
from portal.services.enrolment_cards import EnrolmentCard
from portal.services.enrolment_sql import CONFLICT, MOST_PLACES, POSITION, READ, TAKE
from portal.services.hot import Step, Steps, WriteRefused, run_steps
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
    "enrolling",
    "my_enrolment",
    "my_enrolments",
    "today",
]

_KEY_LENGTH = 200
# A try is lost only to somebody else's act in the same instant.
_TRIES = 10
_ROLES = [role.value for role in Role if Permission.ENROL in GRANTS[role]]
# A second seat at the same time, a second enrolment, or the last subsidy drawn by another act.
_RACES = frozenset(
    {
        "ex_enrolment_time",
        "uq_enrolment_open",
        "uq_enrolment_idempotency",
        "uq_subsidy_reservation_bucket",
        "uq_subsidy_reservation_total",
        "uq_subsidy_reservation_repeat",
    }
)


@dataclass(frozen=True, slots=True)
class EnrolmentView:
    """A place in a class, as the person is told. ``repeated``: an earlier answer, given again.

    ``status`` is accepted, needs_review (an officer answers by ``review_due_on``; ``why`` says
    what is open) or waitlisted, with the position on the list, counted from 1.
    """

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
    review_due_on: date | None = None
    why: str = ""


def enrol_now(token_hash: bytes, class_id: UUID, **wishes: Any) -> EnrolmentView:
    """``enrolling``, run to its end in this thread."""
    return run_steps(enrolling(token_hash, class_id, **wishes))


def enrolling(
    token_hash: bytes,
    class_id: UUID,
    *,
    commitment_version: str | None,
    idempotency_key: str | None,
    channel: str,
    now: datetime,
    wait: bool = True,
    ask_review: bool = False,
) -> Steps[EnrolmentView]:
    """Take a seat for whoever holds the login token, who has signed the commitment.

    The same ``idempotency_key`` again answers the same enrolment. ``channel`` says through which
    door it came (``web``, ``page``, ``api``). ``wait``: join the waiting list when the class is
    full. ``ask_review``: where only rules refuse that an officer may set aside (原则上), ask for
    that. Raises Unauthenticated, Forbidden, NotFound, BadInput (commitment, key),
    AlreadyEnrolled, EnrolmentClosed, NotEligible, SeatsGone, TooManyPlaces, TimeConflict.
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
        row = yield READ, params
        if row.mine_id is not None and _is_repeat(row, class_id):
            return (yield from _repeated(row, params))
        _refuse(row, now)
        judged = yield from _judge(row, params["today"])
        status = _seated_as(judged, ask_review=ask_review)
        made = yield from _take(row, judged, params, status=status, wait=wait)
        if made is not None:
            return made
    raise SeatsGone


def _key(raw: str | None) -> str | None:
    """The key as it is stored: none for an empty one. Raises BadInput."""
    if raw and (len(raw) > _KEY_LENGTH or not raw.isprintable()):
        raise BadInput("idempotency_key", "enrol.key_length")
    return raw or None


def _judge(row: Row[Any], today: date) -> Steps[Judged]:
    """Ask the rules of the class's region, from the packs that the statement read."""
    book = rule_book.book_of(row.packs or [], row.region_code, today)
    if book is None:
        # A pack was published a moment ago, or this process has just begun.
        book = yield lambda session: rule_book.book_for(session, row.region_code, today)
    person = known_person(row)
    return eligibility.judge(book, row, person.facts, person.history, today)


def _seated_as(judged: Judged, *, ask_review: bool) -> str:
    """The state in which the rules let the person have the seat. Raises NotEligible."""
    decision = judged.decision
    if decision.verdict == "eligible":
        return "accepted"
    if decision.verdict == "needs_review" or (ask_review and decision.overridable):
        return "needs_review"
    raise NotEligible(why=eligibility.headline(decision))


def _take(
    row: Row[Any], judged: Judged, params: dict[str, Any], *, status: str, wait: bool
) -> Steps[EnrolmentView | None]:
    """One run of the statement; None when it must be run again. Raises SeatsGone, TimeConflict."""
    if row.clash is not None and not row.is_full:
        raise TimeConflict(title=row.clash)
    review = status == "needs_review"
    may_wait = wait and _list_is_open(row, judged, params["now"])
    if row.is_full and not may_wait:
        raise SeatsGone
    if row.is_full and row.places >= MOST_PLACES:
        raise TooManyPlaces(most=MOST_PLACES)
    due = working_days.after(params["today"], judged.book.review.due_working_days)
    more = _writes(row, judged, params["now"]) | {
        "seated_as": status,
        "review_due_on": due if review else None,
        # A subsidy beyond the limits is set aside only once an officer has decided so.
        "over_limit": judged.decision.verdict == "not_eligible",
        "may_wait": may_wait,
        "rank": 0 if judged.has_priority else 1,
    }
    try:
        took = yield _take_step(row, params | more)
    except WriteRefused as refused:
        yield from _after_refused_write(refused, row, params)
        return None
    if took.status is None:
        return None
    position = took.waiting
    if took.status == "waitlisted" and more["rank"] == 0:
        position = yield from _position(row.class_id, 0, took.waiting_no)
    return _view(
        row,
        more["enrolment_id"],
        took.status,
        params["now"],
        position=position,
        review_due_on=more["review_due_on"] if took.status == "needs_review" else None,
        why=eligibility.reason(judged.decision) if took.status == "needs_review" else "",
    )


def _take_step(row: Row[Any], params: dict[str, Any]) -> Step:
    """The statement; where a rule must be set aside, behind a look at how often that was asked.

    Of a person with two records no index sees both: there the lock is had before the statement
    begins, so that it sees what was done with the other record while it waited.
    """
    if not params["over_limit"] and not row.merged:
        return TAKE, params
    hold = review_asks.hold_and_check if params["over_limit"] else review_asks.hold

    def held(session: Session) -> Any:
        hold(session, row.person_id)
        return session.execute(TAKE, params).first()

    return held


def _writes(row: Row[Any], judged: Judged, now: datetime) -> dict[str, Any]:
    """What the statement writes beside the enrolment: ids, the subsidy, the decision."""
    kept = eligibility.snapshot_values(judged)
    subsidy = reservations.params_of(
        judged.decision.quota, title=row.title, ends_on=row.ends_on, now=now
    )
    return subsidy | {
        "enrolment_id": new_id(),
        "reservation_id": new_id(),
        "decision_id": new_id(),
        "audit_id": new_id(),
        "verdict": kept["verdict"],
        "decided_by_packs": _json(kept["packs"]),
        "inputs": _json(kept["inputs"]),
        "results": _json(kept["results"]),
    }


def _json(value: Any) -> str:
    return to_json(value).decode()


def _list_is_open(row: Row[Any], judged: Judged, now: datetime) -> bool:
    """Whether somebody who joins the list now could still be offered a seat."""
    hours = timedelta(hours=judged.book.waiting_list.close_before_start_hours)
    return row.first_meeting is None or now < row.first_meeting - hours


def _after_refused_write(
    refused: WriteRefused, row: Row[Any], params: dict[str, Any]
) -> Steps[None]:
    """Make ready for another run, or raise: TimeConflict, or what is no race."""
    if refused.constraint == "fk_enrolment_commitment_version_commitment_template":
        yield lambda session: commitment.ensure_stored(session, params["now"])
        return
    if refused.constraint not in _RACES:
        raise refused
    if refused.constraint == "ex_enrolment_time":
        other = yield CONFLICT, params | {"person_id": row.person_id}
        if other is not None:
            raise TimeConflict(title=other.title) from None


def _is_repeat(row: Row[Any], class_id: UUID) -> bool:
    """Whether the enrolment found is the one that this key made; raises when it says no."""
    if row.role not in _ROLES:
        return False
    if not row.same_key:
        raise AlreadyEnrolled(enrolment_id=row.mine_id)
    if row.mine_class_id != class_id:
        raise BadInput("idempotency_key", "enrol.key_reused")
    if row.mine_status in ("withdrawn", "removed", "rejected", "expired"):
        raise BadInput("idempotency_key", "enrol.key_spent")
    return True


def _repeated(row: Row[Any], params: dict[str, Any]) -> Steps[EnrolmentView]:
    position = None
    if row.mine_status == "waitlisted":
        position = yield from _position(params["class_id"], row.waiting_rank, row.waiting_no)
    return _view(
        row,
        row.mine_id,
        row.mine_status,
        row.mine_signed_at or row.mine_created_at,
        position=position,
        review_due_on=row.review_due_on if row.mine_status == "needs_review" else None,
        repeated=True,
    )


def _position(class_id: UUID, rank: int, no: int) -> Steps[int]:
    found = yield POSITION, {"class_id": class_id, "rank": rank, "no": no}
    return int(found.position)


def _refuse(row: Row[Any], now: datetime) -> None:
    """Raise what stands in the way of anybody, whatever the rules say."""
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


def _view(
    row: Row[Any],
    enrolment_id: UUID,
    status: str,
    signed_at: datetime,
    *,
    position: int | None = None,
    review_due_on: date | None = None,
    why: str = "",
    repeated: bool = False,
) -> EnrolmentView:
    return EnrolmentView(
        id=enrolment_id,
        class_id=row.class_id,
        status=status,
        waitlist_position=position,
        repeated=repeated,
        title=row.title,
        institution_name=row.institution_name,
        site=row.site,
        address=row.address,
        starts_on=row.starts_on,
        first_meeting=row.first_meeting,
        signed_at=signed_at,
        review_due_on=review_due_on,
        why=why,
    )
