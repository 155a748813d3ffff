"""Publishable files as they lie on a disk: named ones, and every fitting one in named folders."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from portal.services.publishing import SUFFIXES
from portal.services.publishing_report import PublishProblem, of_file


def read_paths(paths: Iterable[Path]) -> tuple[list[tuple[str, bytes]], list[PublishProblem]]:
    """Name and content of every file; a problem for each unreadable one, or if there is none."""
    found: list[tuple[str, bytes]] = []
    problems: list[PublishProblem] = []
    for file in _files(paths):
        try:
            found.append((file.name, file.read_bytes()))
        except OSError as error:
            why = error.strerror or type(error).__name__
            problems.append(of_file(str(file), "publishing.unreadable_file", why=why))
    if not found and not problems:
        problems.append(of_file("", "publishing.no_files"))
    return found, problems


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.rglob("*")) if _fits(file))
        else:
            yield path


def _fits(file: Path) -> bool:
    # Office leaves lock files such as ~$目录.xlsx beside an open workbook.
    return file.suffix.lower() in SUFFIXES and not file.name.startswith("~$")
