"""``/admin/supplements``: what a city adds to the catalogue, and what the province answers."""

from typing import Any

import reflex as rx

from portal.components.choices import text_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, quiet_button, section
from portal.components.folds import fold
from portal.components.form_fields import offered_field, offered_words
from portal.components.parts import card, empty, fact, problem_note
from portal.components.shell import plain_link
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.services.supplements.exporting import SUFFIXES
from portal.state.supplement_rows import HOME
from portal.state.supplements import (
    NewSupplementState,
    SupplementsState,
    SupplementState,
)

# Off the class come Vars, whatever their annotations say.
listed: Any = SupplementsState
new: Any = NewSupplementState
view: Any = SupplementState

_SMALL = "text-sm text-neutral"
_CHIP = "btn rounded-full px-3 font-normal text-base"


def _link(item: Any) -> rx.Component:
    return rx.el.a(
        item.label,
        href=item.href,
        aria_current=rx.cond(item.chosen, "page", "false"),
        class_name=rx.cond(
            item.chosen, f"{_CHIP} btn-primary", f"{_CHIP} bg-base-100 border-base-300"
        ),
    )


def _row(item: Any) -> rx.Component:
    return rx.el.a(
        rx.el.div(
            rx.el.h2(item.title, class_name="font-semibold min-w-0 break-words"),
            badge(item.tone, item.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.about),
        rx.el.p(item.place, class_name=_SMALL),
        optional(item.due, "font-medium break-keep"),
        optional(item.answer, _SMALL),
        href=item.href,
        custom_attrs={"data-testid": "supplement"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def _tick(item: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=item.key,
            value="1",
            class_name="checkbox checkbox-primary rounded-md shrink-0 mt-0.5",
        ),
        rx.el.span(
            rx.el.span(item.title, class_name="block"),
            rx.el.span(item.about, " · ", item.state, class_name=f"block {_SMALL}"),
            class_name="min-w-0 break-words",
        ),
        key=item.key,
        class_name="flex items-start gap-3 rounded-xl border border-base-300 p-3 min-h-12 "
        "cursor-pointer has-checked:border-primary has-checked:bg-primary/5",
    )


def _file() -> rx.Component:
    """Tick what goes into the document, type its number, send it."""
    form = act_form(
        t("supplements.page.file"),
        listed.file,
        rx.el.fieldset(
            rx.el.legend(t("supplements.page.choose"), class_name="font-medium mb-1"),
            rx.foreach(listed.ready, _tick),
            class_name="space-y-2",
        ),
        text_field(
            "doc_no",
            t("supplements.page.doc_no"),
            "",
            hint=t("supplements.page.doc_hint"),
            limit=60,
            required=True,
        ),
        look="btn-primary",
        testid="supplement-file",
    )
    return rx.cond(
        listed.ready.length() > 0,
        card(rx.el.h2(t("supplements.page.file_title"), class_name="font-semibold"), form),
    )


def _export() -> rx.Component:
    """All of the region's entries to take along."""
    files = [
        plain_link(
            t("supplements.page.export_as", kind=suffix.upper()),
            href=f"{HOME}/export.{suffix}",
            class_name=QUIET,
        )
        for suffix in SUFFIXES
    ]
    return rx.cond(
        listed.rows.length() > 0,
        card(
            rx.el.h2(t("supplements.page.export"), class_name="font-semibold"),
            rx.el.p(t("supplements.page.export_what"), class_name=_SMALL),
            rx.el.div(*files, class_name="flex flex-wrap gap-2"),
        ),
    )


def index() -> rx.Component:
    """The entries of the region, and for a city the form that files them."""
    write = rx.el.a(
        t("supplements.page.new"), href=f"{HOME}/new", class_name="btn btn-primary text-base"
    )
    rows = rx.cond(
        listed.rows.length() > 0,
        rx.el.div(
            rx.el.p(listed.found, class_name=_SMALL),
            rx.foreach(listed.rows, _row),
            pager(listed.previous, listed.place, listed.next),
            class_name="space-y-3",
        ),
        empty(
            rx.cond(
                listed.files, t("supplements.page.empty_files"), t("supplements.page.empty_answers")
            )
        ),
    )
    return frame(
        "supplements",
        listed.status,
        listed.problem,
        rx.el.p(listed.lead, class_name="text-neutral max-w-3xl"),
        result_note(listed.done, "supplement-done"),
        problem_note(listed.problem),
        rx.cond(listed.files, write),
        rx.el.nav(
            rx.foreach(listed.links, _link),
            aria_label=t("supplements.page.filters"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.el.div(
            rows,
            rx.el.div(rx.cond(listed.files, _file()), _export(), class_name="space-y-6"),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        hint=t("supplements.page.officers_only"),
    )


def _select(name: str, options: Any, value: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(t(f"supplements.field.{name}"), class_name="block font-medium"),
        rx.el.select(
            rx.foreach(options, lambda one: rx.el.option(one.label, value=one.value)),
            name=name,
            default_value=value,
            class_name="select w-full h-12 text-base mt-1",
        ),
        # A long name of a plan does not push the page wide.
        class_name="block min-w-0 overflow-x-clip",
    )


def _text(name: str, value: Any, *, limit: int = 100, required: bool = True) -> rx.Component:
    return text_field(
        name,
        t(f"supplements.field.{name}"),
        value,
        hint=t(f"supplements.hint.{name}"),
        limit=limit,
        required=required,
    )


def _subject(value: Any, subjects: Any) -> rx.Component:
    return rx.fragment(
        offered_field(
            "subject",
            t("supplements.field.subject"),
            "supplement-subjects",
            hint=t("supplements.hint.subject"),
            value=value,
        ),
        offered_words("supplement-subjects", subjects),
    )


def _long(name: str, value: Any, *, limit: int, required: bool) -> rx.Component:
    return rx.el.label(
        rx.el.span(t(f"supplements.field.{name}"), class_name="block font-medium"),
        rx.el.span(t(f"supplements.hint.{name}"), class_name=f"block {_SMALL}"),
        rx.el.textarea(
            name=name,
            default_value=value,
            required=required,
            max_length=limit,
            rows=3,
            class_name="textarea w-full text-base mt-1",
        ),
        class_name="block",
    )


def _fields(form: Any) -> rx.Component:
    return rx.el.div(
        _text("title", form.title),
        _subject(form.subject, form.subjects),
        _select("plan", form.plans, form.plan),
        _select("training_type", form.training_types, form.training_type),
        _select("level", form.levels, form.level),
        rx.el.div(
            _text("theory_hours", form.theory_hours, limit=4),
            _text("practice_hours", form.practice_hours, limit=4),
            class_name="grid grid-cols-2 gap-4",
        ),
        _text("fee", form.fee, limit=10),
        _text("code", form.code, limit=60, required=False),
        _long("why", form.why, limit=500, required=True),
        _long("description", form.description, limit=1000, required=False),
        class_name="grid gap-4 md:grid-cols-2 items-end",
    )


def write() -> rx.Component:
    """The form of a new entry."""
    return frame(
        "supplements",
        new.status,
        new.problem,
        rx.el.a(t("supplements.page.back"), href=HOME, class_name=QUIET),
        rx.el.h2(t("supplements.page.new"), class_name="text-xl font-semibold"),
        rx.el.p(t("supplements.page.new_lead"), class_name="text-neutral max-w-3xl"),
        card(
            problem_note(new.problem),
            act_form(
                t("supplements.page.save"),
                new.save,
                _fields(new.form),
                look="btn-primary",
                testid="supplement-save",
            ),
            class_name="max-w-4xl",
        ),
        hint=t("supplements.page.city_only"),
    )


def _filing(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(item.heading, class_name="font-medium min-w-0 break-words"),
            badge(item.tone, item.outcome),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.dates, class_name=_SMALL),
        optional(item.answer, ""),
        optional(item.changed, _SMALL),
        class_name="p-4 space-y-1",
    )


def _says() -> rx.Component:
    return rx.el.div(
        card(
            rx.el.dl(
                rx.foreach(view.facts, lambda one: fact(one.label, one.text, wide=True)),
                class_name="grid gap-3",
            )
        ),
        rx.cond(
            view.filings.length() > 0,
            section(
                t("supplements.page.history"),
                rx.el.ul(
                    rx.foreach(view.filings, _filing),
                    class_name="rounded-2xl bg-base-100 border border-base-300 "
                    "divide-y divide-base-300",
                ),
            ),
        ),
        class_name="space-y-6",
    )


def _round() -> rx.Component:
    """Which filing was on the screen: an answer to another one is refused."""
    return rx.el.input(type="hidden", name="round_no", value=view.round_no, read_only=True)


def _answer() -> rx.Component:
    return rx.el.div(
        card(
            rx.el.h3(t("supplements.page.accept_title"), class_name="font-semibold"),
            rx.el.p(t("supplements.page.accept_what"), class_name=_SMALL),
            act_form(
                t("supplements.page.accept"),
                view.accept,
                _round(),
                look="btn-primary",
                testid="supplement-accept",
                reason=t("supplements.page.reason"),
                hint=t("supplements.page.accept_hint"),
            ),
        ),
        card(
            fold(
                t("supplements.page.reject_title"),
                act_form(
                    t("supplements.page.reject"),
                    view.reject,
                    _round(),
                    look="btn-error",
                    testid="supplement-reject",
                    reason=t("supplements.page.reason"),
                    hint=t("supplements.page.reject_hint"),
                ),
            )
        ),
        class_name="space-y-4",
    )


def _correct() -> rx.Component:
    return card(
        fold(
            t("supplements.page.correct_title"),
            act_form(
                t("supplements.page.save"),
                view.correct,
                _fields(view.form),
                look="btn-primary",
                testid="supplement-correct",
            ),
        )
    )


def _withdraw() -> rx.Component:
    return card(
        fold(
            t("supplements.page.withdraw_title"),
            rx.el.p(t("supplements.page.withdraw_what"), class_name=_SMALL),
            act_form(
                t("supplements.page.withdraw"),
                view.withdraw,
                look="btn-error",
                testid="supplement-withdraw",
                reason=t("supplements.page.reason"),
                hint=t("supplements.page.withdraw_hint"),
            ),
        )
    )


def _end() -> rx.Component:
    return card(
        fold(
            t("supplements.page.end_title"),
            rx.el.p(view.end_what, class_name=_SMALL),
            act_form(
                t("supplements.page.end"),
                view.end,
                text_field(
                    "doc_no",
                    t("supplements.page.end_doc"),
                    "",
                    hint=t("supplements.page.doc_hint"),
                    limit=60,
                    required=True,
                ),
                look="btn-error",
                testid="supplement-end",
                reason=t("supplements.page.end_reason"),
                hint=t("supplements.page.end_hint"),
            ),
        )
    )


def _place(item: Any) -> rx.Component:
    return rx.el.a(item.label, href=item.href, class_name=f"{QUIET} h-auto min-h-11 py-2")


def _acts() -> rx.Component:
    return rx.el.div(
        card(
            rx.el.p(view.note, class_name="font-medium"),
            rx.foreach(view.links, _place),
            rx.cond(
                view.may_correct,
                rx.el.a(
                    t("supplements.page.to_file"), href=HOME, class_name="btn btn-primary w-full"
                ),
            ),
            rx.cond(
                view.may_take_back, quiet_button(t("supplements.page.take_back"), view.take_back)
            ),
        ),
        rx.cond(view.may_answer, _answer()),
        rx.cond(view.may_correct, _correct()),
        rx.cond(view.may_withdraw, _withdraw()),
        rx.cond(view.may_end, _end()),
        class_name="space-y-4",
    )


def detail() -> rx.Component:
    """One entry."""
    return frame(
        "supplements",
        view.status,
        view.problem,
        rx.el.a(t("supplements.page.back"), href=HOME, class_name=QUIET),
        rx.el.div(
            rx.el.h2(view.row.title, class_name="text-xl font-semibold min-w-0 break-words"),
            badge(view.row.tone, view.row.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        result_note(view.done, "supplement-done"),
        problem_note(view.problem),
        rx.el.div(_says(), _acts(), class_name="grid gap-6 lg:grid-cols-2 items-start"),
        hint=t("supplements.page.officers_only"),
    )


PAGES = [
    Page(HOME, t("supplements.page.title"), index, (listed.load,)),
    Page(f"{HOME}/new", t("supplements.page.title"), write, (new.load,)),
    Page(f"{HOME}/[entry_id]", t("supplements.page.title"), detail, (view.load,)),
]
