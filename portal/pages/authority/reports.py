"""/admin/reports: quarterly and annual reports, drafted, frozen, countersigned, told."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.decisions import result_note
from portal.components.desk import QUIET, bar, main_button, quiet_button, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.reports import HOME, ReportsState, ReportState

# Off the class come Vars, whatever its annotations say.
view: Any = ReportsState
one: Any = ReportState

_SMALL = "text-sm text-neutral"


def _select(name: str, label: str, options: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(
            rx.foreach(options, lambda item: rx.el.option(item.label, value=item.value)),
            name=name,
            class_name="select w-full h-12 text-base mt-1",
        ),
        class_name="block min-w-0",
    )


def _new() -> rx.Component:
    return card(
        rx.el.h2(t("reports.page.new"), class_name="text-lg font-semibold"),
        rx.el.form(
            rx.el.div(
                _select("region", t("reports.page.region"), view.regions),
                _select("period", t("reports.page.period"), view.periods),
                class_name="grid gap-3 sm:grid-cols-2",
            ),
            fold(
                t("reports.page.correct"),
                reason_field(
                    "reason",
                    t("reports.page.reason"),
                    hint=t("reports.page.reason_hint"),
                    shortest=0,
                ),
                rx.el.p(t("reports.page.correct_lead"), class_name=_SMALL),
            ),
            rx.el.button(
                t("reports.page.draft"),
                type="submit",
                custom_attrs={"data-testid": "report-draft"},
                class_name="btn btn-primary text-base w-full sm:w-auto sm:px-10",
            ),
            on_submit=view.draft,
            class_name="space-y-3",
        ),
        class_name="max-w-3xl",
    )


def _badges(item: Any) -> rx.Component:
    return rx.el.div(
        rx.match(
            item.tone,
            ("good", badge("good", item.state)),
            ("warn", badge("warn", item.state)),
            rx.el.span(item.state, class_name=_SMALL),
        ),
        rx.cond(item.gave_up, badge("bad", t("reports.page.gave_up"))),
        rx.cond(item.signed != "", rx.el.span(item.signed, class_name=_SMALL)),
        rx.cond(item.told != "", rx.el.span(item.told, class_name=_SMALL)),
        class_name="flex flex-wrap items-center gap-2",
    )


def _line(item: Any) -> rx.Component:
    return rx.el.a(
        rx.el.div(
            rx.el.h3(item.title, class_name="font-semibold"),
            rx.el.p(item.region, " · ", item.kind, " · ", item.version, class_name=_SMALL),
            rx.cond(item.when != "", rx.el.p(item.when, class_name=_SMALL)),
            class_name="space-y-1",
        ),
        _badges(item),
        href=item.href,
        custom_attrs={"data-testid": "report-card"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-2",
    )


def index() -> rx.Component:
    """The list."""
    return frame(
        "reports",
        view.status,
        view.problem,
        problem_note(view.problem),
        rx.el.div(
            rx.el.h2(t("reports.title"), class_name="text-xl font-semibold"),
            rx.el.p(view.area, class_name="font-medium"),
            rx.el.p(t("reports.lead"), class_name=_SMALL),
            class_name="space-y-1",
        ),
        rx.cond(view.may_write, _new()),
        section(
            t("reports.page.list"),
            rx.cond(
                view.cards.length() > 0,
                rx.el.div(rx.foreach(view.cards, _line), class_name="grid gap-3 md:grid-cols-2"),
                rx.cond(
                    view.may_write,
                    empty(t("reports.page.empty")),
                    empty(t("reports.page.empty_reader")),
                ),
            ),
            rx.el.a(t("reports.page.funds"), href="/funds", reload_document=True, class_name=QUIET),
        ),
        hint=t("admin.not_staff"),
    )


def _head(cell: Any) -> rx.Component:
    return rx.el.th(
        cell.name,
        scope="col",
        class_name=rx.cond(
            cell.number, "p-2 text-sm font-medium text-end", "p-2 text-sm font-medium text-start"
        ),
    )


def _row(row: Any) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.title, scope="row", class_name="p-2 font-medium text-start break-words"),
        rx.foreach(
            row.cells,
            lambda cell: rx.el.td(
                cell.value, class_name="p-2 text-end tabular-nums whitespace-nowrap"
            ),
        ),
        class_name=rx.cond(
            row.is_sum,
            "bg-base-200 font-semibold border-b border-base-300",
            "border-b border-base-300",
        ),
    )


def _card_row(row: Any) -> rx.Component:
    """The same on a phone: the row's name, then a line for each figure."""

    def line(cell: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(cell.name, class_name=_SMALL),
            rx.el.dd(cell.value, class_name="text-end tabular-nums"),
            class_name="flex items-baseline justify-between gap-3",
        )

    return card(
        rx.el.h4(row.title, class_name="font-semibold break-words"),
        rx.el.dl(rx.foreach(row.cells, line), class_name="space-y-1"),
    )


def _table(table: Any) -> rx.Component:
    full = rx.fragment(
        rx.el.div(rx.foreach(table.rows, _card_row), class_name="grid gap-3 lg:hidden"),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.foreach(table.heads, _head),
                        class_name="text-neutral border-b border-base-300",
                    )
                ),
                rx.el.tbody(rx.foreach(table.rows, _row)),
                class_name="w-full",
            ),
            class_name="hidden lg:block rounded-2xl bg-base-100 border border-base-300"
            " overflow-x-auto",
        ),
        rx.cond(table.note != "", rx.el.p(table.note, class_name=_SMALL)),
    )
    return rx.el.section(
        rx.el.h3(table.title, class_name="text-lg font-semibold"),
        rx.cond(
            table.rows.length() > 0, full, rx.el.p(t("reports.table.nothing"), class_name=_SMALL)
        ),
        custom_attrs={"data-testid": "report-table"},
        class_name="space-y-3",
    )


def _act(name: str, on_click: Any, *, quiet: rx.Component | None = None) -> rx.Component:
    """What may be done now: what it means, then its button."""
    return rx.cond(
        one.can.contains(name),
        card(
            rx.el.p(t(f"reports.page.{name}_lead")),
            main_button(t(f"reports.page.{name}"), on_click, testid=f"report-{name}"),
            quiet or rx.fragment(),
            class_name="max-w-3xl",
        ),
    )


def _acts() -> rx.Component:
    return rx.fragment(
        rx.cond(one.trouble != "", problem_note(one.trouble)),
        _act("freeze", one.freeze, quiet=quiet_button(t("reports.page.discard"), one.discard)),
        rx.cond(
            one.can.contains("early"),
            card(
                rx.el.p(t("reports.page.early")),
                quiet_button(t("reports.page.discard"), one.discard),
                class_name="max-w-3xl",
            ),
        ),
        _act("countersign", one.countersign),
        rx.cond(one.can.contains("wait"), rx.el.p(t("reports.page.wait"))),
        _act("publish", one.publish),
    )


def _freezing() -> rx.Component:
    """How far the background is; nobody has to stay."""
    return card(
        rx.el.p(t("reports.page.freezing")),
        bar(one.percent, one.percent_text),
        rx.cond(
            one.can.contains("call_back"),
            quiet_button(t("reports.page.call_back"), one.call_back),
        ),
        role="status",
        custom_attrs={"data-testid": "report-freezing"},
        class_name="max-w-3xl",
    )


def _standing() -> rx.Component:
    """Whether it still is what was frozen, its files and its hash."""
    return rx.el.div(
        rx.cond(
            one.broken != "",
            problem_note(one.broken),
            rx.el.p(t("reports.page.whole"), class_name="text-success"),
        ),
        rx.cond(one.moved != "", rx.el.p(one.moved, " ", one.unexplained)),
        rx.el.div(
            rx.el.a(
                t("reports.page.pdf"), href=one.pdf, reload_document=True, class_name=QUIET,
                custom_attrs={"data-testid": "report-pdf"},
            ),
            rx.el.a(t("reports.page.xlsx"), href=one.xlsx, reload_document=True, class_name=QUIET),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.p(t("reports.hash"), " ", one.hash_text, class_name=f"break-all {_SMALL}"),
        class_name="space-y-3",
    )  # fmt: skip


def detail() -> rx.Component:
    """One report."""
    return frame(
        "reports",
        one.status,
        one.problem,
        rx.el.a(t("reports.back"), href=HOME, class_name=QUIET),
        problem_note(one.problem),
        result_note(one.done, "report-done"),
        rx.el.div(
            rx.el.h2(one.heading, class_name="text-xl font-semibold"),
            rx.el.p(one.card.title, " · ", one.card.version, class_name="font-medium"),
            _badges(one.card),
            class_name="space-y-1",
        ),
        rx.el.dl(
            rx.foreach(
                one.facts,
                lambda fact: rx.el.div(
                    rx.el.dt(fact.name, class_name=_SMALL),
                    rx.el.dd(fact.value, class_name="break-all"),
                ),
            ),
            class_name="grid gap-3 sm:grid-cols-2",
        ),
        rx.cond(one.is_freezing, _freezing()),
        _acts(),
        rx.cond(one.is_frozen, _standing()),
        rx.foreach(one.tables, _table),
        section(
            t("reports.page.rules"),
            rx.el.ul(
                rx.foreach(one.notes, lambda note: rx.el.li(note)),
                class_name=f"list-disc ps-5 space-y-1 {_SMALL}",
            ),
        ),
        hint=t("admin.not_staff"),
    )


PAGES = [
    Page(HOME, t("reports.title"), index, (view.load,)),
    Page(f"{HOME}/[report_id]", t("reports.title"), detail, (one.load,)),
]
