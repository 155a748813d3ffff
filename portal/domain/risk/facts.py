"""What is known of a session and a class when somebody asks how odd they look.

Nothing here names a person, a phone or a place: keys are opaque hashes that only tell same from
different, a distance is a band. Whatever is unknown is None and never counts against anybody:
to refuse one's location is a right, not a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from portal.domain.checkin_code import Phase


class Band(StrEnum):
    """How far from the room a phone said it was; raw coordinates are dropped."""

    NEAR = "near"
    EDGE = "edge"
    FAR = "far"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Bands:
    """Up to where a phone is near, and up to where at the edge, in metres."""

    near_m: float = 300
    edge_m: float = 1_500


def band_of(metres: float | None, accuracy_m: float = 0, bands: Bands | None = None) -> Band:
    """The band of a distance, the phone's own error taken in its favour.

    A fix whose error is wider than the edge says nothing.
    """
    bands = bands or Bands()
    if metres is None or not accuracy_m <= bands.edge_m:
        return Band.UNKNOWN
    at_least = metres - max(accuracy_m, 0)
    if at_least <= bands.near_m:
        return Band.NEAR
    return Band.EDGE if at_least <= bands.edge_m else Band.FAR


@dataclass(frozen=True, slots=True)
class Relay:
    """What the phone answered when it was asked for the colour on the room's screen.

    ``seconds`` from the question to the answer (the last one, when there were several tries).
    """

    passed: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The person's session before this one: when they left it, and how many kilometres lie
    between the two rooms."""

    ended_at: datetime
    km: float


@dataclass(frozen=True, slots=True)
class Mark:
    """One sign-in or sign-out.

    ``by`` is None when the person did it, else a key of the account that did it for them;
    ``method`` says how (a tap, a printed sheet ...). ``moment`` is when it happened: of an
    ``offline`` mark by the phone's own clock. ``place`` is the person's row on the roster.
    ``network`` and ``device`` are keyed hashes, ``spot`` one of the exact coordinates; it tells
    equal ones and nothing else. ``relay_skipped``: the class asks for the colour, and the way in
    could not. ``code_age`` is how many seconds the screen had shown the code. ``phone_age`` says
    whether the person is of an age at which nearly everybody carries a phone.
    """

    person: str
    phase: Phase
    moment: datetime
    method: str = "qr"
    by: str | None = None
    device: str | None = None
    network: str | None = None
    band: Band = Band.UNKNOWN
    spot: str | None = None
    place: int | None = None
    phone_age: bool | None = None
    offline: bool = False
    relay: Relay | None = None
    relay_skipped: bool = False
    code_age: float | None = None
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A row that was changed by hand after the session; ``adds`` hours or presence."""

    person: str
    by: str
    at: datetime
    adds: bool = True


@dataclass(frozen=True, slots=True)
class Other:
    """Another session of the same class, as far as it is compared with this one.

    ``arrivals``: who signed in themselves, and how many seconds after the start (before it:
    negative). ``by_hand``: whom somebody else signed in. ``shown``: whose own pass was scanned.
    ``spots``: the hashes of exact coordinates, of those who gave them.
    """

    starts_at: datetime
    arrivals: Mapping[str, float] = field(default_factory=dict)
    by_hand: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    spots: Mapping[str, str] = field(default_factory=dict)

    def had(self, person: str) -> bool:
        """Whether the person is on its sheet."""
        return person in self.arrivals or person in self.by_hand or person in self.shown


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One session. All times are aware.

    ``opened_at`` is when the screen first showed a code. ``roster`` counts the people on it.
    ``others`` are the class's other sessions that are known by now, oldest first: on the day
    those before, when the class is over those after as well. ``present`` says whether the
    instructor's own presence was taken, None where it is not asked for. ``head_count`` is what
    an inspector counted. ``day_off`` where offices rest.
    """

    starts_at: datetime
    ends_at: datetime
    roster: int
    marks: tuple[Mark, ...] = ()
    others: tuple[Other, ...] = ()
    opened_at: datetime | None = None
    planned_hours: int = 0
    corrections: tuple[Correction, ...] = ()
    confirmed_at: datetime | None = None
    present: bool | None = None
    head_count: int | None = None
    day_off: bool = False


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class: the scores of its sessions, and what became of its people.

    ``finished`` have the hours; ``examined`` sat the exam, ``passed`` it, ``certified`` hold a
    certificate; ``appeals`` that were upheld; ``denials`` are people who answered that the hours
    reported in their name are not theirs. None where it has not come that far.
    """

    roster: int
    session_scores: tuple[int, ...] = ()
    dropped: int = 0
    finished: int | None = None
    examined: int | None = None
    passed: int | None = None
    certified: int | None = None
    appeals_upheld: int = 0
    denials: int = 0
