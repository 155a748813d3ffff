"""May I take this class: one line, the reasons one tap below, what it is worth, what would help."""

from typing import Any

import reflex as rx

from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card
from portal.components.shell import plain_link
from portal.components.trainee import optional
from portal.locale import t

# Verdict or outcome -> sign and colour; the word stands beside it.
_SIGNS = {
    "eligible": ("circle-check", "text-success"),
    "needs_review": ("clock", "text-info"),
    "not_eligible": ("circle-x", "text-error"),
    "pass": ("circle-check", "text-success"),
    "unknown": ("clock", "text-info"),
    "fail": ("circle-x", "text-error"),
}
_LINK = "inline-flex items-center min-h-11 text-primary underline"
_QUIET = "text-sm text-neutral"


def _sign(state: Any, names: tuple[str, ...], size: str) -> rx.Component:
    drawn = [
        (name, glyph(_SIGNS[name][0], class_name=f"{size} shrink-0 {_SIGNS[name][1]}"))
        for name in names
    ]
    return rx.match(state, *drawn, rx.fragment())


def check_card(check: Any) -> rx.Component:
    """The answer about one class; ``check`` is an ``OwnCheck``."""
    return card(
        rx.el.h3(t("preflight.title"), class_name=_QUIET),
        rx.el.div(
            _sign(check.verdict, ("eligible", "needs_review", "not_eligible"), "size-7"),
            rx.el.p(check.word, class_name="text-lg font-semibold"),
            class_name="flex items-center gap-2",
        ),
        rx.cond(check.enrolled, rx.el.p(t("preflight.enrolled"), class_name=_QUIET)),
        rx.el.p(check.headline),
        optional(check.help, ""),
        rx.cond(
            check.fix_href != "",
            rx.el.a(t("preflight.fix"), href=check.fix_href, class_name=_LINK),
        ),
        rx.cond(check.can_ask, rx.el.p(t("preflight.can_ask"), class_name=_QUIET)),
        rx.foreach(check.left, lambda sentence: rx.el.p(sentence)),
        rx.cond(check.money.length() > 0, _money(check)),
        fold(
            t("preflight.why"),
            rx.el.ul(
                rx.foreach(check.answers, _answer), class_name="divide-y divide-base-300 pb-1"
            ),
        ),
        rx.el.p(
            rx.el.a(t("preflight.facts"), href="/me/facts", class_name=_LINK),
            rx.el.a(t("preflight.subsidies"), href="/me/subsidies", class_name=_LINK),
            class_name="flex flex-wrap gap-x-4",
        ),
        custom_attrs={"data-testid": "preflight", "data-verdict": check.verdict},
    )


def _money(check: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(t("preflight.money_title"), class_name="font-medium"),
        rx.cond(check.free, rx.el.p(check.free_text)),
        rx.foreach(check.amounts, _amount),
        rx.foreach(check.money, lambda sentence: rx.el.p(sentence, class_name=_QUIET)),
        class_name="rounded-xl bg-base-200 p-3 space-y-1",
    )


def _amount(item: Any) -> rx.Component:
    return rx.el.p(
        item.name,
        " ",
        rx.el.b(item.text, class_name="whitespace-nowrap"),
        rx.cond(item.note != "", rx.el.span(item.note, class_name=f"{_QUIET} block")),
    )


def _answer(item: Any) -> rx.Component:
    """One rule; ``item`` is an ``AnswerView``."""
    return rx.el.li(
        rx.el.p(
            _sign(item.outcome, ("pass", "unknown", "fail"), "size-5"),
            rx.el.span(item.word, class_name="font-medium"),
            class_name="flex items-center gap-1.5",
        ),
        rx.el.p(item.message),
        rx.cond(item.message != item.plain, rx.el.p(item.plain, class_name=_QUIET)),
        rx.foreach(item.help, lambda sentence: rx.el.p(sentence, class_name="font-medium")),
        optional(item.papers, ""),
        optional(item.ask, ""),
        rx.cond(
            item.fix_href != "",
            rx.el.a(t("preflight.fix"), href=item.fix_href, class_name=_LINK),
        ),
        rx.el.p(
            rx.el.a(item.source, href=item.policy_href, class_name="underline"),
            rx.cond(item.quote != "", rx.el.q(item.quote, class_name="ms-1")),
            class_name=_QUIET,
        ),
        custom_attrs={"data-rule": item.rule_id, "data-outcome": item.outcome},
        class_name="py-3 space-y-1",
    )


def guest_card(next_path: Any) -> rx.Component:
    """What a visitor who is not signed in may ask without a login; ``next_path`` is this page."""
    return card(
        rx.el.h3(t("preflight.guest_title"), class_name="font-semibold"),
        plain_link(
            t("preflight.guest_free"),
            href="/free",
            class_name="btn w-full text-base bg-base-100 border-base-300",
            data_testid="free-link",
        ),
        rx.el.p(t("preflight.guest_sentence"), class_name=_QUIET),
        plain_link(t("preflight.guest_sign_in"), href=next_path, class_name=_LINK),
    )
