"""Certificates as PDF and PNG: one look, the words by kind (reference.md A6).

The mandatory fields of the training certificate (培训合格证书) are those of 人社部发〔2024〕5号
(reference.md B5.4): number, name, identity, programme, start and end, institution, date of issue;
hours, result and a code to verify it by are added. What others issued is only registered here: its
paper says so and names the original number.
"""

from dataclasses import dataclass
from datetime import date

from portal.documents import certificate_words as words
from portal.documents import file_seal, inline_images, page_picture, qr, typesetter
from portal.locale import t

TEMPLATE = "certificate.typ"
# Grows with the look, so that kept files are drawn again.
LOOK = 2


@dataclass(frozen=True)
class CertificateDocument:
    """What one certificate says. Hours are 课时; ``id_no_masked`` is printed as given.

    ``photo`` is a JPEG and ``seal_image`` a PNG, both small and clean (``documents.pictures``).
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
    kind: str = "TRAINING"
    version: int = 1
    printing: int = 1
    remark: str | None = None
    edition: str | None = None
    expires_on: date | None = None
    photo: bytes | None = None
    seal_image: bytes | None = None

    @property
    def title(self) -> str:
        """What stands at the top."""
        return t(f"documents.certificate.{self.kind}.title")


@dataclass(frozen=True)
class CertificateFiles:
    """One certificate in both forms, not yet sealed."""

    pdf: bytes
    png: bytes


def render(doc: CertificateDocument, *, credential: str | None = None) -> CertificateFiles:
    """Both forms; the picture is one of the PDF, so neither can say what the other does not.

    ``credential``, a signed JWS, travels inside both. Equal inputs give equal bytes.
    """
    pdf = render_pdf(doc, credential=credential)
    return CertificateFiles(pdf, _picture(doc, pdf, credential))


def render_pdf(doc: CertificateDocument, *, credential: str | None = None) -> bytes:
    """The certificate as PDF/A-3; ``credential`` is attached as a file."""
    data = _content(doc, credential)
    return typesetter.call_to_pdf(TEMPLATE, "certificate", data, dated=doc.issued_on)


def render_png(doc: CertificateDocument, *, credential: str | None = None) -> bytes:
    """The certificate as an image; ``credential`` travels in a text chunk of it."""
    return _picture(doc, render_pdf(doc), credential)


def warm_up() -> None:
    """Draw what every certificate shares, so that the first person does not wait for it."""
    page_picture.frame()


def _picture(doc: CertificateDocument, pdf: bytes, credential: str | None) -> bytes:
    pictures = [one for one in (doc.photo, doc.seal_image) if one is not None]
    return page_picture.draw(pdf, _fixed(doc), credential, pictures)


def _content(doc: CertificateDocument, credential: str | None) -> dict[str, object]:
    return {
        "fixed": _fixed(doc),
        "number": doc.number,
        # The seal of the file takes the placeholder's place once the file is drawn.
        "keywords": [doc.number, file_seal.PLACEHOLDER],
        "note": words.note(doc),
        "holder_name": doc.holder_name,
        "id_no_masked": doc.id_no_masked,
        "statement": words.statement(doc),
        "facts": words.facts(doc),
        "issued_on": words.day(doc.issued_on),
        "qr": qr.svg(doc.verify_url, hurried=True),
        "photo": None if doc.photo is None else inline_images.jpeg(doc.photo),
        "credential": credential,
        "labels": words.labels(doc),
        "sure": _sure(doc),
    }


def _fixed(doc: CertificateDocument) -> dict[str, object]:
    """What is the same on all certificates of a kind and an issuer."""
    signer, uscc = words.signer(doc)
    return {
        "title": doc.title,
        "subtitle": t(f"documents.certificate.{doc.kind}.subtitle"),
        "verify": t("documents.certificate.verify"),
        "verify_hint": t("documents.certificate.verify_hint"),
        "signed_by": t("documents.certificate.signed_by", issuer=doc.issuer_name),
        "signer": signer,
        "uscc": uscc,
        "uscc_label": t("documents.certificate.uscc"),
        "seal": t("documents.certificate.seal"),
        "seal_image": None if doc.seal_image is None else inline_images.png(doc.seal_image),
        "sure-title": words.fits(doc.title, 38, 222, tracking=0.14),
        "sure-signer": words.fits(signer, 16, 75),
    }


def _sure(doc: CertificateDocument) -> dict[str, bool]:
    """What certainly fits in its place as it is; the template measures the rest."""
    beside = words.PHOTO_MM if doc.photo else 0
    return {
        "holder": words.fits(doc.holder_name, 30, 85 - beside, tracking=0.05),
        "number": words.fits(doc.number, 11.5, 68),
        "statement": words.fits(words.statement(doc), 15.5, 3 * (224 - beside) - 18),
    }
