"""Certificates that an authority issues: a draft, looked at as it will be printed, put in force.

LEVEL and QUAL are put on record: their evaluation body issued them, under a national number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Certificate, Person
from portal.domain.certificate_kinds import KINDS, CertificateKind, Source, kind_of
from portal.domain.certificate_life import Act
from portal.domain.certificate_number import is_national
from portal.domain.errors import BadInput, Forbidden, NotFound, PortalError
from portal.domain.foreign_number import check_foreign_number
from portal.domain.identity import IdType, parse_id_document
from portal.domain.levels import SkillLevel
from portal.domain.masking import mask_name
from portal.domain.names import name_key
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import region_name
from portal.services import (
    audit,
    certificate_desk,
    certificate_fields,
    facts_scope,
    issuance,
    issuers,
    one_person,
    people,
)
from portal.services.certificate_desk import DeskCertificate
from portal.services.certificate_versions import hold_number
from portal.services.paging import Page, bounds
from portal.services.scope import in_area
from portal.services.times import day_of
from portal.services.verification import LIVE

_PERMISSION = Permission.ISSUE_CERTIFICATES
# Our own numbers hold the year (domain.certificate_number), which begins with 2000.
_FIRST_YEAR = 2000


class AlreadyOnRecord(PortalError):
    """A certificate of this number is in the register."""

    key = "certificate_drafts.on_record_already"
    status = 409


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate is for, as the officer reads it off an identity document."""

    id_type: str
    id_no: str
    name: str


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft in the list."""

    id: UUID
    kind_name: str
    title: str
    holder_masked: str
    made_at: datetime


def start(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    holder: Holder,
    form: Mapping[str, str],
    now: datetime,
) -> DeskCertificate:
    """Make a draft for a person in the officer's reach, found by the full number and the name.

    Raises BadInput for what the kind cannot have, and for a person who is not known here.
    """
    actor.require(_PERMISSION)
    wanted = kind_of(kind, Source.AUTHORITY)
    person = _person(session, actor, holder, now)
    region = facts_scope.the_region(actor)
    draft = Certificate(
        id=new_id(),
        version=1,
        printing=1,
        kind=wanted.code,
        region_code=region,
        person_id=person.id,
        institution_uscc="",
        holder_name=person.name,
        status="draft",
        holder_salt=issuance.new_salt(),
        created_at=now,
    )
    _fill(session, draft, wanted, form, now)
    session.add(draft)
    session.flush()
    issuance.to_audit(session, actor, "certificate.draft", draft, now=now)
    return certificate_desk.view_of(session, draft, now=now)


def amend(
    session: Session, actor: Actor, *, draft_id: UUID, form: Mapping[str, str], now: datetime
) -> DeskCertificate:
    """Change a draft. Raises NotFound, Forbidden, BadInput, and NotReady when it is none."""
    draft = certificate_desk.draft_of(session, actor, draft_id, Act.AMEND)
    _fill(session, draft, KINDS[draft.kind], form, now)
    session.flush()
    issuance.to_audit(session, actor, "certificate.amend", draft, now=now)
    return certificate_desk.view_of(session, draft, now=now)


def discard(session: Session, actor: Actor, *, draft_id: UUID, now: datetime) -> None:
    """Throw a draft away: it was never a certificate, so only the trace of it stays."""
    draft = certificate_desk.draft_of(session, actor, draft_id, Act.DISCARD)
    issuance.to_audit(session, actor, "certificate.discard", draft, now=now)
    session.delete(draft)
    session.flush()


def issue_draft(
    session: Session, actor: Actor, *, draft_id: UUID, now: datetime
) -> DeskCertificate:
    """Put a draft in force: numbered, signed by the authority, in its holder's archive and news.

    Raises NotReady for what is no draft any more, AlreadyOnRecord for a number that is taken.
    """
    draft = certificate_desk.draft_of(session, actor, draft_id, Act.ISSUE)
    person = session.get_one(Person, draft.person_id)
    facts_scope.check_reach(session, actor, person)
    if draft.number is not None:
        hold_number(session, draft.number)
        _check_free(session, draft.number)
    key = issuers.of_authority(session, draft.region_code, now=now)
    on_record = KINDS[draft.kind].on_record
    action = "certificate.record" if on_record else "certificate.issue"
    issuance.put_in_force(session, actor, draft, key, now=now, action=action)
    return certificate_desk.view_of(session, draft, now=now)


def open_drafts(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20
) -> Page[DraftLine]:
    """The drafts of the officer's region, oldest first; names masked."""
    actor.require(_PERMISSION)
    area = facts_scope.the_region(actor)
    limit, offset = bounds(page, size)
    mine = (Certificate.status == "draft", in_area(area, Certificate.region_code))
    total = session.scalar(select(func.count()).select_from(Certificate).where(*mine)) or 0
    order = (Certificate.created_at, Certificate.id)
    rows = session.scalars(
        select(Certificate).where(*mine).order_by(*order).limit(limit).offset(offset)
    )
    lines = tuple(
        DraftLine(
            row.id,
            t(f"certificate.kind.{row.kind}"),
            row.title,
            mask_name(row.holder_name),
            row.created_at,
        )
        for row in rows
    )
    return Page(lines, offset // limit + 1, limit, total)


def _person(session: Session, actor: Actor, holder: Holder, now: datetime) -> Person:
    """The person of a document. Who is not known, who is called otherwise and who is of another
    region get one answer: else the numbers of the country could be tried from any desk."""
    try:
        id_type = IdType(holder.id_type)
    except ValueError:
        raise BadInput("id_type", "certificate_kinds.choose") from None
    document = parse_id_document(id_type, holder.id_no, today=day_of(now))
    hashed = people.document_hash(document)
    found = session.scalar(select(Person).where(Person.id_no_hash == hashed))
    if found is None or found.name_key != name_key(holder.name):
        raise BadInput("id_no", "certificate_drafts.nobody")
    person = session.get_one(Person, one_person.kept(session, found.id))
    try:
        facts_scope.check_reach(session, actor, person)
    except NotFound:
        raise BadInput("id_no", "certificate_drafts.nobody") from None
    except Forbidden:
        raise BadInput("id_no", "certificate_drafts.own") from None
    audit.record(
        session,
        actor,
        "certificate.find_person",
        now=now,
        object_type="person",
        object_id=person.id,
        on_behalf_of=person.id,
        fields_read=("name", "id_no"),
    )
    return person


def _fill(
    session: Session,
    draft: Certificate,
    kind: CertificateKind,
    form: Mapping[str, str],
    now: datetime,
) -> None:
    """Read the form into a draft, and check it as a whole."""
    today = day_of(now)
    values = certificate_fields.filled(certificate_fields.read_fields(form))
    values["issued_on"] = values["issued_on"] or today
    if not kind.on_record:
        # An authority speaks for itself; a body is named where it was another that assessed.
        authority = t("certificate.authority_name", region=region_name(draft.region_code))
        values["institution_name"] = values["institution_name"] or authority
    values["title"] = values["title"] or _title(kind, values)
    values["number"] = _number(session, draft, kind, form, values) if kind.on_record else None
    certificate_fields.check(kind, values, today=today)
    if values["occupation_code"] and not values["edition"]:
        # The same code names another occupation in another edition (B3).
        raise BadInput("edition", "certificate_kinds.missing.edition")
    if not kind.on_record and values["issued_on"].year < _FIRST_YEAR:
        raise BadInput("issued_on", "certificate_fields.issued_on")
    for name, value in values.items():
        setattr(draft, name, value)


def _number(
    session: Session,
    draft: Certificate,
    kind: CertificateKind,
    form: Mapping[str, str],
    values: Mapping[str, Any],
) -> str:
    """The national number of what is put on record. Raises BadInput, AlreadyOnRecord."""
    number = certificate_desk.typed_number(form.get("number", ""))
    level = SkillLevel(values["level"]) if values["level"] else None
    issued_on: date = values["issued_on"]
    checked = check_foreign_number(
        kind, number, level=level, issued_on=issued_on, province="", own_id_no=""
    )
    if not is_national(checked.number):
        # Without the known form nobody could look it up by its number here.
        raise BadInput("number", "certificate_drafts.not_national")
    hold_number(session, checked.number)
    _check_free(session, checked.number, but=draft.id)
    return checked.number


def _check_free(session: Session, number: str, *, but: UUID | None = None) -> None:
    taken = select(Certificate.id).where(Certificate.number == number)
    taken = taken.where(Certificate.status.in_(LIVE))
    if but is not None:
        # Two drafts of one number would stop each other at the unique constraint.
        taken = select(Certificate.id).where(Certificate.number == number, Certificate.id != but)
    if session.scalar(taken.limit(1)) is not None:
        raise AlreadyOnRecord


def _title(kind: CertificateKind, values: Mapping[str, Any]) -> str | None:
    """What stands for a title where the kind has none of its own."""
    if kind.code == "MILITARY" and values["remark"] and values["occupation_name"]:
        return t(
            "certificate_drafts.military_title",
            specialty=values["remark"],
            occupation=values["occupation_name"],
        )
    title: str | None = values["occupation_name"]
    return title
