"""How far the hours of one person reach: what is had, what may still come, what may be missed.

A person is warned while something can still be done: ``near`` when few hours may be missed,
``last`` when the next session decides, ``lost`` when the certificate's hours are out of reach.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Level(StrEnum):
    """How urgent a warning is; in the order in which they come."""

    NEAR = "near"
    LAST = "last"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A session for one person, in 课时. ``got`` is None while it may still count in full;
    ``begun`` once its doors have opened. ``excused`` was missed with leave; ``kind`` is theory,
    practice, online or exam."""

    day: date
    hours: int
    got: int | None
    begun: bool
    excused: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Hours of one person in one class.

    ``needed`` earn the certificate, ``got`` are counted so far, ``ahead`` can still be had,
    ``missed`` are gone. ``spare`` may still be missed; below nought the goal is out of reach.
    ``next_day`` are the sessions of the next day on which the class meets.
    """

    needed: int
    got: int
    ahead: int
    missed: int
    next_day: tuple[int, ...]

    @property
    def spare(self) -> int:
        return self.got + self.ahead - self.needed

    @property
    def lacking(self) -> int:
        """What is still to be had, 0 once there is enough."""
        return max(self.needed - self.got, 0)


def outlook(lessons: Sequence[Lesson], *, needed: int, planned: int, carried: int = 0) -> Outlook:
    """Where a person stands. Hours of the class that no session has yet can still be had;
    ``carried`` were had elsewhere and count already."""
    unscheduled = max(planned - sum(lesson.hours for lesson in lessons), 0)
    open_ = sum(lesson.hours for lesson in lessons if lesson.got is None)
    known = [(lesson.hours, lesson.got) for lesson in lessons if lesson.got is not None]
    coming = [lesson for lesson in lessons if not lesson.begun]
    next_day = min((lesson.day for lesson in coming), default=None)
    return Outlook(
        needed=needed,
        got=sum(got for _, got in known) + carried,
        ahead=open_ + unscheduled,
        missed=sum(max(hours - got, 0) for hours, got in known),
        next_day=tuple(lesson.hours for lesson in coming if lesson.day == next_day),
    )


def worst(found: Sequence[Outlook], *, warn_hours_left: int) -> tuple[Level | None, Outlook]:
    """The most urgent of several goals, of which the first is that of all hours together."""
    order = [None, *Level]
    levels = [level_of(one, warn_hours_left=warn_hours_left) for one in found]
    most = max(range(len(found)), key=lambda n: (order.index(levels[n]), -found[n].spare))
    return levels[most], found[most]


def level_of(found: Outlook, *, warn_hours_left: int) -> Level | None:
    """Whether to warn, and how urgently.

    Whoever has missed nothing is left in peace, unless several sessions of the next day together
    could be too many: one asks once a day, and nobody shall lose the goal between two askings
    without a word. What a single session takes from somebody who missed nothing before cannot be
    foretold; ``lost`` then says so.
    """
    spare = found.spare
    if spare < 0:
        return Level.LOST
    if not found.next_day:
        return None
    day_decides = sum(found.next_day) > spare
    if not found.missed:
        return Level.NEAR if day_decides and len(found.next_day) > 1 else None
    if found.next_day[0] > spare:
        return Level.LAST
    return Level.NEAR if day_decides or spare <= warn_hours_left else None
