"""``/admin/catalogues/imports/<id>``: a sheet on its way to a draft."""

from typing import Any

import reflex as rx

from portal.components.desk import QUIET, bar, section
from portal.components.folds import fold
from portal.components.parts import card, problem_note
from portal.components.shell import plain_link
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.publication import HOME
from portal.state.publication_import import CatalogueImportState

# Off the class come Vars, whatever its annotations say.
view: Any = CatalogueImportState

_SMALL = "text-sm text-neutral break-words"
_LIST = "rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300"
_BOX = "checkbox checkbox-primary rounded-md shrink-0"


def _moving() -> rx.Component:
    return card(
        rx.el.p(t("publication.page.moving")),
        bar(view.percent, view.percent_text),
        role="status",
        custom_attrs={"data-testid": "catalogue-progress"},
    )


def _fault(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(item.where, class_name="font-medium break-words"),
        rx.el.p(item.why, class_name="break-words"),
        custom_attrs={"data-testid": "catalogue-fault"},
        class_name="p-4 space-y-1",
    )


def _faults() -> rx.Component:
    return rx.cond(
        view.faults.length() > 0,
        section(
            t("publication.page.to_mend"),
            rx.el.p(view.fault_count, class_name="text-error font-medium", role="status"),
            rx.el.ul(rx.foreach(view.faults, _fault), class_name=_LIST),
            plain_link(
                t("publication.page.send_again"),
                href=f"{HOME}/import",
                class_name="btn btn-primary w-full sm:w-auto text-base",
            ),
        ),
    )


def _left_out() -> rx.Component:
    return rx.cond(
        view.left_out.length() > 0,
        card(
            fold(
                view.left_text,
                rx.el.ul(rx.foreach(view.left_out, _fault), class_name="divide-y divide-base-300"),
            )
        ),
    )


def _option(item: Any) -> rx.Component:
    return rx.el.option(item.label, value=item.value)


def _pick(item: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(item.label, class_name="block font-medium"),
        rx.el.select(
            rx.foreach(item.options, _option),
            name=item.name,
            default_value=item.chosen,
            class_name="select w-full h-12 text-base mt-1",
        ),
        key=item.name,
        class_name="block",
    )


def _sheet(item: Any) -> rx.Component:
    return rx.el.fieldset(
        # A legend would stand on the border of the card.
        rx.el.legend(item.name, class_name="sr-only"),
        rx.el.p(item.name, aria_hidden="true", class_name="font-semibold"),
        rx.el.p(item.about, class_name=_SMALL),
        rx.el.label(
            rx.el.input(
                type="checkbox",
                name=item.use_name,
                value="1",
                default_checked=item.use,
                class_name=_BOX,
            ),
            rx.el.span(t("publication.page.use_sheet")),
            class_name="flex items-center gap-3 min-h-11",
        ),
        rx.el.div(
            rx.foreach(item.picks, _pick), class_name="grid gap-3 sm:grid-cols-2 lg:grid-cols-3"
        ),
        key=item.use_name,
        class_name="rounded-2xl bg-base-100 border border-base-300 p-4 space-y-3",
    )


def _tick(name: str, label: str, checked: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox", name=name, value="1", default_checked=checked, class_name=_BOX
        ),
        rx.el.span(label),
        class_name="flex items-center gap-3 min-h-11",
    )


def _mapping() -> rx.Component:
    return section(
        t("publication.page.mapping"),
        rx.el.p(t("publication.page.mapping_lead"), class_name="text-neutral max-w-3xl"),
        rx.el.form(
            rx.foreach(view.sheets, _sheet),
            rx.cond(
                view.has_hidden,
                _tick("with_hidden", t("publication.page.take_hidden"), view.with_hidden),
            ),
            _tick("dry_run", t("publication.page.dry_run"), False),
            rx.el.button(
                t("publication.page.check_go"),
                type="submit",
                custom_attrs={"data-testid": "catalogue-check"},
                class_name="btn btn-primary btn-lg w-full sm:w-auto sm:px-12 text-base",
            ),
            on_submit=view.check,
            class_name="space-y-4",
        ),
    )


def _fine() -> rx.Component:
    return rx.el.p(
        view.fine,
        role="status",
        custom_attrs={"data-testid": "catalogue-fine"},
        class_name="rounded-2xl border border-success/40 bg-success/5 text-success p-4",
    )


def _made() -> rx.Component:
    return card(
        rx.el.p(view.fine, role="status"),
        rx.el.p(t("publication.page.draft_next"), class_name=_SMALL),
        rx.el.a(
            t("publication.page.draft_go"),
            href=view.version,
            custom_attrs={"data-testid": "catalogue-draft"},
            class_name="btn btn-primary btn-lg w-full sm:w-auto sm:px-12 text-base",
        ),
    )


def _drop() -> rx.Component:
    return rx.el.button(
        t("publication.page.drop"),
        type="button",
        on_click=view.drop,
        class_name=f"w-full sm:w-auto {QUIET}",
    )


def detail() -> rx.Component:
    """One import: what the background does, then the faults, the mapping, the draft."""
    at_rest = rx.match(
        view.stage,
        ("draft", rx.el.div(_made(), _left_out(), class_name="space-y-6")),
        ("failed", rx.el.div(_faults(), _drop(), class_name="space-y-6")),
        ("fine", rx.el.div(_fine(), _left_out(), _mapping(), _drop(), class_name="space-y-6")),
        rx.el.div(_faults(), _left_out(), _mapping(), _drop(), class_name="space-y-6"),
    )
    return frame(
        "catalogues",
        view.status,
        view.problem,
        rx.el.a(t("publication.page.back"), href=HOME, class_name=QUIET),
        card(
            rx.el.h1(view.title, class_name="text-xl font-semibold"),
            rx.el.p(view.about, class_name=_SMALL),
        ),
        problem_note(view.problem),
        rx.cond(view.working, _moving(), at_rest),
        hint=t("publication.page.officers_only"),
    )


PAGES = [
    Page(f"{HOME}/imports/[import_id]", t("publication.page.import_title"), detail, (view.load,)),
]
