"""What a person has that can be shown: certificates, class lines, totals; and it as claims."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Certificate, Person
from portal.documents import status_list
from portal.documents.sd_jwt import Path
from portal.domain.errors import NotFound
from portal.domain.masking import mask_name
from portal.services import archive_chain, credentials, status_lists
from portal.services.archive_chain import Entry
from portal.services.one_person import ids_of
from portal.services.share_fields import FIELDS, Choice
from portal.services.verification import LIVE

_LEARNED = (archive_chain.CLASS, archive_chain.CARRIED)


@dataclass(frozen=True, slots=True)
class Records:
    """A person and what is on record for them, newest first; ``classes`` are over."""

    person: Person
    certificates: tuple[Certificate, ...]
    classes: tuple[Entry, ...]

    def chosen(self, choice: Choice) -> "Records":
        """What was chosen of it, in the order chosen; raises NotFound for what is not theirs."""
        certificates = {one.id: one for one in self.certificates}
        classes = {one.id: one for one in self.classes}
        try:
            return Records(
                self.person,
                tuple(certificates[one] for one in choice.certificates),
                tuple(classes[one] for one in choice.classes),
            )
        except KeyError:
            raise NotFound from None


def records_of(session: Session, person_id: UUID) -> Records:
    """Everything of a person that can be shown."""
    people = ids_of(session, person_id)
    certificates = session.scalars(
        select(Certificate)
        .where(Certificate.person_id.in_(people), Certificate.status.in_(LIVE))
        .order_by(Certificate.issued_on.desc(), Certificate.id.desc())
    )
    entries = [one for person in people for one in archive_chain.entries_of(session, person)]
    classes = [one for one in archive_chain.in_force(entries) if one.subject in _LEARNED]
    classes.sort(key=lambda one: (one.occurred_on, one.id), reverse=True)
    return Records(session.get_one(Person, people[0]), tuple(certificates), tuple(classes))


def claims_of(chosen: Records, everything: Records, *, today: date) -> dict[str, Any]:
    """All that could be told of the chosen records; which of it is told, the fields decide."""
    person = chosen.person
    claims: dict[str, Any] = {
        "holder": _known(
            name=person.name,
            nameMasked=mask_name(person.name),
            birthYear=person.birth_date.year if person.birth_date else None,
        ),
        "totals": {
            "trainings": len(everything.classes),
            "hours": sum(one.hours or 0 for one in everything.classes),
            "certificates": sum(_in_force(one, today) for one in everything.certificates),
        },
    }
    if chosen.certificates:
        claims["certificates"] = [_certificate(one) for one in chosen.certificates]
    if chosen.classes:
        claims["classes"] = [_class(one) for one in chosen.classes]
    return claims


def paths(claims: dict[str, Any]) -> Iterator[tuple[str, Path]]:
    """Every field of the claims: what a choice calls it, and where it stands."""
    for part, names in FIELDS.items():
        value = claims.get(part, {})
        for place, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
            way: Path = (part,) if place is None else (part, place)
            yield from ((f"{part}.{name}", (*way, name)) for name in names if name in one)


def _in_force(one: Certificate, today: date) -> bool:
    return one.status == "issued" and (one.expires_on is None or one.expires_on >= today)


def _certificate(one: Certificate) -> dict[str, Any]:
    occupation = _known(name=one.occupation_name, code=one.occupation_code, edition=one.edition)
    values = _known(
        title=one.title,
        kind=one.kind,
        occupation=occupation or None,
        level=credentials.level_name(one.level),
        hours=one.hours_credited,
        dates=_days(
            issued=one.issued_on, begin=one.starts_on, end=one.ends_on, expires=one.expires_on
        ),
        institution=one.institution_name,
        number=one.number,
    )
    if one.status_list_no is not None and one.status_index is not None:
        # Always told, so that a revocation is found without us. It leads to a bit, not to a name.
        url = status_lists.list_url(one.status_list_no)
        values["credentialStatus"] = status_list.entry(url, one.status_index)
    return values


def _class(one: Entry) -> dict[str, Any]:
    detail = one.detail
    return _known(
        title=one.title,
        hours=one.hours,
        dates=_known(begin=detail.get("starts_on"), end=detail.get("ends_on"))
        or _days(end=one.occurred_on),
        institution=one.institution_name,
        result=detail.get("status"),
    )


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _days(**days: date | None) -> dict[str, str]:
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def superseded(session: Session, person_id: UUID, entry_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these class lines were put right since they were shown."""
    if not entry_ids:
        return frozenset()
    standing = {one.id for one in records_of(session, person_id).classes}
    return frozenset(one for one in entry_ids if one not in standing)
