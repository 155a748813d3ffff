"""Rosters on a page: the list, the progress, what was found, the people, the button at the end."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, bar, main_button, pager, quiet_button
from portal.components.icons import glyph
from portal.components.parts import card, empty, problem_note
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t

_LIST = "rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300"


def new_button() -> rx.Component:
    """The way to the form, a plain page."""
    return plain_link(
        glyph("users", class_name="size-5"),
        t("roster.page.new"),
        href="/rosters/new",
        class_name="btn btn-primary btn-lg w-full sm:w-auto sm:px-12 text-base",
    )


def roster_list(view: Any) -> rx.Component:
    """All rosters, the latest first."""
    return rx.el.div(
        rx.el.p(t("roster.page.lead"), class_name="text-neutral"),
        new_button(),
        rx.cond(
            view.lines.length() > 0,
            rx.el.div(rx.foreach(view.lines, _line), class_name="grid gap-3 lg:grid-cols-2"),
            empty(t("roster.page.empty")),
        ),
        rx.cond(view.place != "", pager(view.previous, view.place, view.next)),
        class_name="space-y-4",
    )


def _line(line: Any) -> rx.Component:
    return rx.el.a(
        rx.el.div(
            rx.el.h2(line.title, class_name="font-semibold leading-snug"),
            badge(line.tone, line.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(line.when, class_name="text-sm text-neutral"),
        rx.cond(line.facts != "", rx.el.p(line.facts, class_name="text-sm")),
        href=line.href,
        key=line.key,
        custom_attrs={"data-testid": "roster-line"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def roster_page(view: Any) -> rx.Component:
    """One roster: how far it is, then its people, then what can be done."""
    return rx.el.div(
        _head(view),
        rx.match(
            view.stage,
            ("waiting", _moving(view, "waiting")),
            ("checking", _moving(view, "checking")),
            ("committing", _moving(view, "committing")),
            ("failed", _failed(view)),
            _people(view),
        ),
        class_name="space-y-4",
    )


def _head(view: Any) -> rx.Component:
    return card(
        rx.el.h2(view.title, class_name="text-xl font-semibold leading-snug"),
        rx.el.p(view.sent, " · ", view.stage_label, class_name="text-sm text-neutral"),
        rx.cond(
            view.summary != "",
            rx.el.div(
                rx.el.p(view.summary, custom_attrs={"data-testid": "roster-summary"}),
                rx.el.p(t("roster.commit.next"), class_name="text-sm text-neutral"),
                role="status",
                class_name="space-y-1",
            ),
        ),
    )


def _moving(view: Any, stage: str) -> rx.Component:
    return card(
        rx.el.p(t(f"roster.page.{stage}")),
        bar(view.percent, view.percent_text) if stage != "waiting" else _endless(),
        role="status",
        custom_attrs={"data-testid": "roster-progress"},
    )


def _endless() -> rx.Component:
    """A bar for work whose size is not known yet."""
    return rx.el.progress(
        aria_label=t("roster.state.waiting"), class_name="progress progress-primary w-full"
    )


def _problems(view: Any) -> rx.Component:
    return rx.cond(
        view.problems.length() > 0,
        rx.el.ul(
            rx.foreach(
                view.problems, lambda text: rx.el.li(text, class_name="p-4 break-words text-error")
            ),
            role="alert",
            custom_attrs={"data-testid": "roster-problems"},
            class_name=_LIST,
        ),
    )


def _failed(view: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(t("roster.page.failed")),
        _problems(view),
        plain_link(
            t("roster.page.again"),
            href="/rosters/new",
            class_name="btn btn-primary btn-lg w-full text-base",
        ),
        class_name="space-y-4",
    )


def _people(view: Any) -> rx.Component:
    return rx.el.div(
        _problems(view),
        rx.el.nav(
            rx.foreach(view.kinds, _kind),
            aria_label=t("roster.page.title"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.p(t("roster.page.limits"), class_name="text-sm text-neutral"),
        _whole_kind(view),
        rx.cond(
            view.people.length() > 0,
            rx.el.ul(
                rx.foreach(view.people, lambda one: _person(one, view.choose)), class_name=_LIST
            ),
            empty(t("roster.page.nobody")),
        ),
        rx.cond(view.place != "", pager(view.previous, view.place, view.next)),
        _commit_bar(view),
        class_name="space-y-4",
    )


def _kind(kind: Any) -> rx.Component:
    return rx.el.a(
        kind.label,
        rx.el.span(kind.count, class_name="tabular-nums"),
        href=kind.href,
        aria_current=rx.cond(kind.is_shown, "page", "false"),
        class_name=rx.cond(kind.is_shown, "btn btn-primary text-base", QUIET),
    )


def _whole_kind(view: Any) -> rx.Component:
    """Take a whole kind in or out; only for kinds of which anybody can be entered."""
    return rx.match(
        view.shown,
        ("eligible", _both(view)),
        ("needs_review", _both(view)),
        ("waiting", _both(view)),
        rx.fragment(),
    )


def _both(view: Any) -> rx.Component:
    return rx.el.div(
        *[
            rx.el.button(
                t(f"roster.page.{word}"),
                type="button",
                on_click=view.choose_all(chosen),
                class_name=f"grow {QUIET}",
            )
            for word, chosen in (("choose_all", True), ("choose_none", False))
        ],
        class_name="flex gap-2",
    )


def _person(one: Any, choose: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.p(one.name, class_name="font-medium break-words"),
                rx.el.p(
                    one.row,
                    rx.cond(one.id_no != "", rx.el.span(" · ", one.id_no)),
                    class_name="text-sm text-neutral tabular-nums break-words",
                ),
                class_name="grow min-w-0",
            ),
            rx.cond(one.place != "", badge(one.place_tone, one.place), badge(one.tone, one.label)),
            rx.cond(one.can_choose, _choice(one, choose)),
            class_name="flex items-center gap-3",
        ),
        rx.foreach(one.reasons, lambda text: rx.el.p(text, class_name="text-sm break-words")),
        key=one.key,
        custom_attrs={"data-testid": "roster-person"},
        class_name="p-4 space-y-1",
    )


def _choice(one: Any, choose: Any) -> rx.Component:
    """A box of 44 px to take somebody in or out."""
    look = "btn btn-square shrink-0"
    return rx.cond(
        one.chosen,
        rx.el.button(
            glyph("check", class_name="size-6"),
            type="button",
            role="checkbox",
            aria_checked="true",
            aria_label=t("roster.page.chosen"),
            on_click=choose(one.key, False),
            class_name=f"{look} btn-primary",
        ),
        rx.el.button(
            type="button",
            role="checkbox",
            aria_checked="false",
            aria_label=t("roster.page.not_chosen"),
            on_click=choose(one.key, True),
            class_name=f"{look} bg-base-100 border-2 border-neutral",
        ),
    )


def _commit_bar(view: Any) -> rx.Component:
    """The one main button at the thumb, and before it what it does."""
    return rx.el.div(
        problem_note(view.problem),
        rx.cond(
            view.asking,
            rx.el.div(
                rx.el.p(view.question),
                main_button(t("roster.commit.confirm"), view.commit, testid="roster-commit"),
                quiet_button(t("roster.commit.step_back"), view.step_back),
                class_name="space-y-2",
            ),
            rx.cond(
                view.can_commit,
                main_button(view.commit_label, view.ask, testid="roster-ask"),
            ),
        ),
        class_name=rx.cond(
            view.asking | view.can_commit | (view.problem != ""),
            "sticky bottom-16 -mx-4 p-4 bg-base-100 border-t border-base-300 z-10 space-y-2",
            "hidden",
        ),
    )
