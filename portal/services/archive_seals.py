"""What makes a line, a head and a checkpoint of the archive ours: keyed with the master key.

The chain of hashes is public, so that an exported archive can be checked without us; whoever
holds the database could therefore compute it anew. The seals he cannot.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from portal.db.vault import get_vault
from portal.documents.signature import canonical
from portal.settings import get_settings

# The mac of a head that was found wrong when a line was added: it never becomes right again.
TAINTED = b"tainted"
_ANCHOR = "archive-anchor.json"


def _mac(purpose: str, message: str) -> bytes:
    key = get_vault().subkey(f"archive/{purpose}")
    # By its name: the function itself takes another, slower way through OpenSSL.
    return hmac.digest(key, message.encode(), "sha256")


def seal(no: int, line_hash: str) -> bytes:
    """The seal of a line: its hash once more, and its place among all lines."""
    return _mac("line", f"{no}\n{line_hash}")


def head_mac(person_id: UUID, seq: int, line_hash: str) -> bytes:
    """The seal of where a person's chain ends."""
    return _mac("head", f"{person_id}\n{seq}\n{line_hash}")


def checkpoint_hash(plain: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of a checkpoint's columns as canonical JSON."""
    return hashlib.sha256(canonical(plain)).hexdigest()


def checkpoint_mac(checkpoint_hash: str) -> bytes:
    """The seal of a checkpoint; its hash covers everything else."""
    return _mac("checkpoint", checkpoint_hash)


def same(left: bytes | None, right: bytes) -> bool:
    """Whether two seals agree."""
    return left is not None and hmac.compare_digest(left, right)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest checkpoint as this machine remembers it, outside the database."""

    no: int
    hash: str


def anchor_file() -> Path:
    """Where the anchor lies."""
    return get_settings().data_dir / _ANCHOR


def read_anchor(path: Path) -> Anchor | None:
    """The anchor of this machine, None where there is none; raises ValueError for a broken file."""
    try:
        inside = json.loads(path.read_text("utf-8"))
        return Anchor(int(inside["no"]), str(inside["hash"]))
    except FileNotFoundError:
        return None
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is no anchor") from error


def write_anchor(path: Path, anchor: Anchor) -> None:
    """Remember a checkpoint; a crash leaves the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(anchor), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
