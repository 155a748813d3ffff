"""What the catalogue shows: plain values, ready to print."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from portal.services.listing import InstitutionCard

# open; few seats left; full; soon: enrolment has not begun; closed for whatever reason.
SeatStatus = Literal["open", "few", "full", "soon", "closed"]
# For everybody; for the groups of a clause; a subsidy only; paid for.
FreeStatus = Literal["free", "free_for_some", "subsidised", "fee"]


@dataclass(frozen=True)
class InstitutionRef:
    """Which institution."""

    id: str
    name: str


@dataclass(frozen=True)
class ClassCard:
    """A class in a list. ``hours`` are 课时, ``level`` a rank (1 to 8) or None.

    ``occupation_code`` is a topic's code where the class has no occupation.
    """

    id: str
    title: str
    institution: InstitutionRef
    institution_id: str
    institution_name: str
    region_code: str
    region_name: str
    occupation_code: str
    occupation_name: str
    level: int | None
    level_name: str
    hours: int
    starts_on: date
    ends_on: date
    starts_text: str
    schedule_note: str
    capacity: int
    seats_taken: int
    seats_left: int
    seats_text: str
    status: SeatStatus
    status_text: str
    free: FreeStatus
    free_text: str
    # Why it is marked as short, in few words and with the document; empty where no list that
    # reaches it has its occupation.
    shortage_short: str
    shortage_text: str
    badges: tuple[str, ...]
    certificate_kind: str
    certificate_name: str


@dataclass(frozen=True)
class ClassPage:
    """One page. ``total`` counts at most ``search.TOTAL_CAP``: then ``total_is_capped``.

    ``region_name`` is the region asked for, empty for the whole country.
    """

    items: tuple[ClassCard, ...]
    page: int
    size: int
    total: int
    total_is_capped: bool
    has_more: bool
    region_name: str


@dataclass(frozen=True)
class SessionView:
    """One meeting of a class."""

    id: str
    seq_no: int
    starts_at: datetime
    ends_at: datetime
    when_text: str
    hours: int
    kind: str
    kind_text: str
    room: str
    topic: str


@dataclass(frozen=True)
class FreeGroup:
    """A group that trains free, or with a subsidy: the clause that says so, and its words.

    ``for_this_class`` marks the groups that the class is made for.
    """

    group_code: str
    phrase: str
    clause: str
    document: str
    quote: str
    for_this_class: bool


@dataclass(frozen=True)
class PlanRef:
    """The plan that a class belongs to and who leads it."""

    pack_id: str
    pack_title: str
    doc_no: str
    plan_no: str
    name: str
    lead_department: str


@dataclass(frozen=True)
class OwnState:
    """The signed-in person and this class: ``none``, ``enrolled`` or ``conflict``.

    ``status`` is that of the enrolment, which may also wait for a seat, an answer or an officer.
    A conflict names the class that meets at the same time.
    """

    state: Literal["none", "enrolled", "conflict"] = "none"
    enrolment_id: str = ""
    other_title: str = ""
    status: str = ""


@dataclass(frozen=True)
class ClassDetail(ClassCard):
    """Everything that somebody needs to know before enrolling."""

    class_no: str
    site: str
    address: str
    access_note: str
    region_path: tuple[str, ...]
    ends_text: str
    enrol_from: datetime
    enrol_until: datetime
    state_text: str
    # Why it was called off; empty where it was not.
    called_off: str
    theory_hours: int
    practice_hours: int
    description: str
    fee_fen: int
    fee_text: str
    instructor_name: str
    group_phrases: tuple[str, ...]
    sessions: tuple[SessionView, ...]
    who_free: tuple[FreeGroup, ...]
    who_subsidised: tuple[FreeGroup, ...]
    plan: PlanRef
    provider: InstitutionCard
    own: OwnState


@dataclass(frozen=True)
class RegionNode:
    """A region that has open classes, with the regions below it."""

    code: str
    name: str
    count: int
    children: tuple["RegionNode", ...] = ()


@dataclass(frozen=True)
class Choice:
    """A filter value that finds something."""

    code: str
    name: str
    count: int


@dataclass(frozen=True)
class Facets:
    """What there is to choose from now; counts are classes open for enrolment."""

    total: int
    regions: tuple[RegionNode, ...]
    occupations: tuple[Choice, ...]
    levels: tuple[Choice, ...]
    groups: tuple[Choice, ...]
    starts_soon: int


@dataclass(frozen=True)
class QuickChoice:
    """One tap on the home page: ``query`` is what follows ``/classes?``."""

    kind: Literal["occupation", "region", "group", "soon"]
    label: str
    query: str
    count: int
