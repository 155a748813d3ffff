"""One certificate on the desk of an officer: every version, what may be done to it, whose it is.

Only the region where it was issued decides about it, and nobody about the own.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import Certificate, Person
from portal.db.vault import get_vault
from portal.domain import certificate_life as life
from portal.domain.certificate_kinds import KINDS, CertificateKind
from portal.domain.certificate_life import Act, State
from portal.domain.certificate_number import compact
from portal.domain.errors import BadInput, Forbidden, NotFound
from portal.domain.foreign_number import check_foreign_number
from portal.domain.levels import SkillLevel
from portal.domain.masking import mask_id_no
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.policies.regions import NATIONAL, ancestors
from portal.services import audit, certificate_fields, credentials, one_person
from portal.services.times import day_of
from portal.services.verification import LIVE, spelled

_PERMISSION = Permission.ISSUE_CERTIFICATES


@dataclass(frozen=True, slots=True)
class Version:
    """One version: since when, until when, in which state."""

    version: int
    state: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class DeskCertificate:
    """A certificate or a draft. ``fields`` are its columns as a form shows them; ``acts`` what
    may be done now; ``odd`` what its number makes one ask, in sentences."""

    id: UUID
    number: str
    kind: str
    kind_name: str
    state: str
    holder: str
    id_no_masked: str
    level_name: str
    fields: dict[str, str]
    acts: tuple[str, ...]
    version: int
    printing: int
    on_record: bool
    look_up: str
    issued_by: str
    revoked_on: date | None
    revoke_reason: str
    versions: tuple[Version, ...]
    present_name: str
    odd: tuple[str, ...]


def see_certificate(
    session: Session, actor: Actor, *, certificate_id: UUID, now: datetime
) -> DeskCertificate:
    """A certificate or draft of the officer's region; the reading is written down.

    Raises NotFound for what is not there, Forbidden for another region's and for the own.
    """
    actor.require(_PERMISSION)
    certificate = session.get(Certificate, certificate_id)
    if certificate is None:
        raise NotFound
    check_reach(session, actor, certificate)
    audit.record(
        session,
        actor,
        "certificate.read",
        now=now,
        object_type="certificate",
        object_id=certificate.id,
        on_behalf_of=certificate.person_id,
        fields_read=("name", "id_no", "certificates"),
    )
    return view_of(session, certificate, now=now)


def locate(session: Session, actor: Actor, *, number: str) -> UUID:
    """The id of the version that a number stands for. Raises NotFound, Forbidden, BadInput."""
    actor.require(_PERMISSION)
    found = session.scalar(
        select(Certificate).where(
            Certificate.number == spelled(number), Certificate.status.in_(LIVE)
        )
    )
    if found is None:
        raise NotFound
    check_reach(session, actor, found)
    return found.id


def check_reach(session: Session, actor: Actor, certificate: Certificate) -> None:
    """Raise Forbidden for a certificate of another region, and for the officer's own."""
    if actor.region_code not in (NATIONAL, *ancestors(certificate.region_code)):
        raise Forbidden
    if actor.person_id and certificate.person_id in one_person.ids_of(session, actor.person_id):
        raise Forbidden


def draft_of(session: Session, actor: Actor, draft_id: UUID, act: Act) -> Certificate:
    """A draft of the officer's region, held. Raises NotFound, Forbidden, NotReady."""
    actor.require(_PERMISSION)
    found = session.scalar(
        select(Certificate)
        .where(Certificate.id == draft_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    check_reach(session, actor, found)
    # Whatever its last day, a draft is a draft.
    life.check_act(act, State(found.status))
    return found


def state_on(certificate: Certificate, now: datetime) -> State:
    """The state of a version now."""
    return life.state_of(certificate.status, certificate.expires_on, today=day_of(now))


def view_of(session: Session, certificate: Certificate, *, now: datetime) -> DeskCertificate:
    """A certificate as the officer's page shows it."""
    kind, state = KINDS[certificate.kind], state_on(certificate, now)
    person = session.get_one(Person, certificate.person_id)
    versions = _versions(session, certificate, now)
    return DeskCertificate(
        id=certificate.id,
        number=certificate.number or "",
        kind=certificate.kind,
        kind_name=t(f"certificate.kind.{certificate.kind}"),
        state=str(state),
        holder=certificate.holder_name,
        id_no_masked=mask_id_no(get_vault().open("id_no", person.id_no_enc)),
        level_name=credentials.level_name(certificate.level) or "",
        fields=certificate_fields.fields_of(certificate),
        acts=tuple(str(act) for act in Act if state in life.ALLOWED[act]),
        version=certificate.version,
        printing=certificate.printing,
        on_record=kind.on_record,
        look_up=kind.look_up,
        issued_by=certificate.institution_name,
        revoked_on=day_of(certificate.revoked_at) if certificate.revoked_at else None,
        revoke_reason=certificate.revoke_reason or "",
        versions=versions,
        present_name=person.name,
        odd=_odd(certificate, kind),
    )


def _versions(session: Session, certificate: Certificate, now: datetime) -> tuple[Version, ...]:
    """All versions of the number, newest first; a draft has none yet."""
    if certificate.number is None or certificate.status == "draft":
        return ()
    rows = session.scalars(
        select(Certificate)
        .where(Certificate.number == certificate.number, Certificate.status != "draft")
        .order_by(Certificate.version.desc())
    )
    return tuple(
        Version(
            row.version,
            str(state_on(row, now)),
            row.created_at,
            row.replaced_at or row.revoked_at,
        )
        for row in rows
    )


def _odd(certificate: Certificate, kind: CertificateKind) -> tuple[str, ...]:
    """What an officer should look at again in a number that another body gave."""
    if not kind.on_record or not certificate.number:
        return ()
    level = SkillLevel(certificate.level) if certificate.level else None
    try:
        found = check_foreign_number(
            kind,
            certificate.number,
            level=level,
            issued_on=certificate.issued_on,
            province="",
            own_id_no="",
        )
    except BadInput as error:
        return (t(error.reason),)
    return tuple(t(key) for key in found.problems)


def typed_number(raw: str) -> str:
    """A number from elsewhere in one spelling. Raises BadInput for none."""
    number = compact(raw)
    if not number or number == "?":
        raise BadInput("number", "certificate_number.empty")
    return number
