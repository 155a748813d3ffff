"""/me/facts/<question>: one question a page, with what was answered before."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from portal.components.choices import choice, choices, day_field, reason_field, text_field
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, problem_note
from portal.components.shell import shell
from portal.components.trainee import optional
from portal.components.views import badge, by_status
from portal.locale import t
from portal.pages.table import Page
from portal.state.facts_form import FactFormState

# Off the class come Vars, whatever its annotations say.
form: Any = FactFormState

_HOME = "/me/facts"
_SMALL = "text-sm text-neutral"
_NOTE = "rounded-xl bg-warning/15 p-3"


def _question(kind: str, build: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
    """The page of a question: why it is asked, then the form."""

    def page() -> rx.Component:
        ready = rx.el.div(
            problem_note(form.problem),
            rx.el.p(t(f"facts.why.{kind}"), class_name=_SMALL),
            build(),
            class_name="space-y-4",
        )
        return shell(
            by_status(form.status, form.problem, ready, next_path=f"{_HOME}/{kind}"),
            title=t(f"facts.ask.{kind}"),
            active="me",
            back=_HOME,
        )

    return page


def _submit(label: str = "") -> rx.Component:
    return rx.el.button(
        label or t("facts.page.save"),
        type="submit",
        custom_attrs={"data-testid": "facts-save"},
        class_name="btn btn-primary w-full text-base",
    )


def _form(save: Any, *fields: rx.Component) -> rx.Component:
    # The button stays at the thumb, however long the form is.
    bar = rx.el.div(_submit(), class_name="sticky bottom-16 z-10 bg-base-200/95 py-3")
    return rx.el.form(*fields, bar, on_submit=save, class_name="space-y-5")


def _report_form(key: Any) -> rx.Component:
    """What was verified can only be reported as wrong."""
    return rx.el.form(
        rx.el.input(type="hidden", name="fact_id", value=key, read_only=True),
        reason_field(
            "reason", t("facts.page.report_why"), hint=t("facts.page.report_hint"), testid="report"
        ),
        _submit(t("facts.page.report_send")),
        on_submit=form.report,
        class_name="space-y-3",
    )


def _one_fact(kind: str, *fields: rx.Component, save: Any) -> rx.Component:
    """The form of a fact, or what was verified and how to report it."""
    item = form.card
    fixed = card(
        badge(item.tone, item.status),
        rx.foreach(item.lines, lambda line: rx.el.p(line, class_name="break-words")),
        optional(item.note, _NOTE),
        rx.el.p(t("facts.page.fixed"), class_name=_SMALL),
        _report_form(item.key),
    )
    take_back = rx.cond(
        item.is_missing,
        rx.fragment(),
        rx.el.button(
            t("facts.page.take_back"),
            type="button",
            on_click=form.take_back,
            class_name="btn btn-ghost w-full text-base",
        ),
    )
    return rx.cond(
        item.is_fixed,
        fixed,
        rx.fragment(
            optional(item.note, _NOTE),
            _form(save, *fields),
            rx.el.p(t("facts.page.paper", paper=t(f"facts.paper.{kind}")), class_name="text-sm"),
            take_back,
        ),
    )


def _fixed_group(item: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.p(item.name, class_name="font-medium min-w-0 break-words"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        optional(item.dates, _SMALL),
        optional(item.note, _NOTE),
        fold(t("facts.page.report"), _report_form(item.key)),
        key=item.key,
    )


def _group_section(section: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.span(section.title, class_name="font-medium"),
            glyph("chevron-down", class_name="size-5 shrink-0 group-open:rotate-180"),
            class_name="cursor-pointer list-none min-h-12 px-4 flex items-center "
            "justify-between gap-2 [&::-webkit-details-marker]:hidden",
        ),
        rx.el.div(
            rx.foreach(section.options, lambda item: choice("", item, several=True)),
            class_name="space-y-2 px-3 pb-3",
        ),
        open=section.is_open,
        class_name="group rounded-2xl bg-base-100 border border-base-300",
    )


def _group_question() -> rx.Component:
    return rx.fragment(
        rx.foreach(form.fixed_groups, _fixed_group),
        _form(
            form.save_groups,
            rx.el.p(t("facts.page.tick"), class_name="font-medium"),
            rx.el.div(rx.foreach(form.sections, _group_section), class_name="space-y-2"),
        ),
        rx.el.p(t("facts.page.private"), class_name=_SMALL),
    )


def _place(item: Any) -> rx.Component:
    look = "flex items-center justify-between gap-2 w-full min-h-12 px-4 text-start"
    return rx.el.li(
        rx.cond(
            item.is_last,
            rx.el.button(
                item.name, type="button", on_click=form.save_residence(item.code), class_name=look
            ),
            rx.el.button(
                item.name,
                glyph("chevron-right", class_name="size-5 text-neutral"),
                type="button",
                on_click=form.look_into(item.code),
                class_name=look,
            ),
        ),
        key=item.code,
    )


def _residence_question() -> rx.Component:
    up = rx.el.button(
        glyph("chevron-left", class_name="size-5"),
        t("facts.page.up"),
        type="button",
        on_click=form.look_into(form.place_up),
        class_name="btn text-base",
    )
    return rx.fragment(
        rx.cond(
            form.residence != "",
            rx.el.p(t("facts.page.lives_in"), form.residence),
        ),
        rx.el.div(
            rx.el.p(
                rx.cond(form.is_top, t("facts.page.pick_province"), form.place_name),
                class_name="font-medium grow",
            ),
            rx.cond(form.is_top, rx.fragment(), up),
            class_name="flex items-center gap-2 min-h-12",
        ),
        rx.el.ul(
            rx.foreach(form.places, _place),
            class_name="rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300",
        ),
    )


def _pension_question() -> rx.Component:
    return _one_fact(
        "pension", choices("draws", t("facts.ask.draws"), form.draws), save=form.save_pension
    )


def _employment_question() -> rx.Component:
    job = form.job
    return _one_fact(
        "employment",
        text_field("employer_name", t("facts.ask.employer_name"), job.employer_name),
        choices("employer_kind", t("facts.ask.employer_kind"), job.kinds),
        day_field("hired_on", t("facts.ask.hired_on"), job.hired_on, hint=t("facts.ask.roughly")),
        choices("insured", t("facts.ask.insured"), job.insured),
        choices("wages_kept", t("facts.ask.wages_kept"), job.wages_kept),
        choices("level_linked_pay", t("facts.ask.level_linked_pay"), job.level_linked_pay),
        text_field(
            "employer_uscc",
            t("facts.ask.employer_uscc"),
            job.employer_uscc,
            hint=t("facts.ask.employer_uscc_hint"),
            limit=30,
        ),
        save=form.save_employment,
    )


def _education_question() -> rx.Component:
    school = form.school
    return _one_fact(
        "education",
        choices("school_kind", t("facts.ask.school_kind"), school.kinds),
        text_field("school_name", t("facts.ask.school_name"), school.school_name),
        day_field(
            "graduates_on",
            t("facts.ask.graduates_on"),
            school.graduates_on,
            hint=t("facts.ask.roughly"),
        ),
        save=form.save_education,
    )


def _origin_question() -> rx.Component:
    return _one_fact(
        "origin",
        choices("origin", t("facts.ask.household"), form.origins),
        choices(
            "urban_dibao",
            t("facts.ask.urban_dibao"),
            form.dibao,
            hint=t("facts.ask.urban_dibao_hint"),
        ),
        save=form.save_origin,
    )


_QUESTIONS: dict[str, Callable[[], rx.Component]] = {
    "residence": _residence_question,
    "group": _group_question,
    "pension": _pension_question,
    "employment": _employment_question,
    "education": _education_question,
    "origin": _origin_question,
}

QUESTION_PAGES = [
    Page(f"{_HOME}/{kind}", t(f"facts.ask.{kind}"), _question(kind, build), (form.load,))
    for kind, build in _QUESTIONS.items()
]
