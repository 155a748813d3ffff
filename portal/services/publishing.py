"""Publishing: policy packs and catalogue sheets in, one transaction, all of it or nothing.

Catalogues are versioned (目录清单管理, 001_8d2ab4e4a1fcfae0.txt; reference A1.1): what is
published puts the former version of its kind and region out of force, and running classes keep
the programme they were opened with.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import PurePath

from sqlalchemy.orm import Session

from portal.domain.errors import Forbidden
from portal.domain.permissions import Actor, Permission, Role
from portal.policies.reference import NATIONAL, ancestors
from portal.services import audit
from portal.services.publication import versions
from portal.services.publishing_catalogues import LAYOUTS, Catalogue, assemble, put_in_force
from portal.services.publishing_packs import PackDraft, known_packs, read_packs, write_pack
from portal.services.publishing_report import Published, PublishProblem, PublishReport, of_file
from portal.services.publishing_sheets import CatalogueSheet, read_catalogue
from portal.services.reference_data import load_reference
from portal.services.times import day_of

__all__ = [
    "OPERATOR",
    "SUFFIXES",
    "PublishProblem",
    "PublishReport",
    "Published",
    "load_reference",
    "publish",
]

# Whoever runs the command line on the server: an officer of the whole country without account.
OPERATOR = Actor(role=Role.OFFICER, region_code=NATIONAL)

PACK_FILES = (".toml",)
SHEET_FILES = (".xlsx", ".csv")
SUFFIXES = (*PACK_FILES, *SHEET_FILES)
Files = Sequence[tuple[str, bytes]]


def publish(
    session: Session, actor: Actor, *, files: Files, now: datetime, dry_run: bool = False
) -> PublishReport:
    """Check all files and put them in force; with any fault, or with ``dry_run``, write nothing.

    Packs are .toml; catalogues are .xlsx or .csv and recognised by their columns. The report
    names every fault of every file. Publishing the same content again changes nothing. Raises
    Forbidden for a region that is not the officer's.
    """
    actor.require(Permission.SUPERVISE)
    versions.lock(session)
    packs, problems = read_packs(_of(files, PACK_FILES))
    sheets, faults = _sheets(_of(files, SHEET_FILES))
    problems += _unsupported(files) + faults
    known = known_packs(session, packs) if sheets else {}
    catalogues = assemble(session, sheets, known)
    problems += [problem for one in catalogues for problem in one.problems]
    if problems:
        return PublishReport(tuple(problems), (), dry_run)
    _own_regions(actor, packs, catalogues)
    published = _write(session, actor, packs, catalogues, now=now, dry_run=dry_run)
    return PublishReport((), tuple(published), dry_run)


def _write(
    session: Session,
    actor: Actor,
    packs: dict[str, PackDraft],
    catalogues: Sequence[Catalogue],
    *,
    now: datetime,
    dry_run: bool,
) -> list[Published]:
    who, today = actor.account_id, day_of(now)
    published = [
        write_pack(session, draft, published_by=who, now=now, dry_run=dry_run)
        for draft in packs.values()
    ]
    published += [
        put_in_force(session, one, published_by=who, today=today, now=now, dry_run=dry_run)
        for one in catalogues
    ]
    if not dry_run:
        _trace(session, actor, published, now)
    return published


def _of(files: Files, suffixes: tuple[str, ...]) -> list[tuple[str, bytes]]:
    return [file for file in files if PurePath(file[0]).suffix.lower() in suffixes]


def _unsupported(files: Files) -> list[PublishProblem]:
    return [
        of_file(name, "publishing.unsupported_file")
        for name, _ in files
        if PurePath(name).suffix.lower() not in SUFFIXES
    ]


def _sheets(
    files: Iterable[tuple[str, bytes]],
) -> tuple[list[CatalogueSheet], list[PublishProblem]]:
    sheets: list[CatalogueSheet] = []
    problems: list[PublishProblem] = []
    for name, data in files:
        found, faults = read_catalogue(name, data, LAYOUTS)
        sheets += found
        problems += faults
    return sheets, problems


def _own_regions(
    actor: Actor, packs: dict[str, PackDraft], catalogues: Iterable[Catalogue]
) -> None:
    wanted = {draft.pack.document.region_code for draft in packs.values()}
    wanted |= {one.region_code for one in catalogues}
    for region_code in wanted:
        if actor.region_code not in (NATIONAL, *ancestors(region_code)):
            raise Forbidden


def _trace(session: Session, actor: Actor, published: Iterable[Published], now: datetime) -> None:
    for one in published:
        if one.outcome != "unchanged":
            audit.record(
                session,
                actor,
                "publishing.publish",
                now=now,
                object_type=one.kind,
                object_id=one.region_code,
                detail={"name": one.name, "outcome": one.outcome, "rows": one.rows},
            )
