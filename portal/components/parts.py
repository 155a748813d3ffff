"""Small visual parts that several pages share."""

import reflex as rx

from portal.components.icons import glyph
from portal.locale import t

# What the server replaces; until then, and when one comes from another page, a skeleton.
FIRST_ROWS = (
    "<!--rows-->" + '<div class="skeleton h-36 w-full rounded-2xl mb-3"></div>' * 4 + "<!--/rows-->"
)


def card(
    *children: rx.Component | rx.Var | str, class_name: str = "", **props: object
) -> rx.Component:
    """A white card with breathing space."""
    return rx.el.section(
        *children,
        class_name=f"rounded-2xl bg-base-100 border border-base-300 p-4 space-y-2 {class_name}",
        **props,
    )


def fact(label: str, value: rx.Var | str, *, wide: bool = False) -> rx.Component:
    """A labelled value in a grid of facts."""
    return rx.el.div(
        rx.el.dt(label, class_name="text-sm text-neutral"),
        rx.el.dd(value, class_name="text-base break-words"),
        class_name="col-span-2" if wide else "",
    )


def skeleton_list(rows: int = 3) -> rx.Component:
    """What a list shows while it is on its way."""
    return rx.el.div(
        *[rx.el.div(class_name="skeleton h-32 w-full rounded-2xl") for _ in range(rows)],
        role="status",
        aria_label=t("common.loading"),
        class_name="space-y-3",
    )


def first_rows() -> rx.Component:
    """A list on its way whose first rows the server writes into the page (``http/first_rows.py``),
    so that they are there before any script is. React leaves raw HTML as it finds it."""
    return rx.el.div(
        custom_attrs={
            "dangerouslySetInnerHTML": {"__html": FIRST_ROWS},
            "suppressHydrationWarning": True,
        },
        aria_label=t("common.loading"),
    )


def empty(sentence: str | rx.Var, *actions: rx.Component) -> rx.Component:
    """An empty state: says what to do."""
    return rx.el.div(
        glyph("inbox", class_name="size-10 mx-auto text-neutral"),
        rx.el.p(sentence, class_name="text-neutral"),
        *actions,
        class_name="rounded-2xl bg-base-100 border border-base-300 p-6 text-center space-y-3",
    )


def problem_note(sentence: rx.Var) -> rx.Component:
    """A refusal in words; shown only when there is one. It stays in sight: the form that it is
    about may stand far down the page."""
    return rx.cond(
        sentence != "",
        rx.el.div(
            rx.el.div(
                glyph("circle-alert", class_name="size-5 shrink-0 mt-0.5"),
                rx.el.p(sentence),
                class_name="rounded-2xl border border-error/40 bg-error/5 text-error p-4 "
                "flex gap-2",
            ),
            role="alert",
            custom_attrs={"data-told": "1"},
            class_name="sticky top-16 z-10 rounded-2xl bg-base-100",
        ),
    )


def sign_in_card(next_path: str) -> rx.Component:
    """What a page shows to somebody who is not signed in."""
    return card(
        rx.el.h2(t("common.sign_in_first"), class_name="text-lg font-semibold"),
        rx.el.p(t("common.sign_in_why"), class_name="text-neutral"),
        rx.el.a(
            t("common.sign_in"),
            href=f"/login?next={next_path}",
            custom_attrs={"reloadDocument": True},
            class_name="btn btn-primary w-full text-base",
        ),
        rx.el.a(
            t("common.register"),
            href="/register",
            custom_attrs={"reloadDocument": True},
            class_name="btn w-full text-base",
        ),
    )
