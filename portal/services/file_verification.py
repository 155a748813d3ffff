"""The verdict on a certificate file: several questions, each answered, and one outcome.

Works with the saved keys and status lists of ``trust`` alone; where a ``register`` is at hand it
is asked too, and it alone can tell what a compromised key signed in its good days.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from portal.documents import file_contents, file_seal, signature
from portal.documents.file_contents import Contents
from portal.domain import carry
from portal.services import file_credential, file_status, share_check
from portal.services.file_credential import CredentialCheck, CredentialFacts
from portal.services.file_status import StatusAnswer
from portal.services.file_verdict import (
    ALTERED,
    ARCHIVE,
    COMPROMISED_KEY,
    EXPIRED,
    MALFORMED,
    NO_CREDENTIAL,
    NOT_REGISTERED,
    NOT_YET,
    NOTHING_SHOWN,
    NUMBER_MISMATCH,
    REPLACED,
    REVOKED,
    SHARE_UNCHECKED,
    TOO_LARGE,
    UNSEALED,
    VALID,
    Answer,
    FileVerdict,
    Registered,
    answers,
    said,
)
from portal.services.trust import Jwk, Trust

# Asks for a credential by its exact text, its number and its issuer; None: another register's.
Register = Callable[[str, str, str], Registered | None]


def verify(
    content: bytes,
    trust: Trust,
    *,
    now: datetime,
    seen: Mapping[str, int] | None = None,
    register: Register | None = None,
) -> FileVerdict:
    """Judge a file; never raises, whatever it holds."""
    if len(content) > file_contents.LARGEST:
        return said(TOO_LARGE)
    found = file_contents.take_apart(content)
    if found.form == file_contents.SHARE:
        return said(SHARE_UNCHECKED)
    if found.credential is None:
        return said(_without_credential(found))
    checked = file_credential.check(found.credential, trust)
    if checked.outcome == file_credential.WRONG_KIND:
        return _of_another_kind(content, found, found.credential, trust)
    if not checked.payload:
        return said(checked.outcome, _unbelieved(checked.outcome))
    facts = file_credential.facts(checked.payload, checked.signer, trust)
    file = _of_file(content, found, facts, checked, trust)
    issuer = str(checked.signer.get("iss"))
    known = register(found.credential, facts.number or "", issuer) if register else None
    status = _of_status(checked, trust, known, seen or {}, now)
    outcome = _outcome(checked, file, known, status, now)
    return said(
        outcome,
        answers(
            file=None if file == UNSEALED else file is None,
            credential=outcome not in NOTHING_SHOWN,
            issuer=checked.outcome == file_credential.GENUINE or known is not None,
            status=_standing(status, known),
            in_time=_over(checked, now) is None,
        ),
        facts=None if outcome in NOTHING_SHOWN else facts,
        status=status,
        registered=known,
    )


def _without_credential(found: Contents) -> str:
    if found.format == carry.FORMAT:
        return ARCHIVE
    if found.format == share_check.FORMAT:
        return SHARE_UNCHECKED
    readable = found.form in (file_contents.PNG, file_contents.PDF)
    return NO_CREDENTIAL if readable else MALFORMED


def _of_file(
    content: bytes, found: Contents, facts: CredentialFacts, checked: CredentialCheck, trust: Trust
) -> str | None:
    """What is wrong with what stands around the credential; None when nothing is."""
    if found.form == file_contents.TOKEN:
        return None
    if found.form == file_contents.JSON:
        if found.number != facts.number:
            return NUMBER_MISMATCH
        good = found.whole and found.address == checked.payload.get("id")
        return None if good else ALTERED
    return _of_seal(content, found, checked.signer, trust)


def _of_seal(content: bytes, found: Contents, signer: Jwk, trust: Trust) -> str | None:
    check = file_seal.check_png if found.form == file_contents.PNG else file_seal.check_pdf
    seal = check(content, trust.keys, credential=found.credential)
    if seal.state == file_seal.ABSENT:
        return UNSEALED
    speaker = trust.speaker(seal.kid, signer)
    if seal.state != file_seal.GOOD or not speaker:
        return ALTERED
    return COMPROMISED_KEY if "revoked" in speaker else None


def _of_another_kind(content: bytes, found: Contents, token: str, trust: Trust) -> FileVerdict:
    """A token that is no credential; a printed archive is told whether it is as it was made."""
    try:
        claims = signature.verify_compact(token, trust.keys, typ=(carry.TYP,))
    except (signature.SignatureInvalid, signature.UnknownIssuer):
        return said(file_credential.WRONG_KIND, answers(credential=False))
    signer = trust.key(signature.kid_of(token, trust.keys), claims.get("iss"))
    if found.form != file_contents.PDF or "revoked" in signer:
        return said(file_credential.WRONG_KIND, answers(credential=False))
    wrong = _of_seal(content, found, signer, trust)
    file = None if wrong == UNSEALED else wrong is None
    return said(wrong or ARCHIVE, answers(file=file, credential=True, issuer=True))


def _of_status(
    checked: CredentialCheck,
    trust: Trust,
    known: Registered | None,
    seen: Mapping[str, int],
    now: datetime,
) -> StatusAnswer:
    if known is not None:
        return StatusAnswer(file_status.REVOKED if known.state == REVOKED else file_status.GOOD)
    return file_status.ask(
        checked.payload, checked.signer, checked.signed_at or now, trust, seen=seen, now=now
    )


def _outcome(
    checked: CredentialCheck,
    file: str | None,
    known: Registered | None,
    status: StatusAnswer,
    now: datetime,
) -> str:
    """The gravest of what was found."""
    sure = known is not None and known.state != "missing"
    if checked.outcome == COMPROMISED_KEY and not sure:
        return COMPROMISED_KEY
    if checked.outcome not in (file_credential.GENUINE, COMPROMISED_KEY):
        return checked.outcome
    if known is not None and known.state == "missing":
        return NOT_REGISTERED
    if file is not None and file != UNSEALED:
        return file
    if status.outcome == file_status.REVOKED:
        return REVOKED
    if known is not None and known.state == REPLACED:
        return REPLACED
    over = _over(checked, now)
    if over is not None:
        return over
    if status.outcome != file_status.GOOD:
        return status.outcome
    # The certificate is good; whether the picture around it is, a file without seal cannot say.
    return UNSEALED if file == UNSEALED else VALID


def _over(checked: CredentialCheck, now: datetime) -> str | None:
    if checked.ends_at is not None and checked.ends_at < now:
        return EXPIRED
    if checked.signed_at is not None and checked.signed_at > now + file_status.SKEW:
        return NOT_YET
    return None


def _unbelieved(outcome: str) -> tuple[Answer, ...]:
    """Of a stranger's credential nobody can say whether it is genuine, of a broken one whose."""
    if outcome == file_credential.UNKNOWN_ISSUER:
        return answers(credential=None, issuer=False)
    return answers(credential=False, issuer=None)


def _standing(status: StatusAnswer, known: Registered | None) -> bool | None:
    if known is not None and known.state != "issued":
        return False
    if status.outcome in (file_status.GOOD, file_status.REVOKED):
        return status.outcome == file_status.GOOD
    return None
