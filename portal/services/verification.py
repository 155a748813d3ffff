"""What anyone may learn of a certificate from its number: is it genuine, does it still count.

Says no more than reference B8.3 lets the public see, and leaves no trace of who asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, Certificate, Issuer, IssuerKey
from portal.domain.certificate_number import compact, is_national, parse_certificate_number
from portal.domain.errors import BadInput
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import archive_chain, credentials, issuers
from portal.services.times import day_of

# The versions of a certificate that a number stands for: not drafts, not what was replaced.
LIVE = ("issued", "revoked")
# Of a number that is none, no more is shown again than a number has with its spaces.
_ECHO = 24


@dataclass(frozen=True)
class Check:
    """One question that was asked of a certificate, in words, and its answer."""

    key: str
    label: str
    ok: bool


@dataclass(frozen=True)
class Verification:
    """The answer to a number. ``sentence`` says it in words.

    ``status`` is valid, revoked, expired or unknown; unknown also when the record is not what
    was signed, and then nothing of the record is shown. Hours are 课时. Everything below
    ``sentence`` is None or empty when there is nothing to show.
    """

    number: str
    genuine: bool
    status: str
    status_label: str
    sentence: str
    holder_masked: str | None = None
    title: str | None = None
    kind: str | None = None
    level: str | None = None
    hours: int | None = None
    hours_planned: int | None = None
    institution: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    issuer: str | None = None
    revoked_on: date | None = None
    revoke_reason: str | None = None
    checks: tuple[Check, ...] = ()


def verify_number(session: Session, actor: Actor, *, number: str, now: datetime) -> Verification:
    """Look a number up, however it was typed. Answers every text; refuses none."""
    try:
        wanted = spelled(number)
    except BadInput:
        return _nothing(" ".join(number.split())[:_ECHO], "malformed")
    row = session.execute(_WITH_KEY.where(Certificate.number == wanted)).one_or_none()
    if row is None:
        return _nothing(wanted, "not_national" if is_national(wanted) else "not_found")
    certificate, key, issuer, revocation_on_record = row
    keys = [issuers.jwk_of(key, issuer)] if key else issuers.public_keys(session)
    return judge(
        certificate,
        keys,
        issuer_name=issuer.name if issuer else issuers.portal_name(),
        revocation_on_record=revocation_on_record,
        today=day_of(now),
    )


def spelled(raw: str) -> str:
    """A number as certificates bear it: one of our own, or a national one. Raises BadInput."""
    return compact(raw) if is_national(raw) else str(parse_certificate_number(raw))


# The archive is append-only: it still knows of a revocation that was wiped from the row.
_ON_RECORD = exists().where(
    ArchiveEntry.kind == archive_chain.REVOCATION, ArchiveEntry.ref_id == Certificate.id
)
_WITH_KEY = (
    select(Certificate, IssuerKey, Issuer, _ON_RECORD)
    .outerjoin(IssuerKey, IssuerKey.id == Certificate.issuer_key_id)
    .outerjoin(Issuer, Issuer.id == IssuerKey.issuer_id)
    .where(Certificate.status.in_(LIVE))
)


def judge(
    certificate: Certificate,
    keys: Sequence[Mapping[str, Any]],
    *,
    issuer_name: str,
    revocation_on_record: bool,
    today: date,
) -> Verification:
    """What a row is worth on a day."""
    found = credentials.check(certificate, keys)
    revoked = certificate.status == "revoked" or revocation_on_record
    expired = certificate.expires_on is not None and certificate.expires_on < today
    answers = {
        "signature": found.signature,
        "record": found.record,
        "issuer": found.issuer,
        "not_revoked": not revoked,
        "not_expired": not expired,
    }
    checks = tuple(Check(key, t(f"certificate.check.{key}"), ok) for key, ok in answers.items())
    if not found.genuine:
        return _nothing(certificate.number or "", "tampered", checks)
    status = "revoked" if revoked else "expired" if expired else "valid"
    return _something(certificate, status, checks, issuer_name)


def _nothing(number: str, why: str, checks: tuple[Check, ...] = ()) -> Verification:
    return Verification(
        number=number,
        genuine=False,
        status="unknown",
        status_label=t("certificate.status.unknown"),
        sentence=t(f"certificate.verify.{why}"),
        checks=checks,
    )


def _something(
    certificate: Certificate, status: str, checks: tuple[Check, ...], issuer_name: str
) -> Verification:
    revoked_on = day_of(certificate.revoked_at) if certificate.revoked_at else None
    return Verification(
        number=certificate.number or "",
        genuine=True,
        status=status,
        status_label=t(f"certificate.status.{status}"),
        sentence=t(f"certificate.verify.{status}"),
        holder_masked=mask_name(certificate.holder_name),
        title=certificate.title,
        kind=t(f"certificate.kind.{certificate.kind}"),
        level=credentials.level_name(certificate.level),
        hours=certificate.hours_credited,
        hours_planned=certificate.hours_planned,
        institution=certificate.institution_name,
        starts_on=certificate.starts_on,
        ends_on=certificate.ends_on,
        issued_on=certificate.issued_on,
        expires_on=certificate.expires_on,
        issuer=issuer_name,
        revoked_on=revoked_on,
        revoke_reason=certificate.revoke_reason,
        checks=checks,
    )
