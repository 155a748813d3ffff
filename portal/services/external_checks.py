"""Verifying external certificates: the queue of a region, one of them with its picture, a verdict.

Who verifies compares with the original or with the issuer's own look-up, and says so point by
point. Nobody verifies the own.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db.models import ArchiveEntry, ExternalCertificate, Person
from portal.db.vault import get_vault
from portal.domain.errors import BadInput, NotFound, NotReady
from portal.domain.masking import mask_id_no, mask_name
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import local_name
from portal.services import archive_chain, external_certificates, facts_scope, notices, one_person
from portal.services.external_certificates import ExternalView
from portal.services.paging import Page, bounds
from portal.services.reasons import clean_reason
from portal.services.self_evaluation.filing import trade_text
from portal.services.self_evaluation.views import filed_for
from portal.services.times import day_of

_PERMISSION = Permission.ISSUE_CERTIFICATES
# Every point must have been compared before a certificate counts as verified.
POINTS = ("holder", "number", "content", "issuer")
_SELF_EVALUATION = "ENT_SELF"
# With what it was compared.
BASES = ("original", "look_up")


@dataclass(frozen=True, slots=True)
class WaitingExternal:
    """One in the queue, its owner's name masked."""

    view: ExternalView
    owner_masked: str
    region_name: str


@dataclass(frozen=True, slots=True)
class ExternalDetail:
    """One of them, and whose it is. ``number`` is whole, since it is compared with the paper;
    ``elsewhere`` counts other people who entered the same number. ``filing`` says of an
    enterprise's own evaluation whether it was filed (M17), "" of all other kinds."""

    view: ExternalView
    owner: str
    id_no_masked: str
    number: str
    elsewhere: int
    filing: str


def external_queue(
    session: Session, actor: Actor, *, page: int = 1, size: int = 20, now: datetime
) -> Page[WaitingExternal]:
    """What waits for an officer of the region, oldest first."""
    actor.require(_PERMISSION)
    limit, offset = bounds(page, size)
    waiting = (ExternalCertificate.state == "unverified", facts_scope.in_reach(actor))
    base = select(ExternalCertificate, Person).join(
        Person, Person.id == ExternalCertificate.person_id
    )
    total = session.scalar(select(func.count()).select_from(base.where(*waiting).subquery())) or 0
    order = (ExternalCertificate.created_at, ExternalCertificate.id)
    rows = session.execute(base.where(*waiting).order_by(*order).limit(limit).offset(offset))
    items = tuple(_waiting(row, person, day_of(now)) for row, person in rows)
    return Page(items, offset // limit + 1, limit, total)


def see_external(
    session: Session, actor: Actor, *, external_id: UUID, now: datetime
) -> ExternalDetail:
    """One with its owner's name and the whole number; the reading is written down.

    Raises NotFound, and Forbidden for the officer's own.
    """
    actor.require(_PERMISSION)
    row, person = _find(session, actor, external_id)
    fields = ("name", "id_no", "certificates")
    external_certificates.trace(session, actor, "external.read", row, now, fields_read=fields)
    vault = get_vault()
    return ExternalDetail(
        view=external_certificates.view_of(row, today=day_of(now)),
        owner=person.name,
        id_no_masked=mask_id_no(vault.open("id_no", person.id_no_enc)),
        number=vault.open(external_certificates.NUMBER_SEALED_AS, row.number_enc),
        elsewhere=_elsewhere(session, row),
        filing=_filing(session, row),
    )


def see_image(
    session: Session, actor: Actor, *, external_id: UUID, now: datetime
) -> tuple[bytes, str]:
    """The picture and its type; every look at it is written down. Raises as ``see_external``."""
    actor.require(_PERMISSION)
    row, _ = _find(session, actor, external_id)
    found = external_certificates.image_of(row)
    fields = ("certificate_image",)
    external_certificates.trace(session, actor, "external.see_image", row, now, fields_read=fields)
    return found


def verify_external(
    session: Session,
    actor: Actor,
    *,
    external_id: UUID,
    points: Collection[str],
    basis: str,
    now: datetime,
) -> ExternalView:
    """Find that one is as its owner entered it: it goes into the archive, its owner is told.

    Raises BadInput unless every one of ``POINTS`` was compared and one of ``BASES`` is named,
    NotReady when it was decided or withdrawn already.
    """
    row, _ = _decide(session, actor, external_id, "unverified")
    if not set(points) >= set(POINTS):
        raise BadInput("points", "external.compare_all")
    if basis not in BASES:
        raise BadInput("basis", "external.choose_basis")
    note = t(f"external.basis.{basis}")
    _settle(session, actor, row, "verified", note, now)
    archive_chain.append(
        session,
        person_id=row.person_id,
        kind=archive_chain.EXTERNAL,
        ref_id=row.id,
        occurred_on=row.issued_on,
        title=row.title,
        institution_name=row.issuer_name,
        hours=None,
        detail=_detail(row, "valid"),
        now=now,
    )
    return external_certificates.view_of(row, today=day_of(now))


def refuse_external(
    session: Session, actor: Actor, *, external_id: UUID, reason: str, now: datetime
) -> ExternalView:
    """Find that one cannot be confirmed; the reason is for its owner. Raises NotReady."""
    row, _ = _decide(session, actor, external_id, "unverified")
    _settle(session, actor, row, "refused", clean_reason(reason, shortest=4), now)
    return external_certificates.view_of(row, today=day_of(now))


def take_back(
    session: Session, actor: Actor, *, external_id: UUID, reason: str, now: datetime
) -> ExternalView:
    """Find later that a verified one is not right after all; the archive's line is superseded."""
    row, _ = _decide(session, actor, external_id, "verified")
    why = clean_reason(reason, shortest=4)
    _settle(session, actor, row, "refused", why, now)
    line = session.scalar(
        select(ArchiveEntry.id).where(
            ArchiveEntry.kind == archive_chain.EXTERNAL, ArchiveEntry.ref_id == row.id
        )
    )
    archive_chain.append(
        session,
        person_id=row.person_id,
        kind=archive_chain.REVOCATION,
        ref_id=row.id,
        occurred_on=day_of(now),
        title=row.title,
        institution_name=row.issuer_name,
        hours=None,
        detail=_detail(row, "revoked") | {"reason": why},
        now=now,
        supersedes=line,
    )
    return external_certificates.view_of(row, today=day_of(now))


def _waiting(row: ExternalCertificate, person: Person, today: date) -> WaitingExternal:
    return WaitingExternal(
        external_certificates.view_of(row, today=today),
        mask_name(person.name),
        local_name(person.residence_region or ""),
    )


def _find(session: Session, actor: Actor, external_id: UUID) -> tuple[ExternalCertificate, Person]:
    row = session.get(ExternalCertificate, external_id)
    if row is None or row.state == "withdrawn":
        raise NotFound
    # Under whichever record it was entered, it is the person's whose reach counts.
    person = session.get_one(Person, one_person.kept(session, row.person_id))
    facts_scope.check_reach(session, actor, person)
    return row, person


def _decide(
    session: Session, actor: Actor, external_id: UUID, wanted: str
) -> tuple[ExternalCertificate, Person]:
    """One that stands as ``wanted``, held."""
    actor.require(_PERMISSION)
    row, person = _find(session, actor, external_id)
    # The owner's acts hold the same row (``external_certificates``).
    held = select(Person.id).where(Person.id == row.person_id)
    session.execute(held.with_for_update(key_share=True)).one()
    session.refresh(row, with_for_update=True)
    if row.state != wanted:
        raise NotReady(reason="external.decided_already")
    return row, person


def _settle(
    session: Session,
    actor: Actor,
    row: ExternalCertificate,
    state: str,
    note: str,
    now: datetime,
) -> None:
    row.state, row.decision_note = state, note
    row.decided_by, row.decided_at = actor.the_account(), now
    session.flush()
    action = "verify" if state == "verified" else "refuse"
    external_certificates.trace(session, actor, f"external.{action}", row, now, reason=note)
    notices.tell(
        session,
        row.person_id,
        f"external_{state}",
        params={"kind": t(f"certificate.kind.{row.kind}")},
        ref=("external_certificate", row.id),
        now=now,
    )


def _detail(row: ExternalCertificate, status: str) -> dict[str, str | int | None]:
    return {
        "subject": archive_chain.EXTERNAL,
        "status": status,
        "starts_on": row.issued_on.isoformat(),
        "ends_on": row.issued_on.isoformat(),
        "hours_planned": None,
        # Masked for good: the number of a 特种作业操作证 holds an ID number.
        "certificate_number": row.number_masked,
        "certificate_kind": row.kind,
        "occupation_code": row.occupation_code,
        "occupation_name": row.occupation_name,
        "level": row.level,
    }


def _filing(session: Session, row: ExternalCertificate) -> str:
    """Whether the enterprise that evaluated was filed for the trade on the day of issue."""
    if row.kind != _SELF_EVALUATION:
        return ""
    found = filed_for(
        session,
        name=row.issuer_name,
        occupation_code=row.occupation_code,
        level=row.level,
        on=row.issued_on,
    )
    if found is None:
        return t("evaluation.issuer.unknown")
    return t("evaluation.issuer.filed", trade=trade_text(found), doc=found.doc_no)


def _elsewhere(session: Session, row: ExternalCertificate) -> int:
    ids = one_person.ids_of(session, row.person_id)
    query = select(func.count(func.distinct(ExternalCertificate.person_id))).where(
        ExternalCertificate.number_hash == row.number_hash,
        ExternalCertificate.person_id.not_in(ids),
        ExternalCertificate.state.in_(("unverified", "verified")),
    )
    return session.scalar(query) or 0
