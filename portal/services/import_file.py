"""Reading an archive file of another portal: is it one, who signed it, and what does it say.

Only what the signature covers is ever used. The portal named inside is looked up before anything
is believed, so that the refusal can say which portal is missing on the list.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import TrustedPortal
from portal.documents import signature, status_list
from portal.documents.signature import SignatureInvalid, UnknownIssuer
from portal.domain import carry, portal_page
from portal.domain.carry import ClassLine, Header
from portal.services.archive_export import digest
from portal.settings import get_settings

_COMPACT = 20_000


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file whose form is right and which nobody has checked yet; ``claims`` is what it says of
    the portal that signed it."""

    signed: str
    content: dict[str, Any]
    claims: str


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate of a file, its signature checked. ``payload`` is the credential;
    ``doubt`` is key when the key that signed it has been declared compromised since, key_unknown
    when nobody has told us yet whose it is, or empty."""

    credential: str
    salt: bytes
    payload: dict[str, Any]
    status_at: tuple[str, int] | None
    doubt: str


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file that a trusted portal signed, unchanged."""

    header: Header
    classes: tuple[ClassLine, ...]
    certificates: tuple[CertificateLine, ...]


def read_form(content: bytes) -> RawFile:
    """The parts of a file. Raises FileTooLarge, Unreadable."""
    if len(content) > carry.LARGEST:
        raise carry.FileTooLarge(most=carry.LARGEST // 1000)
    try:
        plain = json.loads(content)
        if not isinstance(plain, dict) or plain.get("format") != carry.FORMAT:
            raise carry.Unreadable
        lines = {name: plain[name] for name in ("classes", "certificates")}
        signed = plain["signed"]
    except (ValueError, KeyError, RecursionError):
        raise carry.Unreadable from None
    if not isinstance(signed, str) or len(signed) > _COMPACT:
        raise carry.Unreadable
    if not all(isinstance(one, list) for one in lines.values()):
        raise carry.Unreadable
    if sum(map(len, lines.values())) > carry.MOST_LINES:
        raise carry.FileTooLarge(most=carry.LARGEST // 1000)
    return RawFile(signed, lines, _claimed_portal(signed))


def portal_of(session: Session, raw: RawFile) -> TrustedPortal:
    """The portal that a file names, on the list now.

    Raises UnknownPortal, PortalWithdrawn, OwnFile.
    """
    url = raw.claims.removesuffix(portal_page.PAGE_PATH)
    query = select(TrustedPortal).where(TrustedPortal.url == url)
    rows = session.scalars(query.order_by(TrustedPortal.added_at.desc())).all()
    live = next((row for row in rows if row.withdrawn_at is None), None)
    if live is not None:
        return live
    if rows:
        raise carry.PortalWithdrawn(name=rows[0].name, url=url)
    if url == get_settings().public_url:
        raise carry.OwnFile
    raise carry.UnknownPortal(url=url[:120])


def status_urls(raw: RawFile) -> list[str]:
    """Addresses of the status lists that the certificates name, before anything is checked."""
    found = set()
    for one in raw.content["certificates"]:
        named = _peek(str(one.get("credential"))) if isinstance(one, dict) else {}
        status = named.get("credentialStatus")
        if isinstance(status, dict):
            found.add(str(status.get("statusListCredential")))
    return sorted(found)


def knows_keys(portal: TrustedPortal, raw: RawFile) -> bool:
    """Whether every key that signed something in a file is on the page as we have it; else a
    newer page is worth a look."""
    tokens = [one.get("credential") for one in raw.content["certificates"] if isinstance(one, dict)]
    known = {key["kid"] for key in portal.page["keys"]}
    return knows_key(portal, raw) and {_kid(str(one)) for one in tokens} <= known


def knows_key(portal: TrustedPortal, raw: RawFile) -> bool:
    """The same of the key of the portal, which signs the whole."""
    kid = _kid(raw.signed)
    return any(key["kid"] == kid for key in portal_page.portal_keys(portal.page))


def check(portal: TrustedPortal, raw: RawFile, *, now: datetime) -> ArchiveFile:
    """The file, once it is certain that ``portal`` signed all of it, lately.

    Raises what ``check_seal`` raises, Tampered, Unreadable.
    """
    header = check_seal(portal, raw, now=now)
    classes = tuple(carry.read_class(one) for one in raw.content["classes"])
    certificates = tuple(_certificate(portal, one) for one in raw.content["certificates"])
    return ArchiveFile(header, classes, certificates)


def check_seal(portal: TrustedPortal, raw: RawFile, *, now: datetime) -> Header:
    """What ``portal`` signed about the whole file, if it did, and lately.

    Raises Tampered, KeyNotGood, Unreadable, TooOld, FromTheFuture.
    """
    keys = portal_page.portal_keys(portal.page)
    try:
        header = carry.read_header(signature.verify_compact(raw.signed, keys, typ=(carry.TYP,)))
        is_same = header.digest == digest(raw.content)
        key = next(one for one in keys if one["kid"] == _kid(raw.signed))
    except (SignatureInvalid, UnknownIssuer, ValueError, StopIteration):
        raise carry.Tampered from None
    if not is_same or header.portal != portal.page["id"]:
        raise carry.Tampered
    made = header.made_at.timestamp()
    # A stolen key can be made to say any date: nothing of it counts, however early it says.
    if "revoked_at" in key or made > key.get("exp", made) + carry.SKEW.total_seconds():
        raise carry.KeyNotGood
    if header.made_at > now + carry.SKEW:
        raise carry.FromTheFuture
    if header.made_at < now - carry.GOOD_FOR:
        raise carry.TooOld(days=carry.GOOD_FOR.days)
    return header


def _certificate(portal: TrustedPortal, plain: object) -> CertificateLine:
    if not isinstance(plain, dict) or not isinstance(plain.get("credential"), str):
        raise carry.Unreadable
    token, keys, salt = plain["credential"], portal.page["keys"], carry.read_salt(plain)
    try:
        payload = signature.verify_compact(token, keys)
        signer = next(key for key in keys if key["kid"] == _kid(token))
        doubt = "key" if "revoked_at" in signer else ""
        if payload.get("iss") != signer["iss"]:
            raise carry.Tampered
    except UnknownIssuer:
        # The portal vouches for it, but who signed it has not been told to us yet.
        payload, doubt = dict(_peek(token)), "key_unknown"
    except (SignatureInvalid, StopIteration):
        raise carry.Tampered from None
    try:
        return CertificateLine(token, salt, payload, status_list.entry_of(payload), doubt)
    except status_list.BadStatusList:
        raise carry.Tampered from None


def _claimed_portal(signed: str) -> str:
    said = _peek(signed).get("iss")
    if not isinstance(said, str) or not 0 < len(said) <= 300 or not said.isprintable():
        raise carry.Unreadable
    return said


def _peek(token: str) -> Mapping[str, Any]:
    """The payload of a token, unchecked: only to know whom to ask about it."""
    middle = token.split(".")[1:2] or [""]
    try:
        plain = json.loads(base64.urlsafe_b64decode(middle[0] + "=" * (-len(middle[0]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return plain if isinstance(plain, dict) else {}


def _kid(token: str) -> str:
    try:
        return signature.kid_of(token)
    except SignatureInvalid:
        return ""
