"""Loads the demo: once in full, and on every later day what that day adds."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from portal.db.models import CatalogVersion, Certificate, Institution, TrainingClass
from portal.demo import (
    admins,
    archives,
    attendance,
    batches,
    calendar,
    carry,
    cases,
    cast,
    claims,
    evaluations,
    facts,
    helping,
    history,
    honours,
    leave,
    needs,
    openings,
    papers,
    passes,
    persons,
    publications,
    reports,
    rights,
    rosters,
    shares,
    subsidies,
    supplements,
    targets,
    today,
    twice,
    waiting,
    watch,
)
from portal.demo.files import catalogue_files, pack_files, standard_files
from portal.demo.filing import Filing
from portal.demo.roster import Roster
from portal.domain.errors import PortalError
from portal.locale import t
from portal.services import publishing, publishing_standards, search_index
from portal.services.times import day_of
from portal.settings import get_settings


class DemoRefused(PortalError):
    """A production portal holds real people; the demo is not for it."""

    key = "demo.refused"
    code = "forbidden"
    status = 403


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account to log in with; ``hint`` says what is special about it."""

    login: str
    role: str
    hint: str


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo holds now."""

    institutions: int
    open_classes: int
    past_classes: int
    certificates: int
    accounts: tuple[DemoAccount, ...]


def load(session: Session, *, now: datetime) -> DemoReport:
    """Bring the demo up to date; again at the same moment changes nothing. Raises DemoRefused."""
    if get_settings().is_production:
        raise DemoRefused
    _publish(session, now)
    everybody = cast.ensure(session, now=now)
    filing = Filing(session, everybody, now).load()
    first = not filing.known
    past = [*calendar.history(day_of(now)), *calendar.running(day_of(now))] if first else []
    filed = filing.file([*past, *calendar.upcoming(day_of(now))])
    today.ensure_weekly(session, everybody, filing, now=now)
    Roster(session, everybody, now).fill(filed)
    today.ensure_trials(session, everybody, filing, now=now)
    if first:
        session.execute(text("ANALYZE"))
    _begin(session, now)
    history.catch_up(session, everybody, now=now)
    subsidies.ensure(session, everybody, now=now)
    rosters.ensure(session, everybody, now=now)
    claims.ensure(session, everybody, now=now)
    waiting.ensure(session, everybody, now=now)
    facts.ensure(session, everybody, now=now)
    leave.ensure(session, everybody, now=now)
    helping.ensure(session, everybody, now=now)
    passes.ensure(session, everybody, now=now)
    needs.ensure(session, everybody, now=now)
    attendance.ensure(session, everybody, now=now)
    twice.ensure(session, everybody, now=now)
    watch.ensure(session, everybody, now=now)
    papers.ensure(session, everybody, now=now)
    persons.ensure(session, everybody, now=now)
    archives.ensure(session, everybody, now=now)
    rights.ensure(session, everybody, now=now)
    carry.ensure(session, everybody, now=now)
    shares.ensure(session, everybody, now=now)
    batches.ensure(session, everybody, now=now)
    publications.ensure(session, now=now)
    honours.ensure(session, everybody, now=now)
    supplements.ensure(session, everybody, now=now)
    evaluations.ensure(session, now=now)
    openings.ensure(session, everybody, now=now)
    admins.ensure(session, everybody, now=now)
    cases.ensure(session, everybody, now=now)
    reports.ensure(session, everybody, now=now)
    # Last: it counts what the others wrote.
    targets.ensure(session, now=now)
    search_index.prune(session, now)
    return _report(session)


def _publish(session: Session, now: datetime) -> None:
    """The packs as they are shipped; the catalogues only once, lest they undo somebody's own."""
    publishing.load_reference(session)
    wanted = pack_files()
    if not cast.is_loaded(session):
        wanted += catalogue_files()
    elif not _has_standards(session):
        # A demo of an earlier release learns what the amounts are.
        wanted += standard_files()
    report = publishing.publish(session, publishing.OPERATOR, files=wanted, now=now)
    if not report.ok:
        raise RuntimeError(f"the demo's own files were refused: {report.problems[0]}")


def _has_standards(session: Session) -> bool:
    kind = publishing_standards.KIND
    return session.scalar(select(CatalogVersion.id).where(CatalogVersion.kind == kind)) is not None


def _begin(session: Session, now: datetime) -> None:
    """Classes whose enrolment is over are running; the calendar says so, nobody else does."""
    session.execute(
        update(TrainingClass)
        .where(
            TrainingClass.class_no.like("Y_-%"),
            TrainingClass.status == "enrolling",
            TrainingClass.enrol_until <= now,
        )
        .values(status="running")
    )


def _report(session: Session) -> DemoReport:
    def count(table: type[Institution | Certificate]) -> int:
        return session.scalar(select(func.count()).select_from(table)) or 0

    def classes(status: str) -> int:
        query = select(func.count()).where(TrainingClass.status == status)
        return session.scalar(query) or 0

    return DemoReport(
        institutions=count(Institution),
        open_classes=classes("enrolling"),
        past_classes=classes("closed"),
        certificates=count(Certificate),
        accounts=tuple(demo_accounts()),
    )


def demo_accounts() -> list[DemoAccount]:
    """The accounts of the contract, in its order."""
    special = {1: "migrant", 2: "veteran", 3: "aided", 4: "pension"}
    special |= {13: "twice", 19: "waiting", 20: "offered"}
    rows = [(number, "trainee", special.get(number, "plain")) for number in range(1, 21)]
    rows += [(101, "manager", "manager"), (102, "instructor", "instructor")]
    rows += [(103, "employer", "employer"), (104, "helper", "helper")]
    rows += [(201, "officer", "officer"), (202, "auditor", "auditor")]
    rows += [(203, "officer", "second_officer"), (204, "officer", "desk_officer")]
    rows += [(208, "officer", "province_officer")]
    rows += [(admins.SYSTEM, "system_admin", "system_admin")]
    rows += [(admins.SECURITY, "security_admin", "security_admin")]
    rows += [(207, "reviewer", "reviewer")]
    return [
        DemoAccount(cast.phone(number), t(f"demo.role.{role}"), t(f"demo.hint.{hint}"))
        for number, role, hint in rows
    ]
