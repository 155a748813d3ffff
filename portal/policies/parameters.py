"""What the product needs to know of a region and policy documents rarely say.

Each table names where its values come from in ``source_note``: the document, or the product
itself, whose values the authority changes by publishing the pack again.
"""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from portal.locale import t
from portal.policies.entry import Count, Entry, Text

Ratio = Annotated[float, Field(gt=0, le=1)]


class Block(Entry):
    """A stretch of the teaching day, local clock time."""

    starts: time
    ends: time


class Hours(Entry):
    """The regional day. ``assumption`` is true where the document says nothing."""

    tz: Literal["Asia/Shanghai"]
    blocks: Annotated[tuple[Block, ...], Field(min_length=1)]
    minutes_per_hour: Count
    max_hours_per_day: Count
    assumption: bool
    source_note: Text


class Attendance(Entry):
    """What attendance is judged by (reference B11.2); no policy text names any of it.

    Windows are minutes around a session's start and end, ratios are of planned 课时. A class may
    have other windows of its own (``ClassCheckIn.windows``).
    """

    opens_before_min: Count = 30
    late_after_min: Count = 15
    closes_after_min: Count = 30
    out_opens_before_end_min: Count = 10
    out_closes_after_end_min: Count = 60
    min_ratio: Ratio = 0.8
    # Shares of the theory and of the practice hours alone; none asked where None.
    theory_min_ratio: Ratio | None = None
    practice_min_ratio: Ratio | None = None
    excused_in_denominator: bool = True
    makeup_counts: bool = True
    # A roll-call in the middle (抽查点名) is open so long; whoever missed it is only noted, or
    # gets no hours for the session.
    call_open_min: Count = 5
    missed_call: Literal["note", "no_hours"] = "note"
    # A sheet is overdue so many working days after its session.
    confirm_within_days: Count = 3
    # Corrections by hand in one class, above which a second person must agree.
    second_person_above: Annotated[int, Field(ge=0)] = 5
    # Days in which a trainee may appeal, working days in which the institution answers.
    appeal_within_days: Count = 7
    appeal_answer_days: Count = 3
    # What a device without a link recorded is taken so long afterwards.
    offline_within_hours: Count = 72
    # So many people may one helper check in for one session.
    helper_most: Count = 5
    # A warning goes out when no more than so many 课时 may be missed.
    warn_hours_left: Count = 8
    # Heads counted by an inspector, as a share of the sheet (reference B11.1, C-52).
    yellow_below: Ratio = 0.9
    red_below: Ratio = 0.8
    # So many cards of one kind in a year weigh against an institution (the same source).
    yellows_a_year: Count = 3
    reds_a_year: Count = 2
    # How far from the room a phone may be to be near it, or at its edge, in metres.
    near_m: Count = 300
    edge_m: Count = 1500
    # From so many points of the ghost-class score on an officer should look.
    look_at_points: Count = 40
    source_note: Text


class WaitingList(Entry):
    """How long a freed seat is offered to one person, in hours.

    An offer lasts ``offer_hours``, less when the list closes, never less than
    ``offer_min_hours``; nothing is offered in the last ``close_before_start_hours`` before the
    class begins.
    """

    offer_hours: Count = 24
    offer_min_hours: Count = 2
    close_before_start_hours: Annotated[int, Field(ge=0)] = 12
    source_note: Text


class Review(Entry):
    """In how many working days an officer decides what the rules leave open."""

    due_working_days: Count = 3
    source_note: Text


class Claims(Entry):
    """Deadlines of claims: months after the training's end to file one, days of 公示, days in
    which the trainee is asked to confirm."""

    deadline_months: Count = 12
    public_notice_days: Count = 7
    confirm_days: Count = 7
    source_note: Text


class CarryOver(Entry):
    """Whether hours of a training that another portal recorded count in a class here; no policy
    text names any of it.

    ``max_share`` is of the class's planned 课时; the training must have ended at most
    ``within_days`` before the class begins.
    """

    counts: bool = False
    max_share: Ratio = 0.25
    same_occupation: bool = True
    within_days: Count = 730
    source_note: Text


def own_default() -> str:
    """The source note of values that are the product's own."""
    return t("publish.pack.own_default")


def default_attendance() -> Attendance:
    """What holds where no pack does."""
    return Attendance(source_note=own_default())


def default_waiting_list() -> WaitingList:
    """What holds where a pack does not say."""
    return WaitingList(source_note=own_default())


def default_review() -> Review:
    """What holds where a pack does not say."""
    return Review(source_note=own_default())


def default_claims() -> Claims:
    """What holds where a pack does not say."""
    return Claims(source_note=own_default())


def default_carry_over() -> CarryOver:
    """What holds where a pack does not say: nothing is counted."""
    return CarryOver(source_note=own_default())
