"""Issuers, certificates and status lists without a database: what a verifier far away has."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey

from portal.db.ids import new_id
from portal.db.models import Certificate, Issuer, IssuerKey
from portal.documents import certificate as paper
from portal.documents import file_contents, file_seal, signature, status_list
from portal.domain.certificate_number import format_certificate_number
from portal.services import credentials, file_verification, issuers, status_lists, trust
from portal.services.file_verdict import FileVerdict
from portal.services.issuers import SigningKey
from portal.services.trust import Trust

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
ISSUED = NOW - timedelta(days=30)
NUMBER = format_certificate_number("650400", 2026, 17)
NUMBERS = {"TRAINING": NUMBER, "LEVEL": "S000165000001263000017", "QUAL": "2665010012300017"}


@dataclass
class Party:
    """An issuer and the key that it signs with."""

    issuer: Issuer
    row: IssuerKey
    key: OKPKey

    @property
    def signing(self) -> SigningKey:
        return SigningKey(self.row.id, self.row.kid, self.key, self.issuer.id, self.issuer.name)

    @property
    def jwk(self) -> dict[str, Any]:
        return issuers.jwk_of(self.row, self.issuer)


def party(kind: str, name: str, since: datetime = ISSUED - timedelta(days=365)) -> Party:
    issuer = Issuer(id=new_id(), kind=kind, name=name, created_at=since)
    return Party(issuer, *new_key(issuer, since))


def new_key(issuer: Issuer, since: datetime) -> tuple[IssuerKey, OKPKey]:
    key = signature.load_key(signature.generate_key())
    row = IssuerKey(
        id=new_id(),
        issuer_id=issuer.id,
        kid=str(key.thumbprint()),
        public_x=signature.public_x(key),
        active_from=since,
        retired_at=None,
        compromised_at=None,
    )
    return row, key


@dataclass
class World:
    """A portal, an institution and an authority; ``revoked`` are places of its status list."""

    portal: Party = field(default_factory=lambda: party("portal", "演示平台"))
    school: Party = field(default_factory=lambda: party("institution", "吐鲁番技工学校"))
    office: Party = field(default_factory=lambda: party("authority", "吐鲁番市人社局"))
    retired: list[Party] = field(default_factory=list)
    revoked: set[int] = field(default_factory=set)

    def page(self) -> dict[str, Any]:
        parties = [self.portal, self.school, self.office]
        return {
            "id": issuers.portal_url(),
            "name": "演示平台",
            "generated_at": NOW.isoformat(),
            "status_lists": status_lists.list_url(0)[:-1],
            "issuers": [
                {
                    "id": issuers.issuer_url(one.issuer.id),
                    "name": one.issuer.name,
                    "kind": one.issuer.kind,
                }
                for one in parties
            ],
            "keys": [one.jwk for one in (*parties, *self.retired)],
        }

    def trust(self, *lists: str) -> Trust:
        found = trust.from_page(self.page())
        assert found is not None
        return found.with_lists(lists or (self.status_list(),))

    def status_list(
        self, *, at: datetime = NOW - timedelta(hours=1), version: int = 7, **other: Any
    ) -> str:
        """The list of this world; ``by`` a party, ``no`` another address, ``payload`` changes."""
        bits = bytearray(status_list.BYTES)
        for place in other.get("revoked", self.revoked):
            bits[place // 8] |= 0x80 >> place % 8
        url = status_lists.list_url(other.get("no", 0))
        made = status_list.credential(
            url, issuers.portal_url(), bytes(bits), version=version, now=at
        )
        made |= other.get("payload", {})
        by: Party = other.get("by", self.portal)
        return by.signing.sign(made)

    def rotate(self, which: str, at: datetime, *, compromised: bool = False) -> Party:
        """Retire a party's key and give it a new one; returns the party with the old key."""
        old: Party = getattr(self, which)
        old.row.retired_at = at
        old.row.compromised_at = at if compromised else None
        setattr(self, which, Party(old.issuer, *new_key(old.issuer, at)))
        self.retired.append(old)
        return old

    def certificate(self, **changes: Any) -> Certificate:
        kind = changes.get("kind", "TRAINING")
        row = {
            "id": UUID(int=7),
            "kind": kind,
            "number": NUMBERS.get(kind, NUMBER),
            "version": 1,
            "person_id": UUID(int=8),
            "region_code": "650400",
            "institution_name": self.school.issuer.name,
            "institution_uscc": "91650400MA00000001",
            "holder_name": "王小强",
            "title": "电工基础",
            "occupation_code": "6-29-03-07",
            "occupation_name": "电工",
            "edition": "2018 年版",
            "level": None,
            "hours_planned": 80,
            "hours_credited": 76,
            "starts_on": date(2026, 10, 1),
            "ends_on": date(2026, 10, 30),
            "issued_on": date(2026, 11, 1),
            "expires_on": None,
            "result": "合格",
            "holder_salt": b"s" * 16,
            "created_at": ISSUED,
            "status_list_no": 0,
            "status_index": 4711,
        }
        return Certificate(**row | changes)

    def credential(self, by: Party | None = None, **changes: Any) -> str:
        signer = (by or self.school).signing
        return credentials.sign(self.certificate(**changes), signer, id_no="990000199001010010")

    def payload(self, **changes: Any) -> dict[str, Any]:
        return signature.unverified(self.credential(**changes))[1]

    def judge(self, content: bytes | str, trusted: Trust | None = None, **more: Any) -> FileVerdict:
        raw = content.encode() if isinstance(content, str) else content
        return file_verification.verify(raw, trusted or self.trust(), now=NOW, **more)

    def outcome(self, content: bytes | str, trusted: Trust | None = None, **more: Any) -> str:
        return self.judge(content, trusted, **more).outcome

    def seal(self, by: Party | None = None) -> file_seal.Sign:
        return lambda payload: (by or self.school).signing.sign(payload, typ=file_seal.TYP)

    def json(self, credential: str | None = None, **changes: Any) -> bytes:
        token = credential or self.credential()
        said = {"number": NUMBER, "verify_url": credentials.verify_url(NUMBER)} | changes
        return file_contents.certificate_json(**said, credential=token)

    def png(self, credential: str | None = None, by: Party | None = None) -> bytes:
        token = credential or self.credential()
        return file_seal.seal_png(picture(token), self.seal(by), credential=token)

    def pdf(self, credential: str | None = None, by: Party | None = None) -> bytes:
        token = credential or self.credential()
        return file_seal.seal_pdf(printed(token), self.seal(by), credential=token)

    def file(self, form: str, credential: str | None = None, by: Party | None = None) -> bytes:
        return self.json(credential) if form == "json" else getattr(self, form)(credential, by)


FORMS = ("json", "png", "pdf")


def document() -> paper.CertificateDocument:
    return paper.CertificateDocument(
        number=NUMBER,
        holder_name="王小强",
        id_no_masked="990000********0010",
        programme_name="电工基础",
        occupation_name="电工",
        level_name=None,
        hours_credited=76,
        hours_planned=80,
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 10, 30),
        issued_on=date(2026, 11, 1),
        institution_name="吐鲁番技工学校",
        institution_uscc="91650400MA00000001",
        exam_result="合格",
        verify_url=credentials.verify_url(NUMBER),
        issuer_name="吐鲁番技工学校",
    )


@cache
def drawn(credential: str) -> paper.CertificateFiles:
    """The certificate as it is really drawn, before it is sealed."""
    return paper.render(document(), credential=credential)


def picture(credential: str) -> bytes:
    return drawn(credential).png


def printed(credential: str) -> bytes:
    return drawn(credential).pdf
