"""Keys and what they protect: personal identifiers at rest, look-up hashes, signed tokens.

One master key (32 bytes in a file of mode 0600) feeds independent subkeys by HKDF. Ciphertext
is AES-256-GCM with the purpose as associated data, so that a value moved to another column
does not open.
"""

import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from portal.settings import get_settings

KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyFileProblem(RuntimeError):
    """The master key is missing or is not a key; the message says what to do."""


class Vault:
    """Seals, opens and hashes with subkeys of one master key."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise KeyFileProblem(f"the master key must be {KEY_BYTES} bytes")
        self._master = master
        self._subkeys: dict[str, bytes] = {}

    def subkey(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, stable for one master key."""
        if purpose not in self._subkeys:
            kdf = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=b"portal/" + purpose.encode())
            self._subkeys[purpose] = kdf.derive(self._master)
        return self._subkeys[purpose]

    def seal(self, purpose: str, plain: str) -> bytes:
        """Encrypt a text for the column that ``purpose`` names."""
        nonce = os.urandom(_NONCE_BYTES)
        aead = AESGCM(self.subkey("seal"))
        return nonce + aead.encrypt(nonce, plain.encode(), purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> str:
        """Decrypt what ``seal`` made with the same purpose."""
        aead = AESGCM(self.subkey("seal"))
        plain = aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
        return plain.decode()

    def lookup_hash(self, purpose: str, value: str) -> bytes:
        """A keyed hash: finds a row by a value without storing the value."""
        message = purpose.encode() + b"\0" + value.encode()
        return hmac.new(self.subkey("lookup"), message, hashlib.sha256).digest()


def create_key_file(path: Path) -> bool:
    """Write a new random master key unless there is one; true when it was written."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return True


def load_vault(path: Path) -> Vault:
    """The vault of a key file; raises KeyFileProblem."""
    try:
        return Vault(path.read_bytes())
    except FileNotFoundError:
        raise KeyFileProblem(f"no master key at {path}: run 'portal init' first") from None


@lru_cache
def get_vault() -> Vault:
    """The vault of this process."""
    return load_vault(get_settings().key_file)
