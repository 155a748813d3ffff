"""What a new line of an archive suggests: asked once, when the line is written."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Advancement, ArchiveEntry, Certificate, ExternalCertificate, Person
from portal.domain.advancement import CREDENTIALS, Merit, Suggested, suggested
from portal.domain.permissions import Actor
from portal.policies.reference import NATIONAL, codes_of_same_occupation
from portal.services import audit, one_person
from portal.services.rule_book import RuleBook, book_for
from portal.services.times import day_of

OBJECT = "advancement"


def suggest(
    session: Session,
    actor: Actor,
    *,
    line: ArchiveEntry,
    merit: Merit,
    occupation_code: str,
    now: datetime,
) -> None:
    """Put down what the rules of the owner's region suggest for a line, if they do.

    They are those of the day on which the line is written. Nothing is suggested that the owner
    has already, or that was suggested before and not declined.
    """
    lives = session.scalar(select(Person.residence_region).where(Person.id == line.person_id))
    book = book_for(session, lives or actor.region_code or NATIONAL, day_of(now))
    found = suggested(book.rules, merit, on=book.on)
    if found is None or _is_past(session, line.person_id, occupation_code, found.level, book.on):
        return
    values = {
        "id": new_id(),
        "person_id": line.person_id,
        "entry_id": line.id,
        "occupation_code": occupation_code,
        "level": int(found.level),
        "credential": found.credential,
        **_basis(book, found),
        "state": "open",
        "suggested_at": now,
        "answer": "",
    }
    # Of two lines that are written at once, one speaks for the level.
    made = insert(Advancement).values(**values).on_conflict_do_nothing().returning(Advancement.id)
    if (made_id := session.scalar(made)) is not None:
        trace(session, actor, "suggest", session.get_one(Advancement, made_id), now)


def trace(
    session: Session,
    actor: Actor,
    act: str,
    row: Advancement,
    now: datetime,
    *,
    reason: str | None = None,
) -> None:
    """Write down what became of a suggestion, and by whom."""
    audit.record(
        session,
        actor,
        f"advancement.{act}",
        now=now,
        object_type=OBJECT,
        object_id=row.id,
        on_behalf_of=row.person_id,
        reason=reason,
        detail={"occupation": row.occupation_code, "level": row.level, "rule": row.rule_id},
    )


def _basis(book: RuleBook, found: Suggested) -> dict[str, str]:
    """Which version of which pack, so that the reason stays readable."""
    pack_hash = dict(book.versions)[found.rule.pack_id]
    return {"pack_id": found.rule.pack_id, "pack_hash": pack_hash, "rule_id": found.rule.id}


def _is_past(session: Session, person_id: UUID, code: str, level: int, today: date) -> bool:
    """Whether the owner has the level or a higher one of the trade, or it is under way."""
    ids, codes = one_person.ids_of(session, person_id), codes_of_same_occupation(code)
    own, elsewhere, asked = Certificate, ExternalCertificate, Advancement
    held: list[Any] = [
        (own, own.kind.in_(CREDENTIALS), own.status == "issued"),
        (elsewhere, elsewhere.kind.in_(CREDENTIALS), elsewhere.state == "verified"),
    ]
    past = [
        exists().where(
            table.person_id.in_(ids),
            table.occupation_code.in_(codes),
            table.level >= level,
            or_(table.expires_on.is_(None), table.expires_on >= today),
            *counts,
        )
        for table, *counts in held
    ]
    past.append(
        exists().where(
            asked.person_id.in_(ids),
            asked.occupation_code.in_(codes),
            asked.level >= level,
            asked.state != "declined",
        )
    )
    return bool(session.scalar(select(or_(*past))))
