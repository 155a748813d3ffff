"""Judges the people of a roster, many at once: a constant number of queries for each batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select, text
from sqlalchemy.orm import Session

from portal.db.models import Account, Employer, Enrolment, PersonFact, TrainingClass
from portal.db.models.classes import IS_OPEN, IS_SEATED
from portal.domain.rules.facts import EmployerKind, Employment, PersonFacts
from portal.services import eligibility, eligibility_facts, rule_book
from portal.services.desk_checks import staff_among
from portal.services.eligibility_facts import KnownPerson
from portal.services.people import Known
from portal.services.rosters_scope import Owner
from portal.services.rosters_words import Shown, reason, shown
from portal.services.times import day_of

# Who signed something there before has shown it to this owner.
_RELATED_BY = ("accepted", "active", "completed", "failed", "needs_review")

# For each (person, class): whether the person has an open place in the class, and whether one
# of the seats that the person holds meets at the same time.
_CLASHES = text(
    f"""
SELECT pair.person_id, pair.class_id,
       bool_or(e.class_id = pair.class_id) AS already,
       bool_or(e.class_id <> pair.class_id AND e.{IS_SEATED} AND e.busy && c.meets) AS clash
  FROM unnest(CAST(:people AS uuid[]), CAST(:classes AS uuid[])) AS pair(person_id, class_id)
  JOIN training_class c ON c.id = pair.class_id
  JOIN person r ON r.id = pair.person_id OR r.merged_into = pair.person_id
  JOIN enrolment e ON e.person_id = r.id AND e.{IS_OPEN}
 GROUP BY pair.person_id, pair.class_id
"""  # noqa: S608 - only constants of our own
)


# For each (person, class): somebody who was entered before and said no, or let the offer run out
# twice, is entered no more; or a sheet sent again and again would keep seats for nobody.
_REFUSERS = text("""
SELECT pair.person_id, pair.class_id
  FROM unnest(CAST(:people AS uuid[]), CAST(:classes AS uuid[])) AS pair(person_id, class_id)
  JOIN person r ON r.id = pair.person_id OR r.merged_into = pair.person_id
  JOIN enrolment e ON e.person_id = r.id AND e.class_id = pair.class_id
 WHERE e.channel = 'roster' AND e.status IN ('withdrawn', 'expired')
 GROUP BY pair.person_id, pair.class_id
HAVING bool_or(e.status = 'withdrawn') OR count(DISTINCT e.id) >= 2
""")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that could be read: who is to be entered for which class.

    ``known`` is the person of the document when the name is the same; a document under another
    name is a stranger's, and judged as if nobody knew it.
    """

    birth_date: date | None
    hired_on: date | None
    class_id: UUID
    known: Known | None


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all rows of a batch are judged by."""

    owner: Owner
    employer: Employer | None
    books: Mapping[str, rule_book.RuleBook]
    classes: Mapping[UUID, Any]
    people: Mapping[UUID, KnownPerson]
    related: frozenset[UUID]
    staff: frozenset[UUID]
    refusers: frozenset[tuple[UUID, UUID]]
    clashes: Mapping[tuple[UUID, UUID], Any]
    today: date


def judge(
    session: Session, owner: Owner, candidates: Sequence[Candidate], *, now: datetime
) -> list[Shown]:
    """What the owner may see of each candidate; seats are not looked at."""
    today = day_of(now)
    classes = eligibility_facts.read_classes(session, [one.class_id for one in candidates])
    ids = [one.known.id for one in candidates if one.known]
    pairs = [(one.known.id, one.class_id) for one in candidates if one.known]
    ground = _Ground(
        owner=owner,
        employer=session.get(Employer, owner.employer_id) if owner.employer_id else None,
        books=rule_book.books_for(session, {row.region_code for row in classes.values()}, today),
        classes=classes,
        people=eligibility_facts.read_people(session, ids, today=today) if ids else {},
        related=related_people(session, owner, ids, today=today),
        staff=staff_among(session, ids),
        refusers=_refusers(session, pairs),
        clashes=_clashes(session, pairs),
        today=today,
    )
    return [_judged(ground, candidate) for candidate in candidates]


def related_people(
    session: Session, owner: Owner, ids: Sequence[UUID], *, today: date
) -> frozenset[UUID]:
    """Those of these people whom the owner has trained or sent before, with their consent, or
    whose employment there an authority has verified."""
    if not ids:
        return frozenset()
    mine = select(Enrolment.person_id).where(
        Enrolment.person_id.in_(ids),
        Enrolment.status.in_(_RELATED_BY),
        Enrolment.signed_at.is_not(None),
    )
    if owner.institution_id is not None:
        mine = mine.join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        return frozenset(
            session.scalars(mine.where(TrainingClass.institution_id == owner.institution_id))
        )
    sent = exists().where(
        Account.id == Enrolment.acting_account_id, Account.employer_id == owner.employer_id
    )
    return frozenset(session.scalars(mine.where(sent))) | _employed(session, owner, ids, today)


def _employed(session: Session, owner: Owner, ids: Sequence[UUID], today: date) -> frozenset[UUID]:
    uscc = session.get_one(Employer, owner.employer_id).uscc
    verified = select(PersonFact.person_id).where(
        PersonFact.person_id.in_(ids),
        PersonFact.kind == "employment",
        PersonFact.status == "verified",
        PersonFact.value["employer_uscc"].astext == uscc,
        or_(PersonFact.valid_to.is_(None), PersonFact.valid_to >= today),
    )
    return frozenset(session.scalars(verified))


def _clashes(session: Session, pairs: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Any]:
    if not pairs:
        return {}
    people, classes = zip(*pairs, strict=True)
    rows = session.execute(_CLASHES, {"people": list(people), "classes": list(classes)})
    return {(row.person_id, row.class_id): row for row in rows}


def _refusers(session: Session, pairs: Sequence[tuple[UUID, UUID]]) -> frozenset[tuple[UUID, UUID]]:
    if not pairs:
        return frozenset()
    people, classes = zip(*pairs, strict=True)
    rows = session.execute(_REFUSERS, {"people": list(people), "classes": list(classes)})
    return frozenset((row.person_id, row.class_id) for row in rows)


def _judged(ground: _Ground, one: Candidate) -> Shown:
    row = ground.classes[one.class_id]
    book = ground.books[row.region_code]
    told = _employment(ground, one)
    by_sheet = PersonFacts(birth_date=one.birth_date, employment=told)
    opened = eligibility.judge(book, row, by_sheet, (), ground.today).decision
    if one.known is None:
        return shown(opened, None, related=False)
    related = one.known.id in ground.related
    stands = ground.clashes.get((one.known.id, one.class_id))
    if stands is not None and (stands.already or stands.clash):
        return _occupied(ground, row, stands, related=related)
    if one.known.id in ground.staff or (one.known.id, one.class_id) in ground.refusers:
        return Shown("not_eligible", (reason("why.ask_person"),))
    known = ground.people[one.known.id]
    facts = replace(known.facts, employment=_merged(known.facts.employment, told))
    record = eligibility.judge(book, row, facts, known.history, ground.today).decision
    return shown(opened, record, related=related)


def _occupied(ground: _Ground, row: Any, stands: Any, *, related: bool) -> Shown:
    """Somebody who is in the class already, or in another at the same time."""
    # An institution has the roster of its own class before its eyes.
    if stands.already and (related or not ground.owner.is_employer):
        return Shown("not_eligible", (reason("why.already"),))
    return Shown("not_eligible", (reason("why.ask_person"),))


def _employment(ground: _Ground, one: Candidate) -> Employment | None:
    """The job as the sheet tells it: an employer's people work for it."""
    if ground.employer is None:
        return Employment(hired_on=one.hired_on) if one.hired_on else None
    return Employment(
        employer_kind=_kind(ground.employer.kind),
        hired_on=one.hired_on,
        insured=ground.employer.insured,
        level_linked_pay=ground.employer.level_linked_pay,
    )


def _merged(known: Employment | None, told: Employment | None) -> Employment | None:
    """The job on record where the sheet says no more of it than that there is one."""
    return known if told is None or (known is not None and told.hired_on is None) else told


def _kind(raw: str) -> EmployerKind:
    return raw  # type: ignore[return-value]  # a CHECK of the table
