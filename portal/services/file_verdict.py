"""What a verifier is told of a file: one outcome, the answers behind it, and the words."""

from dataclasses import dataclass
from datetime import date

from portal.locale import t
from portal.services import file_credential, file_status
from portal.services.file_credential import CredentialFacts
from portal.services.file_status import StatusAnswer
from portal.services.share_shown import Shown

VALID, EXPIRED, NOT_YET, REVOKED, REPLACED = "valid", "expired", "not_yet", "revoked", "replaced"
TAMPERED, ALTERED, UNSEALED = file_credential.TAMPERED, "altered", "unsealed"
COMPROMISED_KEY, NUMBER_MISMATCH = file_credential.COMPROMISED_KEY, "number_mismatch"
NOT_REGISTERED, NO_CREDENTIAL, TOO_LARGE = "not_registered", "no_credential", "too_large"
MALFORMED, ARCHIVE, SHARE = file_credential.MALFORMED, "archive", "share"
SHARE_EXPIRED, SHARE_WITHDRAWN, SHARE_FORGED = "share_expired", "share_withdrawn", "share_forged"
SHARE_UNCHECKED = "share_unchecked"

# Every outcome there is. Only the first is accepted.
OUTCOMES = (
    *(VALID, EXPIRED, NOT_YET, REVOKED, REPLACED, TAMPERED, ALTERED, UNSEALED),
    *(file_credential.UNKNOWN_ISSUER, file_credential.ROTATED_KEY, COMPROMISED_KEY),
    *(NUMBER_MISMATCH, NOT_REGISTERED, file_status.UNKNOWN, file_status.STALE),
    *(file_status.ROLLED_BACK, file_status.FORGED, file_credential.WRONG_ALGORITHM),
    *(file_credential.WRONG_KIND, ARCHIVE, SHARE, SHARE_EXPIRED, SHARE_WITHDRAWN, SHARE_FORGED),
    *(SHARE_UNCHECKED, NO_CREDENTIAL, TOO_LARGE, MALFORMED),
)
# Those of them where there was no certificate to judge at all.
UNREADABLE = (
    *(NO_CREDENTIAL, TOO_LARGE, MALFORMED, ARCHIVE),
    *(SHARE, SHARE_EXPIRED, SHARE_WITHDRAWN, SHARE_FORGED, SHARE_UNCHECKED),
)
# What is left of a credential that nobody may believe is not shown either.
NOTHING_SHOWN = (NOT_REGISTERED, COMPROMISED_KEY, file_credential.ROTATED_KEY)


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
    None when nothing of it may be believed. ``status`` tells of the list that was believed,
    ``excerpt`` what an owner's excerpt shows."""

    outcome: str
    title: str
    sentence: str
    help: str
    answers: tuple[Answer, ...] = ()
    facts: CredentialFacts | None = None
    status: StatusAnswer | None = None
    registered: Registered | None = None
    excerpt: Shown | None = None

    @property
    def accepted(self) -> bool:
        return self.outcome == VALID

    @property
    def number(self) -> str | None:
        return self.facts.number if self.facts else None


def said(
    outcome: str,
    answers: tuple[Answer, ...] = (),
    *,
    facts: CredentialFacts | None = None,
    status: StatusAnswer | None = None,
    registered: Registered | None = None,
    excerpt: Shown | None = None,
) -> FileVerdict:
    """An outcome with its words."""
    title, sentence, what_to_do = (
        t(f"file_check.{outcome}.{name}") for name in ("title", "sentence", "help")
    )
    return FileVerdict(
        outcome, title, sentence, what_to_do, answers, facts, status, registered, excerpt
    )


def answers(**found: bool | None) -> tuple[Answer, ...]:
    """The questions that were asked, in the order in which they are shown."""
    order = ("file", "credential", "issuer", "status", "in_time")
    return tuple(
        Answer(key, t(f"file_check.check.{key}"), found[key]) for key in order if key in found
    )
