"""``/admin/claims``: the claims of the region, and the decisions on one of them."""

from typing import Any

import reflex as rx

from portal.components import claims
from portal.components.choices import text_field
from portal.components.deadline import due_line
from portal.components.decisions import act_form, result_note
from portal.components.desk import QUIET, pager, section
from portal.components.folds import fold
from portal.components.parts import card, empty, problem_note
from portal.components.shell import plain_link
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import frame
from portal.pages.table import Page
from portal.state.office_claims import OfficeClaimsState, OfficeClaimState

# Off the class come Vars, whatever their annotations say.
queue: Any = OfficeClaimsState
view: Any = OfficeClaimState
item: Any = OfficeClaimState.item

_HOME = "/admin/claims"


def _tab(one: Any) -> rx.Component:
    return rx.el.a(
        one.label,
        href=one.href,
        class_name=rx.cond(one.is_here, "btn btn-primary text-base", QUIET),
    )


def _objection(one: Any) -> rx.Component:
    return rx.el.a(
        rx.el.p(one.person, class_name="font-semibold"),
        rx.el.p(one.what, class_name="break-words"),
        rx.el.p(one.claim, class_name=f"{claims.SMALL} break-words"),
        due_line(one),
        href=one.href,
        custom_attrs={"data-testid": "claim-objection"},
        class_name="block rounded-2xl bg-base-100 border border-warning p-4 space-y-1",
    )


def index() -> rx.Component:
    """Objections first, then the queue."""
    return frame(
        "claims",
        queue.status,
        queue.problem,
        rx.el.p(t("claims.office.lead"), class_name="text-neutral"),
        rx.cond(
            queue.objections.length() > 0,
            section(
                queue.objections_title,
                rx.el.div(
                    rx.foreach(queue.objections, _objection),
                    class_name="grid gap-3 lg:grid-cols-3",
                ),
            ),
        ),
        rx.el.nav(
            rx.foreach(queue.tabs, _tab),
            aria_label=t("claims.office.states"),
            class_name="flex flex-wrap gap-2",
        ),
        rx.cond(
            queue.cards.length() > 0,
            rx.el.div(
                rx.el.div(
                    rx.foreach(queue.cards, claims.claim_card),
                    class_name="grid gap-3 lg:grid-cols-3 items-start",
                ),
                rx.cond(queue.place != "", pager(queue.previous, queue.place, queue.next)),
                class_name="space-y-3",
            ),
            empty(t("claims.office.empty")),
        ),
        plain_link(t("claims.office.board"), href="/public-notices", class_name=QUIET),
        hint=t("claims.office.only"),
    )


def _line(row: Any) -> rx.Component:
    excuse = claims.act_fold(
        t("claims.office.excuse"),
        view.excuse,
        claims.hidden("line", row.key),
        why=t("claims.office.why"),
        testid="claim-excuse",
    )
    back = claims.act_fold(
        t("claims.office.claw_back"),
        view.claw_back,
        claims.hidden("line", row.key),
        what=t("claims.office.claw_back_what"),
        why=t("claims.office.why"),
        testid="claim-claw-back",
    )
    return claims.line(
        row,
        rx.cond(claims.may(item, "excuse") & row.is_silent, excuse),
        rx.cond(claims.may(item, "claw_back"), back),
    )


def _verdict(value: str, label: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="verdict",
            value=value,
            required=True,
            class_name="radio radio-primary shrink-0 mt-0.5",
        ),
        rx.el.span(label),
        class_name="flex items-start gap-3 rounded-xl border border-base-300 p-3 min-h-12 "
        "cursor-pointer has-checked:border-primary",
    )


def _case(row: Any) -> rx.Component:
    decide = act_form(
        t("claims.office.decide_submit"),
        view.decide,
        claims.hidden("case", row.key),
        rx.el.fieldset(
            rx.el.legend(t("claims.office.decide"), class_name="font-medium mb-1"),
            _verdict("upheld", t("claims.office.upheld")),
            _verdict("dismissed", t("claims.office.dismissed")),
            class_name="space-y-2",
        ),
        look="btn-primary",
        testid="case-decide",
        reason=t("claims.office.decide_why"),
        hint=t("claims.office.decide_hint"),
    )
    return card(
        rx.el.div(
            rx.el.h3(row.name, class_name="font-semibold"),
            badge(row.tone, row.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(t("claims.page.objection"), row.summary, class_name="break-words"),
        due_line(row),
        rx.cond(row.is_open, decide, rx.el.p(row.answer, class_name=claims.SMALL)),
        custom_attrs={"data-testid": "claim-case"},
    )


def _amount() -> rx.Component:
    return text_field("amount", t("claims.office.amount"), "", limit=14, required=True)


def _voucher() -> rx.Component:
    return text_field("reference", t("claims.office.reference"), "", limit=60, required=True)


def _form(label: str, on_submit: Any, *fields: rx.Component, testid: str) -> rx.Component:
    return card(act_form(label, on_submit, *fields, look="btn-primary", testid=testid))


def _button(act: str, handler: Any, note: str = "") -> rx.Component:
    label = t(f"claims.office.{act}")
    return rx.cond(
        claims.may(item, act),
        card(
            claims.act_button(label, handler, testid=f"claim-{act}"),
            rx.el.p(note, class_name=claims.SMALL) if note else rx.fragment(),
        ),
    )


def _money_acts() -> rx.Component:
    advance = card(
        fold(
            t("claims.office.advance"),
            rx.el.p(t("claims.office.advance_what"), " ", item.advance_note, class_name="mb-3"),
            act_form(
                t("claims.office.advance"),
                view.advance,
                _amount(),
                _voucher(),
                look="btn-outline",
                testid="claim-advance",
            ),
        )
    )
    pay = _form(
        t("claims.office.pay"),
        view.pay,
        rx.el.p(item.to_pay, class_name="font-medium"),
        rx.cond(item.has_balance, _voucher()),
        testid="claim-pay",
    )
    recover = _form(
        t("claims.office.recover"),
        view.recover,
        rx.el.p(item.to_recover, class_name="font-medium"),
        _amount(),
        _voucher(),
        testid="claim-recover",
    )
    return rx.fragment(
        rx.cond(claims.may(item, "pay"), pay),
        rx.cond(claims.may(item, "recover"), recover),
        rx.cond(claims.may(item, "pay_advance") & item.has_advance, advance),
    )


def _ledger() -> rx.Component:
    """What must come back, in the ledger of recoveries: demanded there, and given up by two."""
    enter = act_form(
        t("claims.office.enter_recovery"),
        view.enter_recovery,
        text_field("document_no", t("casework.document_no"), "", limit=60, required=True),
        look="btn-primary",
        testid="claim-enter-recovery",
        reason=t("claims.office.why"),
    )
    return rx.fragment(
        rx.cond(
            view.may_enter,
            card(
                rx.el.p(t("claims.office.enter_recovery_what"), class_name=claims.SMALL),
                fold(t("claims.office.enter_recovery"), enter),
            ),
        ),
        rx.el.div(
            rx.cond(
                view.ledger_href != "",
                rx.el.a(t("claims.office.ledger"), href=view.ledger_href, class_name=QUIET),
            ),
            rx.el.a(
                view.case_word,
                href=view.case_href,
                custom_attrs={"data-testid": "claim-to-case"},
                class_name=QUIET,
            ),
            class_name="flex flex-wrap gap-2",
        ),
    )


def _acts() -> rx.Component:
    why = t("claims.office.why")
    send_back = card(
        claims.act_fold(
            t("claims.office.send_back"), view.send_back, why=why, testid="claim-send-back"
        )
    )
    reject = card(
        claims.act_fold(
            t("claims.office.reject"),
            view.reject,
            what=t("claims.office.reject_what"),
            why=why,
            testid="claim-reject",
        )
    )
    return rx.el.div(
        _button("take_up", view.take_up),
        _button("publish", view.publish, t("claims.office.publish_what")),
        _button("approve", view.approve),
        _money_acts(),
        _button("close", view.close),
        rx.cond(claims.may(item, "send_back"), send_back),
        rx.cond(claims.may(item, "reject"), reject),
        _ledger(),
        class_name="space-y-4",
    )


def detail() -> rx.Component:
    """One claim: objections and people on the left, what can be done on the right."""
    return frame(
        "claims",
        view.status,
        view.problem,
        rx.el.a(t("claims.page.back"), href=_HOME, class_name=QUIET),
        problem_note(view.problem),
        result_note(view.done, "claim-result"),
        rx.el.div(
            rx.el.div(claims.head(item), _acts(), class_name="space-y-4"),
            rx.el.div(
                rx.cond(
                    item.cases.length() > 0,
                    section(t("claims.page.cases"), rx.foreach(item.cases, _case)),
                ),
                claims.lines(item, _line),
                claims.steps(item),
                class_name="space-y-4",
            ),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        hint=t("claims.office.only"),
    )


PAGES = [
    Page(_HOME, t("claims.office.title"), index, (queue.load,)),
    Page(f"{_HOME}/[claim_id]", t("claims.page.title"), detail, (view.load,)),
]
