"""A person's training archive (个人职业技能培训档案) as a PDF that can be printed and kept."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime

from portal.documents import file_seal, qr, typesetter
from portal.locale import t

TEMPLATE = "archive.typ"

_LABELS = (
    *("title", "subtitle", "serial", "holder", "id_no", "generated_at", "empty", "page"),
    *("trainings_heading", "records_heading", "sums_heading", "verify", "image_alt"),
    *("credential_file", "whole"),
)
_COLUMNS = ("period", "title", "institution", "hours", "result", "certificate")
_RECORD_COLUMNS = ("day", "kind", "content", "party", "result", "number")


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
class ArchiveRecord:
    """Anything else on record: certificates, awards, money, work; ``number`` of a certificate."""

    day: str
    kind: str
    title: str
    institution: str
    result: str
    number: str


@dataclass(frozen=True)
class ArchiveTotals:
    """The three figures above the table; hours are 课时."""

    trainings: int
    hours: int
    certificates: int


@dataclass(frozen=True)
class ArchiveDocument:
    """What one printed archive says; ``generated_at`` is printed in the zone it carries.

    ``sums`` are lines of totals by type, year and occupation, each a name and a text. Without a
    ``verify_url`` there is no code, and ``notice`` says why: such a paper proves nothing.
    """

    holder_name: str
    id_no_masked: str
    generated_at: datetime
    entries: Sequence[ArchiveLine]
    totals: ArchiveTotals
    verify_hint: str
    serial: str
    records: Sequence[ArchiveRecord] = ()
    sums: Sequence[tuple[str, str]] = ()
    verify_url: str = ""
    notice: str = ""
    issuer_name: str = ""
    credential: str | None = field(default=None, repr=False)


def render_pdf(doc: ArchiveDocument, *, sign: file_seal.Sign | None = None) -> bytes:
    """The archive as PDF/A-3; the same document always gives the same bytes.

    ``doc.credential`` is attached as a file; with ``sign`` the whole file is sealed.
    """
    made = typesetter.to_pdf(TEMPLATE, _content(doc, sign), dated=doc.generated_at.date())
    if sign is None:
        return made
    return file_seal.seal_pdf(made, sign, credential=doc.credential)


def _content(doc: ArchiveDocument, sign: file_seal.Sign | None) -> dict[str, object]:
    totals = doc.totals
    signed_by = t("documents.archive.signed_by", issuer=doc.issuer_name)
    return {
        "holder_name": doc.holder_name,
        "id_no_masked": doc.id_no_masked,
        "generated_at": _moment(doc.generated_at),
        "serial": doc.serial,
        "verify_hint": doc.verify_hint,
        "verify_url": doc.verify_url,
        "signed_by": signed_by if doc.issuer_name else "",
        "notice": doc.notice,
        "qr": qr.svg(doc.verify_url) if doc.verify_url else None,
        "credential": doc.credential,
        "seal": file_seal.PLACEHOLDER if sign else None,
        "totals": [
            (t("documents.archive.trainings"), str(totals.trainings)),
            (t("documents.archive.hours"), str(totals.hours)),
            (t("documents.archive.certificates"), str(totals.certificates)),
        ],
        "sums": [list(one) for one in doc.sums],
        "columns": [t(f"documents.archive.column_{name}") for name in _COLUMNS],
        "rows": _cells(doc.entries),
        "record_columns": [t(f"documents.archive.column_{name}") for name in _RECORD_COLUMNS],
        "records": _cells(doc.records),
        "labels": {name: t(f"documents.archive.{name}") for name in _LABELS},
    }


def _cells(lines: Sequence[ArchiveLine] | Sequence[ArchiveRecord]) -> list[list[str]]:
    none = t("documents.archive.none")
    return [[value or none for value in astuple(line)] for line in lines]


def _moment(at: datetime) -> str:
    return t(
        "documents.archive.time",
        year=at.year,
        month=at.month,
        day=at.day,
        hour=at.hour,
        minute=at.minute,
    )
