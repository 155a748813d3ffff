"""``/admin/catalogues``: the catalogues of a region; ``/versions/<id>``: one version."""

from typing import Any

import reflex as rx

from portal.components.choices import day_field, text_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.publication import HOME, CataloguesKeptState, CatalogueVersionState

# Off the class come Vars, whatever their annotations say.
kept: Any = CataloguesKeptState
view: Any = CatalogueVersionState

_SMALL = "text-sm text-neutral break-words"
_LIST = "rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300"


def version_card(item: Any) -> rx.Component:
    """A version or an import in a list."""
    return rx.el.a(
        rx.el.div(
            rx.el.h3(item.title, " ", item.number, class_name="font-semibold min-w-0 break-words"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.facts, class_name=_SMALL),
        rx.cond(item.why != "", rx.el.p(item.why, class_name="text-sm")),
        href=item.href,
        custom_attrs={"data-testid": "catalogue-version"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def choice_link(link: Any) -> rx.Component:
    """A filter that stands in the address."""
    return rx.el.a(
        link.label,
        href=link.href,
        aria_current=rx.cond(link.active, "page", "false"),
        class_name=rx.cond(link.active, "btn btn-primary text-base", QUIET),
    )


def _filters(links: Any, label: str) -> rx.Component:
    return rx.el.nav(
        rx.foreach(links, choice_link), aria_label=label, class_name="flex flex-wrap gap-2"
    )


def index() -> rx.Component:
    """The versions of a region by kind, and the sheets that are on their way."""
    return frame(
        "catalogues",
        kept.status,
        kept.problem,
        rx.el.p(kept.area, t("publication.page.lead"), class_name="text-neutral max-w-3xl"),
        plain_link(
            t("publication.page.import_go"),
            href=f"{HOME}/import",
            class_name="btn btn-primary btn-lg w-full sm:w-auto sm:px-12 text-base",
        ),
        fold(
            t("publication.page.by_kind"),
            _filters(kept.kinds, t("publication.page.by_kind")),
        ),
        rx.cond(
            kept.waiting.length() > 0,
            section(
                t("publication.page.on_the_way"),
                rx.el.div(
                    rx.foreach(kept.waiting, version_card), class_name="grid gap-3 md:grid-cols-2"
                ),
            ),
        ),
        section(
            t("publication.page.versions"),
            rx.cond(
                kept.rows.length() > 0,
                rx.el.div(
                    rx.foreach(kept.rows, version_card), class_name="grid gap-3 md:grid-cols-2"
                ),
                empty(t("publication.page.empty")),
            ),
        ),
        hint=t("publication.page.officers_only"),
    )


def _change(item: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(item.title, class_name="font-medium min-w-0 break-words"),
            badge(item.tone, item.what),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.ul(
            rx.foreach(item.lines, lambda line: rx.el.li(line, class_name="break-words")),
            class_name="text-sm",
        ),
        key=item.key,
        custom_attrs={"data-testid": "catalogue-change"},
        class_name="p-4 space-y-1",
    )


def _changes() -> rx.Component:
    return section(
        t("publication.page.changes"),
        rx.cond(
            view.is_first,
            rx.el.p(t("publication.page.first"), class_name="text-neutral"),
            rx.el.div(
                rx.el.p(view.compared, class_name=_SMALL),
                _filters(view.filters, t("publication.page.changes")),
                rx.cond(
                    view.items.length() > 0,
                    rx.el.ul(rx.foreach(view.items, _change), class_name=_LIST),
                    empty(t("publication.page.no_changes")),
                ),
                rx.cond(view.place != "", pager(view.previous, view.place, view.next)),
                class_name="space-y-3",
            ),
        ),
    )


def _tick(sentence: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name="understood",
            value="1",
            required=True,
            class_name="checkbox checkbox-primary rounded-md shrink-0",
        ),
        rx.el.span(sentence, class_name="min-w-0 break-words"),
        class_name="flex items-start gap-3 min-h-11",
    )


def _publish() -> rx.Component:
    return card(
        rx.el.h2(t("publication.page.publish"), class_name="text-lg font-semibold"),
        act_form(
            t("publication.page.publish_go"),
            view.publish,
            text_field(
                "doc_no", t("publication.page.doc_no"), view.doc_no, limit=100, required=True
            ),
            day_field(
                "day", t("publication.page.day"), view.day, hint=t("publication.page.day_hint")
            ),
            _tick(view.question),
            look="btn-primary",
            testid="catalogue-publish",
        ),
        fold(
            t("publication.page.discard"),
            rx.el.p(t("publication.page.discard_what"), class_name=_SMALL),
            rx.el.button(
                t("publication.page.discard_go"),
                type="button",
                on_click=view.discard,
                custom_attrs={"data-testid": "catalogue-discard"},
                class_name=f"w-full {QUIET}",
            ),
        ),
        class_name="max-w-3xl",
    )


def _withdraw() -> rx.Component:
    """The consequences stand above the button that cannot be undone."""
    return card(
        fold(
            t("publication.page.withdraw"),
            rx.el.p(view.effect),
            act_form(
                t("publication.page.withdraw_go"),
                view.withdraw,
                _tick(t("publication.page.withdraw_tick")),
                look="btn-error",
                testid="catalogue-withdraw",
                reason=t("publication.page.withdraw_why"),
                hint=t("publication.page.withdraw_hint"),
            ),
        ),
        class_name="max-w-3xl",
    )


def version() -> rx.Component:
    """One version: what it is, what it changes, what may be done."""
    return frame(
        "catalogues",
        view.status,
        view.problem,
        rx.el.a(t("publication.page.back"), href=HOME, class_name=QUIET),
        result_note(view.done, "catalogue-done"),
        problem_note(view.problem),
        card(
            rx.el.div(
                rx.el.h1(
                    view.version.title, " ", view.version.number, class_name="text-xl font-semibold"
                ),
                badge(view.version.tone, view.version.status),
                class_name="flex flex-wrap items-start justify-between gap-2",
            ),
            rx.el.p(view.version.facts, class_name="break-words"),
            rx.cond(view.version.why != "", rx.el.p(view.version.why)),
            rx.el.div(
                rx.foreach(
                    view.files,
                    lambda one: plain_link(one.label, href=one.href, class_name=QUIET),
                ),
                class_name="flex flex-wrap gap-2",
            ),
        ),
        _changes(),
        rx.match(
            view.stage,
            ("draft", _publish()),
            ("published", _withdraw()),
            ("scheduled", _withdraw()),
            rx.fragment(),
        ),
        hint=t("publication.page.officers_only"),
    )


PAGES = [
    Page(HOME, t("publication.page.title"), index, (kept.load,)),
    Page(f"{HOME}/versions/[version_id]", t("publication.page.title"), version, (view.load,)),
]
