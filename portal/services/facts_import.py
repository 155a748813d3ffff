"""Importing a list of the members of a group, as an authority keeps it (aided families, veterans).

All of it or nothing: with one bad line nothing is written, and every fault is named with sheet,
row and column, as when catalogues are published. Who is on the list and not registered gets a
row without an account, which waits for its owner (``people``). Who was on an earlier list and is
not on this one keeps the group: a list that is too short must not take anything from anybody.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import FactImport
from portal.documents.sheets import SheetProblem
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.reference import GroupTerm
from portal.policies.regions import NATIONAL, region_name
from portal.services import audit, facts_import_rows, facts_scope, facts_sheet, facts_terms, people
from portal.services.facts_import_rows import Counts, Member, Progress
from portal.services.facts_sheet import ID_NO, NAME, GroupList, Line
from portal.services.people import Known
from portal.services.publishing_report import PublishProblem, of_sheet
from portal.services.scope import region_prefix
from portal.services.times import day_of

__all__ = ["ImportForm", "ImportReport", "import_form", "import_group"]

# One import at a time: two lists of the same people would wait for each other's rows.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('portal.facts_import'))")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came, or would come, of a list; with any of ``problems`` nothing was written.

    ``left_out`` are lines that are right but not for this list: too young, living elsewhere.
    ``missing`` counts who was on an earlier list of the same group and region and is not on this
    one; they were not touched.
    """

    group_name: str
    region_name: str
    rows: int
    problems: tuple[PublishProblem, ...] = ()
    left_out: tuple[PublishProblem, ...] = ()
    new_people: int = 0
    added: int = 0
    verified: int = 0
    renewed: int = 0
    unchanged: int = 0
    missing: int = 0
    dry_run: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the list."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class ImportForm:
    """What the form of an import offers: the groups, and the region for which it speaks."""

    region_name: str
    groups: tuple[GroupTerm, ...]


@dataclass(slots=True)
class _Judged:
    """What the portal knows about the lines."""

    members: list[Member] = field(default_factory=list)
    faults: list[SheetProblem] = field(default_factory=list)
    left_out: list[SheetProblem] = field(default_factory=list)


def import_form(session: Session, actor: Actor, *, now: datetime) -> ImportForm:
    """The form, for officers; the groups in the order of the people's own page."""
    actor.require(Permission.VERIFY_FACTS)
    codes = [code for _, section in facts_terms.SECTIONS for code in section]
    groups = tuple(facts_terms.statable(code) for code in codes)
    return ImportForm(_region_name(facts_scope.the_region(actor)), groups)


def import_group(
    session: Session,
    actor: Actor,
    *,
    group_code: str,
    file_name: str,
    content: bytes,
    valid_from: date | None = None,
    now: datetime,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Verify everybody on a list as a member of a group.

    ``file_name`` tells .csv from .xlsx; ``valid_from`` is the first day for lines that name
    none. ``progress`` is told how many of how many lines are done. Raises BadInput for what is
    no group to import.
    """
    actor.require(Permission.VERIFY_FACTS)
    term, area = facts_terms.statable(group_code), facts_scope.the_region(actor)
    found = facts_sheet.read_list(file_name, content, valid_from=valid_from, today=day_of(now))
    session.execute(_LOCK)
    judged = _judge(session, actor, area, found)
    faults, left_out = found.faults + judged.faults, found.young + judged.left_out
    report = ImportReport(
        group_name=term.name,
        region_name=_region_name(area),
        rows=found.rows,
        problems=tuple(of_sheet(file_name, one) for one in faults),
        left_out=tuple(of_sheet(file_name, one) for one in left_out),
        dry_run=dry_run,
    )
    if faults:
        return report
    made = FactImport(
        id=new_id(),
        group_code=term.code,
        region_code=area,
        content_hash=hashlib.sha256(content).hexdigest(),
        row_count=len(judged.members),
        account_id=actor.account_id,
        at=now,
    )
    counts = facts_import_rows.write(
        session, actor, made, judged.members, now=now, dry_run=dry_run, progress=progress
    )
    if not dry_run:
        _trace(session, actor, made, counts, now)
    return _counted(report, counts)


def _judge(session: Session, actor: Actor, area: str, found: GroupList) -> _Judged:
    """Which lines are members to import, which cannot be, which are not for this list."""
    judged = _Judged()
    known = people.known_people(session, [line.identity.hash for line in found.lines])
    for line in found.lines:
        person = known.get(line.identity.hash)
        if person is not None and not person.is_called(line.identity.name):
            who = mask_name(person.name)
            judged.faults.append(_place(line, NAME, "fault.name_differs", name=who))
        elif person is not None and person.id == actor.person_id:
            judged.left_out.append(_place(line, NAME, "left_out.own"))
        elif person is not None and not _lives_in(person, area):
            judged.left_out.append(_place(line, ID_NO, "left_out.elsewhere"))
        else:
            judged.members.append(
                Member(line.identity, person, line.since, line.until, line.document_ref)
            )
    return judged


def _region_name(area: str) -> str:
    return t("admin.whole_country") if area == NATIONAL else region_name(area)


def _lives_in(person: Known, area: str) -> bool:
    """Whether an officer's list may speak of the person: who never said where is no stranger."""
    lives = person.residence_region
    return lives is None or lives.startswith(region_prefix(area))


def _place(line: Line, column: str, reason: str, **params: object) -> SheetProblem:
    key = f"facts_import.{reason}"
    return line.reader.table.problem(line.reader.row.row_no, column, key, **params)


def _counted(report: ImportReport, counts: Counts) -> ImportReport:
    return replace(
        report,
        new_people=counts.new_people,
        added=counts.added,
        verified=counts.verified,
        renewed=counts.renewed,
        unchanged=counts.unchanged,
        missing=counts.missing,
    )


def _trace(session: Session, actor: Actor, made: FactImport, counts: Counts, now: datetime) -> None:
    audit.record(
        session,
        actor,
        "facts.import",
        now=now,
        object_type="fact_import",
        object_id=made.id,
        detail={
            "group": made.group_code,
            "rows": made.row_count,
            "new_people": counts.new_people,
            "changed": counts.added + counts.verified + counts.renewed,
        },
    )
