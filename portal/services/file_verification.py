"""The verdict on a certificate file: several questions, each answered, and one outcome.

Works with the saved keys and status lists of ``trust`` alone; where a ``register`` is at hand it
is asked too, and it alone can tell what a compromised key signed in its good days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from portal.documents import file_contents, file_seal
from portal.documents.file_contents import Contents
from portal.domain import carry
from portal.locale import t
from portal.services import file_credential, file_status
from portal.services.file_credential import CredentialCheck, CredentialFacts
from portal.services.file_status import StatusAnswer
from portal.services.trust import Trust

VALID, EXPIRED, NOT_YET, REVOKED, REPLACED = "valid", "expired", "not_yet", "revoked", "replaced"
TAMPERED, ALTERED, UNSEALED = file_credential.TAMPERED, "altered", "unsealed"
COMPROMISED_KEY, NUMBER_MISMATCH = file_credential.COMPROMISED_KEY, "number_mismatch"
NOT_REGISTERED, NO_CREDENTIAL, TOO_LARGE = "not_registered", "no_credential", "too_large"
MALFORMED, ARCHIVE, SHARE = file_credential.MALFORMED, "archive_export", "share"

# Every outcome there is. Only the first is accepted.
OUTCOMES = (
    *(VALID, EXPIRED, NOT_YET, REVOKED, REPLACED, TAMPERED, ALTERED, UNSEALED),
    *(file_credential.UNKNOWN_ISSUER, file_credential.ROTATED_KEY, COMPROMISED_KEY),
    *(NUMBER_MISMATCH, NOT_REGISTERED, file_status.UNKNOWN, file_status.STALE),
    *(file_status.ROLLED_BACK, file_status.FORGED, file_credential.WRONG_ALGORITHM),
    *(file_credential.WRONG_KIND, ARCHIVE, SHARE, NO_CREDENTIAL, TOO_LARGE, MALFORMED),
)
# Those of them where there was no certificate to judge at all.
UNREADABLE = (NO_CREDENTIAL, TOO_LARGE, MALFORMED, ARCHIVE, SHARE)
# What is left of a credential that nobody may believe is not shown either.
_NOTHING_SHOWN = (NOT_REGISTERED, COMPROMISED_KEY, file_credential.ROTATED_KEY)


@dataclass(frozen=True, slots=True)
class Answer:
    """One question in words, and its answer: True, False, or None where nobody can tell."""

    key: str
    label: str
    ok: bool | None


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says of a credential: ``issued``, ``revoked``, ``replaced``, or
    ``missing`` when it holds no such credential, whoever signed it."""

    state: str
    revoked_on: date | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """``outcome`` is one of OUTCOMES; ``help`` says what to do. ``facts`` are what was signed,
    None when nothing of it may be believed. ``status`` tells of the list that was believed."""

    outcome: str
    title: str
    sentence: str
    help: str
    answers: tuple[Answer, ...] = ()
    facts: CredentialFacts | None = None
    status: StatusAnswer | None = None
    registered: Registered | None = None

    @property
    def accepted(self) -> bool:
        return self.outcome == VALID

    @property
    def number(self) -> str | None:
        return self.facts.number if self.facts else None


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
        return said(SHARE)
    if found.credential is None:
        return said(_without_credential(found))
    checked = file_credential.check(found.credential, trust)
    if not checked.payload:
        return said(checked.outcome, _answers(credential=False, issuer=_issuer(checked)))
    facts = file_credential.facts(checked.payload, checked.signer, trust)
    file = _of_file(content, found, facts, checked, trust)
    issuer = str(checked.signer.get("iss"))
    known = register(found.credential, facts.number or "", issuer) if register else None
    status = _of_status(checked, trust, known, seen or {}, now)
    outcome = _outcome(checked, file, known, status, now)
    return said(
        outcome,
        _answers(
            file=None if file == UNSEALED else file is None,
            credential=outcome not in _NOTHING_SHOWN,
            issuer=checked.outcome == file_credential.GENUINE or known is not None,
            status=_standing(status, known),
            in_time=_over(checked, now) is None,
        ),
        facts=None if outcome in _NOTHING_SHOWN else facts,
        status=status,
        registered=known,
    )


def said(
    outcome: str,
    answers: tuple[Answer, ...] = (),
    *,
    facts: CredentialFacts | None = None,
    status: StatusAnswer | None = None,
    registered: Registered | None = None,
) -> FileVerdict:
    """An outcome with its words."""
    title, sentence, what_to_do = (
        t(f"file_check.{outcome}.{name}") for name in ("title", "sentence", "help")
    )
    return FileVerdict(outcome, title, sentence, what_to_do, answers, facts, status, registered)


def _without_credential(found: Contents) -> str:
    if found.format == carry.FORMAT:
        return ARCHIVE
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
    check = file_seal.check_png if found.form == file_contents.PNG else file_seal.check_pdf
    seal = check(content, trust.keys, credential=found.credential)
    if seal.state == file_seal.ABSENT:
        return UNSEALED
    if seal.state != file_seal.GOOD or not trust.speaks_for(seal.kid, checked.signer):
        return ALTERED
    return COMPROMISED_KEY if "revoked" in trust.key(seal.kid) else None


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


def _issuer(checked: CredentialCheck) -> bool | None:
    return False if checked.outcome == file_credential.UNKNOWN_ISSUER else None


def _standing(status: StatusAnswer, known: Registered | None) -> bool | None:
    if known is not None and known.state != "issued":
        return False
    if status.outcome in (file_status.GOOD, file_status.REVOKED):
        return status.outcome == file_status.GOOD
    return None


def _answers(**found: bool | None) -> tuple[Answer, ...]:
    order = ("file", "credential", "issuer", "status", "in_time")
    return tuple(
        Answer(key, t(f"file_check.check.{key}"), found[key]) for key in order if key in found
    )
