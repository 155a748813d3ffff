"""What an application holds, step by step, and the hash of it as it was sent."""

import hashlib
import json
from collections.abc import Sized
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from portal.domain.errors import BadInput

Step = Literal["what", "when", "who", "where", "exam", "people"]
STEPS: tuple[Step, ...] = ("what", "when", "who", "where", "exam", "people")
MeetingKind = Literal["theory", "practice", "online", "exam"]
KINDS: tuple[MeetingKind, ...] = ("theory", "practice", "online", "exam")
# What a class is taught with (reference B7: materials, digital courses; A5: equipment).
RESOURCES = ("textbook", "equipment", "consumables", "digital")
EXAM_FORMS = ("theory", "practice", "both", "online")

_Short = Annotated[str, Field(max_length=80)]
_Long = Annotated[str, Field(max_length=400)]


def _is_empty(value: Sized) -> bool:
    return not value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class What(_Part):
    """Which entry of the programme catalogue, and what the class is called."""

    programme_id: UUID | None = None
    title: _Short = ""


class Span(_Part):
    """A stretch of the teaching day, Beijing time."""

    starts: time
    ends: time


class Pattern(_Part):
    """The week that sessions were made of; weekdays as date.weekday() counts, Monday 0."""

    first_day: date
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...]
    spans: Annotated[tuple[Span, ...], Field(max_length=4)]
    hours_per_day: int
    on_holidays: bool = False
    on_swapped: bool = False


class PlannedMeeting(_Part):
    """One session. ``key`` stays when it is moved; room and teacher only where they differ."""

    key: Annotated[str, Field(max_length=20)]
    starts_at: datetime
    ends_at: datetime
    hours: Annotated[int, Field(ge=1, le=24)]
    kind: MeetingKind
    topic: _Short = ""
    room: _Short = ""
    instructor_id: UUID | None = None


class When(_Part):
    """The teaching plan by session, in order of time."""

    pattern: Pattern | None = None
    meetings: Annotated[tuple[PlannedMeeting, ...], Field(max_length=400)] = ()


class Who(_Part):
    """Who teaches what no session says otherwise of."""

    instructor_id: UUID | None = None


class Where(_Part):
    """Site, room and what is there; ``resources`` of ``RESOURCES``.

    ``region_code`` is empty where the institution teaches at home. It is left out of what is kept
    then, so that applications from before it existed keep their hash.
    """

    region_code: Annotated[str, Field(max_length=6, exclude_if=_is_empty)] = ""
    site: _Short = ""
    room: _Short = ""
    address: _Short = ""
    capacity: int | None = None
    resources: tuple[Literal["textbook", "equipment", "consumables", "digital"], ...] = ()
    resource_note: _Long = ""
    safety_note: _Long = ""
    access_note: _Long = ""


class Exam(_Part):
    """The completion examination: when, how, by whom, for which certificate."""

    on: date | None = None
    form: Literal["", "theory", "practice", "both", "online"] = ""
    body: _Short = ""
    certificate_kind: Annotated[str, Field(max_length=20)] = ""
    place: _Short = ""


class People(_Part):
    """Open enrolment between two days, both included, or an uploaded roster."""

    mode: Literal["", "open", "roster"] = ""
    enrol_from: date | None = None
    enrol_until: date | None = None
    roster_id: UUID | None = None


class Content(_Part):
    """The whole application; a part that nobody filled in yet is empty."""

    what: What = What()
    when: When = When()
    who: Who = Who()
    where: Where = Where()
    exam: Exam = Exam()
    people: People = People()

    def with_part(self, step: Step, part: BaseModel) -> "Content":
        """The same with another part."""
        return self.model_copy(update={step: part})


def read(stored: dict[str, Any]) -> Content:
    """What a row holds."""
    return Content.model_validate(stored)


def stored(content: Content) -> dict[str, Any]:
    """The content as a row keeps it."""
    return content.model_dump(mode="json")


def part_of(step: Step, **fields: Any) -> Any:
    """A part of typed values; raises BadInput, field the first that cannot be."""
    model = type(getattr(Content(), step))
    try:
        return model(**fields)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        raise BadInput(str(where[0]) if where else step, "opening.bad_field") from None


def content_hash(content: Content) -> str:
    """SHA-256 over the canonical JSON, in hex."""
    text = json.dumps(stored(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
