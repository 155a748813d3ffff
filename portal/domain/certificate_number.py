"""Numbers of certificates: our own, and the national ones that people bring.

Our training certificate (培训合格证书) reads PX 650400 2026 0000017 3: kind, region, year, serial
and one check digit by ISO 7064 MOD 11,10 over the 17 digits. That system was chosen because its
check character is always a digit, so that O and I can be read as 0 and 1, and because it finds
every wrong digit and nearly every swap of neighbours.

The national formats (reference.md B5.1, B5.2) carry no check digit: their structure can be
wrong, but only a look-up at the issuer proves one right.
"""

import re
import unicodedata
from dataclasses import dataclass

from portal.domain.errors import BadInput
from portal.domain.levels import SkillLevel

PREFIX = "PX"
# What our own numbers begin with, by kind (reference A6); a level certificate and a qualification
# bear the national number that was given to them.
PREFIXES = {
    "TRAINING": PREFIX,
    "SPECIAL": "ZX",
    "SAFETY_POST": "AQ",
    "AWARD": "JL",
    "MILITARY": "JD",
}
_OWN = re.compile(r"(PX|ZX|AQ|JL|JD)([0-9]{6})([0-9]{4})([0-9]{7})([0-9])")
_MAX_SERIAL = 9_999_999
_MAX_RAW = 100
_LETTERS_READ_AS_DIGITS = str.maketrans("OIL", "011")

# GB/T 2260 provinces, as in the format's own rule (B5.1).
_PROVINCE = "(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-6])"
_LEVEL_CERTIFICATE = re.compile(
    rf"(?:[YS][0-9]{{4}}){_PROVINCE}[0-9]{{6}}([0-9]{{2}})([1-5A-Z])[0-9]{{6}}"
)
_QUALIFICATION = re.compile(r"([0-9]{2})[0-9]{2}[0-9]{2}[0-4][0-9]{3}([1-5])[0-9]{5}")


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """One of our own numbers, taken apart."""

    region_code: str
    year: int
    serial: int
    prefix: str = PREFIX

    def __str__(self) -> str:
        return format_certificate_number(self.region_code, self.year, self.serial, self.prefix)

    @property
    def spaced(self) -> str:
        """In groups, for people to read and type."""
        text = str(self)
        return f"{text[:2]} {text[2:8]} {text[8:12]} {text[12:19]} {text[19]}"


def format_certificate_number(
    region_code: str, year: int, serial: int, prefix: str = PREFIX
) -> str:
    """The 20 characters to store and print. ValueError for parts that do not fit."""
    if not re.fullmatch(r"[0-9]{6}", region_code) or not 2000 <= year <= 9999:
        raise ValueError("a region of six digits and a year since 2000 are needed")
    if not 1 <= serial <= _MAX_SERIAL:
        raise ValueError(f"serial must be 1..{_MAX_SERIAL}")
    body = f"{region_code}{year:04d}{serial:07d}"
    return prefix + body + _check(body)


def parse_certificate_number(raw: str) -> CertificateNumber:
    """Read what a person typed; forgives case, width, spaces, hyphens, O for 0 and I for 1.

    Raises BadInput("number", "certificate_number.<reason>"): empty, format, checksum.
    """
    text = compact(raw)
    if not text:
        raise BadInput("number", "certificate_number.empty")
    text = text[:2] + text[2:].translate(_LETTERS_READ_AS_DIGITS)
    match = _OWN.fullmatch(text)
    if match is None or int(match[3]) < 2000 or int(match[4]) == 0:
        raise BadInput("number", "certificate_number.format")
    if _check(text[2:-1]) != match[5]:
        raise BadInput("number", "certificate_number.checksum")
    return CertificateNumber(match[2], int(match[3]), int(match[4]), match[1])


def is_national(raw: str) -> bool:
    """Whether a text has the form of a national number (B5.1, B5.2), of whatever truth."""
    text = compact(raw)
    return bool(_LEVEL_CERTIFICATE.fullmatch(text) or _QUALIFICATION.fullmatch(text))


def check_level_certificate_number(
    number: str, level: SkillLevel, issued_year: int, province: str
) -> list[str]:
    """Locale keys of what is wrong with a 职业技能等级证书 number (22 characters, B5.1).

    ``province``: GB/T 2260 code of the issuer, of which the first two digits count. Empty
    means well formed, not genuine. The three levels without a national code carry a letter;
    which one is not verified, so any is accepted.
    """
    match = _LEVEL_CERTIFICATE.fullmatch(compact(number))
    if match is None:
        return ["certificate_number.level_format"]
    printed_province, year, printed_level = match.groups()
    fits = printed_level == level.code if level.code else printed_level.isalpha()
    problems = [] if fits else ["certificate_number.level_mismatch"]
    if int(year) != issued_year % 100:
        problems.append("certificate_number.year_mismatch")
    if printed_province != province[:2]:
        problems.append("certificate_number.province_mismatch")
    return problems


def check_qualification_number(number: str, level: SkillLevel, issued_year: int) -> list[str]:
    """Locale keys of what is odd in a 职业资格证书 number (16 digits, B5.2).

    Old local certificates have other lengths, so an unfamiliar form is accepted as
    ``qualification_unverified`` for a human to look at; empty means well formed.
    """
    match = _QUALIFICATION.fullmatch(compact(number))
    if match is None:
        return ["certificate_number.qualification_unverified"]
    problems = [] if match[2] == level.code else ["certificate_number.level_mismatch"]
    if int(match[1]) != issued_year % 100:
        problems.append("certificate_number.year_mismatch")
    return problems


def compact(raw: str) -> str:
    """A number as typed: half-width, upper-case, without spaces, dashes, invisible characters."""
    if len(raw) > _MAX_RAW:
        return "?"
    if raw.isascii() and raw.isalnum():
        return raw.upper()
    kept = (
        char
        for char in unicodedata.normalize("NFKC", raw)
        if not char.isspace() and unicodedata.category(char) not in ("Zs", "Pd", "Cf")
    )
    return "".join(kept).replace("\u2212", "").upper()


def _check(digits: str) -> str:
    """The check digit of ISO 7064 MOD 11,10."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
