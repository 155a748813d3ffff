"""Work about classes and institutions that waits."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Date, Select, cast, func, or_, select

from portal.db.models import (
    AttendanceAppeal,
    Institution,
    InstitutionListing,
    ListingApplication,
    Region,
    RiskFinding,
    SessionScore,
    TrainingClass,
    TrainingSession,
)
from portal.policies import deadlines
from portal.policies.deadlines import Term
from portal.services.attendance_rules import region_rules
from portal.services.casework.queue import Ask, end_of
from portal.services.listing import LISTED
from portal.services.rule_book import books_for
from portal.services.scope import REAL_CLASS, in_area
from portal.services.times import ZONE

_LOOK_BACK = timedelta(days=30)
# Older sheets are of classes that nobody will ever close (``overdue_sheets``).
_SHEETS_BACK = timedelta(days=400)


def appeals(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Records under appeal that the institution has left past its day."""
    row = AttendanceAppeal
    last = cast(func.timezone(ZONE.key, row.due_at), Date) - 1
    return (
        select(
            row.id,
            TrainingClass.title,
            Institution.name.label("place"),
            Institution.id.label("institution_id"),
            last.label("due_on"),
        )
        .join(TrainingSession, TrainingSession.id == row.session_id)
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(row.state == "open", row.due_at <= ask.now, in_area(ask.area))
    )


def odd_sessions(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Sessions above the line at which an officer should look, and nobody has (ADR 0020)."""
    line = books_for(ask.session, [ask.area], ask.today)[ask.area].attendance.look_at_points
    points = (
        select(func.max(SessionScore.points))
        .where(SessionScore.session_id == TrainingSession.id)
        .scalar_subquery()
    )
    looked = select(RiskFinding.id).where(RiskFinding.session_id == TrainingSession.id)
    return (
        select(
            TrainingSession.id,
            TrainingClass.title,
            Institution.name.label("place"),
            Institution.id.label("institution_id"),
            TrainingSession.ends_at.label("since"),
        )
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            TrainingSession.starts_at > ask.now - _LOOK_BACK,
            REAL_CLASS,
            in_area(ask.area),
            points >= line,
            ~looked.exists(),
        )
    )


def sheet_term(ask: Ask) -> Term:
    """How long a sheet may take, by the rules of the region."""
    given = region_rules(ask.session, ask.area, ask.today).confirm_within_days
    return replace(deadlines.term("sheet"), days=given)


def sheets(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Sheets that their institution has not confirmed in time."""
    return (
        select(
            TrainingSession.id,
            TrainingClass.title,
            Institution.name.label("place"),
            Institution.id.label("institution_id"),
            TrainingSession.ends_at.label("since"),
        )
        .join(TrainingClass, TrainingClass.id == TrainingSession.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(
            TrainingSession.confirmed_at.is_(None),
            TrainingSession.starts_at > ask.now - _SHEETS_BACK,
            TrainingSession.ends_at < end_of(sheet_term(ask).last_late(ask.today)),
            TrainingClass.status.not_in(("draft", "cancelled", "closed")),
            in_area(ask.area),
        )
    )


def admissions(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Institutions that ask to be admitted."""
    row = ListingApplication
    columns: tuple[Any, ...] = (
        row.id, Institution.name.label("title"), Region.name.label("place"),
        row.entered_at.label("since"),
    )  # fmt: skip
    return (
        select(*columns)
        .join(Institution, Institution.id == row.institution_id)
        .outerjoin(Region, Region.code == Institution.region_code)
        .where(row.closed_at.is_(None), in_area(ask.area, Institution.region_code))
    )


def listings(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Institutions whose place on the list ends soon, or has ended and was not renewed."""
    soon = deadlines.term("listing").last_day(ask.today)
    entry = InstitutionListing
    columns: tuple[Any, ...] = (
        Institution.id, Institution.name.label("title"), Institution.region_code,
        entry.status, entry.effective_to,
    )  # fmt: skip
    latest = (
        select(*columns)
        .distinct(Institution.id)
        .join(entry, entry.institution_id == Institution.id)
        .where(entry.effective_from <= ask.today, in_area(ask.area, Institution.region_code))
        .order_by(Institution.id, entry.effective_from.desc(), entry.id.desc())
        .subquery()
    )
    last = latest.c.effective_to
    return (
        select(latest.c.id, latest.c.title, Region.name.label("place"), last.label("due_on"))
        .outerjoin(Region, Region.code == latest.c.region_code)
        .where(
            or_(*(latest.c.status == one for one in LISTED)),
            last <= soon,
            last > ask.today - _SHEETS_BACK,
        )
    )
