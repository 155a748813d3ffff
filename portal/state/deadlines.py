"""Deadlines in words."""

from datetime import date

from portal.domain import working_days
from portal.locale import t
from portal.services.times import day_text


def due_text(due: date, today: date) -> str:
    """12月3日 周四前办好，还有 2 个工作日"""
    if due < today:
        return t("due.late", day=day_text(due))
    if due == today:
        return t("due.today")
    return t("due.left", day=day_text(due), left=working_days.until(today, due))
