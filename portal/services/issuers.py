"""Who signs: the portal, authorities and institutions, their keys, and the page that tells of them.

Private keys lie in the database, sealed with the master key, so that every process and machine of
an installation signs alike. A public key stays published for ever: what it signed outlives it.
"""

import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from joserfc.jwk import OKPKey
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import AuditEvent, Certificate, Institution, Issuer, IssuerKey
from portal.db.vault import get_vault
from portal.documents import signature
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import region_name
from portal.services import audit
from portal.services.reasons import clean_reason
from portal.services.scope import region_prefix, the_area
from portal.settings import get_settings

# Where verifiers outside find the public keys (design/contract.md).
ISSUER_PATH = "/.well-known/portal-issuer.json"

_SEALED_AS = "issuer_key"
ROTATED = "issuer.rotate"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class SigningKey:
    """The key with which an issuer signs now; ``kid`` is its RFC 7638 thumbprint."""

    id: UUID
    kid: str
    key: OKPKey
    issuer_id: UUID
    issuer_name: str

    @property
    def issuer_url(self) -> str:
        """The issuer as credentials name it; the address leads to its keys."""
        return issuer_url(self.issuer_id)

    def sign(self, payload: Mapping[str, object], *, typ: str = signature.CREDENTIAL) -> str:
        """``payload`` as a compact JWS."""
        return signature.sign_compact(payload, self.key, self.kid, typ=typ)


def portal_url() -> str:
    """The absolute address of the page of issuers; the portal's own id as an issuer."""
    return get_settings().public_url + ISSUER_PATH


def issuer_url(issuer_id: UUID) -> str:
    """The id of an issuer in credentials: the page of issuers, and which of them."""
    return f"{portal_url()}#{issuer_id}"


def portal_name() -> str:
    """The name of this portal as an issuer."""
    return t("certificate.issuer_name")


def of_portal(session: Session, *, now: datetime, first: bytes | None = None) -> SigningKey:
    """The portal's own key: signs status lists, archive files and shared excerpts.

    ``first`` (PEM) becomes its key if it has none yet.
    """
    values = {"kind": "portal", "name": portal_name()}
    return _key_of(session, values, Issuer.kind == "portal", now, first)


def of_authority(session: Session, region_code: str, *, now: datetime) -> SigningKey:
    """The key of the authority of a region; made when it first signs."""
    name = t("certificate.authority_name", region=region_name(region_code))
    values = {"kind": "authority", "region_code": region_code, "name": name}
    return _key_of(session, values, Issuer.region_code == region_code, now)


def of_institution(session: Session, institution_id: UUID, *, now: datetime) -> SigningKey:
    """The key of an institution; made when it first signs."""
    made = session.get_one(Institution, institution_id)
    values = {
        "kind": "institution",
        "institution_id": institution_id,
        "name": made.name,
        "uscc": made.uscc,
    }
    return _key_of(session, values, Issuer.institution_id == institution_id, now)


def rotate(
    session: Session,
    actor: Actor,
    *,
    issuer_id: UUID,
    reason: str,
    compromised: bool,
    now: datetime,
) -> None:
    """Retire an issuer's key and make a new one; the private half of the old one is destroyed.

    What the old key signed stays good, unless it is ``compromised``: then it counts only where
    the register holds the same credential. Raises NotFound for an issuer outside the officer's
    region, BadInput for a reason that says nothing.
    """
    actor.require(Permission.KEEP_ISSUERS)
    reason = clean_reason(reason, shortest=4)
    issuer = session.scalar(
        select(Issuer).where(Issuer.id == issuer_id, in_reach(actor)).with_for_update()
    )
    if issuer is None:
        raise NotFound
    old = session.scalar(_active(issuer.id))
    if old is not None:
        old.retired_at, old.private_enc, old.reason = now, None, reason
        old.retired_by = actor.account_id
        old.compromised_at = now if compromised else None
        old.seal = seal_of(old, issuer)
        session.flush()
    made = _new_key(session, issuer, now)
    audit.record(
        session,
        actor,
        ROTATED,
        now=now,
        object_type="issuer",
        object_id=issuer.id,
        reason=reason,
        detail={"kid": made.kid, "before": old.kid if old else None, "compromised": compromised},
    )


def in_reach(actor: Actor) -> Any:
    """The issuers that an officer keeps: those of the region; the portal's own from above."""
    prefix = region_prefix(the_area(actor))
    if not prefix:
        return Issuer.id.is_not(None)
    of_region = select(Institution.id).where(Institution.region_code.startswith(prefix))
    return Issuer.region_code.startswith(prefix) | Issuer.institution_id.in_(of_region)


def public_keys(session: Session) -> list[dict[str, Any]]:
    """Every key that ever signed here, as JWKs with their history."""
    rows = session.execute(
        select(IssuerKey, Issuer).join(Issuer).order_by(IssuerKey.active_from, IssuerKey.id)
    )
    return [jwk for key, issuer in rows for jwk in sealed_jwk(key, issuer)]


def sealed_jwk(key: IssuerKey, issuer: Issuer) -> list[dict[str, Any]]:
    """A key as the page publishes it; nothing where the row is not as this portal wrote it."""
    if hmac.compare_digest(key.seal, seal_of(key, issuer)):
        return [jwk_of(key, issuer)]
    _LOG.error("The issuer key %s was changed past the portal; it is not published.", key.kid)
    return []


def seal_of(key: IssuerKey, issuer: Issuer) -> bytes:
    """What only the holder of the master key can make: over all that is published of a key."""
    return _seal(
        (issuer.id, issuer.kind, issuer.name, issuer.uscc, key.kid, key.public_x),
        (key.active_from, key.retired_at, key.compromised_at),
    )


def is_sealed(row: Any) -> bool:
    """The same of a row that names them as ``verification.BY_NUMBER`` does."""
    right = _seal(
        (row.signer_id, row.signer_kind, row.signer_name, row.signer_uscc, row.kid, row.public_x),
        (row.key_from, row.key_retired_at, row.key_compromised_at),
    )
    return hmac.compare_digest(row.key_seal, right)


def _seal(names: tuple[object, ...], moments: tuple[datetime | None, ...]) -> bytes:
    return _sealed(get_vault().subkey("issuer_key_seal"), names, moments)


@lru_cache(maxsize=1000)  # few keys, and each is looked at with every certificate
def _sealed(key: bytes, names: tuple[object, ...], moments: tuple[datetime | None, ...]) -> bytes:
    said: list[str | None] = [None if one is None else str(one) for one in names]
    said += [_moment(at) for at in moments]
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.digest(key, body, "sha256")


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at is not None else None


def jwk_of(key: IssuerKey, issuer: Issuer) -> dict[str, Any]:
    """A key as the page publishes it: ``exp`` when it stopped signing, ``revoked`` when it was
    compromised, ``iss`` the issuer's id; moments in seconds."""
    made: dict[str, Any] = signature.jwk(key.public_x, key.kid)
    made["iss"] = issuer_url(issuer.id)
    made["nbf"] = int(key.active_from.timestamp())
    if key.retired_at is not None:
        made["exp"] = int(key.retired_at.timestamp())
    if key.compromised_at is not None:
        made["revoked"] = {"revoked_at": int(key.compromised_at.timestamp())}
    return made


def published(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """What ``/.well-known/portal-issuer.json`` answers: portal, issuers, keys, status lists."""
    of_portal(session, now=now)
    issuers = session.scalars(select(Issuer).order_by(Issuer.created_at, Issuer.id)).all()
    keys = public_keys(session)
    # By issuer once: thousands of issuers times thousands of keys would be millions of looks.
    kids: dict[str, list[str]] = {}
    for key in keys:
        kids.setdefault(key["iss"], []).append(key["kid"])
    return {
        "id": portal_url(),
        "name": portal_name(),
        "generated_at": now.isoformat(),
        "status_lists": f"{get_settings().public_url}/status/",
        "issuers": [
            {
                "id": issuer_url(one.id),
                "name": one.name,
                "kind": one.kind,
                "uscc": one.uscc,
                "keys": kids.get(issuer_url(one.id), []),
            }
            for one in issuers
        ],
        "keys": keys,
    }


def unsound(session: Session) -> list[str]:
    """What is wrong with keys, a sentence each: changed past the portal, or one that signs and
    does not open with the master key."""
    wrong = [
        f"key {key.kid} was put in or changed past the portal: it is not published"
        for key, issuer in session.execute(select(IssuerKey, Issuer).join(Issuer))
        if not hmac.compare_digest(key.seal, seal_of(key, issuer))
    ]
    wrong += _put_back(session)
    for key in session.scalars(select(IssuerKey).where(IssuerKey.retired_at.is_(None))):
        try:
            own = _open(key.private_enc or b"")
            if own.as_dict(private=False).get("x") != key.public_x:
                wrong.append(f"key {key.kid} is not the public half of what signs")
        except (ValueError, InvalidTag):
            wrong.append(f"key {key.kid} does not open: was the master key changed?")
    return wrong


def _put_back(session: Session) -> list[str]:
    """Keys whose row, seal and all, is an older copy of itself: the trail knows of their end."""
    query = (
        select(IssuerKey.kid)
        .join(AuditEvent, AuditEvent.detail["before"].astext == IssuerKey.kid)
        .where(
            AuditEvent.action == ROTATED,
            IssuerKey.retired_at.is_(None)
            | (AuditEvent.detail["compromised"].astext == "true")
            & IssuerKey.compromised_at.is_(None),
        )
    )
    return [
        f"key {kid} was put back to what it was before its end: trust nothing that it signed since"
        for kid in sorted(set(session.scalars(query)))
    ]


def _active(issuer_id: UUID) -> Any:
    return select(IssuerKey).where(IssuerKey.issuer_id == issuer_id, IssuerKey.retired_at.is_(None))


def _key_of(
    session: Session,
    values: dict[str, Any],
    which: Any,
    now: datetime,
    first: bytes | None = None,
) -> SigningKey:
    issuer = session.scalar(select(Issuer).where(which))
    if issuer is None:
        new = insert(Issuer).values(id=new_id(), created_at=now, **values)
        session.execute(new.on_conflict_do_nothing())
        issuer = session.scalars(select(Issuer).where(which)).one()
    key = session.scalar(_active(issuer.id)) or _new_key(session, issuer, now, first)
    if key.private_enc is None:
        raise ValueError("an active key without its private half")
    return SigningKey(key.id, key.kid, _open(key.private_enc), issuer.id, issuer.name)


def adopt(session: Session, pem: bytes, *, now: datetime) -> None:
    """Make the key of an installation's first days (a file of its own) the portal's first key.

    Raises ValueError when it is not an Ed25519 private key.
    """
    key = signature.load_key(pem)
    portal = of_portal(session, now=now, first=pem)
    if portal.kid != str(key.thumbprint()):
        # There was one already: the old one signs no more, and what it signed stays good.
        issuer = session.get_one(Issuer, portal.issuer_id)
        retired = _values(key, issuer, active_from=now, retired_at=now)
        session.execute(insert(IssuerKey).values(**retired).on_conflict_do_nothing())
    signed_with = select(IssuerKey.id).where(IssuerKey.kid == str(key.thumbprint()))
    unsigned = update(Certificate).where(
        Certificate.issuer_key_id.is_(None), Certificate.status != "draft"
    )
    session.execute(unsigned.values(issuer_key_id=signed_with.scalar_subquery()))


def _new_key(
    session: Session, issuer: Issuer, now: datetime, pem: bytes | None = None
) -> IssuerKey:
    pem = pem or signature.generate_key()
    values = _values(signature.load_key(pem), issuer, active_from=now)
    values["private_enc"] = get_vault().seal(_SEALED_AS, pem.decode())
    # Two processes that sign for the first time at once agree on one key.
    session.execute(insert(IssuerKey).values(**values).on_conflict_do_nothing())
    made: IssuerKey = session.scalars(_active(issuer.id)).one()
    return made


def _values(key: OKPKey, issuer: Issuer, **moments: datetime) -> dict[str, Any]:
    """The row of a key without its private half."""
    values = {
        "id": new_id(),
        "issuer_id": issuer.id,
        "kid": str(key.thumbprint()),
        "public_x": signature.public_x(key),
        **moments,
    }
    return values | {"seal": seal_of(IssuerKey(**values), issuer)}


@lru_cache(maxsize=1024)
def _open(sealed: bytes) -> OKPKey:
    return signature.load_key(get_vault().open(_SEALED_AS, sealed).encode())
