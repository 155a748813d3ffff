"""Parts of a person's own pages: what a page shows by its status, tiles, badges, bars, posts."""

from typing import Any

import reflex as rx

from portal.components.icons import glyph
from portal.components.parts import empty, problem_note, sign_in_card, skeleton_list
from portal.components.shell import plain_link
from portal.locale import t

# Tone -> look and sign; the sign stands beside the word, so that colour is never the only cue.
_TONES = {
    "good": ("bg-success text-success-content", "check"),
    "warn": ("bg-warning text-warning-content", "triangle-alert"),
    "bad": ("bg-error text-error-content", "x"),
    "info": ("bg-info text-info-content", "clock"),
    "now": ("bg-primary text-primary-content", "scan-line"),
    "mine": ("bg-primary text-primary-content", "user-check"),
    "plain": ("bg-base-200 text-base-content border border-base-300", "minus"),
}


def by_status(status: Any, problem: Any, ready: rx.Component, *, next_path: str) -> rx.Component:
    """Skeleton, sign-in card, refusal or the page itself."""
    return rx.match(
        status,
        ("loading", skeleton_list()),
        ("sign_in", sign_in_card(next_path)),
        (
            "refused",
            rx.el.div(
                problem_note(problem),
                rx.el.a(t("trainee.me.back"), href="/me", class_name="btn w-full text-base"),
                class_name="space-y-4",
            ),
        ),
        ready,
    )


def badge(tone: Any, label: Any) -> rx.Component:
    """A short state with its sign. ``tone`` is good, warn, bad, info, now, mine or plain."""
    looks = [(name, _pill(name, label)) for name in _TONES]
    return rx.match(tone, *looks, _pill("plain", label))


def _pill(tone: str, label: Any) -> rx.Component:
    look, sign = _TONES[tone]
    return rx.el.span(
        glyph(sign, class_name="size-4 shrink-0"),
        label,
        class_name="inline-flex items-center gap-1 whitespace-nowrap rounded-full px-2.5 py-0.5 "
        f"text-sm font-medium {look}",
    )


def tile(
    icon: str, label: str, href: str, note: str = "", *, is_plain: bool = False
) -> rx.Component:
    """A large link to a page, with a sign beside the word; ``is_plain``: a full page load."""
    return (plain_link if is_plain else rx.el.a)(
        glyph(icon, class_name="size-7 text-primary shrink-0"),
        rx.el.span(label, class_name="font-medium"),
        rx.el.span(note, class_name="text-sm text-neutral"),
        href=href,
        class_name="flex flex-col gap-1 rounded-2xl bg-base-100 border border-base-300 p-3.5",
    )


def some(items: Any) -> Any:
    """Whether a list of a State holds anything."""
    return items.length() > 0


def call(number: Any) -> rx.Component:
    """A telephone number to call, where there is one."""
    return rx.cond(
        number != "",
        rx.el.a(
            glyph("phone", class_name="size-5"),
            number,
            href="tel:" + number.to(str),
            class_name="btn btn-ghost text-primary text-base px-0",
        ),
    )


def refusal(problem: Any) -> rx.Component:
    """The sentence of a refusal, when there is one."""
    return problem_note(problem)


def hours_bar(value: Any, most: Any, sentence: Any, label: str) -> rx.Component:
    """How far the hours have come: a bar and the same in words."""
    return rx.el.div(
        rx.el.progress(
            value=value,
            max=most,
            aria_label=label,
            class_name="progress progress-primary w-full",
        ),
        rx.el.p(sentence, class_name="text-base"),
        class_name="space-y-1",
    )


def post_button(
    label: str, action: str, *, testid: str, class_name: str, fields: dict[str, str] | None = None
) -> rx.Component:
    """A button that posts to the plain HTTP door, as a browser does it without a script."""
    hidden = [
        rx.el.input(type="hidden", name=name, default_value=value)
        for name, value in (fields or {}).items()
    ]
    return rx.el.form(
        *hidden,
        rx.el.button(
            label,
            type="submit",
            custom_attrs={"data-testid": testid},
            class_name=f"btn w-full text-base {class_name}",
        ),
        method="post",
        action=action,
        on_submit=None,
    )


def download(label: str, href: Any, icon: str = "download") -> rx.Component:
    """A link to a file of the plain HTTP door."""
    return plain_link(
        glyph(icon, class_name="size-5"),
        label,
        href=href,
        class_name="btn text-base grow",
    )


def nothing(sentence: str, label: str, href: str) -> rx.Component:
    """An empty state with one way on."""
    return empty(sentence, rx.el.a(label, href=href, class_name="btn btn-primary w-full text-base"))
