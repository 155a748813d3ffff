"""``/admin/portals``: whose archives we take, and what in them an officer must decide."""

from typing import Any

import reflex as rx

from portal.components.decisions import ONCE, result_note
from portal.components.desk import QUIET, quiet_button, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.portals import PortalsState

# Off the class come Vars, whatever its annotations say.
view: Any = PortalsState

_SMALL = "text-sm text-neutral"


def _reason(label: str) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.input(
            name="reason",
            required=True,
            min_length=4,
            max_length=200,
            auto_complete="off",
            class_name="input w-full text-base mt-1",
        ),
        class_name="block",
    )


def _key(row: Any) -> rx.Component:
    return rx.el.input(type="hidden", name="key", value=row.key, read_only=True)


def _question(row: Any) -> rx.Component:
    return rx.el.form(
        _key(row),
        _reason(t("portals.reason")),
        rx.el.button(
            t("portals.confirm_end"), type="submit", class_name="btn btn-error w-full text-base"
        ),
        quiet_button(t("portals.step_back"), view.ask("")),
        on_submit=view.withdraw,
        class_name="space-y-2",
    )


def _keys(row: Any) -> rx.Component:
    return fold(
        t("portals.keys"),
        rx.el.ul(
            rx.foreach(
                row.fingerprints,
                lambda key: rx.el.li(
                    rx.el.p(key.spoken, class_name="font-mono text-sm break-words"),
                    rx.el.p(key.more, class_name=_SMALL),
                    class_name="py-2",
                ),
            ),
            class_name="divide-y divide-base-300",
        ),
    )


def _portal(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.name, class_name="font-semibold grow"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.p(row.url, class_name="break-all"),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.el.p(row.age, class_name=rx.cond(row.is_old, "text-sm text-accent", _SMALL)),
        rx.cond(row.odd != "", rx.el.p(row.odd, class_name="text-sm text-error")),
        rx.cond(row.ended != "", rx.el.p(row.ended, class_name="text-sm")),
        _keys(row),
        rx.cond(
            row.is_live & view.may_change,
            rx.cond(
                view.asking == row.key,
                _question(row),
                quiet_button(t("portals.end"), view.ask(row.key)),
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "trusted-portal"},
    )


def _asked(row: Any) -> rx.Component:
    return card(
        rx.el.h3(row.title, class_name="font-semibold"),
        rx.el.p(row.facts, class_name="text-sm break-words"),
        rx.el.p(row.sentence, class_name="text-accent"),
        rx.el.p(row.by, class_name=_SMALL),
        rx.cond(
            row.may_take,
            rx.el.form(
                _key(row),
                _reason(t("portals.asked_reason")),
                rx.el.button(
                    t("portals.accept"),
                    type="submit",
                    class_name="btn btn-primary w-full text-base",
                ),
                on_submit=view.accept,
                custom_attrs=ONCE,
                class_name="space-y-2",
            ),
            rx.el.p(t("portals.cannot"), class_name="text-sm"),
        ),
        fold(
            t("portals.refuse"),
            rx.el.form(
                _key(row),
                _reason(t("portals.asked_reason")),
                rx.el.button(t("portals.refuse"), type="submit", class_name=f"w-full {QUIET}"),
                on_submit=view.refuse,
                custom_attrs=ONCE,
                class_name="space-y-2",
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "asked-line"},
    )


def index() -> rx.Component:
    """What waits first, then the list."""
    grid = "grid gap-3 md:grid-cols-2 items-start"
    return frame(
        "portals",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(t("portals.title"), class_name="text-xl font-semibold"),
            rx.el.p(t("portals.lead"), class_name="text-neutral"),
            class_name="space-y-1",
        ),
        problem_note(view.problem),
        result_note(view.done, "portals-done"),
        section(
            t("portals.asked_title"),
            rx.cond(
                view.asked.length() > 0,
                rx.el.div(rx.foreach(view.asked, _asked), class_name=grid),
                rx.el.p(t("portals.asked_empty"), class_name="text-neutral"),
            ),
        ),
        section(
            t("portals.list_title"),
            rx.cond(
                view.rows.length() > 0,
                rx.el.div(rx.foreach(view.rows, _portal), class_name=grid),
                empty(t("portals.empty")),
            ),
            rx.cond(
                view.may_change,
                plain_link(
                    t("portals.add"),
                    href="/admin/portals/new",
                    class_name="btn btn-primary w-full md:w-auto text-base",
                ),
                rx.el.p(t("portals.not_yours"), class_name=_SMALL),
            ),
        ),
        hint=t("portals.hint"),
    )


PAGES = [Page("/admin/portals", t("portals.title"), index, (view.load,))]
