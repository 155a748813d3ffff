"""Work about people that waits: the conditions are those of the pages where it is done."""

from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import aliased

from portal.db.models import (
    Account,
    Advancement,
    ArchiveEntry,
    ArchiveImport,
    ArchiveImportLine,
    CorrectionRequest,
    Enrolment,
    ExternalCertificate,
    IdCorrection,
    Institution,
    Person,
    PersonFact,
    PersonGroup,
    PersonMergeRequest,
    TrainingClass,
)
from portal.services import correction_queue, facts_scope, facts_terms
from portal.services.casework.queue import Ask
from portal.services.person_merge_asked import reaches
from portal.services.scope import in_area

_NOBODY: Any = literal("")


def reviews(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Enrolments that the rules leave open."""
    columns: tuple[Any, ...] = (
        Enrolment.id,
        TrainingClass.title,
        Institution.name.label("place"),
        Institution.id.label("institution_id"),
        Enrolment.review_due_on.label("due_on"),
    )
    return (
        select(*columns)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(Enrolment.status == "needs_review", in_area(ask.area))
    )


def facts(ask: Ask) -> Select[*tuple[Any, ...]]:
    """What people stated about themselves."""
    shown = [one.code for one in facts_terms.statable_groups()]
    parts = (
        _stated(ask, PersonGroup).where(PersonGroup.group_code.in_(shown)),
        _stated(ask, PersonFact),
    )
    both = union_all(*parts).subquery()
    return select(both.c.id, _NOBODY.label("title"), _NOBODY.label("place"), both.c.since)


def _stated(ask: Ask, table: Any) -> Select[*tuple[Any, ...]]:
    reported = and_(table.status == "verified", table.note.is_not(None))
    return (
        select(table.id, table.created_at.label("since"))
        .join(Person, Person.id == table.person_id)
        .where(or_(table.status == "declared", reported), facts_scope.in_reach(ask.actor))
    )


def external(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Certificates from elsewhere that nobody verified."""
    row = ExternalCertificate
    columns: tuple[Any, ...] = (
        row.id, row.title, row.issuer_name.label("place"), row.created_at.label("since"),
    )  # fmt: skip
    return (
        select(*columns)
        .join(Person, Person.id == row.person_id)
        .where(row.state == "unverified", facts_scope.in_reach(ask.actor))
    )


def advancements(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Levels that honours suggest and nobody decided about."""
    row, owner = Advancement, aliased(Person)
    columns: tuple[Any, ...] = (
        row.id, ArchiveEntry.title, ArchiveEntry.institution_name.label("place"),
        row.suggested_at.label("since"),
    )  # fmt: skip
    return (
        select(*columns)
        .join(ArchiveEntry, ArchiveEntry.id == row.entry_id)
        .join(owner, owner.id == row.person_id)
        .join(Person, Person.id == func.coalesce(owner.merged_into, owner.id))
        .where(row.state == "open", facts_scope.in_reach(ask.actor))
    )


def corrections(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Lines of archives that their owners say are wrong, where it is the authority's turn."""
    row = CorrectionRequest
    columns: tuple[Any, ...] = (
        row.id, ArchiveEntry.title, func.coalesce(Institution.name, "").label("place"), row.due_on,
        Institution.id.label("institution_id"),
    )  # fmt: skip
    return (
        select(*columns)
        .join(ArchiveEntry, ArchiveEntry.id == row.entry_id)
        .outerjoin(Institution, Institution.id == row.institution_id)
        .where(correction_queue.on_desk(ask.actor, ask.now), correction_queue.in_reach(ask.actor))
    )


def imports(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Archives of other portals that contradict ours, about which their owners asked."""
    line = ArchiveImportLine
    columns: tuple[Any, ...] = (
        line.id,
        line.content["title"].astext.label("title"),
        _NOBODY.label("place"),
        func.coalesce(ArchiveImport.decided_at, ArchiveImport.at).label("since"),
    )
    return (
        select(*columns)
        .join(ArchiveImport, ArchiveImport.id == line.import_id)
        .join(Person, Person.id == ArchiveImport.person_id)
        .where(line.state == "asked", facts_scope.in_reach(ask.actor))
    )


def identities(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Corrected document numbers that another officer must vouch for."""
    made, later = IdCorrection, aliased(IdCorrection)
    whom, own = aliased(Person), aliased(Account)
    columns: tuple[Any, ...] = (
        made.id, _NOBODY.label("title"), _NOBODY.label("place"), made.at.label("since"),
    )  # fmt: skip
    newer = tuple_(later.at, later.id) > tuple_(made.at, made.id)
    return (
        select(*columns)
        .join(whom, whom.id == made.person_id)
        .join(own, own.id == made.officer_account_id)
        .where(
            made.vouched_at.is_(None),
            whom.merged_into.is_(None),
            ~exists().where(later.person_id == made.person_id, newer),
            own.person_id.not_in(ask.actor.the_records()),
            reaches(ask.actor, made.person_id),
        )
    )


def merges(ask: Ask) -> Select[*tuple[Any, ...]]:
    """Two records that another officer says are one person."""
    row, own = PersonMergeRequest, aliased(Account)
    columns: tuple[Any, ...] = (
        row.id, _NOBODY.label("title"), _NOBODY.label("place"), row.at.label("since"),
    )  # fmt: skip
    return (
        select(*columns)
        .join(own, own.id == row.officer_account_id)
        .where(
            row.state == "open",
            row.lapses_at > ask.now,
            own.person_id.not_in(ask.actor.the_records()),
            reaches(ask.actor, row.kept_id),
            reaches(ask.actor, row.merged_id),
        )
    )
