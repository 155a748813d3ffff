"""Classes as a helper sees them for somebody: the verdict and its sentence, nothing behind it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.db.models import Mandate, Person
from portal.domain.permissions import Actor
from portal.locale import t
from portal.locale.rules import change
from portal.services import audit, eligibility, mandates
from portal.services.catalogue import ClassDetail, ClassPage, ClassQuery, class_detail, find_classes
from portal.services.class_rows import ClassRow, row_of
from portal.services.eligibility import Badge
from portal.services.eligibility_facts import read_asking
from portal.services.times import day_of


@dataclass(frozen=True, slots=True)
class Found:
    """A page of classes for somebody, each with its verdict."""

    name: str
    page: ClassPage
    rows: tuple[tuple[UUID, ClassRow], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this person take this class: ``verdict`` as in ``eligibility``, in a word and in a
    sentence; ``help`` is what would change it. ``enrolment_id``: the person is in it already.

    ``can_ask``: refused, but an officer may decide otherwise when asked.
    """

    name: str
    item: ClassDetail
    verdict: str
    word: str
    headline: str
    help: str
    can_ask: bool
    enrolment_id: UUID | None


def find(
    session: Session, actor: Actor, *, mandate_id: UUID, query: ClassQuery, now: datetime
) -> Found:
    """Classes for somebody. Raises NotFound (mandate), BadInput naming a bad filter."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    page = find_classes(session, actor, query=query, now=now)
    ids = [UUID(item.id) for item in page.items]
    enrolled = read_asking(session, mandate.person_id, today=day_of(now)).enrolled
    pairs = [(mandate.person_id, one) for one in ids]
    judged = eligibility.decide_many(session, pairs, now=now) if pairs else []
    badges = {
        one: _badge(found.decision.verdict, free=found.decision.benefits.free is True)
        for one, found in zip(ids, judged, strict=True)
        if found is not None
    } | {one: _badge("enrolled", free=False) for one in ids if one in enrolled}
    _read(session, actor, mandate, now, None)
    return Found(
        session.get_one(Person, mandate.person_id).name,
        page,
        tuple((UUID(item.id), row_of(item, badges.get(UUID(item.id)))) for item in page.items),
    )


def preflight(
    session: Session, actor: Actor, *, mandate_id: UUID, class_id: UUID, now: datetime
) -> Verdict:
    """One class for somebody. Raises NotFound (mandate, class)."""
    mandate = mandates.in_force(session, actor, mandate_id=mandate_id, now=now)
    item = class_detail(session, actor, class_id=class_id, now=now)
    enrolled = read_asking(session, mandate.person_id, today=day_of(now)).enrolled
    mine = enrolled.get(class_id)
    judged = eligibility.decide(
        session, person_id=mandate.person_id, class_id=class_id, enrolment_id=mine, now=now
    )
    decision = judged.decision
    in_the_way = decision.first_in_the_way()
    _read(session, actor, mandate, now, class_id)
    return Verdict(
        name=session.get_one(Person, mandate.person_id).name,
        item=item,
        verdict=decision.verdict,
        word=t(f"preflight.verdict.{decision.verdict}"),
        headline=eligibility.headline(decision),
        help=change(in_the_way) if in_the_way else "",
        can_ask=decision.verdict == "not_eligible" and decision.overridable,
        enrolment_id=mine,
    )


def _badge(verdict: str, *, free: bool) -> Badge:
    return Badge(verdict, free)


def _read(
    session: Session, actor: Actor, mandate: Mandate, now: datetime, class_id: UUID | None
) -> None:
    """The verdict tells something about a person: the asking is written down."""
    audit.record(
        session,
        actor,
        "helping.preflight",
        now=now,
        object_type="training_class" if class_id else "mandate",
        object_id=class_id or mandate.id,
        on_behalf_of=mandate.person_id,
    )
