"""An application in words: what each step says, and what changed since it was sent before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.locale import t
from portal.policies.reference import region_name
from portal.services.catalogue.cards import certificate_name, level_name
from portal.services.opening.content import PlannedMeeting, Step
from portal.services.opening.facts import Facts
from portal.services.times import day_text, span_text


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that a step says."""

    step: Step
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One session in words; ``key`` is its name within the application."""

    key: str
    when: str
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is another than in the version before; either side may be empty."""

    step: Step
    label: str
    before: str
    after: str


def lines(facts: Facts) -> tuple[Line, ...]:
    """All steps but the sessions; what nobody filled in is left out."""
    found = [*_what(facts), *_who(facts), *_where(facts), *_exam(facts), *_people(facts)]
    return tuple(one for one in found if one.text)


def meeting_lines(facts: Facts) -> tuple[MeetingLine, ...]:
    """The sessions in order of time."""
    return tuple(_meeting(facts, one) for one in facts.meetings)


def changes(before: Facts, after: Facts) -> tuple[Change, ...]:
    """What is another than before, step by step."""
    old = {(one.step, one.label): one.text for one in lines(before)}
    new = {(one.step, one.label): one.text for one in lines(after)}
    found = [
        Change(step, label, old.get((step, label), ""), new.get((step, label), ""))
        for step, label in dict.fromkeys([*new, *old])
        if old.get((step, label)) != new.get((step, label))
    ]
    return (*found, *_moved(before, after))


def _moved(before: Facts, after: Facts) -> Iterator[Change]:
    """Sessions of the same name compared, and those that came or went."""
    old = {one.key: _as_text(one) for one in meeting_lines(before)}
    new = {one.key: _as_text(one) for one in meeting_lines(after)}
    for key in dict.fromkeys([*new, *old]):
        if old.get(key) != new.get(key):
            label = t("opening.line.meeting")
            yield Change("when", label, old.get(key, ""), new.get(key, ""))


def _as_text(one: MeetingLine) -> str:
    return " · ".join(part for part in (one.when, one.what, one.where) if part)


def _meeting(facts: Facts, one: PlannedMeeting) -> MeetingLine:
    kind = t(f"catalogue.session_kind.{one.kind}")
    hours = t("opening.hours", hours=one.hours)
    of = facts.teacher_of(one)
    teacher = facts.teachers.get(of, "") if of else ""
    return MeetingLine(
        key=one.key,
        when=span_text(one.starts_at, one.ends_at),
        what=" · ".join(part for part in (kind, hours, one.topic) if part),
        where=" · ".join(part for part in (facts.room_of(one), teacher) if part),
    )


def _line(step: Step, name: str, text: object) -> Line:
    return Line(step, t(f"opening.line.{name}"), str(text or ""))


def _what(facts: Facts) -> Iterator[Line]:
    programme = facts.programme
    yield _line("what", "title", facts.content.what.title)
    if programme is None:
        return
    level = level_name(programme.level)
    yield _line("what", "programme", f"{programme.code} {programme.title} · {level}")
    params = {
        "hours": programme.planned_hours,
        "theory": programme.theory_hours,
        "practice": programme.practice_hours,
    }
    yield _line("what", "hours", t("opening.hours_split", **params))
    if facts.plan is not None:
        yield _line("what", "plan", f"{facts.plan.name}（{facts.plan.clause}）")


def _who(facts: Facts) -> Iterator[Line]:
    key = facts.content.who.instructor_id
    yield _line("who", "teacher", facts.teachers.get(key) if key else "")


def _where(facts: Facts) -> Iterator[Line]:
    where = facts.content.where
    yield _line("where", "region", region_name(facts.region_code))
    yield _line("where", "site", where.site)
    yield _line("where", "room", where.room)
    yield _line("where", "address", where.address)
    yield _line("where", "capacity", where.capacity and t("opening.seats", seats=where.capacity))
    words = [t(f"opening.resource.{one}") for one in where.resources]
    yield _line("where", "resources", "、".join(words))
    yield _line("where", "resource_note", where.resource_note)
    yield _line("where", "safety_note", where.safety_note)
    yield _line("where", "access_note", where.access_note)


def _exam(facts: Facts) -> Iterator[Line]:
    exam = facts.content.exam
    yield _line("exam", "exam_on", _day(exam.on))
    yield _line("exam", "exam_form", t(f"opening.form.{exam.form}") if exam.form else "")
    yield _line("exam", "exam_place", exam.place)
    kind = exam.certificate_kind
    yield _line("exam", "certificate", certificate_name(kind) if kind else "")
    yield _line("exam", "body", exam.body)


def _people(facts: Facts) -> Iterator[Line]:
    people = facts.content.people
    yield _line("people", "mode", t(f"opening.mode.{people.mode}") if people.mode else "")
    if people.mode == "open":
        yield _line("people", "enrol_from", _day(people.enrol_from))
        yield _line("people", "enrol_until", _day(people.enrol_until))


def _day(day: date | None) -> str:
    return day_text(day) if day else ""
