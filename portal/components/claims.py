"""Claims for subsidy money: cards of lists, the parts of one claim, a person's own lines."""

from typing import Any

import reflex as rx

from portal.components.deadline import due_line
from portal.components.decisions import act_form
from portal.components.folds import fold
from portal.components.icons import glyph
from portal.components.parts import card, fact
from portal.components.shell import plain_link
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t

SMALL = "text-sm text-neutral"
LIST = "divide-y divide-base-300"


def claim_card(item: Any) -> rx.Component:
    """A claim in a list; ``item`` is a ``ClaimCard``."""
    return rx.el.a(
        rx.el.div(
            rx.el.h3(item.title, class_name="font-semibold leading-snug min-w-0 break-words"),
            badge(item.tone, item.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.kind, " · ", item.people, " · ", item.amount),
        rx.el.p(item.payee, " · ", item.number, class_name=f"{SMALL} break-words"),
        due_line(item),
        rx.cond(
            item.alert != "",
            rx.el.p(
                glyph("circle-alert", class_name="size-5 inline-block me-1 align-[-0.2em]"),
                item.alert,
                class_name="font-medium text-accent",
            ),
        ),
        href=item.href,
        custom_attrs={"data-testid": "claim-card"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def head(item: Any) -> rx.Component:
    """What is asked for, where it stands, by when; ``item`` is a ``ClaimPage``."""
    return card(
        rx.el.div(
            rx.el.h2(item.title, class_name="text-xl font-semibold leading-snug"),
            badge(item.tone, item.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        due_line(item),
        optional(item.note, "rounded-xl bg-warning/15 p-3"),
        rx.cond(
            item.stopped != "",
            rx.el.p(
                glyph("circle-alert", class_name="size-5 shrink-0 mt-0.5"),
                item.stopped,
                role="status",
                class_name="flex gap-2 rounded-xl bg-warning/15 p-3",
            ),
        ),
        optional(item.notice, "font-medium"),
        rx.el.dl(
            fact(t("claims.page.kind"), item.kind),
            fact(t("claims.page.payee"), item.payee),
            rx.foreach(item.money, lambda pair: fact(pair.label, pair.text)),
            fact(t("claims.page.number"), item.number),
            class_name="grid grid-cols-2 gap-3",
        ),
    )


def line(row: Any, *acts: rx.Component) -> rx.Component:
    """One person: figures, answer, and what an officer must judge."""
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.name, class_name="font-medium min-w-0 break-words grow"),
            rx.el.p(row.amount, class_name="tabular-nums"),
            class_name="flex flex-wrap items-baseline gap-x-3",
        ),
        rx.el.div(
            rx.el.p(row.learned, class_name=SMALL),
            badge(row.tone, row.answer),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        optional(row.note, "text-sm rounded-xl bg-warning/15 p-2 break-words"),
        rx.foreach(
            row.open_rules,
            lambda text: rx.el.p(t("claims.page.open_rules"), text, class_name="text-sm"),
        ),
        *acts,
        key=row.key,
        custom_attrs={"data-testid": "claim-line"},
        class_name="py-3 space-y-1",
    )


def lines(item: Any, render: Any) -> rx.Component:
    """Everybody in the claim, and one tap below who is not."""
    return card(
        rx.el.h2(item.lines_title, class_name="text-lg font-semibold"),
        rx.cond(
            item.lines.length() > 0,
            rx.el.ul(rx.foreach(item.lines, render), class_name=LIST),
            rx.el.p(t("claims.page.none"), class_name="text-neutral"),
        ),
        rx.cond(
            item.refused.length() > 0,
            fold(
                item.refused_title,
                rx.el.p(t("claims.page.refused_what"), class_name=SMALL),
                rx.el.ul(rx.foreach(item.refused, _refused), class_name=LIST),
            ),
        ),
    )


def _refused(pair: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(pair.label, class_name="font-medium"),
        rx.el.span(pair.text, class_name=f"block {SMALL}"),
        class_name="py-2",
    )


def steps(item: Any) -> rx.Component:
    """What happened, the oldest first."""
    return card(
        rx.el.h2(t("claims.page.steps"), class_name="text-lg font-semibold"),
        rx.el.ol(
            rx.foreach(
                item.steps,
                lambda step: rx.el.li(
                    rx.el.p(step.what),
                    rx.el.p(step.when, class_name=SMALL),
                    optional(step.reason, "text-sm break-words"),
                    class_name="py-2",
                ),
            ),
            class_name=LIST,
        ),
    )


def act_button(
    label: str, on_click: Any, *, testid: str, look: str = "btn-primary"
) -> rx.Component:
    """An act that needs no words."""
    return rx.el.button(
        label,
        type="button",
        on_click=on_click,
        custom_attrs={"data-testid": testid},
        class_name=f"btn {look} w-full text-base",
    )


def act_fold(
    label: str, on_submit: Any, *fields: rx.Component, what: str = "", why: str, testid: str
) -> rx.Component:
    """An act one tap below, with its reason: nobody should press it by mistake."""
    return fold(
        label,
        rx.el.p(what, class_name=f"{SMALL} mb-3") if what else rx.fragment(),
        act_form(
            label,
            on_submit,
            *fields,
            look="btn-outline",
            testid=testid,
            reason=why,
            hint=t("claims.own.reason_hint"),
        ),
    )


def hidden(name: str, value: Any) -> rx.Component:
    """A field that travels with a form."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)


def may(item: Any, act: str) -> Any:
    """Whether the reader may do an act now."""
    return item.acts.contains(act)


def question_card(row: Any) -> rx.Component:
    """A claim in the person's own name that waits for a yes or no; ``row`` is a ``MyLine``."""
    return card(
        rx.el.h3(row.question, class_name="text-lg font-semibold leading-snug break-words"),
        rx.el.p(row.title, " · ", row.kind, class_name=SMALL),
        optional(row.until, SMALL),
        rx.el.form(
            rx.el.input(type="hidden", name="answer", default_value="yes"),
            rx.el.button(
                t("claims.mine.yes"),
                type="submit",
                custom_attrs={"data-testid": "claim-yes"},
                class_name="btn btn-primary btn-lg w-full text-base",
            ),
            method="post",
            action=row.href,
            on_submit=None,
        ),
        plain_link(
            t("claims.mine.no"), href=row.href, class_name="btn btn-lg btn-outline w-full text-base"
        ),
        custom_attrs={"data-testid": "claim-asked"},
    )


def my_line(row: Any) -> rx.Component:
    """A claim in the person's own name with its state; opens the plain page about it."""
    return plain_link(
        rx.el.div(
            rx.el.h3(
                row.kind,
                " ",
                rx.cond(row.is_void, rx.el.s(row.amount), rx.el.span(row.amount)),
                class_name="font-semibold min-w-0 break-words",
            ),
            rx.cond(row.answer != "", badge(row.tone, row.answer)),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(row.title, class_name=SMALL),
        rx.el.p(row.progress),
        optional(row.reply, "break-words"),
        href=row.href,
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def claim_lines(asked: Any, answered: Any) -> rx.Component:
    """All claims in a person's own name: questions first. For any page of the person's own;
    both are lists of ``MyLine``."""
    return rx.el.div(
        rx.foreach(asked, question_card),
        rx.foreach(answered, my_line),
        class_name="space-y-3",
    )
