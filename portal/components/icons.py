"""Icons from one sprite file: one request for all, no script for any.

``rx.icon`` would make every icon a script chunk of its own; a slow link pays for each of them.
``python -m tools.icons NAME...`` adds icons (Lucide, ISC licence) to the sprite.
"""

import re
from functools import lru_cache

import reflex as rx

from portal.settings import ROOT

# Given as plain attributes: Reflex would make a style sheet of its own of each.
_DRAWN = {
    "fill": "none",
    "stroke": "currentColor",
    "strokeWidth": "2",
    "strokeLinecap": "round",
    "strokeLinejoin": "round",
}
SPRITE = ROOT / "assets" / "icons.svg"


@lru_cache
def names() -> frozenset[str]:
    """The icons that there are."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', SPRITE.read_text("utf-8")))


def glyph(
    name: str | rx.Var, *, class_name: str | rx.Var = "size-5", **props: object
) -> rx.Component:
    """An icon in the colour of its text; decoration only, so words must stand beside it."""
    if isinstance(name, str) and name not in names():
        raise KeyError(f"no icon {name}: add it by python -m tools.icons {name}")
    return rx.el.svg(
        rx.el.svg.use(href=f"/icons.svg#{name}"),
        class_name=class_name,
        view_box="0 0 24 24",
        aria_hidden="true",
        custom_attrs=_DRAWN,
        **props,
    )
