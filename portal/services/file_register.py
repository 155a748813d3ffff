"""Files that somebody brings to the portal itself: judged with the register at hand."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Certificate
from portal.documents import file_contents
from portal.domain.permissions import Actor
from portal.services import (
    file_credential,
    file_verdict,
    file_verification,
    issuers,
    share_check,
    trust,
    verification,
)
from portal.services.file_verdict import FileVerdict, Registered
from portal.services.times import day_of
from portal.services.trust import Trust

MISSING = Registered("missing")


def verify_file(
    session: Session, actor: Actor, *, content: bytes, now: datetime, page: Trust | None = None
) -> FileVerdict:
    """Judge a file with everything that this portal knows; leaves no trace of who asked.

    ``page`` takes the place of the keys that the portal itself trusts.
    """

    def register(credential: str, number: str, issuer: str) -> Registered | None:
        if trust.portal_of({"iss": issuer}) != issuers.portal_url():
            return None
        return registered(session, actor, credential, number, now=now)

    whom = page or trust.everybody(session, now=now)
    text = _text(content)
    if share_check.is_presentation(text):
        return _excerpt(session, text, whom, now)
    return file_verification.verify(content, whom, now=now, register=register)


# An excerpt is not accepted as a certificate, however genuine: it shows what its owner chose.
_EXCERPTS = {
    "genuine": file_verdict.SHARE,
    "expired": file_verdict.SHARE_EXPIRED,
    "withdrawn": file_verdict.SHARE_WITHDRAWN,
    "forged": file_verdict.SHARE_FORGED,
    "unknown_issuer": file_credential.UNKNOWN_ISSUER,
}


def _excerpt(session: Session, text: str, whom: Trust, now: datetime) -> FileVerdict:
    """A shared excerpt that was saved and is handed in as a file."""
    keys = [key for key in whom.keys if "revoked" not in key]
    found = share_check.check_presentation(text, keys, now=now)
    if trust.portal_of({"iss": found.issuer_id}) == issuers.portal_url():
        found = share_check.with_states(session, found, now=now)
    outcome = _EXCERPTS.get(found.verdict, file_verdict.MALFORMED)
    shown = found.page if found.verdict == "genuine" else None
    return file_verdict.said(outcome, excerpt=shown)


def _text(content: bytes) -> str:
    if len(content) > file_contents.LARGEST_JSON:
        return ""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return ""


def registered(
    session: Session, actor: Actor, credential: str, number: str, *, now: datetime
) -> Registered:
    """What the register holds of exactly this credential, however well it is signed."""
    row = session.scalar(
        select(Certificate).where(Certificate.number == number, Certificate.signature == credential)
    )
    if row is None or row.status not in ("issued", "revoked", "replaced"):
        return MISSING
    if row.status == "replaced":
        return Registered("replaced")
    found = verification.verify_number(session, actor, number=row.number or "", now=now)
    if not found.genuine:  # the row is not what was signed: nobody may rely on it
        return MISSING
    if found.status == "revoked":
        on = day_of(row.revoked_at) if row.revoked_at else found.revoked_on
        return Registered("revoked", on, found.revoke_reason)
    return Registered("issued")
