"""Totals of archives by type of training, year and occupation.

One person in two classes is one person and two person-times (人次): nearly every target of the
policies counts the latter, talent targets the former (reference A3), so both are kept.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, TrainingClass, TrainingProgramme
from portal.locale import t
from portal.policies import reference
from portal.services import archive_chain as chain
from portal.services.archive_chain import Entry
from portal.services.archive_lines import ArchiveLine, day, detail_of

_OTHER = ""


@dataclass(frozen=True, slots=True)
class Training:
    """One training as totals count it; empty strings for what is not known."""

    person_id: UUID
    type_code: str
    occupation_code: str
    ended_on: date
    hours: int


@dataclass(frozen=True, slots=True)
class Figure:
    """Trainings of one type, year or occupation. ``people`` counts everybody once,
    ``person_times`` every training; ``hours`` are 课时."""

    key: str
    label: str
    person_times: int
    people: int
    hours: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The same trainings three times over, largest first (years: newest first)."""

    person_times: int
    people: int
    hours: int
    by_type: tuple[Figure, ...]
    by_year: tuple[Figure, ...]
    by_occupation: tuple[Figure, ...]


def totals_of(trainings: Sequence[Training]) -> Totals:
    """The totals of one person's trainings, or of many people's."""
    return Totals(
        person_times=len(trainings),
        people=len({one.person_id for one in trainings}),
        hours=sum(one.hours for one in trainings),
        by_type=_figures(trainings, lambda one: one.type_code, _type_label),
        by_year=tuple(
            sorted(
                _figures(trainings, lambda one: str(one.ended_on.year), _year_label),
                key=lambda figure: figure.key,
                reverse=True,
            )
        ),
        by_occupation=_figures(trainings, lambda one: one.occupation_code, _occupation_label),
    )


def recorded(session: Session, owner: UUID, entries: Iterable[Entry]) -> list[Training]:
    """The trainings among lines in force, all of one person: merged records count once.

    Lines say type and occupation themselves, but for the first ones: theirs stand with the class.
    """
    classes = [entry for entry in entries if detail_of(entry).get("subject") == chain.CLASS]
    silent = [one.ref_id for one in classes if "training_type" not in detail_of(one)]
    known = _of_classes(session, silent) if silent else {}
    return [_training(owner, entry, known) for entry in classes]


def running(
    owner: UUID, lines: Iterable[ArchiveLine], kinds: Mapping[str, tuple[str, str]]
) -> list[Training]:
    """The trainings that are not on record yet; ``kinds`` has type and occupation by key."""
    return [
        Training(owner, *kinds.get(line.key, (_OTHER, _OTHER)), line.ends_on, line.hours or 0)
        for line in lines
    ]


def _training(owner: UUID, entry: Entry, known: Mapping[UUID, tuple[str, str]]) -> Training:
    detail = detail_of(entry)
    if "training_type" in detail:
        codes = str(detail["training_type"] or ""), str(detail.get("occupation_code") or "")
    else:
        codes = known.get(entry.ref_id, (_OTHER, _OTHER))
    return Training(owner, *codes, day(entry, "ends_on"), entry.hours or 0)


def _of_classes(session: Session, enrolment_ids: list[UUID]) -> dict[UUID, tuple[str, str]]:
    rows = session.execute(
        select(Enrolment.id, TrainingProgramme.training_type, TrainingClass.occupation_code)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .where(Enrolment.id.in_(enrolment_ids))
    )
    return {row[0]: (row[1], row[2] or "") for row in rows}


def _figures(
    trainings: Sequence[Training],
    key_of: Callable[[Training], str],
    label_of: Callable[[str], str],
) -> tuple[Figure, ...]:
    groups: dict[str, list[Training]] = defaultdict(list)
    for one in trainings:
        groups[key_of(one)].append(one)
    made = [
        Figure(
            key=key,
            label=label_of(key),
            person_times=len(group),
            people=len({one.person_id for one in group}),
            hours=sum(one.hours for one in group),
        )
        for key, group in groups.items()
    ]
    return tuple(sorted(made, key=lambda figure: (-figure.person_times, figure.key)))


def _type_label(code: str) -> str:
    found = reference.training_type(code)
    return found.name if found else t("archive.other_type")


def _year_label(year: str) -> str:
    return t("archive.year", year=year)


def _occupation_label(code: str) -> str:
    found = reference.occupation(code) or reference.topic(code)
    return found.name if found else t("archive.other_occupation")
