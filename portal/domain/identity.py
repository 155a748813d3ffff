"""Identity documents and phone numbers (reference.md B1).

Order of the checks on an 18-digit number: normalise, form, check character, birth date; the
region is only ever a warning, because real people hold numbers of abolished and of brand-new
districts. Formats of permits and passports are common knowledge, unverified at the issuers.
"""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.domain.errors import BadInput
from portal.domain.names import name_key, normalise_name

__all__ = [
    "DEMO_REGION",
    "MAX_AGE",
    "MIN_AGE",
    "IdDocument",
    "IdType",
    "age_on",
    "check_digit",
    "is_demo_number",
    "make_demo_id",
    "name_key",
    "normalise_name",
    "normalise_phone",
    "parse_id_document",
]

# Labour age; Sichuan's training rules say it for trainees: 年满16周岁 (reference.md B1, C-05).
MIN_AGE = 16
MAX_AGE = 120
# No real person can hold a number of this region (reference.md B1).
DEMO_REGION = "990000"
# Residence permits of Hong Kong, Macao and Taiwan residents (B1, C-19).
_RESIDENCE_PERMIT_REGIONS = ("810000", "820000", "830000")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_MAP = "10X98765432"
_MAX_RAW = 100

# [0-9], never \d: \d would let Arabic-Indic digits through.
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")
_OLD_FOREIGN_PR = re.compile(r"[A-Z]{3}[0-9]{12}")
# The two digits after the lifelong number count renewals; they change with every card.
_HK_MACAO = re.compile(r"([HM][0-9]{8})(?:[0-9]{2})?")
_TAIWAN = re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?")
_PASSPORT = re.compile(r"(?=.*[0-9])[A-Z0-9]{5,15}")
_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")


class IdType(StrEnum):
    """The documents a person can register with."""

    RESIDENT_ID = "resident_id"  # 居民身份证, and the 18-digit 港澳台居民居住证
    HK_MACAO_PERMIT = "hk_macao_permit"  # 港澳居民来往内地通行证
    TAIWAN_PERMIT = "taiwan_permit"  # 台湾居民来往大陆通行证
    FOREIGN_PR = "foreign_pr"  # 外国人永久居留身份证
    PASSPORT = "passport"


@dataclass(frozen=True, slots=True)
class IdDocument:
    """A document as it is stored. ``sex_code`` is GB/T 2261.1: "1" male, "2" female.

    ``region_known`` False is a hint for a human, never a refusal; None means not looked up.
    """

    id_type: IdType
    number: str
    birth_date: date | None = None
    sex_code: str | None = None
    region_code: str | None = None
    region_known: bool | None = None


def parse_id_document(
    id_type: IdType, raw: str, *, today: date, known_regions: Container[str] = ()
) -> IdDocument:
    """Read what a person typed. Raises BadInput("id_no", "identity.<reason>").

    Store the ``id_type`` of the answer: a foreign resident's 18-digit number typed under
    resident_id comes back as foreign_pr, or one person could register twice.
    """
    number = _compact(raw, "id_no")
    if not number:
        raise _refusal("empty")
    if id_type is IdType.RESIDENT_ID:
        return _resident(number, today, known_regions)
    if id_type is IdType.FOREIGN_PR:
        return _foreign_resident(number, today)
    if id_type is IdType.HK_MACAO_PERMIT:
        if match := _HK_MACAO.fullmatch(number):
            return IdDocument(id_type, match[1])
        raise _refusal("hk_macao_permit")
    if id_type is IdType.TAIWAN_PERMIT:
        number = number.translate({ord("("): None, ord(")"): None})
        if _TAIWAN.fullmatch(number):
            return IdDocument(id_type, number)
        raise _refusal("taiwan_permit")
    if _PASSPORT.fullmatch(number):
        return IdDocument(id_type, number)
    raise _refusal("passport")


def check_digit(first17: str) -> str:
    """ISO 7064 MOD 11-2 check character of the first 17 digits. ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{17}", first17):
        raise ValueError("17 digits expected")
    total = sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True))
    return _CHECK_MAP[total % 11]


def make_demo_id(birth: date, serial: int) -> str:
    """A number that passes every check and no person can hold. ``serial`` 0..999, odd is male."""
    if not 0 <= serial <= 999:
        raise ValueError("serial must be 0..999")
    first17 = f"{DEMO_REGION}{birth:%Y%m%d}{serial:03d}"
    return first17 + check_digit(first17)


def is_demo_number(number: str) -> bool:
    """Whether a stored number belongs to the demo; production must hold none."""
    return len(number) == 18 and number.startswith(DEMO_REGION)


def age_on(birth: date, day: date) -> int:
    """Completed years; who is born on 29 February completes them on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def normalise_phone(raw: str) -> str:
    """Eleven digits of a mainland mobile number. Raises BadInput("phone", "identity.phone")."""
    compact = _compact(raw, "phone").translate({ord("("): None, ord(")"): None})
    match = _MOBILE.fullmatch(compact)
    if match is None:
        raise BadInput("phone", "identity.phone")
    return match[1]


def _compact(raw: str, field: str) -> str:
    """Half-width, upper-case, without spaces, dashes and invisible characters."""
    if len(raw) > _MAX_RAW:
        raise BadInput(field, "identity.phone" if field == "phone" else "identity.length")
    text = unicodedata.normalize("NFKC", raw)
    kept = (c for c in text if not c.isspace() and unicodedata.category(c) not in _DROPPED)
    return "".join(kept).replace("\u2212", "").upper()


_DROPPED = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf"})


def _resident(number: str, today: date, known_regions: Container[str]) -> IdDocument:
    if _FIFTEEN.fullmatch(number):
        raise _refusal("fifteen_digits")
    _check_eighteen(number)
    birth = _birth_date(number, today)
    region = number[:6]
    if region[0] == "9" and region != DEMO_REGION:
        return IdDocument(IdType.FOREIGN_PR, number, birth, _sex(number))
    return IdDocument(
        IdType.RESIDENT_ID, number, birth, _sex(number), region, _known(region, known_regions)
    )


def _foreign_resident(number: str, today: date) -> IdDocument:
    """Cards before 2023: three letters and twelve digits; since then 18 digits from 9 on (C-19).

    The old form holds only two digits of the birth year, so no birth date is read from it; in
    the new form digits 2 to 6 are place of issue and nationality, so it has no region.
    """
    if _OLD_FOREIGN_PR.fullmatch(number):
        return IdDocument(IdType.FOREIGN_PR, number)
    if len(number) != 18 or number[0] != "9":
        raise _refusal("foreign_pr")
    _check_eighteen(number)
    return IdDocument(IdType.FOREIGN_PR, number, _birth_date(number, today), _sex(number))


def _check_eighteen(number: str) -> None:
    if len(number) != 18:
        raise _refusal("length", length=len(number))
    if not _EIGHTEEN.fullmatch(number):
        raise _refusal("characters")
    if check_digit(number[:17]) != number[17]:
        raise _refusal("checksum")


def _birth_date(number: str, today: date) -> date:
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise _refusal("birth_date") from None
    if birth > today:
        raise _refusal("birth_future")
    age = age_on(birth, today)
    if age > MAX_AGE:
        raise _refusal("too_old")
    if age < MIN_AGE:
        raise _refusal("too_young", min_age=MIN_AGE)
    return birth


def _sex(number: str) -> str:
    return "1" if int(number[16]) % 2 else "2"


def _known(region: str, known_regions: Container[str]) -> bool | None:
    if region == DEMO_REGION or region in _RESIDENCE_PERMIT_REGIONS:
        return True
    return None if known_regions == () else region in known_regions


def _refusal(reason: str, **params: object) -> BadInput:
    return BadInput("id_no", f"identity.{reason}", **params)
