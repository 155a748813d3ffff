"""Search box, filter chips, the sheet of options, the pager: for any list that is filtered."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.locale import t

_CHIP = "btn rounded-full px-2.5 font-normal text-base"
_ROW = "flex items-center justify-between gap-3 w-full min-h-12 px-3 rounded-xl text-start"


def search_form(
    on_submit: Any,
    on_change: Any,
    *,
    start: Any,
    version: Any,
    label: str,
    placeholder: str,
    test_id: str,
) -> rx.Component:
    """A search box that is the browser's own until the page is alive: a plain GET form.

    ``start`` fills the box whenever ``version`` changes; in between it belongs to who types.
    """
    return rx.el.form(
        rx.el.label(
            glyph("search", class_name="size-5 shrink-0 text-neutral"),
            rx.el.input(
                key=version.to_string(),
                type="search",
                name="q",
                default_value=start,
                on_change=on_change,
                placeholder=placeholder,
                aria_label=label,
                auto_complete="off",
                enter_key_hint="search",
                max_length=40,
                custom_attrs={"data-testid": test_id},
                # The frame around it shows the focus.
                class_name="grow text-base outline-none!",
            ),
            class_name="input w-full h-12 bg-base-100",
        ),
        on_submit=on_submit,
        role="search",
    )


def chip_row(chips: Any, on_open: Callable[[Any], Any]) -> rx.Component:
    """The filters: a link switches at once, a button opens its sheet."""
    return rx.el.div(
        rx.foreach(chips, lambda chip: _chip(chip, on_open)),
        role="group",
        aria_label=t("public.classes.filters"),
        class_name="flex flex-wrap gap-2",
    )


def _chip(chip: Any, on_open: Callable[[Any], Any]) -> rx.Component:
    colour = rx.cond(chip.active, f"{_CHIP} btn-primary", f"{_CHIP} bg-base-100 border-base-300")
    icon = rx.cond(chip.active, glyph("check", class_name="size-4"))
    return rx.cond(
        chip.href != "",
        rx.el.a(icon, chip.label, href=chip.href, class_name=colour),
        rx.el.button(
            rx.el.span(chip.label, class_name="truncate max-w-40"),
            glyph("chevron-down", class_name="size-4"),
            type="button",
            aria_haspopup="dialog",
            on_click=on_open(chip.kind),
            class_name=colour,
        ),
    )


def option_sheet(sheet: Any, *, on_close: Any, on_open: Callable[[Any, Any], Any]) -> rx.Component:
    """Options at the thumb, shown while ``sheet`` holds any. Escape closes it too: see
    ``assets/device.js``, which presses what carries ``data-close``."""
    return rx.cond(
        sheet.title != "",
        rx.el.div(
            rx.el.div(on_click=on_close, class_name="fixed inset-0 bg-black/40"),
            rx.el.div(
                rx.el.div(
                    rx.el.h2(sheet.title, class_name="text-lg font-semibold"),
                    rx.el.button(
                        glyph("x", class_name="size-6"),
                        type="button",
                        auto_focus=True,
                        aria_label=t("public.close"),
                        on_click=on_close,
                        custom_attrs={"data-close": "1"},
                        class_name="btn btn-ghost btn-square",
                    ),
                    class_name="flex items-center justify-between sticky top-0 bg-base-100 "
                    "ps-4 pe-2 py-2 border-b border-base-300",
                ),
                rx.foreach(sheet.sections, lambda section: _section(section, on_open)),
                role="dialog",
                aria_modal=True,
                aria_label=sheet.title,
                class_name="fixed inset-x-0 bottom-0 mx-auto max-w-lg max-h-[80vh] overflow-y-auto "
                "overscroll-contain rounded-t-3xl bg-base-100 pb-6",
            ),
            class_name="relative z-40",
        ),
    )


def _section(section: Any, on_open: Callable[[Any, Any], Any]) -> rx.Component:
    return rx.el.div(
        rx.cond(
            section.title != "",
            rx.el.h3(section.title, class_name="text-sm text-neutral px-3 pt-3"),
        ),
        rx.el.ul(rx.foreach(section.options, lambda option: _option(option, on_open))),
        class_name="px-1 pt-1",
    )


def _option(option: Any, on_open: Callable[[Any, Any], Any]) -> rx.Component:
    """A link that applies the option, or a button that looks into it (``inside``)."""
    words = rx.el.span(
        rx.el.span(
            rx.cond(option.up, glyph("chevron-left", class_name="size-5")),
            option.label,
            class_name="flex items-center gap-1",
        ),
        rx.cond(option.note != "", rx.el.span(option.note, class_name="text-sm text-neutral")),
        class_name="flex flex-col py-1",
    )
    link = rx.el.a(
        words,
        rx.cond(option.chosen, glyph("check", class_name="size-5 text-primary shrink-0")),
        href=option.href,
        aria_current=rx.cond(option.chosen, "true", "false"),
        class_name=rx.cond(option.chosen, f"{_ROW} bg-primary/10 font-semibold", _ROW),
    )
    button = rx.el.button(
        words,
        rx.cond(option.up, rx.fragment(), glyph("chevron-right", class_name="size-5 text-neutral")),
        type="button",
        on_click=on_open(option.kind, option.inside),
        class_name=f"{_ROW} cursor-pointer",
    )
    return rx.el.li(rx.cond(option.inside != "", button, link))


def pager(pages: Any) -> rx.Component:
    """Previous and next page; nothing for a list of one page. ``pages`` is a ``Pager``."""
    return rx.cond(
        pages.text != "",
        rx.el.nav(
            _turn(pages.previous, "chevron-left", t("public.previous"), before=True),
            rx.el.span(pages.text, class_name="text-sm text-neutral text-center"),
            _turn(pages.next, "chevron-right", t("public.next"), before=False),
            aria_label=t("public.pager"),
            class_name="flex items-center justify-between gap-2",
        ),
    )


def _turn(href: Any, icon: str, label: str, *, before: bool) -> rx.Component:
    arrow = glyph(icon, class_name="size-5")
    children = (arrow, label) if before else (label, arrow)
    return rx.cond(
        href != "",
        rx.el.a(*children, href=href, class_name="btn bg-base-100 border-base-300 font-normal"),
        rx.el.span(class_name="w-24"),
    )


def link_chips(items: Any, *, label: str) -> rx.Component:
    """Links of which one is the present place; each has ``href``, ``label`` and ``chosen``."""
    return rx.el.nav(
        rx.foreach(items, _link_chip),
        aria_label=label,
        class_name="flex flex-wrap gap-2",
    )


def _link_chip(item: Any) -> rx.Component:
    chip = "btn rounded-full px-3 font-normal text-base"
    return rx.el.a(
        item.label,
        href=item.href,
        aria_current=rx.cond(item.chosen, "true", "false"),
        class_name=rx.cond(
            item.chosen, f"{chip} btn-primary", f"{chip} bg-base-100 border-base-300"
        ),
    )
