"""What an owner reads about an archive file: every line, what we found, what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveImport, ArchiveImportLine, TrustedPortal
from portal.domain import carry
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import trusted_portals
from portal.services.one_person import ids_of
from portal.services.times import moment_text

_TONES = {
    carry.NEW: "good",
    carry.DUPLICATE: "plain",
    carry.CONFLICT: "warn",
    carry.REVOKED: "bad",
}
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class LineView:
    """One line in words. ``tone`` of its finding is good, plain, warn or bad; ``link`` leads to
    the origin's own page about a certificate."""

    key: str
    is_certificate: bool
    title: str
    facts: str
    finding: str
    tone: str
    finding_label: str
    sentence: str
    state: str
    state_label: str
    note: str
    link: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """A file with its lines. ``status_age`` says how old the news about revocations is."""

    key: str
    portal: str
    url: str
    made: str
    status_age: str
    state: str
    lines: tuple[LineView, ...]

    @property
    def is_open(self) -> bool:
        return self.state == "preview"

    @property
    def fresh(self) -> int:
        """How many lines could be taken."""
        return sum(line.finding == carry.NEW for line in self.lines)

    @property
    def doubtful(self) -> int:
        """How many could be asked about."""
        return sum(line.finding == carry.CONFLICT for line in self.lines)


@dataclass(frozen=True, slots=True)
class ImportCard:
    """A file in the list of those that were handed in."""

    key: str
    label: str
    state: str


@dataclass(frozen=True, slots=True)
class ImportHome:
    """Where a file is handed in: whose files are taken, and what was handed in before."""

    portals: tuple[tuple[str, str], ...]
    imports: tuple[ImportCard, ...]


def home(session: Session, actor: Actor, *, now: datetime) -> ImportHome:
    """The page where a file is chosen."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    taken = (
        select(func.count())
        .where(ArchiveImportLine.import_id == ArchiveImport.id, ArchiveImportLine.state == "taken")
        .correlate(ArchiveImport)
        .scalar_subquery()
    )
    rows = session.execute(
        select(ArchiveImport, TrustedPortal.name, taken)
        .join(TrustedPortal, TrustedPortal.id == ArchiveImport.portal_id)
        .where(
            ArchiveImport.person_id.in_(ids_of(session, actor.the_person())),
            ArchiveImport.state != "dropped",
        )
        .order_by(ArchiveImport.at.desc())
        .limit(_SHOWN)
    )
    cards = tuple(
        ImportCard(
            key=str(made.id),
            label=t("carry.card", portal=name, when=moment_text(made.made_at)),
            state=t(f"carry.import_{made.state}", count=count),
        )
        for made, name, count in rows
    )
    return ImportHome(trusted_portals.names(session), cards)


def one(session: Session, actor: Actor, *, import_id: UUID, now: datetime) -> ImportView:
    """One file of the actor's own. Raises NotFound."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    made = session.get(ArchiveImport, import_id)
    if made is None or made.person_id not in ids_of(session, actor.the_person()):
        raise NotFound
    portal = session.get_one(TrustedPortal, made.portal_id)
    lines = session.scalars(
        select(ArchiveImportLine)
        .where(ArchiveImportLine.import_id == made.id)
        .order_by(ArchiveImportLine.kind.desc(), ArchiveImportLine.id)
    )
    return ImportView(
        key=str(made.id),
        portal=portal.name,
        url=portal.url,
        made=moment_text(made.made_at),
        status_age=t("carry.status_age", when=moment_text(_status_at(portal))),
        state=made.state,
        lines=tuple(_line(line, portal) for line in lines),
    )


def facts(content: dict[str, Any], kind: str) -> str:
    """A line's facts in one sentence."""
    if kind == carry.CLASS:
        return t(
            "carry.facts_class",
            school=content["institution_name"],
            hours=content["hours"],
            planned=content["planned"],
            starts_on=_day(content["starts_on"]),
            ends_on=_day(content["ends_on"]),
        )
    return t(
        "carry.facts_certificate",
        kind=content["kind"],
        number=content["number"],
        issuer=content["issuer"],
        issued_on=_day(content["issued_on"]),
    )


def sentence(line: ArchiveImportLine) -> str:
    """What we found about a line, in words."""
    return t(f"carry.why.{line.content['why']}")


def _status_at(portal: TrustedPortal) -> datetime:
    """How old the oldest of the portal's lists is; the page's age where it has none yet."""
    moments = [datetime.fromisoformat(o["at"]) for o in portal.status_lists.values() if "at" in o]
    return min(moments, default=portal.fetched_at)


def _line(line: ArchiveImportLine, portal: TrustedPortal) -> LineView:
    is_certificate = line.kind == carry.CERTIFICATE
    number = line.content["number"]
    return LineView(
        key=str(line.id),
        is_certificate=is_certificate,
        title=line.content["title"],
        facts=facts(line.content, line.kind),
        finding=line.finding,
        tone=_TONES[line.finding],
        finding_label=t(f"carry.finding.{line.finding}"),
        sentence=sentence(line),
        state=line.state,
        state_label=t(f"carry.state.{line.state}"),
        note=line.note or "",
        link=f"{portal.url}/verify/{number}" if is_certificate else "",
    )


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return t("time.date", year=day.year, month=day.month, day=day.day)
