"""``/admin/risk``: where to look first; below it one session or class, reason by reason."""

from typing import Any

import reflex as rx

from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, desk_page, pager, section
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, empty, problem_note
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.risk import RiskDetailState, RiskState

# Off the class come Vars, whatever their annotations say.
queue: Any = RiskState
view: Any = RiskDetailState

_HOME = "/admin/risk"
_SMALL = "text-sm text-neutral"
_FIELD = "w-full h-12 text-base mt-1"


def _caution(sentence: Any) -> rx.Component:
    """How far the score is to be trusted: as near to it as the points."""
    return rx.el.div(
        glyph("info", class_name="size-5 shrink-0 mt-0.5"),
        rx.el.p(sentence),
        class_name="rounded-2xl border border-base-300 bg-base-100 p-3 flex gap-2 text-sm",
    )


def _points(points: Any, bar: Any, above: Any) -> rx.Component:
    """The points as a word and a bar; over the line with a sign besides the colour."""
    return rx.el.div(
        rx.el.p(
            rx.cond(
                above,
                glyph("triangle-alert", class_name="size-5 inline-block me-1 align-[-0.2em]"),
            ),
            points,
            class_name=rx.cond(
                above,
                "text-xl font-semibold text-error tabular-nums whitespace-nowrap",
                "text-xl font-semibold tabular-nums whitespace-nowrap",
            ),
        ),
        rx.el.progress(
            value=bar,
            max=100,
            aria_hidden=True,
            class_name=rx.cond(
                above, "progress progress-error grow", "progress progress-primary grow"
            ),
        ),
        class_name="flex items-center gap-3",
    )


def risk_card(item: Any) -> rx.Component:
    """A session or class of the list."""
    return rx.el.a(
        _points(item.points, item.bar, item.above),
        rx.el.h2(item.title, class_name="font-semibold leading-snug"),
        rx.el.p(item.place, class_name=f"{_SMALL} break-words"),
        rx.el.p(item.when, class_name=_SMALL),
        optional(item.why, ""),
        rx.cond(item.finding != "", badge(item.tone, item.finding)),
        href=item.href,
        custom_attrs={"data-testid": "risk-card"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def _select(name: str, label: str, options: Any, value: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label, class_name="block font-medium"),
        rx.el.select(
            rx.foreach(options, lambda one: rx.el.option(one.label, value=one.value)),
            name=name,
            default_value=value,
            class_name=f"select {_FIELD}",
        ),
        class_name="block",
    )


def _filters() -> rx.Component:
    return rx.el.form(
        _select("region", t("risk_page.region"), queue.regions, queue.region),
        _select("days", t("risk_page.days"), queue.periods, queue.days),
        rx.el.label(
            rx.el.span(t("risk_page.words"), class_name="block font-medium"),
            rx.el.input(
                type="search",
                name="q",
                default_value=queue.words,
                max_length=40,
                auto_complete="off",
                class_name=f"input {_FIELD}",
            ),
            class_name="block",
        ),
        rx.el.button(t("risk_page.narrow"), type="submit", class_name="btn btn-primary text-base"),
        # The fields begin anew with every list.
        key=queue.version,
        on_submit=queue.narrow,
        class_name="grid gap-3 md:grid-cols-[1fr_1fr_2fr_auto] items-end",
    )


def _kinds() -> rx.Component:
    def tab(name: str, label: str, href: Any) -> rx.Component:
        return rx.el.a(
            label,
            href=href,
            aria_current=rx.cond(queue.what == name, "page", "false"),
            class_name=rx.cond(queue.what == name, "btn btn-primary text-base", QUIET),
        )

    return rx.el.nav(
        tab("sessions", t("risk_page.sessions"), queue.sessions_href),
        tab("classes", t("risk_page.classes"), queue.classes_href),
        aria_label=t("risk_page.title"),
        class_name="grid grid-cols-2 md:flex gap-2",
    )


def index() -> rx.Component:
    """The list, the oddest first."""
    return frame(
        "risk",
        queue.status,
        queue.problem,
        rx.el.div(_kinds(), fold(t("risk_page.narrow"), _filters()), class_name="space-y-1"),
        rx.cond(
            queue.cards.length() > 0,
            rx.el.div(
                rx.el.p(queue.count, class_name="font-medium"),
                _caution(queue.error_rate),
                rx.el.div(
                    rx.foreach(queue.cards, risk_card),
                    class_name="grid gap-3 lg:grid-cols-2 items-start",
                ),
                rx.cond(queue.place != "", pager(queue.previous, queue.place, queue.next)),
                class_name="space-y-3",
            ),
            empty(
                rx.cond(queue.what == "classes", t("risk_page.empty_classes"), t("risk_page.empty"))
            ),
        ),
        hint=t("admin.not_staff"),
    )


def _person(one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.name, class_name="font-medium"),
        rx.cond(one.signed != "", rx.el.span(one.signed, class_name=f"block {_SMALL}")),
        class_name="py-2",
    )


def reason(row: Any) -> rx.Component:
    """A reason: what was seen, what makes the same without fraud, and whom to ask."""
    return card(
        rx.el.div(
            rx.el.h3(row.name, class_name="font-semibold grow"),
            rx.el.span(row.points, class_name=f"{_SMALL} tabular-nums"),
            class_name="flex flex-wrap items-baseline justify-between gap-x-3",
        ),
        rx.el.p(row.seen),
        rx.el.p(
            rx.el.span(t("risk_page.harmless"), "：", class_name="font-medium"),
            row.innocent,
            class_name=_SMALL,
        ),
        rx.cond(
            row.people.length() > 0,
            fold(
                row.count,
                rx.el.ul(rx.foreach(row.people, _person), class_name="divide-y divide-base-300"),
            ),
        ),
        custom_attrs={"data-testid": "risk-reason", "data-code": row.code},
    )


def _head() -> rx.Component:
    return card(
        rx.el.h2(view.title, class_name="text-lg font-semibold leading-snug"),
        rx.foreach(view.lines, lambda line: rx.el.p(line, class_name=f"{_SMALL} break-words")),
        _points(view.points, view.bar, view.above),
        rx.el.p(
            rx.el.span(view.line_word, "。", class_name="font-medium"),
            view.stage,
            rx.el.span(view.scored_at, class_name="block"),
            class_name=_SMALL,
        ),
        rx.cond(
            view.class_href != "",
            rx.el.a(t("risk_page.to_class"), href=view.class_href, class_name=QUIET),
        ),
    )


def _meeting(one: Any) -> rx.Component:
    words = rx.fragment(
        rx.el.span(one.when, class_name="grow"),
        rx.cond(one.above, glyph("triangle-alert", class_name="size-5 shrink-0 text-error")),
        rx.el.span(one.points, class_name="tabular-nums whitespace-nowrap"),
    )
    look = "flex items-center gap-2 min-h-12 py-2"
    return rx.el.li(
        rx.cond(
            one.href != "",
            rx.el.a(words, href=one.href, class_name=f"{look} underline"),
            rx.el.div(words, class_name=f"{look} text-neutral"),
        )
    )


def _finding_choice(value: str, label: str, hint: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="finding",
            value=value,
            required=True,
            class_name="radio radio-primary shrink-0 mt-0.5",
        ),
        rx.el.span(
            rx.el.span(label, class_name="block font-medium"),
            rx.el.span(hint, class_name=f"block {_SMALL}"),
        ),
        class_name="flex items-start gap-3 rounded-xl border border-base-300 p-3 min-h-12 "
        "cursor-pointer has-checked:border-primary",
    )


def _findings() -> rx.Component:
    form = act_form(
        t("risk_page.save"),
        view.note,
        rx.el.p(t("risk_page.finding_lead"), class_name=_SMALL),
        rx.el.fieldset(
            rx.el.legend(t("risk_page.finding"), class_name="sr-only"),
            _finding_choice("explained", t("risk_page.explained"), t("risk_page.explained_hint")),
            _finding_choice("odd", t("risk_page.odd"), t("risk_page.odd_hint")),
            class_name="space-y-2",
        ),
        look="btn-primary",
        testid="risk-finding",
        reason=t("risk_page.note"),
        hint=t("risk_page.note_hint"),
    )
    return section(
        t("risk_page.finding"),
        result_note(view.done, "risk-done"),
        card(
            rx.cond(
                view.findings.length() > 0,
                rx.el.ul(
                    rx.foreach(view.findings, lambda one: rx.el.li(one)),
                    class_name="list-disc ps-5 space-y-1",
                ),
                rx.el.p(t("risk_page.not_looked"), class_name="text-neutral"),
            ),
            rx.cond(
                view.can_note, form, rx.el.p(t("risk_page.auditor"), class_name="text-neutral")
            ),
            rx.cond(
                view.case_href != "",
                rx.el.a(
                    t("risk_page.open_case"),
                    href=view.case_href,
                    custom_attrs={"data-testid": "risk-case"},
                    class_name=f"w-full {QUIET}",
                ),
            ),
        ),
    )


def _methods() -> rx.Component:
    return rx.cond(
        view.methods.length() > 0,
        section(
            t("risk_page.how"),
            card(
                rx.el.dl(
                    rx.foreach(
                        view.methods,
                        lambda one: rx.el.div(
                            rx.el.dt(one.label),
                            rx.el.dd(one.value, class_name="tabular-nums"),
                            class_name="flex justify-between gap-3 py-1",
                        ),
                    )
                )
            ),
        ),
    )


def detail() -> rx.Component:
    """One session or class."""
    sessions = rx.cond(
        view.meetings.length() > 0,
        section(
            t("risk_page.sessions_of"),
            card(
                rx.el.ul(rx.foreach(view.meetings, _meeting), class_name="divide-y divide-base-300")
            ),
        ),
    )
    reasons = section(
        t("risk_page.reasons"),
        rx.cond(
            view.reasons.length() > 0,
            rx.el.div(rx.foreach(view.reasons, reason), class_name="space-y-3"),
            empty(t("risk_page.no_reasons")),
        ),
    )
    return desk_page(
        view,
        rx.el.div(
            rx.el.div(
                problem_note(view.problem),
                _head(),
                _caution(view.error_rate),
                reasons,
                class_name="space-y-4 lg:col-span-3",
            ),
            rx.el.div(sessions, _methods(), _findings(), class_name="space-y-6 lg:col-span-2"),
            class_name="grid gap-6 lg:grid-cols-5 items-start",
        ),
        area="admin",
        title=t("risk_page.one"),
        back=(t("risk_page.back"), _HOME),
        hint=t("admin.not_staff"),
        wide=True,
    )


PAGES = [
    Page(_HOME, t("risk_page.title"), index, (queue.load,)),
    Page(f"{_HOME}/[session_id]", t("risk_page.one"), detail, (view.load,)),
    Page(f"{_HOME}/classes/[class_id]", t("risk_page.one_class"), detail, (view.load,)),
]
