"""Lint for pages: no Radix component, and the weight of a first visit within its budget.

Any Radix component brings 83 kB of style sheet (gzip) to every visitor; one ``rx.text`` is
enough. What may be used is listed, so that a new one is a decision.
"""

import ast
import gzip
import re
import sys
from pathlib import Path

from portal import server
from portal.settings import BUILT_PAGES, ROOT

LAYERS = ("pages", "components", "state")
ALLOWED = {
    "App", "Component", "Config", "Field", "ImportVar", "NoSSRComponent", "State", "Var", "asset",
    "cond", "el", "event", "EventHandler", "EventType", "field", "foreach", "fragment",
    "match", "memo", "plugins", "redirect", "set_value", "upload_files", "var", "window_alert",
}  # fmt: skip

# Bytes on the wire of the first visit to the list of classes, by gzip (brotli is smaller).
BUDGET_PAGE = 190_000
BUDGET_CSS = 20_000


def radix_findings(root: Path) -> list[str]:
    """Every ``rx.<name>`` in the page layers that is not on the list of what may be used."""
    found = []
    for layer in LAYERS:
        for file in sorted((root / "portal" / layer).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == "rx"
                    and node.attr not in ALLOWED
                ):
                    found.append(f"{file}:{node.lineno}: rx.{node.attr} is not allowed in pages")
    return found


def _weight(name: str) -> int:
    return len(gzip.compress((BUILT_PAGES / name.lstrip("/")).read_bytes(), 9))


def page_weight(route: str) -> tuple[int, int]:
    """(all, style sheets) in gzip bytes: the page, its scripts and its styles."""
    html = (BUILT_PAGES / route / "index.html").read_text("utf-8")
    linked = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:js|css|svg|webmanifest))"', html))
    styles = sum(_weight(name) for name in linked if name.endswith(".css"))
    total = len(gzip.compress(html.encode(), 9)) + sum(_weight(name) for name in linked)
    return total, styles


def weight_findings() -> list[str]:
    """What is over budget."""
    server.build_pages()
    total, styles = page_weight("classes")
    print(f"/classes: {total} bytes gzip, of which style sheets {styles}")  # noqa: T201
    found = []
    if total > BUDGET_PAGE:
        found.append(f"/classes weighs {total} bytes, the budget is {BUDGET_PAGE}")
    if styles > BUDGET_CSS:
        found.append(f"style sheets weigh {styles} bytes, the budget is {BUDGET_CSS}")
    return found


def main() -> None:
    """Exit 1 with the findings."""
    found = radix_findings(ROOT) + weight_findings()
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
