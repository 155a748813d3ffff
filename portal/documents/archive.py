"""A person's training archive (个人职业技能培训档案) as a PDF that can be printed and kept."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from portal.documents import typesetter
from portal.locale import t

TEMPLATE = "archive.typ"

_LABELS = ("title", "subtitle", "serial", "holder", "id_no", "generated_at", "empty", "page")
_COLUMNS = ("period", "title", "institution", "hours", "result", "certificate")


@dataclass(frozen=True)
class ArchiveLine:
    """One training as the page prints it; empty strings become a dash. Hours are 课时."""

    period: str
    title: str
    institution: str
    hours: str
    result: str
    certificate_number: str


@dataclass(frozen=True)
class ArchiveTotals:
    """The three figures above the table; hours are 课时."""

    trainings: int
    hours: int
    certificates: int


@dataclass(frozen=True)
class ArchiveDocument:
    """What one printed archive says; ``generated_at`` is printed in the zone it carries."""

    holder_name: str
    id_no_masked: str
    generated_at: datetime
    entries: Sequence[ArchiveLine]
    totals: ArchiveTotals
    verify_hint: str
    serial: str


def render_pdf(doc: ArchiveDocument) -> bytes:
    """The archive as PDF/A-3; the same document always gives the same bytes."""
    return typesetter.to_pdf(TEMPLATE, _content(doc), dated=doc.generated_at.date())


def _content(doc: ArchiveDocument) -> dict[str, object]:
    none = t("documents.archive.none")
    totals = doc.totals
    return {
        "holder_name": doc.holder_name,
        "id_no_masked": doc.id_no_masked,
        "generated_at": _moment(doc.generated_at),
        "serial": doc.serial,
        "verify_hint": doc.verify_hint,
        "totals": [
            (t("documents.archive.trainings"), str(totals.trainings)),
            (t("documents.archive.hours"), str(totals.hours)),
            (t("documents.archive.certificates"), str(totals.certificates)),
        ],
        "columns": [t(f"documents.archive.column_{name}") for name in _COLUMNS],
        "rows": [[value or none for value in astuple(line)] for line in doc.entries],
        "labels": {name: t(f"documents.archive.{name}") for name in _LABELS},
    }


def _moment(at: datetime) -> str:
    return t(
        "documents.archive.time",
        year=at.year,
        month=at.month,
        day=at.day,
        hour=at.hour,
        minute=at.minute,
    )
