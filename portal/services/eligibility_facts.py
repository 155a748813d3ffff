"""What the database knows of people and classes, as facts for the rule engine.

The SELECT lists are shared by the hot enrolment statement, which reads one person and one class
in one round trip, and by the batches, which read many in two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.db.models.classes import IS_OPEN
from portal.domain.errors import NotFound
from portal.domain.rules.facts import (
    Education,
    Employment,
    Facts,
    GroupFact,
    PastSubsidy,
    Pension,
    PersonFacts,
    TrainingFacts,
)
from portal.policies import reference

_OPEN = "status IN ('declared', 'verified')"

# A person, and the ids of all records of that person: rules look at what hangs on any of them.
PERSON_TABLE = """person p CROSS JOIN LATERAL (
        SELECT array_agg(r.id) AS ids FROM person r
         WHERE r.id = COALESCE(p.merged_into, p.id) OR r.merged_into = COALESCE(p.merged_into, p.id)
    ) records"""
# Columns about person ``p`` of PERSON_TABLE on the day ``:today``.
PERSON = f"""
    p.birth_date,
    COALESCE(p.residence_region, (SELECT r.residence_region FROM person r
      WHERE r.id = ANY(records.ids) AND r.residence_region IS NOT NULL ORDER BY r.id LIMIT 1)
    ) AS residence_region,
    (SELECT jsonb_agg(jsonb_build_array(g.group_code, g.valid_from, g.valid_to,
                                        g.status = 'verified'))
       FROM person_group g WHERE g.person_id = ANY(records.ids) AND g.{_OPEN}) AS groups,
    (SELECT jsonb_object_agg(f.kind, f.value ORDER BY f.valid_from, f.created_at)
       FROM person_fact f
      WHERE f.person_id = ANY(records.ids) AND f.{_OPEN}
        AND f.valid_from <= :today AND coalesce(f.valid_to >= :today, TRUE)) AS facts,
    (SELECT jsonb_agg(jsonb_build_array(r.bucket, r.year, r.skill_key, r.level, r.title,
                                        r.total_no IS NOT NULL, r.enrolment_id))
       FROM subsidy_reservation r
      WHERE r.person_id = ANY(records.ids) AND r.state IN ('held', 'consumed')) AS history
"""  # noqa: S608 - only constants of our own

# Columns about class ``c``; CLASS_TABLES goes behind FROM.
CLASS = """
    c.id AS class_id, c.title, c.region_code, c.starts_on, c.ends_on, c.hours,
    prog.training_type, prog.occupation_code, prog.topic_code, prog.level, prog.fee_fen,
    plan.pack_id, plan.plan_no
"""
CLASS_TABLES = """training_class c
    JOIN training_programme prog ON prog.id = c.programme_id
    JOIN training_plan plan ON plan.id = prog.plan_id"""

PACKS = "(SELECT jsonb_agg(jsonb_build_array(k.id, k.content_hash)) FROM policy_pack k)"

_PEOPLE = text(
    f"SELECT p.id AS person_id, {PERSON} FROM {PERSON_TABLE} WHERE p.id = ANY(:people)"  # noqa: S608
)
_ASKING = text(
    f"""
SELECT p.id AS person_id, {PERSON}, {PACKS} AS packs,
       (SELECT jsonb_object_agg(e.class_id, e.id) FROM enrolment e
         WHERE e.person_id = ANY(records.ids) AND e.{IS_OPEN}) AS enrolled
  FROM {PERSON_TABLE} WHERE p.id = :person
"""  # noqa: S608 - only constants of our own
)
_CLASSES = text(f"SELECT {CLASS} FROM {CLASS_TABLES} WHERE c.id = ANY(:classes)")  # noqa: S608


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person's facts and subsidies; ``held_for`` is the enrolment behind each subsidy."""

    facts: PersonFacts
    history: tuple[PastSubsidy, ...]
    held_for: tuple[UUID | None, ...]

    def history_without(self, enrolment_id: UUID | None) -> tuple[PastSubsidy, ...]:
        """All subsidies but the one that is held for this very enrolment."""
        if enrolment_id is None:
            return self.history
        pairs = zip(self.history, self.held_for, strict=True)
        return tuple(past for past, held in pairs if held != enrolment_id)


@dataclass(frozen=True, slots=True)
class Asking:
    """A person who asks: facts, the packs that stand (as ``rule_book.book_from`` wants them),
    and the open enrolments by class."""

    person: KnownPerson
    packs: Sequence[Sequence[str]]
    enrolled: Mapping[UUID, UUID]


def read_people(session: Session, ids: Sequence[UUID], *, today: date) -> dict[UUID, KnownPerson]:
    """The facts of many people, in one query."""
    rows = session.execute(_PEOPLE, {"people": list(ids), "today": today})
    return {row.person_id: known_person(row) for row in rows}


def read_asking(session: Session, person_id: UUID, *, today: date) -> Asking:
    """All that questions of one person need, in one query. Raises NotFound."""
    row = session.execute(_ASKING, {"person": person_id, "today": today}).one_or_none()
    if row is None:
        raise NotFound
    enrolled = {UUID(key): UUID(value) for key, value in (row.enrolled or {}).items()}
    return Asking(known_person(row), row.packs or [], enrolled)


def read_classes(session: Session, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The class columns of many classes, in one query; see ``training_facts``."""
    rows = session.execute(_CLASSES, {"classes": list(ids)})
    return {row.class_id: row for row in rows}


def known_person(row: Any) -> KnownPerson:
    """The person columns of a row as facts."""
    past = row.history or []
    return KnownPerson(
        facts=_person_facts(row),
        history=tuple(_past(item) for item in past),
        held_for=tuple(UUID(item[6]) if item[6] else None for item in past),
    )


def training_facts(row: Any) -> TrainingFacts:
    """The class columns of a row as facts."""
    kind = reference.training_type(row.training_type)
    occupation = reference.occupation(row.occupation_code) if row.occupation_code else None
    return TrainingFacts(
        region_code=row.region_code,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        hours=row.hours,
        training_type=row.training_type,
        bucket=kind.bucket if kind else None,
        pack_id=row.pack_id,
        plan_no=row.plan_no,
        skill_key=skill_key(row.occupation_code, row.topic_code),
        level=row.level,
        fee_fen=row.fee_fen,
        marks=("digital",) if occupation and occupation.is_digital else (),
    )


def skill_key(occupation_code: str | None, topic_code: str | None) -> str | None:
    """How trainings are compared: the occupation's family across editions, or the topic."""
    if occupation_code:
        return reference.occupation_family(occupation_code)
    return f"topic:{topic_code}" if topic_code else None


def facts_as_json(facts: Facts) -> dict[str, Any]:
    """The facts behind a decision, to be kept with it."""
    person, training = facts.person, facts.training
    return {
        "on": facts.on.isoformat(),
        "person": {
            "birth_date": _iso(person.birth_date),
            "pension": person.pension,
            "groups": [
                [group.code, _iso(group.valid_from), _iso(group.valid_to), group.verified]
                for group in person.groups
            ],
            "employment": _plain(person.employment),
            "education": _plain(person.education),
            "residence_region": person.residence_region,
            "origin": person.origin,
            "urban_dibao": person.urban_dibao,
        },
        "training": {
            "region_code": training.region_code,
            "starts_on": _iso(training.starts_on),
            "training_type": training.training_type,
            "bucket": training.bucket,
            "pack_id": training.pack_id,
            "plan_no": training.plan_no,
            "skill_key": training.skill_key,
            "level": training.level,
            "hours": training.hours,
        },
        "history": [
            [past.bucket, past.year, past.skill_key, past.level, past.title]
            for past in facts.history
        ],
    }


def _person_facts(row: Any) -> PersonFacts:
    known: Mapping[str, Any] = row.facts or {}
    origin = known.get("origin", {})
    return PersonFacts(
        birth_date=row.birth_date,
        pension=cast("Pension", known.get("pension", {}).get("draws", "unknown")),
        groups=tuple(
            GroupFact(code, date.fromisoformat(begins), _day(ends), verified)
            for code, begins, ends, verified in row.groups or []
        ),
        employment=_employment(known.get("employment")),
        education=_education(known.get("education")),
        residence_region=row.residence_region,
        origin=origin.get("origin", "unknown"),
        urban_dibao=origin.get("urban_dibao"),
    )


def _employment(value: Mapping[str, Any] | None) -> Employment | None:
    if value is None:
        return None
    return Employment(
        employer_kind=value.get("employer_kind"),
        hired_on=_day(value.get("hired_on")),
        insured=value.get("insured"),
        level_linked_pay=value.get("level_linked_pay"),
        wages_kept=value.get("wages_kept"),
    )


def _education(value: Mapping[str, Any] | None) -> Education | None:
    if value is None:
        return None
    return Education(value.get("school_kind"), _day(value.get("graduates_on")))


def _past(item: Sequence[Any]) -> PastSubsidy:
    bucket, year, skill, level, title, counts, _ = item
    return PastSubsidy(bucket, year, skill, level, title=title, counts=counts)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _plain(value: Employment | Education | None) -> dict[str, Any] | None:
    if value is None:
        return None
    names = value.__dataclass_fields__
    return {
        name: _iso(found) if isinstance(found := getattr(value, name), date) else found
        for name in names
    }
