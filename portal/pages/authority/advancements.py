"""``/admin/advancements``: levels that honours suggest, for a person to decide."""

from typing import Any

import reflex as rx

from portal.components.advancement import suggestion_facts
from portal.components.decisions import act_form, result_note
from portal.components.desk import pager
from portal.components.filters import link_chips
from portal.components.folds import fold
from portal.components.form_fields import line_field
from portal.components.parts import card, empty, problem_note
from portal.components.trainee import optional
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.services.advancement.deciding import LONGEST_PLACE
from portal.state.advancement import HOME, AdvancementsState

# Off the class come Vars, whatever its annotations say.
view: Any = AdvancementsState


def _key(row: Any) -> rx.Component:
    return rx.el.input(type="hidden", name="key", value=row.key, read_only=True)


def _acts(row: Any) -> rx.Component:
    return rx.el.div(
        fold(
            t("advancement.desk.recommend"),
            act_form(
                t("advancement.desk.recommend"),
                view.recommend,
                _key(row),
                rx.el.p(t("advancement.desk.recommend_lead"), class_name="text-neutral"),
                line_field("place", t("advancement.desk.place"), longest=LONGEST_PLACE),
                look="btn-primary",
                testid="advancement-recommend",
            ),
        ),
        fold(
            t("advancement.desk.decline"),
            act_form(
                t("advancement.desk.decline"),
                view.decline,
                _key(row),
                reason=t("advancement.desk.reason"),
                look="btn-outline btn-error",
                testid="advancement-decline",
            ),
        ),
    )


def _suggestion(row: Any) -> rx.Component:
    return card(
        suggestion_facts(row),
        rx.el.p(row.owner),
        rx.el.p(row.dates, class_name="font-medium"),
        optional(row.warning, "rounded-xl bg-warning/15 p-3"),
        optional(row.answer, "rounded-xl bg-base-200 p-3 break-words"),
        rx.cond(row.waits, _acts(row)),
        key=row.key,
        custom_attrs={"data-testid": "advancement"},
    )


def index() -> rx.Component:
    """What waits, or all of it."""
    rows = rx.el.div(
        rx.el.p(view.found, class_name="text-sm text-neutral"),
        rx.el.div(
            rx.foreach(view.rows, _suggestion), class_name="grid gap-3 md:grid-cols-2 items-start"
        ),
        pager(view.previous, view.place, view.next),
        class_name="space-y-3",
    )
    return frame(
        "advancements",
        view.status,
        view.problem,
        rx.el.div(
            rx.el.h2(t("advancement.desk.title"), class_name="text-xl font-semibold"),
            rx.el.p(t("advancement.desk.lead"), class_name="text-neutral max-w-3xl"),
        ),
        problem_note(view.problem),
        result_note(view.done, "advancement-done"),
        link_chips(view.links, label=t("advancement.desk.filters")),
        rx.cond(view.rows.length() > 0, rows, empty(view.nothing)),
        hint=t("advancement.desk.officers_only"),
    )


PAGES = [Page(HOME, t("advancement.desk.title"), index, (view.load,))]
