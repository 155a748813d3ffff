"""A session's marks sorted once, for all signals to look at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import Mark, Other, SessionFacts
from portal.domain.risk.parameters import Parameters
from portal.domain.risk.reasons import Reason


@dataclass(frozen=True, slots=True)
class Seen:
    """Marks in order of time: ``own`` ones people made themselves, ``hand`` ones others made
    without any phone of theirs. A pass that the instructor scans is neither."""

    facts: SessionFacts
    parameters: Parameters
    own_in: tuple[Mark, ...]
    own_out: tuple[Mark, ...]
    hand_in: tuple[Mark, ...]
    hand: tuple[Mark, ...]

    @property
    def own(self) -> tuple[Mark, ...]:
        """What people did themselves, in and out."""
        return self.own_in + self.own_out

    def compared(self) -> tuple[Other, ...]:
        """The nearest of the other sessions, those with which this one is compared."""
        others, most = self.facts.others, self.parameters.compared_sessions
        before = sum(other.starts_at < self.facts.starts_at for other in others)
        first = min(max(before - most // 2, 0), max(len(others) - most, 0))
        return others[first : first + most]

    def of_roster(self, count: float) -> float:
        """A count as a share of the roster, or of the smallest one that shares mean much in."""
        return count / max(self.facts.roster, self.parameters.smallest)

    def reason(
        self, code: str, measure: float, who: Iterable[str] = (), /, **params: object
    ) -> Reason | None:
        """The reason for a measure, None when it is worth no point."""
        points = self.parameters.session[code].worth(measure)
        return Reason(code, points, params, tuple(sorted(set(who)))) if points else None


def look(facts: SessionFacts, parameters: Parameters) -> Seen:
    """Sort the marks; ties by person, so that the answer never depends on the order given."""
    marks = sorted(facts.marks, key=lambda mark: (mark.moment, mark.person, mark.phase))
    own = [mark for mark in marks if mark.by is None]
    hand = [m for m in marks if m.by is not None and m.method in parameters.hand_methods]
    return Seen(
        facts,
        parameters,
        own_in=tuple(mark for mark in own if mark.phase is Phase.IN),
        own_out=tuple(mark for mark in own if mark.phase is Phase.OUT),
        hand_in=tuple(mark for mark in hand if mark.phase is Phase.IN),
        hand=tuple(hand),
    )


def seconds(marks: Sequence[Mark]) -> list[float]:
    """The moments as seconds after the first one."""
    first = marks[0].moment if marks else None
    return [(mark.moment - first).total_seconds() for mark in marks] if first else []


def busiest(times: Sequence[float], within: float) -> tuple[int, int]:
    """Where most of the sorted times lie within so many seconds: index of the first, count."""
    best, at, first = 0, 0, 0
    for last, moment in enumerate(times):
        while moment - times[first] > within:
            first += 1
        if last - first + 1 > best:
            best, at = last - first + 1, first
    return at, best


def iso(moment: datetime) -> str:
    """A moment as reasons keep it."""
    return moment.isoformat(timespec="seconds")
