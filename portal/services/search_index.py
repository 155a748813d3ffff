"""The search index: what stands in it for a class and for an institution.

A class has one row in ``class_search_entry`` while it takes enrolments; its terms are the
words of ``domain.search_text`` and, with a prefix that no word can have, its facets:
``r:`` region of each level, ``o:`` occupation or topic, ``l:`` level, ``g:`` group,
``i:`` institution, ``w:`` the week in which it starts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, Select, Table, Text, bindparam, delete, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.orm import Session

from portal.db.models import (
    CatalogueEntry,
    ClassSearchEntry,
    Institution,
    TrainingClass,
    TrainingProgramme,
)
from portal.domain.search_text import search_terms
from portal.policies import reference

_BATCH = 500
# A Monday, so that weeks are counted as people here count them.
_FIRST_MONDAY = date(1970, 1, 5)


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What a class can be found by. ``subject_code`` is an occupation's or a topic's code."""

    title: str
    region_code: str
    subject_code: str
    level: int | None
    group_codes: tuple[str, ...]
    institution_id: UUID
    institution_name: str
    starts_on: date


def week_of(day: date) -> int:
    """The number of the week (Monday to Sunday) of a day, counted from 1970."""
    return (day - _FIRST_MONDAY).days // 7


def terms_for_class(facts: ClassFacts) -> list[str]:
    """The words and facets of a class."""
    words = search_terms(
        [
            facts.title,
            *subject_words(facts.subject_code),
            facts.institution_name,
            *reference.region_path(facts.region_code),
        ]
    )
    return [*words, *facets_for_class(facts)]


def facets_for_class(facts: ClassFacts) -> list[str]:
    """The facets alone; each filter of the list asks for one of them."""
    facets = [f"r:{code}" for code in reference.ancestors(facts.region_code)]
    facets += [f"o:{facts.subject_code}", f"i:{facts.institution_id}"]
    facets += [f"g:{code}" for code in facts.group_codes]
    facets.append(f"w:{week_of(facts.starts_on)}")
    if facts.level is not None:
        facets.append(f"l:{facts.level}")
    return facets


def subject_words(code: str) -> tuple[str, ...]:
    """Name and everyday names of an occupation or topic."""
    found = reference.occupation(code) or reference.topic(code)
    return (found.name, *found.keywords) if found else ()


def terms_for_institution(
    *, name: str, kind: str, region_code: str, scope: Iterable[str]
) -> list[str]:
    """The words and facets of an institution (``k:`` is its kind)."""
    words = search_terms([name, *scope, *reference.region_path(region_code)])
    regions = [f"r:{code}" for code in reference.ancestors(region_code)]
    return [*words, *regions, f"k:{kind}"]


def insert_many(model: type[CatalogueEntry] | type[Institution]) -> Insert:
    """Insert rows by the thousand, each with its terms as ``terms``, see ``joined``: an array of
    hundreds of words would cost more than everything else of such a row."""
    terms = func.string_to_array(bindparam("terms"), " ", type_=ARRAY(Text))
    return insert(cast(Table, model.__table__)).values(search_terms=terms)


def joined(terms: Iterable[str]) -> str:
    """Terms as one text; none has a space."""
    return " ".join(terms)


def reindex_class(session: Session, class_id: UUID) -> None:
    """Bring the entry of a class up to date; call it after every change but a seat's."""
    row = session.execute(_classes().where(TrainingClass.id == class_id)).one_or_none()
    if row is None or not _is_public(row):
        session.execute(delete(ClassSearchEntry).where(ClassSearchEntry.class_id == class_id))
    else:
        _write(session, [row])


def reindex_institution(session: Session, institution_id: UUID) -> None:
    """Bring an institution's own terms and the entries of its classes up to date."""
    reindex_institutions(session, [institution_id])


def reindex_institutions(session: Session, ids: Sequence[UUID]) -> None:
    """The same for many at once: a catalogue lists thousands."""
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        for row in session.scalars(select(Institution).where(Institution.id.in_(some))):
            row.search_terms = terms_for_institution(
                name=row.name, kind=row.kind, region_code=row.region_code, scope=row.scope
            )
        session.flush()
        of_them = _classes().where(
            TrainingClass.institution_id.in_(some), TrainingClass.status == "enrolling"
        )
        _write(session, [row for row in session.execute(of_them) if _is_public(row)])


def reindex_all(
    session: Session, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Build every entry anew; returns how many. ``on_progress`` hears (done, total)."""
    for institution_id in session.scalars(select(Institution.id)).all():
        reindex_institution(session, institution_id)
    gone = ~exists().where(
        TrainingClass.id == ClassSearchEntry.class_id, TrainingClass.status == "enrolling"
    )
    session.execute(delete(ClassSearchEntry).where(gone))
    open_now = TrainingClass.status == "enrolling"
    total = session.scalar(select(func.count()).where(open_now)) or 0
    done, written, last = 0, 0, None
    while True:
        batch = _classes().where(open_now).order_by(TrainingClass.id).limit(_BATCH)
        rows = session.execute(batch.where(TrainingClass.id > last) if last else batch).all()
        if not rows:
            return written
        wanted = [row for row in rows if _is_public(row)]
        _write(session, wanted)
        done, written, last = done + len(rows), written + len(wanted), rows[-1].id
        on_progress(done, total)


def prune(session: Session, now: datetime) -> int:
    """Drop the entries of classes whose enrolment is over; returns how many.

    Searches do not need it: they look at the time themselves. It keeps the index small.
    """
    over = delete(ClassSearchEntry).where(ClassSearchEntry.enrol_until <= now)
    return len(session.scalars(over.returning(ClassSearchEntry.class_id)).all())


def _classes() -> Select[*tuple[Any, ...]]:
    return (
        select(
            TrainingClass.id,
            TrainingClass.title,
            TrainingClass.region_code,
            TrainingClass.level,
            TrainingClass.group_codes,
            TrainingClass.institution_id,
            TrainingClass.starts_on,
            TrainingClass.enrol_until,
            TrainingClass.status,
            func.coalesce(
                TrainingClass.occupation_code,
                TrainingProgramme.occupation_code,
                TrainingProgramme.topic_code,
            ).label("subject_code"),
            Institution.name.label("institution_name"),
        )
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
    )


def _is_public(row: Row[*tuple[Any, ...]]) -> bool:
    return row.status == "enrolling" and not is_closed_channel(row.group_codes)


def is_closed_channel(group_codes: Iterable[str]) -> bool:
    """Whether a class is for a group with a channel of its own (reference A3, ``JUSTICE``).

    Such a class is arranged by its authority and never shown in public.
    """
    found = (reference.group(code) for code in group_codes)
    return any(group is not None and group.sensitive == "very" for group in found)


def _write(session: Session, rows: Iterable[Row[*tuple[Any, ...]]]) -> None:
    values = [
        {
            "class_id": row.id,
            "starts_on": row.starts_on,
            "enrol_until": row.enrol_until,
            "terms": terms_for_class(_facts(row)),
        }
        for row in rows
    ]
    if not values:
        return
    statement = insert(ClassSearchEntry)
    columns = {name: statement.excluded[name] for name in ("starts_on", "enrol_until", "terms")}
    session.execute(
        statement.on_conflict_do_update(index_elements=["class_id"], set_=columns), values
    )


def _facts(row: Row[*tuple[Any, ...]]) -> ClassFacts:
    return ClassFacts(
        title=row.title,
        region_code=row.region_code,
        subject_code=row.subject_code,
        level=row.level,
        group_codes=tuple(row.group_codes),
        institution_id=row.institution_id,
        institution_name=row.institution_name,
        starts_on=row.starts_on,
    )
