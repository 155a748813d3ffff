"""Parts of the pages of staff: what a page shows by its status, tabs, figures, progress, pages."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import problem_note, sign_in_card, skeleton_list
from portal.components.shell import shell
from portal.locale import t

# A button that is not the main one, on the page's own ground.
QUIET = "btn text-base bg-base-100 border-base-300"
# More siblings than that would fill half of a phone before the page begins.
_FEW = 4


def staff_page(
    status: rx.Var[str],
    problem: rx.Var[str],
    ready: rx.Component,
    *,
    next_path: str,
    back: tuple[str, str],
    hint: str = "",
) -> rx.Component:
    """Skeleton, sign-in card, a refusal with its way back (label, path), or the page itself.

    ``hint`` says beside a refusal whose page this is.
    """
    label, path = back
    return rx.match(
        status,
        ("loading", skeleton_list()),
        ("sign_in", sign_in_card(next_path)),
        (
            "refused",
            rx.el.div(
                problem_note(problem),
                rx.el.p(hint) if hint else rx.fragment(),
                rx.el.a(label, href=path, class_name=f"w-full {QUIET}"),
                class_name="space-y-4 max-w-2xl",
            ),
        ),
        ready,
    )


def desk_page(
    view: Any,
    ready: rx.Component,
    *,
    area: str,
    title: str | rx.Var,
    back: tuple[str, str],
    path: str = "",
    hint: str = "",
    wide: bool = False,
) -> rx.Component:
    """A page of staff below another, to which ``back`` leads (label, path).

    ``view`` has a status and a problem; ``area`` names the tab of the bottom bar; ``path`` is
    where one comes out after signing in, the page above unless told otherwise.
    """
    _, above = back
    return shell(
        staff_page(view.status, view.problem, ready, next_path=path or above, back=back, hint=hint),
        active=area,
        title=title,
        back=above,
        wide=wide,
    )


def tabs(entries: Sequence[tuple[str, str, str]], *, active: str, label: str) -> rx.Component:
    """Links between sibling pages: (name, path, word). They wrap rather than scroll sideways.

    Many of them stand in one row at a desk, and one tap below the present one's name on a phone.
    """

    def links(look: str, room: str = "px-2") -> rx.Component:
        return rx.el.nav(
            *[_tab(path, word, name == active, room) for name, path, word in entries],
            aria_label=label,
            class_name=look,
        )

    if len(entries) <= _FEW:
        return links("grid grid-cols-2 sm:grid-cols-4 gap-2")
    here = next(word for name, _, word in entries if name == active)
    folded = rx.el.details(
        rx.el.summary(
            rx.el.span(here, class_name="grow text-start"),
            rx.el.span(t("common.other_pages"), class_name="font-normal text-neutral"),
            glyph("chevron-down", class_name="size-5 shrink-0 group-open:rotate-180"),
            class_name=f"{QUIET} w-full flex-nowrap list-none [&::-webkit-details-marker]:hidden",
        ),
        links("grid grid-cols-2 sm:grid-cols-4 gap-2 pt-2"),
        class_name="group lg:hidden",
    )
    # A dozen of them stand in one row at 1280 points: a second row would hold one alone.
    return rx.fragment(folded, links("hidden lg:flex flex-wrap gap-1", "px-1"))


def _tab(path: str, word: str, is_here: bool, room: str) -> rx.Component:
    return rx.el.a(
        word,
        href=path,
        aria_current="page" if is_here else None,
        class_name=f"btn btn-primary text-base {room} grow" if is_here else f"{QUIET} {room} grow",
    )


def main_button(label: str | rx.Var, on_click: Any, *, testid: str) -> rx.Component:
    """The one act that a page is there for, as wide as the thumb's reach."""
    return rx.el.button(
        label,
        type="button",
        on_click=on_click,
        custom_attrs={"data-testid": testid},
        class_name="btn btn-primary btn-lg w-full text-base",
    )


def quiet_button(label: str, on_click: Any) -> rx.Component:
    """What one may do instead of the main act, or besides it."""
    return rx.el.button(label, type="button", on_click=on_click, class_name=f"w-full {QUIET}")


def section(title: str | rx.Var, *children: rx.Component) -> rx.Component:
    """A part of a page under its own heading."""
    return rx.el.section(
        rx.el.h2(title, class_name="text-lg font-semibold"), *children, class_name="space-y-3"
    )


def figure(item: Any) -> rx.Component:
    """A number with its label; one that needs a look has a sign and a colour."""
    return rx.el.div(
        rx.el.dt(item.label, class_name="text-sm text-neutral"),
        rx.el.dd(
            rx.cond(
                item.alert,
                glyph("triangle-alert", class_name="size-5 inline-block me-1 align-[-0.15em]"),
            ),
            item.value,
            class_name=rx.cond(
                item.alert,
                "text-2xl font-semibold text-error tabular-nums",
                "text-2xl font-semibold tabular-nums",
            ),
        ),
        rx.cond(item.note != "", rx.el.dd(item.note, class_name="text-sm text-neutral")),
        class_name="rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def bar(percent: rx.Var[int], text: rx.Var[str]) -> rx.Component:
    """How far something is: a bar, and beside it the same in words."""
    return rx.el.div(
        rx.el.progress(
            value=percent,
            max=100,
            aria_label=text,
            class_name="progress progress-primary grow min-w-0",
        ),
        rx.el.span(text, class_name="text-sm whitespace-nowrap"),
        class_name="flex items-center gap-3",
    )


def pager(previous: rx.Var[str], place: rx.Var[str] | str, following: rx.Var[str]) -> rx.Component:
    """The way through pages of a list; a missing end is an empty path."""
    return rx.el.nav(
        _page_link(previous, t("admin.institutions.previous"), "chevron-left"),
        rx.el.span(place, class_name="text-sm text-neutral text-center grow"),
        _page_link(following, t("admin.institutions.next"), "chevron-right"),
        class_name="flex flex-wrap items-center gap-2",
    )


def _page_link(path: rx.Var[str], word: str, icon: str) -> rx.Component:
    sign = glyph(icon, class_name="size-5")
    inner = (word, sign) if icon == "chevron-right" else (sign, word)
    return rx.cond(path != "", rx.el.a(*inner, href=path, class_name=QUIET))
