"""``/teach/staff``: who works at the institution, who is invited, who goes."""

from typing import Any

import reflex as rx

from portal.components.choices import reason_field
from portal.components.decisions import ASKS, ONCE, result_note
from portal.components.desk import desk_page, quiet_button, section
from portal.components.form_fields import line_field, pick_field
from portal.components.invitations import invitation
from portal.components.parts import card, problem_note
from portal.locale import t
from portal.pages.table import Page
from portal.state.staff import StaffState

# Off the class come Vars, whatever its annotations say.
view: Any = StaffState

_SMALL = "text-sm text-neutral break-words"
_ROLES = [(role, t(f"staff.role.{role}")) for role in ("instructor", "manager")]
_GRID = "grid gap-3 md:grid-cols-2 items-start"


def _question() -> rx.Component:
    return rx.el.form(
        rx.el.ul(
            rx.foreach(view.consequences, lambda line: rx.el.li(line)),
            class_name="list-disc ps-5 space-y-1",
        ),
        reason_field("reason", t("staff.page.reason")),
        rx.el.button(
            t("staff.page.remove_sure"),
            type="submit",
            class_name="btn btn-error w-full text-base",
            custom_attrs={"data-testid": "staff-remove"},
        ),
        quiet_button(t("staff.page.step_back"), view.step_back),
        on_submit=view.remove,
        custom_attrs=ASKS,
        class_name="space-y-3",
    )


def _member(row: Any) -> rx.Component:
    return card(
        rx.el.h3(row.name, class_name="font-semibold"),
        rx.el.p(row.facts, class_name=_SMALL),
        rx.cond(
            row.is_self,
            rx.el.p(t("staff.page.you"), class_name=_SMALL),
            rx.cond(
                view.going == row.key,
                _question(),
                quiet_button(t("staff.page.remove"), view.ask(row.key)),
            ),
        ),
        key=row.key,
        custom_attrs={"data-testid": "staff-member"},
    )


def _form() -> rx.Component:
    return card(
        rx.el.p(t("staff.page.lead"), class_name=_SMALL),
        rx.el.form(
            line_field("name", t("staff.page.name")),
            line_field("phone", t("staff.page.phone"), longest=20),
            pick_field("role", t("staff.page.role"), _ROLES),
            rx.el.button(
                t("staff.page.invite"),
                type="submit",
                class_name="btn btn-primary w-full text-base",
                custom_attrs={"data-testid": "staff-invite"},
            ),
            on_submit=view.invite,
            custom_attrs=ONCE,
            class_name="space-y-3",
        ),
    )


def _ready() -> rx.Component:
    return rx.el.div(
        problem_note(view.problem),
        result_note(view.done, "staff-done"),
        section(
            t("staff.page.members"), rx.el.div(rx.foreach(view.members, _member), class_name=_GRID)
        ),
        rx.cond(
            view.invited.length() > 0,
            section(
                t("staff.page.open"),
                rx.el.div(
                    rx.foreach(view.invited, lambda row: invitation(row, revoke=view.revoke)),
                    class_name=_GRID,
                ),
            ),
        ),
        section(t("staff.page.new"), _form()),
        class_name="space-y-6",
    )


def index() -> rx.Component:
    """The people, then those invited, then the form."""
    return desk_page(
        view,
        _ready(),
        area="teach",
        title=t("staff.page.title"),
        back=(t("teach.back"), "/teach"),
        path="/teach/staff",
        hint=t("staff.page.hint"),
        wide=True,
    )


PAGES = [Page("/teach/staff", t("staff.page.title"), index, (view.load,))]
