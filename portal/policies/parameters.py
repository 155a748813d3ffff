"""What the product needs to know of a region and policy documents rarely say.

Each table names where its values come from in ``source_note``: the document, or the product
itself, whose values the authority changes by publishing the pack again.
"""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from portal.locale import t
from portal.policies.entry import Count, Entry, Text


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
    """Windows in minutes and ratios of planned 课时 (reference B11.2); no policy text has any."""

    opens_before_min: Count = 30
    late_after_min: Count = 15
    closes_after_min: Count = 30
    out_opens_before_end_min: Count = 10
    out_closes_after_end_min: Count = 60
    min_ratio: Annotated[float, Field(gt=0, le=1)] = 0.8
    excused_in_denominator: bool = True
    makeup_counts: bool = True
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
