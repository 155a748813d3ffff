"""From the lines of a sheet to rows: classes found, repeats and limits noticed, nothing judged."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import RosterRow, RosterUpload
from portal.db.vault import get_vault
from portal.domain.identity import IdType, parse_id_document
from portal.services import people
from portal.services.people import Identity
from portal.services.rosters_scope import RosterClass, named_classes, owner_of
from portal.services.rosters_sheet import CLASS_NO, ID_NO, Line
from portal.services.rosters_words import reason

_BATCH = 1000


def write_rows(
    session: Session, upload: RosterUpload, lines: Sequence[Line], *, now: datetime
) -> int:
    """Write a row for each line: ``unread`` where it can be judged, ``bad`` with its faults.

    Answers how many are bad.
    """
    classes = _Classes(session, upload, lines, now)
    rows = list(_rows(upload, lines, classes))
    for start in range(0, len(rows), _BATCH):
        session.execute(insert(RosterRow), rows[start : start + _BATCH])
    return sum(row["outcome"] == "bad" for row in rows)


def identity_of(row: RosterRow, *, today: date) -> Identity:
    """Who a readable row names."""
    vault = get_vault()
    if row.id_no_enc is None:
        raise ValueError("a row without a document names nobody")
    number = vault.open("id_no", row.id_no_enc)
    document = parse_id_document(IdType(row.id_type), number, today=today)
    phone = vault.open("phone", row.phone_enc) if row.phone_enc else ""
    return Identity(document, row.name, phone)


class _Classes:
    """The classes that a roster names, by number, and the one for rows that name none."""

    def __init__(
        self, session: Session, upload: RosterUpload, lines: Sequence[Line], now: datetime
    ) -> None:
        numbers = {line.class_no for line in lines if line.class_no}
        ids = [upload.class_id] if upload.class_id else []
        found = named_classes(session, owner_of(upload), numbers=numbers, ids=ids, now=now)
        self._by_no: Mapping[str, RosterClass] = {one.class_no: one for one in found}
        self._default = next((one for one in found if one.id == upload.class_id), None)

    def of(self, line: Line) -> tuple[UUID | None, str]:
        """The class of a line, or why there is none: a key below ``roster.fault``."""
        found = self._by_no.get(line.class_no) if line.class_no else self._default
        if found is None:
            return None, "unknown_class" if line.class_no else "no_class"
        return (None, found.refusal) if found.refusal else (found.id, "")


def _rows(
    upload: RosterUpload, lines: Sequence[Line], classes: _Classes
) -> Iterator[dict[str, Any]]:
    vault, seen = get_vault(), dict[bytes, int]()
    for line in lines:
        faults = list(line.faults)
        class_id, refusal = classes.of(line)
        if refusal:
            faults.append(reason(f"fault.{refusal}", line.place(CLASS_NO)))
        hashed = people.document_hash(line.document) if line.document else None
        if hashed is not None:
            first = seen.setdefault(hashed, line.row_no)
            if first != line.row_no:
                faults.append(reason("fault.repeated", line.place(ID_NO), first=first))
        document = line.document
        yield {
            "id": new_id(),
            "upload_id": upload.id,
            "row_no": line.row_no,
            "name": line.name,
            "id_type": document.id_type.value if document else "",
            "id_no_enc": vault.seal("id_no", document.number) if document else None,
            "id_no_hash": hashed,
            "phone_enc": vault.seal("phone", line.phone) if line.phone else None,
            "hired_on": line.hired_on,
            "class_id": class_id,
            "outcome": "bad" if faults else "unread",
            "reasons": faults,
            "chosen": False,
            "commit_state": "none",
        }
