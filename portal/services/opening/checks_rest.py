"""Whether place, examination and people are planned."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import ClassOpening
from portal.policies.reference import region_name
from portal.services.catalogue.planning import MAX_CAPACITY
from portal.services.opening import rosters
from portal.services.opening.check import Check, fail, good, warn
from portal.services.opening.choices import regions
from portal.services.opening.facts import Facts
from portal.services.times import ZONE

# At most 50 in a class: Sichuan, Heilongjiang (reference B11.1, C-59, C-60); a usual practice, so
# a person decides about more.
USUAL_CAPACITY = 50
# What other offices answered for so long is of use to whoever decides.
_LATELY = timedelta(days=365)


def checks(session: Session, facts: Facts) -> Iterator[Check]:
    """All of them."""
    yield _title(facts)
    yield _capacity(facts)
    yield _site(facts)
    yield from _region(session, facts)
    yield _resources(facts)
    yield _safety(facts)
    yield _exam(facts)
    yield _people(session, facts)


def _title(facts: Facts) -> Check:
    if not facts.content.what.title:
        return fail("title", "what", "missing")
    return good("title", "what")


def _capacity(facts: Facts) -> Check:
    """As many as may sit in a class."""
    seats = facts.content.where.capacity
    if seats is None:
        return fail("capacity", "where", "missing", "five")
    if not 1 <= seats <= MAX_CAPACITY:
        return fail("capacity", "where", "range", "five", most=MAX_CAPACITY)
    if seats > USUAL_CAPACITY:
        return warn("capacity", "where", "large", "class_size", seats=seats, usual=USUAL_CAPACITY)
    return good("capacity", "where", "class_size", seats=seats)


def _site(facts: Facts) -> Check:
    where = facts.content.where
    if not where.site or not where.address:
        return fail("site", "where", "missing", "five")
    return good("site", "where", "five")


def _region(session: Session, facts: Facts) -> Iterator[Check]:
    """An institution away from home: whoever decides should know who comes, and from whom."""
    home, here = facts.institution.region_code, facts.region_code
    if facts.filed_in != here or here not in {one.code for one in regions(home)}:
        # The institution was registered elsewhere since.
        yield fail("region", "where", "moved")
    elif home != here:
        names = {"home": region_name(home), "here": region_name(here)}
        yield warn("region", "where", "away", "lists", **names)
    if refused := _refused_elsewhere(session, facts):
        yield warn("refused", "where", "elsewhere", count=refused, here=region_name(here))


def _refused_elsewhere(session: Session, facts: Facts) -> int:
    """How many applications of the institution other offices turned down within a year."""
    query = select(func.count()).where(
        ClassOpening.institution_id == facts.institution.id,
        ClassOpening.state == "rejected",
        ClassOpening.region_code != facts.region_code,
        ClassOpening.updated_at > facts.now - _LATELY,
    )
    return session.scalar(query) or 0


def _resources(facts: Facts) -> Check:
    """Materials and equipment; what is taught online needs digital courses."""
    where = facts.content.where
    if not where.resources or not where.resource_note:
        return fail("resources", "where", "missing", "five")
    online = any(one.kind == "online" for one in facts.meetings)
    if online and "digital" not in where.resources:
        return fail("resources", "where", "no_digital", "five")
    return good("resources", "where", "five")


def _safety(facts: Facts) -> Check:
    """Practice is taught with a word about safety (R34)."""
    if facts.content.where.safety_note:
        return good("safety", "where", "safety")
    if any(one.kind == "practice" for one in facts.meetings):
        return fail("safety", "where", "missing", "safety")
    return warn("safety", "where", "none", "safety")


def _exam(facts: Facts) -> Check:
    """Day, form and place of the examination, once everything was taught."""
    exam = facts.content.exam
    if exam.on is None or not exam.form or not exam.place:
        return fail("exam", "exam", "missing", "five")
    if facts.meetings and exam.on < facts.last_day:
        return fail("exam", "exam", "early", "five", last=facts.last_day)
    return good("exam", "exam", "five")


def _people(session: Session, facts: Facts) -> Check:
    """Open enrolment within sensible days, or a roster that can be entered."""
    people = facts.content.people
    if not people.mode:
        return fail("people", "people", "missing", "five")
    if people.mode == "roster":
        return rosters.check(session, facts)
    if people.enrol_from is None or people.enrol_until is None:
        return fail("people", "people", "no_days", "five")
    if people.enrol_until < people.enrol_from:
        return fail("people", "people", "reversed")
    if people.enrol_until < facts.today:
        return fail("people", "people", "over")
    if facts.meetings and people.enrol_until > facts.first_day:
        return fail("people", "people", "long")
    return good("people", "people", "five")


def enrol_window(facts: Facts) -> tuple[datetime, datetime]:
    """From when until when one enrols. A roster's people are asked at once; nobody enrols once
    the first session has begun. For an application that passed its checks."""
    people, begins = facts.content.people, facts.meetings[0].starts_at
    if people.mode == "roster" or people.enrol_from is None or people.enrol_until is None:
        return facts.now, begins
    opens = datetime.combine(people.enrol_from, time(), ZONE)
    closes = datetime.combine(people.enrol_until + timedelta(days=1), time(), ZONE)
    return max(opens, facts.now), min(closes, begins)
