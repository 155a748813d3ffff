"""Fields of the wizard's forms: what they offer, and what was typed into them."""

from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from portal.domain.errors import BadInput
from portal.domain.parsing import parse_id
from portal.locale import t
from portal.services.catalogue.cards import certificate_name
from portal.services.opening.choices import ProgrammeChoice
from portal.services.opening.content import Pattern, part_of
from portal.services.opening.views import OpeningView
from portal.services.times import local
from portal.state.inputs import text_of, whole_number

# So many stretches of the day a week may have; the third is for evenings.
SPANS = 3
# No number that a field accepts.
NO_NUMBER = -1


@dataclass(frozen=True)
class Pick:
    """An answer to choose, as ``components.choices.choice`` draws it."""

    value: str = ""
    label: str = ""
    hint: str = ""
    checked: bool = False


@dataclass(frozen=True)
class StepLink:
    """A step of the wizard; ``tone`` is how its checks stand."""

    name: str
    number: str
    label: str
    href: str
    tone: str
    is_here: bool


@dataclass(frozen=True)
class SpanField:
    """A stretch of the day in the form of the week; both empty for one that is not used."""

    number: str
    starts: str = ""
    ends: str = ""


@dataclass(frozen=True)
class MeetingForm:
    """The session that is being changed; ``key`` is "new" for one that is added."""

    key: str = ""
    day: str = ""
    starts: str = ""
    ends: str = ""
    hours: str = ""
    kind: str = "theory"
    topic: str = ""
    room: str = ""
    teacher: str = ""


def step_link(number: int, name: str, here: str, base: str, view: OpeningView) -> StepLink:
    """A step with how its checks stand; ``here`` is the step that is open."""
    outcomes = {one.outcome for one in view.checks if one.step == name}
    tone = (
        "bad"
        if "fail" in outcomes
        else "warn"
        if "warn" in outcomes
        else "good"
        if outcomes
        else "open"
    )
    label = t(f"opening.step_short.{name}")
    return StepLink(name, str(number), label, f"{base}/{name}", tone, name == here)


def programme_pick(of: ProgrammeChoice, picked: str) -> Pick:
    """An entry of the catalogue to choose."""
    facts = t(
        "opening.what.facts",
        level=of.level,
        hours=of.hours,
        theory=of.theory_hours,
        practice=of.hours - of.theory_hours,
        certificate=certificate_name(of.certificate_kind),
        plan=of.plan,
    )
    return Pick(str(of.id), of.title, facts, str(of.id) == picked)


def option(name: str, checked: bool) -> Pick:
    """A switch of the week."""
    return Pick(name, t(f"opening.when.{name}"), t(f"opening.when.{name}_hint"), checked)


def meeting_form(view: OpeningView, key: str) -> MeetingForm:
    """The form of a session; "new" for another one, empty for one that is not there."""
    if key == "new":
        return MeetingForm(key="new", hours="4")
    found = next((one for one in view.content.when.meetings if one.key == key), None)
    if found is None:
        return MeetingForm()
    return MeetingForm(
        key=found.key,
        day=local(found.starts_at).date().isoformat(),
        starts=f"{local(found.starts_at):%H:%M}",
        ends=f"{local(found.ends_at):%H:%M}",
        hours=str(found.hours),
        kind=found.kind,
        topic=found.topic,
        room=found.room,
        teacher=str(found.instructor_id or ""),
    )


def pattern_of(form: dict[str, object]) -> Pattern:
    """The week that was typed; raises BadInput."""
    spans = [
        {
            "starts": time_of_form(form, f"starts{number}"),
            "ends": time_of_form(form, f"ends{number}"),
        }
        for number in range(SPANS)
        if text_of(form, f"starts{number}") or text_of(form, f"ends{number}")
    ]
    values = {
        "first_day": day_of_form(form, "first_day"),
        "weekdays": tuple(day for day in range(7) if text_of(form, f"day{day}") == "1"),
        "spans": tuple(spans),
        "hours_per_day": whole_number(text_of(form, "hours_per_day"), NO_NUMBER),
        "on_holidays": text_of(form, "on_holidays") == "1",
        "on_swapped": text_of(form, "on_swapped") == "1",
    }
    pattern: Pattern = part_of("when", pattern=values).pattern
    return pattern


def id_of(typed: str) -> UUID | None:
    """An id that was chosen; None for none. Raises BadInput."""
    return parse_id(typed) if typed else None


def day_of_form(form: dict[str, object], name: str) -> date:
    """A day that was typed; raises BadInput."""
    try:
        return date.fromisoformat(text_of(form, name))
    except ValueError:
        raise BadInput(name, "opening.bad_day") from None


def time_of_form(form: dict[str, object], name: str) -> time:
    """A time of the day that was typed; raises BadInput."""
    try:
        found = time.fromisoformat(text_of(form, name))
    except ValueError:
        raise BadInput(name, "opening.bad_time") from None
    return found.replace(tzinfo=None)
