"""``/admin/certificates/new``: a certificate is drafted; ``/admin/certificates/<id>``: a draft is
looked at and put in force, a certificate corrected or printed again."""

from typing import Any

import reflex as rx

from portal.components.choices import text_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, section
from portal.components.folds import fold
from portal.components.paper_fields import paper_fields, select_field
from portal.components.parts import card, fact, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state import paper_form
from portal.state.papers import HOME, NewPaperState, PaperState

# Off the class come Vars, whatever their annotations say.
new: Any = NewPaperState
view: Any = PaperState

_SMALL = "text-sm text-neutral"
_LEVELS, _EDITIONS = paper_form.level_options(), paper_form.edition_options()


def _back() -> rx.Component:
    return rx.el.a(t("papers.back"), href=HOME, class_name=QUIET)


def draft_form() -> rx.Component:
    """For whom, of which kind, and what it says."""
    return frame(
        "certificates",
        new.status,
        new.problem,
        _back(),
        rx.el.form(
            section(
                t("papers.new.title"),
                card(
                    select_field(
                        "kind", t("papers.new.kind"), paper_form.kind_options(), testid="paper-kind"
                    ),
                    rx.el.p(t("papers.new.kind_hint"), class_name=_SMALL),
                    rx.el.p(t("papers.new.on_record"), class_name=_SMALL),
                ),
            ),
            section(
                t("papers.new.holder"),
                card(
                    rx.el.p(t("papers.new.holder_hint"), class_name=_SMALL),
                    rx.el.div(
                        select_field(
                            "id_type", t("papers.new.id_type"), paper_form.document_options()
                        ),
                        text_field("id_no", t("papers.new.id_no"), "", required=True),
                        text_field("name", t("papers.new.name"), "", required=True),
                        class_name="grid gap-4 md:grid-cols-3",
                    ),
                ),
            ),
            section(
                t("papers.new.content"),
                card(
                    rx.el.p(t("papers.new.content_hint"), class_name=_SMALL),
                    paper_fields(None, _LEVELS, _EDITIONS),
                ),
            ),
            problem_note(new.problem),
            rx.el.button(
                t("papers.new.save"),
                type="submit",
                custom_attrs={"data-testid": "paper-save"},
                class_name="btn btn-primary btn-lg w-full text-base",
            ),
            on_submit=new.save,
            class_name="space-y-6 max-w-4xl",
        ),
        hint=t("issuers.officers_only"),
    )


def _facts() -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(view.fields.title, class_name="text-lg font-semibold grow break-words"),
            badge(view.tone, view.state),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.dl(
            fact(t("papers.desk.kind"), view.kind, wide=True),
            fact(
                t("papers.desk.number"),
                rx.cond(view.number != "", view.number, t("papers.desk.no_number")),
                wide=True,
            ),
            fact(t("papers.desk.holder"), view.holder, wide=True),
            fact(t("papers.desk.id_no"), view.id_no, wide=True),
            fact(t("papers.desk.issued_by"), view.issued_by, wide=True),
            rx.cond(view.level != "", fact(t("papers.desk.level"), view.level, wide=True)),
            class_name="grid grid-cols-2 gap-3",
        ),
        rx.cond(view.on_record, rx.el.p(t("papers.new.on_record"), class_name=_SMALL)),
        rx.cond(
            view.odd.length() > 0,
            rx.el.div(
                rx.el.p(t("papers.desk.odd"), class_name="font-medium"),
                rx.foreach(view.odd, lambda one: rx.el.p(one)),
                class_name="rounded-xl bg-warning/15 p-3",
            ),
        ),
        rx.cond(
            view.look_up != "",
            rx.el.a(
                view.look_up_name,
                " ↗",
                href=view.look_up,
                target="_blank",
                rel="noopener noreferrer",
                class_name=f"w-full {QUIET}",
            ),
        ),
        rx.el.p(t("papers.desk.logged"), class_name=_SMALL),
    )


def _history() -> rx.Component:
    return rx.cond(
        view.versions.length() > 0,
        card(
            rx.el.h3(t("papers.desk.versions"), class_name="font-semibold"),
            rx.foreach(view.versions, lambda one: rx.el.p(one)),
            rx.el.p(view.edition_note, class_name=_SMALL),
        ),
    )


def _may(act: str, *children: rx.Component) -> rx.Component:
    return rx.cond(view.acts.contains(act), rx.fragment(*children))


def _draft_acts() -> rx.Component:
    """Look at it, put it in force, change it, throw it away."""
    return rx.fragment(
        section(
            t("papers.desk.preview"),
            rx.el.img(
                src=view.preview,
                alt=t("papers.desk.preview_alt"),
                class_name="w-full rounded-lg border border-base-300 bg-base-200",
            ),
        ),
        card(
            rx.el.p(t("papers.desk.put_in_force_what"), class_name=_SMALL),
            rx.el.form(
                rx.el.button(
                    rx.cond(view.on_record, t("papers.desk.record"), t("papers.desk.put_in_force")),
                    type="submit",
                    custom_attrs={"data-testid": "paper-issue"},
                    class_name="btn btn-primary btn-lg w-full text-base",
                ),
                on_submit=view.put_in_force,
            ),
        ),
        card(
            fold(
                t("papers.desk.amend"),
                rx.el.form(
                    paper_fields(view.fields, _LEVELS, _EDITIONS),
                    problem_note(view.problem),
                    rx.el.button(
                        t("papers.desk.amend_save"),
                        type="submit",
                        custom_attrs={"data-testid": "paper-amend"},
                        class_name="btn btn-primary w-full text-base",
                    ),
                    on_submit=view.amend,
                    class_name="space-y-4 pt-2",
                ),
            )
        ),
        card(
            fold(
                t("papers.desk.discard"),
                rx.el.p(t("papers.desk.discard_what"), class_name=_SMALL),
                act_form(
                    t("papers.desk.discard"), view.discard, look="btn-error", testid="paper-discard"
                ),
            )
        ),
    )


def _which() -> rx.Component:
    """Number and version travel with the form, so that a lost link loses nothing."""
    return rx.fragment(
        rx.el.input(type="hidden", name="number", value=view.number, read_only=True),
        rx.el.input(type="hidden", name="version", value=view.version, read_only=True),
    )


def _present_name() -> rx.Component:
    return rx.cond(
        view.present_name != "",
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name="present_name",
                value="1",
                class_name="checkbox checkbox-primary rounded-md shrink-0 mt-0.5",
            ),
            rx.el.span(t("papers.field.present_name"), " ", view.present_name),
            class_name="flex gap-3 items-start min-h-11",
        ),
    )


def _correct() -> rx.Component:
    return section(
        t("papers.desk.correct"),
        card(
            rx.el.p(t("papers.desk.correct_what"), class_name=_SMALL),
            act_form(
                t("papers.desk.correct_go"),
                view.correct,
                _which(),
                paper_fields(view.fields, _LEVELS, _EDITIONS, with_number=False),
                _present_name(),
                problem_note(view.problem),
                look="btn-primary",
                testid="paper-correct",
                reason=t("papers.desk.correct_reason"),
                hint=t("papers.desk.reason_hint"),
            ),
        ),
    )


def _print_again() -> rx.Component:
    return card(
        fold(
            t("papers.desk.print_again"),
            rx.el.p(t("papers.desk.print_again_what"), class_name=_SMALL),
            act_form(
                t("papers.desk.print_again_go"),
                view.print_again,
                _which(),
                look="btn-primary",
                testid="paper-print-again",
                reason=t("papers.desk.print_again_why"),
                hint=t("papers.desk.reason_hint"),
            ),
        )
    )


def _revoke() -> rx.Component:
    """The way to where it is revoked, with its number."""
    return rx.el.a(
        t("papers.desk.go_revoke"),
        href=f"{HOME}?number={view.number}",
        custom_attrs={"data-testid": "paper-revoke"},
        class_name=f"w-full {QUIET}",
    )


def detail() -> rx.Component:
    """One certificate or draft."""
    return frame(
        "certificates",
        view.status,
        view.problem,
        _back(),
        result_note(view.done, "paper-done"),
        problem_note(view.problem),
        rx.el.div(
            rx.el.div(_facts(), _history(), class_name="space-y-4"),
            rx.el.div(
                _may("issue", _draft_acts()),
                _may("print_again", _print_again()),
                _may("correct", _correct()),
                _may("print_again", _revoke()),
                class_name="space-y-4",
            ),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        hint=t("issuers.officers_only"),
    )


PAGES = [
    Page(f"{HOME}/new", t("papers.new.title"), draft_form, (new.load,)),
    Page(f"{HOME}/[certificate_id]", t("papers.desk.title"), detail, (view.load,)),
]
