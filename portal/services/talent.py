"""The talent pool for the authority: how many people hold what, where. Only people who joined,
only what is in force.

All that is counted comes from one fixed grid for the officer's area (occupation, level and kind
by part of the area), published as ``domain.small_groups`` says. Filters choose rows and columns
of it and never count anew, so that asking twice in two ways tells no more than asking once.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.domain.certificate_number import PREFIXES
from portal.domain.errors import BadInput
from portal.domain.levels import SkillLevel
from portal.domain.permissions import Actor, Permission
from portal.domain.small_groups import Count, PublishedRow, publish
from portal.locale import t
from portal.policies import reference
from portal.policies.regions import NATIONAL
from portal.services import audit, talent_sql
from portal.services.need_terms import skill_name, skill_of
from portal.services.scope import group_width, region_prefix, the_area
from portal.services.times import day_of

# Kinds of certificates (reference A6); what others issued comes by the same names.
KINDS = tuple(dict.fromkeys(("LEVEL", "SPECIAL", "QUAL", "SPECIAL_OP", *PREFIXES)))


@dataclass(frozen=True, slots=True)
class TalentQuery:
    """What an officer looks for; empty or 0 for everything. ``family`` is of an occupation
    (``policies.reference``), ``level`` a rank that is the least, ``part`` a part of the area."""

    family: str = ""
    level: int = 0
    kind: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A column: a part of the officer's area."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class TalentRow:
    """A row of the grid. ``cells`` are in the order of the parts, None where hidden; ``rest``
    says how many people at least are in hidden cells."""

    occupation: str
    level: str
    kind: str
    cells: tuple[Count | None, ...]
    rest: int


@dataclass(frozen=True, slots=True)
class TalentTable:
    """What is told of ``parts``, some or all of the ``choices``. ``people`` sums the cells, so
    that somebody in two rows counts twice."""

    area_name: str
    choices: tuple[Part, ...]
    parts: tuple[Part, ...]
    rows: tuple[TalentRow, ...]
    people: int
    certificates: int


def check_query(*, occupation: str, level: str, kind: str, part: str) -> TalentQuery:
    """Check what a form or an address says; raises the first BadInput, which names its field."""
    family = skill_of(occupation) if occupation.strip() else ""
    if family is None:
        raise BadInput("occupation", "talent.unknown_occupation")
    if level.strip() and level.strip() not in {str(int(rank)) for rank in SkillLevel}:
        raise BadInput("level", "level.unknown", value=level[:20])
    if kind and kind not in KINDS:
        raise BadInput("kind", "talent.unknown_kind")
    return TalentQuery(family, int(level.strip() or 0), kind, part[:6])


def search(session: Session, actor: Actor, *, query: TalentQuery, now: datetime) -> TalentTable:
    """The counts that fit, for the officer's area. Raises BadInput for a part outside it."""
    actor.require(Permission.SEARCH_TALENT)
    area = the_area(actor)
    columns = parts_of(area)
    wanted = _columns(columns, query.part)
    grid = publish(_raw(session, area, now), columns)
    found = {name: row for name, row in grid.items() if _fits(name, query)}
    rows = tuple(_row(name, found[name], wanted, query) for name in sorted(found, key=_order))
    told = tuple(row for row in rows if row.rest or any(row.cells))
    audit.record(
        session,
        actor,
        "talent.search",
        now=now,
        object_type="region",
        object_id=area,
        detail=asdict(query) | {"rows": len(told)},
    )
    counts = [cell for row in told for cell in row.cells if cell is not None]
    return TalentTable(
        area_name=t("admin.whole_country") if area == NATIONAL else reference.region_name(area),
        choices=tuple(Part(code, part_name(code, area)) for code in columns),
        parts=tuple(Part(code, part_name(code, area)) for code in wanted),
        rows=told,
        people=sum(cell.people for cell in counts) + sum(row.rest for row in told),
        certificates=sum(cell.certificates for cell in counts),
    )


def parts_of(area: str) -> tuple[str, ...]:
    """The columns of the grid of an area: itself, for whoever belongs to no part that we know, and
    its parts. The same whoever joined, so that a column tells nothing by being there."""
    prefix, width = region_prefix(area), group_width(area)
    inside = (one.code for one in reference.regions() if one.code.startswith(prefix))
    return tuple(dict.fromkeys((area, *(code[:width].ljust(6, "0") for code in inside))))


def part_name(code: str, area: str) -> str:
    """What a column is called."""
    name = t("admin.whole_country") if code == NATIONAL else reference.region_name(code)
    return name if code != area or len(parts_of(area)) == 1 else t("talent.no_part", place=name)


def params(area: str, now: datetime) -> dict[str, Any]:
    """What the statements of ``talent_sql`` need."""
    return {
        "prefix": region_prefix(area),
        "width": group_width(area),
        "today": day_of(now),
        **talent_sql.families(),
    }


_Name = tuple[str, int, str]


def _raw(session: Session, area: str, now: datetime) -> dict[_Name, dict[str, Count]]:
    known = frozenset(parts_of(area))
    raw: dict[_Name, dict[str, Count]] = {}
    for row in session.execute(talent_sql.CELLS, params(area, now)):
        cells = raw.setdefault((row.family, row.level or 0, row.kind), {})
        part = row.part if row.part in known else area
        before = cells.get(part, Count(0, 0))
        # Everybody lives in one place, so that nobody is added twice.
        cells[part] = Count(before.people + row.people, before.certificates + row.certificates)
    return raw


def _columns(columns: tuple[str, ...], part: str) -> tuple[str, ...]:
    if not part:
        return columns
    if part not in columns:
        raise BadInput("part", "talent.unknown_part")
    return (part,)


def _fits(name: _Name, query: TalentQuery) -> bool:
    family, level, kind = name
    return query.family in ("", family) and level >= query.level and query.kind in ("", kind)


def _row(
    name: _Name, row: PublishedRow[str], wanted: tuple[str, ...], query: TalentQuery
) -> TalentRow:
    family, level, kind = name
    cells: Mapping[str, Count | None] = row.cells
    return TalentRow(
        occupation=occupation_name(family),
        level=SkillLevel(level).printed_name if level else "",
        kind=t(f"certificate.kind.{kind}"),
        cells=tuple(cells[one] for one in wanted),
        # What is in hidden cells belongs to no part in particular.
        rest=0 if query.part else row.rest,
    )


def occupation_name(family: str) -> str:
    """What an occupation is called; some certificates are of none."""
    return skill_name(family) if family else t("talent.no_occupation")


def _order(name: _Name) -> tuple[str, int, str]:
    """By occupation, the highest level first."""
    family, level, kind = name
    return family or "~", -level, kind
