"""Issuer keys and signatures: Ed25519 (RFC 8032) in compact JWS (RFC 7515).

The algorithm is named ``Ed25519`` (RFC 9864), never negotiated: the token's own header cannot
choose how it is checked.
"""

import json
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from portal.domain.errors import PortalError

ALGORITHM = "Ed25519"


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
    if key.curve_name != ALGORITHM or not key.is_private:
        raise ValueError("not an Ed25519 private key")
    return key


def public_jwk(key: OKPKey, kid: str) -> dict[str, str]:
    """The public half of ``key`` as the issuer page publishes it (RFC 8037)."""
    public = key.as_dict(private=False)
    return {
        "kty": "OKP",
        "crv": ALGORITHM,
        "x": str(public["x"]),
        "kid": kid,
        "alg": ALGORITHM,
        "use": "sig",
    }


def canonical(payload: Mapping[str, object]) -> bytes:
    """``payload`` as JSON bytes that depend on its content only (sorted, no spaces, UTF-8)."""
    return json.dumps(
        payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sign_compact(payload: Mapping[str, object], key: OKPKey, kid: str) -> str:
    """``payload`` signed with ``key``; the same payload and key always give the same token."""
    header = {"alg": ALGORITHM, "kid": kid, "typ": "JWT"}
    return jws.serialize_compact(header, canonical(payload), key, algorithms=[ALGORITHM])


def verify_compact(token: str, jwks: Sequence[Mapping[str, str]]) -> dict[str, object]:
    """The payload of ``token`` when one of the published keys ``jwks`` signed it.

    Raises SignatureInvalid or UnknownIssuer. ``jwks`` must come from a source that the caller
    trusts, never from the token.
    """
    try:
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        key = _key_of(kid, jwks)
        content = jws.deserialize_compact(token, key, algorithms=[ALGORITHM]).payload
        payload = json.loads(content)
    except (JoseError, ValueError) as error:
        raise SignatureInvalid from error
    if not isinstance(payload, dict):
        raise SignatureInvalid
    return payload


def _key_of(kid: object, jwks: Sequence[Mapping[str, str]]) -> OKPKey:
    for jwk in jwks:
        if isinstance(kid, str) and jwk.get("kid") == kid and jwk.get("crv") == ALGORITHM:
            return OKPKey.import_key({"kty": "OKP", "crv": ALGORITHM, "x": jwk["x"]})
    raise UnknownIssuer(kid=kid if isinstance(kid, str) else "")
