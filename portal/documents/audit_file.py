"""What is handed out of the audit trail: one ZIP, and how an outsider checks it.

Nothing here knows a database or a secret key: hashes, one signature, and arithmetic.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from portal.documents import audit_proof, signature
from portal.documents.audit_proof import Leaf
from portal.domain.errors import PortalError

FORMAT = "portal-audit-export-1"
TYP = "audit-export+jws"
MANIFEST, SIGNED = "manifest.json", "manifest.jws"
ROWS, TABLE, LEAVES, BLOCKS, README = (
    *("rows.jsonl", "rows.csv", "leaves.jsonl", "blocks.jsonl"),
    "README.txt",
)
NAMES = (README, TABLE, ROWS, LEAVES, BLOCKS)
# Unpacked; an export has 50,000 rows at most.
LARGEST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What was found: ``problem`` is a key of ``trail.file`` ("" when all is right) and ``where``
    names the place; ``shown`` rows are in it, ``withheld`` are proven but not shown."""

    problem: str
    where: str = ""
    shown: int = 0
    withheld: int = 0
    complete: bool = False
    manifest: Mapping[str, Any] | None = None


class _Wrong(Exception):
    def __init__(self, problem: str, where: str = "") -> None:
        super().__init__(problem)
        self.problem, self.where = problem, where


def lines(values: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON lines, canonical each."""
    return b"".join(signature.canonical(value) + b"\n" for value in values)


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """SHA-256 (hex) of each file, as the manifest holds them."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def packed(files: Mapping[str, bytes], manifest: Mapping[str, Any], signed: str) -> bytes:
    """The ZIP. Stored, not squeezed: other machines squeeze to other bytes."""
    stream = io.BytesIO()
    whole = {**files, MANIFEST: signature.canonical(manifest), SIGNED: signed.encode()}
    with zipfile.ZipFile(stream, "w") as folder:
        for name, content in whole.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            folder.writestr(entry, content)
    return stream.getvalue()


def check(content: bytes, jwks: Sequence[Mapping[str, Any]]) -> FileVerdict:
    """Whether an export is as the portal whose keys are ``jwks`` handed it out, and holds all
    rows that it says it holds."""
    try:
        files = _unpacked(content)
        manifest = _manifest(files, jwks)
        blocks = _blocks(files, manifest)
        leaves = _leaves(files, manifest, blocks)
        shown = _rows(files, manifest, leaves)
        return _counted(manifest, leaves, shown)
    except _Wrong as wrong:
        return FileVerdict(wrong.problem, wrong.where)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return FileVerdict("unreadable")


def _unpacked(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as folder:
            if sorted(folder.namelist()) != sorted((*NAMES, MANIFEST, SIGNED)):
                raise _Wrong("files")
            if sum(entry.file_size for entry in folder.infolist()) > LARGEST:
                raise _Wrong("unreadable")
            return {name: folder.read(name) for name in folder.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise _Wrong("unreadable") from error


def _manifest(files: Mapping[str, bytes], jwks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    try:
        found = signature.verify_compact(files[SIGNED].decode("ascii"), jwks, typ=(TYP,))
    except PortalError as error:
        raise _Wrong("signature") from error
    if signature.canonical(found) != files[MANIFEST] or found["format"] != FORMAT:
        raise _Wrong("signature", MANIFEST)
    for name in NAMES:
        if hashlib.sha256(files[name]).hexdigest() != found["files"][name]:
            raise _Wrong("changed", name)
    return found


def _blocks(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    before: dict[str, Any] = {"no": 0, "hash": audit_proof.GENESIS}
    for block in map(json.loads, files[BLOCKS].splitlines()):
        no = block["no"]
        if block["hash"] != audit_proof.header_hash(block):
            raise _Wrong("block", str(no))
        if (no, block["prev_hash"]) != (before["no"] + 1, before["hash"]):
            raise _Wrong("chain", str(no))
        found[no] = before = block
    if before["no"] != manifest["blocks"]:
        raise _Wrong("chain")
    return found


def _leaves(
    files: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    blocks: Mapping[int, Mapping[str, Any]],
) -> dict[int, Leaf]:
    """Every leaf of every block that has rows of the days asked for."""
    found: dict[int, Leaf] = {}
    told: set[int] = set()
    for line in map(json.loads, files[LEAVES].splitlines()):
        leaves = [Leaf(int(no), str(at), str(body)) for no, at, body in line["leaves"]]
        block = blocks[line["block"]]
        ascending = all(one.no < next_.no for one, next_ in pairwise(leaves))
        if not ascending or audit_proof.root(leaves) != block["root"]:
            raise _Wrong("block", str(line["block"]))
        told.add(line["block"])
        found |= {leaf.no: leaf for leaf in leaves}
    for no, block in blocks.items():
        meets = block["last_at"] >= manifest["since"] and block["first_at"] < manifest["until"]
        if meets and no not in told:
            raise _Wrong("left_out", str(no))
    return found


def _rows(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], leaves: Mapping[int, Leaf]
) -> set[int]:
    shown: set[int] = set()
    for row in map(json.loads, files[ROWS].splitlines()):
        leaf = Leaf(row["no"], row["at"], audit_proof.body_hash(row["content"]))
        inside = manifest["since"] <= leaf.at < manifest["until"]
        if leaves.get(leaf.no) != leaf or leaf.no in shown or not inside:
            raise _Wrong("row", str(row["no"]))
        shown.add(leaf.no)
    return shown


def _counted(
    manifest: Mapping[str, Any], leaves: Mapping[int, Leaf], shown: set[int]
) -> FileVerdict:
    inside = [leaf for leaf in leaves.values() if manifest["since"] <= leaf.at < manifest["until"]]
    withheld = len(inside) - len(shown)
    if [len(shown), withheld] != [manifest["shown"], manifest["withheld"]]:
        raise _Wrong("left_out")
    if manifest["complete"] and withheld:
        raise _Wrong("left_out")
    return FileVerdict("", "", len(shown), withheld, bool(manifest["complete"]), manifest)
