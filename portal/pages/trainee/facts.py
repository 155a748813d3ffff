"""/me/facts: my situation, a card a kind; the questions stand in ``facts_questions``.

The cards stand in the page before anything is loaded, so that a link to /me/facts#pension finds
its place.
"""

from typing import Any

import reflex as rx

from portal.components.decisions import result_note
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, problem_note, sign_in_card
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.table import Page
from portal.pages.trainee.facts_questions import QUESTION_PAGES
from portal.state.facts import FactsState

# Off the class come Vars, whatever its annotations say.
view: Any = FactsState

_HOME = "/me/facts"
_SMALL = "text-sm text-neutral"
_NOTE = "rounded-xl bg-warning/15 p-3"


def _section(kind: str, *children: rx.Component, state: rx.Component | None = None) -> rx.Component:
    """A card that an address can point at; ``state`` stands beside its heading."""
    return card(
        rx.el.div(
            rx.el.h2(t(f"facts.kind.{kind}"), class_name="text-lg font-semibold"),
            rx.cond(view.status == "loading", rx.fragment(), state) if state else rx.fragment(),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(t(f"facts.why.{kind}"), class_name=_SMALL),
        rx.cond(
            view.status == "loading",
            rx.el.div(class_name="skeleton h-6 w-2/3"),
            rx.fragment(*children),
        ),
        id=kind,
        class_name="scroll-mt-16 target:border-primary",
    )


def _change(kind: str, label: Any) -> rx.Component:
    return rx.el.a(
        glyph("pencil", class_name="size-5"),
        label,
        href=f"{_HOME}/{kind}",
        custom_attrs={"data-testid": f"facts-{kind}"},
        class_name="btn w-full text-base",
    )


def _group(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(item.name, class_name="font-medium min-w-0 break-words"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        optional(item.plain, _SMALL),
        optional(item.dates, _SMALL),
        optional(item.note, _NOTE),
        optional(item.paper, "text-sm"),
        key=item.key,
        custom_attrs={"data-testid": "own-group"},
        class_name="space-y-1 py-2",
    )


def _groups() -> rx.Component:
    return _section(
        "group",
        rx.cond(
            some(view.groups),
            rx.el.ul(rx.foreach(view.groups, _group), class_name="divide-y divide-base-300"),
            rx.el.p(t("facts.page.no_groups")),
        ),
        rx.el.p(t("facts.page.private"), class_name=_SMALL),
        _change("group", t("facts.page.change_groups")),
    )


def _fact(kind: str, item: Any) -> rx.Component:
    return _section(
        kind,
        rx.foreach(item.lines, lambda line: rx.el.p(line, class_name="break-words")),
        optional(item.dates, _SMALL),
        optional(item.note, _NOTE),
        optional(item.paper, "text-sm"),
        _change(
            kind,
            rx.cond(
                item.is_missing,
                t("facts.page.fill_in"),
                rx.cond(item.is_fixed, t("facts.page.report"), t("facts.page.change")),
            ),
        ),
        state=badge(item.tone, item.status),
    )


def _residence() -> rx.Component:
    return _section(
        "residence",
        rx.cond(
            view.residence != "",
            rx.el.p(view.residence, class_name="font-medium"),
            rx.el.p(t("facts.page.no_residence"), class_name=_NOTE),
        ),
        _change(
            "residence",
            rx.cond(view.residence != "", t("facts.page.change"), t("facts.page.fill_in")),
        ),
    )


def _past() -> rx.Component:
    def row(item: Any) -> rx.Component:
        return rx.el.li(
            rx.el.p(item.text, class_name="break-words"),
            rx.el.p(item.status, " · ", item.dates, class_name=_SMALL),
            class_name="py-2",
        )

    return rx.cond(
        some(view.past),
        card(
            fold(
                t("facts.page.past"),
                rx.el.ul(rx.foreach(view.past, row), class_name="divide-y divide-base-300"),
            )
        ),
    )


def facts() -> rx.Component:
    """The cards."""
    cards = rx.el.div(
        problem_note(view.problem),
        result_note(view.saved, "facts-saved"),
        rx.el.p(t("facts.page.lead")),
        _residence(),
        _groups(),
        _fact("pension", view.pension),
        _fact("employment", view.employment),
        _fact("education", view.education),
        _fact("origin", view.origin),
        _past(),
        class_name="space-y-4",
    )
    refused = rx.el.div(
        problem_note(view.problem),
        rx.el.a(t("trainee.me.back"), href="/me", class_name="btn w-full text-base"),
        class_name="space-y-4",
    )
    return shell(
        rx.match(view.status, ("sign_in", sign_in_card(_HOME)), ("refused", refused), cards),
        title=t("facts.page.title"),
        active="me",
        back="/me",
    )


PAGES = [Page(_HOME, t("facts.page.title"), facts, (view.load,)), *QUESTION_PAGES]
