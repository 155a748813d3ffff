"""Adds Lucide icons to the sprite: ``python -m tools.icons NAME...``.

Needs the package ``lucide-react`` in ``.web/node_modules``, where a build of the pages with any
``rx.icon`` leaves it (or ``bun add lucide-react`` there).
"""

import json
import subprocess
import sys

from portal.components.icons import SPRITE, names
from portal.settings import ROOT

_READ = """
const names = process.argv.slice(1);
const found = {};
for (const name of names)
  found[name] = (await import(`lucide-react/dist/esm/icons/${name}.mjs`)).__iconNode;
console.log(JSON.stringify(found));
"""


def _element(tag: str, attributes: dict[str, str]) -> str:
    kept = " ".join(f'{name}="{value}"' for name, value in attributes.items() if name != "key")
    return f"<{tag} {kept}/>"


def main() -> None:
    """Write the sprite with the icons that it had and those asked for."""
    wanted = sorted(set(sys.argv[1:]) | (names() if SPRITE.exists() else set()))
    done = subprocess.run(
        ["node", "--input-type=module", "-e", _READ, "--", *wanted],
        cwd=ROOT / ".web",
        capture_output=True,
        text=True,
        check=True,
    )
    symbols = [
        f'<symbol id="{name}" viewBox="0 0 24 24">'
        + "".join(_element(tag, attributes) for tag, attributes in nodes)
        + "</symbol>"
        for name, nodes in json.loads(done.stdout).items()
    ]
    head = '<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC licence, lucide.dev -->'
    SPRITE.write_text("\n".join([head, *symbols, "</svg>", ""]), "utf-8")


if __name__ == "__main__":
    main()
