"""What anyone may learn of a certificate from its number: is it genuine, does it still count.

Says no more than reference B8.3 lets the public see, and leaves no trace of who asked.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from portal.documents import signature
from portal.domain.certificate_kinds import KINDS
from portal.domain.certificate_number import compact, is_national, parse_certificate_number
from portal.domain.errors import BadInput
from portal.domain.masking import mask_name
from portal.domain.permissions import Actor
from portal.locale import t
from portal.services import credentials, issuers
from portal.services.hot import Steps
from portal.services.times import day_of

# The versions of a certificate that a number stands for: not drafts, not what was replaced.
LIVE = ("issued", "revoked")
# Of a number that is none, no more is shown again than a number has with its spaces.
_ECHO = 24


@dataclass(frozen=True)
class Check:
    """One question that was asked of a certificate, in words, and its answer."""

    key: str
    label: str
    ok: bool


@dataclass(frozen=True)
class Verification:
    """The answer to a number. ``sentence`` says it in words.

    ``status`` is valid, revoked, expired or unknown; unknown also when the record is not what
    was signed, and then nothing of the record is shown. Hours are 课时. Everything below
    ``sentence`` is None or empty when there is nothing to show.
    """

    number: str
    genuine: bool
    status: str
    status_label: str
    sentence: str
    holder_masked: str | None = None
    title: str | None = None
    kind: str | None = None
    level: str | None = None
    hours: int | None = None
    hours_planned: int | None = None
    institution: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    version: int = 1
    issuer: str | None = None
    revoked_on: date | None = None
    revoke_reason: str | None = None
    # What was achieved (合格, 一等奖), and what else must be said of the kind.
    result: str | None = None
    note: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def spaced(self) -> str:
        """The number in groups, as people read it; as it came when it is none of our own."""
        try:
            return parse_certificate_number(self.number).spaced
        except BadInput:
            return self.number


# One statement, so that the page can be answered on the event loop (see services.hot). The archive
# is append-only: it still knows of a revocation that was wiped from the row.
BY_NUMBER = text(
    """
    SELECT c.*, k.kid, k.public_x, k.seal AS key_seal, k.active_from AS key_from,
           k.retired_at AS key_retired_at, k.compromised_at AS key_compromised_at,
           i.id AS signer_id, i.kind AS signer_kind, i.name AS signer_name, i.uscc AS signer_uscc,
           EXISTS (SELECT 1 FROM archive_entry a
                    WHERE a.kind = 'revocation' AND a.ref_id = c.id) AS revocation_on_record
      FROM certificate c
      LEFT JOIN issuer_key k ON k.id = c.issuer_key_id
      LEFT JOIN issuer i ON i.id = k.issuer_id
     WHERE c.number = :number AND c.status IN ('issued', 'revoked')
    """
)


def verify_number(session: Session, actor: Actor, *, number: str, now: datetime) -> Verification:
    """Look a number up, however it was typed. Answers every text; refuses none."""
    steps = looking_up(number, now=now)
    try:
        statement, params = cast(tuple[TextClause, dict[str, str]], next(steps))
        steps.send(session.execute(statement, params).one_or_none())
    except StopIteration as end:
        return cast(Verification, end.value)
    raise AssertionError("unreachable")


def looking_up(number: str, *, now: datetime) -> Steps[Verification]:
    """The same in steps, for whoever runs statements otherwise: yields one, is sent its row."""
    try:
        wanted = spelled(number)
    except BadInput as error:
        why = "mistyped" if error.reason == "certificate_number.checksum" else "malformed"
        return _nothing(" ".join(number.split())[:_ECHO], why)
    row = yield BY_NUMBER, {"number": wanted}
    if row is None:
        return _nothing(wanted, "not_national" if is_national(wanted) else "not_found")
    return judge(row, today=day_of(now))


def spelled(raw: str) -> str:
    """A number as certificates bear it: one of our own, or a national one. Raises BadInput."""
    return compact(raw) if is_national(raw) else str(parse_certificate_number(raw))


def judge(row: Any, *, today: date) -> Verification:
    """What a row of ``BY_NUMBER`` is worth on a day."""
    # A key that was slipped into the database signs for nobody.
    keys = [signature.jwk(row.public_x, row.kid)] if row.kid and issuers.is_sealed(row) else []
    found = credentials.check(row, keys)
    revoked = row.status == "revoked" or row.revocation_on_record
    expired = row.expires_on is not None and row.expires_on < today
    answers = {
        "signature": found.signature,
        "record": found.record,
        "issuer": found.issuer,
        "not_revoked": not revoked,
        "not_expired": not expired,
    }
    checks = tuple(Check(key, t(f"certificate.check.{key}"), ok) for key, ok in answers.items())
    if not found.genuine:
        # What a changed row says of revocation and dates is worth nothing.
        return _nothing(row.number, "tampered", checks[:3])
    status = "revoked" if revoked else "expired" if expired else "valid"
    return _something(row, status, checks)


def _nothing(number: str, why: str, checks: tuple[Check, ...] = ()) -> Verification:
    return Verification(
        number=number,
        genuine=False,
        status="unknown",
        status_label=t("certificate.status.unknown"),
        sentence=t(f"certificate.verify.{why}"),
        checks=checks,
    )


def _something(certificate: Any, status: str, checks: tuple[Check, ...]) -> Verification:
    revoked_on = day_of(certificate.revoked_at) if certificate.revoked_at else None
    return Verification(
        number=certificate.number,
        genuine=True,
        status=status,
        status_label=t(f"certificate.status.{status}"),
        sentence=t(f"certificate.verify.{status}"),
        holder_masked=mask_name(certificate.holder_name),
        title=certificate.title,
        kind=t(f"certificate.kind.{certificate.kind}"),
        level=credentials.level_name(certificate.level),
        hours=certificate.hours_credited,
        hours_planned=certificate.hours_planned,
        institution=certificate.institution_name,
        starts_on=certificate.starts_on,
        ends_on=certificate.ends_on,
        issued_on=certificate.issued_on,
        version=certificate.version,
        expires_on=certificate.expires_on,
        issuer=certificate.signer_name,
        revoked_on=revoked_on,
        revoke_reason=certificate.revoke_reason,
        result=certificate.result,
        note=t("certificate.verify.on_record") if KINDS[certificate.kind].on_record else None,
        checks=checks,
    )
