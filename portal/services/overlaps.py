"""Who and what is in two places at the same time, across institutions (reference B11.2, rule 8).

Planning refuses what one institution can see. What only the whole can see is found here: one
room booked by two schools, a teacher in two classes, somebody recorded in both. Each is a
question for a person to ask; nothing is refused by it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import audit, overlaps_sql, times
from portal.services.scope import region_prefix, the_area

Kind = Literal["instructor", "room", "person"]
KINDS: tuple[Kind, ...] = ("instructor", "room", "person")
_STATEMENTS = {
    "instructor": overlaps_sql.INSTRUCTORS,
    "room": overlaps_sql.ROOMS,
    "person": overlaps_sql.PEOPLE,
}
# What an institution is warned of: while it can still be asked, and while it can be changed.
_BACK, _AHEAD = timedelta(days=7), timedelta(days=14)
_FEW = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sessions. ``mine``: in the region, or of the institution, of who asks."""

    session_id: UUID
    class_id: UUID
    class_title: str
    institution_id: UUID
    institution_name: str
    place: str
    when: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two classes at the same time: of the sessions that meet together the two nearest to now.

    ``subject`` is a person's name, or a room; ``times`` is how often the two classes meet
    together, ``minutes`` for how long this time; ``across``: they belong to two institutions.
    """

    kind: Kind
    subject: str
    begins: datetime
    minutes: int
    times: int
    across: bool
    one: Side
    other: Side


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Those of one kind, the nearest to now first; ``total`` counts also what is not listed."""

    kind: Kind
    rows: tuple[Overlap, ...]
    total: int


@dataclass(frozen=True, slots=True)
class OwnOverlap:
    """A warning for an institution: ``text`` says what is twice and when, without anything that
    belongs to the other institution alone."""

    session_id: UUID
    kind: Kind
    text: str


def overlaps(
    session: Session,
    actor: Actor,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    limit: int = 50,
) -> tuple[Overlaps, ...]:
    """Overlaps in the officer's region between two moments, of every kind in the order of KINDS.

    One of the two sessions lies in the region; the other may be anywhere. The reading of names is
    audited. Raises Forbidden, Unauthenticated.
    """
    actor.require(Permission.SUPERVISE)
    area = the_area(actor)
    found = tuple(
        _found(session, kind, since=since, until=until, now=now, area=area, limit=limit)
        for kind in KINDS
    )
    if any(of.rows for of in found if of.kind != "room"):
        audit.record(
            session,
            actor,
            "overlaps.read",
            now=now,
            object_type="region",
            object_id=area,
            fields_read=["name", "attendance"],
        )
    return found


def own_overlaps(session: Session, actor: Actor, *, now: datetime) -> tuple[OwnOverlap, ...]:
    """What the institution's staff should look at: a few of the last week and the next two."""
    actor.require(Permission.RUN_SESSION)
    if actor.institution_id is None:
        return ()
    warnings: list[OwnOverlap] = []
    for kind in KINDS:
        of = _found(
            session,
            kind,
            since=now - _BACK,
            until=now + _AHEAD,
            now=now,
            institution_id=actor.institution_id,
            limit=_FEW,
        )
        warnings += [_warning(row) for row in of.rows]
    return tuple(warnings[:_FEW])


def _found(
    session: Session,
    kind: Kind,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    limit: int,
    area: str = "000000",
    institution_id: UUID | None = None,
) -> Overlaps:
    rows = session.execute(
        _STATEMENTS[kind],
        {
            "since": since,
            "until": until,
            "now": now,
            "area": f"{region_prefix(area)}%",
            "institution": institution_id,
            "limit": limit,
        },
    ).all()
    return Overlaps(kind, tuple(_row(kind, row) for row in rows), rows[0].total if rows else 0)


def _row(kind: Kind, row: Row[Any]) -> Overlap:
    return Overlap(
        kind=kind,
        subject=row.subject,
        begins=row.begins,
        minutes=(row.ends - row.begins) // timedelta(minutes=1),
        times=row.times,
        across=row.across,
        one=_side(row, "one"),
        other=_side(row, "other"),
    )


def _side(row: Row[Any], name: str) -> Side:
    def of(column: str) -> Any:
        return getattr(row, f"{name}_{column}")

    return Side(
        session_id=of("id"),
        class_id=of("class_id"),
        class_title=of("title"),
        institution_id=of("institution_id"),
        institution_name=of("institution"),
        place=of("place"),
        when=times.span_text(of("starts_at"), of("ends_at")),
        mine=of("mine"),
    )


def _warning(row: Overlap) -> OwnOverlap:
    """What may be told: that a person learns at another institution is that person's own."""
    elsewhere = t("overlaps.other_institution")
    name = row.other.institution_name if row.kind == "room" or not row.across else elsewhere
    text = t(
        f"overlaps.own_{row.kind}",
        subject=row.subject,
        when=row.one.when,
        title=row.one.class_title,
        other=name if row.across else row.other.class_title,
    )
    if row.times > 1:
        text += t("overlaps.own_times", times=row.times)
    return OwnOverlap(session_id=row.one.session_id, kind=row.kind, text=text)
