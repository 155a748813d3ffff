"""A part of the trail for the disciplinary office (纪检监察): rows, proofs, one signature.

Only what is closed is handed out: it cannot be changed afterwards without being seen. Every row of
the days asked for is there at least as a leaf, so that rows left out can be counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.db.ids import new_id
from portal.db.models import Account, AuditBlock, AuditEvent, AuditPlace, Person
from portal.documents import audit_file
from portal.documents.plain_cells import csv_bytes
from portal.domain.errors import BadInput, PortalError
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission, Role
from portal.locale import t
from portal.policies.regions import NATIONAL, region_name
from portal.services import issuers
from portal.services.access_words import purpose
from portal.services.audit_trail import blocks, examination, search
from portal.services.audit_trail.rows import Row, content, leaf
from portal.services.audit_trail.wanted import Asked, Wanted, said, understand
from portal.services.audit_trail.words import fault_text
from portal.services.reasons import clean_reason
from portal.services.scope import region_prefix, the_area
from portal.services.supervision_trail import label, note_reading
from portal.services.times import local

# Rows of the blocks that are touched, shown or not.
MOST = 50_000
_SHORTEST_REASON = 4
_DOC_NO = (4, 60)
_STAFF = {
    *(Role.OFFICER, Role.AUDITOR, Role.MANAGER, Role.INSTRUCTOR, Role.HELPER, Role.REVIEWER),
    *(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN),
}
_COLUMNS = (
    *("no", "at", "who", "role", "action", "purpose", "subject", "object_type", "object_id"),
    *("region", "reason"),
)


class TrailBroken(PortalError):
    """Rows that are not as they were closed are not handed out as if they were."""

    key = "trail.broken_error"
    code = "bad_input"
    status = 409


@dataclass(frozen=True, slots=True)
class Exported:
    """The file, and what it holds."""

    content: bytes
    shown: int
    withheld: int


@dataclass(frozen=True, slots=True)
class _Order:
    """An export as it was asked for."""

    wanted: Wanted
    asked: Asked
    area: str
    since: datetime
    until: datetime
    reason: str
    doc_no: str
    by: str
    now: datetime

    @property
    def complete(self) -> bool:
        """Whether everything of the days is asked for."""
        return not set(self.wanted.named) - {"since", "until"} and self.area == NATIONAL


def export(
    session: Session, actor: Actor, *, wanted: Wanted, reason: str, doc_no: str, now: datetime
) -> Exported:
    """Rows of the auditor's region that fit, with what proves them. The same data at the same
    moment give the same bytes. ``doc_no`` is the document by which they were asked for.

    Raises BadInput (reason, doc_no, since, until, person) and TrailBroken.
    """
    actor.require(Permission.READ_AUDIT)
    order = _order(session, actor, wanted, reason, doc_no, now)
    touched = _touched(session, order)
    rows = _rows_of(session, touched)
    fitting = _fitting(session, order)
    shown = [row for found in rows.values() for row in found if row.no in fitting]
    shown.sort(key=lambda row: row.no)
    files = {
        audit_file.README: _readme(order, len(shown)).encode("utf-8-sig"),
        audit_file.TABLE: csv_bytes(_table(session, shown)),
        audit_file.ROWS: audit_file.lines(
            {"no": row.no, "at": row.moment, "content": content(row)} for row in shown
        ),
        audit_file.LEAVES: audit_file.lines(
            {"block": no, "leaves": [list(leaf(row)) for row in found]}
            for no, found in rows.items()
        ),
        audit_file.BLOCKS: audit_file.lines(_headers(session)),
    }
    inside = sum(_is_inside(order, row) for found in rows.values() for row in found)
    manifest = _manifest(session, order, files) | {
        "shown": len(shown),
        "withheld": inside - len(shown),
    }
    signed = issuers.of_portal(session, now=now).sign(manifest, typ=audit_file.TYP)
    note_reading(
        session,
        actor,
        order.asked,
        "audit.export",
        detail={
            "doc_no": order.doc_no,
            "shown": len(shown),
            "since": wanted.since,
            "until": wanted.until,
            "by": list(wanted.named),
            "sha256": manifest["files"][audit_file.ROWS],
        },
        reason=order.reason,
        object_id=new_id(),
        now=now,
    )
    return Exported(audit_file.packed(files, manifest, signed), len(shown), inside - len(shown))


def _order(
    session: Session, actor: Actor, wanted: Wanted, reason: str, doc_no: str, now: datetime
) -> _Order:
    area = the_area(actor)
    why = clean_reason(reason, shortest=_SHORTEST_REASON)
    number = " ".join(doc_no.split())
    if not _DOC_NO[0] <= len(number) <= _DOC_NO[1] or not number.isprintable():
        raise BadInput("doc_no", "trail.doc_no")
    asked = understand(session, wanted, now=now)
    if asked.since is None or asked.until is None:
        raise BadInput("since", "trail.need_days")
    return _Order(wanted, asked, area, asked.since, asked.until, why, number, actor.name, now)


def _touched(session: Session, order: _Order) -> list[int]:
    """Numbers of the blocks that hold rows of the days."""
    query = (
        select(AuditBlock.no, AuditBlock.count)
        .where(AuditBlock.last_at >= order.since, AuditBlock.first_at < order.until)
        .order_by(AuditBlock.no)
    )
    found = session.execute(query).all()
    rows = sum(row[1] for row in found)
    if not found:
        raise BadInput("since", "trail.nothing_sealed")
    if rows > MOST:
        raise BadInput("until", "trail.too_many", rows=rows, most=MOST)
    return [row.no for row in found]


def _rows_of(session: Session, touched: Iterable[int]) -> dict[int, list[Row]]:
    """All rows of the blocks; raises TrailBroken for one that is not as it was."""
    found: dict[int, list[Row]] = {}
    for no in touched:
        fault = examination.rows_fault(session, no)
        if fault is not None:
            raise TrailBroken(what=fault_text(fault))
        both = {one.no: one for one in session.scalars(examination.pair(no))}
        present = examination.rows_between(session, both[no], both.get(no - 1))
        found[no] = [row for row, _ in present]
    return found


def _fitting(session: Session, order: _Order) -> set[int]:
    """The numbers of the closed rows that the filter takes."""
    asked, prefix = order.asked, region_prefix(order.area)
    query = (
        select(AuditEvent.no)
        .join(AuditPlace, AuditPlace.no == AuditEvent.no)
        .where(AuditPlace.at >= order.since, AuditPlace.at < order.until)
    )
    if prefix:
        query = query.where(AuditPlace.region_code.startswith(prefix, autoescape=True))
    if asked.actions is not None:
        query = query.where(AuditPlace.action.in_(asked.actions))
    if asked.people is not None or asked.things is not None:
        branches = search.branches(session, asked)
        if not branches:
            return set()
        query = query.where(or_(*branches))
    return set(session.scalars(query))


def _headers(session: Session) -> Iterable[dict[str, Any]]:
    """All blocks from the first to the newest: that none with rows of the days is left out."""
    for block in examination.all_blocks(session):
        if not blocks.is_ours(block):
            raise TrailBroken(what=fault_text(examination.Fault(block.no, 0, "changed")))
        yield blocks.header(block) | {"hash": block.hash}


def _is_inside(order: _Order, row: Row) -> bool:
    return blocks.iso(order.since) <= row.moment < blocks.iso(order.until)


def _manifest(session: Session, order: _Order, files: dict[str, bytes]) -> dict[str, Any]:
    last = blocks.newest(session)
    open_rows = select(func.count()).where(
        examination.is_unclosed(last), AuditEvent.at >= order.since, AuditEvent.at < order.until
    )
    return {
        "format": audit_file.FORMAT,
        "iss": issuers.portal_url(),
        "name": issuers.portal_name(),
        "exported_at": blocks.iso(order.now),
        "exported_by": order.by,
        "area": order.area,
        "area_name": region_name(order.area),
        "filter": said(order.wanted),
        "since": blocks.iso(order.since),
        "until": blocks.iso(order.until),
        "complete": order.complete,
        "reason": order.reason,
        "doc_no": order.doc_no,
        "blocks": last.no if last else 0,
        "unclosed": session.scalar(open_rows) or 0,
        "files": audit_file.digests(files),
    }


def _readme(order: _Order, shown: int) -> str:
    return t(
        "trail.readme.text",
        portal=issuers.portal_name(),
        address=issuers.portal_url(),
        doc_no=order.doc_no,
        reason=order.reason,
        by=order.by,
        area=region_name(order.area),
        filter=said(order.wanted),
        at=f"{local(order.now):%Y-%m-%d %H:%M:%S}",
        shown=shown,
    ) + t("trail.readme.complete" if order.complete else "trail.readme.partial")


def _table(session: Session, rows: list[Row]) -> Iterable[list[str]]:
    """The rows in words: who acted with the whole name where it is staff, everybody else masked."""
    names = _names(session, rows)
    yield [t(f"trail.column.{name}") for name in _COLUMNS]
    for row in rows:
        who = names.get(row.actor_account_id, "")
        subject = names.get(row.on_behalf_of, "")
        at = local(datetime.fromisoformat(row.moment))
        yield [
            str(row.no),
            f"{at:%Y-%m-%d %H:%M:%S}",
            who if row.actor_role in _STAFF else mask_name(who) if who else "",
            label("role", row.actor_role),
            label("action", row.action),
            purpose(row.action),
            mask_name(subject) if subject else "",
            row.object_type,
            row.object_id or "",
            region_name(row.region_code) if row.region_code else "",
            row.reason or "",
        ]


def _names(session: Session, rows: list[Row]) -> dict[UUID | None, str]:
    """Names by account and by person."""
    accounts = {row.actor_account_id for row in rows if row.actor_account_id}
    people = {row.on_behalf_of for row in rows if row.on_behalf_of}
    of_account = aliased(Person)
    by_account = select(Account.id, of_account.name).join(
        of_account, of_account.id == Account.person_id
    )
    found: dict[UUID | None, str] = {}
    for ids, column, query in (
        (accounts, Account.id, by_account),
        (people, Person.id, select(Person.id, Person.name)),
    ):
        listed = sorted(ids)
        for start in range(0, len(listed), 5_000):
            part = query.where(column.in_(listed[start : start + 5_000]))
            found |= {row[0]: row[1] for row in session.execute(part)}
    return found
