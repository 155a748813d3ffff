"""Finding rows of the trail, newest first, a page at a time: whatever its length.

Rows in blocks are found by ``audit_place``, which knows their region; the few that are in none
yet are looked through one by one. A search for people or things goes by their own indexes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, literal, or_, select, text, tuple_, union_all
from sqlalchemy.orm import Session

from portal.db.models import AuditBlock, AuditEvent, AuditPlace
from portal.services.audit_trail import blocks
from portal.services.audit_trail.examination import is_unclosed
from portal.services.audit_trail.regions import region_now, within
from portal.services.audit_trail.wanted import ABOUT, BY, Asked
from portal.services.scope import region_prefix


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a row stands: newest first means by moment, then by number."""

    at: datetime
    no: int


def find(session: Session, area: str, asked: Asked, *, before: Spot | None, most: int) -> list[int]:
    """The numbers of at most ``most`` rows of an area that fit, older than ``before``, in order."""
    if asked.people is not None or asked.things is not None:
        return _narrow(session, area, asked, before, most)
    last = blocks.newest(session)
    spots = [*_loose(session, area, asked, before, most, last)]
    if last is not None:
        spots += _closed(session, area, asked, before, most)
    spots.sort(key=lambda spot: (spot.at, spot.no), reverse=True)
    return [spot.no for spot in spots[:most]]


def spot_of(session: Session, event_id: object) -> Spot | None:
    """Where the event of an id stands."""
    row = session.execute(
        select(AuditEvent.at, AuditEvent.no).where(AuditEvent.id == event_id)
    ).one_or_none()
    return Spot(row.at, row.no) if row else None


def _narrow(session: Session, area: str, asked: Asked, before: Spot | None, most: int) -> list[int]:
    """By who acted, about whom, or what was touched: a search for each, then the newest of all."""
    region = func.coalesce(
        select(AuditPlace.region_code).where(AuditPlace.no == AuditEvent.no).scalar_subquery(),
        # In no block yet, or in none by its region.
        region_now(),
    )
    parts = [
        select(AuditEvent.no, AuditEvent.at)
        .where(branch, *_limits(AuditEvent, asked, before), within(area, region))
        .order_by(AuditEvent.at.desc(), AuditEvent.no.desc())
        .limit(most)
        .subquery()
        for branch in branches(session, asked)
    ]
    if not parts:
        return []
    all_of = union_all(*[select(part.c.no, part.c.at) for part in parts]).subquery()
    query = select(all_of.c.no, all_of.c.at).distinct()
    ordered = query.order_by(all_of.c.at.desc(), all_of.c.no.desc()).limit(most)
    return [row.no for row in session.execute(ordered)]


def branches(session: Session, asked: Asked) -> list[Any]:
    """Conditions that an index answers each; a row fits that fits one."""
    of_things = _of_things(session, asked)
    if asked.people is None:
        return [of_things] if of_things is not None else []
    found: list[Any] = []
    if asked.way != ABOUT:
        found += [AuditEvent.actor_account_id == one for one in asked.accounts or ()]
    if asked.way != BY:
        found += [AuditEvent.on_behalf_of == one for one in asked.people]
        keys = [str(one) for one in asked.people]
        found.append(and_(AuditEvent.object_type == "person", AuditEvent.object_id.in_(keys)))
    if asked.things is None:
        return found
    return [and_(one, of_things) for one in found] if of_things is not None else []


def _of_things(session: Session, asked: Asked) -> Any:
    if not asked.things:
        return None
    kinds: dict[str, list[str]] = {}
    for kind, key in asked.things:
        for one in [kind] if kind else _kinds(session):
            kinds.setdefault(one, []).append(key)
    return or_(
        *(
            and_(AuditEvent.object_type == kind, AuditEvent.object_id.in_(keys))
            for kind, keys in kinds.items()
        )
    )


# Each kind of thing once, jumping through the index from one to the next.
_KINDS = text(
    """
    WITH RECURSIVE kinds AS (
        SELECT min(object_type) AS kind FROM audit_event
        UNION ALL
        SELECT (SELECT min(object_type) FROM audit_event WHERE object_type > kind)
          FROM kinds WHERE kind IS NOT NULL
    )
    SELECT kind FROM kinds WHERE kind IS NOT NULL
    """
)


def _kinds(session: Session) -> list[str]:
    return list(session.scalars(_KINDS))


def _loose(
    session: Session,
    area: str,
    asked: Asked,
    before: Spot | None,
    most: int,
    last: AuditBlock | None,
) -> Iterable[Spot]:
    """Rows that are in no block yet."""
    query = (
        select(AuditEvent.at, AuditEvent.no)
        .where(is_unclosed(last), *_limits(AuditEvent, asked, before))
        .where(within(area, region_now()))
        .order_by(AuditEvent.at.desc(), AuditEvent.no.desc())
        .limit(most)
    )
    return [Spot(row.at, row.no) for row in session.execute(query)]


def _limits(of: Any, asked: Asked, before: Spot | None) -> list[Any]:
    found = []
    if asked.actions is not None:
        found.append(of.action.in_(asked.actions))
    if asked.since is not None:
        found.append(of.at >= asked.since)
    if asked.until is not None:
        found.append(of.at < asked.until)
    if before is not None:
        found.append(tuple_(of.at, of.no) < tuple_(literal(before.at), literal(before.no)))
    return found


# The regions of an area that have rows, jumping likewise.
_REGIONS = """
    WITH RECURSIVE regions AS (
        SELECT min(region_code) AS region FROM audit_place WHERE region_code >= :prefix
        UNION ALL
        SELECT (SELECT min(region_code) FROM audit_place WHERE region_code > region)
          FROM regions WHERE region LIKE :prefix || '%'
    )
"""


def _closed(
    session: Session, area: str, asked: Asked, before: Spot | None, most: int
) -> Iterable[Spot]:
    """Rows in blocks: the newest of each region and act, each by one look into an index."""
    prefix = region_prefix(area)
    values: dict[str, Any] = {"most": most}
    tables, conditions = [], []
    if prefix:
        tables.append("(SELECT region FROM regions WHERE region LIKE :prefix || '%') AS region")
        conditions.append("p.region_code = region.region")
        values["prefix"] = prefix
    if asked.actions is not None:
        tables.append("unnest(CAST(:actions AS text[])) AS act(action)")
        conditions.append("p.action = act.action")
        values["actions"] = list(asked.actions)
    if asked.since is not None:
        conditions.append("p.at >= :since")
        values["since"] = asked.since
    if asked.until is not None:
        conditions.append("p.at < :until")
        values["until"] = asked.until
    if before is not None:
        conditions.append("(p.at, p.no) < (:before_at, :before_no)")
        values |= {"before_at": before.at, "before_no": before.no}
    where = " AND ".join(conditions) or "true"
    statement = f"""
        {_REGIONS if prefix else ""}
        SELECT found.at, found.no
          FROM {", ".join([*tables, ""])} LATERAL (
               SELECT p.at, p.no FROM audit_place p WHERE {where}
                ORDER BY p.at DESC, p.no DESC LIMIT :most) AS found
         ORDER BY found.at DESC, found.no DESC LIMIT :most
    """  # noqa: S608 - only constants of our own
    return [Spot(row.at, row.no) for row in session.execute(text(statement), values)]
