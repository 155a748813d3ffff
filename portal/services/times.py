"""Stored moments as people here read them: Beijing time, Chinese words."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.locale import t

# One legal time for the whole country; what differs by region is when the day begins (B11.4).
ZONE = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """The moment on a clock in Beijing."""
    return moment.astimezone(ZONE)


def day_of(moment: datetime) -> date:
    """The calendar day in which a moment falls."""
    return local(moment).date()


def day_bounds(moment: datetime) -> tuple[datetime, datetime]:
    """Begin and end (exclusive) of the calendar day of a moment, in UTC."""
    start = datetime.combine(day_of(moment), time(), ZONE)
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def day_text(day: date) -> str:
    """11月22日 周日"""
    return t("time.day", month=day.month, day=day.day, weekday=t(f"time.weekday_{day.weekday()}"))


def date_text(day: date) -> str:
    """2026年11月22日"""
    return t("time.date", year=day.year, month=day.month, day=day.day)


def clock_text(moment: datetime) -> str:
    """08:30"""
    return f"{local(moment):%H:%M}"


def moment_text(moment: datetime) -> str:
    """11月22日 周日 08:30"""
    return f"{day_text(day_of(moment))} {clock_text(moment)}"


def span_text(start: datetime, end: datetime) -> str:
    """11月22日 周日 08:30–11:30"""
    return f"{moment_text(start)}–{clock_text(end)}"
