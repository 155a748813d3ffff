"""Parts that both sides of a class opening share: checks, facts, changes, answers."""

from typing import Any

import reflex as rx

from portal.components.deadline import due_line
from portal.components.desk import section
from portal.components.folds import fold
from portal.components.parts import card
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t

SMALL = "text-sm text-neutral"
_ROWS = "divide-y divide-base-300"


def opening_card(item: Any) -> rx.Component:
    """An application in a list: one large link."""
    return rx.el.a(
        rx.el.div(
            rx.el.h2(item.title, class_name="font-semibold leading-snug"),
            badge(item.tone, item.word),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.number, " · ", item.institution, class_name=SMALL),
        rx.el.p(item.facts, class_name=SMALL),
        due_line(item),
        href=item.href,
        custom_attrs={"data-testid": "opening-card"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def check_line(row: Any, *, mend: bool) -> rx.Component:
    """One check; with ``mend`` what fails leads to its step."""
    way = (
        rx.cond(
            row.outcome != "pass",
            rx.el.a(
                t("opening.checks.mend"),
                " · ",
                row.step,
                href=row.href,
                class_name="btn btn-sm min-h-11 bg-base-100 border-base-300 text-base",
            ),
        )
        if mend
        else rx.fragment()
    )
    return rx.el.li(
        rx.el.div(
            badge(row.tone, row.word),
            rx.el.span(row.step, class_name=SMALL),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(row.sentence),
        optional(row.clause, SMALL),
        way,
        custom_attrs={"data-check": row.name, "data-outcome": row.outcome},
        class_name="py-3 space-y-1",
    )


def checks(view: Any, *, mend: bool) -> rx.Component:
    """All checks: those in the way first, those that passed folded."""
    return section(
        t("opening.checks.title"),
        card(rx.el.p(view.outlook), check_lists(view.checks, mend=mend)),
    )


def check_lists(rows: Any, *, mend: bool) -> rx.Component:
    """Checks in two lists: those to look at, and one tap below those that passed."""

    def line(row: Any) -> rx.Component:
        return check_line(row, mend=mend)

    return rx.fragment(
        rx.el.ul(
            rx.foreach(rows, lambda row: rx.cond(row.outcome != "pass", line(row))),
            class_name=f"{_ROWS} empty:hidden",
        ),
        fold(
            t("opening.checks.passed"),
            rx.el.ul(
                rx.foreach(rows, lambda row: rx.cond(row.outcome == "pass", line(row))),
                class_name=_ROWS,
            ),
        ),
    )


def facts(view: Any) -> rx.Component:
    """What the application says, step by step, and its teaching plan."""
    return section(
        t("opening.facts.title"),
        card(
            rx.el.dl(rx.foreach(view.facts, _fact), class_name="space-y-2"),
            rx.cond(
                view.meetings.length() > 0,
                rx.el.details(
                    rx.el.summary(
                        t("opening.facts.meetings"),
                        "：",
                        view.meetings_label,
                        class_name="min-h-12 py-3 text-primary font-medium cursor-pointer",
                    ),
                    rx.el.ol(rx.foreach(view.meetings, meeting_line), class_name=_ROWS),
                ),
            ),
        ),
    )


def _fact(row: Any) -> rx.Component:
    return rx.el.div(
        rx.cond(row.heading != "", rx.el.h3(row.heading, class_name="font-semibold pt-2")),
        rx.el.div(
            rx.el.dt(row.label, class_name=f"{SMALL} w-24 shrink-0"),
            rx.el.dd(row.text, class_name="min-w-0 break-words"),
            class_name="flex gap-3",
        ),
    )


def meeting_line(row: Any) -> rx.Component:
    """A session in words."""
    return rx.el.li(
        rx.el.p(row.number, ". ", row.when, class_name="font-medium"),
        rx.el.p(row.what, class_name=SMALL),
        optional(row.where, SMALL),
        class_name="py-2",
    )


def changes(view: Any) -> rx.Component:
    """What is another than in the version before; nothing when there was none."""
    return rx.cond(
        view.changes.length() > 0,
        section(
            t("opening.change.title"),
            card(rx.el.ul(rx.foreach(view.changes, _change), class_name=_ROWS)),
        ),
    )


def _change(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(row.step, " · ", row.label, class_name="font-medium"),
        rx.el.p(
            rx.el.span(t("opening.change.before"), "：", class_name=SMALL),
            rx.el.s(row.before, class_name="break-words"),
        ),
        rx.el.p(
            rx.el.span(t("opening.change.after"), "：", class_name=SMALL),
            rx.el.span(row.after, class_name="break-words"),
        ),
        custom_attrs={"data-testid": "opening-change"},
        class_name="py-3",
    )


def answers(view: Any) -> rx.Component:
    """What was decided so far; nothing when nothing was."""
    return rx.cond(
        view.answers.length() > 0,
        section(
            t("opening.answer.title"),
            card(rx.el.ul(rx.foreach(view.answers, _answer), class_name=_ROWS)),
        ),
    )


def _answer(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            badge(row.tone, row.word),
            rx.el.span(row.when, class_name=SMALL),
            class_name="flex flex-wrap items-center gap-2",
        ),
        optional(row.reason, "break-words"),
        optional(row.steps, ""),
        class_name="py-3 space-y-1",
    )
