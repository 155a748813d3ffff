"""Another portal for tests: its keys, page, status list and archive files, made by hand.

It shares no code with what reads them, except for canonical JSON and the credential's form.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from joserfc.jwk import OKPKey
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import Person
from portal.db.vault import get_vault
from portal.documents import signature, status_list
from portal.documents.credential import CredentialFacts, credential_payload, holder_hash
from portal.domain.carry import FORMAT, TYP
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor, Role
from portal.services import trusted_portals
from portal.services.remote_lists import Fetched
from tests.support import factories as make
from tests.support.factories import NOW

A = "https://a.example"
NATIONAL = "000000"


def new_key() -> tuple[OKPKey, str]:
    key = signature.load_key(signature.generate_key())
    return key, str(key.thumbprint())


@dataclass
class Elsewhere:
    """A portal at ``url``; its parts can be changed before a file or page is made."""

    url: str = A
    name: str = "外省培训平台"
    number: int = 0
    bits: bytearray = field(default_factory=lambda: bytearray(status_list.BYTES))
    version: int = 1

    def __post_init__(self) -> None:
        self.own, self.kid = new_key()
        self.school, self.school_kid = new_key()
        self.page_keys: list[dict[str, Any]] = []
        self.publish(self.own, self.kid, "portal")
        self.publish(self.school, self.school_kid, "school")

    @property
    def id(self) -> str:
        return self.url + "/.well-known/portal-issuer.json"

    def publish(self, key: OKPKey, kid: str, issuer: str, **more: Any) -> None:
        made = signature.jwk(signature.public_x(key), kid)
        self.page_keys.append(made | {"iss": f"{self.id}#{issuer}", "nbf": 1_700_000_000} | more)

    def page(self) -> bytes:
        issuers = [
            {"id": f"{self.id}#portal", "name": self.name, "kind": "portal"},
            {"id": f"{self.id}#school", "name": "外省技工学校", "kind": "institution"},
        ]
        plain = {
            "id": self.id,
            "name": self.name,
            "status_lists": f"{self.url}/status/",
            "issuers": issuers,
            "keys": self.page_keys,
        }
        return json.dumps(plain, ensure_ascii=False).encode()

    def list(self, *, at: datetime = NOW) -> str:
        payload = status_list.credential(
            f"{self.url}/status/0", self.id, bytes(self.bits), version=self.version, now=at
        )
        return signature.sign_compact(payload, self.own, self.kid)

    def fetched(self) -> Fetched:
        return Fetched(self.page(), {f"{self.url}/status/0": self.list()})

    def revoke(self, index: int) -> None:
        self.bits[index // 8] |= 1 << (7 - index % 8)
        self.version += 1

    def training(self, **changes: Any) -> dict[str, Any]:
        """A training of twenty hours in the spring, of which somebody finished all."""
        line_id = str(new_id())
        return {
            "id": line_id,
            "root": line_id,
            "title": "电工(五级)春季班",
            "occupation_code": None,
            "programme_type": "JOB_SKILL",
            "level": None,
            "hours": 20,
            "planned": 20,
            "starts_on": "2026-03-02",
            "ends_on": "2026-03-20",
            "status": "completed",
            "certificate_number": None,
            "institution_name": "外省技工学校",
            "institution_uscc": "52370100TEST000001",
            "hash": hashlib.sha256(line_id.encode()).hexdigest(),
        } | changes

    def certificate(
        self, person: Person, *, index: int | None = 7, **changes: Any
    ) -> dict[str, Any]:
        """A certificate of a person, at a place of the status list."""
        self.number += 1
        salt = hashlib.sha256(str(self.number).encode()).digest()[:16]
        number = changes.pop("number", f"PX370100202600000{self.number:02d}0")
        values = {
            "number": number,
            "kind": "TRAINING",
            "verify_url": f"{self.url}/verify/{number}",
            "issuer_id": f"{self.id}#school",
            "issuer_name": "外省技工学校",
            "institution_name": "外省技工学校",
            "institution_uscc": "52370100TEST000001",
            "title": "培训合格证书",
            "programme_name": "电工(五级)春季班",
            "occupation_code": None,
            "occupation_name": None,
            "edition": None,
            "level_name": None,
            "hours_credited": 20,
            "hours_planned": 20,
            "starts_on": date(2026, 3, 2),
            "ends_on": date(2026, 3, 20),
            "issued_on": date(2026, 3, 21),
            "exam_result": "合格",
            "version": 1,
            "holder_masked": mask_name(person.name),
            "holder_hash": holder_hash(id_no(person), person.name, salt),
        }
        payload = credential_payload(CredentialFacts(**values | changes))
        if index is not None:
            payload["credentialStatus"] = status_list.entry(f"{self.url}/status/0", index)
        token = signature.sign_compact(payload, self.school, self.school_kid)
        return {"credential": token, "salt": salt.hex()}

    def file(
        self,
        person: Person,
        *,
        classes: Any = (),
        certificates: Any = (),
        at: datetime = NOW - timedelta(hours=1),
        typ: str = TYP,
        **changes: Any,
    ) -> bytes:
        """A person's archive file as this portal makes it."""
        content = {"classes": list(classes), "certificates": list(certificates)}
        salt = b"0123456789abcdef"
        header = {
            "format": FORMAT,
            "iss": self.id,
            "name": self.name,
            "iat": int(at.timestamp()),
            "jti": str(new_id()),
            "holder": {
                "salt": salt.hex(),
                "hmac": hmac.new(salt, id_no(person).encode(), hashlib.sha256).hexdigest(),
                "name": mask_name(person.name),
            },
            "content": hashlib.sha256(signature.canonical(content)).hexdigest(),
        } | changes
        signed = signature.sign_compact(header, self.own, self.kid, typ=typ)
        return json.dumps({"format": FORMAT, "signed": signed, **content}).encode()


def id_no(person: Person) -> str:
    return get_vault().open("id_no", person.id_no_enc)


def keeper(session: Session) -> Actor:
    """An officer of the country, who keeps the list."""
    return make.make_actor(session, Role.OFFICER, region_code=NATIONAL)


def trust(session: Session, there: Elsewhere, *, now: datetime = NOW) -> Any:
    """Put a portal on the list."""
    return trusted_portals.add(
        session, keeper(session), url=there.url, content=there.page(), now=now
    )
