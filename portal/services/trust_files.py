"""A folder with what an offline verifier needs: issuer page, status lists, and what was seen."""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.documents import signature, status_list
from portal.services import trust
from portal.services.file_status import claimed_address
from portal.services.trust import Trust

PAGE, SEEN = "portal-issuer.json", ".seen.json"
# A list packs 16 kB; one that is much larger is none.
_LARGEST_LIST = signature.LONGEST


@dataclass(frozen=True, slots=True)
class Saved:
    """What was kept: how many keys and lists, and the lists that came older than one seen."""

    keys: int
    lists: int
    older: tuple[str, ...]


def status_files(places: Iterable[Path]) -> list[Path]:
    """The lists among files and folders."""
    found: list[Path] = []
    for place in places:
        found += sorted(place.glob("status-*.jwt")) if place.is_dir() else [place]
    return found


def read_list(path: Path) -> str | None:
    """A saved list as text; None for a file that cannot be one."""
    try:
        if path.stat().st_size > _LARGEST_LIST:
            return None
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if claimed_address(text) is not None else None


def seen_beside(folder: Path) -> dict[str, int]:
    """The highest version met of each list; empty where nothing was kept."""
    try:
        inside = json.loads((folder / SEEN).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(inside, dict):
        return {}
    return {url: version for url, version in inside.items() if type(version) is int}


def remember(folder: Path, url: str, version: int) -> None:
    """Keep in mind that a list has come so far; raises OSError where nothing can be written."""
    seen = seen_beside(folder)
    if version > seen.get(url, 0):
        _write(folder / SEEN, json.dumps(seen | {url: version}, indent=1).encode())


def save(folder: Path, page: bytes, lists: Iterable[str]) -> Saved:
    """Put a page and its lists into a folder; a list older than one seen before is not taken.

    Raises ValueError for a page that is none, OSError where nothing can be written.
    """
    known = trust.read_pages(page)
    if known is None:
        raise ValueError("not an issuer page")
    folder.mkdir(parents=True, exist_ok=True)
    seen, older, kept = seen_beside(folder), [], 0
    for token in lists:
        url, version = _version(token, known)
        if version < seen.get(url, 0):
            older.append(url)
            continue
        number = url.rpartition("/")[2]
        name = number if number.isascii() and number.isalnum() else "list"
        _write(folder / f"status-{name}.jwt", token.encode())
        remember(folder, url, version)
        kept += 1
    _write(folder / PAGE, page)
    return Saved(len(known.keys), kept, tuple(older))


def _version(token: str, known: Trust) -> tuple[str, int]:
    """Address and version of a list whose signature holds; raises ValueError."""
    try:
        payload = signature.verify_compact(token, known.keys)
        status_list.bits_of(payload)
    except (signature.SignatureInvalid, signature.UnknownIssuer) as error:
        raise ValueError("not a status list of this issuer") from error
    version = payload.get("version")
    return str(payload.get("id")), version if type(version) is int else 0


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a list cut short would be a forged one."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def page_bytes(page: Mapping[str, object]) -> bytes:
    """An issuer page as it is saved."""
    return json.dumps(page, ensure_ascii=False, indent=1).encode()
