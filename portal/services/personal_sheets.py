"""Printed check-in cards: a code on paper for one person and one class.

A card holds nothing but a signed number. Printing again gives the same code, so that a second
copy harms nobody; only whoever asks for it draws a new one, which ends the card that was lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.models import Enrolment, Institution, Person, PersonalSheet, TrainingClass
from portal.db.vault import get_vault
from portal.documents import cards
from portal.documents.cards import Card, CardsDocument
from portal.domain import person_pass
from portal.domain.errors import BadInput, NotFound
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.services import audit, passes
from portal.services.attendance_sheet import note_reading
from portal.services.teaching import ON_ROSTER, own_class
from portal.services.times import day_of

# So many cards are 30 sheets of paper; more would keep the typesetter from others for long.
MOST = 120


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody for whom a card can be printed; ``printed_at`` of the last print, or None."""

    enrolment_id: UUID
    name: str
    id_no_masked: str
    printed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choices:
    """The people of a class, by name."""

    class_id: UUID
    title: str
    people: tuple[Choice, ...]


def choices(session: Session, actor: Actor, *, class_id: UUID, now: datetime) -> Choices:
    """For whom cards can be printed in a class of the actor's institution. Raises NotFound."""
    of = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    note_reading(session, actor, "training_class", class_id, now)
    rows = session.execute(
        select(Enrolment.id, Person, PersonalSheet.printed_at)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(PersonalSheet, PersonalSheet.enrolment_id == Enrolment.id)
        .where(Enrolment.class_id == class_id, Enrolment.status.in_(ON_ROSTER))
        .order_by(Person.name_key, Enrolment.id)
    )
    return Choices(of.id, of.title, tuple(_choice(*row) for row in rows))


def print_cards(
    session: Session,
    actor: Actor,
    *,
    class_id: UUID,
    enrolment_ids: Sequence[UUID],
    renew: bool = False,
    now: datetime,
) -> CardsDocument:
    """The cards of people of one class, to be rendered by ``cards_pdf``.

    ``renew`` makes the cards printed before worthless. Every print is written down, with whose.
    Raises NotFound (class, somebody not on its roster), BadInput (none or too many chosen).
    """
    of = own_class(session, actor, Permission.RUN_SESSION, class_id=class_id)
    wanted = set(enrolment_ids)
    if not wanted:
        raise BadInput("enrolment", "sheets.none_chosen")
    if len(wanted) > MOST:
        raise BadInput("enrolment", "sheets.too_many", most=MOST)
    people = _people(session, of, wanted)
    generations = _printed(session, actor, sorted(wanted), renew=renew, now=now)
    for enrolment_id, person_id, _ in people:
        audit.record(
            session,
            actor,
            "sheets.reprint" if renew else "sheets.print",
            now=now,
            object_type="enrolment",
            object_id=enrolment_id,
            on_behalf_of=person_id,
            detail={"generation": generations[enrolment_id]},
        )
    return CardsDocument(
        class_title=of.title,
        institution_name=session.get_one(Institution, of.institution_id).name,
        cards=[_card(one, name, generations[one]) for one, _, name in people],
        printed_on=day_of(now),
    )


def cards_pdf(document: CardsDocument) -> bytes:
    """The file to print; outside the transaction, since it takes a while."""
    return cards.render_pdf(document)


def _choice(enrolment_id: UUID, person: Person, printed_at: datetime | None) -> Choice:
    number = get_vault().open("id_no", person.id_no_enc)
    return Choice(enrolment_id, person.name, mask_id_no(number), printed_at)


def _people(session: Session, of: TrainingClass, wanted: set[UUID]) -> list[tuple[UUID, UUID, str]]:
    """Enrolment, person and name of those chosen, by name; all of them stand on the roster."""
    rows = session.execute(
        select(Enrolment.id, Person.id, Person.name)
        .join(Person, Person.id == Enrolment.person_id)
        .where(
            Enrolment.id.in_(wanted),
            Enrolment.class_id == of.id,
            Enrolment.status.in_(ON_ROSTER),
        )
        .order_by(Person.name_key, Enrolment.id)
    )
    found = [(row[0], row[1], row[2]) for row in rows]
    if len(found) != len(wanted):
        raise NotFound
    return found


def _printed(
    session: Session, actor: Actor, wanted: Sequence[UUID], *, renew: bool, now: datetime
) -> dict[UUID, int]:
    """Write the prints down; answers each one's generation."""
    stamp = {"printed_at": now, "printed_by": actor.the_account()}
    statement = insert(PersonalSheet).values([{"enrolment_id": one, **stamp} for one in wanted])
    later = PersonalSheet.generation + (1 if renew else 0)
    rows = session.execute(
        statement.on_conflict_do_update(
            index_elements=["enrolment_id"], set_={**stamp, "generation": later}
        ).returning(PersonalSheet.enrolment_id, PersonalSheet.generation)
    )
    return {row[0]: row[1] for row in rows}


def _card(enrolment_id: UUID, name: str, generation: int) -> Card:
    token = person_pass.sheet_token(passes.sheet_master(), enrolment_id, generation)
    return Card(name, passes.pass_url(token), generation)
