"""What comes of publishing: every fault in a sentence, or what was put in force."""

from dataclasses import dataclass

from portal.documents.sheets import SheetProblem
from portal.locale import t
from portal.policies.loader import PackProblem


@dataclass(frozen=True, slots=True)
class PublishProblem:
    """One fault: where it stands (``row`` counts from 1, None for the whole) and why."""

    file: str
    sheet: str
    row: int | None
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Published:
    """One thing of a publication. ``outcome`` is new, changed or unchanged; ``rows`` its size."""

    kind: str
    name: str
    region_code: str
    outcome: str
    rows: int


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The answer to a publication; with any problem nothing was written."""

    problems: tuple[PublishProblem, ...]
    published: tuple[Published, ...]
    dry_run: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with the files."""
        return not self.problems


def of_file(file: str, reason: str, **params: object) -> PublishProblem:
    """A fault of a file as a whole; ``reason`` is a locale key."""
    return PublishProblem(file, "", None, "", t(reason, **params))


def of_sheet(file: str, problem: SheetProblem) -> PublishProblem:
    """A fault of a sheet, its sentence filled."""
    reason = t(problem.reason, **problem.params)
    return PublishProblem(file, problem.sheet, problem.row or None, problem.column, reason)


def of_pack(problem: PackProblem) -> PublishProblem:
    """A fault of a policy pack, its sentence filled."""
    reason = t(problem.reason, **problem.params)
    return PublishProblem(problem.file, problem.table, problem.row, problem.key, reason)
