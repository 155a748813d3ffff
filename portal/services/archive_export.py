"""The own archive as a file that another portal takes: signed, and without any identifier.

It holds what this portal knows first-hand. What was itself brought along from elsewhere is left
out: its origin vouches for it, and its owner exports it there.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import (
    Certificate,
    Enrolment,
    Institution,
    Person,
    TrainingClass,
    TrainingProgramme,
)
from portal.db.vault import get_vault
from portal.documents.signature import canonical
from portal.domain import carry
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Permission
from portal.services import archive_chain, audit, issuers
from portal.services.archive_chain import Entry
from portal.services.one_person import ids_of

_SALT_BYTES = 16
_OVER = ("completed", "failed")


def export(session: Session, actor: Actor, *, now: datetime) -> dict[str, Any]:
    """The actor's archive for another portal: every training on record and every certificate."""
    actor.require(Permission.SEE_OWN_ARCHIVE)
    person = session.get_one(Person, actor.the_person())
    people = ids_of(session, person.id)
    content = {
        "classes": [line for one in people for line in _classes(session, one)],
        "certificates": _certificates(session, people),
    }
    header = _header(session, person, content, now)
    audit.record(
        session,
        actor,
        "archive.export",
        now=now,
        object_type="person",
        object_id=person.id,
        detail={"serial": header["jti"]} | {name: len(found) for name, found in content.items()},
    )
    signed = issuers.of_portal(session, now=now).sign(header, typ=carry.TYP)
    return {"format": carry.FORMAT, "signed": signed, **content}


def binding(id_no: str, salt: bytes) -> str:
    """What ties a file to its holder without naming them: keyed, since ID numbers are few."""
    return hmac.new(salt, id_no.upper().encode(), hashlib.sha256).hexdigest()


def digest(content: dict[str, Any]) -> str:
    """What the signature covers of the lines."""
    return hashlib.sha256(canonical(content)).hexdigest()


def _header(
    session: Session, person: Person, content: dict[str, Any], now: datetime
) -> dict[str, Any]:
    salt = secrets.token_bytes(_SALT_BYTES)
    id_no = get_vault().open("id_no", person.id_no_enc)
    return {
        "format": carry.FORMAT,
        "iss": issuers.portal_url(),
        "name": issuers.portal_name(),
        "iat": int(now.timestamp()),
        "jti": str(new_id()),
        "holder": {
            "salt": salt.hex(),
            "hmac": binding(id_no, salt),
            "name": mask_name(person.name),
        },
        "content": digest(content),
    }


def _classes(session: Session, person_id: UUID) -> list[dict[str, Any]]:
    entries = archive_chain.entries_of(session, person_id)
    by_id = {entry.id: entry for entry in entries}
    roots = {entry.id: _root(entry, by_id) for entry in entries}
    lines = [
        entry
        for entry in archive_chain.in_force(entries)
        if entry.detail.get("subject") == archive_chain.CLASS
        and entry.detail.get("status") in _OVER
        and roots[entry.id].kind == archive_chain.CLASS
    ]
    facts = _facts(session, [roots[entry.id].ref_id for entry in lines])
    return [_class(entry, roots[entry.id], facts) for entry in lines]


def _root(entry: Entry, by_id: dict[UUID, Entry]) -> Entry:
    """The first line of what has been put right since: the same for every later one."""
    while entry.supersedes in by_id:
        entry = by_id[entry.supersedes]
    return entry


_Facts = dict[UUID, tuple[TrainingClass, TrainingProgramme, Institution]]


def _facts(session: Session, enrolments: list[UUID]) -> _Facts:
    query = (
        select(Enrolment.id, TrainingClass, TrainingProgramme, Institution)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .join(TrainingProgramme, TrainingProgramme.id == TrainingClass.programme_id)
        .join(Institution, Institution.id == TrainingClass.institution_id)
        .where(Enrolment.id.in_(enrolments))
    )
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(query)}


def _class(entry: Entry, root: Entry, facts: _Facts) -> dict[str, Any]:
    detail = entry.detail
    of, programme, institution = facts[root.ref_id]
    return {
        "id": str(entry.id),
        "root": str(root.id),
        "title": entry.title,
        "occupation_code": of.occupation_code,
        "programme_type": programme.training_type,
        "level": of.level,
        # What was brought along from elsewhere is counted by its origin, not twice.
        "hours": max((entry.hours or 0) - int(detail.get("hours_carried") or 0), 0),
        "planned": detail["hours_planned"],
        "starts_on": detail["starts_on"],
        "ends_on": detail["ends_on"],
        "status": detail["status"],
        "certificate_number": detail.get("certificate_number"),
        "institution_name": entry.institution_name,
        "institution_uscc": institution.uscc,
        "hash": entry.hash,
    }


def _certificates(session: Session, people: tuple[UUID, ...]) -> list[dict[str, Any]]:
    query = (
        select(Certificate)
        .where(Certificate.person_id.in_(people), Certificate.status == "issued")
        .order_by(Certificate.issued_on, Certificate.id)
    )
    return [
        {"credential": made.signature, "salt": made.holder_salt.hex()}
        for made in session.scalars(query)
    ]
