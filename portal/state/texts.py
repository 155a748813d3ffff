"""Values as a page writes them, where the year matters."""

from datetime import date

from portal.locale import t


def date_text(day: date) -> str:
    """2026年11月22日"""
    return t("time.date", year=day.year, month=day.month, day=day.day)


def month_text(day: date) -> str:
    """2026年11月"""
    return t("trainee.month", year=day.year, month=day.month)


def span_of_days(first: date, last: date) -> str:
    """2026年11月22日 – 12月3日; the year again only when it is another."""
    if first == last:
        return date_text(first)
    same_year = first.year == last.year
    end = t("trainee.month_day", month=last.month, day=last.day) if same_year else date_text(last)
    return f"{date_text(first)} – {end}"
