"""``/admin/targets``: what a document sets, split over years, regions and institutions."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.decisions import result_note
from portal.components.desk import section
from portal.components.figures import LINK, select, strip, way
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.oversight_targets import TargetsState

# Off the class come Vars, whatever its annotations say.
view: Any = TargetsState

_SMALL = "text-sm text-neutral"


def _filter() -> rx.Component:
    """Plain GET: the address keeps what is looked at."""
    return rx.el.form(
        rx.el.div(
            select("pack", t("targets.document"), view.packs),
            select("line", t("targets.line"), view.lines),
            select("year", t("targets.year"), view.years),
            class_name="grid gap-3 sm:grid-cols-3",
        ),
        rx.el.button(
            t("oversight.show"),
            type="submit",
            class_name="btn btn-primary text-base mt-3 w-full sm:w-auto sm:px-10",
        ),
        method="get",
        action="/admin/targets",
        on_submit=None,
        class_name="rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def _state(node: Any) -> rx.Component:
    """How far a place has come, in a bar and in words."""
    return rx.fragment(
        rx.el.div(
            rx.el.span(node.amount, class_name="font-semibold"),
            rx.el.span(node.done, class_name="text-neutral"),
            rx.cond(node.text != "", rx.el.b(node.text, class_name="tabular-nums")),
            class_name="flex flex-wrap gap-x-4",
        ),
        rx.cond(
            node.text != "",
            rx.el.div(
                strip(node.percent),
                rx.el.div(
                    badge(node.tone, node.pace),
                    rx.cond(node.projected != "", rx.el.span(node.projected, class_name="text-sm")),
                    class_name="flex flex-wrap items-center gap-2 pt-1",
                ),
            ),
        ),
    )


def _whole() -> rx.Component:
    node = view.node
    return card(
        rx.el.h2(view.title, class_name="text-lg font-semibold"),
        rx.el.p(view.source, class_name=_SMALL),
        rx.el.h3(node.name, class_name="text-xl font-semibold"),
        _state(node),
        rx.cond(node.by_document, rx.el.p(t("targets.by_document"), class_name=_SMALL)),
        rx.cond(view.people != "", rx.el.p(view.people, class_name=_SMALL)),
        custom_attrs={"data-testid": "target-whole"},
    )


def part(node: Any) -> rx.Component:
    """A part: a region that leads further down, a year, or an institution."""
    return rx.el.li(
        rx.el.div(
            rx.cond(
                node.path != "",
                rx.el.a(node.name, href=node.path, class_name=f"{LINK} font-medium"),
                rx.el.span(node.name, class_name="font-medium"),
            ),
            rx.cond(node.by_document, rx.el.span(t("targets.told"), class_name=f"ms-2 {_SMALL}")),
            class_name="lg:w-1/3",
        ),
        rx.el.div(_state(node), class_name="lg:w-2/3 space-y-1"),
        key=node.key,
        class_name="py-3 space-y-1 lg:space-y-0 lg:flex lg:gap-6",
        custom_attrs={"data-testid": "target-part"},
    )


def _parts(title: str, left: Any, rows: Any) -> rx.Component:
    return section(
        title,
        card(
            rx.cond(
                left != "",
                rx.el.p(
                    left, class_name=rx.cond(view.over, "font-medium text-error", "font-medium")
                ),
            ),
            rx.el.ol(rx.foreach(rows, part), class_name="divide-y divide-base-300"),
        ),
    )


def _form() -> rx.Component:
    return section(
        t("targets.set"),
        card(
            problem_note(view.refusal),
            rx.el.form(
                rx.el.div(
                    rx.el.label(
                        rx.el.span(t("targets.part"), class_name="block font-medium"),
                        rx.el.select(
                            rx.el.option(t("targets.choose"), value=""),
                            rx.foreach(
                                view.choices,
                                lambda one: rx.el.option(
                                    one.label,
                                    value=one.value,
                                    selected=one.value == view.typed_part,
                                ),
                            ),
                            name="part",
                            required=True,
                            class_name="select w-full h-12 text-base mt-1",
                        ),
                        class_name="block min-w-0",
                    ),
                    rx.el.label(
                        rx.el.span(t("targets.number"), class_name="block font-medium"),
                        rx.el.input(
                            name="amount",
                            default_value=view.typed_amount,
                            input_mode="numeric",
                            required=True,
                            max_length=11,
                            auto_complete="off",
                            class_name="input w-full h-12 text-base mt-1",
                        ),
                        class_name="block min-w-0",
                    ),
                    class_name="grid gap-3 sm:grid-cols-2",
                ),
                reason_field("reason", t("targets.reason_label"), hint=t("targets.reason_hint")),
                rx.cond(
                    view.asks_excess,
                    rx.el.label(
                        rx.el.input(
                            type="checkbox",
                            name="exceed",
                            value="1",
                            class_name="checkbox checkbox-primary rounded-md",
                        ),
                        t("targets.exceed"),
                        class_name="flex items-center gap-3 min-h-12",
                    ),
                ),
                rx.el.button(
                    t("targets.save"),
                    type="submit",
                    custom_attrs={"data-testid": "target-save"},
                    class_name="btn btn-primary btn-lg text-base w-full sm:w-auto sm:px-10",
                ),
                on_submit=view.put,
                reset_on_submit=False,
                class_name="space-y-4",
            ),
        ),
    )


def _changes() -> rx.Component:
    return fold(
        t("targets.changes"),
        rx.el.ol(
            rx.foreach(
                view.changes,
                lambda one: rx.el.li(
                    rx.el.p(
                        rx.el.span(one.name, class_name="font-medium me-2"),
                        one.what,
                    ),
                    rx.el.p(one.when, " · ", one.reason, class_name=_SMALL),
                    rx.cond(one.exceeds != "", rx.el.p(one.exceeds, class_name="text-sm")),
                    class_name="py-2",
                ),
            ),
            class_name="divide-y divide-base-300",
        ),
    )


def index() -> rx.Component:
    """The place, its parts, and the form to set one."""
    return frame(
        "targets",
        view.status,
        view.problem,
        rx.cond(
            view.nothing,
            empty(t("targets.nothing")),
            rx.el.div(
                _filter(),
                way(view.way, t("oversight.way")),
                result_note(view.done, "target-done"),
                _whole(),
                rx.el.p(t("targets.method"), class_name=_SMALL),
                rx.cond(
                    view.of_years.length() > 0,
                    _parts(t("targets.by_year"), view.years_placed, view.of_years),
                ),
                rx.cond(
                    view.parts.length() > 0,
                    _parts(t("targets.by_place"), view.placed, view.parts),
                ),
                rx.cond(view.may_set & (view.choices.length() > 0), _form()),
                rx.cond(view.changes.length() > 0, card(_changes())),
                class_name="space-y-6",
            ),
        ),
        hint=t("admin.not_staff"),
    )


PAGES = [Page("/admin/targets", t("targets.title"), index, (view.load,))]
