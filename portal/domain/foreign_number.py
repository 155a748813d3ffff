"""Numbers on certificates that others issued: what cannot be is refused, what is odd is kept with a
hint for whoever verifies it. Structure proves nothing: only the issuer's look-up does (B5.1).
"""

import re
from dataclasses import dataclass
from datetime import date

from portal.domain.certificate_kinds import CertificateKind, NumberForm
from portal.domain.certificate_number import (
    check_level_certificate_number,
    check_qualification_number,
    compact,
)
from portal.domain.errors import BadInput
from portal.domain.identity import IdType, parse_id_document
from portal.domain.levels import SkillLevel

_MAX_LENGTH = 40
_MISMATCH = "certificate_number.level_mismatch"
# A number of the wrong form, or one that contradicts what the same paper says of the level.
_IMPOSSIBLE = frozenset({"certificate_number.level_format", _MISMATCH})
_PLAIN = re.compile(r"[0-9A-Z\u3400-\u9fff()\u3014\u3015\[\]./\u53f7\u7b2c]+")
_SPECIAL_OP = re.compile(r"T([0-9]{17}[0-9X])")


@dataclass(frozen=True, slots=True)
class ForeignNumber:
    """A number as it is kept; ``problems`` are locale keys of what is odd in it."""

    number: str
    problems: tuple[str, ...] = ()


def check_foreign_number(
    kind: CertificateKind,
    raw: str,
    *,
    level: SkillLevel | None,
    issued_on: date,
    province: str,
    own_id_no: str,
) -> ForeignNumber:
    """Read a number as its owner typed it.

    ``province``: the region of the issuer as a GB/T 2260 code, "" when nobody said it.
    ``own_id_no``: of the owner, since 特种作业操作证 bear it. Raises BadInput("number").
    """
    number = compact(raw)
    if not number or number == "?":
        raise BadInput("number", "foreign_number.empty" if not number else "foreign_number.long")
    if len(number) > _MAX_LENGTH:
        raise BadInput("number", "foreign_number.long")
    if not _PLAIN.fullmatch(number):
        raise BadInput("number", "foreign_number.characters")
    if kind.number is NumberForm.SPECIAL_OP:
        return ForeignNumber(number, _special_op(number, own_id_no, issued_on))
    problems = _problems(kind, number, level, issued_on, province)
    for problem in problems:
        if problem in _IMPOSSIBLE:
            raise BadInput("number", problem)
    return ForeignNumber(number, tuple(problems))


def _problems(
    kind: CertificateKind, number: str, level: SkillLevel | None, issued_on: date, province: str
) -> list[str]:
    if kind.number is NumberForm.LEVEL and level is not None:
        found = check_level_certificate_number(number, level, issued_on.year, province)
        unknown = "certificate_number.province_mismatch"
        return found if province else [one for one in found if one != unknown]
    if kind.number is NumberForm.QUALIFICATION:
        # The level digit of a qualification without levels says nothing.
        found = check_qualification_number(number, level or SkillLevel.JUNIOR, issued_on.year)
        return found if level else [one for one in found if one != _MISMATCH]
    return []


def _special_op(number: str, own_id_no: str, issued_on: date) -> tuple[str, ...]:
    """T and the holder's ID number: another's, or a mistyped one, cannot be."""
    match = _SPECIAL_OP.fullmatch(number)
    if match is None:
        return ("foreign_number.special_op_unverified",)
    try:
        parse_id_document(IdType.RESIDENT_ID, match[1], today=issued_on)
    except BadInput as error:
        if error.reason != "identity.too_young":
            raise BadInput("number", "foreign_number.special_op_mistyped") from None
    if match[1] != own_id_no.upper():
        raise BadInput("number", "foreign_number.special_op_another")
    return ()
