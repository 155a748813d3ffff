"""What reports and their periods are called."""

from portal.domain.report_period import Period
from portal.locale import t


def period_title(period: Period) -> str:
    """2026年第3季度, 2026年度."""
    if period.quarter:
        return t("reports.quarter", year=period.first.year, quarter=period.quarter)
    return t("reports.year", year=period.first.year)
