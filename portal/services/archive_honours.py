"""How an honour was won: what an officer tells of it, and how its line says so."""

from dataclasses import dataclass
from typing import Any

from portal.domain.advancement import HONOUR_GRADES, Merit
from portal.domain.errors import BadInput
from portal.locale import t
from portal.policies import reference
from portal.services import archive_chain as chain
from portal.services.competitions import Competition

# More people stand in no competition's list of results.
_LAST_PLACE = 1_000


@dataclass(frozen=True, slots=True)
class Won:
    """What an officer tells of it, as far as it is known: the place in a competition (1 for the
    first), who gave an honour (one of ``HONOUR_GRADES``), for which occupation, by name or code."""

    place: int | None = None
    grade: str = ""
    occupation: str = ""


NOTHING_TOLD = Won()


@dataclass(frozen=True, slots=True)
class Honour:
    """What a line keeps of it, and what the rules may be asked; ``merit`` is None where they
    cannot be: military training, a competition that was never filed, no grade, no occupation."""

    detail: dict[str, Any]
    merit: Merit | None
    occupation_code: str


def read(kind: str, won: Won, listed: Competition | None) -> Honour:
    """What was told, checked; the list's word on a competition goes before the officer's.

    Raises BadInput (place, grade, occupation).
    """
    if kind == chain.MILITARY:
        return Honour({}, None, "")
    code = (listed.occupation_code if listed else "") or _occupation(won.occupation)
    if kind == chain.COMPETITION:
        return _competition(won, listed, code)
    if won.grade and won.grade not in HONOUR_GRADES:
        raise BadInput("grade", "archive.refused.grade")
    note = t(f"archive.honour.{won.grade}") if won.grade else ""
    merit = Merit(is_competition=False, grade=won.grade) if won.grade and code else None
    return Honour(_told(grade=won.grade, occupation_code=code, note=note), merit, code)


def _competition(won: Won, listed: Competition | None, code: str) -> Honour:
    if won.place is not None and not 1 <= won.place <= _LAST_PLACE:
        raise BadInput("place", "archive.refused.place")
    grade = listed.grade if listed else ""
    detail = _told(
        competition_no=listed.number if listed else "",
        grade=grade,
        place=won.place,
        occupation_code=code,
        note=t("archive.placed", place=won.place) if won.place else "",
    )
    merit = Merit(is_competition=True, grade=grade, place=won.place) if grade and code else None
    return Honour(detail, merit, code)


def _told(**values: str | int | None) -> dict[str, Any]:
    """Only what is known: a line of before reads as one of today."""
    return {name: value for name, value in values.items() if value}


def _occupation(raw: str) -> str:
    if not raw.strip():
        return ""
    found = reference.typed_occupation(raw)
    if found is None:
        raise BadInput("occupation", "archive.refused.occupation")
    return found.code
