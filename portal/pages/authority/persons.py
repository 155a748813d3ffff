"""``/admin/persons``: numbers put right, duplicate records merged by two, merges undone."""

from typing import Any

import reflex as rx

from portal.components.choices import text_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import quiet_button, section
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, empty, fact, problem_note
from portal.components.persons import both_table, conflict_list
from portal.components.views import some
from portal.domain.identity import IdType
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.persons import PersonsState

# Off the class come Vars, whatever its annotations say.
view: Any = PersonsState

_SMALL = "text-sm text-neutral"


def _hidden(name: str, value: Any) -> rx.Component:
    """What the form is about travels with it, so that a lost link loses nothing."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def _number(name: str, label: str, hint: str) -> rx.Component:
    return text_field(name, label, "", hint=hint, limit=40, required=True)


def _start() -> rx.Component:
    return rx.el.div(
        rx.cond(some(view.requests), _requests()),
        rx.cond(some(view.vouches), _vouches()),
        rx.el.div(
            card(
                rx.el.h3(t("persons.correct.title"), class_name="text-lg font-semibold"),
                rx.el.p(t("persons.correct.lead"), class_name=_SMALL),
                act_form(
                    t("persons.page.find"),
                    view.find,
                    _number("number", t("persons.correct.old"), t("persons.page.number_hint")),
                    look="btn-primary",
                    testid="person-find",
                ),
            ),
            card(
                rx.el.h3(t("persons.merge.title"), class_name="text-lg font-semibold"),
                rx.el.p(t("persons.merge.lead"), class_name=_SMALL),
                act_form(
                    t("persons.merge.compare"),
                    view.compare,
                    _number(
                        "kept", t("persons.merge.number_kept"), t("persons.merge.number_kept_hint")
                    ),
                    _number(
                        "merged", t("persons.merge.number_merged"), t("persons.page.number_hint")
                    ),
                    look="btn-primary",
                    testid="person-compare",
                ),
            ),
            class_name="grid gap-4 lg:grid-cols-2 items-start",
        ),
        _merges(),
        class_name="space-y-6",
    )


def _correct() -> rx.Component:
    types = [rx.el.option(t(f"register.id_types.{one.value}"), value=one.value) for one in IdType]
    return rx.el.div(
        card(
            rx.el.h3(t("persons.page.found"), class_name="text-lg font-semibold"),
            rx.el.dl(
                fact(t("persons.page.name"), view.person.name),
                fact(t("persons.page.birth"), view.person.birth),
                fact(view.person.id_type, view.person.id_no, wide=True),
                fact(t("persons.page.residence"), view.person.residence, wide=True),
                class_name="grid grid-cols-2 gap-3",
            ),
            custom_attrs={"data-testid": "person-found"},
        ),
        card(
            act_form(
                t("persons.correct.submit"),
                view.correct,
                _hidden("person", view.person.key),
                rx.el.label(
                    rx.el.span(t("persons.page.id_type"), class_name="block font-medium"),
                    rx.el.select(
                        *types, name="id_type", class_name="select w-full h-12 text-base mt-1"
                    ),
                    class_name="block",
                ),
                _number("number", t("persons.correct.new"), t("persons.correct.new_hint")),
                look="btn-primary",
                testid="person-correct",
                reason=t("persons.page.reason"),
                hint=t("persons.correct.reason_example") + t("persons.page.reason_hint"),
            ),
        ),
        quiet_button(t("persons.page.again"), view.start_over),
        class_name="space-y-4 max-w-2xl",
    )


def _compare() -> rx.Component:
    return rx.el.div(
        card(both_table(view.both.pairs)),
        rx.el.button(
            glyph("refresh-cw", class_name="size-5"),
            t("persons.merge.swap"),
            type="button",
            on_click=view.swap,
            class_name="btn w-full text-base bg-base-100 border-base-300",
        ),
        conflict_list(view.both.conflicts),
        card(
            act_form(
                t("persons.merge.submit"),
                view.ask,
                _hidden("kept", view.both.kept_key),
                _hidden("merged", view.both.merged_key),
                _hidden("seen", view.both.seen),
                look="btn-primary",
                testid="person-ask",
                reason=t("persons.page.reason"),
                hint=t("persons.merge.reason_example") + t("persons.page.reason_hint"),
            ),
        ),
        quiet_button(t("persons.page.again"), view.start_over),
        class_name="space-y-4 max-w-3xl",
    )


def _check() -> rx.Component:
    """What another officer asked for; nothing can be swapped here, only confirmed or declined."""
    return rx.el.div(
        card(
            rx.el.h3(view.asked.pair, class_name="text-lg font-semibold"),
            rx.el.p(view.asked.by, class_name=_SMALL),
            rx.el.p(view.asked.reason),
            rx.el.p(t("persons.request.check_lead"), class_name=_SMALL),
            custom_attrs={"data-testid": "person-request"},
        ),
        card(both_table(view.both.pairs)),
        conflict_list(view.both.conflicts),
        problem_note(view.stale),
        rx.cond(
            view.stale == "",
            card(
                act_form(
                    t("persons.request.confirm"),
                    view.confirm,
                    _hidden("request", view.asked.key),
                    _hidden("seen", view.both.seen),
                    look="btn-primary",
                    testid="person-confirm",
                    reason=t("persons.page.reason"),
                    hint=t("persons.request.confirm_example") + t("persons.page.reason_hint"),
                ),
            ),
        ),
        card(
            fold(
                t("persons.request.decline_open"),
                act_form(
                    t("persons.request.decline"),
                    view.decline,
                    _hidden("request", view.asked.key),
                    look="btn-error",
                    testid="person-decline",
                    reason=t("persons.page.reason"),
                    hint=t("persons.request.decline_example") + t("persons.page.reason_hint"),
                ),
            ),
        ),
        quiet_button(t("persons.request.back"), view.start_over),
        class_name="space-y-4 max-w-3xl",
    )


def _requests() -> rx.Component:
    def one(row: Any) -> rx.Component:
        return card(
            rx.el.h3(row.pair, class_name="font-semibold"),
            rx.el.p(row.by, class_name=_SMALL),
            rx.el.p(row.reason, class_name=_SMALL),
            rx.match(
                row.status,
                ("check", _to_check(row)),
                ("waiting", _waiting(row)),
                rx.el.p(row.note, class_name="font-medium"),
            ),
            key=row.key,
            custom_attrs={"data-testid": "person-asked"},
        )

    return section(
        t("persons.request.title"),
        rx.el.div(
            rx.foreach(view.requests, one), class_name="grid gap-3 lg:grid-cols-2 items-start"
        ),
    )


def _to_check(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(row.until, class_name=_SMALL),
        rx.el.button(
            t("persons.request.check"),
            type="button",
            on_click=view.check(row.key),
            custom_attrs={"data-testid": "person-check"},
            class_name="btn btn-primary w-full text-base",
        ),
        class_name="space-y-3",
    )


def _waiting(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(row.note, class_name="font-medium"),
        rx.el.p(row.until, class_name=_SMALL),
        quiet_button(t("persons.request.take_back"), view.take_back(row.key)),
        class_name="space-y-3",
    )


def _vouches() -> rx.Component:
    def one(row: Any) -> rx.Component:
        return card(
            rx.el.h3(row.name, class_name="font-semibold"),
            rx.el.p(row.numbers),
            rx.el.p(row.by, class_name=_SMALL),
            rx.el.p(row.reason, class_name=_SMALL),
            rx.el.button(
                t("persons.vouch.submit"),
                type="button",
                on_click=view.vouch(row.key),
                custom_attrs={"data-testid": "person-vouch"},
                class_name="btn btn-primary w-full text-base",
            ),
            key=row.key,
            custom_attrs={"data-testid": "person-to-vouch"},
        )

    return section(
        t("persons.vouch.title"),
        rx.el.p(t("persons.vouch.lead"), class_name=_SMALL),
        rx.el.div(
            rx.foreach(view.vouches, one), class_name="grid gap-3 lg:grid-cols-2 items-start"
        ),
    )


def _merges() -> rx.Component:
    def one(row: Any) -> rx.Component:
        return card(
            rx.el.h3(row.pair, class_name="font-semibold"),
            rx.el.p(row.when, class_name=_SMALL),
            rx.el.p(row.reason, class_name=_SMALL),
            fold(
                t("persons.undo.open"),
                rx.el.div(
                    rx.el.h4(t("persons.undo.stays_title"), class_name="font-medium"),
                    rx.el.p(t("persons.undo.own")),
                    rx.el.p(row.stays),
                    class_name="rounded-xl bg-base-200 p-3 space-y-1 text-sm mb-3",
                ),
                act_form(
                    t("persons.undo.submit"),
                    view.undo,
                    _hidden("merge", row.key),
                    look="btn-error",
                    testid="person-undo",
                    reason=t("persons.page.reason"),
                    hint=t("persons.undo.reason_example"),
                ),
            ),
            key=row.key,
            custom_attrs={"data-testid": "person-merged"},
        )

    return section(
        t("persons.undo.title"),
        rx.cond(
            some(view.merges),
            rx.el.div(
                rx.foreach(view.merges, one), class_name="grid gap-3 lg:grid-cols-2 items-start"
            ),
            empty(t("persons.undo.none")),
        ),
    )


def _done() -> rx.Component:
    return rx.el.div(
        result_note(view.done, "person-done"),
        rx.el.p(view.note, class_name="text-neutral"),
        quiet_button(t("persons.page.again"), view.start_over),
        class_name="space-y-4 max-w-2xl",
    )


def index() -> rx.Component:
    """One act after the other."""
    return frame(
        "persons",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(t("persons.page.title"), class_name="text-xl font-semibold"),
            rx.el.p(t("persons.page.lead"), class_name="text-neutral"),
            problem_note(view.problem),
            rx.match(
                view.step,
                ("correct", _correct()),
                ("compare", _compare()),
                ("check", _check()),
                ("done", _done()),
                _start(),
            ),
            class_name="space-y-4",
        ),
        hint=t("persons.page.officers_only"),
    )


PAGES = [Page("/admin/persons", t("persons.page.title"), index, (view.load,))]
