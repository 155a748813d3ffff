"""The demo's tables as values: institutions, programmes and persons, none of them real.

Institutions that the policy texts name keep their names; their numbers are of a region that
does not exist, as are those of all others and of every person.
"""

import csv
import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from stdnum.cn import uscc

from portal.domain.identity import make_demo_id

DATA = Path(__file__).parent / "data"
# Class numbers of the demo begin with one of these, and no other class number does.
OPEN, PAST, WEEKLY, NOW, DAYLONG = "YS-", "YL-", "YR-", "YA-", "YB-"
# A region code that was never given out.
_NOWHERE = "990000"
# Head of the number by kind of body: institution of the state, or company (GB 32100).
_HEAD = {"public": "12", "private": "91"}
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# Fictional persons a region; the codes are those of its catalogue.
PEOPLE = {
    "650400": 104,
    "150000": 28,
    "430000": 28,
    "370200": 26,
    "650000": 25,
    "540000": 25,
}


@dataclass(frozen=True, slots=True)
class InstitutionSeed:
    """An institution of the demo; ``catalogue`` is the region whose catalogue lists it."""

    key: str
    catalogue: str
    uscc: str
    name: str
    kind: str
    ownership: str
    region_code: str
    address: str
    phone: str
    scope: str
    rooms: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class ProgrammeSeed:
    """A programme of the demo; ``institutions`` are the keys of those that teach it."""

    catalogue: str
    code: str
    title: str
    pack: str
    plan: str
    training_type: str
    occupation: str
    topic: str
    level: str
    hours: int
    theory: int
    fee: int
    institutions: tuple[str, ...]
    description: str


@dataclass(frozen=True, slots=True)
class StandardSeed:
    """An amount of the demo's subsidy standards, in yuan; all of them are examples."""

    catalogue: str
    training_type: str
    occupation: str
    topic: str
    level: str
    kind: str
    unit: str
    yuan: int
    fund: str


@dataclass(frozen=True, slots=True)
class PersonSeed:
    """A fictional person. ``index`` counts all of them; ``diligence`` is a chance from 0 to 1."""

    index: int
    region: str
    name: str
    birth: date
    sex: str
    groups: tuple[str, ...] = ()
    pension: str = "unknown"
    diligence: float = 1.0

    @property
    def id_no(self) -> str:
        """A number that no person can hold; odd serials are men's."""
        serial = self.index * 2 % 1000 + (1 if self.sex == "1" else 0)
        return make_demo_id(self.birth, serial)


def made_uscc(ownership: str, serial: int) -> str:
    """A code whose check characters are right and whose region does not exist."""
    body = f"MA{serial:06d}"
    values = [int(char, 36) for char in body]
    rest = 11 - sum(v * w for v, w in zip(values, _ORG_WEIGHTS, strict=True)) % 11
    organisation = body + {10: "X", 11: "0"}.get(rest, str(rest))
    first = _HEAD[ownership] + _NOWHERE + organisation
    return first + str(uscc.calc_check_digit(first))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def institutions() -> dict[str, InstitutionSeed]:
    """All institutions by key."""
    return {
        row["key"]: InstitutionSeed(
            key=row["key"],
            catalogue=row["catalogue"],
            uscc=made_uscc(row["ownership"], int(row["serial"])),
            name=row["name"],
            kind=row["kind"],
            ownership=row["ownership"],
            region_code=row["region_code"],
            address=row["address"],
            phone=row["phone"],
            scope=row["scope"].replace("|", "、"),
            rooms=tuple(row["rooms"].split("|")),
            description=row["description"],
        )
        for row in _rows("institutions.csv")
    }


@cache
def standards() -> tuple[StandardSeed, ...]:
    """All subsidy standards. One region has none: nobody there has published any."""
    return tuple(
        StandardSeed(**{**row, "yuan": int(row["yuan"])})  # type: ignore[arg-type]
        for row in _rows("standards.csv")
    )


@cache
def programmes() -> tuple[ProgrammeSeed, ...]:
    """All programmes, in the order of their catalogues."""
    return tuple(
        ProgrammeSeed(
            catalogue=row["catalogue"],
            code=row["code"],
            title=row["title"],
            pack=row["pack"],
            plan=row["plan"],
            training_type=row["training_type"],
            occupation=row["occupation"],
            topic=row["topic"],
            level=row["level"],
            hours=int(row["hours"]),
            theory=int(row["theory"]),
            fee=int(row["fee"]),
            institutions=tuple(row["institutions"].split("|")),
            description=row["description"],
        )
        for row in _rows("programmes.csv")
    )


@cache
def _people_file() -> dict[str, Any]:
    return tomllib.loads((DATA / "people.toml").read_text("utf-8"))


def staff_names() -> dict[str, str]:
    """Names of manager, instructor, officer and auditor."""
    return dict(_people_file()["staff"])


@cache
def trainees() -> tuple[PersonSeed, ...]:
    """The twenty trainees with accounts, in the order of their phones; all of Turpan."""
    return tuple(
        PersonSeed(
            index=index,
            region="650400",
            name=row["name"],
            birth=row["birth"],
            sex=row["sex"],
            groups=tuple(row["groups"]),
            pension=row.get("pension", "unknown"),
        )
        for index, row in enumerate(_people_file()["trainees"], 1)
    )


@cache
def residents() -> tuple[PersonSeed, ...]:
    """Everybody else who learns: no accounts, only names on rosters."""
    rng = random.Random("portal demo: residents")  # noqa: S311 - not a secret
    made: list[PersonSeed] = []
    for region, count in PEOPLE.items():
        for _ in range(count):
            made.append(_resident(rng, 100 + len(made), region))
    return tuple(made)


def _resident(rng: random.Random, index: int, region: str) -> PersonSeed:
    sex = rng.choice("12")
    return PersonSeed(
        index=index,
        region=region,
        name=_name(rng, region, sex),
        birth=date(1966, 1, 1) + timedelta(days=rng.randrange(39 * 365)),
        sex=sex,
        diligence=rng.choice((0.998, 0.995, 0.99, 0.98, 0.97, 0.8)),
    )


def teacher_name(rng: random.Random, region: str) -> str:
    """A name for a member of staff."""
    return _name(rng, region, rng.choice("12"))


def _name(rng: random.Random, region: str, sex: str) -> str:
    names = _people_file()["names"]
    own = {"650400": 0.55, "650000": 0.8, "150000": 0.5, "540000": 0.8}.get(region, 0.0)
    if rng.random() < own:
        if region.startswith("65"):
            first = rng.choice(names["uyghur_m" if sex == "1" else "uyghur_f"])
            return f"{first}·{rng.choice(names['uyghur_m'])}"
        return "".join(rng.sample(names["mongol" if region == "150000" else "tibetan"], 2))
    if rng.random() < 0.04:
        return str(rng.choice(names["rare"]))
    given = names["given_m" if sex == "1" else "given_f"]
    return str(rng.choice(names["surnames"]) + rng.choice(given))
