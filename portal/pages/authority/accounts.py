"""``/admin/accounts``: the system administrator keeps the accounts of the authority."""

from typing import Any

import reflex as rx

from portal.components.account_cards import account_act, account_card, region_field, region_list
from portal.components.decisions import ONCE, result_note
from portal.components.desk import section, staff_page
from portal.components.form_fields import line_field, pick_field
from portal.components.invitations import invitation
from portal.components.parts import card, problem_note
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.admins import AccountsState

# Off the class come Vars, whatever its annotations say.
view: Any = AccountsState

_GIVEN = ("officer", "reviewer", "auditor", "system_admin", "security_admin")
_ROLES = [(role, t(f"staff.role.{role}")) for role in _GIVEN]
_GRID = "grid gap-3 md:grid-cols-2 items-start"


def _account(row: Any) -> rx.Component:
    return account_card(
        row,
        rx.cond(
            row.is_suspended,
            account_act(row, "reinstate", view.act),
            account_act(row, "suspend", view.act),
        ),
        account_act(row, "propose_region", view.move, region_field()),
    )


def _form() -> rx.Component:
    return card(
        rx.el.p(t("staff.page.admin_lead"), class_name="text-sm text-neutral"),
        rx.el.form(
            line_field("name", t("staff.page.name")),
            line_field("phone", t("staff.page.phone"), longest=20),
            pick_field("role", t("staff.page.role"), _ROLES),
            region_field(),
            line_field("reason", t("staff.page.reason"), longest=200),
            rx.el.button(
                t("staff.page.propose"),
                type="submit",
                class_name="btn btn-primary w-full text-base",
                custom_attrs={"data-testid": "account-invite"},
            ),
            on_submit=view.invite,
            custom_attrs=ONCE,
            class_name="grid gap-3 md:grid-cols-2 items-end",
        ),
    )


def _refused(row: Any) -> rx.Component:
    return invitation(row)


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.p(t("staff.page.accounts_lead"), class_name="text-neutral"),
        problem_note(view.problem),
        result_note(view.done, "accounts-done"),
        region_list(view.regions),
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
        rx.cond(
            view.moves.length() > 0,
            section(
                t("staff.page.moves"),
                rx.el.div(
                    rx.foreach(
                        view.moves,
                        lambda row: invitation(row, of="move", revoke=view.revoke_move),
                    ),
                    class_name=_GRID,
                ),
            ),
        ),
        rx.cond(
            view.refused.length() > 0,
            section(
                t("staff.page.refused"),
                rx.el.div(rx.foreach(view.refused, _refused), class_name=_GRID),
            ),
        ),
        section(
            t("staff.page.accounts"), rx.el.div(rx.foreach(view.rows, _account), class_name=_GRID)
        ),
        section(t("staff.page.new"), _form()),
        class_name="space-y-6",
    )


def index() -> rx.Component:
    """Who waits, who is there, and the form."""
    return shell(
        staff_page(
            view.status,
            view.problem,
            _ready(),
            next_path="/admin/accounts",
            back=(t("admin.back_home"), "/"),
            hint=t("staff.page.accounts_hint"),
        ),
        title=t("staff.page.accounts_title"),
        active="accounts",
        wide=True,
    )


PAGES = [Page("/admin/accounts", t("staff.page.accounts_title"), index, (view.load,))]
