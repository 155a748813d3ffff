"""Kinds of certificates (reference A6): who issues them, what each of them says, how its number
is checked, where the issuers' own look-up is.

学历证书 + 职业技能等级证书 (双证) are two certificates, not a kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import BadInput


class Source(StrEnum):
    """Who brings a certificate of a kind into this portal."""

    # An institution, at the end of its class.
    INSTITUTION = "institution"
    # An authority: it issues, or puts on record what an evaluation body issued.
    AUTHORITY = "authority"
    # Its owner, who got it elsewhere.
    OWNER = "owner"


class NumberForm(StrEnum):
    """How the numbers of a kind are built."""

    OWN = "own"  # given by this portal
    LEVEL = "level"  # 22 characters (B5.1)
    QUALIFICATION = "qualification"  # 16 digits, older ones of any form (B5.2)
    SPECIAL_OP = "special_op"  # T and an ID number (B5.3)


@dataclass(frozen=True, slots=True)
class CertificateKind:
    """One kind. ``needs`` and ``never`` name columns of a certificate; ``owner_needs`` is what
    the owner of one from elsewhere must tell."""

    code: str
    sources: frozenset[Source]
    needs: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    owner_needs: frozenset[str] = frozenset()
    number: NumberForm = NumberForm.OWN
    # The portal only records it: somebody else's paper has the legal force (B5.6).
    on_record: bool = False
    look_up: str = ""
    # 特种作业: valid six years, reviewed every three (B5.3).
    valid_years: int | None = None
    review_years: int | None = None

    def may_come_from(self, source: Source) -> bool:
        """Whether such certificates are brought in by ``source``."""
        return source in self.sources


# The issuers' own look-ups: we link there and do not pretend to be them (B5.5).
OSTA = "https://zscx.osta.org.cn/"
MEM = "https://cx.mem.gov.cn/"
# What each is called, as a key of the locale.
LOOK_UP_NAMES = {OSTA: "osta", MEM: "mem"}

_ASSESSED = frozenset({"number", "institution_name", "occupation_name", "edition", "level"})
_NO_LEVEL = frozenset({"level"})
_NO_CLASS = frozenset({"hours_planned", "hours_credited"})
_BOTH = frozenset({Source.AUTHORITY, Source.OWNER})
_OWNER = frozenset({Source.OWNER})
_SKILL = frozenset({"occupation_name", "level"})

_KINDS = (
    CertificateKind(
        "LEVEL",
        _BOTH,
        needs=_ASSESSED,
        never=_NO_CLASS,
        owner_needs=_SKILL,
        number=NumberForm.LEVEL,
        on_record=True,
        look_up=OSTA,
    ),
    CertificateKind(
        "QUAL",
        _BOTH,
        needs=_ASSESSED,
        never=_NO_CLASS,
        # 准入类 qualifications have no level.
        owner_needs=frozenset({"occupation_name"}),
        number=NumberForm.QUALIFICATION,
        on_record=True,
        look_up=OSTA,
    ),
    CertificateKind(
        "SPECIAL",
        _BOTH,
        needs=frozenset({"title", "result"}),
        never=_NO_LEVEL | _NO_CLASS,
    ),
    CertificateKind(
        "TRAINING",
        frozenset({Source.INSTITUTION, Source.OWNER}),
        needs=frozenset({"title", "hours_planned", "hours_credited", "starts_on", "ends_on"}),
        never=_NO_LEVEL,
    ),
    CertificateKind(
        "SAFETY_POST",
        frozenset({Source.INSTITUTION, Source.AUTHORITY, Source.OWNER}),
        needs=frozenset({"title", "result"}),
        never=_NO_LEVEL,
    ),
    CertificateKind(
        "SPECIAL_OP",
        _OWNER,
        never=_NO_LEVEL,
        number=NumberForm.SPECIAL_OP,
        look_up=MEM,
        valid_years=6,
        review_years=3,
    ),
    CertificateKind("ENT_SELF", _OWNER, owner_needs=_SKILL),
    CertificateKind(
        "AWARD",
        _BOTH,
        # The rank that was won.
        needs=frozenset({"title", "result"}),
        never=_NO_LEVEL | _NO_CLASS,
    ),
    CertificateKind(
        "MILITARY",
        _BOTH,
        # The military specialty, and the civil occupation that it answers to.
        needs=frozenset({"remark", "occupation_name"}),
        never=_NO_CLASS,
    ),
    CertificateKind("TITLE", _OWNER, never=_NO_LEVEL),
)
KINDS: Mapping[str, CertificateKind] = {kind.code: kind for kind in _KINDS}


def kind_of(code: str, source: Source) -> CertificateKind:
    """A kind that ``source`` may bring in; raises BadInput("kind")."""
    kind = KINDS.get(code)
    if kind is None or not kind.may_come_from(source):
        raise BadInput("kind", "certificate_kinds.choose")
    return kind


def kinds_from(source: Source) -> tuple[CertificateKind, ...]:
    """The kinds that ``source`` brings in, in the order in which they are offered."""
    return tuple(kind for kind in _KINDS if kind.may_come_from(source))


def check_fields(kind: CertificateKind, values: Mapping[str, object]) -> None:
    """Refuse what a certificate of the kind lacks, and what it cannot have.

    Raises BadInput(field, "certificate_kinds.missing.<field>" or "...never.<field>").
    """
    for field in sorted(kind.never):
        if values.get(field) is not None:
            raise BadInput(field, f"certificate_kinds.never.{field}")
    for field in sorted(kind.needs):
        if values.get(field) is None:
            raise BadInput(field, f"certificate_kinds.missing.{field}")
