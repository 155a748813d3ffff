"""Targets of the documents, split over years, regions and institutions (M10), and how far they
have come (M11).

A part is set by whoever oversees the region whose number is split: a prefecture sets its
counties' parts, a county only what its own part is made of. Parts must not be more than their
whole unless the officer says that this is meant; every change is a version with its reason.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import AnnualTarget, Institution
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.permissions import Actor, Permission
from portal.domain.target_errors import (
    LessThanItsParts,
    MoreThanTheWhole,
    NothingToSplit,
    SetByDocument,
)
from portal.domain.target_progress import Progress, progress
from portal.policies.regions import child_regions
from portal.services import audit
from portal.services.oversight import target_counts, target_rows
from portal.services.oversight.reach import chosen_area, place_name
from portal.services.oversight.target_counts import Done
from portal.services.oversight.target_lines import WHOLE_SPAN, Document, Line, documents
from portal.services.oversight.target_rows import Change, Place
from portal.services.reasons import clean_reason
from portal.services.scope import region_prefix, the_area
from portal.services.times import day_of

SHORTEST_REASON = 4
MOST = 100_000_000


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the tree: ``amount`` None while nobody has set it, ``progress`` None then."""

    place: Place
    name: str
    amount: int | None
    done: int
    progress: Progress | None
    by_document: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """A place with its parts. ``placed`` is what its regions and institutions are together;
    ``people`` how many different people its ``done`` is; ``way`` leads down to it."""

    documents: tuple[Document, ...]
    document: Document
    line: Line
    year: int
    area: str
    way: tuple[tuple[str, str], ...]
    node: Node
    people: int
    parts: tuple[Node, ...]
    years: tuple[Node, ...]
    placed: int
    years_placed: int
    may_set: bool
    may_set_years: bool
    schools: tuple[tuple[UUID, str], ...]
    changes: tuple[Change, ...]


def tree(
    session: Session,
    actor: Actor,
    *,
    pack_id: str = "",
    line: str = "",
    year: int | None = None,
    area: str = "",
    now: datetime,
) -> Tree | None:
    """What a target is in a region of the actor's, part by part; None when no document that
    reaches the region sets any. For officers and auditors. Raises Forbidden, NotFound."""
    own = the_area(actor)
    today = day_of(now)
    known = [one for one in documents(session, this_year=today.year) if _meets(one, own)]
    if not known:
        return None
    document = _document(known, pack_id, own)
    # Whoever switches documents keeps the other choices as far as the new one has them.
    chosen = document.line(line if line in {one.key for one in document.lines} else "")
    when = _year(chosen, year, today)
    code = chosen_area(actor, area or own)
    if not code.startswith(region_prefix(document.region_code)):
        code = _narrower(own, document.region_code)
    first, last = _span(chosen, when)
    done = target_counts.count(
        session, document, chosen, area=code, first=first, last=last, today=today
    )
    amount = target_rows.amount_of(session, document, chosen, Place(when, code))
    whole = _node(
        chosen,
        Place(when, code),
        name=place_name(code),
        amount=amount,
        done=done.total,
        today=today,
        by_document=code == document.region_code and chosen.whole(when) is not None,
    )
    parts = _parts(session, document, chosen, Place(when, code), done, today)
    years = _years(session, document, chosen, Place(when, code), done, today)
    settles = actor.may(Permission.SET_TARGETS)
    return Tree(
        documents=tuple(known),
        document=document,
        line=chosen,
        year=when,
        area=code,
        way=_way(own, document, code),
        node=whole,
        people=done.people,
        parts=parts,
        years=years,
        placed=sum(one.amount or 0 for one in parts),
        # A year in which the document is merely continued is no part of what it set.
        years_placed=sum(one.amount or 0 for one in years if one.place.year in chosen.years),
        may_set=settles,
        may_set_years=settles and code == document.region_code,
        schools=_schools(session, code),
        changes=target_rows.changes(session, document, chosen, year=when, area=code),
    )


def set_part(
    session: Session,
    actor: Actor,
    *,
    pack_id: str,
    line: str,
    year: int,
    area: str,
    region_code: str = "",
    institution_id: UUID | None = None,
    of_year: int | None = None,
    amount: int,
    reason: str,
    may_exceed: bool = False,
    now: datetime,
) -> None:
    """Set one part of what ``area`` has for ``year``: a region's, an institution's there, or,
    with ``of_year``, the document's own region's for a year.

    Raises Forbidden, NotFound, BadInput (amount, reason, part), SetByDocument, NothingToSplit,
    MoreThanTheWhole (unless ``may_exceed``), LessThanItsParts.
    """
    actor.require(Permission.SET_TARGETS)
    code = chosen_area(actor, area)
    found = [
        one
        for one in documents(session, this_year=day_of(now).year)
        if one.pack_id == pack_id and _meets(one, the_area(actor))
    ]
    if not found:
        raise NotFound
    document, chosen = found[0], found[0].line(line)
    if year not in chosen.choices:
        raise NotFound
    _must_reach(document, code)
    part = _part(session, document, chosen, Place(year, code), region_code, institution_id, of_year)
    if not 0 <= amount <= MOST:
        raise BadInput("amount", "targets.reason.amount", most=MOST)
    why = clean_reason(reason, shortest=SHORTEST_REASON)
    excess = _check(session, document, chosen, Place(year, code), part, amount)
    if excess and not may_exceed:
        raise MoreThanTheWhole(excess=excess, amount=_whole(session, document, chosen, year, code))
    row = AnnualTarget(
        pack_id=pack_id,
        line=chosen.key,
        year=part.year,
        region_code=part.region_code,
        institution_id=part.institution_id,
        version_no=target_rows.next_version(session, document, chosen, part),
        amount=amount,
        reason=why,
        exceeds_by=excess,
        set_by=actor.the_account(),
        set_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        "target.set",
        now=now,
        object_type="annual_target",
        object_id=row.id,
        reason=why,
        detail={"line": chosen.key, "year": part.year, "region": part.region_code,
                "amount": amount, "exceeds_by": excess},
    )  # fmt: skip


def _check(
    session: Session, document: Document, line: Line, whole: Place, part: Place, amount: int
) -> int:
    """How much more than the whole all parts would be; raises what forbids the part."""
    # Whoever splits the same number waits here, so that two parts never pass it unseen; and
    # whoever splits the part, so that it is not cut below what it becomes. Wholes come first.
    for place in (whole, part):
        key = f"{document.pack_id}/{line.key}/{place.year}/{place.region_code}"
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    of_year = part.year != whole.year
    if of_year:
        others = target_rows.years_of(session, document, line)
        if line.whole(part.year) is not None:
            raise SetByDocument
        others = {place: n for place, n in others.items() if place.year in line.years}
        counts = part.year in line.years
    else:
        others = target_rows.siblings(
            session, document, line, year=whole.year, area=whole.region_code
        )
        counts = True
    _must_hold(session, document, line, part, amount)
    limit = target_rows.amount_of(session, document, line, whole)
    if not counts:
        return 0
    if limit is None:
        raise NothingToSplit
    others[part] = amount
    return max(0, sum(others.values()) - limit)


def _must_hold(session: Session, document: Document, line: Line, part: Place, amount: int) -> None:
    """Refuse a number below what it was split into already."""
    if part.institution_id is not None:
        return
    below = target_rows.siblings(session, document, line, year=part.year, area=part.region_code)
    if sum(below.values()) > amount:
        raise LessThanItsParts(parts=sum(below.values()))


def _whole(session: Session, document: Document, line: Line, year: int, code: str) -> int:
    return target_rows.amount_of(session, document, line, Place(year, code)) or 0


def _part(
    session: Session,
    document: Document,
    line: Line,
    whole: Place,
    region_code: str,
    institution_id: UUID | None,
    of_year: int | None,
) -> Place:
    """The place that is set; raises for one that is no part of the whole."""
    if of_year is not None:
        if whole.region_code != document.region_code:
            raise Forbidden
        if of_year not in (*line.years, *line.later):
            raise BadInput("part", "targets.reason.part")
        return Place(of_year, whole.region_code)
    if institution_id is not None:
        where = session.scalar(
            select(Institution.region_code).where(Institution.id == institution_id)
        )
        if where is None or not where.startswith(region_prefix(whole.region_code)):
            raise BadInput("part", "targets.reason.part")
        name = session.get_one(Institution, institution_id).name
        is_root = whole.region_code == document.region_code
        if is_root and whole.year == WHOLE_SPAN and name in line.of_institutions:
            raise SetByDocument
        return Place(whole.year, whole.region_code, institution_id)
    if region_code not in {one.code for one in child_regions(whole.region_code)}:
        raise BadInput("part", "targets.reason.part")
    return Place(whole.year, region_code)


def _parts(
    session: Session, document: Document, line: Line, whole: Place, done: Done, today: date
) -> tuple[Node, ...]:
    """Regions below, all of them, and the institutions that have a part."""
    known = target_rows.siblings(session, document, line, year=whole.year, area=whole.region_code)
    names = _names(session, [p.institution_id for p in known if p.institution_id])
    told = line.of_institutions if whole.region_code == document.region_code else {}
    made = []
    for one in child_regions(whole.region_code):
        place = Place(whole.year, one.code)
        count = done.regions.get(one.code, 0)
        made.append(_node(line, place, name=one.name, amount=known.get(place), done=count,
                          today=today, by_document=False))  # fmt: skip
    for place in sorted((p for p in known if p.institution_id), key=lambda p: names[p]):
        by_document = whole.year == WHOLE_SPAN and names[place] in told
        count = done.institutions.get(place.institution_id, 0) if place.institution_id else 0
        made.append(_node(line, place, name=names[place], amount=known[place], done=count,
                          today=today, by_document=by_document))  # fmt: skip
    return tuple(made)


def _names(session: Session, ids: list[UUID]) -> "_Names":
    query = select(Institution.id, Institution.name).where(Institution.id.in_(ids))
    return _Names(dict(session.execute(query).tuples().all()))


class _Names(dict[UUID, str]):
    """Names of institutions, by the place that belongs to one."""

    def __getitem__(self, key: object) -> str:
        return super().__getitem__(key.institution_id)  # type: ignore[attr-defined]


def _years(
    session: Session, document: Document, line: Line, whole: Place, done: Done, today: date
) -> tuple[Node, ...]:
    """The years of the document's own region, where its whole span is looked at."""
    if whole.year != WHOLE_SPAN or whole.region_code != document.region_code:
        return ()
    known = target_rows.years_of(session, document, line)
    return tuple(
        _node(
            line,
            place,
            name=target_rows.year_name(year),
            amount=known.get(place),
            done=done.years.get(year, 0),
            today=today,
            by_document=line.whole(year) is not None,
        )
        for year in (*line.years, *line.later)
        if (place := Place(year, document.region_code))
    )


def _node(
    line: Line,
    place: Place,
    *,
    name: str,
    amount: int | None,
    done: int,
    today: date,
    by_document: bool,
) -> Node:
    first, last = _span(line, place.year)
    made = None
    if amount is not None:
        days = date(first, 1, 1), date(last, 12, 31)
        made = progress(done, amount, first=days[0], last=days[1], today=today)
    return Node(place, name, amount, done, made, by_document)


def _span(line: Line, year: int) -> tuple[int, int]:
    if year != WHOLE_SPAN:
        return year, year
    return line.years[0], line.years[-1]


def _year(line: Line, asked: int | None, today: date) -> int:
    """The year asked for; else this one where the document reaches it, else all of it."""
    if asked is not None and asked in line.choices:
        return asked
    return today.year if today.year in line.choices else line.choices[0]


def _document(known: list[Document], asked: str, own: str) -> Document:
    """The document asked for; else the one nearest to the actor's region."""
    if asked:
        found = next((one for one in known if one.pack_id == asked), None)
        if found is None:
            raise NotFound
        return found
    return min(
        known, key=lambda one: abs(len(region_prefix(one.region_code)) - len(region_prefix(own)))
    )


def _meets(document: Document, own: str) -> bool:
    there, here = region_prefix(document.region_code), region_prefix(own)
    return there.startswith(here) or here.startswith(there)


def _must_reach(document: Document, code: str) -> None:
    if not code.startswith(region_prefix(document.region_code)):
        raise NotFound


def _narrower(own: str, other: str) -> str:
    return max(own, other, key=lambda one: len(region_prefix(one)))


def _way(own: str, document: Document, code: str) -> tuple[tuple[str, str], ...]:
    """From the actor's end of the tree down to the place."""
    top = region_prefix(_narrower(own, document.region_code))
    chain = dict.fromkeys(
        (_narrower(own, document.region_code), code[:2] + "0000", code[:4] + "00", code)
    )
    return tuple(
        (one, place_name(one)) for one in chain
        if one.startswith(top) and len(region_prefix(one)) >= len(top)
        and code.startswith(region_prefix(one))
    )  # fmt: skip


def _schools(session: Session, code: str) -> tuple[tuple[UUID, str], ...]:
    """Institutions that may be given a part: those of a prefecture or county, not of more."""
    if len(region_prefix(code)) < 4:
        return ()
    query = (
        select(Institution.id, Institution.name)
        .where(Institution.region_code.startswith(region_prefix(code), autoescape=True))
        .order_by(Institution.name)
        .limit(500)
    )
    return tuple(session.execute(query).tuples())
