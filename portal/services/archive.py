"""A person's lifelong training archive, as its owner reads it and takes it away.

How lines are written and kept honest stands in ``archive_chain``, how they read in
``archive_lines``, what is printed in ``archive_prints``.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.db.models import (
    AttendanceRecord,
    Certificate,
    Enrolment,
    Institution,
    Person,
    TrainingClass,
    TrainingProgramme,
)
from portal.db.vault import get_vault
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import archive_totals, one_person
from portal.services.archive_chain import (
    CLASS,
    Entry,
    append,
    entries_of_all,
    heads_of,
    in_force,
    is_whole,
    plain_entry,
    plain_value,
    verify_chain,
)
from portal.services.archive_lines import ArchiveLine, lines_of, subject_label
from portal.services.archive_totals import Totals
from portal.services.times import day_of
from portal.services.verification import LIVE

__all__ = [
    "ArchiveLine",
    "ArchiveView",
    "append",
    "archive_json",
    "my_archive",
    "verify_chain",
]


@dataclass(frozen=True)
class ArchiveView:
    """The archive of one person. The totals are those of the lines; ``intact`` of their chains.

    ``trainings`` counts person-times (人次). ``heads`` are the hashes of the last lines, one a
    chain: a person whose records were merged has several; ``head`` is the first of them, empty
    where nothing is on record.
    """

    holder_name: str
    trainings: int
    hours: int
    certificates: int
    intact: bool
    head: str
    lines: tuple[ArchiveLine, ...]
    totals: Totals
    heads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loaded:
    """The chains of one person: all records, each verified by itself."""

    ids: tuple[UUID, ...]
    chains: tuple[tuple[Entry, ...], ...]
    intact: bool

    @property
    def entries(self) -> list[Entry]:
        """All lines, chain by chain."""
        return [entry for chain in self.chains for entry in chain]

    @property
    def heads(self) -> tuple[str, ...]:
        """The hash of the last line of each chain."""
        return tuple(chain[-1].hash for chain in self.chains if chain)


def load(session: Session, person_id: UUID) -> Loaded:
    """Every chain of a person, merged records included."""
    ids = one_person.ids_of(session, person_id)
    heads = heads_of(session, ids)
    by_record: dict[UUID, list[Entry]] = {one: [] for one in ids}
    for entry in entries_of_all(session, ids):
        by_record[entry.person_id].append(entry)
    intact = all(is_whole(one, heads.get(one), lines) for one, lines in by_record.items())
    return Loaded(ids, tuple(tuple(entries) for entries in by_record.values()), intact)


def my_archive(session: Session, actor: Actor, *, now: datetime) -> ArchiveView:
    """The actor's own archive, newest first: running classes, then what is on record."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    return view_of(session, actor.the_person(), now=now)[0]


def view_of(session: Session, person_id: UUID, *, now: datetime) -> tuple[ArchiveView, Loaded]:
    """A person's archive and the chains it rests on. For services that have checked who may."""
    loaded = load(session, person_id)
    recorded = lines_of(loaded.entries)
    running, kinds = _running(session, loaded.ids, now)
    lines = recorded + running
    lines.sort(key=lambda line: (line.ends_on, line.is_certificate, line.key), reverse=True)
    lines.sort(key=lambda line: line.status not in ("running", "awaiting"))
    trainings = archive_totals.recorded(session, person_id, in_force(loaded.entries))
    trainings += archive_totals.running(person_id, running, kinds)
    totals = archive_totals.totals_of(trainings)
    view = ArchiveView(
        holder_name=session.scalars(select(Person.name).where(Person.id == person_id)).one(),
        trainings=totals.person_times,
        hours=totals.hours,
        certificates=sum(line.is_certificate and line.status == "valid" for line in lines),
        intact=loaded.intact,
        head=loaded.heads[0] if loaded.heads else "",
        lines=tuple(lines),
        totals=totals,
        heads=loaded.heads,
    )
    return view, loaded


def archive_json(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """The actor's whole archive as plain data, superseded lines, hashes and credentials too."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    view, loaded = view_of(session, actor.the_person(), now=now)
    person = session.get_one(Person, actor.the_person())
    certificates = session.scalars(
        select(Certificate)
        .where(Certificate.person_id.in_(loaded.ids), Certificate.status.in_(LIVE))
        .order_by(Certificate.id)
    )
    return {
        "format": "training-archive/1",
        "generated_at": plain_value(now),
        "how_to_check": t("archive.how_to_check"),
        "holder": {"name": person.name, "id_no": masked_id_no(person)},
        "totals": {
            "trainings": view.trainings,
            "hours": view.hours,
            "certificates": view.certificates,
            **{name: _figures(getattr(view.totals, name)) for name in _TOTALS},
        },
        "intact": view.intact,
        "lines": [_plain(asdict(line)) for line in view.lines],
        "heads": list(view.heads),
        "chain": [plain_entry(entry) | {"hash": entry.hash} for entry in loaded.entries],
        "certificates": [
            {"number": made.number, "status": made.status, "credential": made.signature}
            for made in certificates
        ],
    }


_TOTALS = ("by_type", "by_year", "by_occupation")


def _figures(figures: tuple[archive_totals.Figure, ...]) -> list[dict[str, Any]]:
    """Of one person's archive how many people were counted says nothing."""
    return [
        {"key": one.key, "label": one.label, "trainings": one.person_times, "hours": one.hours}
        for one in figures
    ]


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _:
            return plain_value(value)


def masked_id_no(person: Person) -> str:
    """The document number as it may be printed."""
    return mask_id_no(get_vault().open("id_no", person.id_no_enc))


def _of_the_running() -> Any:
    credited = (
        select(func.coalesce(func.sum(AttendanceRecord.credited_hours), 0))
        .where(AttendanceRecord.enrolment_id == Enrolment.id)
        .scalar_subquery()
    )
    return (
        select(
            Enrolment.id, TrainingClass, Institution.name, credited, TrainingProgramme.training_type
        )
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(
            Enrolment.person_id.in_(bindparam("person_ids", expanding=True)),
            Enrolment.status.in_(("accepted", "active")),
            TrainingClass.starts_on <= bindparam("today"),
        )
    )


# Put together once: that costs more than its answer.
_RUNNING = _of_the_running()


def _running(
    session: Session, person_ids: tuple[UUID, ...], now: datetime
) -> tuple[list[ArchiveLine], dict[str, tuple[str, str]]]:
    """Live enrolments whose class has begun, with the hours credited so far; and the type and
    occupation of each."""
    today = day_of(now)
    rows = session.execute(_RUNNING, {"person_ids": person_ids, "today": today}).all()
    lines = [_running_line(key, made, name, hours, today) for key, made, name, hours, _ in rows]
    return lines, {str(row[0]): (row[4], row[1].occupation_code or "") for row in rows}


def _running_line(
    enrolment_id: UUID, made: TrainingClass, institution: str, credited: int, today: date
) -> ArchiveLine:
    status = "running" if made.ends_on >= today else "awaiting"
    return ArchiveLine(
        key=str(enrolment_id),
        subject=CLASS,
        subject_label=subject_label(CLASS),
        is_certificate=False,
        status=status,
        status_label=t(f"archive.status.{status}"),
        title=made.title,
        institution_name=institution,
        hours=credited,
        hours_planned=made.hours,
        starts_on=made.starts_on,
        ends_on=made.ends_on,
        certificate_number=None,
    )
