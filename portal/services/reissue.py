"""Correcting a certificate and issuing it anew, and printing a lost one again (reference B5.5).

A correction is a new version of the same number; the version before stays, marked as replaced, for
whoever audits. A lost paper keeps number and version and gets a new printing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Certificate, Person
from portal.domain import certificate_life as life
from portal.domain.certificate_kinds import KINDS, NumberForm
from portal.domain.certificate_life import Act
from portal.domain.errors import BadInput, NotReady
from portal.domain.foreign_number import check_foreign_number
from portal.domain.levels import SkillLevel
from portal.domain.permissions import Actor, Permission
from portal.locale import t
from portal.services import (
    certificate_desk,
    certificate_fields,
    issuance,
    issuers,
    notices,
    status_lists,
)
from portal.services.certificate_desk import DeskCertificate
from portal.services.certificate_versions import live_version
from portal.services.issuers import SigningKey
from portal.services.reasons import clean_reason
from portal.services.times import day_of

_PERMISSION = Permission.ISSUE_CERTIFICATES
# Ticked: the new version bears the name that the holder's record has now. No other name is
# possible: a person's name is put right in the person's record, with the document at hand.
PRESENT_NAME = "present_name"


def correct(
    session: Session,
    actor: Actor,
    *,
    number: str,
    version: int,
    form: Mapping[str, str],
    reason: str,
    now: datetime,
) -> DeskCertificate:
    """Replace the present version by a corrected one; its holder is told.

    ``version`` is the one that the officer saw, ``form`` all fields as they shall be
    (``certificate_fields``, and ``present_name``). Raises NotFound, Forbidden, BadInput, and
    NotReady when the certificate is revoked, or has changed since it was looked at.
    """
    actor.require(_PERMISSION)
    why = clean_reason(reason, shortest=4)
    old = _held(session, actor, number, version, Act.CORRECT, now)
    new = _corrected(session, old, form, now)
    key = _issuer_of(session, old, now)
    old.status, old.replaced_at = "replaced", now
    # Before the new version comes: a number stands for one version only.
    session.flush()
    status_lists.revoke(session, old, now=now)
    issuance.put_in_force(session, actor, new, key, now=now, action="certificate.reissue")
    issuance.to_audit(session, actor, "certificate.replace", old, now=now, reason=why)
    _tell(session, new, "certificate_corrected", now)
    return certificate_desk.view_of(session, new, now=now)


def print_again(
    session: Session, actor: Actor, *, number: str, version: int, reason: str, now: datetime
) -> DeskCertificate:
    """Count another printing of a lost paper: same number, same version. Raises as ``correct``,
    and NotReady for one that has expired."""
    actor.require(_PERMISSION)
    why = clean_reason(reason, shortest=4)
    certificate = _held(session, actor, number, version, Act.PRINT_AGAIN, now)
    certificate.printing += 1
    session.flush()
    issuance.to_audit(session, actor, "certificate.print_again", certificate, now=now, reason=why)
    _tell(session, certificate, "certificate_printed", now)
    return certificate_desk.view_of(session, certificate, now=now)


def _held(
    session: Session, actor: Actor, number: str, version: int, act: Act, now: datetime
) -> Certificate:
    """The present version, held, as long as it is the one that the officer saw."""
    found = live_version(session, number)
    certificate_desk.check_reach(session, actor, found)
    life.check_act(act, certificate_desk.state_on(found, now))
    if found.version != version:
        raise NotReady(reason="reissue.meanwhile")
    return found


def _corrected(
    session: Session, old: Certificate, form: Mapping[str, str], now: datetime
) -> Certificate:
    """The next version, not yet in force. Raises BadInput when nothing or too much differs."""
    kind = KINDS[old.kind]
    values = certificate_fields.filled(certificate_fields.read_fields(form))
    if old.institution_id is not None:
        if values["institution_name"] not in (None, old.institution_name):
            raise BadInput("institution_name", "reissue.institution")
        values["institution_name"] = old.institution_name
    for name in ("title", "institution_name", "issued_on"):
        if values[name] is None:
            raise BadInput(name, f"certificate_kinds.missing.{name}")
    if form.get(PRESENT_NAME):
        values["holder_name"] = session.get_one(Person, old.person_id).name
    else:
        values["holder_name"] = old.holder_name
    certificate_fields.check(kind, values | {"number": old.number}, today=day_of(now))
    if kind.number in (NumberForm.LEVEL, NumberForm.QUALIFICATION):
        level = SkillLevel(values["level"]) if values["level"] else None
        check_foreign_number(
            kind,
            old.number or "",
            level=level,
            issued_on=values["issued_on"],
            province="",
            own_id_no="",
        )
    if all(getattr(old, name) == value for name, value in values.items()):
        raise BadInput("title", "reissue.nothing")
    return Certificate(**_columns(old) | values | _next(old, now))


def _columns(certificate: Certificate) -> dict[str, Any]:
    names = inspect(Certificate).column_attrs.keys()
    return {name: getattr(certificate, name) for name in names}


def _next(old: Certificate, now: datetime) -> dict[str, Any]:
    """What a new version has of its own."""
    return {
        "id": new_id(),
        "version": old.version + 1,
        "printing": 1,
        "replaces_id": old.id,
        "status": "draft",
        "signature": None,
        "issuer_key_id": None,
        "status_list_no": None,
        "status_index": None,
        "holder_salt": issuance.new_salt(),
        "created_at": now,
    }


def _issuer_of(session: Session, certificate: Certificate, now: datetime) -> SigningKey:
    """Whoever issued it signs the correction, too."""
    if certificate.institution_id is not None:
        return issuers.of_institution(session, certificate.institution_id, now=now)
    return issuers.of_authority(session, certificate.region_code, now=now)


def _tell(session: Session, certificate: Certificate, kind: str, now: datetime) -> None:
    notices.tell(
        session,
        certificate.person_id,
        kind,
        params={"kind": t(f"certificate.kind.{certificate.kind}")},
        ref=("certificate", certificate.id),
        now=now,
    )
