"""The files of certificates: drawn outside of transactions, sealed, and kept for a while.

A kept file is served again as long as everything that is drawn on it is as it was.
"""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Certificate, CertificateFile, Issuer, IssuerKey, Person, PersonPhoto
from portal.db.vault import get_vault
from portal.documents import certificate as paper
from portal.documents import file_seal
from portal.domain.errors import NotFound, PortalError
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.services import credentials, issuers
from portal.services.issuers import SigningKey, portal_name
from portal.services.one_person import records_of
from portal.services.own_photo import SEALED_AS as PHOTO_SEALED_AS

FORMS = ("pdf", "png")
KEPT_FOR = timedelta(days=30)
_SEALED_AS = "certificate_file"


class CertificateRevoked(PortalError):
    """No new copy of a revoked certificate is printed: paper cannot say that it is void."""

    key = "certificate.revoked_no_copy"
    code = "not_found"
    status = 410


class CertificateReplaced(PortalError):
    """A corrected version took its place: the old words must not go around again."""

    key = "batches.replaced_no_copy"
    code = "not_found"
    status = 410


@dataclass(frozen=True)
class Order:
    """A certificate to be drawn: what it says, its credential, who seals its files.

    ``made_of`` is a hash of everything that the files depend on.
    """

    certificate_id: UUID
    person_id: UUID
    document: paper.CertificateDocument
    jws: str
    made_of: str
    key: SigningKey = field(repr=False)


def own_paper(
    session: Session, actor: Actor, *, certificate_id: UUID, now: datetime
) -> tuple[Order, Mapping[str, bytes]]:
    """The actor's own certificate, and the files of it that are kept and fresh, by form.

    ``draw`` makes the missing ones, outside the transaction. Raises NotFound for anybody else's,
    CertificateRevoked, CertificateReplaced.
    """
    order = order_of(session, own_certificate(session, actor, certificate_id), now=now)
    return order, kept(session, order)


def own_certificate(session: Session, actor: Actor, certificate_id: UUID) -> Certificate:
    """The actor's own certificate in force; refuses as ``own_paper`` says."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    certificate = session.get(Certificate, certificate_id)
    if certificate is None or certificate.person_id not in actor.the_records():
        raise NotFound
    if certificate.status == "revoked":
        raise CertificateRevoked
    if certificate.status == "replaced":
        raise CertificateReplaced
    if certificate.status != "issued":
        raise NotFound
    return certificate


def certificate_document(
    session: Session, actor: Actor, *, certificate_id: UUID
) -> tuple[paper.CertificateDocument, str]:
    """The actor's own certificate as it is printed, and its signed credential."""
    certificate = own_certificate(session, actor, certificate_id)
    return _document(session, certificate), certificate.signature or ""


def order_of(session: Session, certificate: Certificate, *, now: datetime) -> Order:
    """What drawing an issued certificate takes."""
    document, jws = _document(session, certificate), certificate.signature or ""
    key = issuers.of_portal(session, now=now)
    return Order(
        certificate_id=certificate.id,
        person_id=certificate.person_id,
        document=document,
        jws=jws,
        made_of=_made_of(document, jws, key),
        key=key,
    )


def draw(order: Order) -> dict[str, bytes]:
    """Both files of a certificate, sealed. Takes a while: never inside a transaction."""
    files = paper.render(order.document, credential=order.jws)

    def sign(payload: dict[str, object]) -> str:
        return order.key.sign(payload, typ=file_seal.TYP)

    return {
        "pdf": file_seal.seal_pdf(files.pdf, sign, credential=order.jws),
        "png": file_seal.seal_png(files.png, sign, credential=order.jws),
    }


def kept(session: Session, order: Order) -> dict[str, bytes]:
    """The kept files of a certificate that are still right, by form."""
    rows = session.execute(
        select(CertificateFile.form, CertificateFile.content).where(
            CertificateFile.certificate_id == order.certificate_id,
            CertificateFile.made_of == order.made_of,
        )
    )
    # Photo, name and masked number stand in them: sealed like everything of that kind.
    return {form: base64.b64decode(get_vault().open(_SEALED_AS, row)) for form, row in rows}


def forms_of(session: Session, order: Order) -> set[str]:
    """Which files of a certificate are kept and still right."""
    query = select(CertificateFile.form).where(
        CertificateFile.certificate_id == order.certificate_id,
        CertificateFile.made_of == order.made_of,
    )
    return set(session.scalars(query))


def keep_own(
    session: Session, actor: Actor, *, order: Order, files: Mapping[str, bytes], now: datetime
) -> None:
    """Keep what was drawn for its owner, who asked for it."""
    own_certificate(session, actor, order.certificate_id)
    keep(session, order, files, now=now)


def keep(session: Session, order: Order, files: Mapping[str, bytes], *, now: datetime) -> None:
    """Keep drawn files in place of any older ones. For services that checked who may."""
    for form, content in files.items():
        sealed = get_vault().seal(_SEALED_AS, base64.b64encode(content).decode())
        values = {"made_of": order.made_of, "content": sealed, "made_at": now}
        row = insert(CertificateFile).values(
            id=new_id(), certificate_id=order.certificate_id, form=form, **values
        )
        session.execute(
            row.on_conflict_do_update(index_elements=["certificate_id", "form"], set_=values)
        )


def forget(session: Session, actor: Actor, *, now: datetime) -> None:
    """Delete files that are old, and those of certificates that are no longer handed out."""
    actor.require(Permission.RUN_TASKS)
    void = exists().where(
        Certificate.id == CertificateFile.certificate_id, Certificate.status != "issued"
    )
    session.execute(
        delete(CertificateFile).where(or_(CertificateFile.made_at < now - KEPT_FOR, void))
    )


def credential_file(document: paper.CertificateDocument, jws: str) -> bytes:
    """The signed credential in a file of its own, for checking without the portal."""
    content = {
        "format": "training-certificate/1",
        "number": document.number,
        "verify_url": document.verify_url,
        "credential": jws,
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def file_name(document: paper.CertificateDocument, extension: str) -> str:
    """A name for the download that tells whoever sees the folder nothing about the person."""
    return f"{document.number}.{extension}"


def _document(session: Session, certificate: Certificate) -> paper.CertificateDocument:
    person = session.get_one(Person, certificate.person_id)
    issuer = session.scalar(
        select(Issuer).join(IssuerKey).where(IssuerKey.id == certificate.issuer_key_id)
    )
    number = certificate.number or ""
    return paper.CertificateDocument(
        kind=certificate.kind,
        number=number,
        version=certificate.version,
        printing=certificate.printing,
        holder_name=certificate.holder_name,
        id_no_masked=mask_id_no(get_vault().open("id_no", person.id_no_enc)),
        programme_name=certificate.title,
        occupation_name=certificate.occupation_name,
        edition=certificate.edition,
        level_name=credentials.level_name(certificate.level),
        hours_credited=certificate.hours_credited,
        hours_planned=certificate.hours_planned,
        starts_on=certificate.starts_on,
        ends_on=certificate.ends_on,
        issued_on=certificate.issued_on,
        expires_on=certificate.expires_on,
        institution_name=certificate.institution_name,
        institution_uscc=certificate.institution_uscc,
        exam_result=certificate.result,
        remark=certificate.remark,
        verify_url=credentials.verify_url(number),
        issuer_name=issuer.name if issuer else portal_name(),
        photo=_photo(session, certificate.person_id),
        seal_image=issuer.seal_image if issuer else None,
    )


def _photo(session: Session, person_id: UUID) -> bytes | None:
    """The photo that the person wants there, under whichever record it was given."""
    found = session.scalar(
        select(PersonPhoto.image_enc)
        .where(PersonPhoto.person_id.in_(records_of(person_id)))
        .order_by(PersonPhoto.added_at.desc())
        .limit(1)
    )
    return None if found is None else base64.b64decode(get_vault().open(PHOTO_SEALED_AS, found))


def _made_of(document: paper.CertificateDocument, jws: str, key: SigningKey) -> str:
    drawn = [dataclasses.astuple(document), jws, key.kid, paper.LOOK]
    plain = json.dumps(drawn, ensure_ascii=True, default=_plain)
    return hashlib.sha256(plain.encode()).hexdigest()


def _plain(value: object) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)
