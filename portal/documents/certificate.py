"""The training certificate (培训合格证书) as PDF and PNG.

Its mandatory fields are those of 人社部发〔2024〕5号 (reference.md B5.4): number, name, identity,
programme, start and end, institution, date of issue; hours, result and a code to verify it by are
added.
"""

from dataclasses import dataclass
from datetime import date

from portal.documents import embedding, qr, typesetter
from portal.locale import t

TEMPLATE = "certificate.typ"

# 1,670 x 1,181 pixels: sharp on a phone and readable in print, and under 300 kB.
SCREEN_PPI = 142.8

_LABELS = (
    "subtitle",
    "number",
    "holder",
    "id_no",
    "uscc",
    "issued_on",
    "seal",
    "verify",
    "verify_hint",
    "credential_file",
    "image_alt",
)


@dataclass(frozen=True)
class CertificateDocument:
    """What one certificate says. Hours are 课时; ``id_no_masked`` is printed as given.

    ``verify_url`` goes into the QR code: at most 106 bytes keep it at version 6 or below.
    """

    number: str
    holder_name: str
    id_no_masked: str
    programme_name: str
    occupation_name: str | None
    level_name: str | None
    hours_credited: int | None
    hours_planned: int | None
    starts_on: date | None
    ends_on: date | None
    issued_on: date
    institution_name: str
    institution_uscc: str
    exam_result: str | None
    verify_url: str
    issuer_name: str
    title: str = t("documents.certificate.title")


def render_pdf(doc: CertificateDocument, *, credential: str | None = None) -> bytes:
    """The certificate as PDF/A-3; ``credential``, a signed JWS, is attached as a file.

    The same document and credential always give the same bytes.
    """
    return typesetter.to_pdf(TEMPLATE, _content(doc, credential), dated=doc.issued_on)


def render_png(
    doc: CertificateDocument, *, credential: str | None = None, ppi: float = SCREEN_PPI
) -> bytes:
    """The certificate as an image; ``credential`` travels in a text chunk of it."""
    picture = typesetter.to_png(TEMPLATE, _content(doc, None), ppi=ppi)
    return embedding.repack(picture, credential)


def _content(doc: CertificateDocument, credential: str | None) -> dict[str, object]:
    return {
        "title": doc.title,
        "number": doc.number,
        "holder_name": doc.holder_name,
        "id_no_masked": doc.id_no_masked,
        "institution_name": doc.institution_name,
        "institution_uscc": doc.institution_uscc,
        "statement": _statement(doc),
        "facts": _facts(doc),
        "issued_on": _day(doc.issued_on),
        "signed_by": t("documents.certificate.signed_by", issuer=doc.issuer_name),
        "qr": qr.svg(doc.verify_url),
        "credential": credential,
        "labels": {name: t(f"documents.certificate.{name}") for name in _LABELS},
    }


def _statement(doc: CertificateDocument) -> str:
    return t(
        "documents.certificate.statement",
        starts_on=_day(doc.starts_on),
        ends_on=_day(doc.ends_on),
        institution=doc.institution_name,
        programme=doc.programme_name,
        planned=doc.hours_planned,
        credited=doc.hours_credited,
        result=doc.exam_result,
    )


def _facts(doc: CertificateDocument) -> list[tuple[str, str]]:
    none = t("documents.certificate.none")
    hours = t(
        "documents.certificate.hours_value", credited=doc.hours_credited, planned=doc.hours_planned
    )
    values = {
        "occupation": doc.occupation_name or none,
        "level": doc.level_name or none,
        "hours": hours,
        "result": doc.exam_result or none,
    }
    return [(t(f"documents.certificate.{name}"), value) for name, value in values.items()]


def _day(day: date | None) -> str:
    if day is None:
        return t("documents.certificate.none")
    return t("documents.date", year=day.year, month=day.month, day=day.day)
