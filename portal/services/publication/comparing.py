"""What two versions say differently: entries added, removed, and fields changed, by stable key."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import CatalogueChange, CatalogVersion
from portal.services.publication import contents
from portal.services.publication.contents import Entry
from portal.services.publication.forms import Form, form_of

What = Literal["added", "removed", "changed"]
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field as it was and as it is, in the words of the sheet."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that differs; ``fields`` only for a changed one."""

    what: What
    code: str
    title: str
    fields: tuple[FieldChange, ...] = ()


def compare(form: Form, old: Sequence[Entry], new: Sequence[Entry]) -> Iterator[Change]:
    """The differences in the order of the new version, what went at the end."""
    before = {one.code: one for one in old}
    for entry in new:
        former = before.pop(entry.code, None)
        if former is None:
            yield Change("added", entry.code, entry.title)
        elif fields := _fields(form, former, entry):
            yield Change("changed", entry.code, entry.title, fields)
    for gone in before.values():
        yield Change("removed", gone.code, gone.title)


def _fields(form: Form, old: Entry, new: Entry) -> tuple[FieldChange, ...]:
    if old.columns == new.columns:
        return ()
    pairs = zip(form.shown(old.columns), form.shown(new.columns), strict=True)
    return tuple(
        FieldChange(label, before, after)
        for (label, before), (_, after) in pairs
        if before != after
    )


def against(
    session: Session, version: CatalogVersion, former: CatalogVersion | None
) -> list[Change]:
    """What a version changes; nothing for the first of its kind and region."""
    if former is None:
        return []
    old, new = contents.read(session, former), contents.read(session, version)
    return list(compare(form_of(version.kind), old, new))


def keep(session: Session, version: CatalogVersion, changes: Sequence[Change]) -> None:
    """Keep the changes for the public log, in place of what was kept for this version."""
    session.execute(delete(CatalogueChange).where(CatalogueChange.version_id == version.id))
    for start in range(0, len(changes), _BATCH):
        session.execute(
            insert(CatalogueChange),
            [
                {
                    "id": new_id(),
                    "version_id": version.id,
                    "position": position,
                    "what": one.what,
                    "code": one.code,
                    "title": one.title,
                    "fields": [
                        {"column": f.column, "old": f.old, "new": f.new} for f in one.fields
                    ],
                }
                for position, one in enumerate(changes[start : start + _BATCH], start)
            ],
        )
