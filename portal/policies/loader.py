"""Reading policy packs: a TOML file in, a checked pack or every fault of the file out."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.domain.errors import PortalError
from portal.policies.checks import Fault, faults_of
from portal.policies.models import PolicyPack
from portal.policies.reach import distance

PACKS = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class PackProblem:
    """One fault of a file: ``table`` and ``row`` (counted from 1) say where, ``reason`` why."""

    file: str
    table: str
    row: int | None
    key: str
    reason: str
    params: dict[str, object] = field(default_factory=dict)


class PackError(PortalError):
    """The file is no valid pack; ``problems`` lists all that is wrong with it."""

    key = "publish.pack.refused"

    def __init__(self, problems: tuple[PackProblem, ...]) -> None:
        super().__init__(file=problems[0].file, count=len(problems))
        self.problems = problems


def load_pack(path: Path) -> PolicyPack:
    """Read and check one pack; raises PackError with every problem found."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise _single(path, "unreadable", why=type(error).__name__) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _single(path, "not_toml", line=line[1] if line else "?") from error
    try:
        pack = PolicyPack.model_validate(_frozen(raw))
    except ValidationError as error:
        faults = [_from_detail(detail) for detail in error.errors(include_url=False)]
        raise PackError(tuple(_named(path, faults))) from error
    faults = faults_of(pack)
    if faults:
        raise PackError(tuple(_named(path, faults)))
    return pack


@cache
def load_packs() -> dict[str, PolicyPack]:
    """The shipped packs by document id. Callers must not change the dictionary."""
    packs = [load_pack(path) for path in sorted(PACKS.glob("*.toml"))]
    return {pack.document.id: pack for pack in packs}


def packs_for_region(region_code: str, on: date, *, demo: bool = False) -> list[PolicyPack]:
    """The shipped packs that apply in a region on a day, the most local first.

    ``demo`` also counts continuations that are marked as examples (reference.md D12).
    """
    found = [
        (steps, pack)
        for pack in load_packs().values()
        if (steps := distance(pack.document, region_code)) is not None
        and pack.document.standing(on, demo=demo) in ("in_force", "continued")
    ]
    return [pack for _, pack in sorted(found, key=lambda pair: pair[0])]


def pack_for_region(region_code: str, on: date, *, demo: bool = False) -> PolicyPack | None:
    """The most local pack that applies in a region on a day, or None."""
    packs = packs_for_region(region_code, on, demo=demo)
    return packs[0] if packs else None


def _single(path: Path, reason: str, **params: object) -> PackError:
    return PackError((PackProblem(path.name, "", None, "", f"publish.pack.{reason}", params),))


def _named(path: Path, faults: list[Fault]) -> Iterator[PackProblem]:
    for fault in faults:
        yield PackProblem(path.name, fault.table, fault.row, fault.key, fault.reason, fault.params)


def _frozen(value: object) -> object:
    """Arrays as tuples, which is what frozen models hold."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


_REASONS = {
    "missing": "missing_key",
    "extra_forbidden": "unknown_key",
    "string_too_long": "too_long",
    "string_too_short": "empty",
    "too_short": "empty",
    "literal_error": "not_one_of",
    "string_pattern_mismatch": "bad_pattern",
}


def _from_detail(detail: ErrorDetails) -> Fault:
    """A library's finding as a place and a reason of ours."""
    place = detail["loc"]
    numbers = [i for i, part in enumerate(place) if isinstance(part, int)]
    at = numbers[0] if numbers else None
    names = [str(part) for part in place]
    if at is not None:
        table, row, key = ".".join(names[:at]), int(place[at]) + 1, ".".join(names[at + 1 :])
    else:
        table, row, key = ".".join(names[:-1]), None, names[-1]
    reason = _REASONS.get(detail["type"], "wrong_type")
    context = detail.get("ctx", {})
    params: dict[str, object] = {"value": _short(detail["input"])}
    if reason == "missing_key":
        # The library shows the whole table as input here, which helps nobody.
        params = {}
    if "max_length" in context:
        params["limit"] = context["max_length"]
    if "expected" in context:
        params["expected"] = context["expected"]
    return Fault(table, row, key, f"publish.pack.{reason}", params)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
