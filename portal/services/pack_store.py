"""Published packs out of the database, each version checked and parsed once a process.

A version is named by pack id and content hash. Versions stay when a newer one is published:
decisions that were made by them must remain readable.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.db.models import PolicyPack, PolicyPackVersion
from portal.domain.errors import NotFound
from portal.policies import models

Version = tuple[str, str]
"""Pack id and content hash."""

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The values used last, at most ``limit``; worker threads share them."""

    def __init__(self, limit: int) -> None:
        self._limit, self._lock = limit, Lock()
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value of a key, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: K, value: V) -> V:
        """Keep a value; gives it back."""
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
        return value


# A parsed pack holds some hundred kB; of the documents alone thousands fit.
_packs: Kept[Version, models.PolicyPack] = Kept(64)
_documents: Kept[Version, models.Document] = Kept(4096)


def read_pack(session: Session, pack_id: str, content_hash: str) -> models.PolicyPack | None:
    """A version of a pack as its checked model; None when there is none."""
    version = (pack_id, content_hash)
    return packs_of(session, [version]).get(version)


def pack_version(session: Session, pack_id: str, content_hash: str) -> models.PolicyPack:
    """The version that a decision was made by, current or not; raises NotFound."""
    found = read_pack(session, pack_id, content_hash)
    if found is None:
        raise NotFound
    return found


def packs_of(session: Session, versions: Sequence[Version]) -> dict[Version, models.PolicyPack]:
    """Versions as their checked models; those without a payload are left out."""

    def parsed(payload: dict[str, Any]) -> models.PolicyPack:
        return models.PolicyPack.model_validate_json(json.dumps(payload))

    return _known(session, versions, _packs, parsed, part=None)


def documents_of(session: Session, versions: Sequence[Version]) -> dict[Version, models.Document]:
    """Only the documents of versions: enough to know whether a pack concerns somebody."""

    def parsed(payload: dict[str, Any]) -> models.Document:
        return models.Document.model_validate_json(json.dumps(payload))

    return _known(session, versions, _documents, parsed, part="document")


def _known(
    session: Session,
    versions: Sequence[Version],
    kept: Kept[Version, V],
    parsed: Callable[[dict[str, Any]], V],
    *,
    part: str | None,
) -> dict[Version, V]:
    found: dict[Version, V] = {}
    missing: list[Version] = []
    for version in versions:
        value = kept.get(version)
        if value is None:
            missing.append(version)
        else:
            found[version] = value
    for version, payload in _payloads(session, missing, part).items():
        found[version] = kept.put(version, parsed(payload))
    return found


def _payloads(
    session: Session, versions: Sequence[Version], part: str | None
) -> dict[Version, dict[str, Any]]:
    """Payloads by version, the current ones first; an empty payload is none."""
    current = _stored(session, PolicyPack, PolicyPack.id, versions, part)
    former = [version for version in versions if version not in current]
    return current | _stored(session, PolicyPackVersion, PolicyPackVersion.pack_id, former, part)


def _stored(
    session: Session,
    table: type[PolicyPack | PolicyPackVersion],
    pack_id: InstrumentedAttribute[str],
    versions: Sequence[Version],
    part: str | None,
) -> dict[Version, dict[str, Any]]:
    if not versions:
        return {}
    payload = table.payload if part is None else table.payload[part]
    rows = session.execute(
        select(pack_id, table.content_hash, payload).where(
            tuple_(pack_id, table.content_hash).in_(versions)
        )
    )
    return {(row[0], row[1]): row[2] for row in rows if row[2]}
