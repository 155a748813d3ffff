"""The way to the neighbouring pages of a list."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.locale import t


@dataclass(frozen=True, slots=True)
class Pager:
    """Addresses of the neighbouring pages, empty at the ends; ``text`` empty for one page."""

    previous: str = ""
    next: str = ""
    text: str = ""


def pager(
    address: Callable[[int], str],
    *,
    page: int,
    size: int,
    total: int,
    has_more: bool | None = None,
    capped: bool = False,
) -> Pager:
    """The pager of a page; ``address`` makes the address of a page number.

    ``has_more`` is counted from ``total`` when not given; a ``capped`` total names no last page.
    """
    pages = max(-(-total // size), 1)
    more = page < pages if has_more is None else has_more
    if page == 1 and not more:
        return Pager()
    return Pager(
        # Beyond the last page there is one way: back to it.
        previous=address(min(page - 1, pages) if not capped else page - 1) if page > 1 else "",
        next=address(page + 1) if more else "",
        text=t("public.page_only", page=page)
        if capped
        else t("public.page", page=page, pages=pages),
    )


def page_number(raw: object) -> int:
    """The page that an address asks for; whatever is no number is the first."""
    text = raw if isinstance(raw, str) else ""
    return max(int(text[:6]), 1) if text.isascii() and text.isdigit() else 1
