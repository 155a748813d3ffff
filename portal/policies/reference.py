"""Reference tables that packs and pages share: occupations, regions, groups, training types.

Each table is a CSV beside this module (sources in ``data/SOURCES.md``), read once a process.
"""

from dataclasses import dataclass
from functools import cache

from portal.policies.regions import NATIONAL as NATIONAL
from portal.policies.regions import Region as Region
from portal.policies.regions import ancestors as ancestors
from portal.policies.regions import child_regions as child_regions
from portal.policies.regions import local_name as local_name
from portal.policies.regions import region as region
from portal.policies.regions import region_name as region_name
from portal.policies.regions import region_path as region_path
from portal.policies.regions import regions as regions
from portal.policies.tables import rows


@dataclass(frozen=True, slots=True)
class Occupation:
    """An occupation of the 职业分类大典.

    ``edition`` is the book the code is printed in; ``status`` is ``ok``, ``chg`` (the code
    differs between editions) or ``?`` (uncertain). ``is_green`` is None while unknown.
    """

    code: str
    edition: str
    name: str
    keywords: tuple[str, ...]
    is_digital: bool
    is_green: bool | None
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class Topic:
    """Something taught that has no occupation code."""

    code: str
    name: str
    keywords: tuple[str, ...]
    training_type: str
    note: str


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """A target group. ``sensitive`` is ``no``, ``yes`` (never shown to institutions or in public
    lists) or ``very`` (a separate closed channel)."""

    code: str
    name: str
    plain: str
    sensitive: str


@dataclass(frozen=True, slots=True)
class TrainingType:
    """A training type; ``bucket`` is the yearly quota it draws on (R01), None for none."""

    code: str
    name: str
    bucket: str | None
    payee: str
    note: str


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split("|") if word)


def _tri_state(cell: str) -> bool | None:
    return None if cell == "" else cell == "true"


@cache
def _occupations() -> dict[str, Occupation]:
    return {
        row["code"]: Occupation(
            code=row["code"],
            edition=row["edition"],
            name=row["name"],
            keywords=_words(row["keywords"]),
            is_digital=row["is_digital"] == "true",
            is_green=_tri_state(row["is_green"]),
            status=row["status"],
            note=row["note"],
        )
        for row in rows("occupations.csv")
    }


def occupations() -> tuple[Occupation, ...]:
    """Every known occupation, by code."""
    return tuple(_occupations().values())


def occupation(code: str) -> Occupation | None:
    """The occupation of a code as printed, or None."""
    return _occupations().get(code)


def typed_occupation(raw: str) -> Occupation | None:
    """The occupation of a code or a name that somebody typed, or of both: 电工 6-31-01-03."""
    wanted = raw.strip()
    named = (one for one in occupations() if one.name == wanted)
    return occupation(wanted.rpartition(" ")[2]) or next(named, None)


@cache
def _families() -> dict[str, str]:
    families: dict[str, str] = {}
    for row in rows("occupation_mapping.csv"):
        families[row["old_code"]] = row["family"]
        if row["code"]:
            families[row["code"]] = row["family"]
    return families


@dataclass(frozen=True, slots=True)
class LaterCode:
    """What an occupation's code of an earlier book has become."""

    edition: str
    code: str


@cache
def _later_codes() -> dict[str, LaterCode]:
    return {
        row["old_code"]: LaterCode(row["old_edition"], row["code"])
        for row in rows("occupation_mapping.csv")
        if row["code"]
    }


def later_code(code: str) -> LaterCode | None:
    """The present code of one that an earlier edition printed, or None."""
    return _later_codes().get(code)


def occupation_family(code: str) -> str:
    """The key by which "the same occupation" is compared across editions of the book.

    A code that never changed is its own family.
    """
    return _families().get(code, code)


def codes_of_same_occupation(code: str) -> frozenset[str]:
    """Every code under which the same occupation is printed in some edition, this one included."""
    return _by_family().get(occupation_family(code), frozenset()) | {code}


@cache
def _by_family() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code, family in _families().items():
        found.setdefault(family, set()).add(code)
    return {family: frozenset(codes) for family, codes in found.items()}


@cache
def _topics() -> dict[str, Topic]:
    return {
        row["code"]: Topic(
            row["code"], row["name"], _words(row["keywords"]), row["training_type"], row["note"]
        )
        for row in rows("topics.csv")
    }


def topics() -> tuple[Topic, ...]:
    """Every topic that has no occupation code."""
    return tuple(_topics().values())


def topic(code: str) -> Topic | None:
    """The topic of a code, or None."""
    return _topics().get(code)


@cache
def _groups() -> dict[str, GroupTerm]:
    return {row["code"]: GroupTerm(**row) for row in rows("groups.csv")}


def groups() -> tuple[GroupTerm, ...]:
    """Every target group."""
    return tuple(_groups().values())


def group(code: str) -> GroupTerm | None:
    """The target group of a code, or None."""
    return _groups().get(code)


@cache
def _training_types() -> dict[str, TrainingType]:
    return {
        row["code"]: TrainingType(
            row["code"], row["name"], row["bucket"] or None, row["payee"], row["note"]
        )
        for row in rows("training_types.csv")
    }


def training_types() -> tuple[TrainingType, ...]:
    """Every training type."""
    return tuple(_training_types().values())


def training_type(code: str) -> TrainingType | None:
    """The training type of a code, or None."""
    return _training_types().get(code)
