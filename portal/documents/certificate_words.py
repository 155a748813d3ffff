"""What a certificate of each kind says, from ``locale/documents.toml``."""

from collections.abc import Callable
from datetime import date
from typing import Protocol

from portal.locale import t

# How much narrower a photo beside them makes name and statement, in millimetres.
PHOTO_MM = 32
_POINT_MM = 25.4 / 72

_LABELS = (
    *("number", "holder", "id_no", "issued_on", "credential_file", "image_alt", "photo_alt"),
)

# The boxes under the statement, by kind, with how wide each is. Those without a value are left
# out, but for the training certificate: its four are what everybody looks for.
_FACTS: dict[str, dict[str, float]] = {
    "TRAINING": {"occupation": 1.3, "level": 1, "hours": 1.1, "result": 0.8},
    "LEVEL": {"occupation": 1.3, "level": 1, "edition": 1, "result": 0.8},
    "QUAL": {"occupation": 1.3, "level": 1, "edition": 1, "result": 0.8},
    "SPECIAL": {"programme": 1.3, "occupation": 1.1, "hours": 1, "result": 0.8},
    "SAFETY_POST": {"occupation": 1.3, "hours": 1, "result": 0.8},
    "AWARD": {"award": 1, "occupation": 1.1, "remark": 1.2},
    "MILITARY": {"specialty": 1.2, "occupation": 1.2, "level": 1, "edition": 1},
}


# Issued by an assessment body or a ministry under a national number (reference B5.1, B5.2).
REGISTERED = ("LEVEL", "QUAL")


class Said(Protocol):
    """The part of a certificate that these words need."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def printing(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def programme_name(self) -> str: ...
    @property
    def occupation_name(self) -> str | None: ...
    @property
    def level_name(self) -> str | None: ...
    @property
    def edition(self) -> str | None: ...
    @property
    def remark(self) -> str | None: ...
    @property
    def hours_credited(self) -> int | None: ...
    @property
    def hours_planned(self) -> int | None: ...
    @property
    def starts_on(self) -> date | None: ...
    @property
    def ends_on(self) -> date | None: ...
    @property
    def expires_on(self) -> date | None: ...
    @property
    def institution_name(self) -> str: ...
    @property
    def institution_uscc(self) -> str: ...
    @property
    def issuer_name(self) -> str: ...
    @property
    def exam_result(self) -> str | None: ...


def day(value: date | None) -> str:
    """A date as Chinese papers spell it."""
    if value is None:
        return t("documents.certificate.none")
    return t("documents.date", year=value.year, month=value.month, day=value.day)


def labels(doc: Said) -> dict[str, str]:
    """The fixed words on the page."""
    said = {name: t(f"documents.certificate.{name}") for name in _LABELS}
    if doc.kind in REGISTERED:
        said["number"] = t("documents.certificate.original_number")
    return said


def signer(doc: Said) -> tuple[str, str]:
    """Name and USCC at the foot and in the seal: who stands for the paper.

    What others issued is registered by whoever signs here; their seal is not ours to draw.
    """
    if doc.kind in REGISTERED:
        return doc.issuer_name, ""
    return doc.institution_name, doc.institution_uscc


def statement(doc: Said) -> str:
    """The sentence that certifies."""
    ended, begun = doc.ends_on, doc.starts_on
    period = ""
    if begun is not None and ended is not None:
        period = t("documents.certificate.period", starts_on=day(begun), ends_on=day(ended))
    return t(
        f"documents.certificate.{doc.kind}.statement",
        period=period,
        institution=doc.institution_name,
        programme=doc.programme_name,
        occupation=doc.occupation_name or doc.programme_name,
        level=doc.level_name or "",
        number=doc.number,
        planned=doc.hours_planned,
        credited=doc.hours_credited,
        result=doc.exam_result or t("documents.certificate.passed"),
        specialty=doc.remark or doc.programme_name,
    )


def note(doc: Said) -> str:
    """What is said small of a corrected version and of a paper printed again."""
    said = []
    if doc.version > 1:
        said.append(t("documents.certificate.reissued", version=doc.version))
    if doc.printing > 1:
        said.append(t("documents.certificate.reprinted", printing=doc.printing))
    return " · ".join(said)


def facts(doc: Said) -> list[dict[str, object]]:
    """The boxes under the statement: label, value, share of the width, whether it surely fits."""
    found = []
    for name, share in _FACTS[doc.kind].items():
        value = _VALUES[name](doc)
        if value or doc.kind == "TRAINING":
            found.append((name, value or t("documents.certificate.none"), share))
    if doc.expires_on is not None:
        found.append(("expires_on", day(doc.expires_on), 1.0))
    whole = sum(share for *_, share in found)
    return [
        {
            "label": t(f"documents.certificate.{name}"),
            "value": value,
            "share": share,
            "sure": fits(value, 14, 229 * share / whole - 9),
        }
        for name, value, share in found
    ]


def fits(text: str, points: float, room_mm: float, *, tracking: float = 0) -> bool:
    """Whether ``text`` certainly fits into ``room_mm`` at that size.

    Unusual characters, and whatever comes near the edge, are for the template to measure.
    """
    if not all(one.isascii() or one in "·“”—" or "\u3000" <= one <= "\u9fff" for one in text):
        return False
    ems = sum(_em(one) + tracking for one in text)
    return ems * points * _POINT_MM <= room_mm


def _em(one: str) -> float:
    """The most that a character is wide, with the gap beside it, in shares of its size."""
    if one.isdigit() or one in " ./-*":
        return 0.7
    return 1.0


def _hours(doc: Said) -> str | None:
    if doc.hours_credited is None:
        return None
    planned = doc.hours_planned if doc.hours_planned is not None else doc.hours_credited
    return t("documents.certificate.hours_value", credited=doc.hours_credited, planned=planned)


_VALUES: dict[str, Callable[[Said], str | None]] = {
    "programme": lambda doc: doc.programme_name,
    "occupation": lambda doc: doc.occupation_name,
    "level": lambda doc: doc.level_name,
    "edition": lambda doc: doc.edition,
    "hours": _hours,
    "result": lambda doc: doc.exam_result,
    "award": lambda doc: doc.exam_result,
    "remark": lambda doc: doc.remark,
    "specialty": lambda doc: doc.remark or doc.programme_name,
}
