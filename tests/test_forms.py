"""Forms that the browser itself sends."""

import ast

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
