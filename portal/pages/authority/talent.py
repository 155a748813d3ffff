"""/admin/talent: who of those who joined holds what, where; in counts, and by name for a reason."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.decisions import result_note
from portal.components.desk import QUIET, figure, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.talent import TalentState

# Off the class come Vars, whatever its annotations say.
view: Any = TalentState

_SMALL = "text-sm text-neutral"
_CELL = "p-3 text-end align-top"


def _select(name: str, label: str, options: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(
            rx.foreach(
                options,
                lambda one: rx.el.option(one.label, value=one.value, selected=one.checked),
            ),
            name=name,
            class_name="select w-full h-12 text-base mt-1",
        ),
        class_name="block min-w-0",
    )


def _filter() -> rx.Component:
    """Plain GET: the address keeps what was asked, and a list is asked for by hand."""
    return rx.el.form(
        rx.el.div(
            _select("occupation", t("talent.occupation"), view.occupations),
            _select("level", t("talent.level"), view.levels),
            _select("kind", t("talent.kind"), view.kinds),
            _select("part", t("talent.part"), view.parts),
            class_name="grid gap-3 sm:grid-cols-2 lg:grid-cols-4",
        ),
        rx.el.button(
            t("talent.show"),
            type="submit",
            custom_attrs={"data-testid": "talent-show"},
            class_name="btn btn-primary text-base mt-3 w-full sm:w-auto sm:px-10",
        ),
        method="get",
        action="/admin/talent",
        on_submit=None,
        class_name="rounded-2xl bg-base-100 border border-base-300 p-4",
    )


def _count(cell: Any) -> rx.Component:
    return rx.cond(
        cell.people != "",
        rx.fragment(
            rx.el.span(cell.people, class_name="tabular-nums whitespace-nowrap"),
            rx.el.span(cell.certificates, class_name=f"block whitespace-nowrap {_SMALL}"),
        ),
        rx.el.span(t("talent.hidden"), class_name=_SMALL),
    )


def _table() -> rx.Component:
    """On a desk."""

    def row(line: Any) -> rx.Component:
        return rx.el.tr(
            rx.el.th(
                line.occupation,
                rx.el.span(line.what, class_name=f"block font-normal {_SMALL}"),
                rx.cond(
                    line.rest != "",
                    rx.el.span(line.rest, class_name=f"block font-normal {_SMALL}"),
                ),
                scope="row",
                class_name="p-3 font-medium text-start align-top",
            ),
            rx.foreach(line.cells, lambda cell: rx.el.td(_count(cell), class_name=_CELL)),
            class_name="border-b border-base-300 last:border-0",
        )

    heads = rx.foreach(
        view.heads,
        lambda name: rx.el.th(name, scope="col", class_name="p-3 text-sm font-medium text-end"),
    )
    return rx.el.div(
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th(
                        t("talent.occupation"),
                        scope="col",
                        class_name="p-3 text-sm font-medium text-start",
                    ),
                    heads,
                    class_name="text-neutral border-b border-base-300",
                )
            ),
            rx.el.tbody(rx.foreach(view.lines, row)),
            class_name="w-full",
        ),
        custom_attrs={"data-testid": "talent-table"},
        class_name="hidden lg:block rounded-2xl bg-base-100 border border-base-300 overflow-x-auto",
    )


def _cards() -> rx.Component:
    """The same on a phone, a card for each row."""

    def line(cell: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(cell.place, class_name=_SMALL),
            rx.el.dd(_count(cell), class_name="text-end"),
            class_name="flex items-baseline justify-between gap-3",
        )

    def one(row: Any) -> rx.Component:
        return card(
            rx.el.h3(row.occupation, class_name="font-semibold"),
            rx.el.p(row.what, class_name=_SMALL),
            rx.el.dl(rx.foreach(row.cells, line), class_name="space-y-1"),
            rx.cond(row.rest != "", rx.el.p(row.rest, class_name=_SMALL)),
        )

    return rx.el.div(rx.foreach(view.lines, one), class_name="grid gap-3 sm:grid-cols-2 lg:hidden")


def _person(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.name, class_name="font-semibold"),
            rx.el.p(row.region, class_name=_SMALL),
            class_name="flex flex-wrap items-baseline justify-between gap-2",
        ),
        rx.el.ul(rx.foreach(row.holds, lambda one: rx.el.li(one)), class_name="space-y-1"),
        rx.cond(
            row.told,
            badge("good", t("talent.passed_on")),
            fold(
                t("talent.pass_on"),
                rx.el.form(
                    rx.el.input(type="hidden", name="number", value=row.number.to_string()),
                    reason_field("message", t("talent.message"), hint=t("talent.message_hint")),
                    rx.el.button(
                        t("talent.pass_on"), type="submit", class_name="btn w-full text-base"
                    ),
                    on_submit=view.pass_on,
                    class_name="space-y-3",
                ),
            ),
        ),
        key=row.number.to_string(),
        custom_attrs={"data-testid": "talent-person"},
    )


def _people() -> rx.Component:
    return section(
        t("talent.list"),
        card(
            rx.el.p(t("talent.list_lead"), class_name=_SMALL),
            rx.el.form(
                reason_field(
                    "reason",
                    t("talent.reason"),
                    hint=t("talent.reason_hint"),
                    testid="talent-reason",
                ),
                rx.el.button(
                    t("talent.list_show"),
                    type="submit",
                    custom_attrs={"data-testid": "talent-list"},
                    class_name=f"{QUIET} w-full sm:w-auto sm:px-10",
                ),
                on_submit=view.list_people,
                class_name="space-y-3",
            ),
            class_name="max-w-3xl",
        ),
        rx.cond(view.outcome != "", rx.el.p(view.outcome, role="status")),
        result_note(view.done, "talent-done"),
        rx.el.div(rx.foreach(view.people, _person), class_name="grid gap-3 md:grid-cols-2"),
    )


def index() -> rx.Component:
    """The page."""
    return frame(
        "talent",
        view.status,
        view.problem,
        problem_note(view.problem),
        rx.el.div(
            rx.el.h2(t("talent.card"), class_name="text-xl font-semibold"),
            rx.el.p(view.area, class_name="font-medium"),
            rx.el.p(t("talent.lead"), class_name=_SMALL),
            class_name="space-y-1",
        ),
        _filter(),
        rx.el.dl(
            rx.foreach(view.totals, figure),
            class_name="grid grid-cols-2 gap-3",
            custom_attrs={"data-testid": "talent-totals"},
        ),
        section(
            t("talent.table"),
            rx.cond(
                view.lines.length() > 0,
                rx.fragment(_cards(), _table()),
                empty(t("talent.nothing")),
            ),
            rx.el.p(t("talent.legend"), class_name=_SMALL),
        ),
        _people(),
        hint=t("admin.not_staff"),
    )


PAGES = [Page("/admin/talent", t("talent.card"), index, (view.load,))]
