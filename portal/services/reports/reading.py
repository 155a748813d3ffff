"""Reports as officers and auditors read them: the list, one report, its files."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import FundPublication, PeriodReport
from portal.documents import report_paper, report_sheet
from portal.documents.report_tables import ShownTable, period_name, rules_of, tables_of
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.domain.report_period import Period, period_of
from portal.locale import t
from portal.policies import reference
from portal.services import audit
from portal.services.reports import reconcile, tables, whole
from portal.services.reports.errors import NotFrozen
from portal.services.reports.freezing import OBJECT, the_report
from portal.services.reports.words import period_title
from portal.services.scope import region_prefix, the_area
from portal.services.times import clock_text, day_of

FORMS = ("xlsx", "pdf")
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in the list."""

    id: UUID
    region: str
    title: str
    kind: str
    version: int
    state: str
    gave_up: bool
    countersigned: bool
    published: bool
    frozen_on: date | None


@dataclass(frozen=True, slots=True)
class ReportList:
    """The reports of an area, the latest period first; what can be drafted now."""

    area: str
    lines: tuple[ReportLine, ...]
    regions: tuple[tuple[str, str], ...]
    periods: tuple[tuple[str, str], ...]
    may_write: bool


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report: what it is, its tables, and what may be done with it.

    ``step`` is how far a freeze in the background is, of ``freezing.STEPS``; ``trouble`` why the
    last one gave up. ``can`` holds freeze, or early while the period runs, discard, call_back,
    countersign, publish, correct; ``moved`` counts what has changed since the freeze,
    ``unexplained`` what of it nothing tells of; ``broken`` names what is not as it was frozen,
    for which nothing goes out.
    """

    line: ReportLine
    heading: str
    facts: tuple[tuple[str, str], ...]
    tables: tuple[ShownTable, ...]
    notes: tuple[str, ...]
    hash: str
    step: int
    trouble: str
    can: tuple[str, ...]
    moved: int
    unexplained: int
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A file to download."""

    name: str
    media_type: str
    content: bytes


def reports(session: Session, actor: Actor, *, now: datetime) -> ReportList:
    """The reports of the actor's area, for officers and auditors."""
    area = the_area(actor)
    query = (
        select(PeriodReport, FundPublication.id)
        .outerjoin(FundPublication, FundPublication.report_id == PeriodReport.id)
        .where(PeriodReport.region_code.startswith(region_prefix(area), autoescape=True))
        .order_by(
            PeriodReport.period_to.desc(), PeriodReport.kind, PeriodReport.region_code,
            PeriodReport.version.desc(),
        )
        .limit(200)
    )  # fmt: skip
    lines = tuple(_line(report, told is not None) for report, told in session.execute(query))
    inside = tuple(
        (one.code, one.name)
        for one in reference.regions()
        if one.code.startswith(region_prefix(area)) and one.code != area
    )
    own = (area, tables.region_title(area) or t("reports.whole_country"))
    may_write = actor.may(Permission.SUPERVISE)
    return ReportList(own[1], lines, (own, *inside), _periods(day_of(now)), may_write)


def report(session: Session, actor: Actor, *, report_id: UUID, now: datetime) -> ReportPage:
    """One report; a draft is counted as of now, one that is being frozen has no tables yet.

    Raises NotFound, Forbidden.
    """
    found = the_report(session, actor, report_id)
    told = session.scalar(select(FundPublication.id).where(FundPublication.report_id == found.id))
    moved: tuple[reconcile.Moved, ...] = ()
    broken: tuple[str, ...] = ()
    content = found.content
    if found.state == "freezing":
        content = tables.about(session, found, at=now)
    elif content is None:
        tables.gather(session, found, tables.chain_of(session, found))
        content = tables.content_of(session, found, at=now)
    else:
        broken = tuple(whole.broken(session, found))
        moved = reconcile.moved(session, found)
    return ReportPage(
        line=_line(found, told is not None),
        heading=_heading(content),
        facts=_facts(found, content),
        tables=() if found.state == "freezing" else shown_tables(content),
        notes=rules_of(content),
        hash=found.hash or "",
        step=found.step,
        trouble=found.trouble or "",
        can=_can(found, actor, told is not None, bool(broken), day_of(now)),
        moved=len(moved),
        unexplained=sum(not one.explained for one in moved),
        broken=broken,
    )


def download(session: Session, actor: Actor, *, report_id: UUID, form: str, now: datetime) -> File:
    """A frozen report as a file, the same bytes whenever and wherever. Raises NotFound,
    NotFrozen, Altered, Forbidden."""
    found = the_report(session, actor, report_id)
    if form not in FORMS:
        raise NotFound
    if found.content is None:
        raise NotFrozen
    whole.refuse_altered(session, found)
    audit.record(
        session, actor, "report.download", now=now, object_type=OBJECT, object_id=found.id,
        detail={"form": form},
    )  # fmt: skip
    period = period_of(found.kind, found.period_from)
    name = f"{found.region_code}-{period.name}-v{found.version}.{form}"
    return File(name, _TYPES[form], file_of(found, form))


def file_of(found: PeriodReport, form: str) -> bytes:
    """The bytes of a frozen report. Nothing but the report goes into them."""
    content, frozen_at = found.content, found.frozen_at
    if content is None or frozen_at is None:
        raise NotFrozen
    heading, shown = _heading(content), shown_tables(content)
    facts, notes = _facts(found, content), rules_of(content)
    title = f"{heading}（{period_name(content)}）"
    if form == "xlsx":
        head = (*facts, *_signed(found), (t("reports.hash"), found.hash or ""))
        return report_sheet.report_xlsx(
            title=title, about=t("reports.paper.sheet_about"), head=head, notes=notes,
            tables=shown, frozen_at=frozen_at.astimezone(UTC),
        )  # fmt: skip
    return report_paper.report_pdf(
        title=heading, subtitle=period_name(content), facts=facts, notes=notes, tables=shown,
        signed=_signed(found), hash_text=found.hash or "", dated=day_of(frozen_at),
    )  # fmt: skip


def shown_tables(content: dict[str, Any]) -> tuple[ShownTable, ...]:
    """The tables with groups by their names."""

    def named(code: str) -> str:
        group = reference.group(code)
        return group.name if group else code

    return tables_of(content, named)


def _line(found: PeriodReport, told: bool) -> ReportLine:
    return ReportLine(
        id=found.id,
        region=tables.region_title(found.region_code) or t("reports.whole_country"),
        title=period_title(period_of(found.kind, found.period_from)),
        kind=found.kind,
        version=found.version,
        state=found.state,
        gave_up=found.trouble is not None and found.state == "draft",
        countersigned=found.countersigned_at is not None,
        published=told,
        frozen_on=day_of(found.frozen_at) if found.frozen_at else None,
    )


def _heading(content: dict[str, Any]) -> str:
    region = content["region_name"] or t("reports.whole_country")
    return t("reports.paper.heading", region=region, kind=t(f"reports.kind.{content['kind']}"))


def _facts(found: PeriodReport, content: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    at = datetime.fromisoformat(content["as_of"])
    moment = t("reports.paper.moment", day=_date(day_of(at)), clock=clock_text(at))
    first, last = (date.fromisoformat(content[name]) for name in ("period_from", "period_to"))
    days = t("reports.paper.days", first=_date(first), last=_date(last))
    facts = [
        (t("reports.paper.region"), content["region_name"] or t("reports.whole_country")),
        (t("reports.paper.period"), f"{period_name(content)}（{days}）"),
        (t("reports.paper.as_of"), moment),
        (t("reports.paper.edition"), t("reports.paper.version", version=found.version)),
    ]
    if content["reason"]:
        facts.append((t("reports.paper.reason"), content["reason"]))
        facts.append((t("reports.paper.supersedes"), content["supersedes"]))
    return tuple(facts)


def _date(day: date) -> str:
    return t("time.date", year=day.year, month=day.month, day=day.day)


def _signed(found: PeriodReport) -> tuple[tuple[str, str], ...]:
    second = (
        (found.countersigned_name or t("reports.unnamed"))
        if found.countersigned_at
        else t("reports.paper.not_countersigned")
    )
    return (
        (t("reports.paper.prepared"), found.prepared_name or t("reports.unnamed")),
        (t("reports.paper.countersigned"), second),
    )


def _can(
    found: PeriodReport, actor: Actor, told: bool, altered: bool, today: date
) -> tuple[str, ...]:
    if not actor.may(Permission.SUPERVISE):
        return ()
    if found.state == "draft":
        over = period_of(found.kind, found.period_from).is_over(today)
        return ("freeze" if over else "early", "discard")
    if found.state == "freezing":
        return () if found.tries else ("call_back",)
    if found.state != "frozen":
        return ()
    signed = found.countersigned_at is not None
    mine = actor.account_id in (found.prepared_by, found.frozen_by)
    return tuple(
        name
        for name, may in (
            ("countersign", not signed and not mine and not altered),
            ("wait", not signed and mine),
            ("publish", signed and not told and not altered),
            ("correct", True),
        )
        if may
    )


def _periods(today: date) -> tuple[tuple[str, str], ...]:
    """What has begun, the latest first: six quarters and two years."""
    found: list[Period] = []
    for kind, count in (("quarter", 6), ("year", 2)):
        one = period_of(kind, today - timedelta(days=1))
        for _ in range(count):
            found.append(one)
            one = one.before()
    return tuple((one.name, period_title(one)) for one in found)
