"""``/admin/security``: the security administrator keeps how people sign in."""

from typing import Any

import reflex as rx

from portal.components.account_cards import account_act, account_card
from portal.components.decisions import result_note
from portal.components.desk import QUIET, quiet_button, section, staff_page
from portal.components.form_fields import line_field
from portal.components.invitations import invitation
from portal.components.parts import empty, problem_note
from portal.components.shell import shell
from portal.locale import t
from portal.pages.table import Page
from portal.state.admins import SecurityState

# Off the class come Vars, whatever its annotations say.
view: Any = SecurityState

_GRID = "grid gap-3 md:grid-cols-2 items-start"


def _account(row: Any) -> rx.Component:
    return account_card(
        row,
        rx.cond(row.has_factor, account_act(row, "reset_factor", view.act)),
        account_act(row, "log_out", view.act),
        rx.cond(
            row.is_locked,
            account_act(row, "unlock", view.act),
            account_act(row, "lock", view.act),
        ),
        account_act(row, "start_reset", view.act),
    )


def _search() -> rx.Component:
    return rx.el.form(
        line_field("q", t("staff.page.search"), view.q, required=False),
        rx.el.button(t("staff.page.find"), type="submit", class_name=QUIET),
        on_submit=view.search,
        class_name="flex flex-wrap gap-2 items-end",
    )


def _pages() -> rx.Component:
    return rx.el.nav(
        rx.cond(view.has_previous, quiet_button(t("admin.institutions.previous"), view.turn(-1))),
        rx.el.span(view.place, class_name="text-sm text-neutral text-center grow"),
        rx.cond(view.has_next, quiet_button(t("admin.institutions.next"), view.turn(1))),
        class_name="space-y-2",
    )


def _invited(row: Any) -> rx.Component:
    return invitation(row, agree=view.agree, decline=view.decline)


def _moved(row: Any) -> rx.Component:
    return invitation(row, of="move", agree=view.agree_move, decline=view.decline_move)


def _consents() -> rx.Component:
    return section(
        t("staff.page.consents"),
        rx.cond(
            view.waiting != "",
            rx.el.div(
                rx.el.p(view.waiting, class_name="text-neutral"),
                rx.el.div(
                    rx.foreach(view.proposed, _invited),
                    rx.foreach(view.moves, _moved),
                    class_name=_GRID,
                ),
                class_name="space-y-3",
            ),
            empty(t("staff.page.nothing_waits")),
        ),
    )


def _answer(row: Any) -> rx.Component:
    return invitation(row)


def _answered() -> rx.Component:
    return rx.cond(
        view.answered.length() > 0,
        section(
            t("staff.page.answered"),
            rx.el.div(rx.foreach(view.answered, _answer), class_name=_GRID),
        ),
    )


def _ready() -> rx.Component:
    return rx.el.div(
        rx.el.p(t("staff.page.security_lead"), class_name="text-neutral"),
        problem_note(view.problem),
        result_note(view.done, "security-done"),
        _consents(),
        _answered(),
        section(
            t("staff.page.accounts"),
            _search(),
            rx.cond(
                view.rows.length() > 0,
                rx.el.div(
                    rx.el.div(rx.foreach(view.rows, _account), class_name=_GRID),
                    _pages(),
                    class_name="space-y-3",
                ),
                empty(t("staff.page.nobody")),
            ),
        ),
        class_name="space-y-6",
    )


def index() -> rx.Component:
    """Who waits for consent, then how everybody signs in."""
    return shell(
        staff_page(
            view.status,
            view.problem,
            _ready(),
            next_path="/admin/security",
            back=(t("admin.back_home"), "/"),
            hint=t("staff.page.security_hint"),
        ),
        title=t("staff.page.security_title"),
        active="security",
        wide=True,
    )


PAGES = [Page("/admin/security", t("staff.page.security_title"), index, (view.load,))]
