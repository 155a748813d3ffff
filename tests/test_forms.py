"""Forms of the pages: whoever fills one in and presses its button gets an answer."""

import ast
from collections.abc import Iterator
from typing import Any

from portal.pages.table import all_pages
from portal.settings import ROOT


def test_a_form_with_an_address_is_left_to_the_browser() -> None:
    """Without ``on_submit=None`` the page would swallow it, and its button would do nothing."""
    swallowed = [
        f"{file.name}:{node.lineno}"
        for folder in ("pages", "components")
        for file in (ROOT / "portal" / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "rx.el.form"
        and "action" in (given := {one.arg for one in node.keywords})
        and "on_submit" not in given
    ]
    assert swallowed == []


def folded_and_required(part: Any, inside: tuple[str, ...] = ()) -> Iterator[str]:
    """The controls of a drawn page that must be filled in and lie in a fold of their form."""
    if isinstance(part, dict):
        inside = (*inside, str(part.get("name", "")).strip('"'))
        props = [str(one) for one in part.get("props") or ()]
        must = any(one.replace('"', "").startswith("required:true") for one in props)
        if must and "form" in inside and "details" in inside[inside.index("form") :]:
            yield next((one for one in props if one.startswith(("name:", '"name"'))), str(props))
    if not isinstance(part, dict | list | tuple):
        return
    for child in part.values() if isinstance(part, dict) else part:
        yield from folded_and_required(child, inside)


def test_nothing_that_must_be_filled_in_is_folded_away() -> None:
    """A browser does not send such a form, and has nowhere to say why."""
    found = {
        f"{page.route} {name}"
        for page in all_pages()
        for name in folded_and_required(page.build().render())
    }
    assert found == set()
