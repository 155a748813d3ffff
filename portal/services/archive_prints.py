"""Printed archives: a serial, a signature, and a page on which anybody can ask about a paper.

The page says that a paper with this serial is ours, when it was made, for whom (masked) and with
which totals, as they were signed. It says nothing that is not on the paper.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ArchivePrint, Person
from portal.db.vault import get_vault
from portal.documents import archive as paper
from portal.documents import file_seal, signature
from portal.documents.credential import holder_hash
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import archive, issuers
from portal.services.archive import ArchiveView
from portal.services.archive_chain import CLASS
from portal.services.archive_lines import ArchiveLine, money_text
from portal.services.archive_totals import Figure
from portal.services.issuers import SigningKey
from portal.services.times import local
from portal.settings import get_settings

TYP = "training-archive+jwt"
# Letters and digits that are not taken for each other (Crockford's base 32): 80 bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _GROUP = 16, 4
_READ_AS = str.maketrans("OIL", "011")
_SALT_BYTES = 16


@dataclass(frozen=True)
class PrintJob:
    """A document that is ready to be rendered outside the transaction, and the key that seals
    the file; None for a paper that proves nothing."""

    document: paper.ArchiveDocument
    key: SigningKey | None


@dataclass(frozen=True)
class PrintVerdict:
    """What a serial stands for. ``genuine``: a paper with it was made here, and the figures are
    those that were signed; nothing else is told when not. Hours are 课时."""

    serial: str
    genuine: bool
    made_at: datetime | None = None
    holder_masked: str = ""
    trainings: int = 0
    hours: int = 0
    certificates: int = 0
    lines: int = 0


def archive_document(session: Session, actor: Actor, *, now: datetime) -> PrintJob:
    """The actor's own archive as a printable document; render it outside the transaction.

    The same archive is printed under the same serial again. An archive whose chain is broken is
    printed without code and signature: we do not vouch for it.
    """
    actor.require(Permission.SEE_OWN_ARCHIVE)
    view, _ = archive.view_of(session, actor.the_person(), now=now)
    person = session.get_one(Person, actor.the_person())
    plain = _document(view, person, now)
    if not view.intact:
        return PrintJob(_without_proof(plain), None)
    key = issuers.of_portal(session, now=now)
    made = _printed(session, person, view, plain, key, now)
    document = replace(
        plain,
        generated_at=local(made.at),
        serial=_spaced(made.serial),
        verify_url=verify_url(made.serial),
        credential=made.credential,
        issuer_name=key.issuer_name,
    )
    return PrintJob(document, key)


def archive_pdf(job: PrintJob) -> bytes:
    """The printable document as PDF, sealed as a file unless it proves nothing."""
    key = job.key
    if key is None:
        return paper.render_pdf(job.document)

    def sign(payload: dict[str, object]) -> str:
        return key.sign(payload, typ=file_seal.TYP)

    return paper.render_pdf(job.document, sign=sign)


def verify_print(session: Session, actor: Actor, *, serial: str, now: datetime) -> PrintVerdict:
    """What anybody may learn of a printed archive from its serial, however it was typed."""
    wanted = normal_serial(serial)
    row = session.scalar(select(ArchivePrint).where(ArchivePrint.serial == wanted))
    if row is None:
        return PrintVerdict(_spaced(wanted), genuine=False)
    try:
        signed = signature.verify_compact(row.credential, issuers.public_keys(session), typ=(TYP,))
    except (signature.SignatureInvalid, signature.UnknownIssuer):
        return PrintVerdict(_spaced(wanted), genuine=False)
    if signed.get("serial") != wanted:
        return PrintVerdict(_spaced(wanted), genuine=False)
    totals = signed["totals"]
    return PrintVerdict(
        serial=_spaced(wanted),
        genuine=True,
        made_at=local(datetime.fromtimestamp(signed["iat"], UTC)),
        holder_masked=signed["holder"]["name"],
        trainings=totals["trainings"],
        hours=totals["hours"],
        certificates=totals["certificates"],
        lines=totals["lines"],
    )


def verify_url(serial: str) -> str:
    """The public address that the code on a printed archive opens."""
    return f"{get_settings().public_url}/verify/archive/{serial}"


def normal_serial(raw: str) -> str:
    """A serial as it is kept: no spaces or dashes, and no letter that looks like a digit."""
    kept = "".join(char for char in raw.upper() if char.isascii() and char.isalnum())
    return kept.translate(_READ_AS)[: 2 * _LENGTH]


def _spaced(serial: str) -> str:
    return "-".join(serial[at : at + _GROUP] for at in range(0, len(serial), _GROUP))


def _printed(
    session: Session,
    person: Person,
    view: ArchiveView,
    plain: paper.ArchiveDocument,
    key: SigningKey,
    now: datetime,
) -> ArchivePrint:
    """The print of this very content: an earlier one, or a new one with a serial of its own."""
    content = _content_hash(view, plain)
    known = session.scalar(
        select(ArchivePrint)
        .where(ArchivePrint.person_id == person.id, ArchivePrint.content_hash == content)
        .order_by(ArchivePrint.at.desc())
        .limit(1)
    )
    if known is not None:
        return known
    serial = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    salt = secrets.token_bytes(_SALT_BYTES)
    made = ArchivePrint(
        serial=serial,
        person_id=person.id,
        holder_salt=salt,
        content_hash=content,
        credential=key.sign(_payload(person, view, key, serial, salt, now), typ=TYP),
        at=now,
    )
    session.add(made)
    session.flush()
    return made


def _payload(
    person: Person, view: ArchiveView, key: SigningKey, serial: str, salt: bytes, now: datetime
) -> dict[str, object]:
    """What is signed: no name in full, no number of any document."""
    id_no = get_vault().open("id_no", person.id_no_enc)
    return {
        "format": "training-archive-print/1",
        "iss": key.issuer_url,
        "jti": verify_url(serial),
        "iat": int(now.timestamp()),
        "serial": serial,
        "holder": {
            "hash": holder_hash(id_no, person.name, salt),
            "name": mask_name(person.name),
        },
        "totals": {
            "trainings": view.trainings,
            "hours": view.hours,
            "certificates": view.certificates,
            "lines": len(view.lines),
        },
        "heads": list(view.heads),
    }


def _content_hash(view: ArchiveView, plain: paper.ArchiveDocument) -> str:
    """Of everything on the paper but when and under which serial it was made."""
    told = asdict(plain) | {"generated_at": None, "heads": list(view.heads)}
    return hashlib.sha256(signature.canonical(told)).hexdigest()


def _document(view: ArchiveView, person: Person, now: datetime) -> paper.ArchiveDocument:
    revoked = {line.certificate_number for line in view.lines if line.status == "revoked"}
    return paper.ArchiveDocument(
        holder_name=person.name,
        id_no_masked=archive.masked_id_no(person),
        generated_at=local(now),
        entries=[_training(line, revoked) for line in view.lines if line.subject == CLASS],
        totals=paper.ArchiveTotals(view.trainings, view.hours, view.certificates),
        verify_hint=t("archive.verify_hint"),
        serial="",
        records=[_record(line) for line in view.lines if line.subject != CLASS],
        sums=_sums(view),
    )


def _without_proof(plain: paper.ArchiveDocument) -> paper.ArchiveDocument:
    return replace(
        plain,
        notice=t("archive.no_proof"),
        verify_hint=t("archive.no_proof_hint"),
        serial=t("documents.archive.none"),
    )


def _sums(view: ArchiveView) -> list[tuple[str, str]]:
    totals = view.totals
    groups = {"type": totals.by_type, "occupation": totals.by_occupation, "year": totals.by_year}
    return [(t(f"archive.sum.{name}"), _sum(made)) for name, made in groups.items() if made]


def _sum(figures: tuple[Figure, ...]) -> str:
    return t("archive.sum.between").join(
        t("archive.sum.one", label=one.label, times=one.person_times, hours=one.hours)
        for one in figures
    )


def _title(line: ArchiveLine) -> str:
    """The title; of a certificate of another portal also where it is verified."""
    if not line.origin_url:
        return line.title
    # A long address may break after its dots.
    source = line.source.replace(".", ".\u200b")
    return t("archive.from_elsewhere", title=line.title, source=source)


def _training(line: ArchiveLine, revoked: set[str | None]) -> paper.ArchiveLine:
    number = line.certificate_number or ""
    if number in revoked:
        number = t("archive.revoked_number", number=number)
    hours = t("archive.hours", credited=line.hours, planned=line.hours_planned)
    return paper.ArchiveLine(
        period=t("archive.period", starts_on=line.starts_on, ends_on=line.ends_on),
        title=_title(line),
        institution=line.institution_name,
        hours=hours if line.hours_planned is not None else str(line.hours or ""),
        result=line.status_label,
        certificate_number=number,
    )


def _record(line: ArchiveLine) -> paper.ArchiveRecord:
    number = line.certificate_number or ""
    return paper.ArchiveRecord(
        day=line.on.isoformat(),
        kind=line.subject_label,
        title=_title(line),
        institution=line.institution_name,
        result=line.status_label,
        number=number or (money_text(line.amount_fen) if line.amount_fen is not None else ""),
    )
