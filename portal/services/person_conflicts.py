"""What two records have, side by side, and what both have at once: read before they are merged.

None of it forbids a merge. The officer must have seen it, because it tells whether the two are one
person at all, and what has to be put right afterwards.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from portal.db.models import (
    Account,
    ArchiveEntry,
    Certificate,
    Enrolment,
    Person,
    SocialCardBinding,
    SubsidyReservation,
    TrainingClass,
)
from portal.db.vault import get_vault
from portal.domain.masking import mask_name, mask_phone
from portal.locale import t
from portal.locale.rules import bucket_name
from portal.services import person_finding
from portal.services.credentials import level_name
from portal.services.person_finding import FoundPerson
from portal.services.times import day_of

_TAKEN = ("held", "consumed")
_CERTIFIED = ("issued", "revoked")
# Seats that were had, or are: whoever sat in both at the same time is two people.
_PRESENT = ("needs_review", "accepted", "active", "completed", "failed")
# Of each kind, so that the page can be read; the rest is counted.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, identifiers masked, with how much hangs on it."""

    person: FoundPerson
    name_masked: str
    phone_masked: str
    known_since: date
    has_account: bool
    enrolments: int
    certificates: int
    lines: int
    subsidies: int
    cards: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that one person cannot have, or should not have twice. ``text`` is a sentence."""

    kind: str
    text: str


def side_of(session: Session, person: Person) -> Side:
    """What hangs on one record."""

    def count(column: Any, *conditions: Any) -> int:
        query = select(func.count()).where(column == person.id, *conditions)
        return session.scalar(query) or 0

    phone = get_vault().open("phone", person.phone_enc) if person.phone_enc else ""
    return Side(
        person=person_finding.shown(person),
        name_masked=mask_name(person.name),
        phone_masked=mask_phone(phone) if phone else "",
        known_since=day_of(person.created_at),
        has_account=count(Account.person_id) > 0,
        enrolments=count(Enrolment.person_id),
        certificates=count(Certificate.person_id, Certificate.status.in_(_CERTIFIED)),
        lines=count(ArchiveEntry.person_id),
        subsidies=count(SubsidyReservation.person_id, SubsidyReservation.state.in_(_TAKEN)),
        cards=count(SocialCardBinding.person_id, SocialCardBinding.status == "bound"),
    )


def between(session: Session, one: Person, other: Person) -> tuple[Conflict, ...]:
    """Everything that both have at once, the gravest first."""
    looks: tuple[Callable[[Session, UUID, UUID], Iterable[Conflict]], ...] = (
        _same_times,
        _same_classes,
        _same_buckets,
        _same_certificates,
        _both_cards,
    )
    found = list(_differences(one, other))
    for look in looks:
        found += look(session, one.id, other.id)
    return tuple(found)


def _differences(one: Person, other: Person) -> Iterable[Conflict]:
    if one.name_key != other.name_key:
        yield Conflict("name", t("persons.conflict.name"))
    if one.birth_date and other.birth_date and one.birth_date != other.birth_date:
        yield Conflict("birth", t("persons.conflict.birth"))
    if one.sex_code and other.sex_code and one.sex_code != other.sex_code:
        yield Conflict("sex", t("persons.conflict.sex"))


def _pairs(one: UUID, other: UUID) -> Any:
    """Enrolments of the one beside those of the other: mine, theirs."""
    mine, theirs = aliased(Enrolment), aliased(Enrolment)
    return mine, theirs, (mine.person_id == one, theirs.person_id == other)


def _same_times(session: Session, one: UUID, other: UUID) -> Iterable[Conflict]:
    mine, theirs, of_them = _pairs(one, other)
    left, right = aliased(TrainingClass), aliased(TrainingClass)
    query = (
        select(left.title, right.title)
        .select_from(mine)
        .join(theirs, theirs.person_id == other)
        .join(left, left.id == mine.class_id)
        .join(right, right.id == theirs.class_id)
        .where(
            *of_them,
            mine.class_id != theirs.class_id,
            mine.status.in_(_PRESENT),
            theirs.status.in_(_PRESENT),
            left.meets.op("&&")(right.meets),
        )
        .order_by(mine.id, theirs.id)
    )
    rows = session.execute(query).all()
    return _told("time", (t("persons.conflict.time", one=row[0], other=row[1]) for row in rows))


def _same_classes(session: Session, one: UUID, other: UUID) -> Iterable[Conflict]:
    mine, theirs, of_them = _pairs(one, other)
    query = (
        select(TrainingClass.title)
        .join(mine, mine.class_id == TrainingClass.id)
        .join(theirs, theirs.class_id == TrainingClass.id)
        .where(*of_them)
        .distinct()
        .order_by(TrainingClass.title)
    )
    return _told("class", (t("persons.conflict.class", title=x) for x in session.scalars(query)))


def _same_buckets(session: Session, one: UUID, other: UUID) -> Iterable[Conflict]:
    mine, theirs = aliased(SubsidyReservation), aliased(SubsidyReservation)
    query = (
        select(mine.year, mine.bucket)
        .join(theirs, (theirs.year == mine.year) & (theirs.bucket == mine.bucket))
        .where(
            mine.person_id == one,
            theirs.person_id == other,
            mine.state.in_(_TAKEN),
            theirs.state.in_(_TAKEN),
        )
        .distinct()
        .order_by(mine.year, mine.bucket)
    )
    rows = session.execute(query).all()
    told = (t("persons.conflict.subsidy", year=y, bucket=bucket_name(b)) for y, b in rows)
    return _told("subsidy", told)


def _same_certificates(session: Session, one: UUID, other: UUID) -> Iterable[Conflict]:
    mine, theirs = aliased(Certificate), aliased(Certificate)
    query = (
        select(mine.title, mine.level)
        .join(
            theirs,
            (theirs.occupation_code == mine.occupation_code)
            & theirs.level.is_not_distinct_from(mine.level)
            & (theirs.kind == mine.kind),
        )
        .where(
            mine.person_id == one,
            theirs.person_id == other,
            mine.status == "issued",
            theirs.status == "issued",
        )
        .distinct()
        .order_by(mine.title, mine.level)
    )
    rows = session.execute(query).all()
    told = (
        t("persons.conflict.certificate", title=title, level=level_name(level) or "")
        for title, level in rows
    )
    return _told("certificate", told)


def _both_cards(session: Session, one: UUID, other: UUID) -> Iterable[Conflict]:
    query = select(func.count(func.distinct(SocialCardBinding.person_id))).where(
        SocialCardBinding.person_id.in_((one, other)), SocialCardBinding.status == "bound"
    )
    if session.scalar(query) == 2:
        yield Conflict("card", t("persons.conflict.card"))


def _told(kind: str, texts: Iterable[str]) -> Iterable[Conflict]:
    """The first few in sentences, and how many more there are."""
    listed = list(texts)
    yield from (Conflict(kind, text) for text in listed[:_SHOWN])
    if len(listed) > _SHOWN:
        yield Conflict(kind, t("persons.conflict.more", more=len(listed) - _SHOWN))
