"""Signals of phones, networks and places.

Families share phones and a room shares its router, so that neither is ever refused; what counts
is how many, and what nobody else does.
"""

from collections import Counter, defaultdict
from datetime import datetime

from portal.domain.checkin_code import Phase
from portal.domain.risk.facts import Band, Elsewhere
from portal.domain.risk.parameters import Parameters
from portal.domain.risk.reasons import Reason
from portal.domain.risk.seen import Seen


def shared_phone(seen: Seen) -> Reason | None:
    """One phone signs in several people. A couple costs nothing, three little; each more costs
    more than the one before: the measure counts 1, 3, 6, 10 ... for 3, 4, 5, 6 ... people."""
    family = seen.parameters.family
    shared = [people for people in _owners(seen).values() if len(people) > family]
    if not shared:
        return None
    beyond = [len(people) - family for people in shared]
    return seen.reason(
        "shared_phone",
        seen.of_roster(sum(n * (n + 1) / 2 for n in beyond)),
        set().union(*shared),
        phones=len(shared),
        people=len(set().union(*shared)),
        most=max(beyond) + family,
    )


def phones_of_many(seen: Seen) -> Reason | None:
    """One kind soul lends a phone to old people; a drawer of such phones is something else."""
    least = seen.parameters.many_on_a_phone
    many = [people for people in _owners(seen).values() if len(people) >= least]
    people: set[str] = set().union(*many)
    return seen.reason(
        "phones_of_many", len(many), people, phones=len(many), people=len(people), least=least
    )


def _owners(seen: Seen) -> dict[str, set[str]]:
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for mark in seen.own:
        if mark.device is not None:
            owners[mark.device].add(mark.person)
    return owners


def far(seen: Seen) -> Reason | None:
    """Phones that say they are far away; whoever does not say is left out.

    Nor does it count where several are far in one network: then the class meets elsewhere than
    the papers say, together.
    """
    sharing = Counter(m.network for m in seen.own_in if m.network is not None)
    together = {net for net, people in sharing.items() if people >= seen.parameters.fewest}
    placed = {m.person for m in seen.own if m.band is not Band.UNKNOWN}
    away = {m.person for m in seen.own if m.band is Band.FAR and m.network not in together}
    if len(away) < seen.parameters.fewest:
        return None
    return seen.reason("far", len(away) / len(placed), away, people=len(away), known=len(placed))


def same_spot(seen: Seen) -> Reason | None:
    """Many phones at exactly the same coordinates, to the last digit."""
    spots: defaultdict[str, set[str]] = defaultdict(set)
    known = set()
    for mark in seen.own_in:
        if mark.spot is not None:
            spots[mark.spot].add(mark.person)
            known.add(mark.person)
    most = max(spots.values(), key=len, default=set())
    if len(most) < seen.parameters.fewest:
        return None
    share = len(most) / len(known)
    return seen.reason("same_spot", share, most, people=len(most), known=len(known))


def same_spot_again(seen: Seen) -> Reason | None:
    """The very coordinates of another session: a phone never finds the same ones twice.

    Spots of several people are left out, because a room's network gives them to everybody.
    """
    sharing = Counter(mark.spot for mark in seen.own_in)
    own = {m.person: m.spot for m in seen.own_in if m.spot is not None and sharing[m.spot] == 1}
    again: set[str] = set()
    for other in seen.compared():
        again |= {person for person, spot in own.items() if other.spots.get(person) == spot}
    if len(again) < seen.parameters.fewest - 1:
        return None
    share = len(again) / len(own)
    return seen.reason("same_spot_again", share, again, people=len(again), known=len(own))


def _alone(seen: Seen) -> tuple[set[str], int]:
    networks = {m.person: m.network for m in seen.own_in if m.network is not None}
    sharing = Counter(networks.values())
    alone = {person for person, network in networks.items() if sharing[network] == 1}
    return alone, len(networks)


def alone_in_network(seen: Seen) -> Reason | None:
    """Hardly two people in one network, though they say they sit in one room."""
    alone, known = _alone(seen)
    if len(alone) < seen.parameters.burst_fewest:
        return None
    share = len(alone) / known
    return seen.reason("alone_in_network", share, alone, people=len(alone), known=known)


def far_and_alone(seen: Seen) -> Reason | None:
    """Far away, and each in a network of their own: scattered, not a class in another room."""
    alone, _ = _alone(seen)
    away = {m.person for m in seen.own_in if m.band is Band.FAR and m.network is not None}
    scattered = alone & away
    if len(scattered) < seen.parameters.fewest:
        return None
    share = len(scattered) / len(away)
    return seen.reason("far_and_alone", share, scattered, people=len(scattered), far=len(away))


def one_network(seen: Seen) -> Reason | None:
    """Everybody in one network; in a room somebody always uses the carrier's."""
    networks = Counter(m.network for m in seen.own_in if m.network is not None)
    known = sum(networks.values())
    most = max(networks.values(), default=0)
    if most < seen.parameters.network_fewest:
        return None
    return seen.reason("one_network", most / known, people=most, known=known)


def travel(seen: Seen) -> Reason | None:
    """Nobody drives so fast from the session before."""
    raced = {mark.person: mark.elsewhere.km for mark in seen.own_in
             if mark.elsewhere is not None
             and too_fast(mark.moment, mark.elsewhere, seen.parameters)}  # fmt: skip
    if not raced:
        return None
    return seen.reason(
        "travel",
        seen.of_roster(len(raced)),
        raced,
        people=len(raced),
        km=round(max(raced.values())),
    )


def too_fast(moment: datetime, before: Elsewhere, parameters: Parameters) -> bool:
    """Whether somebody who signed in at a moment cannot have come from there."""
    if before.km < parameters.travel_least_km:
        return False
    hours = (moment - before.ended_at).total_seconds() / 3600
    return before.km > max(hours, 0) * parameters.travel_kmh


def relay_failed(seen: Seen) -> Reason | None:
    """The colour on the screen was not known: the screen was not in sight."""
    asked = {m.person for m in seen.own if m.relay is not None}
    failed = {m.person for m in seen.own if m.relay is not None and not m.relay.passed}
    if len(failed) < seen.parameters.fewest_wrong:
        return None
    share = len(failed) / len(asked)
    return seen.reason("relay_failed", share, failed, people=len(failed), asked=len(asked))


def relay_slow(seen: Seen) -> Reason | None:
    """Right answers that took as long as a video call takes."""
    least = seen.parameters.slow_answer_s
    slow = {m.person for m in seen.own if m.relay and m.relay.passed and m.relay.seconds >= least}
    return _of_answers(seen, "relay_slow", slow, least)


def relay_too_quick(seen: Seen) -> Reason | None:
    """Right answers faster than a person lifts their eyes."""
    most = seen.parameters.quick_answer_s
    quick = {m.person for m in seen.own if m.relay and m.relay.passed and m.relay.seconds < most}
    return _of_answers(seen, "relay_too_quick", quick, most)


def _of_answers(seen: Seen, code: str, people: set[str], limit: float) -> Reason | None:
    if len(people) < seen.parameters.fewest:
        return None
    right = {m.person for m in seen.own if m.relay is not None and m.relay.passed}
    return seen.reason(
        code, len(people) / len(right), people, people=len(people), asked=len(right), seconds=limit
    )


def relay_skipped(seen: Seen) -> Reason | None:
    """Ways in that cannot ask for the colour, taken by people who could have been asked.

    Wrong answers are left out: they have a reason of their own, and shall not hide this one.
    """
    without_link = _phases_without_link(seen)
    skipped = {
        mark.person
        for mark in seen.facts.marks
        if mark.relay_skipped
        # Whether the person carries a phone is known of the young only.
        and (mark.by is None or mark.phone_age is True)
        and not (mark.offline and mark.phase in without_link)
    }
    if len(skipped) < seen.parameters.fewest:
        return None
    known = skipped | {m.person for m in seen.own if m.relay is not None and m.relay.passed}
    share = len(skipped) / len(known)
    return seen.reason("relay_skipped", share, skipped, people=len(skipped), known=len(known))


def _phases_without_link(seen: Seen) -> set[Phase]:
    """When the room had none: the staff's own device says so, and not several phones had one."""
    if not any(mark.by is not None and mark.offline for mark in seen.facts.marks):
        return set()
    linked = Counter(mark.phase for mark in seen.own if not mark.offline)
    return {phase for phase in Phase if linked[phase] < seen.parameters.fewest}


def old_codes(seen: Seen) -> Reason | None:
    """Codes that had already gone from the screen: they came by another way."""
    limit = seen.parameters.old_code_s
    known = {m.person for m in seen.own if m.code_age is not None}
    old = {m.person for m in seen.own if m.code_age is not None and m.code_age > limit}
    if len(old) < seen.parameters.fewest:
        return None
    share = len(old) / len(known)
    return seen.reason(
        "old_codes", share, old, people=len(old), known=len(known), seconds=round(limit)
    )


ALL = (
    shared_phone, phones_of_many, far, far_and_alone, same_spot, same_spot_again,
    alone_in_network, one_network, travel,
    relay_failed, relay_slow, relay_too_quick, relay_skipped, old_codes,
)  # fmt: skip
