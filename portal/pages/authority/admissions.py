"""``/admin/admissions``: institutions that ask to be admitted to the list."""

from typing import Any

import reflex as rx

from portal.components.casework import shows
from portal.components.choices import day_field
from portal.components.decisions import ONCE, act_form, result_note
from portal.components.desk import QUIET, pager
from portal.components.folds import fold
from portal.components.form_fields import choice_field, line_field, pick_field
from portal.components.parts import card, empty, problem_note
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.admissions import PAPERS, AdmissionsState

# Off the class come Vars, whatever its annotations say.
view: Any = AdmissionsState

_SMALL = "text-sm text-neutral break-words"
_RESULTS = [(key, t(f"listings.admit.{key}")) for key in ("passed", "failed")]
_OWNERS = [(key, t(f"institutions.{key}")) for key in ("public", "private")]


def _key(row: Any) -> rx.Component:
    return rx.el.input(type="hidden", name="key", value=row.key, read_only=True)


def _application(row: Any) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.name, class_name="font-semibold grow"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-start gap-2",
        ),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.el.p(row.entered, class_name=_SMALL),
        rx.el.p(row.papers, class_name="text-sm break-words"),
        rx.cond(row.visit != "", rx.el.p(row.visit, class_name="text-sm break-words")),
        rx.cond(row.closed != "", rx.el.p(row.closed, class_name=_SMALL)),
        rx.cond(row.answer != "", rx.el.p(row.answer, class_name="break-words")),
        rx.el.a(t("listings.admit.file"), href=row.file, class_name=QUIET),
        rx.cond(view.may_keep & ~view.is_decided, _acts(row)),
        key=row.key,
        custom_attrs={"data-testid": "admission-card"},
    )


def _acts(row: Any) -> rx.Component:
    return rx.fragment(
        fold(
            t("listings.admit.visit"),
            act_form(
                t("listings.admit.visit"),
                view.visit,
                _key(row),
                day_field("visited_on", t("listings.admit.visited_on"), view.today),
                line_field("visited_by", t("listings.admit.visited_by")),
                pick_field("result", t("listings.admit.result"), _RESULTS),
                reason=t("listings.admit.visit_note"),
                look="btn-primary",
                testid="admission-visit",
            ),
        ),
        rx.cond(
            row.can_admit,
            fold(
                t("listings.admit.admit"),
                act_form(
                    t("listings.admit.admit"),
                    view.admit,
                    _key(row),
                    line_field("document_no", t("listings.page.document")),
                    day_field("effective_on", t("listings.page.effective_on"), view.today),
                    reason=t("listings.page.reason"),
                    look="btn-primary",
                    testid="admission-admit",
                ),
            ),
        ),
        fold(
            t("listings.admit.refuse"),
            act_form(
                t("listings.admit.refuse"),
                view.refuse,
                _key(row),
                reason=t("listings.page.reason"),
                look="btn-error",
                testid="admission-refuse",
            ),
        ),
    )


def _new() -> rx.Component:
    words = "listings.admit"
    return rx.el.div(
        rx.el.form(
            line_field("uscc", t(f"{words}.uscc_label")),
            line_field("name", t(f"{words}.name_label"), longest=100),
            choice_field("kind", t(f"{words}.kind_label"), view.kinds),
            pick_field("ownership", t(f"{words}.ownership_label"), _OWNERS),
            line_field("license_no", t(f"{words}.license_label"), required=False),
            line_field("region_code", t(f"{words}.region_label"), longest=6),
            line_field("address", t(f"{words}.address_label"), longest=200),
            line_field("contact_phone", t(f"{words}.phone_label"), longest=30),
            line_field("scope", t(f"{words}.scope_label"), longest=200),
            *[
                line_field(f"paper_{name}", t(f"{words}.paper_{name}"), required=False)
                for name in PAPERS
            ],
            rx.el.button(
                t(f"{words}.submit"),
                type="submit",
                class_name="btn btn-primary w-full text-base",
                custom_attrs={"data-testid": "admission-submit"},
            ),
            on_submit=view.apply,
            custom_attrs=ONCE,
            class_name="grid gap-3 md:grid-cols-2 items-end",
        )
    )


def index() -> rx.Component:
    """What waits first, then the form."""
    return frame(
        "admissions",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(t("listings.admit.title"), class_name="text-xl font-semibold"),
            rx.el.p(t("listings.admit.lead"), class_name="text-neutral"),
        ),
        problem_note(view.problem),
        result_note(view.done, "admission-done"),
        rx.cond(
            view.may_keep,
            rx.fragment(),
            rx.el.p(t("listings.admit.read_only"), class_name="text-neutral"),
        ),
        shows(view.narrow, t("listings.admit.shows")),
        rx.cond(
            view.rows.length() > 0,
            rx.el.div(
                rx.foreach(view.rows, _application),
                class_name="grid gap-3 md:grid-cols-2 items-start",
            ),
            rx.cond(
                view.is_decided,
                empty(t("listings.admit.no_decided")),
                empty(t("listings.admit.empty")),
            ),
        ),
        rx.cond(view.place != "", pager(view.previous, view.place, view.next)),
        rx.cond(
            view.may_keep & ~view.is_decided,
            card(fold(t("listings.admit.new"), _new())),
        ),
        hint=t("listings.page.hint"),
    )


PAGES = [Page("/admin/admissions", t("listings.admit.title"), index, (view.load,))]
