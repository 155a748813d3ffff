"""Issuer keys and signatures: Ed25519 (RFC 8032) in compact JWS (RFC 7515).

The header says ``EdDSA``, the name that Open Badges libraries know, or ``Ed25519`` (RFC 9864);
both mean the same key and the same check. A token's own header cannot choose how it is checked:
with nothing for a library to negotiate, the few lines stand here, on ``cryptography``. One signed
text has one spelling: base64url that decodes alike but is written otherwise is refused.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from portal.domain.errors import PortalError

ALGORITHM = "EdDSA"
ACCEPTED = ("EdDSA", "Ed25519")
CURVE = "Ed25519"
# Media types of what is signed (VC-JOSE-COSE), as the header's ``typ``.
CREDENTIAL = "vc+jwt"

# A credential is a few kilobytes; a status list is 16 kB before it is packed.
LONGEST = 128 * 1024


class SignatureInvalid(PortalError):
    """Not a credential, or changed after it was signed."""

    key = "documents.signature_invalid"
    code = "bad_input"


class UnknownIssuer(PortalError):
    """Signed with a key that is not on the published list; ``kid`` names it."""

    key = "documents.unknown_issuer"
    code = "bad_input"


def generate_key() -> bytes:
    """A new private key as unencrypted PKCS #8 PEM; the caller keeps it safe."""
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def load_key(pem: bytes) -> OKPKey:
    """The private key in ``pem``; raises ValueError when it is not an Ed25519 key."""
    try:
        key = OKPKey.import_key(pem)
    except JoseError as error:
        raise ValueError("not an Ed25519 private key") from error
    if key.curve_name != CURVE or not key.is_private:
        raise ValueError("not an Ed25519 private key")
    return key


def public_x(key: OKPKey) -> str:
    """The public half of ``key`` as a JWK spells it (base64url)."""
    return str(key.as_dict(private=False)["x"])


def jwk(x: str, kid: str) -> dict[str, str]:
    """A public key as the issuer page publishes it (RFC 8037)."""
    return {"kty": "OKP", "crv": CURVE, "x": x, "kid": kid, "alg": ALGORITHM, "use": "sig"}


def canonical(payload: Mapping[str, object]) -> bytes:
    """``payload`` as JSON bytes that depend on its content only (sorted, no spaces, UTF-8)."""
    return json.dumps(
        payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sign_compact(
    payload: Mapping[str, object], key: OKPKey, kid: str, *, typ: str = CREDENTIAL
) -> str:
    """``payload`` signed with ``key``; the same payload and key always give the same token."""
    header = canonical({"alg": ALGORITHM, "kid": kid, "typ": typ})
    signed = f"{_spell(header)}.{_spell(canonical(payload))}"
    private = key.private_key
    if not isinstance(private, Ed25519PrivateKey):
        raise TypeError("not an Ed25519 private key")
    return f"{signed}.{_spell(private.sign(signed.encode()))}"


def kid_of(token: str, jwks: Sequence[Mapping[str, Any]] = ()) -> str:
    """The key that a token claims to be signed with, "" for none. Raises SignatureInvalid."""
    kid = _kid_in(_parts(token)[0], jwks)
    return kid if isinstance(kid, str) else ""


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload as they stand there, for finding out whom to ask: they prove nothing.

    Raises SignatureInvalid."""
    if len(token) > LONGEST:
        raise SignatureInvalid
    try:
        header, payload, _ = (_exact(part) for part in token.split("."))
        found = json.loads(header), json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid from error
    if not all(isinstance(one, dict) for one in found):
        raise SignatureInvalid
    return found


def verify_compact(
    token: str, jwks: Sequence[Mapping[str, Any]], *, typ: Sequence[str] = (CREDENTIAL, "JWT")
) -> dict[str, Any]:
    """The payload of ``token`` when one of the published keys ``jwks`` signed it.

    Raises SignatureInvalid or UnknownIssuer. ``jwks`` must come from a source that the caller
    trusts, never from the token. ``typ`` names the kinds of token that are expected: one that
    was signed as something else is refused.
    """
    header, content, proof = _parts(token)
    if header.get("typ") not in typ:
        raise SignatureInvalid
    key = _key_of(_kid_in(header, jwks), jwks)
    try:
        key.verify(proof, token.rpartition(".")[0].encode())
        payload = json.loads(content)
    except (InvalidSignature, ValueError, RecursionError) as error:
        raise SignatureInvalid from error
    if not isinstance(payload, dict):
        raise SignatureInvalid
    return payload


def _parts(token: str) -> tuple[dict[str, Any], bytes, bytes]:
    """Header, payload and signature of a token that is spelled in the only way we accept."""
    if len(token) > LONGEST:
        raise SignatureInvalid
    try:
        head, content, proof = (_exact(part) for part in token.split("."))
        header = json.loads(head)
    except (ValueError, RecursionError) as error:
        raise SignatureInvalid from error
    if not isinstance(header, dict) or header.get("alg") not in ACCEPTED:
        raise SignatureInvalid
    # Extensions that must be understood ("crit", and what "b64" changes) are understood by nobody.
    if "crit" in header or "b64" in header:
        raise SignatureInvalid
    return header, content, proof


def _spell(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _exact(part: str) -> bytes:
    """Base64url without padding, in its only canonical spelling; raises ValueError."""
    plain = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if _spell(plain) != part:
        raise ValueError("not canonical base64url")
    return plain


def _kid_in(header: Mapping[str, Any], jwks: Sequence[Mapping[str, Any]]) -> object:
    """Which of the published keys a token names: by ``kid``, or by repeating it as ``jwk`` (Open
    Badges 3.0, 8.2.3). A key that a token brings along is only looked up, never used."""
    brought = header.get("jwk")
    if "kid" in header or not isinstance(brought, dict):
        return header.get("kid")
    return next((one.get("kid") for one in jwks if one.get("x") == brought.get("x")), None)


def _key_of(kid: object, jwks: Sequence[Mapping[str, Any]]) -> Ed25519PublicKey:
    for one in jwks:
        if isinstance(kid, str) and one.get("kid") == kid and one.get("crv") == CURVE:
            return _public(str(one["x"]))
    raise UnknownIssuer(kid=kid if isinstance(kid, str) else "")


@lru_cache(maxsize=1024)
def _public(x: str) -> Ed25519PublicKey:
    """The key of a JWK that a trusted page published; UnknownIssuer when it is none."""
    try:
        return Ed25519PublicKey.from_public_bytes(_exact(x))
    except ValueError as error:
        raise UnknownIssuer(kid="") from error
