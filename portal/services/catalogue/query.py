"""What somebody looks for, as it came and as it is asked of the database."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from portal.domain.errors import BadInput, NotFound
from portal.domain.levels import SkillLevel
from portal.domain.parsing import parse_id
from portal.domain.search_text import query_terms
from portal.policies import reference
from portal.services import times

MAX_SIZE = 50
# Nobody turns that many pages; beyond this row a list is empty.
DEEPEST = 10_000
MAX_DAYS = 365


@dataclass(frozen=True, slots=True)
class ClassQuery:
    """A search as a client sends it; empty means anything.

    ``occupation`` is an occupation's or a topic's code, ``level`` a rank from 1 to 8.
    """

    q: str = ""
    region: str = ""
    occupation: str = ""
    level: str | int | None = None
    group: str = ""
    has_seats: bool = False
    starts_within_days: str | int | None = None
    institution_id: UUID | str | None = None
    page: int = 1
    size: int = 20


@dataclass(frozen=True, slots=True)
class Search:
    """A checked query: ``terms`` all of which a class must have, the latest first day, the page."""

    terms: tuple[str, ...]
    until: date | None
    has_seats: bool
    page: int
    size: int
    region_code: str | None
    now: datetime

    @property
    def today(self) -> date:
        return times.day_of(self.now)

    @property
    def too_deep(self) -> bool:
        """Whether the page lies beyond the last row that a list answers."""
        return self.page > DEEPEST // self.size

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


def parse_query(query: ClassQuery, *, now: datetime) -> Search:
    """The search behind a query; raises BadInput naming the filter that makes no sense.

    Page and size are brought into range instead (from 1; 1 to 50 a page).
    """
    size = min(max(query.size, 1), MAX_SIZE)
    region_code = parse_region(query.region)
    days = _whole(query.starts_within_days, "starts_within_days", 0, MAX_DAYS)
    until = None if days is None else times.day_of(now) + timedelta(days=days)
    facets = [
        _facet("r", region_code),
        _facet("o", _subject(query.occupation)),
        _facet("l", _whole(query.level, "level", 1, len(SkillLevel))),
        _facet("g", _group(query.group)),
        _facet("i", _institution(query.institution_id)),
    ]
    return Search(
        terms=(*query_terms(query.q), *filter(None, facets)),
        until=until,
        has_seats=query.has_seats,
        page=max(query.page, 1),
        size=size,
        region_code=region_code,
        now=now,
    )


def parse_region(raw: str) -> str | None:
    """A known region's code, None for the whole country; an old code gives its successor."""
    code = raw.strip()
    if code in ("", reference.NATIONAL):
        return None
    region = reference.region(code)
    if region is None:
        raise BadInput("region", "catalogue.bad_region")
    return region.successor_code or region.code


def _facet(prefix: str, value: object) -> str | None:
    return None if value is None else f"{prefix}:{value}"


def _subject(raw: str) -> str | None:
    code = raw.strip()
    if code and reference.occupation(code) is None and reference.topic(code) is None:
        raise BadInput("occupation", "catalogue.bad_occupation")
    return code or None


def _group(raw: str) -> str | None:
    code = raw.strip()
    group = reference.group(code)
    if code and (group is None or group.sensitive == "very"):
        raise BadInput("group", "catalogue.bad_group")
    return code or None


def _institution(raw: UUID | str | None) -> UUID | None:
    if raw in (None, ""):
        return None
    try:
        return parse_id(raw)
    except NotFound:
        raise BadInput("institution_id", "catalogue.bad_institution") from None


def _whole(raw: str | int | None, field: str, least: int, most: int) -> int | None:
    text = "" if raw is None else str(raw).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not least <= int(text[:9]) <= most:
        raise BadInput(field, f"catalogue.bad_{field}", least=least, most=most)
    return int(text)
