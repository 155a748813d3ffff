"""Another portal on the demo's list, and one trainee who brought an archive along from it.

The other portal does not exist: its keys are made here, used once and thrown away.
"""

import hashlib
import hmac
import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Account, ArchiveImportLine, Person, TrainingClass, TrustedPortal
from portal.db.models.classes import Enrolment
from portal.db.vault import get_vault
from portal.demo.cast import HOME, Cast
from portal.documents import signature, status_list
from portal.documents.credential import CredentialFacts, credential_payload, holder_hash
from portal.domain import carry
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Role
from portal.locale import t
from portal.services import archive_import, trusted_portals
from portal.services.remote_lists import Fetched

URL = "https://px.example.gov.cn"
_ID = f"{URL}/.well-known/portal-issuer.json"
_LIST = f"{URL}/status/0"


class _Elsewhere:
    """The other portal, for as long as it takes to sign."""

    def __init__(self, now: datetime) -> None:
        self.now, self.key = now, signature.load_key(signature.generate_key())
        self.kid, self.name = str(self.key.thumbprint()), t("demo_carry.portal")

    def sign(self, payload: dict[str, Any], typ: str = signature.CREDENTIAL) -> str:
        return signature.sign_compact(payload, self.key, self.kid, typ=typ)

    def page(self) -> bytes:
        key = signature.jwk(signature.public_x(self.key), self.kid)
        since = int((self.now - timedelta(days=400)).timestamp())
        plain = {
            "id": _ID,
            "name": self.name,
            "status_lists": f"{URL}/status/",
            "issuers": [{"id": f"{_ID}#portal", "name": self.name, "kind": "portal"}],
            "keys": [key | {"iss": f"{_ID}#portal", "nbf": since}],
        }
        return json.dumps(plain).encode()

    def lists(self) -> dict[str, str]:
        bits = bytes(status_list.BYTES)
        return {_LIST: self.sign(status_list.credential(_LIST, _ID, bits, version=1, now=self.now))}

    def file(self, person: Person, classes: list[Any], certificates: list[Any]) -> bytes:
        content = {"classes": classes, "certificates": certificates}
        salt = hashlib.sha256(person.id.bytes).digest()[:16]
        header = {
            "format": carry.FORMAT,
            "iss": _ID,
            "name": self.name,
            "iat": int(self.now.timestamp()),
            "jti": str(new_id()),
            "holder": {
                "salt": salt.hex(),
                "hmac": hmac.new(salt, _id_no(person).encode(), hashlib.sha256).hexdigest(),
                "name": mask_name(person.name),
            },
            "content": hashlib.sha256(signature.canonical(content)).hexdigest(),
        }
        signed = self.sign(header, carry.TYP)
        return json.dumps({"format": carry.FORMAT, "signed": signed, **content}).encode()


def ensure(session: Session, everybody: Cast, *, now: datetime) -> None:
    """The portal and the import, at the first call only."""
    known = select(TrustedPortal.id).where(TrustedPortal.url == URL)
    found = _trainee(session, everybody)
    if session.scalar(known.limit(1)) is not None or found is None:
        return
    account, of = found
    there, person = _Elsewhere(now - timedelta(hours=1)), session.get_one(Person, account.person_id)
    national = Actor(Role.OFFICER, account_id=None, region_code="000000")
    trusted_portals.add(session, national, url=URL, content=there.page(), now=now)
    me = Actor(Role.TRAINEE, account_id=account.id, person_id=person.id)
    ended = _free_day(session, person.id, of.starts_on - timedelta(days=30))
    good = _training(of, ended, t("demo_carry.title"), 40)
    odd = _training(of, ended - timedelta(days=14), t("demo_carry.odd_title"), 44)
    file = there.file(person, [good, odd], [_certificate(there, person, good)])
    made = archive_import.open_import(
        session, me, content=file, fetched=Fetched(there.page(), there.lists()), now=now
    )
    lines = session.scalars(
        select(ArchiveImportLine.id).where(ArchiveImportLine.import_id == made)
    ).all()
    archive_import.decide(session, me, import_id=made, take=set(lines), ask=set(lines), now=now)


def _trainee(session: Session, everybody: Cast) -> tuple[Account, TrainingClass] | None:
    """One of the trainees with an account, in the school's class that began first."""
    row = session.execute(
        select(Account, TrainingClass)
        .join(Enrolment, Enrolment.person_id == Account.person_id)
        .join(TrainingClass, TrainingClass.id == Enrolment.class_id)
        .where(
            Account.person_id.in_(everybody.trainees),
            Enrolment.status.in_(("accepted", "active")),
            TrainingClass.institution_id == everybody.staff[HOME].institution_id,
            TrainingClass.occupation_code.is_not(None),
            TrainingClass.status != "closed",
        )
        .order_by(TrainingClass.starts_on, TrainingClass.id, Account.id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def _free_day(session: Session, person_id: UUID, latest: date) -> date:
    """The end of two weeks before ``latest`` in which the person was in no class here."""
    busy = session.execute(
        select(TrainingClass.starts_on, TrainingClass.ends_on)
        .join(Enrolment, Enrolment.class_id == TrainingClass.id)
        .where(Enrolment.person_id == person_id)
    ).all()
    days = (latest - timedelta(days=weeks * 7) for weeks in range(100))
    return next(
        day
        for day in days
        if not any(row.starts_on <= day and row.ends_on >= day - timedelta(days=14) for row in busy)
    )


def _training(of: TrainingClass, ended: date, title: str, hours: int) -> dict[str, Any]:
    line_id = str(new_id())
    return {
        "id": line_id,
        "root": line_id,
        "title": title,
        "occupation_code": of.occupation_code,
        "programme_type": "JOB_SKILL",
        "level": None,
        "hours": hours,
        # One of the two has more hours than were planned: an officer looks at it.
        "planned": 40,
        "starts_on": (ended - timedelta(days=12)).isoformat(),
        "ends_on": ended.isoformat(),
        "status": "completed",
        "certificate_number": None,
        "institution_name": t("demo_carry.school"),
        "institution_uscc": "52370100MJD0000001",
        "hash": hashlib.sha256(line_id.encode()).hexdigest(),
    }


def _certificate(there: _Elsewhere, person: Person, line: dict[str, Any]) -> dict[str, Any]:
    salt = hashlib.sha256(UUID(line["id"]).bytes).digest()[:16]
    number = f"PX370100{line['ends_on'][:4]}00000425"
    facts = CredentialFacts(
        number=number,
        kind="TRAINING",
        verify_url=f"{URL}/verify/{number}",
        issuer_id=f"{_ID}#portal",
        issuer_name=there.name,
        institution_name=line["institution_name"],
        institution_uscc=line["institution_uscc"],
        title=t("certificate.kind.TRAINING"),
        programme_name=line["title"],
        occupation_code=line["occupation_code"],
        occupation_name=None,
        edition=None,
        level_name=None,
        hours_credited=line["hours"],
        hours_planned=line["planned"],
        starts_on=date.fromisoformat(line["starts_on"]),
        ends_on=date.fromisoformat(line["ends_on"]),
        issued_on=date.fromisoformat(line["ends_on"]),
        exam_result=t("certificate.passed"),
        version=1,
        holder_masked=mask_name(person.name),
        holder_hash=holder_hash(_id_no(person), person.name, salt),
    )
    payload = credential_payload(facts) | {"credentialStatus": status_list.entry(_LIST, 4711)}
    return {"credential": there.sign(payload), "salt": salt.hex()}


def _id_no(person: Person) -> str:
    return get_vault().open("id_no", person.id_no_enc)
