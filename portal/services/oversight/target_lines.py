"""What of a policy document is a target that can be split: its totals and its plans.

All of it is data of the packs (A2.5). A line is worth ``amount`` for its whole span, or for each
of its years; the document's own parts (a year, an institution) cannot be changed by anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import PolicyPack
from portal.domain.errors import NotFound
from portal.policies import models
from portal.services.pack_store import packs_of

Measure = Literal["training", "skilled", "high_skilled"]
# The year of a part that stands for the document's whole span.
WHOLE_SPAN = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A target, or a plan's number, in person-times (人次) or people (人).

    ``years`` are those that the document sets it for; ``later`` those in which it is continued
    (延续执行), for which it says no number. ``within`` is the line of which this one is a part.
    """

    key: str
    name: str
    unit: str
    measure: Measure
    amount: int
    each_year: bool
    years: tuple[int, ...]
    later: tuple[int, ...]
    clause: str
    quote: str
    plan_no: str = ""
    group_codes: tuple[str, ...] = ()
    within: str = ""
    of_years: dict[int, int] = field(default_factory=dict)
    of_institutions: dict[str, int] = field(default_factory=dict)

    def whole(self, year: int) -> int | None:
        """What the document says for a year, or for its span; None when it says nothing."""
        if self.each_year:
            return self.amount if year in self.years else None
        return self.amount if year == WHOLE_SPAN else self.of_years.get(year)

    @property
    def choices(self) -> tuple[int, ...]:
        """The years that may be looked at, the whole span first where there is one."""
        span = () if self.each_year else (WHOLE_SPAN,)
        return (*span, *self.years, *self.later)


@dataclass(frozen=True, slots=True)
class Document:
    """A pack with its lines, totals first."""

    pack_id: str
    title: str
    short_title: str
    region_code: str
    lines: tuple[Line, ...]

    def line(self, key: str) -> Line:
        """The line of a key, the first one for none. Raises NotFound."""
        if not key:
            return self.lines[0]
        found = next((one for one in self.lines if one.key == key), None)
        if found is None:
            raise NotFound
        return found


def documents(session: Session, *, this_year: int) -> tuple[Document, ...]:
    """Every published document that sets a target, by region."""
    rows = session.execute(select(PolicyPack.id, PolicyPack.content_hash)).tuples().all()
    found = packs_of(session, list(rows))
    made = [_document(pack, this_year) for pack in found.values()]
    return tuple(sorted((one for one in made if one.lines), key=lambda one: one.region_code))


def _document(pack: models.PolicyPack, this_year: int) -> Document:
    told = pack.document
    lines = (*_totals(pack, this_year), *_plans(pack, this_year))
    return Document(told.id, told.title, told.short_title, told.region_code, lines)


def _totals(pack: models.PolicyPack, this_year: int) -> Iterator[Line]:
    for one in pack.targets:
        if one.measure is None or one.part_of is not None:
            continue
        yield Line(
            key=f"target:{one.code}",
            name=one.name,
            unit=one.unit,
            measure=one.measure,
            amount=int(one.value),
            each_year=one.cadence == "each_year",
            years=_years(one.from_year, one.to_year, pack),
            later=_later(one.to_year, pack, this_year),
            clause=one.clause,
            quote=one.quote,
            group_codes=one.group_codes,
            within=f"target:{one.within}" if one.within else "",
            of_years=_parts(pack, one.code),
        )


def _parts(pack: models.PolicyPack, code: str) -> dict[int, int]:
    """What the document itself says of single years."""
    return {
        part.from_year: int(part.value)
        for part in pack.targets
        if part.part_of == code and part.from_year and part.from_year == part.to_year
    }


def _plans(pack: models.PolicyPack, this_year: int) -> Iterator[Line]:
    whole = next((one for one in pack.targets if one.sums_plans), None)
    first, last = (whole.from_year, whole.to_year) if whole else (None, None)
    for plan in sorted(pack.plans, key=lambda one: natural(one.plan_no)):
        if not plan.target_person_times:
            continue
        yield Line(
            key=f"plan:{plan.plan_no}",
            name=plan.name,
            unit="人次",
            measure="training",
            amount=plan.target_person_times,
            each_year=False,
            years=_years(first, last, pack),
            later=_later(last, pack, this_year),
            clause=plan.clause,
            quote=plan.quote,
            plan_no=plan.plan_no,
            within=f"target:{whole.code}" if whole else "",
            of_years={one.year: one.person_times for one in plan.splits if one.year},
            of_institutions={
                one.institution: one.person_times for one in plan.splits if one.institution
            },
        )


def _years(first: int | None, last: int | None, pack: models.PolicyPack) -> tuple[int, ...]:
    told = pack.document
    begins = first or (told.effective_from.year if told.effective_from else None)
    ends = last or (told.effective_to.year if told.effective_to else None)
    return tuple(range(begins, ends + 1)) if begins and ends else ()


def _later(last: int | None, pack: models.PolicyPack, this_year: int) -> tuple[int, ...]:
    """The years since, and the next one, in which the document goes on being applied."""
    told = pack.document
    ends = last or (told.effective_to.year if told.effective_to else None)
    if told.continuation is None or ends is None:
        return ()
    until = min(told.continuation.effective_to.year, this_year + 1)
    return tuple(range(ends + 1, until + 1))


def natural(number: str) -> tuple[bool, int, str]:
    """1, 2, 10, then C1: numbers as numbers, before what is none."""
    return (not number.isdigit(), int(number) if number.isdigit() else 0, number)
