"""/me/claims: money in my own name: what I am asked, what I asked for, what I may ask for."""

from typing import Any

import reflex as rx

from portal.components import claims
from portal.components.decisions import result_note
from portal.components.desk import QUIET, section
from portal.components.parts import card, problem_note
from portal.components.shell import plain_link, shell
from portal.components.views import by_status, nothing, some
from portal.locale import t
from portal.pages.table import Page
from portal.state.my_claims import MyClaimsState

# Off the class come Vars, whatever its annotations say.
view: Any = MyClaimsState


def _right(row: Any) -> rx.Component:
    return card(
        rx.el.h3(row.kind, " ", row.amount, class_name="font-semibold"),
        rx.el.p(row.title, class_name=claims.SMALL),
        rx.el.p(row.learned, " · ", row.until, class_name=claims.SMALL),
        rx.el.form(
            claims.hidden("class", row.key),
            claims.hidden("kind", row.code),
            rx.el.button(
                t("claims.mine.apply"),
                type="submit",
                custom_attrs={"data-testid": "claim-apply"},
                class_name="btn btn-primary w-full text-base",
            ),
            on_submit=view.claim,
        ),
        rx.el.p(t("claims.mine.apply_what"), class_name=claims.SMALL),
        custom_attrs={"data-testid": "claim-right"},
    )


def _list(title: str, items: Any, render: Any) -> rx.Component:
    return rx.cond(
        some(items),
        section(title, rx.el.div(rx.foreach(items, render), class_name="space-y-3")),
    )


def my_claims() -> rx.Component:
    """The page."""
    anything = some(view.asked) | some(view.answered) | some(view.own) | some(view.rights)
    lists = rx.el.div(
        _list(t("claims.mine.asked_title"), view.asked, claims.question_card),
        _list(t("claims.mine.rights_title"), view.rights, _right),
        _list(t("claims.mine.own_title"), view.own, claims.my_line),
        _list(t("claims.mine.answered_title"), view.answered, claims.my_line),
        class_name="space-y-6",
    )
    ready = rx.el.div(
        problem_note(view.problem),
        result_note(view.done, "claim-result"),
        rx.cond(
            anything, lists, nothing(t("claims.mine.empty"), t("claims.mine.find"), "/classes")
        ),
        plain_link(t("claims.mine.board"), href="/public-notices", class_name=f"w-full {QUIET}"),
        class_name="space-y-6",
    )
    return shell(
        by_status(view.status, view.problem, ready, next_path="/me/claims"),
        title=t("claims.mine.title"),
        active="me",
        back="/me",
    )


PAGES = [Page("/me/claims", t("claims.mine.title"), my_claims, (view.load,))]
