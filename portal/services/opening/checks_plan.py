"""Whether the teaching plan holds by itself: hours, split, days, times, holidays."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from portal.domain import working_days
from portal.domain.attendance import CLASS_HOUR_MINUTES
from portal.domain.hours import PRACTICE, THEORY
from portal.domain.schedule import MAX_HOURS_PER_DAY, overlaps
from portal.services.opening.check import Check, fail, good, warn
from portal.services.opening.facts import Facts
from portal.services.times import day_of, day_text

# So many days are named in a sentence; the calendar of the step shows all.
_NAMED = 4
# A later first day is a slip of the pen (as services.catalogue.planning has it).
_HORIZON = timedelta(days=3 * 366)


def checks(facts: Facts) -> Iterator[Check]:
    """All of them; one alone while there is no session."""
    if not facts.meetings:
        yield fail("sessions", "when", "missing", "five")
        return
    yield _sessions(facts)
    if facts.programme is not None:
        yield from _hours(facts)
        yield _split(facts)
    yield _daily(facts)
    yield _overlap(facts)
    yield _ahead(facts)
    yield _holidays(facts)


def _sessions(facts: Facts) -> Check:
    """Every session is as long as its 课时 take."""
    short = [
        number
        for number, one in enumerate(facts.meetings, 1)
        if one.ends_at - one.starts_at < timedelta(minutes=one.hours * CLASS_HOUR_MINUTES)
    ]
    if short:
        numbers = "、".join(str(number) for number in short[:_NAMED])
        return fail("sessions", "when", "short", "hour", numbers=numbers)
    return good("sessions", "when", "five", count=len(facts.meetings))


def _hours(facts: Facts) -> Iterator[Check]:
    """The plan's 课时 are the programme's, and no fewer than the policy demands (R20, R21)."""
    planned, programme, plan = _sum(facts), facts.programme, facts.plan
    wanted = programme.planned_hours if programme else planned
    if planned != wanted:
        yield fail("hours", "when", "differ", "lists", planned=planned, wanted=wanted)
    else:
        yield good("hours", "when", "lists", planned=planned)
    if plan is None or plan.min_hours is None:
        return
    said = {"planned": planned, "least": plan.min_hours, "plan": plan.name, "at": plan.clause}
    if planned < plan.min_hours:
        yield fail("min_hours", "when", "below", "", **said)
    else:
        yield good("min_hours", "when", "", **said)


def _sum(facts: Facts, kinds: frozenset[str] | None = None) -> int:
    return sum(one.hours for one in facts.meetings if kinds is None or one.kind in kinds)


def _split(facts: Facts) -> Check:
    """Practice is not talked away; an examination within the hours takes theory's."""
    programme = facts.programme
    theory, practice = _sum(facts, THEORY), _sum(facts, PRACTICE)
    want_theory = programme.theory_hours if programme else theory
    want_practice = programme.practice_hours if programme else practice
    params = {
        "theory": theory,
        "practice": practice,
        "want_theory": want_theory,
        "want_practice": want_practice,
    }
    if practice < want_practice:
        return fail("split", "when", "practice_short", "lists", **params)
    if (theory, practice) != (want_theory, want_practice):
        return warn("split", "when", "differs", "lists", **params)
    return good("split", "when", "lists", **params)


def _daily(facts: Facts) -> Check:
    """At most 8 课时 a day (reference D8)."""
    by_day: Counter[date] = Counter()
    for one in facts.meetings:
        by_day[day_of(one.starts_at)] += one.hours
    over = [day for day, hours in sorted(by_day.items()) if hours > MAX_HOURS_PER_DAY]
    if over:
        return fail("daily", "when", "over", "hour", most=MAX_HOURS_PER_DAY, days=_named(over))
    return good("daily", "when", "hour", most=MAX_HOURS_PER_DAY)


def _overlap(facts: Facts) -> Check:
    """One class, one session at a time."""
    open_until, number_of = facts.meetings[0], 1
    for number, one in enumerate(facts.meetings[1:], 2):
        if overlaps(open_until, one):
            return fail("overlap", "when", "found", first=number_of, second=number)
        if one.ends_at > open_until.ends_at:
            open_until, number_of = one, number
    return good("overlap", "when")


def _ahead(facts: Facts) -> Check:
    """The class is still to come, and not in some far year."""
    if facts.meetings[0].starts_at <= facts.now:
        return fail("ahead", "when", "past", day=day_text(facts.first_day))
    if facts.meetings[0].starts_at > facts.now + _HORIZON:
        return fail("ahead", "when", "far")
    return good("ahead", "when", day=day_text(facts.first_day))


def _holidays(facts: Facts) -> Check:
    """Lessons on public holidays, and years whose holidays nobody knows yet."""
    days = sorted({day_of(one.starts_at) for one in facts.meetings})
    free = [day for day in days if working_days.is_holiday(day)]
    if free:
        return warn("holidays", "when", "taught", days=_named(free))
    unknown = sorted({day.year for day in days if not working_days.is_announced(day.year)})
    if unknown:
        return warn("holidays", "when", "unknown", year=unknown[0])
    return good("holidays", "when")


def _named(days: Sequence[date]) -> str:
    more = "…" if len(days) > _NAMED else ""
    return "、".join(day_text(day) for day in days[:_NAMED]) + more
