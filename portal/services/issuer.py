"""Who signs certificates: the issuer's key, its public half, and the name beside it.

One Ed25519 key in a file of mode 0600, made once by ``portal init``. Losing it costs the means
to sign, not the certificates: they are checked with the public half.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from joserfc.jwk import OKPKey

from portal.db.vault import KeyFileProblem
from portal.documents import signature
from portal.locale import t
from portal.settings import get_settings

# Where verifiers outside find the public keys (design/contract.md).
ISSUER_PATH = "/.well-known/portal-issuer.json"


@dataclass(frozen=True)
class Issuer:
    """A signing key with its name; ``kid`` is the key's RFC 7638 thumbprint."""

    kid: str
    key: OKPKey
    jwks: tuple[dict[str, str], ...]

    def sign(self, payload: Mapping[str, object]) -> str:
        """``payload`` as a compact JWS."""
        return signature.sign_compact(payload, self.key, self.kid)


def issuer_key_file() -> Path:
    """Where this installation keeps its issuer key."""
    return get_settings().data_dir / "keys" / "issuer.pem"


def issuer_name() -> str:
    """The name printed on certificates and published beside the keys."""
    return t("certificate.issuer_name")


def issuer_id() -> str:
    """The absolute address of the published keys; it stands in every credential."""
    return get_settings().public_url + ISSUER_PATH


def ensure_issuer_key(path: Path) -> bool:
    """Write a new issuer key unless there is one; true when it was written.

    Safe when two processes start at once: the file appears whole or not at all.
    """
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(signature.generate_key())
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        Path(draft).unlink()
    return True


@lru_cache
def load_issuer(path: Path) -> Issuer:
    """The issuer of a key file, read once a process; raises KeyFileProblem."""
    try:
        key = signature.load_key(path.read_bytes())
    except FileNotFoundError:
        raise KeyFileProblem(f"no issuer key at {path}: run 'portal init' first") from None
    except ValueError as error:
        raise KeyFileProblem(f"{path} is not an Ed25519 private key in PEM") from error
    kid = str(key.thumbprint())
    return Issuer(kid=kid, key=key, jwks=(signature.public_jwk(key, kid),))


def get_issuer() -> Issuer:
    """The issuer of this installation."""
    return load_issuer(issuer_key_file())


def published() -> dict[str, object]:
    """What ``/.well-known/portal-issuer.json`` answers: id, name and public keys (a JWK set)."""
    keys = [dict(jwk) for jwk in get_issuer().jwks]
    return {"id": issuer_id(), "name": issuer_name(), "keys": keys}
