"""``/admin/facts``: what people stated, to be verified; ``/admin/facts/<id>``: one of them."""

from typing import Any

import reflex as rx

from portal.components.choices import choices, day_field, text_field
from portal.components.decisions import act_form
from portal.components.desk import QUIET, section
from portal.components.folds import fold
from portal.components.parts import card, fact, problem_note
from portal.components.shell import plain_link
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import card_list, decision_frame, frame
from portal.pages.table import Page
from portal.state.fact_checks import FactChecksState, FactCheckState

# Off the class come Vars, whatever their annotations say.
queue: Any = FactChecksState
view: Any = FactCheckState

_HOME = "/admin/facts"
_SMALL = "text-sm text-neutral"
_NOTE = "rounded-xl bg-warning/15 p-3"


def _told(item: Any) -> rx.Component:
    return rx.fragment(
        rx.foreach(item.lines, lambda line: rx.el.p(line, class_name="break-words")),
        rx.el.p(item.stated, class_name=_SMALL),
        optional(item.note, _NOTE),
    )


def check_card(item: Any) -> rx.Component:
    """One statement in the list."""
    return rx.el.a(
        rx.el.div(
            rx.el.h2(item.what, class_name="font-semibold leading-snug min-w-0 break-words"),
            badge(item.tone, item.status),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.person, class_name=_SMALL),
        _told(item),
        href=item.href,
        custom_attrs={"data-testid": "fact-check"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def _filter(link: Any) -> rx.Component:
    return rx.el.a(
        link.label,
        href=link.href,
        aria_current=rx.cond(link.active, "page", "false"),
        class_name=rx.cond(link.active, "btn btn-primary text-base", QUIET),
    )


def _import_card() -> rx.Component:
    return card(
        rx.el.h2(t("facts.checks.import"), class_name="font-semibold"),
        rx.el.p(t("facts.checks.import_what"), class_name=_SMALL),
        plain_link(
            t("facts.checks.import_go"),
            href=f"{_HOME}/import",
            class_name=f"w-full sm:w-auto {QUIET}",
        ),
    )


def index() -> rx.Component:
    """The list, oldest first."""
    return frame(
        "facts",
        queue.status,
        queue.problem,
        rx.el.p(t("facts.checks.lead"), class_name="text-neutral"),
        _import_card(),
        rx.el.nav(
            rx.foreach(queue.links, _filter),
            aria_label=t("facts.checks.filter"),
            class_name="flex flex-wrap gap-2",
        ),
        card_list(queue, check_card, t("facts.checks.empty")),
        hint=t("facts.officers_only"),
    )


def _person() -> rx.Component:
    """Who it is, to be compared with the paper or another register."""
    number = rx.cond(view.revealed != "", view.revealed, view.id_no)
    return section(
        t("facts.checks.person"),
        card(
            rx.el.dl(
                fact(t("facts.checks.name"), view.name),
                rx.cond(view.phone != "", fact(t("facts.checks.phone"), view.phone)),
                fact(t("facts.checks.number"), number, wide=True),
                rx.cond(
                    view.residence != "",
                    fact(t("facts.kind.residence"), view.residence, wide=True),
                ),
                class_name="grid grid-cols-2 gap-y-3",
            ),
            rx.cond(
                view.revealed == "",
                fold(
                    t("facts.checks.reveal"),
                    _act(
                        t("facts.checks.reveal_go"),
                        view.reveal,
                        look="",
                        testid="reveal",
                        reason=t("facts.checks.reveal_why"),
                    ),
                ),
            ),
            rx.el.p(t("facts.checks.logged"), class_name=_SMALL),
        ),
    )


def _statement() -> rx.Component:
    return section(
        t("facts.checks.statement"),
        card(
            rx.el.div(
                rx.el.h3(view.card.what, class_name="text-lg font-semibold min-w-0 break-words"),
                badge(view.card.tone, view.card.status),
                class_name="flex flex-wrap items-start justify-between gap-2",
            ),
            _told(view.card),
            rx.el.p(t("facts.checks.paper"), view.paper),
            rx.cond(
                view.earlier.length() > 0,
                rx.el.div(
                    rx.el.p(t("facts.checks.earlier"), class_name="font-medium"),
                    rx.foreach(view.earlier, lambda text: rx.el.p(text, class_name=_SMALL)),
                ),
            ),
        ),
    )


def _act(*args: Any, **kwargs: Any) -> rx.Component:
    return act_form(*args, hint=t("facts.checks.reason_hint"), **kwargs)


def _decide_declared() -> rx.Component:
    return rx.fragment(
        card(
            _act(
                t("facts.checks.verify"),
                view.verify,
                text_field(
                    "document_ref", t("facts.checks.document"), "", hint=t("facts.checks.optional")
                ),
                day_field("valid_to", t("facts.checks.valid_to"), hint=t("facts.checks.no_end")),
                look="btn-primary",
                testid="fact-verify",
            )
        ),
        card(
            fold(
                t("facts.checks.refuse"),
                _act(
                    t("facts.checks.refuse"),
                    view.refuse,
                    rx.cond(
                        view.instead.length() > 0,
                        choices("instead", t("facts.checks.instead"), view.instead),
                    ),
                    look="btn-error",
                    testid="fact-refuse",
                    reason=t("facts.checks.refuse_why"),
                ),
            )
        ),
    )


def _decide_reported() -> rx.Component:
    return rx.fragment(
        card(
            _act(
                t("facts.checks.end"),
                view.end,
                look="btn-primary",
                testid="fact-end",
                reason=t("facts.checks.end_why"),
            )
        ),
        card(
            fold(
                t("facts.checks.keep"),
                _act(
                    t("facts.checks.keep"),
                    view.keep,
                    look="",
                    testid="fact-keep",
                    reason=t("facts.checks.keep_why"),
                ),
            )
        ),
    )


def detail() -> rx.Component:
    """One statement."""
    open_check = rx.el.div(
        problem_note(view.problem),
        rx.el.div(
            rx.el.div(_statement(), _person(), class_name="space-y-6"),
            section(
                t("facts.reviews.decide"),
                rx.cond(view.step == "reported", _decide_reported(), _decide_declared()),
            ),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        class_name="space-y-6",
    )
    return decision_frame(
        "facts",
        view,
        open_check,
        back=t("facts.checks.back"),
        onward=t("facts.checks.back"),
        testid="fact-result",
        hint=t("facts.officers_only"),
    )


PAGES = [
    Page(_HOME, t("facts.checks.title"), index, (queue.load,)),
    Page(f"{_HOME}/[check_id]", t("facts.checks.one"), detail, (view.load,)),
]
