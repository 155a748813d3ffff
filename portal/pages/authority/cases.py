"""``/admin/cases``: the list and a new case; ``/admin/cases/<id>``: one, with all its acts."""

from typing import Any

import reflex as rx

from portal.components.casework import (
    SMALL,
    entry,
    file_card,
    hidden,
    long_text,
    select_from,
    select_of,
    shows,
)
from portal.components.choices import day_field, text_field
from portal.components.deadline import due_line
from portal.components.decisions import ASKS, act_form, result_note
from portal.components.desk import QUIET, pager, quiet_button, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge, some
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.services.casework.closing import OUTCOMES
from portal.services.casework.findings import EVIDENCE, GRADES
from portal.services.casework.sanctions import KINDS
from portal.state.cases import CasesState, CaseState

# Off the class come Vars, whatever their annotations say.
queue: Any = CasesState
view: Any = CaseState

_HOME = "/admin/cases"


def _search() -> rx.Component:
    return rx.el.form(
        rx.el.input(
            key=queue.words,
            type="search",
            name="q",
            default_value=queue.words,
            placeholder=t("casework.search"),
            aria_label=t("casework.search"),
            max_length=40,
            class_name="input h-12 text-base grow min-w-0",
        ),
        rx.el.button(t("inspection.find"), type="submit", class_name=f"{QUIET} h-12"),
        on_submit=queue.find,
        role="search",
        class_name="flex gap-2",
    )


def _new() -> rx.Component:
    return card(
        fold(
            rx.cond(
                queue.source != "",
                rx.el.span(t("casework.new_from"), queue.source_word),
                t("casework.new"),
            ),
            act_form(
                t("casework.open"),
                queue.open_case,
                rx.cond(
                    queue.source != "",
                    rx.fragment(
                        hidden("source", queue.source), hidden("source_id", queue.source_key)
                    ),
                    select_from("institution", t("casework.institution"), queue.institutions),
                ),
                text_field("title", t("casework.title_label"), "", limit=60, required=True),
                long_text("summary", t("casework.summary"), hint=t("casework.summary_hint")),
                look="btn-primary",
                testid="case-open",
            ),
        )
    )


def index() -> rx.Component:
    """The cases, the most urgent first."""
    return frame(
        "cases",
        queue.status,
        queue.problem,
        problem_note(queue.problem),
        _new(),
        shows(queue.narrow, t("casework.shows")),
        _search(),
        rx.cond(
            some(queue.cards),
            rx.el.div(
                rx.foreach(queue.cards, file_card),
                class_name="grid gap-3 md:grid-cols-2 items-start",
            ),
            empty(t("casework.empty")),
        ),
        rx.cond(queue.place != "", pager(queue.previous, queue.place, queue.next)),
        hint=t("casework.officers_only"),
    )


def _document() -> rx.Component:
    return text_field("document_no", t("casework.document_no"), "", limit=60, required=True)


def _finding(item: Any) -> rx.Component:
    second = rx.el.div(
        act_form(
            t("casework.confirm_fraud"),
            view.confirm,
            hidden("key", item.key),
            look="btn-error",
            testid="finding-confirm",
            reason=t("casework.reason"),
        ),
        act_form(
            t("casework.refuse_fraud"),
            view.refuse,
            hidden("key", item.key),
            look="bg-base-100 border-base-300",
            testid="finding-refuse",
            reason=t("casework.reason"),
        ),
        class_name="grid gap-4 md:grid-cols-2",
    )
    return card(
        entry(item),
        rx.match(
            item.act,
            ("second", second),
            ("wait", rx.el.p(t("casework.other_officer"), class_name=SMALL)),
            rx.fragment(),
        ),
    )


def _evidence(number: Any, kinds: list[tuple[str, str]]) -> rx.Component:
    """One line of evidence: what it is, where it is found, what it shows."""
    end = "_" + number.to_string()
    return rx.el.div(
        select_of("evidence_kind" + end, t("casework.evidence_kind"), kinds),
        text_field("evidence_ref" + end, t("casework.evidence_ref"), "", limit=100),
        text_field("evidence_note" + end, t("casework.evidence_note"), "", limit=200),
        key=number.to_string(),
        class_name="rounded-xl border border-base-300 p-3 space-y-2",
    )


def _grade() -> rx.Component:
    grades = [(one, t(f"casework.grade.{one}")) for one in GRADES]
    kinds = [(one, t(f"casework.evidence.{one}")) for one in EVIDENCE]
    return act_form(
        t("casework.grade_save"),
        view.grade,
        long_text("what", t("casework.what")),
        select_of("grade", t("casework.grade_label"), grades),
        rx.el.p(t("casework.grade_hint"), class_name=SMALL),
        rx.el.fieldset(
            rx.el.legend(t("casework.evidence_all"), class_name="font-medium"),
            rx.el.p(t("casework.evidence_hint"), class_name=SMALL),
            rx.foreach(view.evidence, lambda number: _evidence(number, kinds)),
            quiet_button(t("casework.evidence_more"), view.add_evidence),
            class_name="space-y-3",
        ),
        rx.cond(
            some(view.standing), select_from("replaces", t("casework.replaces"), view.standing)
        ),
        look="btn-primary",
        testid="case-grade",
        reason=t("casework.reason"),
    )


def _sanction(item: Any) -> rx.Component:
    fulfil = act_form(
        t("casework.fulfil"),
        view.fulfil,
        hidden("key", item.key),
        look="btn-primary",
        testid="sanction-fulfil",
        reason=t("casework.reason"),
    )
    yes_no = [("no", t("casework.appeal_no")), ("yes", t("casework.appeal_yes"))]
    answer = act_form(
        t("casework.appeal_send"),
        view.answer_appeal,
        hidden("key", item.key),
        select_of("upheld", t("casework.appeal_decide"), yes_no),
        long_text("answer", t("casework.appeal_words")),
        text_field("document_no", t("casework.appeal_document"), "", limit=60),
        look="btn-primary",
        testid="appeal-answer",
    )
    return card(
        entry(item),
        rx.match(
            item.act,
            ("fulfil", fold(t("casework.fulfil"), fulfil)),
            ("answer", fold(t("casework.appeal_send"), answer)),
            ("wait", rx.el.p(t("casework.other_officer"), class_name=SMALL)),
            rx.fragment(),
        ),
    )


def _decide() -> rx.Component:
    """The form, and in its place what the sanction would do; what was typed stays in the form."""
    kinds = [(one, t(f"casework.sanction.{one}")) for one in KINDS]
    form = act_form(
        t("casework.ask_effects"),
        view.ask_sanction,
        select_of("kind", t("casework.kind"), kinds),
        rx.el.p(t("casework.decide_hint"), class_name=SMALL),
        _document(),
        day_field("effective_on", t("casework.effective_on"), view.today),
        day_field("due_on", t("casework.due_on"), hint=t("casework.due_on_hint")),
        day_field("ban_until", t("casework.ban_label"), hint=t("casework.ban_hint")),
        look="btn-primary",
        testid="case-sanction",
        reason=t("casework.reason"),
    )
    asked = view.consequences.length() > 0
    return rx.el.div(
        rx.el.div(form, class_name=rx.cond(asked, "hidden", "")),
        rx.cond(asked, _question()),
    )


def _question() -> rx.Component:
    return rx.el.div(
        rx.el.h3(t("casework.sure"), view.typed_word, class_name="font-semibold"),
        rx.el.ul(
            rx.foreach(view.consequences, lambda line: rx.el.li(line)),
            class_name="list-disc ps-5 space-y-2",
            custom_attrs={"data-testid": "sanction-effects"},
        ),
        rx.el.p(view.typed.document_no, " · ", view.typed.reason, class_name=SMALL),
        rx.el.button(
            t("casework.decide"),
            type="button",
            on_click=view.sanction,
            class_name="btn btn-error w-full text-base",
            custom_attrs={"data-testid": "sanction-confirm"},
        ),
        quiet_button(t("casework.step_back"), view.step_back),
        role="status",
        custom_attrs=ASKS,
        class_name="space-y-3",
    )


def _recover() -> rx.Component:
    return act_form(
        t("recovery.open"),
        view.recover,
        text_field("amount", t("recovery.amount"), "", limit=16, required=True),
        select_from("fund", t("recovery.fund"), view.funds),
        _document(),
        look="btn-primary",
        testid="case-recover",
        reason=t("casework.reason"),
    )


def _part(title: str, items: Any, each: Any, *acts: rx.Component) -> rx.Component:
    return section(
        title,
        rx.foreach(items, each),
        rx.cond(view.is_open, rx.fragment(*acts)),
    )


def _act(title: str, form: rx.Component) -> rx.Component:
    """An act one tap below; once anything was done the form begins anew, empty and closed."""
    return card(fold(title, form), key=f"{title}" + view.events.length().to_string())


def _close() -> rx.Component:
    outcomes = [(one, t(f"casework.outcome.{one}")) for one in OUTCOMES]
    return act_form(
        t("casework.close"),
        view.close,
        select_of("outcome", t("casework.outcome_label"), outcomes),
        long_text("note", t("casework.close_note")),
        look="btn-primary",
        testid="case-close",
    )


def _note() -> rx.Component:
    return act_form(
        t("casework.note_save"),
        view.write_note,
        long_text("text", t("casework.note_label")),
        look="bg-base-100 border-base-300",
        testid="case-note",
    )


def _hear() -> rx.Component:
    return act_form(
        t("casework.hear_send"),
        view.hear,
        long_text("allegation", t("casework.allegation"), hint=t("casework.allegation_hint")),
        look="btn-primary",
        testid="case-hear",
    )


def _head() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(view.title, class_name="text-lg font-semibold leading-snug grow"),
            badge(rx.cond(view.is_open, "info", "plain"), view.outcome),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.foreach(view.lines, lambda line: rx.el.p(line, class_name=SMALL)),
        rx.el.p(view.summary, class_name="break-words"),
        rx.el.div(
            rx.foreach(view.links, lambda one: rx.el.a(one.label, href=one.href, class_name=QUIET)),
            class_name="flex flex-wrap gap-2",
        ),
        due_line(view),
        rx.cond(view.closing_note != "", rx.el.p(view.closing_note, class_name="break-words")),
    )


def detail() -> rx.Component:
    """One case: what was found and decided, and beside it money, end and history."""
    left = rx.el.div(
        _part(
            t("casework.findings"),
            view.findings,
            _finding,
            _act(t("casework.grade_new"), _grade()),
        ),
        _part(
            t("casework.hearings"),
            view.hearings,
            lambda item: card(entry(item)),
            _act(t("casework.hear_new"), _hear()),
        ),
        _part(
            t("casework.sanctions"),
            view.sanctions,
            _sanction,
            _act(t("casework.sanction_new"), _decide()),
        ),
        class_name="space-y-6",
    )
    right = rx.el.div(
        _part(t("recovery.title"), view.money, file_card, _act(t("recovery.new"), _recover())),
        rx.cond(
            view.is_open,
            section(
                t("casework.end"),
                _act(t("casework.note_new"), _note()),
                _act(t("casework.close_new"), _close()),
            ),
        ),
        section(
            t("casework.history"),
            card(
                rx.el.div(
                    rx.foreach(view.events, entry),
                    class_name="space-y-3",
                )
            ),
        ),
        class_name="space-y-6",
    )
    return frame(
        "cases",
        view.status,
        view.problem,
        rx.el.a(t("casework.back"), href=_HOME, class_name=QUIET),
        problem_note(view.problem),
        result_note(view.done, "case-done"),
        _head(),
        rx.el.div(left, right, class_name="grid gap-6 lg:grid-cols-2 items-start"),
        hint=t("casework.officers_only"),
    )


PAGES = [
    Page(_HOME, t("casework.cases"), index, (queue.load,)),
    Page(f"{_HOME}/[case_id]", t("casework.one"), detail, (view.load,)),
]
