"""Every sentence that the code asks for exists, with the placeholders it is given."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain import errors
from portal.locale import has, sentences
from portal.settings import ROOT


def asked() -> Iterator[tuple[str, Path, int, set[str]]]:
    """Every ``t("literal", name=...)`` of the package."""
    for file in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "t"
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and all(keyword.arg for keyword in node.keywords)
            ):
                names = {str(keyword.arg) for keyword in node.keywords}
                yield str(node.args[0].value), file, node.lineno, names


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_key_in_the_code_has_a_sentence() -> None:
    missing = {f"{file.name}:{line} {key}" for key, file, line, _ in asked() if not has(key)}
    assert missing == set()


def test_every_placeholder_is_filled() -> None:
    wrong = {
        f"{file.name}:{line} {key}"
        for key, file, line, names in asked()
        if has(key) and names and not placeholders(sentences()[key]) <= names
    }
    assert wrong == set()


def test_every_key_in_the_templates_has_a_sentence() -> None:
    missing = set()
    for file in (ROOT / "portal" / "http" / "templates").glob("*.html"):
        for key in re.findall(r'\bt\("([a-z0-9_.]+)"[,)]', file.read_text("utf-8")):
            if not has(key):
                missing.add(f"{file.name} {key}")
    assert missing == set()


def spoken() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every string of the package, and what its f-strings may become."""
    said: set[str] = set()
    shapes: set[str] = set()
    for file in (ROOT / "portal").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    one.value if isinstance(one, ast.Constant) else None for one in node.values
                ]
                if re.match(r"[a-z0-9_]+\.", str(parts[0])):
                    shapes.add("".join(re.escape(str(p)) if p else "[^ ]+" for p in parts))
    for kind in ("html", "js", "jsx"):
        for file in (ROOT / "portal").rglob(f"*.{kind}"):
            said |= set(re.findall(r"""["'`]([a-z0-9_.]+)["'`]""", file.read_text("utf-8")))
    return said, [re.compile(shape) for shape in shapes]


def test_no_sentence_is_left_over() -> None:
    """A key is in use when a string is it, begins it or could become it."""
    said, shapes = spoken()
    begun = tuple(word for word in said if re.fullmatch(r"[a-z0-9_.]+[._]", word) and "." in word)

    def in_use(key: str) -> bool:
        parts = key.split(".")
        return (
            key in said
            or key.startswith(begun)
            or any(shape.fullmatch(key) for shape in shapes)
            # A table that is handed on, to be followed by a name.
            or any(".".join(parts[:n]) in said for n in range(2, len(parts)))
            or (parts[0] in said and ".".join(parts[1:]) in said)
        )

    assert {key for key in sentences() if not in_use(key)} == set()


@pytest.mark.parametrize(
    "error",
    [kind for kind in vars(errors).values() if isinstance(kind, type)],
    ids=lambda kind: kind.__name__,
)
def test_every_error_has_a_sentence(error: type) -> None:
    if issubclass(error, errors.PortalError):
        assert has(error.key)


def test_no_sentence_speaks_english() -> None:
    allowed = {"SYB", "PX", "MB", "QR", "PDF", "PNG", "JSON", "APP", "App", "X", "H", "M", "ID"}
    found = {}
    for key, sentence in sentences().items():
        # Operators meet names of settings, paper carries an English subtitle, and whoever checks
        # a chain by a program meets the names in its file.
        by_program = ("archive.how_to_check", "trail.readme")
        if key.startswith(("cli.", "demo.", "documents.", "publish", *by_program)):
            continue
        text = re.sub(r"\{[^}]*\}|[a-z.]+\.cn", "", sentence)
        words = set(re.findall(r"[A-Za-z]{3,}", text)) - allowed
        if len(words) > 2:
            found[key] = sentence
    assert found == {}
