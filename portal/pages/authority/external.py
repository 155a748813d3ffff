"""``/admin/external``: certificates from elsewhere that wait to be verified; one of them."""

from typing import Any

import reflex as rx

from portal.components.choices import choices
from portal.components.decisions import act_form
from portal.components.desk import QUIET, section
from portal.components.folds import fold
from portal.components.parts import card, fact, problem_note
from portal.components.trainee import optional
from portal.components.views import badge
from portal.locale import t
from portal.pages.authority.frame import card_list, decision_frame, frame
from portal.pages.table import Page
from portal.services.external_checks import BASES, POINTS
from portal.state.external import ExternalCheckState, ExternalQueueState
from portal.state.facts_options import Option

# Off the class come Vars, whatever their annotations say.
queue: Any = ExternalQueueState
view: Any = ExternalCheckState

_HOME = "/admin/external"
_SMALL = "text-sm text-neutral"
_BASES = [Option(name, t(f"external.basis.{name}")) for name in BASES]


def _waiting(item: Any) -> rx.Component:
    return rx.el.a(
        rx.el.div(
            rx.el.h2(item.title, class_name="font-semibold leading-snug min-w-0 break-words"),
            badge(item.tone, item.state),
            class_name="flex flex-wrap items-start justify-between gap-2",
        ),
        rx.el.p(item.kind),
        rx.el.p(item.owner, class_name=_SMALL),
        rx.el.p(item.issuer, class_name=_SMALL),
        rx.el.p(item.dates, class_name=_SMALL),
        href=item.href,
        custom_attrs={"data-testid": "external-waiting"},
        class_name="block rounded-2xl bg-base-100 border border-base-300 p-4 space-y-1",
    )


def index() -> rx.Component:
    """The queue, oldest first."""
    return frame(
        "external",
        queue.status,
        queue.problem,
        rx.el.p(t("external.checks.lead"), class_name="text-neutral"),
        card_list(queue, _waiting, t("external.checks.empty")),
        hint=t("external.checks.officers_only"),
    )


def _said() -> rx.Component:
    return section(
        t("external.checks.said"),
        card(
            rx.el.div(
                rx.el.h3(view.card.title, class_name="text-lg font-semibold min-w-0 break-words"),
                badge(view.card.tone, view.card.state),
                class_name="flex flex-wrap items-start justify-between gap-2",
            ),
            rx.el.dl(
                fact(t("external.checks.owner"), view.owner, wide=True),
                fact(t("external.checks.id_no"), view.id_no, wide=True),
                fact(t("external.checks.number"), view.number, wide=True),
                class_name="grid grid-cols-2 gap-3",
            ),
            rx.el.p(view.card.kind),
            optional(view.card.facts, ""),
            rx.el.p(view.card.issuer),
            rx.el.p(view.card.dates),
            rx.foreach(
                view.card.odd,
                lambda one: rx.el.p(one, class_name="rounded-xl bg-warning/15 p-3"),
            ),
            optional(view.elsewhere, "rounded-xl bg-warning/15 p-3"),
            optional(view.filing, "rounded-xl bg-base-200 p-3"),
            rx.cond(
                view.card.look_up != "",
                rx.el.a(
                    view.card.look_up_name,
                    " ↗",
                    href=view.card.look_up,
                    target="_blank",
                    rel="noopener noreferrer",
                    class_name=f"w-full {QUIET}",
                ),
            ),
            rx.el.p(view.stated, class_name=_SMALL),
            rx.el.p(t("external.checks.logged"), class_name=_SMALL),
        ),
    )


def _image() -> rx.Component:
    return section(
        t("external.checks.image"),
        rx.cond(
            view.card.picture != "",
            rx.el.img(
                src=f"{_HOME}/{view.card.key}/picture",
                alt=t("external.checks.image_alt"),
                class_name="w-full rounded-lg border border-base-300 bg-base-200",
            ),
            rx.el.p(t("external.checks.no_image"), class_name="text-neutral"),
        ),
    )


def _tick(point: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=point,
            value="1",
            custom_attrs={"data-testid": f"point-{point}"},
            class_name="checkbox checkbox-primary rounded-md shrink-0 mt-0.5",
        ),
        rx.el.span(t(f"external.point.{point}")),
        class_name="flex gap-3 items-start min-h-11",
    )


def _verify() -> rx.Component:
    return card(
        act_form(
            t("external.checks.verify"),
            view.verify,
            rx.el.fieldset(
                rx.el.legend(t("external.checks.points"), class_name="font-medium mb-1"),
                *[_tick(point) for point in POINTS],
                class_name="space-y-1",
            ),
            choices("basis", t("external.checks.basis"), _BASES),
            look="btn-primary",
            testid="external-verify",
        )
    )


def _refuse(label: str, on_submit: Any, why: str, testid: str) -> rx.Component:
    return card(
        fold(
            label,
            act_form(
                label,
                on_submit,
                look="btn-error",
                testid=testid,
                reason=why,
                hint=t("external.checks.reason_hint"),
            ),
        )
    )


def detail() -> rx.Component:
    """One of them."""
    undecided = rx.el.div(
        problem_note(view.problem),
        rx.el.div(
            rx.el.div(_said(), _image(), class_name="space-y-6"),
            section(
                t("facts.reviews.decide"),
                rx.match(
                    view.step,
                    (
                        "unverified",
                        rx.fragment(
                            _verify(),
                            _refuse(
                                t("external.checks.refuse"),
                                view.refuse,
                                t("external.checks.refuse_why"),
                                "external-refuse",
                            ),
                        ),
                    ),
                    (
                        "verified",
                        _refuse(
                            t("external.checks.take_back"),
                            view.take_back,
                            t("external.checks.take_back_why"),
                            "external-take-back",
                        ),
                    ),
                    rx.el.p(view.card.note),
                ),
            ),
            class_name="grid gap-6 lg:grid-cols-2 items-start",
        ),
        class_name="space-y-6",
    )
    return decision_frame(
        "external",
        view,
        undecided,
        back=t("external.checks.back"),
        onward=t("external.checks.back"),
        testid="external-result",
        hint=t("external.checks.officers_only"),
    )


PAGES = [
    Page(_HOME, t("external.checks.title"), index, (queue.load,)),
    Page(f"{_HOME}/[external_id]", t("external.checks.one"), detail, (view.load,)),
]
