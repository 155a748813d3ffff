"""What is odd about single rows of a sheet, for those who confirm it.

Said in plain sentences, each with what makes the same without any fraud. Nothing here refuses
anybody or takes an hour away; the score of a whole session is ``risk_scores``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import ClassCheckIn, SessionCall, TrainingSession
from portal.domain.checkin_code import Phase
from portal.domain.checkin_methods import Method
from portal.domain.risk.facts import Band
from portal.domain.risk.parameters import DEFAULT
from portal.domain.risk.phones import too_fast
from portal.locale import t
from portal.services.late_taps import late_taps
from portal.services.sign_ins import Journeys, SignIn, journeys_of, phones_before, sign_ins_of

# The weightiest first; each has its sentence ``odd_rows.<code>``.
CODES = (
    "same_phone",
    "new_phone",
    "relay_failed",
    "travel",
    "far",
    "moved_login",
    "before_screen",
    "old_code",
    "missed_call",
    "relay_skipped",
    "typed",
    "alone_in_network",
    "kept_alone",
    "late_tap",
    "clock_off",
    "helper",
    "sheet",
    "manual",
)
# Methods by which somebody else signs in, without a phone of the person's.
_BY_OTHERS = (Method.HELPER, Method.SHEET, Method.MANUAL)
# So many phones must be known before one of them can be alone.
_FEWEST_PHONES = 5
# Somebody buys a phone, somebody else clears the browser; that many on one day should be asked.
_FEWEST_NEW = 3
# A link that others had within this time was there for everybody.
_NEARBY = timedelta(minutes=10)
_CLOCK_OFF = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Odd:
    """One thing that is odd about a row: a code of ``CODES`` and its sentence."""

    code: str
    text: str


def odd_reasons(
    session: Session, meeting: TrainingSession, *, now: datetime | None = None
) -> Mapping[UUID, tuple[Odd, ...]]:
    """What is odd about people's rows, by enrolment, the weightiest first.

    Rows about which nothing is odd are not in it. Until ``now`` is past the roll-call's closing
    nobody has missed it; without ``now`` it is over. Asks the database six times at most.
    """
    signed = sign_ins_of(session, [meeting.id])
    call = session.get(SessionCall, meeting.id)
    if call is not None and now is not None and now <= call.closes_at:
        call = None
    settings = session.get(ClassCheckIn, meeting.class_id)
    known = _Known(
        journeys=journeys_of(session, [meeting.id]),
        phones=phones_before(session, meeting),
        call=call,
        code_per_scan=settings is not None and settings.new_code_per_scan,
    )
    found: defaultdict[UUID, dict[str, Odd]] = defaultdict(dict)
    for enrolment_id, odd in _all(signed, meeting, known):
        found[enrolment_id].setdefault(odd.code, odd)
    for enrolment_id in late_taps(session, meeting, signed):
        found[enrolment_id]["late_tap"] = _odd("late_tap")
    return {who: _in_order(odds.values()) for who, odds in found.items()}


def _in_order(odds: Iterable[Odd]) -> tuple[Odd, ...]:
    return tuple(sorted(odds, key=lambda odd: CODES.index(odd.code)))


_Found = Iterator[tuple[UUID, Odd]]


class _Known(NamedTuple):
    """What a session is compared with: where people came from, the phones they had before, a
    roll-call that is over, and whether each scan has a code of its own."""

    journeys: Journeys
    phones: Mapping[UUID, frozenset[bytes]]
    call: SessionCall | None
    code_per_scan: bool


def _all(signed: Sequence[SignIn], meeting: TrainingSession, known: _Known) -> _Found:
    own = [one for one in signed if one.is_own]
    yield from _phones(own)
    yield from _new_phones(own, known.phones)
    yield from _networks(own)
    yield from _kept(signed)
    yield from _early(own, meeting)
    yield from _travels(own, known.journeys)
    for one in signed:
        for code, params in _alone(one):
            yield one.enrolment_id, _odd(code, **params)
        # The digits change by time alone, so that they can be sent on where a code cannot.
        if known.code_per_scan and one.method is Method.NUMERIC:
            yield one.enrolment_id, _odd("typed")
    if known.call is not None:
        yield from _missed(signed, known.call)


def _odd(code: str, **params: object) -> Odd:
    return Odd(code, t(f"odd_rows.{code}", **params))


def _alone(one: SignIn) -> Iterator[tuple[str, dict[str, object]]]:
    """What one event tells by itself."""
    if one.moved_login:
        yield "moved_login", {}
    if one.is_own and one.band == Band.FAR:
        yield "far", {}
    if one.relay in ("failed", "skipped"):
        yield f"relay_{one.relay}", {}
    if one.is_own and one.code_age is not None and one.code_age > DEFAULT.old_code_s:
        yield "old_code", {"seconds": round(one.code_age)}
    if one.clock_off is not None and abs(one.clock_off) > _CLOCK_OFF.total_seconds():
        yield "clock_off", {"minutes": max(round(abs(one.clock_off) / 60), 1)}
    if one.method in _BY_OTHERS:
        yield one.method.value, {}


def _phones(own: Sequence[SignIn]) -> _Found:
    """A couple on one phone is a couple; from the third person on somebody should look."""
    owners: defaultdict[bytes, set[UUID]] = defaultdict(set)
    for one in own:
        if one.device is not None:
            owners[one.device].add(one.enrolment_id)
    for people in owners.values():
        if len(people) > DEFAULT.family:
            for person in people:
                yield person, _odd("same_phone", others=len(people) - 1)


def _new_phones(own: Sequence[SignIn], before: Mapping[UUID, frozenset[bytes]]) -> _Found:
    """Several who had other phones come with ones that nobody of the class ever had.

    Who signs in for others by a private window each shares no phone, but has to show new ones.
    """
    seen = frozenset[bytes]().union(*before.values())
    changed = {
        one.enrolment_id
        for one in own
        if one.device is not None and one.device not in seen and one.enrolment_id in before
    }
    if len(changed) >= _FEWEST_NEW:
        for person in changed:
            yield person, _odd("new_phone", people=len(changed))


def _networks(own: Sequence[SignIn]) -> _Found:
    """Somebody in a network of their own while all others share one."""
    networks = {
        one.enrolment_id: one.network
        for one in own
        if one.phase is Phase.IN and one.network is not None
    }
    sharing = Counter(networks.values())
    if len(networks) < _FEWEST_PHONES or sorted(sharing.values()) != [1, len(networks) - 1]:
        return
    for person, network in networks.items():
        if sharing[network] == 1:
            yield person, _odd("alone_in_network")


def _kept(signed: Sequence[SignIn]) -> _Found:
    """A phone kept a scan as if there were no link, while others had one in this session.

    A forwarded photo can be kept as well. Only the staff's own device shows that the room had no
    link; then it takes several links at the same time to be odd all the same.
    """
    linked = [one for one in signed if one.is_own and not one.offline]
    fewest = _FEWEST_PHONES if any(one.offline and not one.is_own for one in signed) else 1
    for one in signed:
        if not one.is_own or not one.offline:
            continue
        others = {other.enrolment_id for other in linked
                  if other.phase is one.phase and other.enrolment_id != one.enrolment_id
                  and (fewest == 1 or abs(other.at - one.at) <= _NEARBY)}  # fmt: skip
        if len(others) >= fewest:
            yield one.enrolment_id, _odd("kept_alone")


def _early(own: Sequence[SignIn], meeting: TrainingSession) -> _Found:
    """Signed in by the room's code before any screen showed one. Without a link nobody's clock
    is to be trusted so far."""
    opened = meeting.screen_opened_at
    if opened is None:
        return
    for one in own:
        if one.phase is Phase.IN and not one.offline and one.at < opened - DEFAULT.clock_grace:
            yield one.enrolment_id, _odd("before_screen")


def _travels(own: Sequence[SignIn], journeys: Journeys) -> _Found:
    for one in own:
        before = journeys.get((one.session_id, one.enrolment_id))
        if one.phase is Phase.IN and before and too_fast(one.at, before, DEFAULT):
            yield one.enrolment_id, _odd("travel", km=round(before.km))


def _missed(signed: Sequence[SignIn], call: SessionCall) -> _Found:
    """Who had come and not left when names were called, and did not answer."""
    at = {
        phase: {one.enrolment_id: one.at for one in signed if one.phase is phase} for phase in Phase
    }
    for person, came in at[Phase.IN].items():
        left = at[Phase.OUT].get(person)
        there = came <= call.called_at and (left is None or left > call.closes_at)
        if there and person not in at[Phase.MID]:
            yield person, _odd("missed_call")
