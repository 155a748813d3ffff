"""An officer looks up one archive, for a reason that its owner can read afterwards.

Found by a whole ID number or card number (``person_finding``), never by browsing; each look leaves
a row that says who, what, why.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.domain.errors import BadInput
from portal.domain.permissions import Actor, Permission
from portal.policies.reference import NATIONAL
from portal.services import (
    archive,
    archive_chain,
    archive_records,
    audit,
    competitions,
    person_finding,
)
from portal.services.advancement import views as advancement
from portal.services.advancement.views import Suggestion
from portal.services.archive_chain import Entry, in_force
from portal.services.archive_honours import NOTHING_TOLD, Won
from portal.services.archive_lines import ArchiveLine, lines_of
from portal.services.archive_totals import Totals
from portal.services.person_finding import By, FoundPerson
from portal.services.reasons import clean_reason
from portal.services.social_cards import CardView, live_card_of

_FIELDS = ("name", "id_no", "residence", "social_card", "archive", "certificates")
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A line as an officer reads it: also one that a later line took the place of."""

    line: ArchiveLine
    is_superseded: bool


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Somebody's archive, newest first. ``records`` above 1: duplicates were merged into it."""

    person: FoundPerson
    card: CardView | None
    records: int
    intact: bool
    totals: Totals
    certificates: int
    running: tuple[ArchiveLine, ...]
    lines: tuple[RecordedLine, ...]


@dataclass(frozen=True, slots=True)
class Added:
    """A line that was put in, and what it suggests to a person who decides."""

    recorded: RecordedLine
    suggestion: Suggestion | None


def look_up(
    session: Session, actor: Actor, *, by: str, number: str, reason: str, now: datetime
) -> LookedUp | None:
    """The archive of whoever has the number; None for nobody in the officer's reach, which is
    kept as well, so the caller commits.

    Raises BadInput (by, id_no, card, reason), SearchLimit, Forbidden for the officer's own.
    """
    actor.require(Permission.READ_ARCHIVES)
    why = clean_reason(reason, shortest=_SHORTEST)
    person = person_finding.find(session, actor, number=number, by=_way(by), reason=why, now=now)
    if person is None:
        return None
    audit.record(
        session,
        actor,
        "archive.look_up",
        now=now,
        object_type="person",
        object_id=person.id,
        on_behalf_of=person.id,
        fields_read=_FIELDS,
        reason=why,
        detail={"by": by},
    )
    view, loaded = archive.view_of(session, person.id, now=now)
    return LookedUp(
        person=person_finding.shown(person),
        card=live_card_of(session, person.id),
        records=len(loaded.ids),
        intact=view.intact,
        totals=view.totals,
        certificates=view.certificates,
        running=tuple(line for line in view.lines if line.recorded_at is None),
        lines=tuple(_recorded(loaded.entries)),
    )


def competitions_of(
    session: Session, actor: Actor, *, year: int
) -> tuple[competitions.Competition, ...]:
    """The competitions of a year that may be put into an archive here; none where no list names
    any, and then every name is taken."""
    actor.require(Permission.ISSUE_CERTIFICATES)
    return competitions.of_year(session, region=actor.region_code or NATIONAL, year=year)


def add(
    session: Session,
    actor: Actor,
    *,
    person_id: UUID,
    kind: str,
    title: str,
    issuer: str,
    occurred_on: date,
    won: Won = NOTHING_TOLD,
    now: datetime,
) -> Added:
    """Put an award, a competition or military training into the archive that was looked up.

    Answers its line, the one that is there when the same was added before. Raises as
    ``archive_records.add_record``.
    """
    made = archive_records.add_record(
        session,
        actor,
        person_id=person_id,
        kind=kind,
        title=title,
        issuer=issuer,
        occurred_on=occurred_on,
        won=won,
        now=now,
    )
    lines = _recorded(archive_chain.entries_of(session, person_id))
    line = next(one for one in lines if one.line.key == str(made.id))
    return Added(line, advancement.of_line(session, made.id))


def _way(by: str) -> By:
    if by == "id":
        return "id"
    if by == "card":
        return "card"
    raise BadInput("by", "archives.by")


def _recorded(entries: list[Entry]) -> list[RecordedLine]:
    """Every line of every chain, the latest first."""
    standing = {entry.id for entry in in_force(entries)}
    latest = sorted(entries, key=lambda entry: entry.no, reverse=True)
    return [RecordedLine(lines_of([entry])[0], entry.id not in standing) for entry in latest]
