"""The list of own claims, and one of them, as institutions and employers share them."""

from typing import Any

import reflex as rx

from portal.components import claims
from portal.components.choices import reason_field
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.locale import t


def claim_list(view: Any) -> rx.Component:
    """What can be asked for, then what was; ``view`` is ``ClaimsState``."""
    offers = rx.cond(
        view.offers.length() > 0,
        rx.el.ul(
            rx.foreach(view.offers, lambda one: _offer(view, one)),
            class_name="rounded-2xl bg-base-100 border border-base-300 divide-y divide-base-300",
        ),
        empty(t("claims.own.offers_empty")),
    )
    return rx.el.div(
        rx.el.p(t("claims.own.lead"), class_name="text-neutral"),
        problem_note(view.problem),
        section(
            t("claims.own.offers"),
            rx.cond(
                view.can_file, offers, rx.el.p(t("claims.own.not_filer"), class_name="text-neutral")
            ),
        ),
        section(
            t("claims.own.mine"),
            rx.cond(
                view.cards.length() > 0,
                rx.el.div(
                    rx.foreach(view.cards, claims.claim_card),
                    class_name="grid gap-3 lg:grid-cols-2 items-start",
                ),
                empty(t("claims.own.empty")),
            ),
            rx.cond(view.place != "", pager(view.previous, view.place, view.next)),
        ),
        class_name="space-y-6",
    )


def _offer(view: Any, one: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(one.title, class_name="font-semibold leading-snug break-words"),
            rx.el.p(one.people, " · ", one.until, class_name=claims.SMALL),
            class_name="grow min-w-0",
        ),
        rx.el.button(
            t("claims.own.start"),
            type="button",
            on_click=view.open_claim(one.key),
            custom_attrs={"data-testid": "claim-open"},
            class_name="btn btn-primary text-base",
        ),
        key=one.key,
        custom_attrs={"data-testid": "claim-offer"},
        class_name="p-4 flex flex-wrap items-center gap-3",
    )


def claim_page(view: Any, *, back: str) -> rx.Component:
    """One claim; ``view`` is ``ClaimState``."""
    item = view.item
    return rx.el.div(
        rx.el.a(t("claims.page.back"), href=back, class_name=QUIET),
        problem_note(view.problem),
        result_note(view.done, "claim-result"),
        claims.head(item),
        _acts(view),
        claims.lines(item, lambda row: claims.line(row, _leave_out(view, row))),
        claims.steps(item),
        class_name="space-y-4",
    )


def _acts(view: Any) -> rx.Component:
    item = view.item
    submit = card(
        claims.act_button(t("claims.own.submit"), view.submit, testid="claim-submit"),
        rx.el.p(t("claims.own.submit_what"), class_name=claims.SMALL),
        claims.act_button(
            t("claims.own.refresh"), view.refresh, testid="claim-refresh", look="btn-outline"
        ),
    )
    settle = card(
        claims.act_button(t("claims.own.settle"), view.settle, testid="claim-settle"),
        rx.el.p(t("claims.own.settle_what"), class_name=claims.SMALL),
    )
    check = card(
        rx.el.p(t("claims.own.check_what")),
        claims.act_button(t("claims.own.check"), view.check, testid="claim-check"),
        claims.act_fold(
            t("claims.own.wrong"),
            view.send_back,
            why=t("claims.own.wrong_why"),
            testid="claim-send-back",
        ),
    )
    withdraw = card(
        claims.act_fold(
            t("claims.own.withdraw"),
            view.withdraw,
            what=t("claims.own.withdraw_what"),
            why=t("claims.own.withdraw_why"),
            testid="claim-withdraw",
        )
    )
    return rx.fragment(
        rx.cond(claims.may(item, "submit") | claims.may(item, "refresh"), submit),
        rx.cond(claims.may(item, "settle"), settle),
        rx.cond(claims.may(item, "check"), check),
        rx.cond(claims.may(item, "withdraw"), withdraw),
    )


def _leave_out(view: Any, row: Any) -> rx.Component:
    form = act_form(
        t("claims.own.leave_out"),
        view.leave_out,
        claims.hidden("line", row.key),
        reason_field("reason", t("claims.own.leave_out_why"), hint=t("claims.own.reason_hint")),
        look="btn-outline",
        testid="claim-leave-out",
    )
    return rx.cond(claims.may(view.item, "refresh"), fold(t("claims.own.leave_out"), form))
