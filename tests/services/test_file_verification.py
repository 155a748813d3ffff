"""Credentials in files: found, judged by signature and expiry, and never a trace."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from portal.documents import signature
from portal.services.file_verification import credential_in, issuers_in, verify_credential

NOW = datetime(2026, 12, 1, 1, 40, tzinfo=UTC)
KEY = signature.load_key(signature.generate_key())
JWKS = [signature.jwk(signature.public_x(KEY), "k1")]


def signed(**extra: object) -> str:
    subject = {"licenseNumber": "PX65040020260000017"}
    return signature.sign_compact({"credentialSubject": subject, **extra}, KEY, "k1")


def test_a_signed_credential_is_valid_and_tells_its_number() -> None:
    verdict = verify_credential(signed(), JWKS, now=NOW)
    assert (verdict.outcome, verdict.number) == ("valid", "PX65040020260000017")


def test_a_credential_past_its_day_is_expired() -> None:
    over = signed(validUntil="2026-11-30T23:59:59+08:00")
    today = signed(validUntil="2026-12-01T23:59:59+08:00")
    assert verify_credential(over, JWKS, now=NOW).outcome == "expired"
    assert verify_credential(today, JWKS, now=NOW).outcome == "valid"


def test_a_changed_credential_is_tampered_and_tells_no_number() -> None:
    head, _, tail = signed().split(".")
    body = signed(more=1).split(".")[1]
    verdict = verify_credential(f"{head}.{body}.{tail}", JWKS, now=NOW)
    assert (verdict.outcome, verdict.number) == ("tampered", None)


def test_a_key_that_nobody_published_is_an_unknown_issuer() -> None:
    assert verify_credential(signed(), [], now=NOW).outcome == "unknown_issuer"


def test_issuer_pages_may_be_one_or_several() -> None:
    page = {"id": "x", "keys": JWKS}
    assert issuers_in(json.dumps(page).encode()) == JWKS
    assert issuers_in(json.dumps([page, page]).encode()) == JWKS * 2
    assert issuers_in(b'{"keys": [{"kid": 1}]}') is None


@given(st.binary(max_size=400))
def test_no_file_makes_it_fail(content: bytes) -> None:
    credential_in(content)
    issuers_in(content)


@given(st.text(max_size=200))
def test_no_text_is_taken_for_a_credential(text: str) -> None:
    assert verify_credential(text, JWKS, now=NOW).outcome in ("tampered", "unknown_issuer")
